/*
 * The mspans of mheap_.allspans, each checked by itself.
 */
#include <string.h>

#include "core/base/xalloc.h"
#include "core/go/span_priv.h"

enum { STATE_IN_USE = 1, SIZE_CLASSES = 68, MSPAN_BYTES = 144 };

static uint64_t get(const uint8_t *mspan, const struct go_layout *layout,
		    enum layout_id id, unsigned bytes)
{
	uint64_t v = 0;

	if (layout->off[id] >= 0)
		memcpy(&v, mspan + layout->off[id], bytes);
	return v;
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

/* The sizes agree with each other; what follows from them. */
static bool check_sizes(struct go_span *span, uint64_t npages, uint64_t nelems)
{
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

static bool fill_span(const struct go_runtime *rt, const uint8_t *mspan,
		      struct go_span *span, struct span_bits *bits)
{
	const struct go_layout *l = &priv_of(rt)->layout;
	unsigned wide = l->wide_nelems ? 8 : 2;
	uint64_t class = get(mspan, l, L_SPAN_CLASS, 1);

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
	return check_sizes(span, get(mspan, l, L_SPAN_NPAGES, 8),
			   get(mspan, l, L_SPAN_NELEMS, wide));
}

static bool list_item(const struct span_load *load, uint64_t i, uint64_t *ret)
{
	if (!load->addrs)
		return sample_u64(load->rt->sample, load->list + i * 8, ret);
	memcpy(ret, load->addrs + i * 8, sizeof(*ret));
	return true;
}

static void read_range(void *arg, unsigned worker, uint64_t begin, uint64_t end)
{
	struct span_load *load = arg;
	struct go_runtime *rt = load->rt;
	const struct go_layout *l = &priv_of(rt)->layout;
	uint64_t size = MSPAN_BYTES, at, damaged = 0;

	(void)worker;
	if (l->off[L_SPAN_LARGETYPE] >= 0)
		size = (uint64_t)l->off[L_SPAN_LARGETYPE] + 8;
	for (; begin < end && !atomic_load(&load->unreadable); begin++) {
		struct go_span *span = &load->found[begin];
		const uint8_t *mspan;

		if (!list_item(load, begin, &at)) {
			atomic_store(&load->unreadable, true);
			break;
		}
		mspan = sample_view(rt->sample, at, size);
		if (mspan && get(mspan, l, L_SPAN_STATE, 1) != STATE_IN_USE)
			continue;
		if (mspan && fill_span(rt, mspan, span, &load->bits[begin]))
			continue;
		span->bytes = 0;
		damaged += at != 0;
	}
	atomic_fetch_add(&load->damaged, damaged);
}

struct error *spans_read(struct span_load *load, unsigned threads,
			 struct job *job)
{
	uint64_t n = load->count;

	load->addrs = sample_view(load->rt->sample, load->list, n * 8);
	/* only what is read of a list that is too long costs memory */
	load->found = big_alloc(n * sizeof(*load->found));
	load->bits = big_alloc(n * sizeof(*load->bits));
	job_parallel(job, threads, n, SPAN_CHUNK, read_range, load);
	if (atomic_load(&load->unreadable))
		return error_new(ERROR_CORRUPT,
				 "the list of spans is unreadable");
	return job_check(job);
}
