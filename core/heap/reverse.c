#include "core/heap/reverse.h"

#include <stdlib.h>

#include "core/base/xalloc.h"
#include "core/heap/heap_priv.h"

enum { CHUNK_WORDS = 256 };

struct turn {
	struct heap_reverse *reverse;
	struct job *job;
	bool fill; /* second pass: put, do not count */
};

static void object_words(struct turn *turn, uint32_t object)
{
	struct heap_reverse *reverse = turn->reverse;
	uint32_t last = object, at;
	struct heap_place place;
	struct heap_words it;

	heap_words_all(&it, reverse->heap, object);
	while (heap_words_next(&it)) {
		if (heap_locate(reverse->heap, it.value, &place) != HEAP_HIT ||
		    place.object == last || place.object == object)
			continue;
		last = place.object;
		/* counted into the row's start, then counted down again */
		if (!turn->fill) {
			__atomic_fetch_add(&reverse->start[last], 1,
					   __ATOMIC_RELAXED);
			continue;
		}
		at = __atomic_sub_fetch(&reverse->start[last], 1,
					__ATOMIC_RELAXED);
		reverse->from[at] = object;
	}
}

static void words_range(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	struct turn *turn = arg;
	const struct heap *heap = turn->reverse->heap;
	uint64_t word, bits;

	(void)index;
	for (word = begin; word < end; word++)
		for (bits = heap->reached[word]; bits; bits &= bits - 1)
			object_words(turn, (uint32_t)(word * 64 +
						      (unsigned)__builtin_ctzll(
							      bits)));
	job_advance(turn->job, end - begin);
}

static int compare_u32(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/** The order in a row does not depend on the threads. */
static void sort_range(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	struct turn *turn = arg;
	struct heap_reverse *reverse = turn->reverse;
	uint64_t i;

	(void)index;
	for (i = begin; i < end; i++) {
		uint32_t n = reverse->start[i + 1] - reverse->start[i];

		if (n > 1)
			qsort(reverse->from + reverse->start[i], n,
			      sizeof(*reverse->from), compare_u32);
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

static struct error *turn_run(struct turn *turn, unsigned threads)
{
	struct heap_reverse *reverse = turn->reverse;
	uint64_t words = ((uint64_t)reverse->heap->count + 63) / 64;
	struct error *err;

	job_phase(turn->job, "references", words * 2);
	job_parallel(turn->job, threads, words, CHUNK_WORDS, words_range, turn);
	if ((err = job_check(turn->job)) || (err = sum_rows(reverse)))
		return err;
	reverse->from = big_alloc(reverse->count * sizeof(*reverse->from));
	turn->fill = true;
	job_parallel(turn->job, threads, words, CHUNK_WORDS, words_range, turn);
	if ((err = job_check(turn->job)))
		return err;
	job_parallel(turn->job, threads, reverse->heap->count,
		     (uint64_t)CHUNK_WORDS * 64, sort_range, turn);
	load_roots(reverse);
	return job_check(turn->job);
}

struct error *heap_reverse_load(const struct heap *heap, unsigned threads,
				struct job *job, struct heap_reverse **ret)
{
	struct heap_reverse *reverse = xcalloc(1, sizeof(*reverse));
	struct turn turn = {.reverse = reverse, .job = job};
	struct error *err;

	reverse->heap = heap;
	reverse->start = big_alloc(start_bytes(heap));
	err = turn_run(&turn, threads);
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
