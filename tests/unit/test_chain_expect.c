#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/container/chain_expect.h"

enum { GROUPS = 128, TABLES = 500, CELLS = 32 };

static uint64_t next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x * 0x2545f4914f6cdd1du;
}

/* Shares of misses that read 1..CELLS groups, from tables filled here. */
static void simulate(double load, double *ret)
{
	uint64_t x = 88172645463325252u;
	unsigned t, i, h;

	for (i = 0; i < CELLS; i++)
		ret[i] = 0;
	for (t = 0; t < TABLES; t++) {
		unsigned count[GROUPS] = {0};

		for (i = 0; i < (unsigned)(load * GROUPS * 8 + 0.5); i++) {
			unsigned g = (next_random(&x) >> 20) % GROUPS, step = 0;

			while (count[g] == 8)
				g = (g + ++step) % GROUPS;
			count[g]++;
		}
		for (h = 0; h < GROUPS; h++) {
			unsigned g = h, step = 0, length = 1;

			while (count[g] == 8 && length < CELLS) {
				g = (g + ++step) % GROUPS;
				length++;
			}
			ret[length - 1] += 1.0 / (GROUPS * TABLES);
		}
	}
}

static void swiss_rows_are_what_a_simulation_gives(void **state)
{
	static const double loads[] = {0.30, 0.55, 0.72, 0.83, 0.875};
	double want[CELLS], got[CELLS];
	unsigned l, i;

	(void)state;
	for (l = 0; l < 5; l++) {
		simulate(loads[l], want);
		chain_expect(true, loads[l], GROUPS, got, CELLS);
		for (i = 0; i < 3; i++)
			assert_true(got[i] - want[i] < 0.01 &&
				    want[i] - got[i] < 0.01);
	}
}

/* Shares of entries that a lookup finds in the first, second, third group. */
static void hits_of_a_full_table_are_what_a_simulation_gives(void **state)
{
	uint64_t x = 88172645463325252u;
	double want[CELLS] = {0}, got[CELLS];
	unsigned t, i, entries = GROUPS * 7;

	(void)state;
	for (t = 0; t < TABLES; t++) {
		unsigned count[GROUPS] = {0};

		for (i = 0; i < entries; i++) {
			unsigned g = (next_random(&x) >> 20) % GROUPS, step = 0;

			while (count[g] == 8)
				g = (g + ++step) % GROUPS;
			count[g]++;
			want[step < CELLS ? step : CELLS - 1] +=
				1.0 / (entries * TABLES);
		}
	}
	chain_expect_hits(0.875, GROUPS, got, CELLS);
	for (i = 0; i < 3; i++)
		assert_true(got[i] - want[i] < 0.01 && want[i] - got[i] < 0.01);
}

static void shares_sum_to_one(void **state)
{
	double got[CELLS], sum, load;
	unsigned i;

	(void)state;
	for (load = 0; load < 8; load += 0.37) {
		chain_expect(load > 1 ? false : true, load, 1000, got, CELLS);
		for (i = 0, sum = 0; i < CELLS; i++)
			sum += got[i];
		assert_true(sum > 0.999 && sum < 1.001);
	}
}

static double sum_of(const double *shares)
{
	double sum = 0;
	unsigned i;

	for (i = 0; i < CELLS; i++)
		sum += shares[i];
	return sum;
}

/* Keys thrown into buckets of eight slots, as many as it takes. */
static void places_and_fills_are_what_a_simulation_gives(void **state)
{
	enum { BUCKETS = 4096, KEYS = 5 * BUCKETS };
	static unsigned count[BUCKETS];
	double got[CELLS], place[CELLS] = {0}, fill[9] = {0};
	double buckets = 0;
	uint64_t random = 1;
	unsigned i, k;

	(void)state;
	memset(count, 0, sizeof(count));
	for (i = 0; i < KEYS; i++) {
		random = random * 6364136223846793005ULL +
			 1442695040888963407ULL;
		k = (unsigned)(random >> 52);
		place[count[k]++ / 8] += 1.0 / KEYS;
	}
	for (i = 0; i < BUCKETS; i++) {
		for (k = count[i]; k > 8; k -= 8, buckets++)
			fill[8]++;
		fill[k]++;
		buckets++;
	}
	chain_expect_places(5, BUCKETS, got, CELLS);
	assert_true(sum_of(got) > 0.999 && sum_of(got) < 1.001);
	for (i = 0; i < 3; i++)
		assert_true(got[i] - place[i] < 0.01 &&
			    place[i] - got[i] < 0.01);
	chain_expect_fill(5, BUCKETS, got, CELLS);
	assert_true(sum_of(got) > 0.999 && sum_of(got) < 1.001);
	for (i = 0; i < 9; i++)
		assert_true(got[i] - fill[i] / buckets < 0.02 &&
			    fill[i] / buckets - got[i] < 0.02);
	chain_expect_fill(5, 1, got, CELLS);
	assert_true(sum_of(got) < 0.001);
}

static void classic_chains_are_short_by_chance(void **state)
{
	(void)state;
	assert_int_equal(chain_expect_p99(false, 3.3, 65536), 1);
	assert_int_equal(chain_expect_p99(false, 6.5, 65536), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(swiss_rows_are_what_a_simulation_gives),
		cmocka_unit_test(
			hits_of_a_full_table_are_what_a_simulation_gives),
		cmocka_unit_test(shares_sum_to_one),
		cmocka_unit_test(places_and_fills_are_what_a_simulation_gives),
		cmocka_unit_test(classic_chains_are_short_by_chance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
