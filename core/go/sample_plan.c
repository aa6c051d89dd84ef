/*
 * What to copy of a Go process: the in-use spans up to their last byte of
 * objects and bitmaps, and goroutine stacks; free spans stay where they are.
 * ranges() runs while the target is stopped: two passes over the span list,
 * no lookups by name.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/go/bias.h"
#include "core/go/layout.h"
#include "core/go/runtime_priv.h"

enum { STATE_IN_USE = 1, STATE_MANUAL = 2, MSPAN_MAX = 256, OS_PAGE = 4096 };

struct go_sample_plan {
	struct go_program *program;
	struct go_layout layout;
	uint64_t mheap, allgs, allm; /* link-time addresses */
	uint64_t mspan_size;
};

struct ranges {
	struct sample_range *list;
	size_t count, cap;
};

static void add_range(struct ranges *r, uint64_t start, uint64_t bytes)
{
	if (start >= 1ULL << 57 || bytes > 1ULL << 47)
		return;
	GROW_ARRAY(r->list, r->count, r->cap);
	r->list[r->count++] = (struct sample_range){
		start & ~(uint64_t)(OS_PAGE - 1),
		(start + bytes + OS_PAGE - 1) & ~(uint64_t)(OS_PAGE - 1),
	};
}

static int by_start(const void *a, const void *b)
{
	const struct sample_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Sort and join, so that @p gap bytes between two do not part them. */
static void merge(struct ranges *r, uint64_t gap)
{
	size_t i, n = 0;

	if (!r->count)
		return;
	qsort(r->list, r->count, sizeof(*r->list), by_start);
	for (i = 1; i < r->count; i++) {
		if (r->list[i].start > r->list[n].end + gap)
			r->list[++n] = r->list[i];
		else if (r->list[i].end > r->list[n].end)
			r->list[n].end = r->list[i].end;
	}
	r->count = n + 1;
}

static uint64_t load(const uint8_t *mspan, const struct go_layout *l,
		     enum layout_id id)
{
	uint64_t v;

	memcpy(&v, mspan + l->off[id], 8);
	return v;
}

typedef void span_fn(struct ranges *ranges, uint64_t start, uint64_t bytes);

static struct error *each_span(const struct go_sample_plan *plan,
			       const struct sample *sample, span_fn *fn,
			       struct ranges *ranges)
{
	const struct go_layout *l = &plan->layout;
	uint64_t bias = go_load_bias(plan->program, sample), list, n, i;
	uint64_t at = plan->mheap + bias + (uint32_t)l->off[L_MHEAP_ALLSPANS];
	CLEANUP(free_cleanup) uint64_t *spans = NULL;
	uint8_t mspan[MSPAN_MAX];
	struct error *err;

	if (!plan->mheap || !sample_u64(sample, at, &list) ||
	    !sample_u64(sample, at + 8, &n) || n > LIMIT_SPANS)
		return error_new(ERROR_CORRUPT, "the list of spans is damaged");
	spans = xreallocarray(NULL, n, sizeof(*spans));
	err = sample_read(sample, list, spans, n * sizeof(*spans));
	if (err)
		return error_wrap(err, "spans");
	for (i = 0; i < n; i++) {
		uint8_t state;

		err = sample_read(sample, spans[i], mspan, plan->mspan_size);
		if (err) {
			error_free(err);
			continue;
		}
		state = mspan[l->off[L_SPAN_STATE]];
		if (state == STATE_IN_USE || state == STATE_MANUAL)
			fn(ranges, load(mspan, l, L_SPAN_START),
			   load(mspan, l, L_SPAN_NPAGES) * GO_PAGE);
	}
	return NULL;
}

static void add_arena(struct ranges *ranges, uint64_t start, uint64_t bytes)
{
	const uint64_t arena = 1ULL << ARENA_SHIFT;
	uint64_t from = start & ~(arena - 1);

	if (ranges->count && ranges->list[ranges->count - 1].start <= from &&
	    ranges->list[ranges->count - 1].end >= start + bytes)
		return;
	add_range(ranges, from,
		  ((start + bytes + arena - 1) & ~(arena - 1)) - from);
}

static bool is_usable(const struct go_sample_plan *plan)
{
	return plan->mheap && plan->mspan_size <= MSPAN_MAX;
}

static struct error *plan_arenas(void *arg, const struct sample *peek,
				 struct sample_range **ret, size_t *count_ret)
{
	const struct go_sample_plan *plan = arg;
	struct ranges ranges = {0};
	struct error *err = NULL;

	if (is_usable(plan))
		err = each_span(plan, peek, add_arena, &ranges);
	if (err) {
		free(ranges.list);
		return err;
	}
	merge(&ranges, 0);
	*ret = ranges.list;
	*count_ret = ranges.count;
	return NULL;
}

static struct error *plan_ranges(void *arg, const struct sample *metadata,
				 struct sample_range **ret, size_t *count_ret)
{
	struct ranges ranges = {0};
	struct error *err = each_span(arg, metadata, add_range, &ranges);

	if (err) {
		free(ranges.list);
		return err;
	}
	merge(&ranges, 0);
	*ret = ranges.list;
	*count_ret = ranges.count;
	return NULL;
}

/* Signs of an unclean instant, worst first; see the table of states. */
static unsigned plan_score(void *arg, const struct sample *sample)
{
	const struct go_sample_plan *plan = arg;
	const struct go_layout *l = &plan->layout;
	uint64_t bias = go_load_bias(plan->program, sample), m, lock = 0;
	uint32_t mallocing, machines;
	unsigned score = 0;

	if (plan->mheap && sample_u64(sample, plan->mheap + bias, &lock) &&
	    lock)
		score += 100;
	if (!plan->allm || !sample_u64(sample, plan->allm + bias, &m))
		return score;
	for (machines = 0; m && machines < LIMIT_THREADS; machines++) {
		if (sample_u32(sample, m + (uint32_t)l->off[L_M_MALLOCING],
			       &mallocing) &&
		    mallocing)
			score++;
		if (!sample_u64(sample, m + (uint32_t)l->off[L_M_ALLLINK], &m))
			break;
	}
	return score;
}

static void load_plan(struct go_sample_plan *plan)
{
	go_layout_load(plan->program, &plan->layout);
	plan->mheap = go_symbol(plan->program, "runtime.mheap_");
	plan->allm = go_symbol(plan->program, "runtime.allm");
	plan->mspan_size = (uint64_t)plan->layout.off[L_SPAN_LIMIT] + 8;
}

static bool same_plan(const struct go_sample_plan *a,
		      const struct go_sample_plan *b)
{
	static const enum layout_id used[] = {
		L_MHEAP_ALLSPANS, L_SPAN_STATE,	 L_SPAN_START, L_SPAN_NPAGES,
		L_SPAN_LIMIT,	  L_M_MALLOCING, L_M_ALLLINK,
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(used); i++)
		if (a->layout.off[used[i]] != b->layout.off[used[i]])
			return false;
	return a->mheap == b->mheap && a->allm == b->allm;
}

/* What the table and the symbols said, against the debug information. */
static struct error *plan_settle(void *arg, bool *changed_ret)
{
	struct go_sample_plan *plan = arg;
	struct go_sample_plan exact = {.program = plan->program};
	struct error *err = go_program_wait(plan->program);

	if (err)
		return err;
	load_plan(&exact);
	*changed_ret = !same_plan(plan, &exact);
	*plan = exact;
	return NULL;
}

struct error *go_sample_plan_new(struct go_program *program,
				 struct go_sample_plan **ret,
				 struct sample_plan *plan_ret)
{
	struct go_sample_plan *plan = xcalloc(1, sizeof(*plan));
	struct error *err;

	plan->program = program;
	if (go_layout_has_release(&program->build))
		load_plan(plan);
	if (!is_usable(plan)) {
		err = go_program_wait(program);
		if (err) {
			free(plan);
			return err;
		}
		load_plan(plan);
	}
	*ret = plan;
	*plan_ret = (struct sample_plan){
		.arg = plan,
		.score = plan_score,
		.settle = plan_settle,
	};
	/* Without the heap's address all writable memory is copied. */
	if (is_usable(plan)) {
		plan_ret->arenas = plan_arenas;
		plan_ret->ranges = plan_ranges;
	}
	return NULL;
}

void go_sample_plan_free(struct go_sample_plan *plan)
{
	free(plan);
}
