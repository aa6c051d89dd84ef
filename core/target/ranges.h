#ifndef CORE_TARGET_RANGES_H
#define CORE_TARGET_RANGES_H

/** Sets of addresses as sorted, disjoint half-open ranges. */
#include "core/target/sample.h"

struct ranges { /* {0} is empty */
	struct sample_range *v;
	size_t n, cap;
};

void ranges_deinit(struct ranges *r);
/** Append; empty ranges are dropped. Call ranges_normalise() afterwards. */
void ranges_add(struct ranges *r, uint64_t start, uint64_t end);
/** Sort and merge; ranges of any origin become a valid set. */
void ranges_normalise(struct ranges *r);
/** Widen every range to whole pages, then normalise. */
void ranges_page_align(struct ranges *r);
/** Append [start, end) minus @p without to @p out. */
void ranges_add_minus(struct ranges *out, uint64_t start, uint64_t end,
		      const struct ranges *without);
/** Append the part of @p set that lies in [start, end) to @p out. */
void ranges_add_common(struct ranges *out, uint64_t start, uint64_t end,
		       const struct ranges *set);
uint64_t ranges_bytes(const struct ranges *r);

#endif
