#ifndef CORE_HEAP_MARK_ARRIVE_H
#define CORE_HEAP_MARK_ARRIVE_H

/**
 * Arrivals: what happens when a word refers to an object. Single values are
 * passed, not structs: they are in registers, and a struct that was just
 * written in parts would have to wait for them.
 */
#include "core/heap/mark_priv.h"

enum { MARK_BLOCK_SHIFT = 15 }; /* objects of a block: half of a cache */

/** Fetch what finding @p value's object needs first. */
static inline void mark_fetch_cell(const struct heap_index *tables,
				   uint64_t value)
{
	uint32_t span = go_span_index(&tables->pages, value);

	if (span)
		__builtin_prefetch(&tables->cells[span - 1]);
}

/** Then what is needed to know that the object is allocated. */
static inline void mark_fetch_bits(const struct heap_index *tables,
				   uint64_t value)
{
	uint32_t span = go_span_index(&tables->pages, value);
	const struct heap_cell *cell;
	uint64_t offset, index;

	if (!span)
		return;
	cell = &tables->cells[span - 1];
	offset = value - cell->base;
	index = offset * cell->divisor >> 32;
	if (offset < cell->limit)
		__builtin_prefetch(
			&tables->allocated[(cell->first + index) / 64]);
}

/** The row of edges of the object in hand. */
struct row {
	uint32_t *to; /* NULL: no row is kept */
	uint32_t count;
	uint32_t last; /* the target before; the object itself at first */
	/** The first target is the caller's to send: it may be a repetition. */
	bool hold;
};

/** Is @p from a better parent than @p old, of the same level? */
static inline bool mark_nearer(const struct mark *mark, uint32_t from,
			       uint32_t old)
{
	bool a = heap_bit(mark->weak, from), b = heap_bit(mark->weak, old);

	return a != b ? b : from < old;
}

/** Only by who owns @p to now, or alone works. */
static inline void mark_arrive(struct mark *mark, struct mark_worker *worker,
			       uint32_t to, uint32_t from, uint32_t type)
{
	struct heap *heap = mark->heap;
	uint64_t bit = 1ULL << (to % 64), claimed = mark->claimed[to / 64];

	if (!(claimed & bit)) {
		mark->claimed[to / 64] = claimed | bit;
		heap->parent[to] = from;
		if (mark->push)
			mark_push(worker, to);
		if (!heap->type[to]) {
			__atomic_store_n(&heap->type[to], type,
					 __ATOMIC_RELAXED);
			return;
		}
	} else {
		mark->edges->shared[to / 64] |= bit;
		if (!(heap->reached[to / 64] & bit) &&
		    mark_nearer(mark, from, heap->parent[to]))
			heap->parent[to] = from;
	}
	if (type && type != heap->type[to])
		typer_claim_fitting(&worker->typer, to, type);
}

/** For the owner of @p to; @p from MARK_NOBODY: only the claim counts. */
static inline void mark_post(struct mark *mark, struct mark_worker *worker,
			     uint32_t to, uint32_t from, uint32_t type)
{
	struct arrivals *region = &worker->regions[to >> mark->region_shift];
	struct arrival *last;

	GROW_ARRAY(region->list, region->count, region->cap);
	last = &region->list[region->count++];
	last->to = to;
	last->from = from;
	last->type = type;
	worker->arrived++;
}

static inline bool mark_owns(const struct mark *mark,
			     const struct mark_worker *worker, uint32_t object)
{
	if (mark->striped)
		return (object >> MARK_BLOCK_SHIFT) % mark->threads ==
		       worker->index;
	return object - worker->own_first < worker->own_count;
}

/** The arrival takes effect, by its owner. */
static inline void mark_apply(struct mark *mark, struct mark_worker *worker,
			      uint32_t to, uint32_t from, uint32_t type)
{
	if (from == MARK_NOBODY)
		typer_claim_fitting(&worker->typer, to, type);
	else
		mark_arrive(mark, worker, to, from, type);
}

/** Do pointers lead anywhere? */
static inline void mark_watch(struct mark_worker *worker, uint32_t to)
{
	uint32_t block = to >> MARK_BLOCK_SHIFT;
	uint32_t *recent = &worker->recent[block % MARK_RECENT];

	worker->jumps += *recent != block;
	*recent = block;
	if (++worker->watched < MARK_LOOK)
		return;
	worker->anywhere = worker->jumps > MARK_LOOK / 4;
	worker->watched = 0;
	worker->jumps = 0;
}

/** Most arrivals can take effect at once. */
static inline bool mark_near(const struct mark *mark,
			     const struct mark_worker *worker)
{
	return !worker->anywhere && !mark->striped;
}

/**
 * For the owner of @p to, in time: an arrival whose memory may be anywhere
 * waits until that is there.
 */
void mark_send(struct mark *mark, struct mark_worker *worker, uint32_t to,
	       uint32_t from, uint32_t type);

/**
 * A word of @p from refers to @p to and claims that it is of @p type. @p near:
 * as mark_near() says; a constant makes two loops of one.
 */
static inline void mark_refer(struct mark *mark, struct mark_worker *worker,
			      struct row *row, bool near, uint32_t from,
			      uint32_t to, uint32_t type)
{
	if (to == row->last || to == from) {
		/* no reference of its own, but it may claim something */
		if (type)
			mark_send(mark, worker, to, MARK_NOBODY, type);
		return;
	}
	row->last = to;
	if (row->to)
		row->to[row->count] = to;
	if (!row->count++ && row->hold)
		return;
	if (near && to - worker->own_first < worker->own_count)
		mark_arrive(mark, worker, to, from, type);
	else
		mark_send(mark, worker, to, from, type);
}

#endif
