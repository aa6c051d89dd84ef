#include "core/target/fork_reap.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/xalloc.h"
#include "core/target/fork_inject.h"
#include "core/target/fork_seccomp.h"
#include "core/target/procfs.h"

enum {
	REAP_ROUNDS = 700,	   /* some ten minutes */
	REAP_QUICK = 100,	   /* of them without a long pause */
	REAP_LEFTOVERS = 16,	   /* at a time */
	REAP_LEFTOVER_ROUNDS = 20, /* then the next start tries again */
	REAP_PAUSE_MAX_MS = 1000,
};

static const uint64_t REAP_STOP_NS = 200000000;

static void nap_ms(unsigned ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000L};

	nanosleep(&ts, NULL);
}

/**
 * What runs touches memory. The time alone does not tell: all that a process
 * took to give up its memory is called user time if no tick of the clock found
 * it in the kernel. And up to Linux 5.8 our reading counts as its faults.
 */
static bool could_be_corpse(pid_t pid, pid_t target, bool *never_ran_ret)
{
	struct proc_stat stat;
	struct error *err = procfs_stat(pid, 0, &stat);

	if (err) {
		error_free(err);
		return false;
	}
	*never_ran_ret = !stat.minor_faults || !stat.user_ticks;
	return stat.state == 'Z' && stat.ppid == target &&
	       stat.exit_signal == 0 && (stat.flags & PROC_NEVER_EXECED);
}

/** Process @p pid is a dead child of ours that nobody has waited for. */
static bool is_corpse(pid_t pid, pid_t target)
{
	bool never_ran;

	return could_be_corpse(pid, target, &never_ran);
}

static bool target_lives(const struct fork_corpse *corpse)
{
	struct proc_stat stat;
	struct error *err = procfs_stat(corpse->target, 0, &stat);

	error_free(err);
	return !err && stat.start_time == corpse->target_start &&
	       stat.state != 'Z' && stat.state != 'X';
}

/** How fit thread @p tid looks without a stop: what it waits in. */
static unsigned rate_thread(pid_t pid, pid_t tid)
{
	CLEANUP(free_cleanup) char *text = NULL;
	char name[64], *end;
	struct error *err;
	uint64_t number;
	size_t len;

	snprintf(name, sizeof(name), "task/%d/syscall", (int)tid);
	err = procfs_read(pid, name, &text, &len);
	if (err) {
		error_free(err);
		return FORK_UNFIT;
	}
	/* "running", or the number of the call. */
	number = strtoull(text, &end, 10);
	return end == text ? FORK_UNFIT : fork_rate_syscall(number);
}

/** True once it is done. */
static bool reap_by(const struct fork_corpse *corpse, pid_t tid,
		    uint64_t *stop_ns)
{
	struct tracer *t = NULL;
	struct fork_window window;
	struct fork_call call;
	size_t count;
	struct error *err =
		tracer_stop_thread(corpse->target, tid, REAP_STOP_NS, &t);

	if (!err && fork_window_rate(tracer_tracees(t, &count), &window)) {
		fork_call_reap(&call, corpse->child_ns);
		if (fork_seccomp_allows(corpse->target, &window, &call))
			fork_window_call(&window, &call, corpse->journal);
		if (call.signal)
			syscall(SYS_tgkill, corpse->target, tid, call.signal);
	}
	error_free(err);
	*stop_ns += tracer_settle(t);
	return !is_corpse(corpse->child, corpse->target);
}

/**
 * Let threads of rating @p rate try, the first that is still fit does it; true
 * once the child is gone. What a thread waits in is read while it runs, so most
 * of a busy process may have moved on when they stop.
 */
static bool reap_by_rating(const struct fork_corpse *corpse, unsigned rate,
			   uint64_t *stop_ns)
{
	CLEANUP(free_cleanup) pid_t *tids = NULL;
	size_t count, i;
	struct error *err = procfs_tasks(corpse->target, &tids, &count);

	if (err) {
		error_free(err);
		return false;
	}
	for (i = 0; i < count; i++)
		if (rate_thread(corpse->target, tids[i]) == rate &&
		    reap_by(corpse, tids[i], stop_ns))
			return true;
	return false;
}

static bool reap_once(const struct fork_corpse *corpse, uint64_t *stop_ns)
{
	unsigned rate;

	for (rate = FORK_BEST; rate > FORK_UNFIT; rate--)
		if (reap_by_rating(corpse, rate, stop_ns))
			return true;
	return false;
}

static bool reap(const struct fork_corpse *corpse, unsigned rounds,
		 uint64_t *stop_ns)
{
	unsigned i;

	for (i = 0; i < rounds; i++) {
		/* It is no child of a target that is gone: init reaps it. */
		if (!is_corpse(corpse->child, corpse->target))
			return true;
		if (!target_lives(corpse))
			return false;
		if (reap_once(corpse, stop_ns))
			return true;
		nap_ms(i < REAP_QUICK ? 1 + i / 10 : REAP_PAUSE_MAX_MS);
	}
	return false;
}

bool fork_reap(const struct fork_corpse *corpse, uint64_t *stop_ns_ret)
{
	return reap(corpse, REAP_ROUNDS, stop_ns_ret);
}

/** Up to @p max dead images of @p target. */
static unsigned find_leftovers(pid_t target, pid_t *ret, unsigned max)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	unsigned n = 0;

	while (dir && n < max && (entry = readdir(dir))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		bool ours;

		if (pid > 0 && could_be_corpse(pid, target, &ours) && ours)
			ret[n++] = pid;
	}
	if (dir)
		closedir(dir);
	return n;
}

unsigned fork_count_leftovers(pid_t target)
{
	pid_t found[REAP_LEFTOVERS];

	return find_leftovers(target, found, REAP_LEFTOVERS);
}

void fork_reap_leftovers(pid_t target, uint64_t target_start,
			 struct fork_journal *journal)
{
	pid_t found[REAP_LEFTOVERS];
	unsigned n = find_leftovers(target, found, REAP_LEFTOVERS), i;
	uint64_t stop_ns = 0;

	for (i = 0; i < n; i++) {
		struct fork_corpse corpse = {
			.target = target,
			.target_start = target_start,
			.child = found[i],
			.child_ns = procfs_ns_pid(found[i]),
			.journal = journal,
		};

		if (corpse.child_ns)
			(void)reap(&corpse, REAP_LEFTOVER_ROUNDS, &stop_ns);
	}
}
