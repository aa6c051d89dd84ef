#ifndef CORE_CONTAINER_CHAIN_EXPECT_H
#define CORE_CONTAINER_CHAIN_EXPECT_H

/**
 * What chain lengths a good hash gives at a load: Poisson for the chains of
 * classic maps, for the misses of Swiss maps a table of a simulated one.
 */
#include <stdbool.h>
#include <stdint.h>

/**
 * Shares of lengths 1..@p cells (the last: that long or longer), sum 1. @p load
 * is entries per bucket (classic) or per slot (swiss); @p units buckets or
 * groups in the map. All 0 if nothing is known for so few units.
 */
void chain_expect(bool swiss, double load, uint64_t units, double *ret,
		  unsigned cells);
/** The same of hits in a Swiss map: shares of entries. */
void chain_expect_hits(double load, uint64_t units, double *ret,
		       unsigned cells);
/** The same of hits in a classic map: entries by their bucket of a chain. */
void chain_expect_places(double load, uint64_t units, double *ret,
			 unsigned cells);
/** Classic: shares of all buckets by entries, none to eight. */
void chain_expect_fill(double load, uint64_t units, double *ret,
		       unsigned cells);
/** 99th percentile of that curve, at least 1. */
uint32_t chain_expect_p99(bool swiss, double load, uint64_t units);

#endif
