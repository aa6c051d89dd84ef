#include "core/heap/edges.h"

#include <stdlib.h>

#include "core/base/xalloc.h"

enum { CHUNK_WORDS = 512 }; /* of bitmap: 32768 objects */

struct chunk {
	uint32_t *to;
	size_t count, cap;
	uint64_t base;
};

struct build {
	const struct heap *heap;
	struct job *job;
	struct edges *edges;
	struct chunk *chunks;
	uint64_t *seen; /* bit per object: referred to at all */
	uint64_t words;
};

/** One more reference to @p object; the second makes it shared. */
static void count_reference(struct build *build, uint32_t object)
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

static void object_edges(struct build *build, struct chunk *chunk,
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
		GROW_ARRAY(chunk->to, chunk->count, chunk->cap);
		chunk->to[chunk->count++] = last;
		count_reference(build, last);
	}
}

/** Rows of a chunk's objects; starts are relative to the chunk. */
static void load_range(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	struct build *build = arg;
	const struct heap *heap = build->heap;
	struct chunk *chunk = &build->chunks[begin / CHUNK_WORDS];
	uint64_t word, object;

	(void)index;
	for (word = begin; word < end; word++) {
		for (object = word * 64;
		     object < word * 64 + 64 && object < heap->count;
		     object++) {
			build->edges->start[object] = (uint32_t)chunk->count;
			if (heap_bit(heap->reached, (uint32_t)object))
				object_edges(build, chunk, (uint32_t)object);
		}
	}
	job_advance(build->job, end - begin);
}

/** Put the chunks end to end. */
static void join_range(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	struct build *build = arg;
	struct chunk *chunk = &build->chunks[begin / CHUNK_WORDS];
	uint64_t object, last = end * 64;

	(void)index;
	if (last > build->heap->count)
		last = build->heap->count;
	for (object = begin * 64; object < last; object++)
		build->edges->start[object] += (uint32_t)chunk->base;
	if (chunk->count)
		memcpy(build->edges->to + chunk->base, chunk->to,
		       chunk->count * sizeof(*chunk->to));
	free(chunk->to);
	chunk->to = NULL;
}

static void count_roots(struct build *build)
{
	const struct go_runtime *rt = build->heap->rt;
	struct heap_place place;
	uint32_t i;

	for (i = 0; i < rt->root_count; i++)
		if (heap_locate(build->heap, rt->roots[i].value, &place) ==
		    HEAP_HIT)
			count_reference(build, place.object);
}

static struct error *build_run(struct build *build, unsigned threads)
{
	uint64_t chunks = build->words / CHUNK_WORDS + 1, i;
	struct edges *edges = build->edges;
	struct error *err;

	job_parallel(build->job, threads, build->words, CHUNK_WORDS, load_range,
		     build);
	err = job_check(build->job);
	if (err)
		return err;
	for (i = 0; i < chunks; i++) {
		build->chunks[i].base = edges->count;
		edges->count += build->chunks[i].count;
	}
	if (edges->count >= UINT32_MAX)
		return error_new(ERROR_LIMIT, "too many references");
	edges->to = big_alloc(edges->count * sizeof(*edges->to));
	edges->start[build->heap->count] = (uint32_t)edges->count;
	/* no job: what is begun here must end */
	job_parallel(NULL, threads, build->words, CHUNK_WORDS, join_range,
		     build);
	return NULL;
}

struct error *edges_load(const struct heap *heap, unsigned threads,
			 struct job *job, struct edges *ret)
{
	uint64_t words = ((uint64_t)heap->count + 63) / 64, i;
	struct build build = {.heap = heap, .job = job, .edges = ret};
	struct error *err;

	*ret = (struct edges){.slots = heap->count};
	ret->start = big_alloc(((uint64_t)heap->count + 1) * 4);
	ret->shared = big_alloc(heap_bitmap_bytes(heap));
	build.words = words;
	build.seen = big_alloc(heap_bitmap_bytes(heap));
	build.chunks = xcalloc(words / CHUNK_WORDS + 1, sizeof(*build.chunks));
	job_phase(job, "references", words);
	count_roots(&build);
	err = build_run(&build, threads);
	for (i = 0; i <= words / CHUNK_WORDS; i++)
		free(build.chunks[i].to);
	free(build.chunks);
	big_free(build.seen, heap_bitmap_bytes(heap));
	if (err)
		edges_deinit(ret);
	return err;
}

void edges_deinit(struct edges *edges)
{
	uint64_t slots = edges->slots;

	if (edges->start)
		big_free(edges->start, (slots + 1) * 4);
	if (edges->to)
		big_free(edges->to, edges->count * sizeof(*edges->to));
	if (edges->shared)
		big_free(edges->shared, (slots + 63) / 64 * 8 + 8);
	*edges = (struct edges){0};
}
