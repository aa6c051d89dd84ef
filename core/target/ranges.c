#include "core/target/ranges.h"

#include <stdlib.h>

#include "core/base/xalloc.h"
#include "core/target/sample_priv.h"

void ranges_deinit(struct ranges *r)
{
	free(r->v);
	*r = (struct ranges){0};
}

void ranges_add(struct ranges *r, uint64_t start, uint64_t end)
{
	if (end <= start)
		return;
	GROW_ARRAY(r->v, r->n, r->cap);
	r->v[r->n++] = (struct sample_range){start, end};
}

static int compare_start(const void *a, const void *b)
{
	const struct sample_range *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

void ranges_normalise(struct ranges *r)
{
	size_t i, to = 0;

	if (!r->n)
		return;
	qsort(r->v, r->n, sizeof(*r->v), compare_start);
	for (i = 1; i < r->n; i++) {
		if (r->v[i].start <= r->v[to].end) {
			if (r->v[i].end > r->v[to].end)
				r->v[to].end = r->v[i].end;
		} else {
			r->v[++to] = r->v[i];
		}
	}
	r->n = to + 1;
}

void ranges_page_align(struct ranges *r)
{
	const uint64_t mask = SAMPLE_PAGE - 1;
	size_t i;

	for (i = 0; i < r->n; i++) {
		r->v[i].start &= ~mask;
		if (r->v[i].end <= UINT64_MAX - mask)
			r->v[i].end = (r->v[i].end + mask) & ~mask;
	}
	ranges_normalise(r);
}

/** First range that ends after @p addr. */
static size_t first_after(const struct ranges *r, uint64_t addr)
{
	size_t low = 0, high = r->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (r->v[mid].end <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void ranges_add_minus(struct ranges *out, uint64_t start, uint64_t end,
		      const struct ranges *without)
{
	size_t i = first_after(without, start);

	for (; i < without->n && without->v[i].start < end; i++) {
		ranges_add(out, start, without->v[i].start);
		start = without->v[i].end;
	}
	ranges_add(out, start, end);
}

void ranges_add_common(struct ranges *out, uint64_t start, uint64_t end,
		       const struct ranges *set)
{
	size_t i = first_after(set, start);

	for (; i < set->n && set->v[i].start < end; i++) {
		uint64_t from = set->v[i].start, to = set->v[i].end;

		ranges_add(out, from > start ? from : start,
			   to < end ? to : end);
	}
}

uint64_t ranges_bytes(const struct ranges *r)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < r->n; i++)
		sum += r->v[i].end - r->v[i].start;
	return sum;
}
