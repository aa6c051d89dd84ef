#ifndef CORE_BASE_JOB_H
#define CORE_BASE_JOB_H

/**
 * A job is long work on worker threads: a progress record that a front end
 * polls, and a cancel flag that the work obeys at every chunk. All functions
 * accept a NULL job (nobody watches, nothing cancels).
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/error.h"

struct job {
	_Atomic(const char *) phase; /* static string: "copy heap" */
	atomic_uint phase_index;     /* 1-based */
	atomic_uint phase_count;     /* 0 while unknown */
	_Atomic uint64_t done;	     /* units of this phase */
	_Atomic uint64_t total;	     /* 0 while unknown */
	_Atomic uint64_t stop_ns; /* target stopped since (clock_now); 0 no */
	atomic_bool cancel;
	struct job *parent; /* NULL, or what this work is part of; borrowed */
	/** NULL, or asked now and then on one thread whether to cancel. */
	bool (*ask)(void *arg);
	void *ask_arg;
	pthread_t ask_thread;
	_Atomic uint64_t ask_next; /* clock_now */
};

/** From now on the calling thread asks @p ask while it works; NULL nobody. */
void job_ask(struct job *job, bool (*ask)(void *arg), void *arg);

/** Next phase; @p phase must be a string constant. */
void job_phase(struct job *job, const char *phase, uint64_t total);
void job_advance(struct job *job, uint64_t units);
/** It, or what it is part of. */
bool job_cancelled(struct job *job);
/** Cancel it and what it is part of. */
void job_end(struct job *job);
/** NULL, or ERROR_CANCELLED if the flag is set. */
struct error *job_check(struct job *job) MUST_CHECK;

/** Worker threads to use: all cores unless @p wanted is not 0. */
unsigned job_threads(unsigned wanted);

typedef void job_range_fn(void *arg, unsigned worker, uint64_t begin,
			  uint64_t end);

/**
 * Run @p fn over [0, @p n) in chunks of at most @p chunk, taken from a shared
 * counter by @p threads workers (0 = all cores), the calling thread being
 * worker 0. Returns when all is done; chunks not yet taken are dropped once
 * the job is cancelled.
 */
void job_parallel(struct job *job, unsigned threads, uint64_t n, uint64_t chunk,
		  job_range_fn *fn, void *arg);

/**
 * The same for work in many short rounds: the threads stay, and wait for the
 * next round awake for a while. A thread that gets no processor in a round is
 * not waited for.
 */
struct job_pool;
struct job_pool *job_pool_new(unsigned threads);
void job_pool_free(struct job_pool *pool);
/** job_parallel() with the threads of the pool; one round at a time. */
void job_pool_run(struct job_pool *pool, struct job *job, uint64_t n,
		  uint64_t chunk, job_range_fn *fn, void *arg);

#endif
