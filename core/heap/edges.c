#include "core/heap/edges.h"

#include <stdlib.h>

#include "core/base/xalloc.h"

static uint64_t chunks_of(const struct heap *heap)
{
	return ((uint64_t)heap->count >> EDGES_CHUNK_SHIFT) + 1;
}

static uint64_t start_bytes(uint32_t slots)
{
	return ((uint64_t)slots + ((uint64_t)slots >> EDGES_CHUNK_SHIFT) + 2) *
	       sizeof(uint32_t);
}

/** One more reference to @p object; the second makes it shared. */
static void count_reference(struct edges_build *build, uint32_t object)
{
	uint64_t bit = 1ULL << (object % 64);
	uint64_t *seen = &build->seen[object / 64];
	uint64_t *shared = &build->edges->shared[object / 64];

	if (!(__atomic_load_n(seen, __ATOMIC_RELAXED) & bit) &&
	    !(__atomic_fetch_or(seen, bit, __ATOMIC_RELAXED) & bit))
		return;
	if (!(__atomic_load_n(shared, __ATOMIC_RELAXED) & bit))
		__atomic_fetch_or(shared, bit, __ATOMIC_RELAXED);
}

static void count_roots(struct edges_build *build)
{
	const struct go_runtime *rt = build->heap->rt;
	struct heap_place place;
	uint32_t i;

	for (i = 0; i < rt->root_count; i++)
		if (heap_locate(build->heap, rt->roots[i].value, &place) ==
		    HEAP_HIT)
			count_reference(build, place.object);
}

void edges_build_init(struct edges_build *build, const struct heap *heap,
		      unsigned threads, struct edges *edges)
{
	*build = (struct edges_build){
		.heap = heap, .edges = edges, .threads = job_threads(threads)};
	/* the search counted every word, repetitions too */
	*edges = (struct edges){.slots = heap->count,
				.room = heap->edge_count + 1};
	edges->start = big_alloc(start_bytes(heap->count));
	edges->to = big_alloc(edges->room * sizeof(*edges->to));
	edges->shared = big_alloc(heap_bitmap_bytes(heap));
	build->seen = big_alloc(heap_bitmap_bytes(heap));
	build->workers = xcalloc(build->threads, sizeof(*build->workers));
	count_roots(build);
}

void edges_add(struct edges_build *build, struct edges_worker *worker,
	       uint32_t to)
{
	GROW_ARRAY(worker->to, worker->count, worker->cap);
	worker->to[worker->count++] = to;
	count_reference(build, to);
}

void edges_chunk_end(struct edges_build *build, struct edges_worker *worker,
		     uint64_t chunk)
{
	struct edges *edges = build->edges;
	uint64_t base = atomic_fetch_add(&build->used, worker->count);
	uint64_t first = chunk << EDGES_CHUNK_SHIFT;
	uint64_t last = first + EDGES_CHUNK, row;

	if (last > edges->slots)
		last = edges->slots;
	if (base + worker->count > edges->room ||
	    base + worker->count > UINT32_MAX)
		return;
	for (row = edges_row((uint32_t)first);
	     row < edges_row((uint32_t)first) + (last - first); row++)
		edges->start[row] += (uint32_t)base;
	edges->start[row] = (uint32_t)(base + worker->count);
	if (worker->count)
		memcpy(edges->to + base, worker->to,
		       worker->count * sizeof(*worker->to));
}

struct error *edges_build_end(struct edges_build *build)
{
	build->edges->count = atomic_load(&build->used);
	if (build->edges->count >= UINT32_MAX ||
	    build->edges->count > build->edges->room)
		return error_new(ERROR_LIMIT, "too many references");
	return NULL;
}

void edges_build_deinit(struct edges_build *build)
{
	unsigned i;

	for (i = 0; build->workers && i < build->threads; i++)
		free(build->workers[i].to);
	free(build->workers);
	if (build->seen)
		big_free(build->seen, heap_bitmap_bytes(build->heap));
	build->workers = NULL;
	build->seen = NULL;
}

static void object_edges(struct edges_build *build, struct edges_worker *worker,
			 uint32_t object)
{
	uint32_t last = object;
	struct heap_words it;
	struct heap_place place;

	heap_words_all(&it, build->heap, object);
	while (heap_words_next(&it)) {
		if (heap_locate(build->heap, it.value, &place) != HEAP_HIT ||
		    place.object == last || place.object == object)
			continue;
		last = place.object;
		edges_add(build, worker, last);
	}
}

static void load_range(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	struct edges_build *build = arg;
	struct edges_worker *worker = &build->workers[index];
	uint64_t chunk, object, last;

	for (chunk = begin; chunk < end; chunk++) {
		last = (chunk + 1) << EDGES_CHUNK_SHIFT;
		if (last > build->heap->count)
			last = build->heap->count;
		edges_chunk_begin(worker);
		for (object = chunk << EDGES_CHUNK_SHIFT; object < last;
		     object++) {
			edges_row_begin(build, worker, (uint32_t)object);
			if (heap_bit(build->heap->reached, (uint32_t)object))
				object_edges(build, worker, (uint32_t)object);
		}
		edges_chunk_end(build, worker, chunk);
	}
}

struct error *edges_load(const struct heap *heap, unsigned threads,
			 struct job *job, struct edges *ret)
{
	struct edges_build build;
	struct error *err;

	edges_build_init(&build, heap, threads, ret);
	job_phase(job, "references", chunks_of(heap));
	job_parallel(job, threads, chunks_of(heap), 1, load_range, &build);
	err = job_check(job);
	if (!err)
		err = edges_build_end(&build);
	edges_build_deinit(&build);
	if (err)
		edges_deinit(ret);
	return err;
}

void edges_deinit(struct edges *edges)
{
	if (edges->start)
		big_free(edges->start, start_bytes(edges->slots));
	if (edges->to)
		big_free(edges->to, edges->room * sizeof(*edges->to));
	if (edges->shared)
		big_free(edges->shared,
			 ((uint64_t)edges->slots + 63) / 64 * 8 + 8);
	*edges = (struct edges){0};
}
