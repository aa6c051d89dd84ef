/*
 * Which words of an object are pointers. Up to Go 1.19 two bits a word in the
 * arena, then one bit and a "no more" mark for 64 words; since Go 1.22 bits at
 * the end of the span, a type word in front of the object, or the span's type.
 */
#include <string.h>

#include "core/base/xalloc.h"
#include "core/go/runtime_priv.h"

enum {
	RTYPE_BYTES = 48,
	TFLAG_ON_DEMAND = 0x10, /* since Go 1.24; before: unrolled already */
	KIND_PROGRAM = 0x40,	/* up to Go 1.23 */
	ARENA_BITMAP_BYTES = 1 << (ARENA_SHIFT - 5),
};

static bool load_mask(const struct go_runtime *rt, uint64_t rtype,
		      struct type_mask *ret)
{
	const uint8_t *p = sample_view(rt->sample, rtype, RTYPE_BYTES);
	const struct runtime_priv *priv = priv_of(rt);
	uint64_t size, ptr_bytes, data;

	*ret = (struct type_mask){0};
	if (!p)
		return false;
	memcpy(&size, p, 8);
	memcpy(&ptr_bytes, p + 8, 8);
	memcpy(&data, p + 32, 8);
	if (size < 8 || size > 1ULL << 47 || ptr_bytes > size ||
	    ptr_bytes % 8 || size % 8)
		return false;
	if (priv->minor >= 24 && p[20] & TFLAG_ON_DEMAND)
		data = rt_word(rt->sample, data);
	else if (priv->minor < 24 && p[23] & KIND_PROGRAM)
		return false;
	ret->words = ptr_bytes / 8;
	ret->period = size / 8;
	ret->bits = sample_view(rt->sample, data, (ret->words + 7) / 8);
	return ret->bits && ret->words;
}

static struct mask_cell *mask_cell(const struct runtime_priv *priv,
				   uint64_t rtype)
{
	const uint32_t mask = (1u << MASK_CACHE_BITS) - 1;
	uint32_t i =
		(uint32_t)((rtype >> 4) * 0x9e3779b97f4a7c15u >> 44) & mask;
	uint64_t at;

	while ((at = atomic_load_explicit(&priv->masks[i].rtype,
					  memory_order_acquire)) &&
	       at != rtype)
		i = (i + 1) & mask;
	return &priv->masks[i];
}

bool type_mask_load(const struct go_runtime *rt, uint64_t rtype,
		    struct type_mask *ret)
{
	struct runtime_priv *priv = priv_of(rt);
	struct mask_cell *cell;

	if (rtype < 4096 || rtype % 8)
		return false;
	cell = mask_cell(priv, rtype);
	if (atomic_load_explicit(&cell->rtype, memory_order_acquire)) {
		*ret = cell->mask;
		return ret->bits != NULL;
	}
	load_mask(rt, rtype, ret);
	pthread_mutex_lock(&priv->mask_lock);
	cell = mask_cell(priv, rtype);
	if (!atomic_load(&cell->rtype) &&
	    priv->mask_count < 1u << (MASK_CACHE_BITS - 1)) {
		priv->mask_count++;
		cell->mask = *ret;
		atomic_store_explicit(&cell->rtype, rtype,
				      memory_order_release);
	}
	pthread_mutex_unlock(&priv->mask_lock);
	return ret->bits != NULL;
}

/* @p n bits of the type's mask from word @p at of one period. */
static uint64_t period_bits(const struct type_mask *mask, uint64_t at,
			    unsigned n)
{
	if (at >= mask->words)
		return 0;
	if (mask->words - at < n)
		n = (unsigned)(mask->words - at);
	return bits_at(mask->bits, at, n);
}

/* 64 words from word @p at of values of the type laid side by side. */
static uint64_t tile(const struct type_mask *mask, uint64_t at)
{
	uint64_t in = at % mask->period, bits = 0;
	unsigned filled = 0;

	if (mask->period == 1)
		return UINT64_MAX;
	while (filled < 64) {
		unsigned n = 64 - filled;

		if (mask->period - in < n)
			n = (unsigned)(mask->period - in);
		bits |= period_bits(mask, in, n) << filled;
		filled += n;
		in = 0;
	}
	return bits;
}

/* Keep the first @p words bits. */
static uint64_t first_bits(uint64_t bits, uint64_t words)
{
	return words >= 64 ? bits : bits & ((1ULL << words) - 1);
}

static uint64_t typed_bits(const struct go_runtime *rt, uint64_t rtype,
			   uint64_t word, uint64_t words)
{
	struct type_mask mask;

	if (!type_mask_load(rt, rtype, &mask))
		return 0;
	return first_bits(tile(&mask, word), words);
}

static uint64_t header_bits(const struct go_runtime *rt,
			    const struct go_span *span, uint32_t index,
			    uint64_t word, uint64_t words)
{
	uint64_t rtype;

	memcpy(&rtype, span->mem + index * span->elem_size, 8);
	/* Word 0 is the header: the value begins at word 1. */
	if (word)
		return typed_bits(rt, rtype, word - 1, words);
	return typed_bits(rt, rtype, 0, words - 1) << 1;
}

/* Go 1.19: bytes of { 4 pointer bits, 4 "scan on" bits } for 4 words. The
 * window may cross an arena's end only in objects that start at one. */
static uint64_t two_bit(const struct arena_bitmap *arena, uint64_t word,
			uint64_t words)
{
	uint64_t bits = 0, i;

	for (i = 0; i < words && i < 64; i++) {
		uint8_t byte =
			arena->bitmap[(word + i) / 4 % ARENA_BITMAP_BYTES];
		unsigned k = (word + i) % 4;

		if (!(byte >> (4 + k) & 1))
			break;
		bits |= (uint64_t)(byte >> k & 1) << i;
	}
	return bits;
}

static const struct arena_bitmap *arena_at(const struct go_runtime *rt,
					   uint64_t addr)
{
	const struct runtime_priv *priv = priv_of(rt);
	uint64_t i = (addr - rt->pages.low) >> ARENA_SHIFT;

	if (!priv->arenas || i >= rt->pages.leaf_count)
		return NULL;
	return priv->arenas[i].bitmap ? &priv->arenas[i] : NULL;
}

/*
 * Words of the object that may hold pointers, counted from its start and not
 * beyond @p most: what lies behind a word whose scan bit is off is junk of an
 * older object.
 */
static uint64_t scan_words_19(const struct go_runtime *rt, uint64_t start,
			      uint64_t most)
{
	const struct arena_bitmap *arena;
	uint64_t i, in;

	for (i = 0; i < most; i++) {
		arena = arena_at(rt, start + i * 8);
		in = ((start + i * 8) & ((1ULL << ARENA_SHIFT) - 1)) / 8;
		if (!arena || !(arena->bitmap[in / 4] >> (4 + in % 4) & 1))
			return i;
	}
	return most;
}

static bool slot_no_more(const struct arena_bitmap *arena, uint64_t group)
{
	return arena->no_more && arena->no_more[group / 8] >> group % 8 & 1;
}

/* The same for Go 1.20 and 1.21: a mark ends the object after 64 words. */
static uint64_t scan_words_21(const struct go_runtime *rt, uint64_t start,
			      uint64_t most)
{
	const struct arena_bitmap *arena;
	uint64_t group, in;

	for (group = start / 512; group * 512 < start + most * 8; group++) {
		arena = arena_at(rt, group * 512 < start ? start : group * 512);
		in = (group * 512 & ((1ULL << ARENA_SHIFT) - 1)) / 512;
		if (!arena)
			return group * 512 <= start ? 0
						    : (group * 512 - start) / 8;
		if (slot_no_more(arena, in))
			return ((group + 1) * 512 - start) / 8;
	}
	return most;
}

uint64_t arena_scan_words(const struct go_runtime *rt, uint64_t start,
			  uint64_t most)
{
	const struct runtime_priv *priv = priv_of(rt);
	uint64_t words = priv->minor < 20 ? scan_words_19(rt, start, most)
					  : scan_words_21(rt, start, most);

	return words < most ? words : most;
}

static uint64_t one_bit(const struct go_runtime *rt, uint64_t addr,
			uint64_t words)
{
	uint64_t bits = 0, i, in;

	for (i = 0; i < words && i < 64; i++) {
		const struct arena_bitmap *arena = arena_at(rt, addr + i * 8);

		if (!arena)
			break;
		in = ((addr + i * 8) & ((1ULL << ARENA_SHIFT) - 1)) / 8;
		bits |= (uint64_t)(arena->bitmap[in / 8] >> in % 8 & 1) << i;
	}
	return bits;
}

/* Up to Go 1.21; @p end is arena_scan_words() of the object. */
static uint64_t arena_bits(const struct go_runtime *rt, uint64_t start,
			   uint64_t word, uint64_t end)
{
	uint64_t addr = start + word * 8;
	const struct arena_bitmap *arena;

	if (word >= end)
		return 0;
	if (priv_of(rt)->minor >= 20)
		return one_bit(rt, addr, end - word);
	arena = arena_at(rt, addr);
	if (!arena)
		return 0;
	return two_bit(arena, (addr & ((1ULL << ARENA_SHIFT) - 1)) / 8,
		       end - word);
}

uint64_t go_pointer_bits(const struct go_runtime *rt,
			 const struct go_span *span, uint32_t index,
			 uint64_t word)
{
	uint64_t start = index * span->elem_size;
	uint64_t words = span->elem_size / 8;

	if (!span->size_class)
		words = (span->limit - span->base + 7) / 8;
	if (span->noscan || !span->mem || word >= words)
		return 0;
	if (span->heap_bits)
		return word ? 0 : go_near_bits(span, index);
	words -= word;
	if (span->has_header)
		return header_bits(rt, span, index, word, words);
	if (priv_of(rt)->minor >= 22)
		return typed_bits(rt, span->large_type, word, words);
	/* Of a large object the end was counted when spans were loaded. */
	if (!span->size_class)
		return arena_bits(rt, span->base, word, span->scan_words);
	return arena_bits(
		rt, span->base + start, word,
		arena_scan_words(rt, span->base + start, words + word));
}

uint64_t go_recorded_type(const struct go_runtime *rt,
			  const struct go_span *span, uint32_t index,
			  uint64_t *offset_ret)
{
	uint64_t rtype;

	*offset_ret = 0;
	if (span->noscan || span->user_arena || priv_of(rt)->minor < 22)
		return 0;
	if (!span->size_class)
		return span->large_type;
	if (!span->has_header || !span->mem)
		return 0;
	*offset_ret = 8;
	memcpy(&rtype, span->mem + index * span->elem_size, 8);
	return rtype;
}
