#ifndef CORE_GO_SPAN_PRIV_H
#define CORE_GO_SPAN_PRIV_H

/**
 * How spans are loaded, in four steps: read what mheap_.allspans refers to
 * (span_read.c), find their order by entering them into the page table
 * (span.c), put them in that order and tell which of their slots are allocated
 * (span_slots.c). The first and the last two are work for all threads.
 */
#include "core/go/runtime_priv.h"

enum {
	SPAN_CHUNK = 512,
	SPAN_SMALL_BITS = 512,	 /* bytes of an object with bits in its span */
	SPAN_INLINE_BYTES = 128, /* Green Tea's block at the end of the page */
	SPAN_INLINE_MARKS = 64,	 /* from the end of the page */
};

/** What an mspan says besides struct go_span. */
struct span_bits {
	uint64_t alloc_bits, mark_bits;
	uint64_t specials;
	uint64_t freeindex;
	uint32_t sweepgen;
};

struct span_load {
	struct go_runtime *rt;
	uint64_t list, count; /* mheap_.allspans */
	const uint8_t *addrs; /* the list's bytes; NULL: not in one piece */
	/** Of mspans in the list's order; bytes 0: not in use, or damaged. */
	struct go_span *found;
	struct span_bits *bits;
	uint32_t *order; /* by span of the runtime: index of the list */
	uint32_t heap_sweepgen;
	_Atomic uint64_t damaged;
	atomic_bool unreadable; /* an item of the list */
};

/** Fill `found` and `bits`; all threads. */
struct error *spans_read(struct span_load *load, unsigned threads,
			 struct job *job) MUST_CHECK;
/** Fill rt->spans by `order`, their specials, and rt->allocated. */
void spans_finish(struct span_load *load, unsigned threads, struct job *job);

/** Are its marks in its page, since Go 1.26 or so? */
static inline bool span_inline_marks(const struct runtime_priv *priv,
				     const struct go_span *span)
{
	return priv->green_tea && span->size_class && span->elem_size >= 16 &&
	       span->elem_size <= SPAN_SMALL_BITS && span->bytes == GO_PAGE;
}

#endif
