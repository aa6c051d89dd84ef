#ifndef CORE_HEAP_REVERSE_H
#define CORE_HEAP_REVERSE_H

/**
 * The strong graph turned round: who refers to an object. Built on first use,
 * because most questions never need it. Memory: 4 bytes per slot, 4 per
 * reference and 8 per root word.
 */
#include "core/heap/heap.h"

struct heap_reverse {
	const struct heap *heap; /* borrowed */
	/** Holders of object i: from[start[i]] .. from[start[i + 1] - 1]. */
	uint32_t *start;
	uint32_t *from;
	uint64_t count;
	/** Root words into objects, sorted by object, then by root. */
	struct heap_root_word {
		uint32_t object, root;
	} * roots;
	uint32_t root_count;
};

/** ERROR_LIMIT if there are 2^32 references or more. */
struct error *heap_reverse_load(const struct heap *heap, unsigned threads,
				struct job *job,
				struct heap_reverse **ret) MUST_CHECK;
void heap_reverse_free(struct heap_reverse *reverse);
/** Holders of @p object, ascending, perhaps more than once; borrowed. */
const uint32_t *heap_reverse_of(const struct heap_reverse *reverse,
				uint32_t object, uint32_t *count_ret);
/** Index into roots of the first root word of @p object, and how many. */
uint32_t heap_reverse_roots(const struct heap_reverse *reverse, uint32_t object,
			    uint32_t *count_ret);

#endif
