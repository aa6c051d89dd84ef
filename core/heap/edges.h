#ifndef CORE_HEAP_EDGES_H
#define CORE_HEAP_EDGES_H

/**
 * The references of reached objects in compressed rows: the targets of object
 * i are to[start[i]] .. to[start[i + 1] - 1], object numbers, in the order of
 * the words, without repetitions in a row and without references to itself.
 * Memory: 4 bytes per slot + 4 per reference.
 */
#include "core/heap/heap_priv.h"

struct edges {
	uint32_t *start;
	uint32_t *to;
	uint64_t count; /* of targets */
	uint32_t slots;
	/** Bit per object: referred to by more than one object or root. */
	uint64_t *shared;
};

/** ERROR_LIMIT if there are 2^32 references or more. */
struct error *edges_load(const struct heap *heap, unsigned threads,
			 struct job *job, struct edges *ret) MUST_CHECK;
void edges_deinit(struct edges *edges);

#endif
