#include "core/heap/reverse.h"

#include <stdlib.h>

#include "core/base/xalloc.h"
#include "core/heap/edges.h"

enum {
	CHUNK_WORDS = 256,
	SHARED_MIN = 1 << 22, /* references from which threads pay */
};

struct turn {
	struct heap_reverse *reverse;
	struct job *job;
	bool fill;   /* second pass: put, do not count */
	bool shared; /* several threads count */
};

/** A row's start is counted up, and then down again while it is filled. */
static inline uint32_t count_by(const struct turn *turn, uint32_t *count,
				uint32_t by)
{
	if (turn->shared)
		return __atomic_add_fetch(count, by, __ATOMIC_RELAXED);
	return *count += by;
}

static void object_row(const struct turn *turn, uint32_t object)
{
	struct heap_reverse *reverse = turn->reverse;
	const struct edges *edges = reverse->heap->priv->edges;
	uint32_t count, i, at;
	const uint32_t *to = edges_of(edges, object, &count);

	for (i = 0; i < count; i++) {
		if (!turn->fill) {
			count_by(turn, &reverse->start[to[i]], 1);
			continue;
		}
		at = count_by(turn, &reverse->start[to[i]], UINT32_MAX);
		reverse->from[at] = object;
	}
}

/** Backwards: rows are filled from their ends, and come out in order. */
static void words_range(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	struct turn *turn = arg;
	const struct heap *heap = turn->reverse->heap;
	uint64_t word, bits;
	unsigned bit;

	(void)index;
	for (word = end; word-- > begin;)
		for (bits = heap->reached[word]; bits; bits ^= 1ULL << bit) {
			bit = 63 - (unsigned)__builtin_clzll(bits);
			object_row(turn, (uint32_t)(word * 64 + bit));
		}
	job_advance(turn->job, end - begin);
}

static int compare_u32(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static bool in_order(const uint32_t *row, uint32_t n)
{
	uint32_t i;

	for (i = 1; i < n; i++)
		if (row[i] < row[i - 1])
			return false;
	return true;
}

/** The order in a row does not depend on the threads. */
static void sort_range(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	struct turn *turn = arg;
	struct heap_reverse *reverse = turn->reverse;
	uint64_t i;

	(void)index;
	for (i = begin; i < end; i++) {
		uint32_t *row = reverse->from + reverse->start[i];
		uint32_t n = reverse->start[i + 1] - reverse->start[i];

		if (!in_order(row, n))
			qsort(row, n, sizeof(*row), compare_u32);
	}
}

/** Counts become the ends of the rows. */
static struct error *sum_rows(struct heap_reverse *reverse)
{
	uint32_t count = reverse->heap->count, i;
	uint64_t sum = 0;

	for (i = 0; i < count; i++) {
		sum += reverse->start[i];
		if (sum >= UINT32_MAX)
			return error_new(ERROR_LIMIT, "too many references");
		reverse->start[i] = (uint32_t)sum;
	}
	reverse->start[count] = (uint32_t)sum;
	reverse->count = sum;
	return NULL;
}

static int compare_root_words(const void *a, const void *b)
{
	const struct heap_root_word *x = a, *y = b;

	if (x->object != y->object)
		return x->object < y->object ? -1 : 1;
	return x->root < y->root ? -1 : x->root > y->root;
}

static void load_roots(struct heap_reverse *reverse)
{
	const struct go_runtime *rt = reverse->heap->rt;
	struct heap_place place;
	uint32_t i;

	reverse->roots =
		xcalloc((size_t)rt->root_count + 1, sizeof(*reverse->roots));
	for (i = 0; i < rt->root_count; i++)
		if (heap_locate(reverse->heap, rt->roots[i].value, &place) ==
		    HEAP_HIT)
			reverse->roots[reverse->root_count++] =
				(struct heap_root_word){place.object, i};
	qsort(reverse->roots, reverse->root_count, sizeof(*reverse->roots),
	      compare_root_words);
}

static uint64_t start_bytes(const struct heap *heap)
{
	return ((uint64_t)heap->count + 1) * sizeof(uint32_t);
}

static void turn_pass(struct turn *turn, unsigned threads)
{
	uint64_t words = ((uint64_t)turn->reverse->heap->count + 63) / 64;

	if (turn->shared)
		job_parallel(turn->job, threads, words, CHUNK_WORDS,
			     words_range, turn);
	else
		words_range(turn, 0, 0, words);
}

static struct error *turn_run(struct turn *turn, unsigned threads)
{
	struct heap_reverse *reverse = turn->reverse;
	uint64_t words = ((uint64_t)reverse->heap->count + 63) / 64;
	struct error *err;

	turn->shared = threads > 1 && reverse->heap->edge_count >= SHARED_MIN;
	job_phase(turn->job, "references", words * 2);
	turn_pass(turn, threads);
	if ((err = job_check(turn->job)) || (err = sum_rows(reverse)))
		return err;
	reverse->from = big_alloc(reverse->count * sizeof(*reverse->from));
	turn->fill = true;
	turn_pass(turn, threads);
	if ((err = job_check(turn->job)))
		return err;
	if (turn->shared)
		job_parallel(turn->job, threads, reverse->heap->count,
			     (uint64_t)CHUNK_WORDS * 64, sort_range, turn);
	load_roots(reverse);
	return job_check(turn->job);
}

struct error *heap_reverse_load(const struct heap *heap, unsigned threads,
				struct job *job, struct heap_reverse **ret)
{
	struct heap_reverse *reverse;
	struct turn turn = {.job = job};
	struct error *err;

	if (edges_full(heap->priv->edges))
		return error_new(ERROR_LIMIT, "too many references");
	reverse = xcalloc(1, sizeof(*reverse));
	turn.reverse = reverse;
	reverse->heap = heap;
	reverse->start = big_alloc(start_bytes(heap));
	err = turn_run(&turn, job_threads(threads));
	if (err) {
		heap_reverse_free(reverse);
		return err;
	}
	*ret = reverse;
	return NULL;
}

void heap_reverse_free(struct heap_reverse *reverse)
{
	if (!reverse)
		return;
	big_free(reverse->start, start_bytes(reverse->heap));
	if (reverse->from)
		big_free(reverse->from,
			 reverse->count * sizeof(*reverse->from));
	free(reverse->roots);
	free(reverse);
}

const uint32_t *heap_reverse_of(const struct heap_reverse *reverse,
				uint32_t object, uint32_t *count_ret)
{
	*count_ret = 0;
	if (object >= reverse->heap->count)
		return NULL;
	*count_ret = reverse->start[object + 1] - reverse->start[object];
	return reverse->from + reverse->start[object];
}

uint32_t heap_reverse_roots(const struct heap_reverse *reverse, uint32_t object,
			    uint32_t *count_ret)
{
	uint32_t low = 0, high = reverse->root_count, end;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (reverse->roots[middle].object < object)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low;
	     end < reverse->root_count && reverse->roots[end].object == object;
	     end++)
		;
	*count_ret = end - low;
	return low;
}
