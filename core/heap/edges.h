#ifndef CORE_HEAP_EDGES_H
#define CORE_HEAP_EDGES_H

/**
 * The references of reached objects in compressed rows: object numbers in the
 * order of the words, without repetitions side by side and without references
 * to itself. Rows of a chunk of objects lie together; chunks lie in the order
 * in which the workers finished them. Memory: 4 bytes per slot + 4 per
 * reference, one bit per slot.
 */
#include "core/heap/heap_priv.h"

/** Objects of a chunk: one row of `start` more than that each. */
enum { EDGES_CHUNK_SHIFT = 15, EDGES_CHUNK = 1 << EDGES_CHUNK_SHIFT };

struct edges {
	uint32_t *start;
	uint32_t *to;
	uint64_t count; /* of targets */
	uint64_t room;	/* of `to` */
	uint32_t slots;
	/** Bit per object: referred to by more than one object or root. */
	uint64_t *shared;
};

static inline uint64_t edges_row(uint32_t object)
{
	return (uint64_t)object + (object >> EDGES_CHUNK_SHIFT);
}

static inline uint32_t edges_begin(const struct edges *edges, uint32_t object)
{
	return edges->start[edges_row(object)];
}

static inline uint32_t edges_end(const struct edges *edges, uint32_t object)
{
	return edges->start[edges_row(object) + 1];
}

/** Rows that are being filled, by workers side by side. */
struct edges_worker {
	uint32_t *to; /* of the chunk in hand */
	size_t count, cap;
};
struct edges_build {
	const struct heap *heap;
	struct edges *edges;
	uint64_t *seen; /* bit per object: referred to at all */
	struct edges_worker *workers;
	unsigned threads;
	_Atomic uint64_t used; /* of edges->to */
};

/** Roots count as holders from here on. */
void edges_build_init(struct edges_build *build, const struct heap *heap,
		      unsigned threads, struct edges *edges);
/** Begin, fill and end chunk number @p chunk; rows in ascending order. */
static inline void edges_chunk_begin(struct edges_worker *worker)
{
	worker->count = 0;
}
/** Call for every object of the chunk, reached or not, before its targets. */
static inline void edges_row_begin(struct edges_build *build,
				   const struct edges_worker *worker,
				   uint32_t object)
{
	build->edges->start[edges_row(object)] = (uint32_t)worker->count;
}
void edges_add(struct edges_build *build, struct edges_worker *worker,
	       uint32_t to);
void edges_chunk_end(struct edges_build *build, struct edges_worker *worker,
		     uint64_t chunk);
/** ERROR_LIMIT if there are 2^32 references or more. */
struct error *edges_build_end(struct edges_build *build) MUST_CHECK;
/** Release what only the building needs; also after a cancelled one. */
void edges_build_deinit(struct edges_build *build);

/** All rows in a pass of their own. */
struct error *edges_load(const struct heap *heap, unsigned threads,
			 struct job *job, struct edges *ret) MUST_CHECK;
void edges_deinit(struct edges *edges);

#endif
