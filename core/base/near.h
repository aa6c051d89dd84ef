#ifndef CORE_BASE_NEAR_H
#define CORE_BASE_NEAR_H

/** "Did you mean": the names nearest to one that does not exist. */
#include <stddef.h>

#include "core/base/buf.h"

enum { NEAR_NAMES = 3 };

/**
 * Edits (insert, delete, replace, swap of neighbours) from @p a to @p b, or
 * @p max + 1 if there are more than @p max. Names over 63 bytes: max + 1.
 */
unsigned near_distance(const char *a, const char *b, unsigned max);

struct near_names {
	const char *wanted;
	struct {
		const char *name; /* borrowed */
		unsigned distance;
	} best[NEAR_NAMES];
	unsigned count;
};
/** Names that are a third of @p wanted away or nearer are kept. */
void near_offer(struct near_names *names, const char *name);
/** "a, b or c"; nothing if no name was near. */
void near_text(const struct near_names *names, struct buf *out);

#endif
