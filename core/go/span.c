/*
 * In-use spans out of mheap_.allspans: sorted by address, objects numbered
 * densely, a page table from address to span, and the bitmap of slots that are
 * allocated at this instant.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/go/runtime_priv.h"

enum {
	STATE_IN_USE = 1,
	SIZE_CLASSES = 68,
	SMALL_BITS_MAX = 512, /* bytes of an object with bits in its span */
	HEADER_MAX = 32768,
	INLINE_BYTES = 128, /* Green Tea's block at the end of the page */
	INLINE_MARKS = 64,  /* from the end of the page */
	SPANS_PER_CHUNK = 512,
};

/* What an mspan says besides struct go_span; only while loading. */
struct span_bits {
	uint64_t alloc_bits, mark_bits;
	uint64_t specials;
	uint64_t freeindex;
	uint32_t sweepgen;
};

struct loader {
	struct go_runtime *rt;
	struct span_bits *bits;
	uint32_t heap_sweepgen;
	uint64_t damaged;
};

static uint64_t get(const uint8_t *mspan, const struct go_layout *layout,
		    enum layout_id id, unsigned bytes)
{
	uint64_t v = 0;

	if (layout->off[id] >= 0)
		memcpy(&v, mspan + layout->off[id], bytes);
	return v;
}

static bool has_inline_marks(const struct runtime_priv *priv,
			     const struct go_span *span)
{
	return priv->green_tea && span->size_class && span->elem_size >= 16 &&
	       span->elem_size <= SMALL_BITS_MAX && span->bytes == GO_PAGE;
}

static void place_heap_bits(const struct runtime_priv *priv,
			    struct go_span *span)
{
	uint64_t at;

	if (span->noscan || priv->minor < 22 || !span->size_class)
		return;
	span->has_header = span->elem_size > SMALL_BITS_MAX;
	if (span->has_header || !span->mem)
		return;
	at = span->bytes - span->bytes / 64;
	if (has_inline_marks(priv, span))
		at -= INLINE_BYTES;
	span->heap_bits = span->mem + at;
}

/**
 * With m = 2^32 / d rounded up, n * m / 2^32 is n / d as long as n times the
 * rounding error stays below 2^32.
 */
static uint32_t divisor_of(uint64_t d, uint64_t bytes)
{
	uint64_t m, error;

	if (d < 8 || d > UINT32_MAX || bytes > UINT32_MAX)
		return 0;
	m = ((1ULL << 32) + d - 1) / d;
	error = m * d - (1ULL << 32);
	return !error || bytes < (1ULL << 32) / error ? (uint32_t)m : 0;
}

static bool fill_span(const struct go_runtime *rt, const uint8_t *mspan,
		      struct go_span *span, struct span_bits *bits)
{
	const struct runtime_priv *priv = priv_of(rt);
	const struct go_layout *l = &priv->layout;
	unsigned wide = l->wide_nelems ? 8 : 2;
	uint64_t class = get(mspan, l, L_SPAN_CLASS, 1);
	uint64_t npages = get(mspan, l, L_SPAN_NPAGES, 8);
	uint64_t nelems = get(mspan, l, L_SPAN_NELEMS, wide);

	*span = (struct go_span){
		.base = get(mspan, l, L_SPAN_START, 8),
		.limit = get(mspan, l, L_SPAN_LIMIT, 8),
		.elem_size = get(mspan, l, L_SPAN_ELEMSIZE, 8),
		.size_class = (uint8_t)(class >> 1),
		.noscan = class & 1,
		.user_arena = get(mspan, l, L_SPAN_USERARENA, 1) != 0,
	};
	/* Up to Go 1.23 a reused mspan keeps the type of its last large one. */
	if (!span->size_class)
		span->large_type = get(mspan, l, L_SPAN_LARGETYPE, 8);
	*bits = (struct span_bits){
		.alloc_bits = get(mspan, l, L_SPAN_ALLOCBITS, 8),
		.mark_bits = get(mspan, l, L_SPAN_MARKBITS, 8),
		.specials = get(mspan, l, L_SPAN_SPECIALS, 8),
		.freeindex = get(mspan, l, L_SPAN_FREEINDEX, wide),
		.sweepgen = (uint32_t)get(mspan, l, L_SPAN_SWEEPGEN, 4),
	};
	if (!npages || npages > 1ULL << 34 || !span->base ||
	    span->base % GO_PAGE || span->base >= 1ULL << 57 ||
	    span->size_class >= SIZE_CLASSES)
		return false;
	span->bytes = npages * GO_PAGE;
	if (!span->elem_size || span->elem_size > span->bytes || !nelems ||
	    nelems > span->bytes / span->elem_size)
		return false;
	if (!span->size_class && nelems != 1)
		return false;
	span->slots = (uint32_t)nelems;
	if (span->limit < span->base || span->limit > span->base + span->bytes)
		span->limit = span->base + span->bytes;
	if (span->size_class) {
		uint64_t end = span->base + nelems * span->elem_size;

		span->divisor = divisor_of(span->elem_size, span->bytes);
		span->limit = span->limit < end ? span->limit : end;
	}
	return true;
}

static struct error *collect(struct loader *loader, uint64_t list, uint64_t n)
{
	struct go_runtime *rt = loader->rt;
	const struct go_layout *l = &priv_of(rt)->layout;
	uint64_t size = 144, i, at;
	struct go_span span;
	struct span_bits bits;

	if (l->off[L_SPAN_LARGETYPE] >= 0)
		size = (uint64_t)l->off[L_SPAN_LARGETYPE] + 8;
	rt->spans = xreallocarray(NULL, n, sizeof(*rt->spans));
	loader->bits = xreallocarray(NULL, n, sizeof(*loader->bits));
	for (i = 0; i < n; i++) {
		const uint8_t *mspan;

		if (!sample_u64(rt->sample, list + i * 8, &at))
			return error_new(ERROR_CORRUPT,
					 "the list of spans is unreadable");
		mspan = sample_view(rt->sample, at, size);
		if (!mspan) {
			loader->damaged += at != 0;
			continue;
		}
		if (get(mspan, l, L_SPAN_STATE, 1) != STATE_IN_USE)
			continue;
		if (!fill_span(rt, mspan, &span, &bits)) {
			loader->damaged++;
			continue;
		}
		loader->bits[rt->span_count] = bits;
		rt->spans[rt->span_count++] = span;
	}
	return NULL;
}

static int by_base(const void *a, const void *b, void *arg)
{
	const struct go_span *spans = arg;
	uint64_t x = spans[*(const uint32_t *)a].base;
	uint64_t y = spans[*(const uint32_t *)b].base;

	return x < y ? -1 : x > y;
}

/* Sort, drop what overlaps, number the objects. */
static struct error *arrange(struct loader *loader)
{
	struct go_runtime *rt = loader->rt;
	uint32_t *order = xreallocarray(NULL, rt->span_count, sizeof(*order));
	struct go_span *sorted;
	struct span_bits *bits;
	uint64_t slots = 0, end = 0;
	uint32_t i, n = 0;

	for (i = 0; i < rt->span_count; i++)
		order[i] = i;
	qsort_r(order, rt->span_count, sizeof(*order), by_base, rt->spans);
	sorted = xreallocarray(NULL, rt->span_count, sizeof(*sorted));
	bits = xreallocarray(NULL, rt->span_count, sizeof(*bits));
	for (i = 0; i < rt->span_count; i++) {
		const struct go_span *span = &rt->spans[order[i]];

		if (span->base < end || slots + span->slots > LIMIT_SLOTS) {
			loader->damaged++;
			continue;
		}
		sorted[n] = *span;
		sorted[n].first = (uint32_t)slots;
		bits[n++] = loader->bits[order[i]];
		slots += span->slots;
		end = span->base + span->bytes;
	}
	free(order);
	free(rt->spans);
	free(loader->bits);
	rt->spans = sorted;
	loader->bits = bits;
	rt->span_count = n;
	rt->slot_count = (uint32_t)slots;
	return n ? NULL : error_new(ERROR_CORRUPT, "the heap has no spans");
}

static void keep_specials(struct loader *loader)
{
	struct go_runtime *rt = loader->rt;
	uint64_t *specials = xcalloc(rt->span_count, sizeof(*specials));
	uint32_t i;

	for (i = 0; i < rt->span_count; i++)
		specials[i] = loader->bits[i].specials;
	priv_of(rt)->specials = specials;
}

static struct error *build_pages(struct go_runtime *rt)
{
	const struct go_span *last = &rt->spans[rt->span_count - 1];
	struct go_page_index *pages = &rt->pages;
	const uint64_t arena = 1ULL << ARENA_SHIFT;
	uint32_t i;

	pages->low = rt->spans[0].base & ~(arena - 1);
	pages->high = last->base + last->bytes;
	pages->leaf_count =
		(pages->high - pages->low + arena - 1) >> ARENA_SHIFT;
	if (pages->leaf_count > 1ULL << 28)
		return error_new(ERROR_CORRUPT, "spans lie too far apart");
	pages->leaves = big_alloc(pages->leaf_count * sizeof(*pages->leaves));
	for (i = 0; i < rt->span_count; i++) {
		uint64_t page = (rt->spans[i].base - pages->low) / GO_PAGE;
		uint64_t end = page + rt->spans[i].bytes / GO_PAGE;

		for (; page < end; page++) {
			uint32_t **leaf = &pages->leaves[page / ARENA_PAGES];

			if (!*leaf)
				*leaf = xcalloc(ARENA_PAGES, sizeof(**leaf));
			(*leaf)[page % ARENA_PAGES] = i + 1;
		}
	}
	return NULL;
}

/* Up to Go 1.21 pointer bits live in the arena's metadata. */
static void load_arenas(struct go_runtime *rt)
{
	struct runtime_priv *priv = priv_of(rt);
	const struct go_layout *l = &priv->layout;
	const uint64_t words = (1ULL << ARENA_SHIFT) / 8;
	uint64_t l2, i, at, first;

	if (priv->minor >= 22 || l->off[L_ARENA_BITMAP] < 0)
		return;
	priv->arenas = xcalloc(rt->pages.leaf_count, sizeof(*priv->arenas));
	l2 = rt_field(rt, priv->mheap, L_MHEAP_ARENAS);
	first = (rt->pages.low + (1ULL << 47)) >> ARENA_SHIFT;
	for (i = 0; i < rt->pages.leaf_count; i++) {
		if (!rt->pages.leaves[i])
			continue;
		at = rt_word(rt->sample, l2 + (first + i) * 8);
		if (!at)
			continue;
		at += (uint64_t)l->off[L_ARENA_BITMAP];
		priv->arenas[i].bitmap =
			sample_view(rt->sample, at,
				    priv->minor < 20 ? words / 4 : words / 8);
		if (l->off[L_ARENA_NOMOREPTRS] >= 0)
			priv->arenas[i].no_more = sample_view(
				rt->sample,
				at + (uint64_t)l->off[L_ARENA_NOMOREPTRS],
				words / 64 / 8);
	}
}

/* A large object's words are counted once, not at every window of it. */
static void count_large(struct go_runtime *rt)
{
	uint32_t i;

	if (priv_of(rt)->minor >= 22)
		return;
	for (i = 0; i < rt->span_count; i++) {
		struct go_span *span = &rt->spans[i];

		if (!span->size_class && !span->noscan)
			span->scan_words = arena_scan_words(
				rt, span->base, (span->limit - span->base) / 8);
	}
}

uint64_t bits_at(const uint8_t *bits, uint64_t at, unsigned n)
{
	uint64_t v = 0;
	unsigned shift = at % 8, bytes = (shift + n + 7) / 8;
	uint8_t raw[9] = {0};

	memcpy(raw, bits + at / 8, bytes);
	memcpy(&v, raw, 8);
	v >>= shift;
	if (shift)
		v |= (uint64_t)raw[8] << (64 - shift);
	return n == 64 ? v : v & ((1ULL << n) - 1);
}

struct span_state {
	const uint8_t *alloc, *marks, *inline_marks;
	uint64_t freeindex;
	bool marked_only, any; /* unswept; being swept */
};

static void open_state(const struct loader *loader, uint32_t index,
		       struct span_state *ret)
{
	const struct go_runtime *rt = loader->rt;
	struct go_span *span = &rt->spans[index];
	const struct span_bits *bits = &loader->bits[index];
	uint32_t h = loader->heap_sweepgen;
	uint64_t bytes = (span->slots + 7) / 8;

	*ret = (struct span_state){
		.alloc = sample_view(rt->sample, bits->alloc_bits, bytes),
		.marks = sample_view(rt->sample, bits->mark_bits, bytes),
		.freeindex = bits->freeindex,
		.marked_only =
			bits->sweepgen == h - 2 || bits->sweepgen == h + 1,
		.any = bits->sweepgen == h - 1,
	};
	if (has_inline_marks(priv_of(rt), span) && span->mem)
		ret->inline_marks = span->mem + span->bytes - INLINE_MARKS;
	span->unswept = ret->marked_only;
}

static uint64_t slot_bits(const uint8_t *bits, uint32_t i, unsigned n)
{
	return bits ? bits_at(bits, i, n) : 0;
}

/*
 * Which of @p n slots from number @p i on are allocated. A slot is if it lies
 * below freeindex or its bit survived the last sweep. Of a span that waits for
 * its sweep only marked slots live; while it is being swept the two views
 * change hands, so either counts.
 */
static uint64_t slots_allocated(const struct span_state *s, uint32_t i,
				unsigned n)
{
	uint64_t allocated = slot_bits(s->alloc, i, n);
	uint64_t marked =
		slot_bits(s->marks, i, n) | slot_bits(s->inline_marks, i, n);

	if (s->freeindex >= (uint64_t)i + n)
		allocated = UINT64_MAX >> (64 - n);
	else if (s->freeindex > i)
		allocated |= (1ULL << (s->freeindex - i)) - 1;
	if (s->any)
		return allocated | marked;
	return s->marked_only ? allocated & marked : allocated;
}

/* Neighbouring spans share a word. */
static void set_allocated(struct go_runtime *rt, uint32_t object, uint64_t bits)
{
	uint64_t *word = &rt->allocated[object / 64];
	unsigned shift = object % 64;

	__atomic_fetch_or(word, bits << shift, __ATOMIC_RELAXED);
	if (shift && bits >> (64 - shift))
		__atomic_fetch_or(word + 1, bits >> (64 - shift),
				  __ATOMIC_RELAXED);
}

static void fill_allocated(void *arg, unsigned worker, uint64_t begin,
			   uint64_t end)
{
	const struct loader *loader = arg;
	struct go_runtime *rt = loader->rt;
	struct span_state state;
	uint32_t i;

	(void)worker;
	for (; begin < end; begin++) {
		struct go_span *span = &rt->spans[begin];

		span->mem = sample_view(rt->sample, span->base, span->bytes);
		place_heap_bits(priv_of(rt), span);
		open_state(loader, (uint32_t)begin, &state);
		for (i = 0; i < span->slots; i += 64) {
			unsigned n =
				span->slots - i < 64 ? span->slots - i : 64;

			set_allocated(rt, span->first + i,
				      slots_allocated(&state, i, n));
		}
	}
}

struct error *spans_load(struct go_runtime *rt, unsigned threads,
			 struct job *job)
{
	struct runtime_priv *priv = priv_of(rt);
	struct loader loader = {.rt = rt};
	uint64_t at, list, n;
	struct error *err;

	at = priv->mheap + (uint64_t)priv->layout.off[L_MHEAP_ALLSPANS];
	list = rt_word(rt->sample, at);
	n = rt_word(rt->sample, at + 8);
	loader.heap_sweepgen = rt_field32(rt, priv->mheap, L_MHEAP_SWEEPGEN);
	if (!n || n > LIMIT_SPANS)
		return error_new(ERROR_CORRUPT,
				 "mheap_ claims %" PRIu64 " spans", n);
	err = collect(&loader, list, n);
	if (!err)
		err = arrange(&loader);
	if (!err)
		err = build_pages(rt);
	if (!err) {
		keep_specials(&loader);
		load_arenas(rt);
		count_large(rt);
		rt->allocated = big_alloc((rt->slot_count / 64 + 1) * 8ULL);
		job_parallel(job, threads, rt->span_count, SPANS_PER_CHUNK,
			     fill_allocated, &loader);
	}
	if (loader.damaged)
		sample_warn((struct sample *)(uintptr_t)rt->sample,
			    "%" PRIu64 " spans make no sense and are left out",
			    loader.damaged);
	free(loader.bits);
	return err;
}

void spans_free(struct go_runtime *rt)
{
	struct runtime_priv *priv = priv_of(rt);
	uint64_t i;

	/* Far apart spans leave most of it empty. */
	for (i = 0; rt->pages.leaves && i < rt->pages.leaf_count; i++)
		if (rt->pages.leaves[i])
			free(rt->pages.leaves[i]);
	big_free(rt->pages.leaves,
		 rt->pages.leaf_count * sizeof(*rt->pages.leaves));
	free(priv->arenas);
	free(priv->specials);
	free(rt->spans);
	big_free(rt->allocated, (rt->slot_count / 64 + 1) * 8ULL);
}

const struct go_span *go_span_of(const struct go_runtime *rt, uint32_t object)
{
	uint32_t low = 0, high = rt->span_count;

	while (low + 1 < high) {
		uint32_t middle = low + (high - low) / 2;

		if (rt->spans[middle].first <= object)
			low = middle;
		else
			high = middle;
	}
	return &rt->spans[low];
}

uint32_t go_object_at(const struct go_runtime *rt, uint64_t addr)
{
	const struct go_span *span = go_span_at(rt, addr);
	uint64_t index;

	if (!span || addr >= span->limit)
		return GO_NO_OBJECT;
	index = span->size_class ? go_slot_at(span, addr - span->base) : 0;
	return index < span->slots ? span->first + (uint32_t)index
				   : GO_NO_OBJECT;
}

uint64_t go_object_addr(const struct go_runtime *rt, uint32_t object)
{
	const struct go_span *span = go_span_of(rt, object);

	return span->base + (object - span->first) * span->elem_size;
}
