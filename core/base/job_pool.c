#include "core/base/job.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/xalloc.h"

/* How long a thread waits for the next round before it sleeps. */
static const uint64_t AWAKE_NS = 50000;

enum {
	OPEN = 1,   /* of `state`: the round may be joined */
	MEMBER = 2, /* of `state`: one thread that is in it */
	LOOKS = 64, /* between two at the clock */
};

struct job_pool {
	/* the round; changes only while nobody is a member */
	struct job *job;
	uint64_t n, chunk;
	job_range_fn *fn;
	void *arg;
	_Atomic uint64_t next;

	atomic_uint state;
	_Atomic uint64_t round;
	atomic_bool end;
	pthread_mutex_t lock; /* of sleepers */
	pthread_cond_t wake;
	atomic_uint sleepers;
	unsigned threads;
	struct pool_thread {
		struct job_pool *pool;
		unsigned index;
		pthread_t thread;
		bool started;
	} * members;
};

static void relax(void)
{
	__builtin_ia32_pause();
}

static void take_chunks(struct job_pool *pool, unsigned index)
{
	while (!job_cancelled(pool->job)) {
		uint64_t begin = atomic_fetch_add(&pool->next, pool->chunk);

		if (begin >= pool->n)
			break;
		pool->fn(pool->arg, index, begin,
			 pool->n - begin < pool->chunk ? pool->n
						       : begin + pool->chunk);
	}
}

static void join_round(struct job_pool *pool, unsigned index)
{
	if (atomic_fetch_add(&pool->state, MEMBER) & OPEN)
		take_chunks(pool, index);
	atomic_fetch_sub(&pool->state, MEMBER);
}

static void sleep_until(struct job_pool *pool, uint64_t seen)
{
	pthread_mutex_lock(&pool->lock);
	atomic_fetch_add(&pool->sleepers, 1);
	while (atomic_load(&pool->round) == seen)
		pthread_cond_wait(&pool->wake, &pool->lock);
	atomic_fetch_sub(&pool->sleepers, 1);
	pthread_mutex_unlock(&pool->lock);
}

/** Until there is another round than @p seen. */
static uint64_t wait_round(struct job_pool *pool, uint64_t seen)
{
	uint64_t until = clock_now() + AWAKE_NS;
	unsigned i;

	do {
		for (i = 0; i < LOOKS; i++) {
			if (atomic_load(&pool->round) != seen)
				return atomic_load(&pool->round);
			relax();
		}
	} while (clock_now() < until);
	sleep_until(pool, seen);
	return atomic_load(&pool->round);
}

static void *member_main(void *arg)
{
	struct pool_thread *self = arg;
	struct job_pool *pool = self->pool;
	uint64_t round = 0;

	for (;;) {
		round = wait_round(pool, round);
		if (atomic_load(&pool->end))
			return NULL;
		join_round(pool, self->index);
	}
}

struct job_pool *job_pool_new(unsigned threads)
{
	struct job_pool *pool = xcalloc(1, sizeof(*pool));
	unsigned i;

	pool->threads = job_threads(threads);
	pool->members = xcalloc(pool->threads, sizeof(*pool->members));
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->wake, NULL);
	for (i = 1; i < pool->threads; i++) {
		struct pool_thread *member = &pool->members[i];

		member->pool = pool;
		member->index = i;
		member->started = !pthread_create(&member->thread, NULL,
						  member_main, member);
	}
	return pool;
}

/** The next round begins for those who wait. */
static void announce(struct job_pool *pool)
{
	atomic_fetch_add(&pool->round, 1);
	if (!atomic_load(&pool->sleepers))
		return;
	pthread_mutex_lock(&pool->lock);
	pthread_cond_broadcast(&pool->wake);
	pthread_mutex_unlock(&pool->lock);
}

void job_pool_run(struct job_pool *pool, struct job *job, uint64_t n,
		  uint64_t chunk, job_range_fn *fn, void *arg)
{
	unsigned looks = 0;

	pool->job = job;
	pool->n = n;
	pool->chunk = chunk ? chunk : 1;
	pool->fn = fn;
	pool->arg = arg;
	atomic_store(&pool->next, 0);
	if (pool->threads > 1 && n > pool->chunk) {
		atomic_fetch_or(&pool->state, OPEN);
		announce(pool);
	}
	take_chunks(pool, 0);
	atomic_fetch_and(&pool->state, ~(unsigned)OPEN);
	while (atomic_load(&pool->state))
		if (++looks % LOOKS)
			relax();
		else
			sched_yield();
}

void job_pool_free(struct job_pool *pool)
{
	unsigned i;

	if (!pool)
		return;
	atomic_store(&pool->end, true);
	announce(pool);
	for (i = 1; i < pool->threads; i++)
		if (pool->members[i].started)
			pthread_join(pool->members[i].thread, NULL);
	pthread_cond_destroy(&pool->wake);
	pthread_mutex_destroy(&pool->lock);
	free(pool->members);
	free(pool);
}
