#ifndef TUI_CONFIG_H
#define TUI_CONFIG_H

/**
 * The configuration: `key = value` lines in sections, from /etc/mapscope.conf
 * and $XDG_CONFIG_HOME/mapscope/config (or --config FILE, $MAPSCOPE_CONFIG),
 * and the findings accepted in the interface. Only config -save writes one.
 */
#include <stddef.h>

#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/session/session.h"
#include "tui/cli.h"

struct config_line {
	char *section; /* "" before the first [section] */
	char *key, *value;
	char *origin; /* "/etc/mapscope.conf:12" */
};

struct config {
	struct config_line *lines; /* the later one wins */
	uint32_t count, cap;
	struct options origins; /* of each flag; NULL: the default */
	unsigned complaints;	/* lines that were reported on stderr */
	const char *named; /* the file instead of a person's own, or NULL */
	bool none;	   /* nothing was read, nothing is to be written */
};

/** Read the files that @p options leave; bad lines go to stderr. */
void config_load(struct config *config, const struct options *options);
void config_deinit(struct config *config);
/**
 * Flags of @p command that are not set yet: from the environment
 * (MAPSCOPE_MAX_STOP for --max-stop), then from the files.
 */
void config_apply(struct config *config, const struct command *command,
		  struct options *options);
void config_thresholds(const struct config *config, struct thresholds *ret);
/** Hide the findings that a person has accepted. */
void config_accept(const struct config *config, struct session *session);
/** Remember one; where is said in @p where. */
struct error *config_add_accepted(const char *rule, const char *owner,
				  struct buf *where) MUST_CHECK;
/** Keys and colours of the interface. */
void config_interface(const struct config *config);
/**
 * A documented file with every key and its default; of flags, which have none,
 * what they take. All but the sections is commented out.
 */
void config_sample(struct buf *out);
/**
 * Write the flags that the command line gave to the file; what was written
 * where is appended to @p out. ERROR_USAGE: there are none.
 */
struct error *config_save(const struct config *config,
			  const struct options *options,
			  struct buf *out) MUST_CHECK;
/** Every setting that is in force, with where it comes from. */
void config_list(const struct config *config, const struct options *options,
		 struct buf *out);

#endif
