#ifndef CORE_CONTAINER_MAP_PROBE_H
#define CORE_CONTAINER_MAP_PROBE_H

/**
 * The way of a lookup: from where the hash leads, bucket by bucket of a chain
 * or group by group of a probe sequence, to the key or to where a new key
 * would be put.
 */
#include "core/container/container.h"

enum { MAP_PROBE_STEPS = 256 }; /* a Swiss table has no more than 128 groups */

struct map_probe {
	uint64_t hash;
	uint8_t mark; /* tophash or h2: the control byte of its slot */
	struct map_home home;
	/** Numbers of buckets' places in the chain, or of groups. */
	uint32_t steps[MAP_PROBE_STEPS];
	uint32_t length;
	uint32_t alike; /* slots met whose mark is the same, the key is not */
	bool found;
	struct map_entry entry;
	/** What an insert of the key would do, if it is not found. */
	enum map_place {
		MAP_PLACE_SLOT,	    /* into `entry` */
		MAP_PLACE_OVERFLOW, /* into a new overflow bucket */
		MAP_PLACE_MOVED,    /* the old bucket is moved first */
		MAP_PLACE_GROWN,    /* the map or table grows first */
		MAP_PLACE_NEW,	    /* the first bucket is allocated */
		MAP_PLACE_UNKNOWN,  /* damaged */
	} place;
};

/** @p same as for map_find_by_hash(). */
struct error *map_probe(const struct map_view *view, uint64_t hash,
			map_same_fn *same, void *arg,
			struct map_probe *ret) MUST_CHECK;

#endif
