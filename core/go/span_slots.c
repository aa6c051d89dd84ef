/*
 * Spans in order of address, and of their slots those that are allocated at
 * this instant.
 */
#include <string.h>

#include "core/base/xalloc.h"
#include "core/go/span_priv.h"

struct span_state {
	const uint8_t *alloc, *marks, *inline_marks; /* whole words */
	uint64_t freeindex;
	bool marked_only, any; /* unswept; being swept */
};

/** Words of rt->allocated that only one thread writes to. */
struct own_words {
	uint64_t first, end;
};

static void place_heap_bits(const struct runtime_priv *priv,
			    struct go_span *span)
{
	uint64_t at;

	if (span->noscan || priv->minor < 22 || !span->size_class)
		return;
	span->has_header = span->elem_size > SPAN_SMALL_BITS;
	if (span->has_header || !span->mem)
		return;
	at = span->bytes - span->bytes / 64;
	if (span_inline_marks(priv, span))
		at -= SPAN_INLINE_BYTES;
	span->heap_bits = span->mem + at;
}

/* The runtime allocates such bits in words of 64. */
static void open_state(const struct span_load *load, struct go_span *span,
		       const struct span_bits *bits, struct span_state *ret)
{
	const struct sample *sample = load->rt->sample;
	uint32_t h = load->heap_sweepgen;
	uint64_t bytes = ((uint64_t)span->slots + 63) / 64 * 8;

	*ret = (struct span_state){
		.alloc = sample_view(sample, bits->alloc_bits, bytes),
		.marks = sample_view(sample, bits->mark_bits, bytes),
		.freeindex = bits->freeindex,
		.marked_only =
			bits->sweepgen == h - 2 || bits->sweepgen == h + 1,
		.any = bits->sweepgen == h - 1,
	};
	if (span_inline_marks(priv_of(load->rt), span) && span->mem)
		ret->inline_marks = span->mem + span->bytes - SPAN_INLINE_MARKS;
	span->unswept = ret->marked_only;
}

static uint64_t word_at(const uint8_t *bits, uint32_t slot)
{
	uint64_t ret = 0;

	if (bits)
		memcpy(&ret, bits + slot / 8, sizeof(ret));
	return ret;
}

/**
 * Which of the 64 slots from number @p i on are allocated. A slot is if it lies
 * below freeindex or its bit survived the last sweep. Of a span that waits for
 * its sweep only marked slots live; while it is being swept the two views
 * change hands, so either counts.
 */
static uint64_t slots_allocated(const struct span_state *s, uint32_t i)
{
	uint64_t allocated = word_at(s->alloc, i);
	uint64_t marked = word_at(s->marks, i) | word_at(s->inline_marks, i);

	if (s->freeindex >= (uint64_t)i + 64)
		allocated = UINT64_MAX;
	else if (s->freeindex > i)
		allocated |= (1ULL << (s->freeindex - i)) - 1;
	if (s->any)
		return allocated | marked;
	return s->marked_only ? allocated & marked : allocated;
}

static void set_word(struct go_runtime *rt, const struct own_words *own,
		     uint64_t word, uint64_t bits)
{
	if (word >= own->first && word < own->end)
		rt->allocated[word] |= bits;
	else if (bits)
		__atomic_fetch_or(&rt->allocated[word], bits, __ATOMIC_RELAXED);
}

static void fill_allocated(struct go_runtime *rt, const struct go_span *span,
			   const struct span_state *state,
			   const struct own_words *own)
{
	uint32_t i;

	for (i = 0; i < span->slots; i += 64) {
		uint64_t bits = slots_allocated(state, i);
		uint64_t object = (uint64_t)span->first + i;
		unsigned shift = object % 64;

		if (span->slots - i < 64)
			bits &= (1ULL << (span->slots - i)) - 1;
		set_word(rt, own, object / 64, bits << shift);
		if (shift && bits >> (64 - shift))
			set_word(rt, own, object / 64 + 1,
				 bits >> (64 - shift));
	}
}

static void finish_range(void *arg, unsigned worker, uint64_t begin,
			 uint64_t end)
{
	const struct span_load *load = arg;
	struct go_runtime *rt = load->rt;
	const struct go_span *last = &load->found[load->order[end - 1]];
	struct own_words own = {
		.first = load->found[load->order[begin]].first / 64 + 1,
		.end = ((uint64_t)last->first + last->slots) / 64,
	};

	(void)worker;
	for (; begin < end; begin++) {
		uint32_t at = load->order[begin];
		struct go_span *span = &rt->spans[begin];
		struct span_state state;

		*span = load->found[at];
		span->mem = sample_view(rt->sample, span->base, span->bytes);
		place_heap_bits(priv_of(rt), span);
		open_state(load, span, &load->bits[at], &state);
		fill_allocated(rt, span, &state, &own);
		priv_of(rt)->specials[begin] = load->bits[at].specials;
	}
}

void spans_finish(struct span_load *load, unsigned threads, struct job *job)
{
	struct go_runtime *rt = load->rt;

	rt->spans = xcalloc(rt->span_count, sizeof(*rt->spans));
	priv_of(rt)->specials =
		xcalloc(rt->span_count, sizeof(*priv_of(rt)->specials));
	rt->allocated = big_alloc((rt->slot_count / 64 + 1) * 8ULL);
	job_parallel(job, threads, rt->span_count, SPAN_CHUNK, finish_range,
		     load);
}
