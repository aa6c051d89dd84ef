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

static const uint32_t UNSET = 0xffffffff;

enum {
	INLINE_LEVEL = 2048, /* smaller levels are not worth a thread */
	CHUNK = 1024,
	AHEAD = 8,	     /* objects between prefetch and use */
	RESCANS = 8,	     /* type rescans per object, on average */
	BIG_WORDS = 1 << 16, /* larger objects are shared among threads */
	BIG_CHUNK = 1 << 13,
};

static bool nearer(const struct mark *mark, uint32_t from, uint32_t old)
{
	bool a = heap_bit(mark->weak, from), b = heap_bit(mark->weak, old);

	return a != b ? b : from < old;
}

static void arrive(const struct mark *mark, struct mark_worker *worker,
		   uint32_t from, uint32_t to)
{
	uint32_t *parent = &mark->heap->parent[to];
	uint32_t old;

	if (heap_bit(mark->heap->reached, to))
		return;
	old = __atomic_load_n(parent, __ATOMIC_RELAXED);
	do {
		if (old != UNSET && !nearer(mark, from, old))
			return;
	} while (!__atomic_compare_exchange_n(
		parent, &old, from, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	if (old == UNSET)
		mark_push(worker, to);
}

static void scan_types(struct mark_worker *worker, struct slot_cursor *cursor,
		       const struct heap_words *it, uint64_t skip,
		       const struct heap_place *place)
{
	uint64_t offset = it->offset - skip, previous = 0;
	struct go_slot slot;

	if (it->offset >= skip + 8)
		previous = heap_word(it->mem + it->offset - 8);
	if (slot_cursor_at(cursor, &worker->typer, offset, &slot))
		typer_claim_slot(&worker->typer, &slot, offset, previous,
				 place);
	else if (!cursor->plan.count)
		typer_claim_pair(&worker->typer, previous, place);
}

/** A string or bytes that begin inside an object say that it is bytes. */
static void scan_inside(struct mark_worker *worker, struct slot_cursor *cursor,
			uint64_t offset, const struct heap_place *place)
{
	struct go_slot slot;

	if (place->span->noscan &&
	    slot_cursor_at(cursor, &worker->typer, offset, &slot))
		typer_claim_inside(&worker->typer, &slot, place);
}

/** Words [@p first, @p end) of an object. */
static void scan_words(struct mark *mark, struct mark_worker *worker,
		       uint32_t object, uint64_t first, uint64_t end)
{
	struct heap *heap = mark->heap;
	const struct go_span *span = heap_span_of(heap, object);
	uint64_t skip = heap_header_bytes(span);
	uint32_t type = typer_settle(&worker->typer, span, object);
	struct slot_cursor cursor;
	struct heap_words it;
	struct heap_place place;
	enum heap_hit hit;

	heap_words_init(&it, heap, span, object - span->first, first, end);
	slot_cursor_init(&cursor, &worker->typer, type);
	while (heap_words_next(&it)) {
		hit = heap_locate(heap, it.value, &place);
		worker->wild += hit == HEAP_WILD && !mark->types_only;
		if (hit != HEAP_HIT || it.offset < skip)
			continue;
		if (!mark->types_only) {
			worker->edges++;
			arrive(mark, worker, object, place.object);
		}
		if (place.start)
			scan_types(worker, &cursor, &it, skip, &place);
		else
			scan_inside(worker, &cursor, it.offset - skip, &place);
	}
	if (type && it.mem && !first)
		typer_roles(&worker->typer, type, it.mem + skip,
			    heap_slot_bytes(span) - skip);
}

static void scan_object(struct mark *mark, struct mark_worker *worker,
			uint32_t object)
{
	const struct go_span *span = heap_span_of(mark->heap, object);

	if (!mark->types_only) {
		worker->objects++;
		worker->bytes += span->elem_size;
	}
	if (span->noscan)
		return;
	if (heap_slot_bytes(span) / 8 <= BIG_WORDS) {
		scan_words(mark, worker, object, 0, UINT64_MAX);
		return;
	}
	GROW_ARRAY(worker->big, worker->big_count, worker->big_cap);
	worker->big[worker->big_count++] = object;
}

static void scan_big_range(void *arg, unsigned index, uint64_t begin,
			   uint64_t end)
{
	struct mark *mark = arg;

	scan_words(mark, &mark->workers[index], mark->big, begin, end);
}

/** The big objects that the workers have put aside, one after the other. */
static void scan_big(struct mark *mark)
{
	const struct go_span *span;
	unsigned i;

	for (i = 0; i < mark->threads; i++) {
		struct mark_worker *worker = &mark->workers[i];

		while (worker->big_count) {
			mark->big = worker->big[--worker->big_count];
			span = heap_span_of(mark->heap, mark->big);
			job_parallel(mark->job, mark->threads,
				     heap_slot_bytes(span) / 8, BIG_CHUNK,
				     scan_big_range, mark);
		}
	}
}

static void prefetch_object(const struct mark *mark, uint32_t object)
{
	const struct go_span *span = heap_span_of(mark->heap, object);

	if (span->mem && !span->noscan)
		__builtin_prefetch(span->mem +
				   (object - span->first) * span->elem_size);
}

static void scan_range(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	struct mark *mark = arg;
	struct mark_worker *worker = &mark->workers[index];
	uint64_t i;

	for (i = begin; i < end; i++) {
		if (i + AHEAD < end)
			prefetch_object(mark, mark->level[i + AHEAD]);
		scan_object(mark, worker, mark->level[i]);
	}
	job_advance(mark->job, end - begin);
}

/** The objects of a level are reached now, for good. */
static void settle_range(void *arg, unsigned index, uint64_t begin,
			 uint64_t end)
{
	struct mark *mark = arg;
	struct heap *heap = mark->heap;
	uint64_t i;

	(void)index;
	for (i = begin; i < end; i++) {
		uint32_t object = mark->level[i];
		uint64_t bit = 1ULL << (object % 64);

		__atomic_fetch_or(&heap->reached[object / 64], bit,
				  __ATOMIC_RELAXED);
		if (!heap_bit(heap->from_root, object) &&
		    heap_bit(mark->weak, heap->parent[object]))
			__atomic_fetch_or(&mark->weak[object / 64], bit,
					  __ATOMIC_RELAXED);
	}
}

static void level_run(struct mark *mark, job_range_fn *fn)
{
	if (mark->level_count <= INLINE_LEVEL)
		fn(mark, 0, 0, mark->level_count);
	else
		job_parallel(mark->job, mark->threads, mark->level_count, CHUNK,
			     fn, mark);
	scan_big(mark);
}

static void level_reserve(struct mark *mark, size_t count)
{
	if (count <= mark->level_cap)
		return;
	mark->level_cap = count + count / 2;
	mark->level = xreallocarray(mark->level, mark->level_cap,
				    sizeof(*mark->level));
}

/**
 * In order of address, which is the order of memory: a big level then reads
 * the heap from one end to the other instead of all over the place.
 */
static void level_sort(struct mark *mark)
{
	uint64_t words = ((uint64_t)mark->heap->count + 63) / 64, i;
	size_t k;

	if (mark->level_count < words / 16)
		return;
	for (k = 0; k < mark->level_count; k++)
		heap_bit_set(mark->order, mark->level[k]);
	for (i = 0, k = 0; i < words; i++) {
		uint64_t bits = mark->order[i];

		for (; bits; bits &= bits - 1)
			mark->level[k++] =
				(uint32_t)(i * 64 +
					   (unsigned)__builtin_ctzll(bits));
		mark->order[i] = 0;
	}
}

/** What the workers found becomes the level. */
static void level_gather(struct mark *mark)
{
	size_t count = 0;
	unsigned i;

	for (i = 0; i < mark->threads; i++)
		count += mark->workers[i].next_count;
	level_reserve(mark, count);
	mark->level_count = 0;
	for (i = 0; i < mark->threads; i++) {
		struct mark_worker *worker = &mark->workers[i];

		if (worker->next_count)
			memcpy(mark->level + mark->level_count, worker->next,
			       worker->next_count * sizeof(*worker->next));
		mark->level_count += worker->next_count;
		worker->next_count = 0;
	}
	level_sort(mark);
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
				if (!mark->rescans_left)
					continue;
				mark->rescans_left--;
				mark->level[mark->level_count++] = claim.object;
			}
			typer->claim_count = 0;
		}
		level_run(mark, scan_range);
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
		level_run(mark, settle_range);
		level_run(mark, scan_range);
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
	mark->workers = xcalloc(mark->threads, sizeof(*mark->workers));
	for (i = 0; i < mark->threads; i++)
		typer_init(&mark->workers[i].typer, heap);
	mark->weak = big_alloc(heap_bitmap_bytes(heap));
	mark->order = big_alloc(heap_bitmap_bytes(heap));
	mark->rescans_left = (uint64_t)heap->count * RESCANS;
}

static void mark_deinit(struct mark *mark)
{
	struct heap *heap = mark->heap;
	unsigned i;

	for (i = 0; i < mark->threads; i++) {
		struct mark_worker *worker = &mark->workers[i];

		heap->reached_objects += worker->objects;
		heap->reached_bytes += worker->bytes;
		heap->edge_count += worker->edges;
		heap->wild_words += worker->wild;
		typer_deinit(&worker->typer);
		free(worker->next);
		free(worker->big);
	}
	free(mark->workers);
	free(mark->level);
	big_free(mark->order, heap_bitmap_bytes(heap));
	big_free(mark->weak, heap_bitmap_bytes(heap));
}

struct error *heap_mark(struct heap *heap, unsigned threads, struct job *job)
{
	struct error *err;
	struct mark mark;

	mark_init(&mark, heap, threads, job);
	job_phase(job, "mark", heap->count);
	memset(heap->parent, 0xff, heap->count * sizeof(*heap->parent));
	mark_roots(&mark);
	mark_stack_maps(&mark);
	err = levels_run(&mark);
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
	level_run(&mark, scan_range);
	claims_run(&mark);
	mark_deinit(&mark);
	return job_check(job);
}
