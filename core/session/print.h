#ifndef CORE_SESSION_PRINT_H
#define CORE_SESSION_PRINT_H

/** Values on their way to a person or a script, as the options ask. */
#include "core/session/goroutines.h"

/** Names and defaults of delve's configuration where it has them. */
struct print_limits {
	unsigned depth;	   /* max-variable-recurse */
	unsigned elements; /* max-array-values */
	unsigned string;   /* max-string-len */
	bool redact;	   /* lengths and types, no bytes of the target */
};
struct print_limits print_limits_default(void);

/** Raw bytes of the target. All or nothing; ERROR_FAULT. */
struct error *session_read(const struct session *session, uint64_t addr,
			   void *buf, uint64_t len) MUST_CHECK;

/** The value, or "(optimized out)" and the like. */
void variable_text(const struct frame_variables *variables, uint32_t index,
		   const struct print_limits *limits, struct buf *out);
void variable_json(const struct frame_variables *variables, uint32_t index,
		   const struct print_limits *limits, struct buf *out);

#endif
