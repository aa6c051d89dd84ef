#ifndef CORE_SESSION_REDACT_H
#define CORE_SESSION_REDACT_H

/**
 * What leaves the machine, by level:
 *
 *   none    everything
 *   basic   no bytes of keys and values, no arguments, no home folder
 *   names   and pseudonyms for what is not Go's own, no paths
 *   full    and sizes to two digits, addresses as offsets
 *
 * Pseudonyms are the same for the same name throughout one redactor, which
 * keeps what stands for what.
 */
#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/base/intern.h"

enum redact_level { REDACT_NONE, REDACT_BASIC, REDACT_NAMES, REDACT_FULL };
/** "none", "basic", "names", "full". */
const char *redact_level_name(enum redact_level level);
bool redact_level_parse(const char *text, enum redact_level *ret);

struct redactor {
	enum redact_level level;
	char *module; /* owned; packages of it are never Go's own */
	struct intern packages, names;
};
/** @p module "" if unknown. */
void redactor_init(struct redactor *redactor, enum redact_level level,
		   const char *module);
void redactor_deinit(struct redactor *redactor);

/**
 * A name as Go writes it: of a type, a function, an owner, a field. Below
 * level names it is copied. Different names stay different.
 */
void redact_name(struct redactor *redactor, const char *name, struct buf *out);
/** A sentence of ours around the name @p subject. */
void redact_prose(struct redactor *redactor, const char *text,
		  const char *subject, struct buf *out);
/** A file of code; @p function tells Go's own. */
void redact_file(const struct redactor *redactor, const char *file,
		 const char *function, struct buf *out);
/** "/home/user/x", "/root/x" -> "~/x". */
void redact_home(const char *path, struct buf *out);
/** redact_home() wherever a path begins in a sentence. */
void redact_homes(const struct redactor *redactor, const char *text,
		  struct buf *out);
/** Two digits, from level full on; UINT64_MAX stays. */
uint64_t redact_size(const struct redactor *redactor, uint64_t size);
/** "n1 = secretName" lines; empty below level names. */
void redact_mapping(const struct redactor *redactor, struct buf *out);
/** The same as a file, mode 0600; as new_file.h has it. */
struct error *redact_write_mapping(const struct redactor *redactor,
				   const char *path, bool force) MUST_CHECK;

#endif
