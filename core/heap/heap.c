#include "core/heap/heap.h"

#include <stdlib.h>

#include "core/base/xalloc.h"
#include "core/heap/edges.h"
#include "core/heap/heap_priv.h"
#include "core/heap/mark.h"

static uint64_t count_bytes(const struct heap *heap, uint64_t size)
{
	return ((uint64_t)heap->count + 1) * size;
}

/** Spans are sorted by address and number their objects in that order. */
static void blocks_init(struct heap *heap)
{
	const struct go_runtime *rt = heap->rt;
	struct heap_priv *priv = heap->priv;
	uint32_t span = 0;
	uint64_t i;

	priv->block_count = ((uint64_t)heap->count >> HEAP_BLOCK_SHIFT) + 1;
	priv->block_span =
		xcalloc(priv->block_count, sizeof(*priv->block_span));
	for (i = 0; i < priv->block_count; i++) {
		uint64_t object = i << HEAP_BLOCK_SHIFT;

		while (span + 1 < rt->span_count &&
		       object >= (uint64_t)rt->spans[span].first +
					 rt->spans[span].slots)
			span++;
		priv->block_span[i] = span;
	}
}

/** @p firsts: the first cell of each class. */
static uint8_t cell_class(const struct heap_cell **firsts,
			  const struct go_span *span,
			  const struct heap_cell *cell)
{
	uint32_t class = (uint32_t)span->size_class << 1 | span->noscan;

	if (class >= HEAP_CLASSES || span->large_type)
		return span->noscan;
	if (!firsts[class])
		firsts[class] = cell;
	/* a damaged heap may say anything */
	return firsts[class]->elem_size == cell->elem_size &&
			       firsts[class]->header == cell->header
		       ? (uint8_t) class
		       : span->noscan;
}

/** A slot that no object may begin in has no cell: its span ends before it. */
static void cells_init(struct heap *heap)
{
	const struct go_runtime *rt = heap->rt;
	struct heap_cell *cells = xcalloc(rt->span_count, sizeof(*cells));
	const struct heap_cell *firsts[HEAP_CLASSES] = {NULL};
	uint32_t i;

	for (i = 0; i < rt->span_count; i++) {
		const struct go_span *span = &rt->spans[i];
		struct heap_cell *cell = &cells[i];

		cell->base = span->base;
		cell->limit = span->limit - span->base;
		cell->first = span->first;
		cell->header = (uint16_t)heap_header_bytes(span);
		cell->class = span->noscan;
		if (!span->size_class)
			continue;
		/* no size class has longer spans */
		if (span->bytes > UINT32_MAX)
			cell->limit = 0;
		if (cell->limit > span->slots * span->elem_size)
			cell->limit = span->slots * span->elem_size;
		cell->divisor = span->divisor;
		cell->elem_size = (uint32_t)span->elem_size;
		cell->class = cell_class(firsts, span, cell);
	}
	heap->priv->cells = cells;
}

struct error *heap_load(const struct go_runtime *rt, unsigned threads,
			struct job *job, struct heap **ret)
{
	struct heap *heap = xcalloc(1, sizeof(*heap));
	struct error *err;

	heap->rt = rt;
	heap->count = rt->slot_count;
	heap->priv = xcalloc(1, sizeof(*heap->priv));
	heap->reached = big_alloc(heap_bitmap_bytes(heap));
	heap->from_root = big_alloc(heap_bitmap_bytes(heap));
	heap->type = big_alloc(count_bytes(heap, sizeof(*heap->type)));
	heap->parent = big_alloc(count_bytes(heap, sizeof(*heap->parent)));
	heap->priv->top =
		big_alloc(count_bytes(heap, sizeof(*heap->priv->top)));
	heap->priv->origin =
		big_alloc(count_bytes(heap, sizeof(*heap->priv->origin)));
	blocks_init(heap);
	cells_init(heap);
	err = heap_mark(heap, threads, job);
	if (err) {
		heap_free(heap);
		return err;
	}
	*ret = heap;
	return NULL;
}

void heap_free(struct heap *heap)
{
	struct heap_priv *priv;

	if (!heap)
		return;
	priv = heap->priv;
	if (priv->edges)
		edges_deinit(priv->edges);
	free(priv->edges);
	big_free(heap->reached, heap_bitmap_bytes(heap));
	big_free(heap->from_root, heap_bitmap_bytes(heap));
	big_free(heap->type, count_bytes(heap, sizeof(*heap->type)));
	big_free(heap->parent, count_bytes(heap, sizeof(*heap->parent)));
	if (heap->idom)
		big_free(heap->idom, count_bytes(heap, sizeof(*heap->idom)));
	if (heap->retained)
		big_free(heap->retained,
			 count_bytes(heap, sizeof(*heap->retained)));
	if (priv->via)
		big_free(priv->via, count_bytes(heap, sizeof(*priv->via)));
	big_free(priv->origin, count_bytes(heap, sizeof(*priv->origin)));
	big_free(priv->top, count_bytes(heap, sizeof(*priv->top)));
	free(priv->block_span);
	free(priv->cells);
	free(priv);
	free(heap);
}

uint64_t heap_repeat(const struct heap *heap, uint32_t object)
{
	const struct go_type *type =
		go_type(heap->rt->types, heap->type[object]);
	const struct go_span *span = heap_span_of(heap, object);
	uint64_t room = heap_slot_bytes(span) - heap_header_bytes(span);

	if (!type->size || type->size > room)
		return 1;
	return room / type->size;
}
