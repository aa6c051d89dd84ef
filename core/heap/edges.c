#include "core/heap/edges.h"

#include "core/base/xalloc.h"

/** Targets of a block; rows that are longer than an eighth of it get their own.
 */
static const uint64_t BLOCK = 1 << 15;

static uint64_t slot_bytes(uint32_t slots, uint64_t size)
{
	return ((uint64_t)slots + 1) * size;
}

static uint64_t shared_bytes(uint32_t slots)
{
	return ((uint64_t)slots + 63) / 64 * 8 + 8;
}

/** Every word of every object that has pointers, and the ends of blocks. */
static uint64_t room_for(const struct heap *heap, unsigned threads)
{
	const struct go_runtime *rt = heap->rt;
	uint64_t words = 0;
	uint32_t i;

	for (i = 0; i < rt->span_count; i++)
		if (!rt->spans[i].noscan)
			words += rt->spans[i].bytes / 8 + 2;
	words += words / 4 + (threads + 1) * BLOCK;
	return words < UINT32_MAX ? words : UINT32_MAX;
}

void edges_init(struct edges *edges, const struct heap *heap, unsigned threads)
{
	*edges = (struct edges){.slots = heap->count,
				.room = room_for(heap, threads)};
	edges->start = big_alloc(slot_bytes(heap->count, 4));
	edges->count = big_alloc(slot_bytes(heap->count, 1));
	edges->to = big_alloc(edges->room * sizeof(*edges->to));
	edges->shared = big_alloc(shared_bytes(heap->count));
}

bool edges_full(const struct edges *edges)
{
	return atomic_load(&edges->used) > edges->room;
}

void edges_block_next(struct edges *edges, struct edges_block *block,
		      uint64_t most)
{
	uint64_t size = most + 1 > BLOCK / 8 ? most + 1 : BLOCK;
	uint64_t at = atomic_fetch_add(&edges->used, size);

	*block = (struct edges_block){0};
	if (at + size > edges->room)
		return;
	block->at = edges->to + at;
	block->end = block->at + size;
}

void edges_deinit(struct edges *edges)
{
	if (edges->start)
		big_free(edges->start, slot_bytes(edges->slots, 4));
	if (edges->count)
		big_free(edges->count, slot_bytes(edges->slots, 1));
	if (edges->to)
		big_free(edges->to, edges->room * sizeof(*edges->to));
	if (edges->shared)
		big_free(edges->shared, shared_bytes(edges->slots));
	*edges = (struct edges){0};
}
