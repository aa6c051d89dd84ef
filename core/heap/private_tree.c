#include "core/heap/private_tree.h"

#include <stdlib.h>

#include "core/base/xalloc.h"

enum {
	CHUNK = 1 << 9, /* words of a bitmap */
	RING = 16,	/* climbs a worker has under way: hides memory */
};

/** A tree that is complete, on its way to its holder. */
struct climb {
	uint32_t object, holder;
};

struct ring {
	struct climb climbs[RING];
	unsigned count;
};

struct trees {
	struct heap *heap;
	const struct edges *edges;
	uint64_t *core;
	struct ring *rings; /* per worker */
};

static bool bit_set_first(uint64_t *bits, uint32_t i)
{
	uint64_t bit = 1ULL << (i % 64), *word = &bits[i / 64];

	return !(__atomic_load_n(word, __ATOMIC_RELAXED) & bit) &&
	       !(__atomic_fetch_or(word, bit, __ATOMIC_RELAXED) & bit);
}

/** Whatever leads to something shared is of the core, up to a root. */
static void core_add(struct trees *trees, uint32_t object)
{
	const struct heap *heap = trees->heap;

	while (bit_set_first(trees->core, object) &&
	       !heap_bit(heap->from_root, object))
		object = heap->parent[object];
}

static bool holds_shared(const struct edges *edges, uint32_t object)
{
	uint32_t count, i;
	const uint32_t *to = edges_of(edges, object, &count);

	for (i = 0; i < count; i++)
		if (heap_bit(edges->shared, to[i]))
			return true;
	return false;
}

static uint32_t first_bit(uint64_t word, uint64_t bits)
{
	return (uint32_t)(word * 64 + (unsigned)__builtin_ctzll(bits));
}

static void core_range(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	struct trees *trees = arg;
	uint64_t word, bits;

	(void)index;
	for (word = begin; word < end; word++)
		for (bits = trees->heap->reached[word]; bits; bits &= bits - 1)
			if (holds_shared(trees->edges, first_bit(word, bits)))
				core_add(trees, first_bit(word, bits));
}

/** Is @p climb->object, which is complete, held by another object? */
static bool climb_begin(const struct trees *trees, struct climb *climb)
{
	const struct heap *heap = trees->heap;

	if (heap_bit(heap->from_root, climb->object)) {
		heap->idom[climb->object] = HEAP_NO_IDOM;
		return false;
	}
	climb->holder = heap->parent[climb->object];
	heap->idom[climb->object] = climb->holder;
	__builtin_prefetch(&heap->retained[climb->holder], 1);
	__builtin_prefetch(&heap->idom[climb->holder], 1);
	__builtin_prefetch(&heap->parent[climb->holder]);
	__builtin_prefetch(&trees->edges->count[climb->holder]);
	return true;
}

/**
 * Hand the bytes over. Up to then idom counts the children that have done so,
 * minus one; the last of them takes the holder along. An only child need not
 * count, and nobody else writes to its holder.
 */
static bool climb_step(const struct trees *trees, struct climb *climb)
{
	struct heap *heap = trees->heap;
	uint64_t bytes = heap->retained[climb->object];
	uint32_t to = climb->holder, children, all;

	if (heap_bit(trees->core, to)) {
		__atomic_fetch_add(&heap->retained[to], bytes,
				   __ATOMIC_RELAXED);
		return false;
	}
	all = edges_count(trees->edges, to);
	if (all == 1) {
		heap->retained[to] = bytes;
	} else {
		__atomic_fetch_add(&heap->retained[to], bytes,
				   __ATOMIC_RELAXED);
		children = __atomic_add_fetch(&heap->idom[to], 1,
					      __ATOMIC_ACQ_REL) +
			   1;
		if (children != all)
			return false;
	}
	heap->retained[to] += heap_span_of(heap, to)->elem_size;
	climb->object = to;
	return climb_begin(trees, climb);
}

static void ring_turn(const struct trees *trees, struct ring *ring)
{
	unsigned i = 0;

	while (i < ring->count)
		if (climb_step(trees, &ring->climbs[i]))
			i++;
		else
			ring->climbs[i] = ring->climbs[--ring->count];
}

/** Objects of the core weigh what they are, besides the trees they hold. */
static void core_weigh(struct heap *heap, uint64_t word, uint64_t bits)
{
	for (; bits; bits &= bits - 1) {
		uint32_t object = first_bit(word, bits);

		__atomic_fetch_add(&heap->retained[object],
				   heap_span_of(heap, object)->elem_size,
				   __ATOMIC_RELAXED);
	}
}

static void leaves_range(void *arg, unsigned index, uint64_t begin,
			 uint64_t end)
{
	struct trees *trees = arg;
	struct heap *heap = trees->heap;
	struct ring *ring = &trees->rings[index];
	uint64_t word, bits;

	for (word = begin; word < end; word++) {
		core_weigh(heap, word, trees->core[word]);
		bits = heap->reached[word] & ~trees->core[word];
		for (; bits; bits &= bits - 1) {
			struct climb climb = {first_bit(word, bits), 0};

			if (trees->edges->count[climb.object])
				continue;
			heap->retained[climb.object] =
				heap_span_of(heap, climb.object)->elem_size;
			if (!climb_begin(trees, &climb))
				continue;
			ring->climbs[ring->count++] = climb;
			while (ring->count == RING)
				ring_turn(trees, ring);
		}
	}
}

/** The climbs that a worker has left. */
static void drain_range(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	struct trees *trees = arg;

	(void)index;
	for (; begin < end; begin++)
		while (trees->rings[begin].count)
			ring_turn(trees, &trees->rings[begin]);
}

static uint32_t count_bits(const uint64_t *bits, uint64_t words)
{
	uint64_t i, count = 0;

	for (i = 0; i < words; i++)
		count += heap_bits_set(bits[i]);
	return (uint32_t)count;
}

struct error *private_trees(struct heap *heap, const struct edges *edges,
			    unsigned threads, struct job *job,
			    uint64_t **core_ret, uint32_t *count_ret)
{
	uint64_t words = ((uint64_t)heap->count + 63) / 64;
	struct trees trees = {.heap = heap, .edges = edges};
	struct error *err;

	threads = job_threads(threads);
	trees.core = big_alloc(heap_bitmap_bytes(heap));
	memcpy(trees.core, edges->shared, words * sizeof(*trees.core));
	trees.rings = xcalloc(threads, sizeof(*trees.rings));
	job_parallel(job, threads, words, CHUNK, core_range, &trees);
	if (!job_cancelled(job))
		job_parallel(job, threads, words, CHUNK, leaves_range, &trees);
	job_parallel(job, threads, threads, 1, drain_range, &trees);
	free(trees.rings);
	err = job_check(job);
	if (err) {
		big_free(trees.core, heap_bitmap_bytes(heap));
		return err;
	}
	*core_ret = trees.core;
	*count_ret = count_bits(trees.core, words);
	return NULL;
}
