#include "core/heap/mark.h"

/*
 * The breadth-first search. One level is a list of objects; every pointer
 * word of them either finds an object of an earlier level, or claims one for
 * the next level. Several claims of one object are settled by a fixed order
 * (chains that begin at package variables first, then the lower object
 * number), so parents do not depend on the threads.
 */
#include <stdlib.h>

#include "core/base/xalloc.h"
#include "core/heap/mark_priv.h"

enum {
	INLINE_LEVEL = 256, /* smaller levels are not worth two threads */
	SMALL_CHUNK = 64,
	SMALL_LEVEL = 1 << 14,
	CHUNK = 128,
	SETTLE_CHUNK = 1 << 14,
	BITS_CHUNK = 1 << 12, /* words of a bitmap */
	AHEAD = 8,	      /* objects between prefetch and use */
	RESCANS = 8,	      /* type rescans per object, on average */
};

static uint64_t bitmap_words(const struct mark *mark)
{
	return ((uint64_t)mark->heap->count + 63) / 64;
}

static void level_scan(struct mark *mark)
{
	uint64_t chunk = CHUNK;

	if (mark->level_count <= SMALL_LEVEL)
		chunk = SMALL_CHUNK;
	if (mark->level_count <= INLINE_LEVEL)
		chunk = INLINE_LEVEL;
	mark_run(mark, mark->level_count, chunk,
		 mark->level_count < bitmap_words(mark) / 16, mark_range);
	mark_big_objects(mark);
}

/** The bit itself does not change now, but others of its word may. */
static bool is_weak(const struct mark *mark, uint32_t object)
{
	return __atomic_load_n(&mark->weak[object / 64], __ATOMIC_RELAXED) >>
		       (object % 64) &
	       1;
}

/** Whose parent's chain is weak is weak too, but for roots' own. */
static void weak_range(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	struct mark *mark = arg;
	struct heap *heap = mark->heap;
	bool any = false;
	uint64_t i;

	(void)index;
	for (i = begin; i < end; i++) {
		uint32_t object = mark->level[i];

		if (heap_bit(heap->from_root, object)) {
			any = any || is_weak(mark, object);
		} else if (is_weak(mark, heap->parent[object])) {
			__atomic_fetch_or(&mark->weak[object / 64],
					  1ULL << (object % 64),
					  __ATOMIC_RELAXED);
			any = true;
		}
	}
	if (any)
		atomic_store(&mark->any_weak, true);
}

/** Once a level has none that is weak, none of the next is. */
static void level_weak(struct mark *mark)
{
	if (!atomic_load(&mark->any_weak))
		return;
	atomic_store(&mark->any_weak, false);
	job_pool_run(mark->pool, mark->job, mark->level_count, SETTLE_CHUNK,
		     weak_range, mark);
}

static void level_reserve(struct mark *mark, size_t count)
{
	if (count <= mark->level_cap)
		return;
	mark->level_cap = count + count / 2;
	mark->level = xreallocarray(mark->level, mark->level_cap,
				    sizeof(*mark->level));
}

/** Objects of a word that were claimed in this level. */
static uint64_t new_bits(const struct mark *mark, uint64_t word)
{
	return mark->claimed[word] & ~mark->heap->reached[word];
}

/** Most words have none: those cost no more than a look. */
static void count_range(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	struct mark *mark = arg;
	uint64_t count = 0, i;

	(void)index;
	for (i = begin; i < end; i++) {
		uint64_t bits = new_bits(mark, i);

		if (bits)
			count += heap_bits_set(bits);
	}
	mark->level_start[begin / BITS_CHUNK] = count;
}

static void bits_range(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	struct mark *mark = arg;
	uint64_t i = begin, chunk = begin / BITS_CHUNK;
	uint64_t k = mark->level_start[chunk];

	(void)index;
	if (k == mark->level_start[chunk + 1])
		return;
	for (; i < end; i++) {
		uint64_t bits = new_bits(mark, i);

		if (!bits)
			continue;
		mark->heap->reached[i] |= bits;
		for (; bits; bits &= bits - 1)
			mark->level[k++] =
				(uint32_t)(i * 64 +
					   (unsigned)__builtin_ctzll(bits));
	}
}

/**
 * In order of address, which is the order of memory: a big level then reads
 * the heap from one end to the other instead of all over the place.
 */
static void level_from_bits(struct mark *mark)
{
	uint64_t words = bitmap_words(mark), i;
	uint64_t chunks = (words + BITS_CHUNK - 1) / BITS_CHUNK, sum = 0;

	job_pool_run(mark->pool, NULL, words, BITS_CHUNK, count_range, mark);
	for (i = 0; i <= chunks; i++) {
		uint64_t count = i < chunks ? mark->level_start[i] : 0;

		mark->level_start[i] = sum;
		sum += count;
	}
	level_reserve(mark, sum);
	mark->level_count = sum;
	job_pool_run(mark->pool, NULL, words, BITS_CHUNK, bits_range, mark);
	mark->in_order = true;
	mark->unlisted = false;
}

static void level_from_lists(struct mark *mark, size_t count)
{
	unsigned i;
	size_t k;

	level_reserve(mark, count);
	mark->level_count = 0;
	mark->in_order = false;
	for (i = 0; i < mark->threads; i++) {
		struct mark_worker *worker = &mark->workers[i];

		for (k = 0; k < worker->next_count; k++) {
			mark->level[mark->level_count++] = worker->next[k];
			heap_bit_set(mark->heap->reached, worker->next[k]);
		}
		worker->next_count = 0;
	}
}

/**
 * What the workers found becomes the level: its objects are reached now, for
 * good.
 */
static void level_gather(struct mark *mark)
{
	size_t count = 0;
	unsigned i;

	for (i = 0; i < mark->threads; i++)
		count += mark->workers[i].next_count;
	if (!mark->unlisted && count < bitmap_words(mark) / 16) {
		level_from_lists(mark, count);
		return;
	}
	for (i = 0; i < mark->threads; i++)
		mark->workers[i].next_count = 0;
	level_from_bits(mark);
}

/**
 * Settle the claims on objects that were scanned with a weaker type, and scan
 * those again, for the types of others only, until nothing changes.
 */
static void claims_run(struct mark *mark)
{
	uint32_t *level = mark->level;
	size_t level_count = mark->level_count, level_cap = mark->level_cap;
	unsigned i;

	mark->level = NULL;
	mark->level_cap = 0;
	mark->types_only = true;
	do {
		size_t j, count = 0;

		for (i = 0; i < mark->threads; i++)
			count += mark->workers[i].typer.claim_count;
		level_reserve(mark, count);
		mark->level_count = 0;
		for (i = 0; i < mark->threads; i++) {
			struct typer *typer = &mark->workers[i].typer;

			for (j = 0; j < typer->claim_count; j++) {
				struct type_claim claim = typer->claims[j];
				uint32_t *type =
					&mark->heap->type[claim.object];

				if (!typer_better(typer, claim.type, *type))
					continue;
				*type = claim.type;
				if (!mark->rescans_left || !mark->level)
					continue;
				mark->rescans_left--;
				mark->level[mark->level_count++] = claim.object;
			}
			typer->claim_count = 0;
		}
		level_scan(mark);
	} while (mark->level_count && !job_cancelled(mark->job));
	free(mark->level);
	mark->types_only = false;
	mark->level = level;
	mark->level_count = level_count;
	mark->level_cap = level_cap;
}

static struct error *levels_run(struct mark *mark)
{
	struct error *err = NULL;

	level_gather(mark);
	while (mark->level_count) {
		level_weak(mark);
		level_scan(mark);
		claims_run(mark);
		if ((err = job_check(mark->job)))
			break;
		level_gather(mark);
	}
	return err;
}

static void mark_init(struct mark *mark, struct heap *heap, unsigned threads,
		      struct job *job)
{
	unsigned i;

	*mark = (struct mark){.heap = heap, .job = job};
	mark->threads = job_threads(threads);
	mark->pool = job_pool_new(mark->threads);
	mark->workers = xcalloc(mark->threads, sizeof(*mark->workers));
	for (i = 0; i < mark->threads; i++) {
		struct mark_worker *worker = &mark->workers[i];

		worker->mark = mark;
		worker->index = i;
		typer_init(&worker->typer, heap);
		worker->typer.claim = mark_claim;
		worker->typer.claim_arg = worker;
		worker->regions =
			xcalloc(MARK_REGIONS, sizeof(*worker->regions));
	}
	while ((uint64_t)MARK_REGIONS << mark->region_shift < heap->count)
		mark->region_shift++;
	/* regions share no word of a bitmap */
	if (mark->region_shift < 6)
		mark->region_shift = 6;
	mark->weak = big_alloc(heap_bitmap_bytes(heap));
	mark->claimed = big_alloc(heap_bitmap_bytes(heap));
	mark->level_start = xcalloc(bitmap_words(mark) / BITS_CHUNK + 2,
				    sizeof(*mark->level_start));
	mark->rescans_left = (uint64_t)heap->count * RESCANS;
	mark_alone(mark);
}

static void mark_deinit(struct mark *mark)
{
	struct heap *heap = mark->heap;
	unsigned i, k;

	job_pool_free(mark->pool);
	for (i = 0; i < mark->threads; i++) {
		struct mark_worker *worker = &mark->workers[i];

		heap->edge_count += worker->edges;
		heap->wild_words += worker->wild;
		typer_deinit(&worker->typer);
		for (k = 0; k < MARK_REGIONS; k++)
			free(worker->regions[k].list);
		free(worker->regions);
		free(worker->next);
		free(worker->big);
	}
	free(mark->workers);
	free(mark->level);
	free(mark->level_start);
	big_free(mark->claimed, heap_bitmap_bytes(heap));
	big_free(mark->weak, heap_bitmap_bytes(heap));
}

static void count_reached(struct heap *heap)
{
	uint32_t i;

	for (i = 0; i < heap->rt->span_count; i++) {
		const struct go_span *span = &heap->rt->spans[i];
		uint32_t count =
			heap_bits_in(heap->reached, span->first, span->slots);

		heap->reached_objects += count;
		heap->reached_bytes += count * span->elem_size;
	}
}

struct error *heap_mark(struct heap *heap, unsigned threads, struct job *job)
{
	struct error *err;
	struct mark mark;

	mark_init(&mark, heap, threads, job);
	job_phase(job, "mark", heap->count);
	mark.edges = xcalloc(1, sizeof(*mark.edges));
	edges_init(mark.edges, heap, mark.threads);
	heap->priv->edges = mark.edges;
	atomic_store(&mark.any_weak, true);
	mark_roots(&mark);
	mark_stack_maps(&mark);
	mark_settle(&mark, &mark.workers[0]);
	err = levels_run(&mark);
	count_reached(heap);
	mark_deinit(&mark);
	return err;
}

/** Allocated objects that nothing reaches are the level. */
static void garbage_level(struct mark *mark)
{
	const struct heap *heap = mark->heap;
	uint64_t words = ((uint64_t)heap->count + 63) / 64, i;

	mark->level_count = 0;
	for (i = 0; i < words; i++) {
		uint64_t bits = heap->rt->allocated[i] & ~heap->reached[i];

		level_reserve(mark, mark->level_count + 64);
		for (; bits; bits &= bits - 1)
			mark->level[mark->level_count++] =
				(uint32_t)(i * 64 +
					   (unsigned)__builtin_ctzll(bits));
	}
}

struct error *heap_type_garbage(struct heap *heap, unsigned threads,
				struct job *job)
{
	struct mark mark;
	unsigned i;

	mark_init(&mark, heap, threads, job);
	for (i = 0; i < mark.threads; i++)
		mark.workers[i].typer.garbage = true;
	garbage_level(&mark);
	mark.types_only = true;
	level_scan(&mark);
	claims_run(&mark);
	mark_deinit(&mark);
	return job_check(job);
}
