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
static void cell_fill(struct heap_cell *cell, const struct go_span *span,
		      const struct heap_cell **firsts)
{
	cell->base = span->base;
	cell->limit = span->limit - span->base;
	cell->first = span->first;
	cell->header = (uint16_t)heap_header_bytes(span);
	cell->class = span->noscan;
	if (!span->size_class)
		return;
	/* no size class has longer spans */
	if (span->bytes > UINT32_MAX)
		cell->limit = 0;
	if (cell->limit > span->slots * span->elem_size)
		cell->limit = span->slots * span->elem_size;
	cell->divisor = span->divisor;
	cell->elem_size = (uint32_t)span->elem_size;
	cell->class = cell_class(firsts, span, cell);
}

/** Spans are sorted by address and number their objects in that order. */
static void cells_init(struct heap *heap)
{
	const struct heap_cell *firsts[HEAP_CLASSES] = {NULL};
	const struct go_runtime *rt = heap->rt;
	struct heap_priv *priv = heap->priv;
	uint64_t block = 0;
	uint32_t i;

	priv->block_count = ((uint64_t)heap->count >> HEAP_BLOCK_SHIFT) + 1;
	priv->block_span =
		xreallocarray(NULL, priv->block_count, sizeof(uint32_t));
	priv->cells = xcalloc(rt->span_count, sizeof(*priv->cells));
	for (i = 0; i < rt->span_count; i++) {
		const struct go_span *span = &rt->spans[i];
		uint64_t end = (uint64_t)span->first + span->slots;

		cell_fill(&priv->cells[i], span, firsts);
		for (; block << HEAP_BLOCK_SHIFT < end; block++)
			priv->block_span[block] = i;
	}
	for (; block < priv->block_count; block++)
		priv->block_span[block] = i ? i - 1 : 0;
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
