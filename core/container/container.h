#ifndef CORE_CONTAINER_CONTAINER_H
#define CORE_CONTAINER_CONTAINER_H

/**
 * Maps of both families, read slot by slot. A walk never allocates per entry;
 * every loop over target data is bounded; cycles, wild pointers and absurd
 * counts end in a flag.
 *
 * To add a family: write core/container/map_<name>.c with one `const struct
 * container_ops` and let container_ops_for() choose it. To add a container that
 * is no map (sync.Map, container/list and channels are there): see library.h.
 */
#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/job.h"
#include "core/go/go_type.h"
#include "core/go/map_hash.h"
#include "core/target/sample.h"

enum container_flag {
	CONTAINER_GROWING = 1u << 0, /* classic: old buckets present */
	CONTAINER_SAME_SIZE = 1u << 1,
	CONTAINER_WRITING = 1u << 2,	/* a write was in progress */
	CONTAINER_TORN = 1u << 3,	/* walked entries != header's count */
	CONTAINER_UNREADABLE = 1u << 4, /* some memory could not be read */
	CONTAINER_CORRUPT = 1u << 5,	/* cycle, wild pointer, bad bounds */
};

enum { CONTAINER_HISTOGRAM = 32 }; /* last cell: that long or longer */

/** Figures of one map. Units: bytes unless said. JSON names them. */
struct map_figures {
	uint64_t count; /* the header's own */
	uint64_t live;	/* walked */
	uint64_t slots;
	uint32_t flags;		/* enum container_flag */
	uint64_t storage_bytes; /* as allocated, with struct map_view's
				   `storage` */
	uint64_t slot_bytes;	/* key + element slot, padding included */
	/* classic */
	uint8_t b;
	uint64_t buckets, overflow_buckets, noverflow_header;
	uint64_t old_buckets, old_overflow, evacuated, old_bytes;
	uint8_t hmap_flags;
	/* swiss */
	uint64_t directory, tables, groups, tombstones, growth_left;
	uint8_t global_depth;
	uint64_t full_groups; /* groups without an empty slot */
	/* chain: classic buckets per chain; swiss groups probed per miss */
	uint64_t histogram[CONTAINER_HISTOGRAM]; /* [0] = length 1 */
	uint64_t chain_max, chain_index; /* longest, and where (0-based) */
	double chain_mean;
	uint64_t chain_p99;
	bool chain_hits; /* swiss: of hits (hash recomputed), else misses */
};

enum { CONTAINER_FILLS = 9 };

/** How many buckets or groups lookups of one map read, and what is in them. */
struct map_charts {
	/** Lookups of absent keys: chains, or groups they begin at. */
	uint64_t miss[CONTAINER_HISTOGRAM];
	/** Lookups of each entry; all 0: no hash to tell. */
	uint64_t hit[CONTAINER_HISTOGRAM];
	/** Buckets or groups by the entries in them, old ones apart. */
	uint64_t fill[CONTAINER_FILLS];
	/** Classic: chains of the old array that wait to be moved. */
	uint64_t old[CONTAINER_HISTOGRAM];
	uint64_t old_live; /* entries in them */
};

/** One live entry. Addresses are of the key and element themselves. */
struct map_entry {
	uint64_t key, elem; /* 0: zero-size and nowhere, or unreadable */
	uint64_t table;	    /* swiss: table number in directory order */
	uint64_t unit;	    /* bucket or group number (of its table) */
	uint32_t chain;	    /* classic: bucket of the chain, 0 = head */
	uint8_t slot;	    /* 0..7 */
	bool old;	    /* classic: in the old array */
};

/** Swiss: the table that a group is in, as its own fields say. */
struct map_unit_table {
	uint64_t addr; /* 0: none, the map is one group (or classic) */
	uint16_t used, slots;
	uint16_t growth_left; /* entries until it is split or replaced */
	uint8_t local_depth;  /* bits of the hash that lead to it */
};

enum { MAP_UNIT_RAW = 16 };

/** One bucket or group as the group view shows it. */
struct map_unit {
	uint64_t addr;	    /* of the bucket or group */
	uint64_t table;	    /* swiss: table number; classic: chain position */
	uint8_t control[8]; /* tophash or control bytes */
	uint64_t key[8], elem[8];  /* addresses */
	uint8_t raw[MAP_UNIT_RAW]; /* its first bytes: control and what
				      follows */
	uint8_t raw_bytes;
	bool old;
	struct map_unit_table in;
};

/** Neighbouring tables (swiss) or buckets with their chains (classic). */
struct map_cell {
	uint64_t first, count; /* tables or buckets */
	uint64_t live, slots;
	uint64_t deleted;   /* swiss: slots that keep probes going */
	uint64_t chain_max; /* classic: buckets of the longest chain */
	uint64_t waiting;   /* classic: whose entries are in the old array */
	uint64_t moved;	    /* classic, of the old array: evacuated ones */
	uint64_t unread;    /* memory that is not there */
};
/** 0..255, 255 = full. */
uint8_t map_cell_fill(const struct map_cell *cell);

/** Size of the allocation that holds @p addr (size class), 0 if unknown. */
typedef uint64_t container_storage_fn(void *arg, uint64_t addr);

struct map_view {
	const struct sample *sample;
	struct go_types *types;
	const struct go_type *type; /* GO_MAP with a layout */
	uint64_t header;
	container_storage_fn *storage; /* NULL: count bytes as requested */
	void *storage_arg;
	/** NULL: nothing needs hashes. Swiss figures tell of hits with it. */
	const struct map_hasher *hasher;
	struct job *job; /* NULL: nobody ends what takes long */
	/** NULL, or what map_figures_load() adds to. */
	struct map_charts *charts;
};

/** Resumable position of a walk; {0} is the start. */
struct map_cursor {
	uint64_t table, unit, chain_addr, index;
	uint32_t chain, slot;
	uint8_t phase;
	uint64_t steps;
};

/** Where the runtime begins to look for a hash, and what an insert does. */
struct map_home {
	uint64_t table, unit; /* as in struct map_entry */
	bool old;	      /* classic: in the old array, not moved yet */
	uint64_t moved_unit;  /* classic and old: where its entries move to */
	bool small;	      /* swiss: one group that is not probed */
	bool exists;	      /* false: nothing is allocated yet */
	bool grows;	      /* a new key makes the map or table grow first */
};

/** Is this live entry the one that is looked for? */
typedef bool map_same_fn(void *arg, const struct map_entry *entry);

struct container_ops {
	const char *name; /* "classic", "swiss" */
	/** Full walk. Damage is flags, not errors. */
	struct error *(*figures)(const struct map_view *view,
				 struct map_figures *ret);
	/** Next live entry; *more = false at the end. */
	struct error *(*next)(const struct map_view *view,
			      struct map_cursor *cursor, struct map_entry *ret,
			      bool *more);
	/**
	 * Units of chain @p index: classic, bucket @p index with its overflow
	 * chain (@p old: of the old array); swiss, group @p index of table
	 * @p table. Up to @p max.
	 */
	struct error *(*units)(const struct map_view *view, uint64_t table,
			       uint64_t index, bool old, struct map_unit *ret,
			       uint32_t max, uint32_t *count_ret);
	/**
	 * Consecutive equal ranges of buckets (classic) or of tables (swiss)
	 * into at most @p cells cells. @p old: of the old array.
	 */
	struct error *(*occupancy)(const struct map_view *view, bool old,
				   struct map_cell *ret, uint32_t cells,
				   uint32_t *count_ret);
	/**
	 * Chains of table @p table (classic: 0 the current array, 1 the old
	 * one), or groups of Swiss table @p table; 0 past the last table.
	 */
	uint64_t (*unit_count)(const struct map_view *view, uint64_t table);
	/** Where a lookup of @p hash begins. */
	struct error *(*home)(const struct map_view *view, uint64_t hash,
			      struct map_home *ret);
	/** What the map's hashes begin with. */
	bool (*seed)(const struct map_view *view, uint64_t *ret);
	/** As map_find_by_hash(). */
	struct error *(*find)(const struct map_view *view, uint64_t hash,
			      map_same_fn *same, void *arg,
			      struct map_entry *ret, bool *found);
};

extern const struct container_ops map_classic_ops, map_swiss_ops;

/** NULL if the type has no layout. */
const struct container_ops *container_ops_for(const struct go_type *type);

/* Checked wrappers; call these, never the members. */
struct error *map_figures_load(const struct map_view *view,
			       struct map_figures *ret) MUST_CHECK;
struct error *map_next(const struct map_view *view, struct map_cursor *cursor,
		       struct map_entry *ret, bool *more) MUST_CHECK;
struct error *map_units(const struct map_view *view, uint64_t table,
			uint64_t index, bool old, struct map_unit *ret,
			uint32_t max, uint32_t *count_ret) MUST_CHECK;
struct error *map_occupancy(const struct map_view *view, bool old,
			    struct map_cell *ret, uint32_t cells,
			    uint32_t *count_ret) MUST_CHECK;
uint64_t map_unit_count(const struct map_view *view, uint64_t table);

/**
 * Go where the runtime would look for a key with @p hash (of the map's own
 * seed) and ask @p same of each entry that may be it.
 */
struct error *map_find_by_hash(const struct map_view *view, uint64_t hash,
			       map_same_fn *same, void *arg,
			       struct map_entry *ret, bool *found) MUST_CHECK;
bool map_seed(const struct map_view *view, uint64_t *ret);
/** Hash of the key at @p key in the target; false if it has none (NaN). */
bool map_key_hash(const struct map_view *view, uint64_t key, uint64_t *ret);
/**
 * Do the hashes of @c view->hasher agree with every live entry's control byte
 * (Swiss) or tophash (classic)? False too if there is no entry to tell.
 */
bool map_hash_verify(const struct map_view *view);
/** The same of no more than @p most entries. */
bool map_hash_verify_some(const struct map_view *view, uint64_t most);

/**
 * Does @p header look like a header of this family? For memory without types:
 * the checks that need no map type.
 */
bool map_header_plausible(const struct sample *sample, uint64_t header,
			  bool swiss);

#endif
