/*
 * In-use spans out of mheap_.allspans: sorted by address, objects numbered
 * densely, a page table from address to span.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/go/span_priv.h"

/** The range of the page table, in whole arenas from below. */
static struct error *open_pages(const struct span_load *load)
{
	struct go_page_index *pages = &load->rt->pages;
	const uint64_t arena = 1ULL << ARENA_SHIFT;
	uint64_t i;

	pages->low = UINT64_MAX;
	for (i = 0; i < load->count; i++) {
		const struct go_span *span = &load->found[i];

		if (!span->bytes)
			continue;
		if (span->base < pages->low)
			pages->low = span->base & ~(arena - 1);
		if (span->base + span->bytes > pages->high)
			pages->high = span->base + span->bytes;
	}
	if (!pages->high)
		return error_new(ERROR_CORRUPT, "the heap has no spans");
	pages->leaf_count =
		(pages->high - pages->low + arena - 1) >> ARENA_SHIFT;
	if (pages->leaf_count > 1ULL << 28)
		return error_new(ERROR_CORRUPT, "spans lie too far apart");
	pages->leaves = big_alloc(pages->leaf_count * sizeof(*pages->leaves));
	return NULL;
}

static uint32_t *leaf_of(struct go_page_index *pages, uint64_t leaf)
{
	if (!pages->leaves[leaf])
		pages->leaves[leaf] =
			xcalloc(ARENA_PAGES, sizeof(**pages->leaves));
	return pages->leaves[leaf];
}

/** Each span at its first page, by its number in the list plus 1. */
static void enter_spans(struct span_load *load)
{
	struct go_page_index *pages = &load->rt->pages;
	uint64_t i;

	for (i = 0; i < load->count; i++) {
		uint64_t page = (load->found[i].base - pages->low) / GO_PAGE;
		uint32_t *at;

		if (!load->found[i].bytes)
			continue;
		at = &leaf_of(pages, page / ARENA_PAGES)[page % ARENA_PAGES];
		if (*at)
			load->damaged++;
		else
			*at = (uint32_t)i + 1;
	}
}

/** Where the walk over the pages is. */
struct page_walk {
	uint64_t page, end; /* the span in hand covers pages before end */
	uint64_t pages;	    /* covered so far */
	uint64_t slots;
};

/** The next span begins here; false: it cannot be taken. */
static bool take_span(struct span_load *load, struct page_walk *walk,
		      uint32_t number)
{
	struct go_runtime *rt = load->rt;
	struct go_span *span = &load->found[number];
	uint64_t pages = span->bytes / GO_PAGE;

	if (walk->slots + span->slots > LIMIT_SLOTS ||
	    walk->pages + pages > LIMIT_PAGES)
		return false;
	span->first = (uint32_t)walk->slots;
	walk->slots += span->slots;
	walk->pages += pages;
	walk->end = walk->page + pages;
	load->order[rt->span_count++] = number;
	return true;
}

/** One page: of the span in hand, the first of the next, or of none. */
static void walk_page(struct span_load *load, struct page_walk *walk,
		      uint32_t *at)
{
	uint32_t number = *at;

	if (number &&
	    (walk->page < walk->end || !take_span(load, walk, number - 1)))
		load->damaged++;
	*at = walk->page < walk->end ? load->rt->span_count : 0;
}

/**
 * In the order of the pages: number spans and objects, drop what overlaps,
 * let all pages of a span lead to it.
 */
static void walk_pages(struct span_load *load)
{
	struct go_page_index *pages = &load->rt->pages;
	struct page_walk walk = {0};
	uint64_t leaf, i;

	for (leaf = 0; leaf < pages->leaf_count; leaf++) {
		walk.page = leaf * ARENA_PAGES;
		if (!pages->leaves[leaf] && walk.page >= walk.end)
			continue;
		for (i = 0; i < ARENA_PAGES; i++, walk.page++)
			walk_page(load, &walk, &leaf_of(pages, leaf)[i]);
	}
	load->rt->slot_count = (uint32_t)walk.slots;
}

static struct error *arrange(struct span_load *load)
{
	struct error *err = open_pages(load);

	if (err)
		return err;
	load->order = xreallocarray(NULL, load->count, sizeof(*load->order));
	enter_spans(load);
	walk_pages(load);
	return load->rt->span_count
		       ? NULL
		       : error_new(ERROR_CORRUPT, "the heap has no spans");
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

static struct error *load_all(struct span_load *load, unsigned threads,
			      struct job *job)
{
	struct error *err = spans_read(load, threads, job);

	if (!err)
		err = arrange(load);
	if (err)
		return err;
	spans_finish(load, threads, job);
	load_arenas(load->rt);
	count_large(load->rt);
	return job_check(job);
}

struct error *spans_load(struct go_runtime *rt, unsigned threads,
			 struct job *job)
{
	struct runtime_priv *priv = priv_of(rt);
	struct span_load load = {.rt = rt};
	struct error *err;
	uint64_t at;

	at = priv->mheap + (uint64_t)priv->layout.off[L_MHEAP_ALLSPANS];
	load.list = rt_word(rt->sample, at);
	load.count = rt_word(rt->sample, at + 8);
	load.heap_sweepgen = rt_field32(rt, priv->mheap, L_MHEAP_SWEEPGEN);
	if (!load.count || load.count > LIMIT_SPANS)
		return error_new(ERROR_CORRUPT,
				 "mheap_ claims %" PRIu64 " spans", load.count);
	err = load_all(&load, threads, job);
	if (load.damaged)
		sample_warn((struct sample *)(uintptr_t)rt->sample,
			    "%" PRIu64 " spans make no sense and are left out",
			    load.damaged);
	big_free(load.found, load.count * sizeof(*load.found));
	big_free(load.bits, load.count * sizeof(*load.bits));
	free(load.order);
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
