#include "core/target/fork_guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/xalloc.h"
#include "core/target/fork_check.h"
#include "core/target/fork_inject.h"
#include "core/target/fork_reap.h"
#include "core/target/fork_seccomp.h"
#include "core/target/procfs.h"
#include "core/target/rival.h"

enum {
	GUARDIAN_SOCK = 3,
	GUARDIAN_LOOK_MS = 200, /* between two looks at the image */
	GUARDIAN_NICE = -20,
	GUARDIAN_TRIES = 100,	  /* stops, until a thread is fit */
	GUARDIAN_LOOK_SHARE = 10, /* looking costs this part of the time */
	GUARDIAN_AGES = 10,	  /* of max_age_ns: the oldest of all images */
};

static const uint64_t TRY_PAUSE_NS = 2000000;
/** One read of 4 MiB, from a slow swap, takes less. */
static const uint64_t GUARDIAN_IDLE_NS = 5000000000ULL;

struct guardian {
	pid_t pid;
	struct fork_limits limits;
	struct guardian_shared *shared;
	struct proc_stat identity;
	struct tracer *left; /* threads that have still to be detached */
	uint64_t born;	     /* clock_now() of the image */
	uint64_t next_look;
	uint64_t progress; /* of the reader when it last moved */
	uint64_t moved;	   /* clock_now() then */
};

/** Pages that the image has for itself by now. */
static uint64_t image_bytes(pid_t image)
{
	return procfs_rollup(image, "Private_Dirty:") +
	       procfs_rollup(image, "Private_Clean:");
}

/** Best effort: nothing here is needed for the guardian's work. */
static void set_apart(int sock)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), fd;

	for (fd = 0; fd < GUARDIAN_SOCK && null >= 0; fd++)
		dup2(null, fd);
	setsid();
	if (sock != GUARDIAN_SOCK)
		dup2(sock, GUARDIAN_SOCK);
	close_range(GUARDIAN_SOCK + 1, ~0U, 0);
	if (chdir("/") < 0)
		errno = 0;
	prctl(PR_SET_NAME, "mapscope-guard");
	procfs_set_oom_score(getpid(), -1000);
}

static void tell(struct guardian *g, enum guardian_phase phase)
{
	char byte = (char)phase;

	atomic_store(&g->shared->phase, phase);
	send(GUARDIAN_SOCK, &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void say(struct guardian *g, enum guardian_phase phase,
		struct error *err)
{
	struct guardian_shared *s = g->shared;

	s->code = err->code;
	s->sys_errno = err->sys_errno;
	snprintf(s->message, sizeof(s->message), "%s", err->message);
	snprintf(s->hint, sizeof(s->hint), "%s", err->hint ? err->hint : "");
	error_free(err);
	tell(g, phase);
}

static void nap(uint64_t ns)
{
	struct timespec ts = {(time_t)(ns / 1000000000),
			      (long)(ns % 1000000000)};

	nanosleep(&ts, NULL);
}

/** False while threads are attached that have not stopped yet. */
static bool drain(struct guardian *g)
{
	if (!g->left)
		return true;
	if (tracer_detach(g->left))
		return false;
	tracer_release(g->left);
	g->left = NULL;
	return true;
}

static unsigned choose(const struct tracer *t, struct fork_window *ret,
		       bool *job_stopped)
{
	unsigned best = FORK_UNFIT;
	size_t count, i;
	const struct tracee *v = tracer_tracees(t, &count);

	*job_stopped = false;
	for (i = 0; i < count && best < FORK_BEST; i++) {
		struct fork_window window;
		unsigned rate = fork_window_rate(&v[i], &window);

		*job_stopped |= v[i].job_stopped;
		if (rate > best) {
			best = rate;
			*ret = window;
		}
	}
	return best;
}

static void copy_threads(struct guardian *g, const struct tracer *t)
{
	struct guardian_shared *s = g->shared;
	size_t count;
	const struct sample_thread *threads = tracer_threads(t, &count);

	if (count > GUARDIAN_THREADS)
		count = GUARDIAN_THREADS;
	memcpy(s->threads, threads, count * sizeof(*threads));
	s->thread_count = count;
}

static struct error *refused(int64_t result)
{
	struct error *err =
		error_os((int)-result, "the kernel refused to fork the target");

	err->code = ERROR_UNSUPPORTED;
	return error_hint(err, "use --freeze=copy");
}

/** Both calls, or there would be a child that cannot be reaped. */
static struct error *check_seccomp(const struct guardian *g,
				   const struct fork_window *window)
{
	struct fork_call clone, reap;

	fork_call_clone(&clone);
	fork_call_reap(&reap, g->pid);
	if (fork_seccomp_allows(g->pid, window, &clone) &&
	    fork_seccomp_allows(g->pid, window, &reap))
		return NULL;
	return error_hint(error_new(ERROR_UNSUPPORTED,
				    "the seccomp filter of PID %d does not let "
				    "it fork",
				    (int)g->pid),
			  "use --freeze=copy");
}

static void call_clone(struct guardian *g, const struct fork_window *window,
		       bool block_all, struct fork_call *call)
{
	fork_call_clone(call);
	call->block_all = block_all;
	fork_window_call(window, call, &g->shared->journal);
	g->shared->cost.open_ns += call->open_ns;
	/* Signals for this thread could not be delivered; send them again. */
	if (call->signal)
		syscall(SYS_tgkill, g->pid, window->tid, call->signal);
}

/** The target stands; it is put back whatever the answer. */
static struct error *clone_target(struct guardian *g, const struct tracer *t,
				  const struct fork_window *window)
{
	struct guardian_shared *s = g->shared;
	struct fork_call call;
	struct error *err = check_seccomp(g, window);

	if (err)
		return err;
	call_clone(g, window, false, &call);
	if (call.result == FORK_TRY_AGAIN && call.restored)
		call_clone(g, window, true, &call);
	s->image = call.child;
	if (call.child)
		s->image_ns = (pid_t)call.result;
	copy_threads(g, t);
	if (call.gone)
		return error_new(ERROR_NO_TARGET,
				 "PID %d died while it was forked",
				 (int)g->pid);
	if (!call.restored)
		return error_new(ERROR_OS,
				 "the registers of thread %d are not as they "
				 "were",
				 (int)window->tid);
	if (call.result == FORK_TRY_AGAIN)
		return error_new(ERROR_NOT_FOUND,
				 "signals keep PID %d from forking",
				 (int)g->pid);
	return call.child ? NULL : refused(call.result);
}

/** ERROR_NOT_FOUND: no thread was fit this time. */
static struct error *try_once(struct guardian *g, uint64_t until)
{
	struct fork_window window;
	uint64_t now = clock_now();
	struct error *err;
	bool job_stopped;

	err = tracer_stop_here(g->pid, until > now ? until - now : 0, &g->left);
	if (err) {
		tracer_detach(g->left);
		return err;
	}
	if (choose(g->left, &window, &job_stopped))
		err = clone_target(g, g->left, &window);
	else if (job_stopped)
		err = error_hint(
			error_new(ERROR_UNSUPPORTED,
				  "PID %d is stopped by job control and "
				  "cannot fork",
				  (int)g->pid),
			"use --freeze=copy: the target stands anyway");
	else
		err = error_hint(
			error_new(ERROR_NOT_FOUND,
				  "no thread of PID %d waits where it can "
				  "fork",
				  (int)g->pid),
			"use --freeze=copy");
	tracer_detach(g->left);
	g->shared->cost.stop_ns += tracer_stop_ns(g->left);
	drain(g);
	return err;
}

static void hold_image(struct guardian *g)
{
	pid_t image = g->shared->image;

	g->born = g->moved = clock_now();
	if (image && !fork_child_hold(image))
		g->shared->image = 0;
	else if (image)
		procfs_set_oom_score(image, 1000);
}

/** The interface was killed: nobody wants an image any more. */
static bool is_abandoned(void)
{
	struct pollfd fd = {.fd = GUARDIAN_SOCK, .events = POLLIN};

	return poll(&fd, 1, 0) > 0;
}

/** Whether to stop the target again after @p err, which is freed then. */
static bool try_again(const struct guardian *g, struct rival_wait *rival,
		      unsigned *tries, uint64_t *until, struct error *err)
{
	if (!err)
		return false;
	if (err->code != ERROR_NOT_FOUND) {
		if (!rival_try_again(rival, g->pid, err))
			return false;
		*until = clock_now() + g->limits.timeout_ns;
		return true;
	}
	if (++*tries == GUARDIAN_TRIES || clock_now() > *until) {
		err->code = ERROR_UNSUPPORTED;
		return false;
	}
	error_free(err);
	nap(TRY_PAUSE_NS);
	return true;
}

static struct error *make_image(struct guardian *g)
{
	uint64_t until = clock_now() + g->limits.timeout_ns;
	struct rival_wait rival = {0};
	unsigned tries = 0;
	struct error *err;

	do {
		while (!drain(g))
			nap(TRY_PAUSE_NS / 4);
		if (is_abandoned())
			return error_new(ERROR_CANCELLED, "cancelled");
		err = try_once(g, until);
		if (g->shared->image)
			hold_image(g);
	} while (try_again(g, &rival, &tries, &until, err));
	return err;
}

static struct error *look_at_target(const struct guardian *g)
{
	struct proc_stat now;
	struct error *err = procfs_stat(g->pid, 0, &now);

	/* The image of a dead target stays good. */
	if (err) {
		error_free(err);
		return NULL;
	}
	if (now.start_time == g->identity.start_time && now.start_code &&
	    (now.start_code != g->identity.start_code ||
	     now.start_stack != g->identity.start_stack))
		return error_new(ERROR_NO_TARGET,
				 "PID %d runs another program now",
				 (int)g->pid);
	return NULL;
}

static struct error *look_at_memory(struct guardian *g)
{
	struct fork_cost *cost = &g->shared->cost;
	uint64_t max = g->limits.max_cow;

	cost->cow_bytes = image_bytes(g->shared->image);
	if (!max)
		return NULL;
	if (cost->cow_bytes > max)
		return error_hint(
			error_new(ERROR_LIMIT,
				  "the image was given up: the target wrote "
				  "%" PRIu64 " MiB since, more than --max-cow",
				  cost->cow_bytes >> 20),
			"raise --max-cow, or use --freeze=copy");
	if (fork_headroom(g->pid) < max)
		return error_hint(
			error_new(ERROR_LIMIT,
				  "the image was given up: memory ran short"),
			"use --freeze=copy");
	return NULL;
}

static struct error *too_old(const char *why)
{
	return error_hint(
		error_new(ERROR_LIMIT, "the image was given up: %s", why),
		"raise --max-age, or use --freeze=copy");
}

/** Who is about to end a copy may do so; who stands may stand forever. */
static struct error *look_at_age(struct guardian *g, uint64_t now)
{
	uint64_t max = g->limits.max_age_ns, age = now - g->born;
	uint64_t progress = atomic_load(&g->shared->progress);
	uint64_t idle = max < GUARDIAN_IDLE_NS ? max : GUARDIAN_IDLE_NS;

	g->shared->cost.age_ns = age;
	if (progress != g->progress)
		g->moved = now;
	g->progress = progress;
	if (!max || age <= max)
		return NULL;
	if (now - g->moved > idle)
		return too_old("it got older than --max-age, and was not read "
			       "any more");
	if (age / GUARDIAN_AGES > max)
		return too_old("it got ten times as old as --max-age");
	return NULL;
}

/** A look takes a walk through the page tables: not too often. */
static struct error *look(struct guardian *g)
{
	uint64_t now = clock_now(), pause;
	struct error *err = look_at_age(g, now);

	if (err || now < g->next_look)
		return err;
	err = look_at_target(g);
	if (!err)
		err = look_at_memory(g);
	pause = (clock_now() - now) * GUARDIAN_LOOK_SHARE;
	g->next_look = clock_now() + pause;
	return err;
}

/** Until the interface is done or gone. */
static void watch(struct guardian *g)
{
	struct pollfd fd = {.fd = GUARDIAN_SOCK, .events = POLLIN};
	struct error *err = NULL;

	while (!err) {
		bool drained = drain(g);

		if (poll(&fd, 1, drained ? GUARDIAN_LOOK_MS : 1) > 0)
			return;
		err = look(g);
	}
	say(g, GUARDIAN_DROPPED, err);
}

/** Kill it, and let the target reap it. */
static void end_image(struct guardian *g)
{
	struct guardian_shared *s = g->shared;
	struct fork_corpse corpse = {
		.target = g->pid,
		.target_start = g->identity.start_time,
		.child = s->image,
		.child_ns = s->image_ns,
		.journal = &s->journal,
	};

	if (!s->image)
		return;
	s->cost.cow_bytes = image_bytes(s->image);
	fork_child_kill(s->image);
	s->cost.age_ns = clock_now() - g->born;
	while (!drain(g))
		nap(TRY_PAUSE_NS / 4);
	s->cost.reaped = fork_reap(&corpse, &s->cost.reap_ns);
}

_Noreturn void guardian_main(pid_t pid, const struct fork_limits *limits,
			     int sock, struct guardian_shared *shared)
{
	struct guardian g = {.pid = pid, .limits = *limits, .shared = shared};
	int nice = getpriority(PRIO_PROCESS, 0);
	struct error *err;

	set_apart(sock);
	/* While the target stands, every wait for a processor is its too. */
	setpriority(PRIO_PROCESS, 0, GUARDIAN_NICE);
	err = procfs_stat(pid, 0, &g.identity);
	if (!err) {
		fork_reap_leftovers(pid, g.identity.start_time,
				    &shared->journal);
		err = make_image(&g);
	}
	setpriority(PRIO_PROCESS, 0, nice);
	if (!err && !shared->image)
		err = error_new(ERROR_OS, "the image of the target died");
	if (err) {
		end_image(&g);
		say(&g, GUARDIAN_FAILED, err);
		/* Threads that were slow to stop. */
		while (!drain(&g))
			nap(TRY_PAUSE_NS / 4);
		_exit(1);
	}
	tell(&g, GUARDIAN_HOLDING);
	watch(&g);
	end_image(&g);
	tell(&g, GUARDIAN_DONE);
	_exit(0);
}
