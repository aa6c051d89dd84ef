#include <stdlib.h>

#include "core/base/xalloc.h"
#include "core/heap/heap_priv.h"

enum { CHUNK_WORDS = 64 };

struct ref_list {
	struct heap_ref *refs;
	size_t count, cap;
};

struct incoming {
	const struct heap *heap;
	uint64_t start, end; /* addresses of the object */
	uint32_t object;
	struct ref_list *lists; /* per worker */
};

static void add_ref(struct ref_list *list, struct heap_ref ref)
{
	GROW_ARRAY(list->refs, list->count, list->cap);
	list->refs[list->count++] = ref;
}

static void words_range(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	struct incoming *in = arg;
	const struct heap *heap = in->heap;
	uint64_t word, bits;

	for (word = begin; word < end; word++) {
		for (bits = heap->reached[word]; bits; bits &= bits - 1) {
			uint32_t object =
				(uint32_t)(word * 64 +
					   (unsigned)__builtin_ctzll(bits));
			struct heap_words it;

			heap_words_all(&it, heap, object);
			while (heap_words_next(&it)) {
				struct heap_ref ref = {.object = object};

				if (it.value - in->start >= in->end - in->start)
					continue;
				ref.addr = it.span->base +
					   it.index * it.span->elem_size +
					   it.offset;
				add_ref(&in->lists[index], ref);
			}
		}
	}
}

static void roots_pass(struct incoming *in)
{
	const struct go_runtime *rt = in->heap->rt;
	uint32_t i;

	for (i = 0; i < rt->root_count; i++)
		if (rt->roots[i].value - in->start < in->end - in->start)
			add_ref(&in->lists[0],
				(struct heap_ref){.addr = rt->roots[i].addr,
						  .object = GO_NO_OBJECT,
						  .root = i});
}

/** Roots first, then by address. */
static int compare_refs(const void *a, const void *b)
{
	const struct heap_ref *x = a, *y = b;
	bool p = x->object == GO_NO_OBJECT, q = y->object == GO_NO_OBJECT;

	if (p != q)
		return p ? -1 : 1;
	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->root < y->root ? -1 : x->root > y->root;
}

struct error *heap_incoming(const struct heap *heap, uint32_t object,
			    unsigned threads, struct heap_ref *ret,
			    uint32_t max, uint32_t *count_ret)
{
	uint64_t words = ((uint64_t)heap->count + 63) / 64;
	const struct go_span *span;
	struct incoming in = {.heap = heap, .object = object};
	struct ref_list all = {0};
	unsigned i;
	size_t k;

	if (object >= heap->count)
		return error_new(ERROR_USAGE, "no object %u", object);
	span = heap_span_of(heap, object);
	in.start = span->base + (object - span->first) * span->elem_size;
	in.end = in.start + heap_slot_bytes(span);
	threads = job_threads(threads);
	in.lists = xcalloc(threads, sizeof(*in.lists));
	roots_pass(&in);
	job_parallel(NULL, threads, words, CHUNK_WORDS, words_range, &in);
	for (i = 0; i < threads; i++) {
		for (k = 0; k < in.lists[i].count; k++)
			add_ref(&all, in.lists[i].refs[k]);
		free(in.lists[i].refs);
	}
	if (all.count)
		qsort(all.refs, all.count, sizeof(*all.refs), compare_refs);
	*count_ret = all.count < max ? (uint32_t)all.count : max;
	if (*count_ret)
		memcpy(ret, all.refs, *count_ret * sizeof(*ret));
	free(all.refs);
	free(in.lists);
	return NULL;
}
