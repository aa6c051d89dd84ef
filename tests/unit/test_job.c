#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/job.h"

enum { ROUNDS = 3000, MOST = 1000, THREADS = 4 };

struct tally {
	atomic_uint times[MOST];
	atomic_bool alien; /* a worker's number is out of range */
	struct job *cancels;
};

static void count_range(void *arg, unsigned worker, uint64_t begin,
			uint64_t end)
{
	struct tally *tally = arg;

	if (worker >= THREADS)
		atomic_store(&tally->alien, true);
	for (; begin < end; begin++)
		atomic_fetch_add(&tally->times[begin], 1);
	if (tally->cancels)
		atomic_store(&tally->cancels->cancel, true);
}

static void each_round_does_everything_once(void **state)
{
	(void)state;
	static struct tally tally;
	struct job_pool *pool = job_pool_new(THREADS);
	unsigned round, i;

	for (round = 0; round < ROUNDS; round++) {
		unsigned n = round * 37 % MOST;

		memset(&tally, 0, sizeof(tally));
		job_pool_run(pool, NULL, n, 1 + round % 50, count_range,
			     &tally);
		for (i = 0; i < MOST; i++)
			assert_int_equal(tally.times[i], i < n);
		assert_false(tally.alien);
	}
	job_pool_free(pool);
}

static void a_cancelled_round_ends_early(void **state)
{
	(void)state;
	static struct tally tally;
	struct job job = {0};
	struct job_pool *pool = job_pool_new(THREADS);
	unsigned i, done = 0;

	tally.cancels = &job;
	job_pool_run(pool, &job, MOST, 1, count_range, &tally);
	for (i = 0; i < MOST; i++)
		done += tally.times[i];
	assert_in_range(done, 1, MOST - 1);
	job_pool_free(pool);
}

static void a_pool_of_one_works(void **state)
{
	(void)state;
	static struct tally tally;
	struct job_pool *pool = job_pool_new(1);

	job_pool_run(pool, NULL, 10, 3, count_range, &tally);
	assert_int_equal(tally.times[9], 1);
	assert_int_equal(tally.times[10], 0);
	job_pool_free(pool);
}

static void the_end_of_a_whole_is_the_end_of_its_parts(void **state)
{
	(void)state;
	struct job whole = {0}, part = {.parent = &whole};
	struct job other = {.parent = &whole};

	assert_false(job_cancelled(&part));
	atomic_store(&part.cancel, true);
	assert_true(job_cancelled(&part));
	assert_false(job_cancelled(&other));
	job_end(&part);
	assert_true(job_cancelled(&whole));
	assert_true(job_cancelled(&other));
	job_end(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_round_does_everything_once),
		cmocka_unit_test(a_cancelled_round_ends_early),
		cmocka_unit_test(a_pool_of_one_works),
		cmocka_unit_test(the_end_of_a_whole_is_the_end_of_its_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
