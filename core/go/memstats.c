/*
 * runtime.ReadMemStats recomputed from raw memory. heapStats are three deltas
 * whose sum is the value; what the per-P caches hold is added, as ReadMemStats
 * would flush them first.
 */
#include <string.h>

#include "core/base/limits.h"
#include "core/go/find.h"
#include "core/go/runtime_priv.h"

enum {
	SIZE_CLASSES = GO_SIZE_CLASSES,
	DELTAS = 3,
	SPAN_CLASSES = 136,
	FIXALLOC_INUSE = 48,
	STATE_IN_USE = 1
};

static const uint16_t class_size[SIZE_CLASSES] = {
	0,     8,     16,    24,    32,	   48,	  64,	 80,	96,    112,
	128,   144,   160,   176,   192,   208,	  224,	 240,	256,   288,
	320,   352,   384,   416,   448,   480,	  512,	 576,	640,   704,
	768,   896,   1024,  1152,  1280,  1408,  1536,	 1792,	2048,  2304,
	2688,  3072,  3200,  3456,  4096,  4864,  5376,	 6144,	6528,  6784,
	6912,  8192,  9472,  9728,  10240, 10880, 12288, 13568, 14336, 16384,
	18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768,
};

struct sums {
	uint64_t in_stacks, in_workbufs, in_ptr_bits;
	uint64_t tiny, large_alloc, large_count, large_free, large_frees;
	uint64_t small_count[SIZE_CLASSES], small_free[SIZE_CLASSES];
};

static uint64_t at(const struct go_runtime *rt, uint64_t base,
		   enum layout_id id)
{
	return rt_field(rt, base, id);
}

static void add_delta(const struct go_runtime *rt, uint64_t delta,
		      struct sums *s)
{
	const struct go_layout *l = &priv_of(rt)->layout;
	unsigned i;

	s->in_stacks += at(rt, delta, L_HS_INSTACKS);
	s->in_workbufs += at(rt, delta, L_HS_INWORKBUFS);
	s->in_ptr_bits += at(rt, delta, L_HS_INPTRBITS);
	s->tiny += at(rt, delta, L_HS_TINYCOUNT);
	s->large_alloc += at(rt, delta, L_HS_LARGEALLOC);
	s->large_count += at(rt, delta, L_HS_LARGECOUNT);
	s->large_free += at(rt, delta, L_HS_LARGEFREE);
	s->large_frees += at(rt, delta, L_HS_LARGEFREECOUNT);
	for (i = 0; i < SIZE_CLASSES; i++) {
		uint64_t off = 8ULL * i;

		s->small_count[i] += rt_word(
			rt->sample,
			delta + (uint32_t)l->off[L_HS_SMALLCOUNT] + off);
		s->small_free[i] +=
			rt_word(rt->sample,
				delta + (uint32_t)l->off[L_HS_SMALLFREE] + off);
	}
}

/* Slots handed out of a cached span since it was cached. */
static void add_cached_span(const struct go_runtime *rt, uint64_t span,
			    unsigned class, struct sums *s)
{
	const struct go_layout *l = &priv_of(rt)->layout;
	uint16_t now = 0, before = 0;
	uint8_t state = 0;

	if (!span)
		return;
	sample_u8(rt->sample, span + (uint32_t)l->off[L_SPAN_STATE], &state);
	if (state != STATE_IN_USE)
		return;
	sample_u16(rt->sample, span + (uint32_t)l->off[L_SPAN_ALLOCCOUNT],
		   &now);
	sample_u16(rt->sample, span + (uint32_t)l->off[L_SPAN_COUNTBEFORE],
		   &before);
	if (now > before)
		s->small_count[class] += (uint64_t)(now - before);
}

static void add_caches(const struct go_runtime *rt, struct sums *s)
{
	const struct go_layout *l = &priv_of(rt)->layout;
	uint64_t allp = find_allp(rt), n, i, cache;
	unsigned class;

	if (!allp)
		return;
	n = rt_word(rt->sample, allp + 8);
	allp = rt_word(rt->sample, allp);
	for (i = 0; i < n && i < LIMIT_THREADS; i++) {
		cache = at(rt, rt_word(rt->sample, allp + 8 * i), L_P_MCACHE);
		if (!cache)
			continue;
		s->tiny += at(rt, cache, L_MCACHE_TINYALLOCS);
		for (class = 2; class < SPAN_CLASSES; class ++)
			add_cached_span(
				rt,
				rt_word(rt->sample,
					cache + 8ULL * class +
						(uint32_t)
							l->off[L_MCACHE_ALLOC]),
				class >> 1, s);
	}
}

static void allocations(const struct sums *s, struct go_memstats *ret)
{
	uint64_t freed = s->large_free, count = s->large_count,
		 frees = s->large_frees;
	unsigned i;

	ret->total_alloc = s->large_alloc;
	for (i = 1; i < SIZE_CLASSES; i++) {
		ret->total_alloc += s->small_count[i] * class_size[i];
		freed += s->small_free[i] * class_size[i];
		count += s->small_count[i];
		frees += s->small_free[i];
	}
	ret->heap_alloc = ret->total_alloc - freed;
	ret->mallocs = count + s->tiny;
	ret->frees = frees + s->tiny;
	ret->heap_objects = count - frees;
	for (i = 0; i < SIZE_CLASSES; i++)
		ret->by_size[i] = (struct go_class_counts){
			.size = class_size[i],
			.mallocs = i ? s->small_count[i] : s->large_count,
			.frees = i ? s->small_free[i] : s->large_frees,
		};
}

/* What GOMEMLIMIT allows; UINT64_MAX without a limit. */
static uint64_t limit_goal(const struct go_runtime *rt, uint64_t gcc)
{
	uint64_t lim = at(rt, gcc, L_GCC_MEMLIMIT);
	uint64_t ready = at(rt, gcc, L_GCC_MAPPEDREADY);
	uint64_t marked = at(rt, gcc, L_GCC_HEAPMARKED);
	uint64_t non_heap =
		ready - at(rt, gcc, L_GCC_HEAPFREE) -
		(at(rt, gcc, L_GCC_TOTALALLOC) - at(rt, gcc, L_GCC_TOTALFREE));
	uint64_t over = ready > lim ? ready - lim : 0, goal, headroom;

	if (non_heap + over >= lim)
		return marked;
	goal = lim - (non_heap + over);
	headroom = 1 << 20;
	if (priv_of(rt)->minor >= 20 && goal / 100 * 3 > headroom)
		headroom = goal / 100 * 3;
	if (goal < headroom || goal - headroom < headroom)
		goal = headroom;
	else
		goal -= headroom;
	return goal > marked ? goal : marked;
}

static uint64_t next_gc(const struct go_runtime *rt, uint64_t gcc)
{
	uint64_t limited = limit_goal(rt, gcc);
	uint64_t goal = at(rt, gcc, L_GCC_HEAPGOAL);
	uint64_t sweep = at(rt, gcc, L_GCC_SWEEPDIST);
	uint64_t triggered = at(rt, gcc, L_GCC_TRIGGERED);

	if (limited < goal)
		return limited;
	if (sweep > goal)
		goal = sweep;
	if (triggered != UINT64_MAX && triggered + (64 << 10) > goal)
		goal = triggered + (64 << 10);
	return goal;
}

/* fixalloc.inuse is a uintptr. */
static uint64_t fixalloc_inuse(const struct go_runtime *rt, enum layout_id id)
{
	const struct runtime_priv *priv = priv_of(rt);

	return rt_word(rt->sample, priv->mheap +
					   (uint32_t)priv->layout.off[id] +
					   FIXALLOC_INUSE);
}

static void system_bytes(const struct go_runtime *rt, uint64_t ms, uint64_t gcc,
			 const struct sums *s, struct go_memstats *ret)
{
	uint64_t free_bytes = at(rt, gcc, L_GCC_HEAPFREE);

	ret->heap_inuse = at(rt, gcc, L_GCC_HEAPINUSE);
	ret->heap_released = at(rt, gcc, L_GCC_HEAPRELEASED);
	ret->heap_idle = free_bytes + ret->heap_released;
	ret->heap_sys = ret->heap_idle + ret->heap_inuse;
	ret->stack_inuse = s->in_stacks;
	ret->stack_sys = s->in_stacks + at(rt, ms, L_MS_STACKSSYS);
	ret->mspan_sys = at(rt, ms, L_MS_MSPANSYS);
	ret->mcache_sys = at(rt, ms, L_MS_MCACHESYS);
	ret->mspan_inuse = fixalloc_inuse(rt, L_MHEAP_SPANALLOC);
	ret->mcache_inuse = fixalloc_inuse(rt, L_MHEAP_CACHEALLOC);
	ret->gc_sys =
		at(rt, ms, L_MS_GCMISCSYS) + s->in_workbufs + s->in_ptr_bits;
	ret->buckhash_sys = at(rt, ms, L_MS_BUCKHASHSYS);
	ret->other_sys = at(rt, ms, L_MS_OTHERSYS);
	ret->sys = ret->heap_sys + ret->stack_sys + ret->mspan_sys +
		   ret->mcache_sys + ret->buckhash_sys + ret->gc_sys +
		   ret->other_sys;
}

static const char *gc_phase(const struct go_runtime *rt)
{
	static const char *const names[] = {"off", "mark", "mark termination"};
	uint64_t addr = rt_symbol(rt, "runtime.gcphase");
	uint32_t phase = 0;

	if (!addr || !sample_u32(rt->sample, addr, &phase) ||
	    phase >= ARRAY_LEN(names))
		return "?";
	return names[phase];
}

static uint64_t ring_at(const struct go_runtime *rt, uint64_t ms,
			enum layout_id id, uint64_t i)
{
	return rt_word(rt->sample, ms + (uint32_t)priv_of(rt)->layout.off[id] +
					   8 * (i % GO_PAUSES));
}

/* Rings: collection n ends in slot (n - 1) % 256. */
static void pauses(const struct go_runtime *rt, uint64_t ms,
		   struct go_memstats *ret)
{
	uint64_t n = ret->num_gc < GO_PAUSES ? ret->num_gc : GO_PAUSES, i;

	for (i = 0; i < n; i++)
		ret->pauses[i] = (struct go_pause){
			.ns = ring_at(rt, ms, L_MS_PAUSENS,
				      ret->num_gc - 1 - i),
			.end_ns = ring_at(rt, ms, L_MS_PAUSEEND,
					  ret->num_gc - 1 - i),
		};
	ret->pause_count = (uint32_t)n;
	ret->last_pause_ns = ret->pauses[0].ns;
}

static void collections(const struct go_runtime *rt, uint64_t ms, uint64_t gcc,
			struct go_memstats *ret)
{
	uint32_t percent = rt_field32(rt, gcc, L_GCC_GCPERCENT);
	uint64_t bits;

	ret->num_gc = rt_field32(rt, ms, L_MS_NUMGC);
	ret->num_forced_gc = rt_field32(rt, ms, L_MS_NUMFORCED);
	ret->pause_total_ns = at(rt, ms, L_MS_PAUSETOTAL);
	ret->last_gc_ns = at(rt, ms, L_MS_LASTGC);
	pauses(rt, ms, ret);
	bits = at(rt, ms, L_MS_CPUFRACTION);
	memcpy(&ret->gc_cpu_fraction, &bits, sizeof(bits));
	ret->gogc = (int32_t)percent;
	ret->memory_limit = (int64_t)at(rt, gcc, L_GCC_MEMLIMIT);
	ret->next_gc = next_gc(rt, gcc);
	ret->gc_phase = gc_phase(rt);
}

static uint64_t count_goroutines(const struct go_runtime *rt)
{
	uint64_t sched = rt_symbol(rt, "runtime.sched");
	uint64_t system = sched ? rt_field32(rt, sched, L_SCHED_NGSYS) : 0;
	uint32_t i;

	for (i = 0; !sched && i < rt->goroutine_count; i++)
		system += rt->goroutines[i].system;
	return rt->goroutine_count > system ? rt->goroutine_count - system : 0;
}

struct error *go_memstats_load(const struct go_runtime *rt,
			       struct go_memstats *ret)
{
	uint64_t ms = find_memstats(rt);
	uint64_t gcc = find_gc_controller(rt);
	struct sums sums = {0};
	size_t threads;
	unsigned i;

	*ret = (struct go_memstats){.gc_phase = "?"};
	if (!ms || !gcc || !find_allp(rt))
		return error_new(ERROR_NOT_FOUND,
				 "the runtime's counters have no names here");
	for (i = 0; i < DELTAS; i++)
		add_delta(rt, ms + i * priv_of(rt)->layout.heap_stats_size,
			  &sums);
	add_caches(rt, &sums);
	allocations(&sums, ret);
	system_bytes(rt, ms, gcc, &sums, ret);
	collections(rt, ms, gcc, ret);
	ret->goroutines = count_goroutines(rt);
	sample_threads(rt->sample, &threads);
	ret->threads = threads;
	return NULL;
}
