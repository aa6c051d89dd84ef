#include "tui/work.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"

struct work {
	void (*fn)(void *arg);
	void *arg;
	struct job *job;
	atomic_bool done;
};

static void *work_main(void *arg)
{
	struct work *w = arg;

	w->fn(w->arg);
	atomic_store(&w->done, true);
	return NULL;
}

static void show_progress(const struct job *job)
{
	uint64_t stopped = atomic_load(&job->stop_ns);
	uint64_t total = atomic_load(&job->total);
	const char *phase = atomic_load(&job->phase);

	if (!phase)
		return;
	fprintf(stderr, "\r\033[K%s", phase);
	if (total)
		fprintf(stderr, " %3.0f%%",
			100.0 * (double)atomic_load(&job->done) /
				(double)total);
	if (stopped)
		fprintf(stderr, "  TARGET STOPPED %.2fs",
			(double)(clock_now() - stopped) / 1e9);
}

/* Poll until the worker is done; returns the signal that asked to stop. */
static int watch(struct work *w, const sigset_t *signals, bool progress)
{
	const struct timespec tick = {.tv_nsec = 2000000};
	uint64_t next = clock_now() + 300000000;
	int asked = 0, signal;

	while (!atomic_load(&w->done)) {
		signal = sigtimedwait(signals, NULL, &tick);
		if (signal > 0)
			asked = signal;
		/* Others may have their say through what it is part of. */
		if (signal > 0 || job_cancelled(w->job))
			job_end(w->job);
		if (progress && clock_now() > next) {
			show_progress(w->job);
			next = clock_now() + 100000000;
		}
	}
	if (progress)
		fputs("\r\033[K", stderr);
	return asked;
}

static sigset_t end_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	return signals;
}

void work_block_signals(sigset_t *old, bool block)
{
	const sigset_t signals = end_signals();

	pthread_sigmask(block ? SIG_BLOCK : SIG_UNBLOCK, &signals, old);
}

int work_run(void (*fn)(void *arg), void *arg, struct job *job, bool progress)
{
	struct work w = {.fn = fn, .arg = arg, .job = job};
	const sigset_t signals = end_signals();
	sigset_t old;
	pthread_t thread;
	int asked;

	pthread_sigmask(SIG_BLOCK, &signals, &old);
	if (pthread_create(&thread, NULL, work_main, &w)) {
		pthread_sigmask(SIG_SETMASK, &old, NULL);
		fn(arg);
		return 0;
	}
	asked = watch(&w, &signals, progress);
	pthread_join(thread, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return asked;
}

bool work_progress(const struct cli *cli)
{
	return isatty(fileno(stderr)) && !cli->options.quiet;
}
