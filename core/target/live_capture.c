#include "core/target/live.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/xalloc.h"
#include "core/target/preflight.h"

enum {
	CAPTURE_PAUSE_NS = 1000000, /* between two stops */
};

/** Without --max-stop: how long threads may take to stop. */
static const uint64_t CAPTURE_STOP_NS = 5000000000ULL;

static uint64_t budget_left(const struct live *live)
{
	uint64_t max = live->options.max_stop_ns;

	if (!max)
		return CAPTURE_STOP_NS;
	return live->spent_ns < max ? max - live->spent_ns : 0;
}

/* The process we looked at before the stop, and not what it exec'ed. */
struct error *live_check_identity(const struct live *live)
{
	struct proc_stat now;
	/* An image has the addresses of the program it was made of. */
	pid_t pid = live->guard ? fork_guard_image(live->guard) : live->pid;
	struct error *err = procfs_stat(pid, 0, &now);

	if (err)
		return err;
	if (!live->guard && now.start_time != live->identity.start_time)
		return error_new(ERROR_NO_TARGET, "PID %d has exited",
				 (int)live->pid);
	if (now.start_code != live->identity.start_code ||
	    now.start_stack != live->identity.start_stack)
		return error_new(ERROR_NO_TARGET,
				 "PID %d runs another program now",
				 (int)live->pid);
	return NULL;
}

static struct error *make_image(struct live *live, uint64_t timeout)
{
	const struct fork_limits limits = {
		.timeout_ns = timeout,
		.max_cow = live->max_cow,
		.max_age_ns = live->options.max_age_ns,
	};
	struct error *err;

	if (live->job)
		atomic_store(&live->job->stop_ns, clock_now());
	err = fork_guard_start(live->pid, &limits, &live->guard);
	if (live->job)
		atomic_store(&live->job->stop_ns, 0);
	if (err)
		return preflight_explain(live->pid, err);
	live_set_source(live, fork_guard_image(live->guard), true);
	live->map.sample->source.progress = fork_guard_progress(live->guard);
	return NULL;
}

static struct error *stop(struct live *live)
{
	uint64_t timeout = budget_left(live);
	struct error *err;

	if (live->options.freeze == FREEZE_NONSTOP)
		return NULL;
	if (timeout > CAPTURE_STOP_NS)
		timeout = CAPTURE_STOP_NS;
	if (live->options.freeze == FREEZE_FORK)
		return make_image(live, timeout);
	err = tracer_stop(live->pid, timeout, &live->tracer);
	if (err)
		return preflight_explain(live->pid, err);
	if (live->job)
		atomic_store(&live->job->stop_ns, tracer_since(live->tracer));
	return NULL;
}

static void take_threads(struct live *live)
{
	struct sample *s = live->map.sample;
	const struct sample_thread *threads = NULL;
	size_t count = 0;

	free(s->threads);
	s->threads = NULL;
	s->thread_count = 0;
	if (live->tracer)
		threads = tracer_threads(live->tracer, &count);
	else if (live->guard)
		threads = fork_guard_threads(live->guard, &count);
	else
		return;
	s->threads = xreallocarray(NULL, count + 1, sizeof(*s->threads));
	while (s->thread_count < count) {
		s->threads[s->thread_count] = threads[s->thread_count];
		s->thread_count++;
	}
}

/** Without a stop we know which threads there are, and no more. */
static struct error *list_threads(struct live *live)
{
	CLEANUP(free_cleanup) pid_t *tids = NULL;
	struct sample *s = live->map.sample;
	size_t count, i;
	struct error *err = procfs_tasks(live->pid, &tids, &count);

	if (err)
		return err;
	s->threads = xcalloc(count, sizeof(*s->threads));
	s->thread_count = count;
	for (i = 0; i < count; i++)
		s->threads[i].tid = tids[i];
	return NULL;
}

static struct error *run_copier(struct live *live, struct copier *c,
				const struct copy_list *list)
{
	struct sample_info *info = &live->map.sample->info;

	c->copied = 0;
	c->unreadable = 0;
	copier_run(c, list);
	info->copied_bytes += c->copied;
	info->unreadable_bytes += c->unreadable;
	if (c->gone && live->guard) {
		struct error *err = fork_guard_lost(live->guard);

		return err ? err
			   : error_new(ERROR_LIMIT,
				       "the image of PID %d was killed: memory "
				       "ran short perhaps",
				       (int)live->pid);
	}
	if (c->gone)
		return error_new(ERROR_NO_TARGET, "PID %d has exited",
				 (int)live->pid);
	return job_check(live->job);
}

static struct error *copy_metadata(struct live *live, struct copier *c)
{
	CLEANUP(copy_list_deinit) struct copy_list list = {0};
	struct sample *s = live->map.sample;
	struct error *err = live_reload_maps(live);

	if (!err)
		err = live_map_update(&live->map, s->mappings,
				      s->mapping_count);
	if (err)
		return err;
	live_list_metadata(live, &list);
	job_phase(live->job, "copy metadata", list.bytes);
	return run_copier(live, c, &list);
}

static struct error *copy_arenas(struct live *live, struct copier *c)
{
	CLEANUP(ranges_deinit) struct ranges wanted = {0};
	CLEANUP(copy_list_deinit) struct copy_list list = {0};
	struct sample *s = live->map.sample;
	struct error *err;

	if (!live->arenas.n)
		return NULL;
	live_plan_ranges(live, s, &wanted);
	live_list_ranges(live, &wanted, &list);
	job_phase(live->job, "copy heap", list.bytes);
	err = run_copier(live, c, &list);
	return err;
}

static void note_late(struct live *live, const struct copier *c)
{
	struct sample *s = live->map.sample;

	if (!c->late)
		return;
	s->info.complete = false;
	sample_warn(s, "the stop limit ended the copy after %" PRIu64 " MiB",
		    s->info.copied_bytes >> 20);
}

/** One stop; *@p dirty_ret is the score if it was too bad to copy. */
static struct error *attempt(struct live *live, bool last, unsigned *dirty_ret)
{
	struct sample *s = live->map.sample;
	struct copier c;
	struct error *err;

	*dirty_ret = 0;
	err = stop(live);
	if (err)
		return err;
	live_copier(live, &c);
	c.reused = s->info.attempts > 0;
	s->info.attempts++;
	s->info.time_ns = clock_wall();
	s->info.mono_ns = clock_now();
	if (live->options.max_stop_ns && live->tracer)
		c.deadline = tracer_since(live->tracer) + budget_left(live);
	take_threads(live);
	if (!live->tracer && !live->guard)
		err = list_threads(live);
	if (!err)
		err = live_check_identity(live);
	if (!err)
		err = copy_metadata(live, &c);
	if (err)
		return err;
	/* Arena pages come on demand here: a bad stop costs no big copy. */
	if (live->plan.score)
		s->info.score = *dirty_ret =
			live->plan.score(live->plan.arg, s);
	if (*dirty_ret && !last && !c.late)
		return NULL;
	*dirty_ret = 0;
	err = copy_arenas(live, &c);
	note_late(live, &c);
	return err;
}

static void forget(struct live *live)
{
	struct sample *s = live->map.sample;

	live_map_forget(&live->map, s->mappings, s->mapping_count);
	s->info.unreadable_bytes = 0;
	while (s->info.warning_count)
		free(s->info.warnings[--s->info.warning_count]);
}

struct error *live_capture(struct live *live)
{
	const struct timespec pause = {0, CAPTURE_PAUSE_NS};
	struct sample *s = live->map.sample;
	uint64_t constant_bytes = s->info.copied_bytes;
	struct error *err;
	unsigned tries;

	for (tries = 0;; tries++) {
		/* A stop after half of the budget must be the last. */
		bool last = tries >= live->options.retries ||
			    (live->options.max_stop_ns &&
			     live->spent_ns * 2 > live->options.max_stop_ns);
		unsigned dirty;

		err = attempt(live, last, &dirty);
		if (err || !dirty)
			break;
		live_go(live);
		forget(live);
		s->info.copied_bytes = constant_bytes;
		nanosleep(&pause, NULL);
	}
	/* What became of the target later is no matter to an image of it. */
	if (!err && !live->guard)
		err = live_check_identity(live);
	if (err || live->options.freeze != FREEZE_STOP)
		live_go(live);
	s->info.stop_ns = live->spent_ns;
	return err;
}
