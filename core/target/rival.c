#include "core/target/rival.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/xalloc.h"
#include "core/target/procfs.h"

enum {
	RIVAL_PAUSE_NS = 2000000,
	RIVAL_QUICK = 5, /* it may have gone before we looked */
};

static const uint64_t RIVAL_PATIENCE_NS = 3000000000;

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

/** Threads are traced one by one: some may be free already. */
static bool is_traced_by_us(pid_t pid)
{
	CLEANUP(free_cleanup) pid_t *tids = NULL;
	size_t count = 0, i;
	struct proc_status status;
	bool found = false;

	error_free(procfs_tasks(pid, &tids, &count));
	for (i = 0; i < count && !found; i++) {
		error_free(procfs_status(tids[i], &status));
		found = status.tracer && is_ours(status.tracer);
	}
	return found;
}

bool rival_try_again(struct rival_wait *wait, pid_t pid, struct error *err)
{
	if (!err || err->code != ERROR_PERMISSION)
		return false;
	if (!wait->until)
		wait->until = clock_now() + RIVAL_PATIENCE_NS;
	if (clock_now() > wait->until ||
	    (!is_traced_by_us(pid) && wait->quick++ >= RIVAL_QUICK))
		return false;
	error_free(err);
	nap();
	return true;
}

void rival_await(pid_t pid)
{
	uint64_t until = clock_now() + RIVAL_PATIENCE_NS;

	while (is_traced_by_us(pid) && clock_now() < until)
		nap();
}
