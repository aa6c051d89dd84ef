#include "core/target/rival.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/xalloc.h"
#include "core/target/preflight.h"
#include "core/target/procfs.h"

enum {
	RIVAL_PAUSE_NS = 2000000,
	RIVAL_QUICK = 10, /* it may have gone before we looked */
};

/* More than any stop may take to begin; then for all that come in between. */
static const uint64_t RIVAL_PATIENCE_NS = 6000000000;
static const uint64_t RIVAL_LIMIT_NS = 30000000000;

static void nap(void)
{
	const struct timespec ts = {0, RIVAL_PAUSE_NS};

	nanosleep(&ts, NULL);
}

/** Guardians have names of their own, all begin alike. */
static bool is_ours(pid_t tracer)
{
	static const char name[] = "mapscope";
	struct proc_status status;

	/* Zeroed if it fails. */
	error_free(procfs_status(tracer, &status));
	return !strncmp(status.name, name, sizeof(name) - 1);
}

/** The thread of mapscope that traces thread @p tid, or 0. */
static pid_t rival_of(pid_t tid)
{
	struct proc_status status;

	error_free(procfs_status(tid, &status));
	return status.tracer && is_ours(status.tracer) ? status.tracer : 0;
}

/** Threads are traced one by one: some of @p pid may be free already. */
static pid_t find_rival(pid_t pid)
{
	CLEANUP(free_cleanup) pid_t *tids = NULL;
	size_t count = 0, i;
	pid_t found = 0;

	error_free(procfs_tasks(pid, &tids, &count));
	for (i = 0; i < count && !found; i++)
		found = rival_of(tids[i]);
	return found;
}

/** Whether there is somebody to wait for, and time left for it. */
static bool is_worth_it(struct rival_wait *wait, pid_t tracer)
{
	uint64_t now = clock_now();

	if (!wait->limit)
		wait->limit = now + RIVAL_LIMIT_NS;
	if (!wait->until || (tracer && tracer != wait->tracer))
		wait->until = now + RIVAL_PATIENCE_NS;
	wait->tracer = tracer ? tracer : wait->tracer;
	/* Of several that take turns there is always one on its way. */
	wait->quick = tracer ? 0 : wait->quick + 1;
	if (wait->quick > RIVAL_QUICK)
		return false;
	return now < wait->until && now < wait->limit;
}

bool rival_try_again(struct rival_wait *wait, pid_t pid, struct error *err)
{
	if (!err || err->code != ERROR_PERMISSION ||
	    !is_worth_it(wait, find_rival(pid)))
		return false;
	error_free(err);
	nap();
	return true;
}

struct error *rival_preflight(pid_t pid)
{
	struct rival_wait wait = {0};
	struct error *err;

	do
		err = preflight_attach(pid);
	while (rival_try_again(&wait, pid, err));
	return err;
}
