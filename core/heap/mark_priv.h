#ifndef CORE_HEAP_MARK_PRIV_H
#define CORE_HEAP_MARK_PRIV_H

/** What the search shares with the part of it that begins at the roots. */
#include "core/base/xalloc.h"
#include "core/heap/typing.h"

struct mark_worker {
	struct typer typer;
	uint32_t *next;
	size_t next_count, next_cap;
	uint32_t *big;
	size_t big_count, big_cap;
	uint64_t objects, bytes, edges, wild;
};

struct mark {
	struct heap *heap;
	struct job *job;
	unsigned threads;
	struct mark_worker *workers;
	/** Bit per object: its chain does not begin at a package variable. */
	uint64_t *weak;
	uint64_t *order; /* scratch to sort a level */
	uint32_t *level;
	size_t level_count, level_cap;
	bool types_only;
	uint64_t rescans_left;
	uint32_t big; /* object that is scanned in chunks */
};

static inline void mark_push(struct mark_worker *worker, uint32_t object)
{
	GROW_ARRAY(worker->next, worker->next_count, worker->next_cap);
	worker->next[worker->next_count++] = object;
}

/** Level 0: what roots refer to, package variables first. */
void mark_roots(struct mark *mark);
/**
 * A header on a stack types its buckets; a first bucket or group beside it
 * types what its entries hold. Both are kept alive by roots of their own.
 */
void mark_stack_maps(struct mark *mark);

#endif
