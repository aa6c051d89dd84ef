#include "core/target/sample.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/xalloc.h"
#include "core/target/fork_check.h"
#include "core/target/live.h"
#include "core/target/preflight.h"

enum { PLANS_MAX = 2 }; /* the second is settled */

static enum sample_state live_state(const struct sample *sample)
{
	const struct live *live = sample->backend;
	struct proc_stat now;
	struct error *err;

	if (live->tracer)
		return TARGET_STOPPED;
	err = procfs_stat(live->pid, 0, &now);
	if (err) {
		error_free(err);
		return TARGET_EXITED;
	}
	if (now.state == 'Z' || now.state == 'X' ||
	    now.start_time != live->identity.start_time)
		return TARGET_EXITED;
	return TARGET_RUNNING;
}

void live_set_source(struct live *live, pid_t pid, bool is_image)
{
	struct source *source = &live->map.sample->source;

	source_close(source);
	source_open(source, pid, is_image);
}

static void end_image(struct live *live)
{
	struct sample_info *info = &live->map.sample->info;
	uint64_t max_age = live->options.max_age_ns;
	struct fork_cost cost;

	live->map.sample->source.progress = NULL;
	fork_guard_release(live->guard, &cost);
	live->guard = NULL;
	live->spent_ns += cost.stop_ns;
	info->image_ns += cost.age_ns;
	info->cow_bytes += cost.cow_bytes;
	info->reap_ns += cost.reap_ns;
	info->open_ns += cost.open_ns;
	if (max_age && cost.age_ns > max_age)
		sample_warn(live->map.sample,
			    "the image was %" PRIu64 " s old when its copy "
			    "ended, older than --max-age",
			    cost.age_ns / 1000000000);
	if (!cost.reaped)
		sample_warn(live->map.sample,
			    "the image of PID %d could not be reaped yet",
			    (int)live->pid);
}

void live_go(struct live *live)
{
	if (live->guard)
		end_image(live);
	if (live->tracer)
		live->spent_ns += tracer_release(live->tracer);
	live->tracer = NULL;
	if (live->job)
		atomic_store(&live->job->stop_ns, 0);
}

static struct error *live_resume(struct sample *sample)
{
	struct live *live = sample->backend;

	if (!live->tracer)
		return error_new(ERROR_USAGE, "PID %d is not stopped",
				 (int)live->pid);
	live_go(live);
	sample->info.stop_ns = live->spent_ns;
	return NULL;
}

static void live_free(struct sample *sample)
{
	struct live *live = sample->backend;

	if (!live)
		return;
	live_go(live);
	live_map_deinit(&live->map);
	ranges_deinit(&live->arenas);
	source_close(&sample->source);
	free(live);
	sample->backend = NULL;
}

static const struct sample_ops *live_ops(void)
{
	static const struct sample_ops ops = {
		.state = live_state,
		.resume = live_resume,
		.free = live_free,
	};

	return &ops;
}

static void sample_cleanup(struct sample **sample)
{
	sample_free(*sample);
}

/** A sample without any memory yet. */
static struct error *live_new(pid_t pid, struct sample **ret)
{
	CLEANUP(sample_cleanup) struct sample *s = NULL;
	struct live *live;
	struct error *err;

	err = preflight_check(pid);
	if (err)
		return err;
	s = sample_new(SAMPLE_LIVE);
	live = xcalloc(1, sizeof(*live));
	s->backend = live;
	s->ops = live_ops();
	live->pid = pid;
	live->map = (struct live_map){
		.sample = s,
		.pid = pid,
		.backing_fd = -1,
		.source = SOURCE_PROCESS,
	};
	s->info.pid = pid;
	s->info.freeze = FREEZE_NONSTOP;
	s->info.exe = procfs_exe(pid);
	s->info.time_ns = clock_wall();
	s->info.mono_ns = clock_now();
	if (!s->info.exe)
		s->info.exe = xstrdup("");
	err = procfs_stat(pid, 0, &live->identity);
	if (err)
		return err;
	live_set_source(live, pid, false);
	*ret = s;
	s = NULL;
	return NULL;
}

struct error *live_reload_maps(struct live *live)
{
	struct sample_mapping *maps = NULL;
	size_t count = 0;
	struct error *err =
		procfs_maps(live->map.sample->source.pid, &maps, &count);

	if (err)
		return preflight_explain(live->pid, err);
	if (!count) {
		free(maps);
		return error_new(ERROR_NO_TARGET, "PID %d has exited",
				 (int)live->pid);
	}
	sample_set_mappings(live->map.sample, maps, count);
	return NULL;
}

struct error *sample_open_peek(pid_t pid, struct sample **ret)
{
	CLEANUP(sample_cleanup) struct sample *s = NULL;
	struct live *live;
	struct error *err;

	*ret = NULL;
	err = live_new(pid, &s);
	if (err)
		return err;
	live = s->backend;
	err = live_reload_maps(live);
	if (!err)
		err = live_map_build(&live->map, s->mappings, s->mapping_count);
	if (err)
		return err;
	*ret = s;
	s = NULL;
	return NULL;
}

/* Memory that vanished while it was read, for the process runs elsewhere. */
static struct error *explain_loss(const struct live *live, struct error *err)
{
	struct error *cause = live_check_identity(live);

	if (!cause)
		return err;
	error_free(err);
	return cause;
}

/* Ready for the stop; *@p ret stays NULL if the plan has changed meanwhile. */
static struct error *live_begin(pid_t pid, const struct sample_options *options,
				const struct sample_plan *plan, struct job *job,
				struct sample **ret)
{
	CLEANUP(sample_cleanup) struct sample *s = NULL;
	struct live *live;
	struct error *err;
	bool stale;

	if ((err = live_new(pid, &s)))
		return err;
	live = s->backend;
	live->options = *options;
	live->plan = *plan;
	live->job = job;
	s->info.freeze = options->freeze;
	err = live_prepare(live, &stale);
	if (err)
		return explain_loss(live, err);
	if (stale)
		return NULL;
	*ret = s;
	s = NULL;
	return NULL;
}

struct error *sample_take_live(pid_t pid, const struct sample_options *options,
			       const struct sample_plan *plan, struct job *job,
			       struct sample **ret)
{
	static const struct sample_plan no_plan;
	CLEANUP(sample_cleanup) struct sample *s = NULL;
	struct fork_forecast forecast = {0};
	struct error *err = NULL;
	struct live *live;
	unsigned tries;

	*ret = NULL;
	if (options->freeze == FREEZE_FORK)
		err = fork_check(pid, &forecast);
	for (tries = 0; !err && !s && tries < PLANS_MAX; tries++)
		err = live_begin(pid, options, plan ? plan : &no_plan, job, &s);
	if (err)
		return err;
	if (!s)
		return error_new(ERROR_CORRUPT, "what to copy changes always");
	live = s->backend;
	live->max_cow = options->max_cow ? options->max_cow : forecast.max_cow;
	err = live_capture(live);
	if (err)
		return err;
	live_map_seal(&live->map);
	live->job = NULL;
	*ret = s;
	s = NULL;
	return NULL;
}
