#ifndef CORE_HEAP_EDGES_H
#define CORE_HEAP_EDGES_H

/**
 * The references of reached objects as rows of object numbers, in the order of
 * the words, without repetitions side by side and without references to
 * itself. The search writes them, each worker into blocks of its own, so rows
 * lie in the order in which objects were looked at. Memory: 5 bytes per slot, 4
 * per reference of objects that have more than one, one bit per slot.
 */
#include "core/heap/heap_priv.h"

/** Rows of so many targets or more say how many in front of the first. */
enum { EDGES_LONG = 255 };

struct edges {
	/** By object: start of its row in `to`; the only target of a row of
	 * one. */
	uint32_t *start;
	uint8_t *count; /* by object; EDGES_LONG: see there */
	uint32_t *to;
	uint64_t room; /* of `to` */
	uint32_t slots;
	_Atomic uint64_t used; /* of `to`, blocks that are not full too */
	/** Bit per object: referred to by more than one object or root. */
	uint64_t *shared;
};

/** The targets of @p object; borrowed. */
static inline const uint32_t *edges_of(const struct edges *edges,
				       uint32_t object, uint32_t *count_ret)
{
	uint32_t count = edges->count[object];

	*count_ret = count;
	if (count == 1)
		return &edges->start[object];
	if (count == EDGES_LONG)
		*count_ret = edges->to[edges->start[object] - 1];
	return edges->to + edges->start[object];
}

static inline uint32_t edges_count(const struct edges *edges, uint32_t object)
{
	uint32_t count;

	edges_of(edges, object, &count);
	return count;
}

/** Where one worker writes. */
struct edges_block {
	uint32_t *at, *end;
};

/** The bits of a new edges->shared are clear. */
void edges_init(struct edges *edges, const struct heap *heap, unsigned threads);
void edges_deinit(struct edges *edges);
/** 2^32 references or more: rows are missing. */
bool edges_full(const struct edges *edges);
/** A block with room for a row of @p most targets; see edges_row(). */
void edges_block_next(struct edges *edges, struct edges_block *block,
		      uint64_t most);

/** Room for a row of up to @p most targets; NULL if edges_full(). */
static inline uint32_t *edges_row(struct edges *edges,
				  struct edges_block *block, uint64_t most)
{
	if ((uint64_t)(block->end - block->at) <= most)
		edges_block_next(edges, block, most);
	/* a row that may be long has its length in front */
	return block->at ? block->at + (most >= EDGES_LONG) : NULL;
}

/** The row has @p count targets now. */
static inline void edges_row_end(struct edges *edges, struct edges_block *block,
				 uint32_t object, uint32_t *row, uint32_t count)
{
	if (count == 1) {
		edges->start[object] = *row;
		edges->count[object] = 1;
	}
	if (count < 2)
		return;
	if (count >= EDGES_LONG)
		row[-1] = count;
	edges->start[object] = (uint32_t)(row - edges->to);
	edges->count[object] =
		(uint8_t)(count < EDGES_LONG ? count : EDGES_LONG);
	block->at = row + count;
}

#endif
