#ifndef TUI_CONFIG_EDIT_H
#define TUI_CONFIG_EDIT_H

/**
 * Changes to the text of a configuration file. Whatever they are not about
 * stays as it is: comments, order, other keys.
 */
#include "core/base/buf.h"
#include "core/base/error.h"
#include "tui/config.h"

/**
 * `key = value` in @p section ("" is before the first): in place of the last
 * such line, else behind the section's last line. A section that is not there
 * is added at the end.
 */
void config_edit_set(struct buf *text, const char *section, const char *key,
		     const char *value);
/** Remove every `key = value` of @p section. */
void config_edit_clear(struct buf *text, const char *section);

/**
 * The file that is to be written, with the text that it has now: what the
 * command line or $MAPSCOPE_CONFIG names, else a person's own; @p config may
 * be NULL. ERROR_USAGE: there is none. The caller frees *@p path_ret.
 */
struct error *config_edit_open(const struct config *config, char **path_ret,
			       struct buf *text) MUST_CHECK;
/** In one step: the file is the old one or the new one. */
struct error *config_edit_save(const char *path,
			       const struct buf *text) MUST_CHECK;

#endif
