#ifndef CORE_HEAP_HEAP_PRIV_H
#define CORE_HEAP_HEAP_PRIV_H

/**
 * What the files of core/heap share: from values to objects, from objects to
 * memory, the pointer words of an object. Everything here is inlined into
 * loops that run once per word of the heap.
 */
#include <string.h>

#include "core/heap/heap.h"

enum { HEAP_BLOCK_SHIFT = 5, HEAP_CLASSES = 256 };

/**
 * What finding an object by address needs of a span: half a cache line, where
 * struct go_span is two.
 */
struct heap_cell {
	uint64_t base;
	uint64_t limit;	    /* objects take this many bytes from base */
	uint32_t divisor;   /* of struct go_span; 0: divide, unless large */
	uint32_t elem_size; /* 0: one large object */
	uint32_t first;
	uint16_t header; /* bytes of a malloc header */
	/** Same class: same elem_size, header and noscan, unless 0 or 1. */
	uint8_t class;
};

struct heap_priv {
	struct heap_cell *cells; /* as spans of the runtime */
	/** Index of the span that holds object number i << HEAP_BLOCK_SHIFT. */
	uint32_t *block_span;
	uint64_t block_count;
	/**
	 * Word of the parent through which an object was reached, plus 1; 0 if
	 * nobody asked yet. Filled by heap_find_maps() for the ancestors of
	 * maps only, so that the pages of others are not touched before
	 * heap_holder_of() is asked.
	 */
	uint32_t *via;
	/**
	 * Object: the topmost of a run of container internals, plus 1; 0 not
	 * known yet. A cache that readers fill with relaxed stores.
	 */
	uint32_t *top;
	uint32_t
		*origin; /* likewise: the root at the top of its path, plus 1 */
	/** Of all reached objects. */
	struct edges *edges;
};

/** Where a value points to. */
struct heap_place {
	const struct go_span *span;
	uint32_t index; /* slot of the span */
	uint32_t object;
	bool start; /* the first byte of the user's data */
	const struct heap_cell *cell;
};

enum heap_hit {
	HEAP_HIT,
	HEAP_OUTSIDE, /* nil, or no heap address */
	HEAP_WILD,    /* in a span, but nothing is there */
};

/** Of a bitmap over all objects. */
static inline uint64_t heap_bitmap_bytes(const struct heap *heap)
{
	return ((uint64_t)heap->count + 63) / 64 * 8 + 8;
}

static inline bool heap_bit(const uint64_t *bits, uint32_t i)
{
	return bits[i / 64] >> (i % 64) & 1;
}

static inline void heap_bit_set(uint64_t *bits, uint32_t i)
{
	bits[i / 64] |= 1ULL << (i % 64);
}

/** Bits set; amd64 has no instruction for it that all processors know. */
static inline uint32_t heap_bits_set(uint64_t bits)
{
	bits -= bits >> 1 & 0x5555555555555555;
	bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
	bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return (uint32_t)(bits * 0x0101010101010101 >> 56);
}

/** Bits set of @p count in a bitmap, from number @p i on. */
static inline uint32_t heap_bits_in(const uint64_t *bitmap, uint32_t i,
				    uint32_t count)
{
	uint64_t at = i, end = at + count;
	uint32_t ret = 0;

	while (at < end) {
		uint64_t bits = bitmap[at / 64] >> (at % 64);

		if (end - at < 64 - at % 64)
			bits &= (1ULL << (end - at)) - 1;
		ret += heap_bits_set(bits);
		at += 64 - at % 64;
	}
	return ret;
}

/** Bytes of a malloc header in front of the user's data. */
static inline uint64_t heap_header_bytes(const struct go_span *span)
{
	return span->has_header ? 8 : 0;
}

/** Usable bytes of a slot, header included; exact for large objects. */
static inline uint64_t heap_slot_bytes(const struct go_span *span)
{
	if (!span->size_class && span->limit > span->base &&
	    span->limit - span->base < span->elem_size)
		return span->limit - span->base;
	return span->elem_size;
}

/** The tables that lead from values to objects; a loop's copy stays in
 * registers. */
struct heap_index {
	struct go_page_index pages;
	const struct heap_cell *cells;
	const uint64_t *allocated;
};

static inline struct heap_index heap_index(const struct heap *heap)
{
	return (struct heap_index){heap->rt->pages, heap->priv->cells,
				   heap->rt->allocated};
}

/** Where a value points to, as far as heap_index tells. */
struct heap_spot {
	const struct heap_cell *cell;
	uint32_t span, index;
	uint32_t object;
	bool start;
};

static inline enum heap_hit heap_index_find(const struct heap_index *tables,
					    uint64_t value,
					    struct heap_spot *ret)
{
	uint32_t span = go_span_index(&tables->pages, value);
	const struct heap_cell *cell;
	uint64_t offset, index;

	if (!span)
		return HEAP_OUTSIDE;
	cell = &tables->cells[span - 1];
	offset = value - cell->base;
	if (offset >= cell->limit)
		return HEAP_WILD;
	index = offset * cell->divisor >> 32;
	if (!cell->divisor && cell->elem_size)
		index = offset / cell->elem_size;
	ret->cell = cell;
	ret->span = span - 1;
	ret->index = (uint32_t)index;
	ret->object = cell->first + (uint32_t)index;
	ret->start = offset == index * cell->elem_size + cell->header;
	return heap_bit(tables->allocated, ret->object) ? HEAP_HIT : HEAP_WILD;
}

static inline enum heap_hit heap_locate(const struct heap *heap, uint64_t value,
					struct heap_place *ret)
{
	const struct heap_index tables = heap_index(heap);
	struct heap_spot spot;
	enum heap_hit hit = heap_index_find(&tables, value, &spot);

	if (hit == HEAP_HIT)
		*ret = (struct heap_place){
			.span = &heap->rt->spans[spot.span],
			.cell = spot.cell,
			.index = spot.index,
			.object = spot.object,
			.start = spot.start,
		};
	return hit;
}

/** As go_span_of(), in constant time. */
static inline const struct go_span *heap_span_of(const struct heap *heap,
						 uint32_t object)
{
	const struct go_span *span =
		&heap->rt->spans[heap->priv->block_span[object >>
							HEAP_BLOCK_SHIFT]];

	while (object - span->first >= span->slots)
		span++;
	return span;
}

static inline uint64_t heap_word(const uint8_t *mem)
{
	uint64_t ret;

	memcpy(&ret, mem, sizeof(ret));
	return ret;
}

/** Pointer words of one object, in order. */
struct heap_words {
	const struct go_runtime *rt;
	const struct go_span *span;
	const uint8_t *mem; /* of the slot; NULL if it was not copied */
	uint32_t index;
	uint64_t count; /* words of the slot */
	uint64_t group; /* word of bit 0 of `bits` */
	uint64_t bits;
	uint64_t end; /* stop before this word */
	/* of the current word */
	uint64_t offset; /* from the slot's start */
	uint64_t value;
};

/** Words [@p first, @p end) only; @p first is a multiple of 64. */
static inline void heap_words_init(struct heap_words *it,
				   const struct heap *heap,
				   const struct go_span *span, uint32_t index,
				   uint64_t first, uint64_t end)
{
	it->rt = heap->rt;
	it->span = span;
	it->index = index;
	it->mem = span->mem ? span->mem + index * span->elem_size : NULL;
	it->count = heap_slot_bytes(span) / 8;
	it->end = end < it->count ? end : it->count;
	it->group = first;
	it->bits = 0;
	if (!it->mem || span->noscan)
		it->end = 0;
	if (it->group >= it->end)
		return;
	it->bits = span->heap_bits && !it->group
			   ? go_near_bits(span, index)
			   : go_pointer_bits(it->rt, span, index, it->group);
}

static inline bool heap_words_next(struct heap_words *it)
{
	uint64_t word;

	while (!it->bits) {
		if (it->group >= it->end || it->end - it->group <= 64)
			return false;
		it->group += 64;
		it->bits =
			go_pointer_bits(it->rt, it->span, it->index, it->group);
	}
	word = it->group + (unsigned)__builtin_ctzll(it->bits);
	it->bits &= it->bits - 1;
	if (word >= it->end) {
		it->bits = 0;
		it->end = 0;
		return false;
	}
	it->offset = word * 8;
	it->value = heap_word(it->mem + it->offset);
	return true;
}

/** Every word of the object. */
static inline void heap_words_all(struct heap_words *it,
				  const struct heap *heap, uint32_t object)
{
	const struct go_span *span = heap_span_of(heap, object);

	heap_words_init(it, heap, span, object - span->first, 0, UINT64_MAX);
}

#endif
