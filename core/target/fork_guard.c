#include "core/target/fork_guard.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/xalloc.h"
#include "core/target/fork_guardian.h"

enum { GUARD_PATIENCE_MS = 2000, GUARD_EXIT_MS = 200 };

struct fork_guard {
	int sock;
	pid_t target, process;
	struct guardian_shared *shared;
};

/** A guardian that is still at work is left to init when we go. */
static void wait_process(const struct fork_guard *guard)
{
	const struct timespec pause = {0, 1000000};
	unsigned i;

	for (i = 0; i < GUARD_EXIT_MS && guard->process > 0; i++) {
		pid_t got = waitpid(guard->process, NULL, WNOHANG);

		if (got == guard->process || (got < 0 && errno != EINTR))
			return;
		nanosleep(&pause, NULL);
	}
}

/** With an open journal only if it was killed. */
static bool is_gone(const struct fork_guard *guard)
{
	return guard->process > 0 && kill(guard->process, 0) < 0 &&
	       errno == ESRCH;
}

static void guard_free(struct fork_guard *guard)
{
	wait_process(guard);
	if (guard->shared && is_gone(guard))
		fork_window_repair(guard->target, &guard->shared->journal);
	if (guard->sock >= 0)
		close(guard->sock);
	if (guard->shared)
		munmap(guard->shared, sizeof(*guard->shared));
	free(guard);
}

static struct error *shared_error(const struct guardian_shared *shared)
{
	struct error *err = error_new(shared->code, "%.*s",
				      GUARDIAN_MESSAGE - 1, shared->message);

	err->sys_errno = shared->sys_errno;
	return shared->hint[0] ? error_hint(err, "%.*s", GUARDIAN_MESSAGE - 1,
					    shared->hint)
			       : err;
}

/** The guardian is born with all signals blocked. */
static struct error *start(struct fork_guard *guard, pid_t pid,
			   const struct fork_limits *limits, int sock)
{
	sigset_t all, old;
	int sys_errno;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	guard->process = fork();
	if (guard->process == 0)
		guardian_main(pid, limits, sock, guard->shared);
	sys_errno = errno;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return guard->process < 0
		       ? error_os(sys_errno, "cannot start the guardian")
		       : NULL;
}

/** False at the end of the connection or of the time. */
static bool wait_byte(int sock, int timeout_ms)
{
	struct pollfd fd = {.fd = sock, .events = POLLIN};
	char byte;
	int n;

	do
		n = poll(&fd, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	return n > 0 && recv(sock, &byte, 1, MSG_DONTWAIT) == 1;
}

static struct error *await_image(const struct fork_guard *guard)
{
	wait_byte(guard->sock, -1);
	switch (atomic_load(&guard->shared->phase)) {
	case GUARDIAN_HOLDING:
		return NULL;
	case GUARDIAN_STARTING:
		return error_hint(error_new(ERROR_OS,
					    "the guardian of the fork ended "
					    "early"),
				  "use --freeze=copy");
	default:
		return shared_error(guard->shared);
	}
}

struct error *fork_guard_start(pid_t pid, const struct fork_limits *limits,
			       struct fork_guard **ret)
{
	struct fork_guard *guard = xcalloc(1, sizeof(*guard));
	struct error *err;
	int pair[2];
	void *p;

	*ret = NULL;
	guard->sock = -1;
	guard->target = pid;
	p = mmap(NULL, sizeof(*guard->shared), PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		err = error_os(errno, "cannot start the guardian");
		guard->shared = p == MAP_FAILED ? NULL : p;
		guard_free(guard);
		return err;
	}
	guard->shared = p;
	guard->sock = pair[0];
	err = start(guard, pid, limits, pair[1]);
	close(pair[1]);
	if (!err)
		err = await_image(guard);
	if (err) {
		guard_free(guard);
		return err;
	}
	*ret = guard;
	return NULL;
}

pid_t fork_guard_image(const struct fork_guard *guard)
{
	return guard->shared->image;
}

const struct sample_thread *fork_guard_threads(const struct fork_guard *guard,
					       size_t *count_ret)
{
	*count_ret = guard->shared->thread_count;
	return guard->shared->threads;
}

_Atomic uint64_t *fork_guard_progress(struct fork_guard *guard)
{
	return &guard->shared->progress;
}

void fork_guard_cost(const struct fork_guard *guard, struct fork_cost *ret)
{
	*ret = guard->shared->cost;
}

struct error *fork_guard_lost(const struct fork_guard *guard)
{
	if (atomic_load(&guard->shared->phase) == GUARDIAN_HOLDING)
		return NULL;
	/* Also when it is done with what followed. */
	if (guard->shared->message[0])
		return shared_error(guard->shared);
	return error_new(ERROR_OS, "the image of the target is gone");
}

void fork_guard_release(struct fork_guard *guard, struct fork_cost *cost_ret)
{
	if (!guard)
		return;
	shutdown(guard->sock, SHUT_WR);
	/* The byte of an image given up may come first. */
	while (wait_byte(guard->sock, GUARD_PATIENCE_MS) &&
	       atomic_load(&guard->shared->phase) != GUARDIAN_DONE)
		;
	if (cost_ret)
		*cost_ret = guard->shared->cost;
	guard_free(guard);
}
