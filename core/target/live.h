#ifndef CORE_TARGET_LIVE_H
#define CORE_TARGET_LIVE_H

/**
 * Taking a sample of a running process: what is done before the stop
 * (live_prepare), and the stops themselves (live_capture).
 */
#include "core/target/fork_guard.h"
#include "core/target/live_copy.h"
#include "core/target/live_map.h"
#include "core/target/procfs.h"
#include "core/target/tracer.h"

struct live { /* sample->backend */
	pid_t pid;
	struct sample_options options;
	struct sample_plan plan;
	struct job *job;
	struct live_map map; /* map.sample is the sample */
	struct proc_stat identity;
	struct ranges arenas;	  /* whole pages, left to plan.ranges() */
	struct tracer *tracer;	  /* the target is stopped now */
	struct fork_guard *guard; /* there is an image of it now */
	uint64_t max_cow;	  /* of the image, bytes */
	uint64_t spent_ns;	  /* in all stops before this */
};

/**
 * Mappings, constant data, arenas; the destination is faulted in. If the plan
 * has changed by then, all of it is for nothing: *@p stale_ret.
 */
struct error *live_prepare(struct live *live, bool *stale_ret) MUST_CHECK;
/** Stop, copy and go on, until the score is good or the budget ends. */
struct error *live_capture(struct live *live) MUST_CHECK;

/** ERROR_NO_TARGET if the process is not the one prepared for any more. */
struct error *live_check_identity(const struct live *live) MUST_CHECK;

/* Shared by both. */
struct error *live_reload_maps(struct live *live) MUST_CHECK;
/** Writable pages outside the arenas. */
void live_list_metadata(struct live *live, struct copy_list *list);
/** @p want within readable mappings; the rest is counted as unreadable. */
void live_list_ranges(struct live *live, const struct ranges *want,
		      struct copy_list *list);
/** What the plan wants of the arenas: all of them if it cannot say. */
void live_plan_ranges(struct live *live, const struct sample *metadata,
		      struct ranges *ret);
void live_copier(struct live *live, struct copier *ret);
/** Read from @p pid, the target or its image, from now on. */
void live_set_source(struct live *live, pid_t pid, bool is_image);
/** End a stop or an image; adds what it cost to the sample. */
void live_go(struct live *live);

#endif
