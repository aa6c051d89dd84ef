/*
 * One round of the search: workers scan, each its own share first and then
 * what others have left. Arrivals in the part of the heap that a worker owns
 * in this round take effect at once, the others when all have scanned. Most
 * pointers lead to what was allocated about the same time, so a worker owns
 * what is around its share.
 */
#include "core/heap/mark_arrive.h"

enum { ARRIVED_MAX = 1 << 19 };

static void wait_for_memory(struct mark *mark, struct mark_worker *worker,
			    uint32_t to, uint32_t from, uint32_t type)
{
	struct arrival *slot = &worker->waiting[worker->waiting_at];
	struct arrival old = *slot;

	__builtin_prefetch(&mark->claimed[to / 64], 1);
	__builtin_prefetch(&mark->heap->type[to], 1);
	__builtin_prefetch(&mark->heap->parent[to], 1);
	slot->to = to;
	slot->from = from;
	slot->type = type;
	worker->waiting_at = (worker->waiting_at + 1) % MARK_WAITING;
	if (worker->waiting_count < MARK_WAITING)
		worker->waiting_count++;
	else
		mark_apply(mark, worker, old.to, old.from, old.type);
}

void mark_send(struct mark *mark, struct mark_worker *worker, uint32_t to,
	       uint32_t from, uint32_t type)
{
	if (!mark_owns(mark, worker, to))
		mark_post(mark, worker, to, from, type);
	else if (worker->anywhere)
		wait_for_memory(mark, worker, to, from, type);
	else
		mark_apply(mark, worker, to, from, type);
}

void mark_claim(void *worker, uint32_t object, uint32_t type)
{
	struct mark_worker *self = worker;

	mark_send(self->mark, self, object, MARK_NOBODY, type);
}

void mark_settle(struct mark *mark, struct mark_worker *worker)
{
	unsigned count = worker->waiting_count, at = worker->waiting_at;

	for (; count > 0; count--) {
		struct arrival it =
			worker->waiting[(at - count) % MARK_WAITING];

		mark_apply(mark, worker, it.to, it.from, it.type);
	}
	worker->waiting_count = 0;
}

static void scan_share(struct mark *mark, struct mark_worker *worker,
		       struct mark_share *share)
{
	while (!atomic_load(&mark->full) && !job_cancelled(mark->job)) {
		uint64_t at = atomic_fetch_add(&share->next, mark->chunk);
		uint64_t end = at + mark->chunk;

		if (at >= share->end)
			return;
		mark->fn(mark, worker, at, end < share->end ? end : share->end);
		if (worker->arrived >= ARRIVED_MAX)
			atomic_store(&mark->full, true);
	}
}

static void turn(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	struct mark *mark = arg;
	struct mark_worker *worker = &mark->workers[index];
	unsigned i;

	(void)begin;
	(void)end;
	for (i = 0; i < mark->threads; i++)
		scan_share(mark, worker,
			   &mark->workers[(index + i) % mark->threads].share);
	mark_settle(mark, worker);
}

static void apply_region(struct mark *mark, struct mark_worker *worker,
			 struct arrivals *region)
{
	size_t k;

	for (k = 0; k < region->count; k++) {
		struct arrival it = region->list[k];

		mark_apply(mark, worker, it.to, it.from, it.type);
	}
	region->count = 0;
}

static void apply_range(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	struct mark *mark = arg;
	unsigned i;

	for (; begin < end; begin++)
		for (i = 0; i < mark->threads; i++)
			apply_region(mark, &mark->workers[index],
				     &mark->workers[i].regions[begin]);
}

/** Claims that nobody owns may come up now: the regions have one owner each. */
static void apply(struct mark *mark)
{
	size_t arrived = 0;
	unsigned i;

	for (i = 0; i < mark->threads; i++)
		arrived += mark->workers[i].arrived;
	if (!arrived)
		return;
	job_pool_run(mark->pool, mark->job, MARK_REGIONS,
		     arrived < ARRIVED_MAX / 64 ? MARK_REGIONS : 1, apply_range,
		     mark);
	for (i = 0; i < mark->threads; i++)
		mark->workers[i].arrived = 0;
}

static void own(struct mark_worker *worker, uint32_t first, uint32_t end)
{
	worker->own_first = first;
	worker->own_count = end > first ? end - first : 0;
}

/**
 * In a level in order a worker owns what is around its share. Where the others
 * lead is anybody's guess: blocks are dealt out.
 */
static void share_out(struct mark *mark, uint64_t count)
{
	uint32_t first = 0, end;
	unsigned i;

	mark->striped = !mark->in_order || !mark->level_count;
	for (i = 0; i < mark->threads; i++) {
		struct mark_worker *worker = &mark->workers[i];

		atomic_store(&worker->share.next, count * i / mark->threads);
		worker->share.end = count * (i + 1) / mark->threads;
		if (mark->striped)
			continue;
		end = UINT32_MAX;
		/* parts share no word of a bitmap */
		if (i + 1 < mark->threads)
			end = mark->level[mark->level_count * (i + 1) /
					  mark->threads] /
			      64 * 64;
		own(worker, first, end);
		if (end > first)
			first = end;
	}
}

static bool shares_left(const struct mark *mark)
{
	unsigned i;

	for (i = 0; i < mark->threads; i++)
		if (atomic_load(&mark->workers[i].share.next) <
		    mark->workers[i].share.end)
			return true;
	return false;
}

void mark_alone(struct mark *mark)
{
	mark->striped = false;
	own(&mark->workers[0], 0, UINT32_MAX);
}

void mark_run(struct mark *mark, uint64_t count, uint64_t chunk, bool few,
	      mark_fn *fn)
{
	uint64_t at;

	mark->push = few || count <= chunk;
	mark->unlisted = mark->unlisted || !mark->push;
	if (mark->threads == 1 || count <= chunk) {
		mark_alone(mark);
		for (at = 0; at < count && !job_cancelled(mark->job);
		     at += chunk)
			fn(mark, &mark->workers[0], at,
			   count - at < chunk ? count : at + chunk);
		mark_settle(mark, &mark->workers[0]);
		return;
	}
	mark->fn = fn;
	mark->chunk = chunk;
	share_out(mark, count);
	do {
		atomic_store(&mark->full, false);
		job_pool_run(mark->pool, mark->job, mark->threads, 1, turn,
			     mark);
		apply(mark);
	} while (shares_left(mark) && !job_cancelled(mark->job));
}
