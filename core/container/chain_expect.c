#include "core/container/chain_expect.h"

#include <math.h>

enum { CELLS = 32, STEPS = 8 };

/*
 * Shares of misses that read 1, 2, 3, 4-7, 8-15 and more groups in a Swiss
 * table of 1024 slots, by load: uniform hashes inserted into the table's own
 * probe sequence, mean of 2000 tables; tests/unit/test_chain_expect.c makes
 * them again. Rows are the loads that follow.
 */
static const double miss_load[STEPS] = {0.30, 0.44, 0.55, 0.65,
					0.72, 0.78, 0.83, 0.875};
static const double miss_share[STEPS][6] = {
	{0.9968, 0.0032, 0.0000, 0.0000, 0.0000, 0.0000},
	{0.9720, 0.0264, 0.0015, 0.0001, 0.0000, 0.0000},
	{0.9156, 0.0718, 0.0112, 0.0014, 0.0000, 0.0000},
	{0.8203, 0.1298, 0.0375, 0.0125, 0.0000, 0.0000},
	{0.7235, 0.1702, 0.0672, 0.0389, 0.0003, 0.0000},
	{0.6147, 0.1951, 0.0976, 0.0892, 0.0034, 0.0000},
	{0.5103, 0.2014, 0.1180, 0.1550, 0.0153, 0.0000},
	{0.4022, 0.1947, 0.1274, 0.2232, 0.0521, 0.0005},
};

static void spread(const double *share, double *ret, unsigned cells)
{
	static const struct {
		unsigned from, to;
	} ranges[6] = {{1, 2}, {2, 3}, {3, 4}, {4, 8}, {8, 16}, {16, 24}};
	unsigned r, i;

	for (r = 0; r < 6; r++) {
		unsigned n = ranges[r].to - ranges[r].from;

		for (i = ranges[r].from; i < ranges[r].to; i++)
			ret[(i <= cells ? i : cells) - 1] += share[r] / n;
	}
}

static void expect_swiss(double load, double *ret, unsigned cells)
{
	double share[6], t;
	unsigned step = 0, i;

	if (load <= miss_load[0]) {
		spread(miss_share[0], ret, cells);
		return;
	}
	while (step + 2 < STEPS && miss_load[step + 1] < load)
		step++;
	t = (load - miss_load[step]) / (miss_load[step + 1] - miss_load[step]);
	t = t > 1 ? 1 : t;
	for (i = 0; i < 6; i++)
		share[i] = miss_share[step][i] * (1 - t) +
			   miss_share[step + 1][i] * t;
	spread(share, ret, cells);
}

/* A bucket of k entries is a chain of ceil(k / 8) buckets. */
static void expect_classic(double load, double *ret, unsigned cells)
{
	double p = exp(-load);
	unsigned k;

	for (k = 0; k < 8 * cells; k++) {
		unsigned length = k <= 8 ? 1 : (k + 7) / 8;

		ret[length - 1] += p;
		p *= load / (k + 1);
	}
}

void chain_expect(bool swiss, double load, uint64_t units, double *ret,
		  unsigned cells)
{
	unsigned i;

	for (i = 0; i < cells; i++)
		ret[i] = 0;
	if (units < 2)
		return;
	if (swiss)
		expect_swiss(load, ret, cells);
	else
		expect_classic(load, ret, cells);
}

/*
 * A hit reads as many groups as the miss before its insertion did, so hits at
 * a load are the mean of misses at all loads up to it.
 */
void chain_expect_hits(double load, uint64_t units, double *ret, unsigned cells)
{
	enum { SLICES = 64 };
	double share[CELLS];
	unsigned s, i;

	for (i = 0; i < cells; i++)
		ret[i] = 0;
	if (units < 2 || cells > CELLS)
		return;
	for (s = 0; s < SLICES; s++) {
		chain_expect(true, load * (s + 0.5) / SLICES, units, share,
			     cells);
		for (i = 0; i < cells; i++)
			ret[i] += share[i] / SLICES;
	}
}

/* The chance that k keys have one home; the last call gave k - 1. */
static double next_chance(double load, unsigned k, double before)
{
	return k ? before * load / k : exp(-load);
}

void chain_expect_places(double load, uint64_t units, double *ret,
			 unsigned cells)
{
	double p = 0;
	unsigned k, i;

	for (i = 0; i < cells; i++)
		ret[i] = 0;
	if (units < 2 || !(load > 0))
		return;
	for (k = 0; k < 8 * cells; k++) {
		p = next_chance(load, k, p);
		for (i = 0; 8 * i < k; i++)
			ret[i] += p * (k - 8 * i < 8 ? k - 8 * i : 8) / load;
	}
}

void chain_expect_fill(double load, uint64_t units, double *ret, unsigned cells)
{
	double p = 0, buckets = 0;
	unsigned k, i;

	for (i = 0; i < cells; i++)
		ret[i] = 0;
	if (units < 2 || cells < 9)
		return;
	for (k = 0; k < 8 * CELLS; k++) {
		unsigned last = k && k % 8 == 0 ? 8 : k % 8;
		unsigned full = (k - last) / 8; /* buckets */

		p = next_chance(load, k, p);
		ret[8] += p * full;
		ret[last] += p;
		buckets += p * (1 + full);
	}
	for (i = 0; i < 9; i++)
		ret[i] /= buckets;
}

uint32_t chain_expect_p99(bool swiss, double load, uint64_t units)
{
	double share[CELLS], sum = 0;
	uint32_t i;

	chain_expect(swiss, load, units, share, CELLS);
	for (i = 0; i < CELLS; i++) {
		sum += share[i];
		if (sum >= 0.99)
			return i + 1;
	}
	return 1;
}
