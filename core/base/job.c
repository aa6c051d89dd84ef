#include "core/base/job.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/xalloc.h"

static const uint64_t ASK_NS = 30000000;

void job_phase(struct job *job, const char *phase, uint64_t total)
{
	log_info(LOG_PART_PHASE, "%s", phase);
	if (!job)
		return;
	atomic_store(&job->done, 0);
	atomic_store(&job->total, total);
	atomic_store(&job->phase, phase);
	atomic_fetch_add(&job->phase_index, 1);
}

void job_advance(struct job *job, uint64_t units)
{
	if (job)
		atomic_fetch_add_explicit(&job->done, units,
					  memory_order_relaxed);
}

void job_ask(struct job *job, bool (*ask)(void *arg), void *arg)
{
	atomic_store(&job->cancel, false);
	atomic_store(&job->ask_next, 0);
	job->ask_arg = arg;
	job->ask_thread = pthread_self();
	job->ask = ask;
}

/* Only the thread that asked for the work may talk to who waits for it. */
static bool asked(struct job *job)
{
	uint64_t now;

	if (!job->ask || !pthread_equal(job->ask_thread, pthread_self()))
		return false;
	now = clock_now();
	if (now < atomic_load_explicit(&job->ask_next, memory_order_relaxed))
		return false;
	if (job->ask(job->ask_arg))
		atomic_store(&job->cancel, true);
	atomic_store(&job->ask_next, clock_now() + ASK_NS);
	return atomic_load(&job->cancel);
}

bool job_cancelled(struct job *job)
{
	if (!job)
		return false;
	return atomic_load_explicit(&job->cancel, memory_order_relaxed) ||
	       asked(job) || job_cancelled(job->parent);
}

void job_end(struct job *job)
{
	for (; job; job = job->parent)
		atomic_store(&job->cancel, true);
}

struct error *job_check(struct job *job)
{
	return job_cancelled(job) ? error_new(ERROR_CANCELLED, "cancelled")
				  : NULL;
}

unsigned job_threads(unsigned wanted)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	if (wanted)
		return wanted;
	return n < 1 ? 1 : n > 64 ? 64 : (unsigned)n;
}

struct parallel {
	struct job *job;
	_Atomic uint64_t next;
	uint64_t n, chunk;
	job_range_fn *fn;
	void *arg;
};

struct worker {
	struct parallel *parallel;
	unsigned index;
	pthread_t thread;
	bool started;
};

static void *worker_main(void *arg)
{
	struct worker *worker = arg;
	struct parallel *p = worker->parallel;

	while (!job_cancelled(p->job)) {
		uint64_t begin = atomic_fetch_add(&p->next, p->chunk);

		if (begin >= p->n)
			break;
		p->fn(p->arg, worker->index, begin,
		      p->n - begin < p->chunk ? p->n : begin + p->chunk);
	}
	return NULL;
}

void job_parallel(struct job *job, unsigned threads, uint64_t n, uint64_t chunk,
		  job_range_fn *fn, void *arg)
{
	struct parallel p = {
		.job = job,
		.n = n,
		.chunk = chunk ? chunk : 1,
		.fn = fn,
		.arg = arg,
	};
	struct worker *workers;
	unsigned i;

	threads = job_threads(threads);
	if (threads > (n + p.chunk - 1) / p.chunk)
		threads = (unsigned)((n + p.chunk - 1) / p.chunk);
	if (!threads)
		return;
	workers = xcalloc(threads, sizeof(*workers));
	for (i = 0; i < threads; i++)
		workers[i] = (struct worker){.parallel = &p, .index = i};
	for (i = 1; i < threads; i++)
		workers[i].started = !pthread_create(&workers[i].thread, NULL,
						     worker_main, &workers[i]);
	worker_main(&workers[0]);
	for (i = 1; i < threads; i++)
		if (workers[i].started)
			pthread_join(workers[i].thread, NULL);
	free(workers);
}
