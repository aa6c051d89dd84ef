#include "core/target/tracer_priv.h"

#include <elf.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/xalloc.h"
#include "core/target/procfs.h"
#include "core/target/registers.h"
#include "core/target/rival.h"

enum {
	TRACER_WAIT_NS = 20000,		  /* between two looks at a thread */
	TRACER_SLEEPER_NS = 20 * 1000000, /* then ask if it is in D state */
	TRACER_SETTLE_NS = 1000000,
	TRACER_PASSES = 1000,
	TRACER_EMERGENCY_MS = 200,
	TRACER_TID_MAX = 1 << 22, /* PID_MAX_LIMIT of the kernel */
	TRACER_WATCH_NS = 5 * 1000000,
};

struct tracer {
	pid_t pid;
	bool here; /* no thread of its own */
	pthread_t thread;
	atomic_int os_tid;
	uint64_t since, until; /* first interrupt; give up then */
	sem_t stopped, go;
	atomic_bool released;
	struct error *err;
	struct tracee *tracees;
	size_t count, cap;
	uint64_t *seen; /* one bit per thread id */
	struct sample_thread *threads;
	size_t thread_count;
	uint64_t stop_ns;
	timer_t watch;
	volatile sig_atomic_t watched, attaching;
};

/** The tracer that holds a target now, for the emergency; at most one. */
static struct tracer *_Atomic *tracer_holding(void)
{
	static struct tracer *_Atomic holding;

	return &holding;
}

static long trace(int request, pid_t tid, uintptr_t data)
{
	return ptrace((enum __ptrace_request)request, tid, NULL, data);
}

static void nap(uint64_t ns)
{
	struct timespec ts = {0, (long)ns};

	nanosleep(&ts, NULL);
}

static char tracee_proc_state(const struct tracer *t, pid_t tid)
{
	struct proc_stat stat;
	struct error *err = procfs_stat(t->pid, tid, &stat);

	if (!err)
		return stat.state;
	error_free(err);
	return 'X';
}

/** True the first time for each @p tid. */
static bool is_new(struct tracer *t, pid_t tid)
{
	uint64_t *word, bit;

	if (tid <= 0 || tid >= TRACER_TID_MAX)
		return false;
	word = &t->seen[tid / 64];
	bit = 1ULL << (tid % 64);
	if (*word & bit)
		return false;
	*word |= bit;
	return true;
}

/** A thread that is on its way out refuses too; that is no error. */
static struct error *seize_error(const struct tracer *t, pid_t tid,
				 int sys_errno)
{
	char state;
	struct error *err;

	if (sys_errno == ESRCH)
		return NULL;
	state = tracee_proc_state(t, tid);
	if (state == 'Z' || state == 'X')
		return NULL;
	err = error_os(sys_errno, "cannot attach to thread %d of PID %d",
		       (int)tid, (int)t->pid);
	if (sys_errno == EPERM || sys_errno == EACCES)
		err->code = ERROR_PERMISSION;
	return err;
}

/** One look at a seized thread. */
static void poll_tracee(struct tracee *tracee)
{
	int status = 0;
	pid_t got = waitpid(tracee->tid, &status, __WALL | WNOHANG);

	if (got == 0 || (got < 0 && errno == EINTR))
		return;
	if (got < 0 || !WIFSTOPPED(status)) {
		tracee->state = TRACEE_GONE;
		return;
	}
	tracee->state = TRACEE_STOPPED;
	/*
	 * PTRACE_EVENT_STOP is our interrupt, or a job-control stop that the
	 * kernel restores at detach. Anything else is a signal about to be
	 * delivered: detach passes it on.
	 */
	if (status >> 16 == 0)
		tracee->signal = WSTOPSIG(status);
	else
		tracee->job_stopped = WSTOPSIG(status) != SIGTRAP;
}

/* A look at all: who is dead is reaped. */
static void poll_all(struct tracer *t)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		if (t->tracees[i].state != TRACEE_GONE)
			poll_tracee(&t->tracees[i]);
}

/* Runs on the tracing thread; see watch_begin(). */
static void reap_dying(int signal, siginfo_t *info, void *context)
{
	struct tracer *t = info->si_value.sival_ptr;
	int saved = errno;

	(void)signal;
	(void)context;
	if (info->si_code == SI_TIMER && t->attaching)
		poll_all(t);
	errno = saved;
}

static void watch_set(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGRTMIN);
}

/**
 * PTRACE_SEIZE waits in the kernel while the target executes a program; that
 * waits for the end of all other threads, and those that we trace end only when
 * we reap them. So whoever attaches is woken now and then to do that. Without a
 * timer all goes on as before: this is rare.
 */
static void watch_begin(struct tracer *t)
{
	const struct itimerspec often = {{0, TRACER_WATCH_NS},
					 {0, TRACER_WATCH_NS}};
	const struct sigaction action = {.sa_sigaction = reap_dying,
					 .sa_flags = SA_SIGINFO | SA_RESTART};
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID,
				 .sigev_signo = SIGRTMIN,
				 .sigev_value.sival_ptr = t};
	sigset_t set;

	event._sigev_un._tid = gettid();
	if (sigaction(SIGRTMIN, &action, NULL) ||
	    timer_create(CLOCK_MONOTONIC, &event, &t->watch))
		return;
	t->watched = 1;
	watch_set(&set);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	timer_settime(t->watch, 0, &often, NULL);
}

/* A signal on its way must not meet a tracer that is gone. */
static void watch_end(struct tracer *t)
{
	const struct timespec none = {0, 0};
	sigset_t set;

	if (!t->watched)
		return;
	watch_set(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	timer_delete(t->watch);
	while (sigtimedwait(&set, NULL, &none) > 0)
		;
	t->watched = 0;
}

/*
 * The thread attached to last is gone; the wait will say so. But if it does
 * not even wait to be reaped, then it executed a program while we attached and
 * goes by the number of the first thread now, which is no more.
 */
static void follow_exec(struct tracer *t)
{
	struct tracee *last = &t->tracees[t->count - 1];
	size_t i;

	if (tracee_proc_state(t, last->tid) != 'X')
		return;
	for (i = 0; i + 1 < t->count; i++)
		if (t->tracees[i].tid == t->pid)
			t->tracees[i].state = TRACEE_GONE;
	last->tid = t->pid;
	(void)trace(PTRACE_INTERRUPT, t->pid, 0);
}

static struct error *seize(struct tracer *t, pid_t tid)
{
	bool failed;

	t->attaching = 1;
	failed = trace(PTRACE_SEIZE, tid, 0) < 0;
	t->attaching = 0;
	if (failed)
		return seize_error(t, tid, errno);
	if (!t->since)
		t->since = clock_now();
	GROW_ARRAY(t->tracees, t->count, t->cap);
	t->tracees[t->count++] =
		(struct tracee){.tid = tid, .state = TRACEE_SEIZED};
	if (trace(PTRACE_INTERRUPT, tid, 0) < 0)
		follow_exec(t);
	return NULL;
}

/** Seize every thread not yet known; *@p found counts them. */
static struct error *seize_new(struct tracer *t, size_t *found)
{
	CLEANUP(free_cleanup) pid_t *tids = NULL;
	struct error *err;
	size_t count, i;

	*found = 0;
	err = procfs_tasks(t->pid, &tids, &count);
	if (err)
		return err;
	for (i = 0; i < count; i++) {
		size_t before = t->count;

		if (!is_new(t, tids[i]))
			continue;
		err = seize(t, tids[i]);
		if (err)
			return err;
		*found += t->count - before;
	}
	return NULL;
}

/*
 * A thread that executes a program takes over the number of the first one, and
 * for a moment its own number is that of the dead: an interrupt sent then
 * stops nobody. A second one for a thread that stops anyway changes nothing.
 */
static void look_again(struct tracer *t, struct tracee *tracee)
{
	char state = tracee_proc_state(t, tracee->tid);

	if (state == 'D')
		tracee->state = TRACEE_DEEP;
	else if (state == 'Z' || state == 'X')
		tracee->state = TRACEE_GONE;
	else
		(void)trace(PTRACE_INTERRUPT, tracee->tid, 0);
}

static struct error *wait_stopped(struct tracer *t, struct tracee *tracee)
{
	uint64_t begin = clock_now(), again = begin + TRACER_SLEEPER_NS, now;
	unsigned looks = 0;

	for (;;) {
		poll_tracee(tracee);
		if (tracee->state != TRACEE_SEIZED)
			return NULL;
		now = clock_now();
		if (now > t->until)
			return error_new(ERROR_LIMIT,
					 "thread %d of PID %d did not stop "
					 "in time",
					 (int)tracee->tid, (int)t->pid);
		if (now > again) {
			look_again(t, tracee);
			again = now + TRACER_SLEEPER_NS;
		}
		/* It may be about to execute a program: see watch_begin(). */
		if (now - begin > TRACER_WATCH_NS)
			poll_all(t);
		if (++looks > 10)
			nap(TRACER_WAIT_NS);
	}
}

static struct error *stop_threads(struct tracer *t)
{
	unsigned pass;
	size_t found = 0, waited = 0;

	for (pass = 0; pass < TRACER_PASSES; pass++) {
		struct error *err = seize_new(t, &found);

		if (err)
			return err;
		if (!found)
			break;
		for (; waited < t->count; waited++) {
			err = wait_stopped(t, &t->tracees[waited]);
			if (err)
				return err;
		}
	}
	if (found)
		return error_new(ERROR_LIMIT,
				 "PID %d starts threads faster than they can "
				 "be stopped",
				 (int)t->pid);
	return NULL;
}

static struct error *stop_all(struct tracer *t)
{
	struct error *err;

	watch_begin(t);
	err = stop_threads(t);
	watch_end(t);
	return err;
}

static void read_registers(struct tracer *t)
{
	size_t i;

	t->threads = xcalloc(t->count + 1, sizeof(*t->threads));
	for (i = 0; i < t->count; i++) {
		struct sample_thread *to = &t->threads[t->thread_count];
		struct user_regs_struct regs;
		struct iovec iov = {&regs, sizeof(regs)};

		if (t->tracees[i].state == TRACEE_GONE)
			continue;
		to->tid = t->tracees[i].tid;
		if (t->tracees[i].state == TRACEE_STOPPED &&
		    ptrace(PTRACE_GETREGSET, to->tid, (uintptr_t)NT_PRSTATUS,
			   &iov) == 0 &&
		    iov.iov_len == sizeof(regs))
			registers_set(to, &regs);
		t->thread_count++;
	}
}

/**
 * A thread that has not stopped yet cannot be detached; it goes free when the
 * tracing thread ends, and so does everything that is missed here. Returns how
 * many such threads there are.
 */
static size_t detach_all(struct tracer *t)
{
	size_t i, left = 0;

	for (i = 0; i < t->count; i++) {
		struct tracee *tracee = &t->tracees[i];

		if (tracee->state == TRACEE_SEIZED ||
		    tracee->state == TRACEE_DEEP)
			poll_tracee(tracee);
		if (tracee->state == TRACEE_STOPPED) {
			(void)trace(PTRACE_DETACH, tracee->tid,
				    (uintptr_t)tracee->signal);
			tracee->state = TRACEE_GONE;
		}
		left += tracee->state != TRACEE_GONE;
	}
	if (t->since && !t->stop_ns)
		t->stop_ns = clock_now() - t->since;
	atomic_store(&t->released, true);
	return left;
}

static void wait_go(struct tracer *t)
{
	while (sem_wait(&t->go) < 0 && errno == EINTR)
		;
}

static void *tracer_main(void *arg)
{
	struct tracer *t = arg;

	/* Known to rivals by it. */
	prctl(PR_SET_NAME, "mapscope-stop");
	atomic_store(&t->os_tid, gettid());
	t->err = stop_all(t);
	if (!t->err)
		read_registers(t);
	if (!t->err && !t->thread_count)
		t->err = error_new(ERROR_NO_TARGET, "PID %d has exited",
				   (int)t->pid);
	if (t->err) {
		detach_all(t);
		sem_post(&t->stopped);
		return NULL;
	}
	sem_post(&t->stopped);
	wait_go(t);
	detach_all(t);
	return NULL;
}

static void tracer_free(struct tracer *t)
{
	sem_destroy(&t->stopped);
	sem_destroy(&t->go);
	free(t->tracees);
	free(t->seen);
	free(t->threads);
	free(t);
}

/** Handlers of the program must not run on the tracing thread. */
static int start_thread(struct tracer *t)
{
	sigset_t all, old;
	int failed;

	sigfillset(&all);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGABRT);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGILL);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	failed = pthread_create(&t->thread, NULL, tracer_main, t);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return failed;
}

static struct tracer *tracer_new(pid_t pid, uint64_t timeout_ns)
{
	struct tracer *t = xcalloc(1, sizeof(*t));

	t->pid = pid;
	t->seen = xcalloc(TRACER_TID_MAX / 64, sizeof(*t->seen));
	t->until = clock_now() + timeout_ns;
	sem_init(&t->stopped, 0, 0);
	sem_init(&t->go, 0, 0);
	atomic_store(tracer_holding(), t);
	return t;
}

static struct tracer *tracer_new_here(pid_t pid, uint64_t timeout_ns)
{
	struct tracer *t = tracer_new(pid, timeout_ns);

	t->here = true;
	atomic_store(&t->os_tid, gettid());
	return t;
}

size_t tracer_detach(struct tracer *t)
{
	return detach_all(t);
}

uint64_t tracer_settle(struct tracer *t)
{
	uint64_t stop_ns;

	while (detach_all(t))
		nap(TRACER_SETTLE_NS);
	stop_ns = t->stop_ns;
	tracer_release(t);
	return stop_ns;
}

uint64_t tracer_stop_ns(const struct tracer *t)
{
	return t->stop_ns;
}

struct error *tracer_stop_here(pid_t pid, uint64_t timeout_ns,
			       struct tracer **ret)
{
	struct tracer *t = *ret = tracer_new_here(pid, timeout_ns);
	struct error *err = stop_all(t);

	if (!err)
		read_registers(t);
	if (!err && !t->thread_count)
		err = error_new(ERROR_NO_TARGET, "PID %d has exited", (int)pid);
	return err;
}

struct error *tracer_stop_thread(pid_t pid, pid_t tid, uint64_t timeout_ns,
				 struct tracer **ret)
{
	struct tracer *t = *ret = tracer_new_here(pid, timeout_ns);
	struct error *err = seize(t, tid);

	if (!err && !t->count)
		err = error_new(ERROR_NO_TARGET, "thread %d has exited",
				(int)tid);
	if (!err)
		err = wait_stopped(t, &t->tracees[0]);
	return err;
}

const struct tracee *tracer_tracees(const struct tracer *tracer,
				    size_t *count_ret)
{
	*count_ret = tracer->count;
	return tracer->tracees;
}

static struct error *stop_once(pid_t pid, uint64_t timeout_ns,
			       struct tracer **ret)
{
	struct tracer *t = tracer_new(pid, timeout_ns);
	struct error *err;
	int failed;

	*ret = NULL;
	failed = start_thread(t);
	if (failed) {
		atomic_store(tracer_holding(), NULL);
		tracer_free(t);
		return error_os(failed, "cannot start the tracing thread");
	}
	while (sem_wait(&t->stopped) < 0 && errno == EINTR)
		;
	if (!t->err) {
		*ret = t;
		return NULL;
	}
	err = t->err;
	tracer_release(t);
	return err;
}

struct error *tracer_stop(pid_t pid, uint64_t timeout_ns, struct tracer **ret)
{
	struct rival_wait wait = {0};
	struct error *err;

	do
		err = stop_once(pid, timeout_ns, ret);
	while (rival_try_again(&wait, pid, err));
	return err;
}

uint64_t tracer_since(const struct tracer *tracer)
{
	return tracer->since;
}

const struct sample_thread *tracer_threads(const struct tracer *tracer,
					   size_t *count_ret)
{
	*count_ret = tracer->thread_count;
	return tracer->threads;
}

uint64_t tracer_release(struct tracer *t)
{
	struct tracer *expected = t;
	uint64_t stop_ns;

	if (!t)
		return 0;
	if (t->here) {
		detach_all(t);
	} else {
		sem_post(&t->go);
		pthread_join(t->thread, NULL);
	}
	atomic_compare_exchange_strong(tracer_holding(), &expected, NULL);
	stop_ns = t->stop_ns;
	tracer_free(t);
	return stop_ns;
}

void tracer_cleanup(struct tracer **tracer)
{
	tracer_release(*tracer);
	*tracer = NULL;
}

void tracer_emergency_detach(void)
{
	struct tracer *t = atomic_exchange(tracer_holding(), NULL);
	int saved = errno;
	unsigned i;

	if (!t)
		return;
	if (atomic_load(&t->os_tid) == gettid()) {
		detach_all(t);
	} else {
		sem_post(&t->go);
		for (i = 0; i < TRACER_EMERGENCY_MS; i++) {
			if (atomic_load(&t->released))
				break;
			nap(1000000);
		}
	}
	errno = saved;
}

bool tracer_works(void)
{
	pid_t pid = fork();
	bool works;

	if (pid < 0)
		return false;
	if (pid == 0) {
		for (;;)
			pause();
	}
	works = trace(PTRACE_SEIZE, pid, 0) == 0;
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		;
	return works;
}
