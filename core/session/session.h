#ifndef CORE_SESSION_SESSION_H
#define CORE_SESSION_SESSION_H

/**
 * What a front end may ask about one sample. A session owns the sample and all
 * that was computed from it and is immutable once open: every function that
 * takes a const session is thread safe. Front ends include only core/session
 * and core/base.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/base/intern.h"
#include "core/base/job.h"
#include "core/container/container.h"
#include "core/session/list.h"
#include "core/session/thresholds.h"

struct session;

enum session_freeze {
	SESSION_COPY,
	SESSION_STOP,
	SESSION_NONSTOP,
	SESSION_FORK,
};

struct session_options {
	enum session_freeze freeze;
	uint64_t max_stop_ns;  /* default 1 s */
	uint64_t max_mem;      /* bytes of the copy in memory; 0 = no limit */
	uint64_t max_cow;      /* fork: bytes; 0 = a quarter of what is free */
	uint64_t max_age_ns;   /* fork: life of the image, default 60 s */
	unsigned threads;      /* 0 = all cores */
	bool all;	       /* maps in unreachable memory too */
	bool no_retained;      /* skip dominators */
	const char *debug_dir; /* NULL */
	const char *exe;       /* NULL: found through the target */
	bool redact;	       /* no bytes of keys in paths */
	struct thresholds thresholds;
	/**
	 * An earlier sample, perhaps of the same process: what was read of the
	 * binary is not read again then. Used while a session is opened only.
	 * NULL: none.
	 */
	const struct session *like;
};
struct session_options session_options_default(void);

/** Stop, copy, resume, analyse. Phases are shown in @p job. */
struct error *session_open_live(pid_t pid,
				const struct session_options *options,
				struct job *job,
				struct session **ret) MUST_CHECK;
/** @p exe may be NULL: found through the core. */
struct error *session_open_core(const char *exe, const char *core,
				const struct session_options *options,
				struct job *job,
				struct session **ret) MUST_CHECK;
void session_free(struct session *session);
/**
 * While a command works on the session its thread asks @p ask now and then
 * whether to end; NULL: the command is done. True from session_ended() means
 * that it was asked to end.
 */
void session_ask(const struct session *session, bool (*ask)(void *arg),
		 void *arg);
bool session_ended(const struct session *session);
/** What session_ended() is told of: the parent of work of the command's own. */
struct job *session_job(const struct session *session);
/** One more session_free() is needed. */
void session_hold(struct session *session);
/**
 * False for snapshots of levels stats and maps: they answer from tables, and
 * whatever needs the target's bytes is an error.
 */
bool session_has_memory(const struct session *session);
/** Of session_open_brief(): there are no maps, no types, no goroutines. */
bool session_is_brief(const struct session *session);
/** NULL, or ERROR_USAGE: a snapshot of level stats lists no maps. */
struct error *session_check_maps(const struct session *session) MUST_CHECK;
/** SESSION_STOP: let the target run. False if it already does. */
bool session_continue(struct session *session);

struct session_info {
	const char *kind; /* "live", "core", "snapshot" */
	pid_t pid;
	const char *exe;  /* full path */
	const char *name; /* last element of it */
	const char *go;	  /* "go1.26.10" */
	const char *experiments;
	const char *arch;     /* "amd64" */
	const char *map_impl; /* "classic", "swiss" */
	const char *build_id; /* NULL if none */
	const char *freeze;   /* "copy" */
	const char *dwarf;    /* "yes", "separate", "no" */
	uint64_t time_ns;     /* wall clock */
	uint64_t stop_ns;
	uint64_t copied_bytes, unreadable_bytes;
	uint64_t image_ns, cow_bytes, reap_ns; /* "fork", else 0 */
	uint64_t open_ns;		       /* a thread was in our call */
	bool complete;
	bool stopped; /* the target is held now */
	const char *const *warnings;
	size_t warning_count;
};
void session_info(const struct session *session, struct session_info *ret);
/** Path of the main module, "" if unknown. */
const char *session_module(const struct session *session);

/** Parts of the analysis; the rest of it makes rows and findings. */
struct session_times {
	uint64_t runtime_ns, mark_ns, references_ns, dominators_ns;
};

/** Whole-process figures of the Overview. Unknown values are UINT64_MAX. */
struct session_totals {
	uint64_t maps, map_owners, std_maps, nil_maps;
	uint64_t std_owners; /* of map_owners */
	uint64_t entries, slots, storage_bytes, waste_bytes, tombstones;
	uint64_t growing, old_bytes, writing, torn;
	uint64_t heap_live_bytes, heap_objects; /* reachable */
	uint64_t heap_garbage_bytes;		/* allocated, unreachable */
	uint64_t heap_alloc, heap_inuse, heap_idle, heap_released, heap_sys;
	uint64_t next_gc, num_gc, last_pause_ns, last_gc_ns, stack_inuse;
	uint64_t mallocs, frees, total_alloc, sys, stack_sys;
	uint64_t pause_total_ns, num_forced_gc, mspan_sys, mcache_sys, gc_sys;
	uint64_t mspan_inuse, mcache_inuse, buckhash_sys, other_sys;
	uint64_t gc_cpu_ppb;	    /* share of the processors, in billionths */
	int64_t gogc, memory_limit; /* -1 / INT64_MAX: off */
	const char *gc_phase;
	uint64_t goroutines, user_goroutines, threads;
	uint64_t rss;
	uint64_t analysis_ns, index_ns, copy_ns; /* our own times */
	struct session_times times;		 /* within the analysis */
};
void session_totals(const struct session *session, struct session_totals *ret);
/**
 * GOGC, the memory limit, the heap of the next collection as people read them:
 * "off" where there is none, "?" where nothing is known. With GOGC and limit
 * off the runtime's own goal is a huge number that nothing ever reaches.
 */
void pacing_add_gogc(struct buf *out, const struct session_totals *totals);
void pacing_add_limit(struct buf *out, const struct session_totals *totals);
void pacing_add_next(struct buf *out, const struct session_totals *totals);
/** A known size of the heap starts the next collection. */
bool pacing_has_next(const struct session_totals *totals);

enum map_row_flag { /* letters of the flag column, names in JSON */
		    MAP_SPARSE = 1u << 0,	 /* S */
		    MAP_TOMBSTONES = 1u << 1,	 /* T */
		    MAP_TINY = 1u << 2,		 /* E */
		    MAP_GROWING = 1u << 3,	 /* G */
		    MAP_OLD_BUCKETS = 1u << 4,	 /* O */
		    MAP_LONG_CHAIN = 1u << 5,	 /* C */
		    MAP_CHAIN_WARN = 1u << 6,	 /* c */
		    MAP_WRITING = 1u << 7,	 /* w */
		    MAP_TORN = 1u << 8,		 /* W */
		    MAP_UNREADABLE = 1u << 9,	 /* ! */
		    MAP_UNTYPED = 1u << 10,	 /* ? */
		    MAP_CONSERVATIVE = 1u << 11, /* ? */
		    MAP_STD = 1u
			      << 12, /* owned by runtime or standard library */
};

/** One map. Sizes in bytes. */
enum map_growth_kind {
	GROWTH_UNKNOWN,
	GROWTH_NONE,
	GROWTH_SPLIT,  /* swiss: tables were split; n: depth of the directory */
	GROWTH_DOUBLE, /* classic: n percent of the old buckets are moved */
	GROWTH_SAME,   /* the same, into an array of the same size */
};
struct map_growth {
	uint8_t kind; /* enum map_growth_kind */
	uint8_t n;
};

struct map_row {
	uint64_t addr;
	uint64_t count, live, slots;
	uint64_t storage_bytes, waste_bytes;
	uint64_t retained_bytes; /* UINT64_MAX unknown */
	uint64_t tombstones;
	uint64_t old_bytes;
	uint32_t type;	 /* go_type id, 0 unknown */
	uint32_t owner;	 /* index of the owner's name */
	uint32_t object; /* heap object, UINT32_MAX none */
	uint32_t holders;
	uint32_t flags; /* enum map_row_flag */
	uint32_t chain_max;
	uint32_t chain_p99;
	float load, load_max;
	float chain_mean;
	uint8_t severity;
	uint8_t root;
	bool swiss;
	bool retained_exact;
	bool reachable;
	uint8_t b; /* classic B, swiss global depth */
	struct map_growth growth;
	uint32_t tables;
	uint32_t heap_map; /* index into the heap's map list */
};

/** All maps, sorted by address. */
const struct map_row *session_maps(const struct session *session,
				   uint32_t *count_ret);
/** NULL if untyped. */
const char *map_row_type(const struct session *session,
			 const struct map_row *row);
const char *map_row_owner(const struct session *session,
			  const struct map_row *row);
/**
 * Bytes of the keys and of the elements of the live entries, without what they
 * refer to; UINT64_MAX unknown.
 */
void map_row_sizes(const struct session *session, const struct map_row *row,
		   uint64_t *keys_ret, uint64_t *elems_ret);
/** "global", "stack", ... as JSON names them. */
const char *map_row_root(const struct map_row *row);

enum { MAP_FLAG_TEXT = 12 };
/** "ST....": one character a position, '.' where unset; NUL-terminated. */
void map_flags_text(uint32_t flags, char ret[MAP_FLAG_TEXT]);
/** Flags that have the same text; unknown letters are none. */
uint32_t map_flags_parse(const char *text);

/** The flat list; the model is the session. */
extern const struct list_kind map_list_kind;

enum map_group_by { GROUP_OWNER, GROUP_TYPE, GROUP_PACKAGE, GROUP_NONE };
/** "owner", "type", "package", "none". */
const char *map_group_by_name(enum map_group_by by);
/** Of such a name; GROUP_OWNER if @p name is NULL. */
struct error *map_group_by_parse(const char *name,
				 enum map_group_by *ret) MUST_CHECK;

struct map_group {
	const char *name; /* owner, type or package */
	const char *type; /* common type, NULL if several */
	uint64_t maps, entries, slots, storage_bytes, waste_bytes;
	uint64_t retained_bytes; /* UINT64_MAX unknown */
	uint64_t tombstones, old_bytes;
	/** As map_row_sizes() has them; of those maps that are known. */
	uint64_t keys_bytes, elems_bytes;
	struct map_growth growth; /* of the map that has most to move */
	bool sizes_exact;	  /* all of them are known */
	uint32_t chain_max, flags;
	uint32_t first; /* its rows: map_groups.rows[first..first+maps) */
	uint8_t severity, root;
	bool retained_exact;
};

struct map_groups {
	const struct session *session;
	enum map_group_by by;
	struct map_group *groups;
	uint32_t count;
	uint32_t *rows; /* map row numbers, group by group, by retained */
	uint32_t row_count;
	struct intern names; /* of the groups */
};
/** @p filter (may be NULL) is applied to the maps, not to the groups. */
struct error *map_groups_load(const struct session *session,
			      enum map_group_by by, const char *filter,
			      struct map_groups *ret) MUST_CHECK;
void map_groups_deinit(struct map_groups *groups);
/** The map that a row of the list stands for: its own, or the first of the
 * group. Owner of its group in *@p group_ret. */
const struct map_row *map_groups_row(const struct map_groups *groups,
				     uint32_t row,
				     const struct map_group **group_ret);
/**
 * The grouped list; the model is a struct map_groups. Rows from groups.count on
 * are the maps of groups.rows, unfolded under their groups.
 */
extern const struct list_kind map_group_list_kind;

/** By address (0x...) or owner name. ERROR_NOT_FOUND names near ones. */
struct error *session_find_map(const struct session *session, const char *which,
			       uint32_t *row_ret) MUST_CHECK;

enum { MAP_HISTOGRAM = 32, MAP_OCCUPANCY = 256 };

/** Everything about one map. Strings owned unless said. */
/** What is counted by how many buckets or groups. */
enum map_chart_kind {
	MAP_CHART_HIT,	/* entries by those that a lookup of them reads */
	MAP_CHART_MISS, /* chains, groups by those that a miss there reads */
	MAP_CHART_FILL, /* buckets, groups by entries: [0] = none, [8] = full */
	MAP_CHART_OLD,	/* classic: chains of the old array not moved yet */
	MAP_CHARTS
};
struct map_chart {
	uint64_t counts[MAP_HISTOGRAM]; /* [0] = length 1, last: or more */
	uint64_t total;			/* 0: not known, or nothing to count */
	double expected[MAP_HISTOGRAM]; /* shares, sum 1; all 0 unknown */
};

struct map_detail {
	struct map_row row;
	bool typed;			  /* the figures below are known */
	const char *type;		  /* borrowed; NULL unknown */
	const char *owner;		  /* borrowed */
	const char *key_type, *elem_type; /* borrowed; NULL unknown */
	const char *root_kind;		  /* borrowed */
	uint64_t slot_bytes, unit_bytes, key_bytes, elem_bytes;
	/* classic */
	uint64_t buckets, overflow_buckets, noverflow, old_buckets, evacuated;
	bool same_size_grow, hash_writing, iterators;
	/* swiss */
	uint64_t directory, tables, groups, growth_left, full_groups;
	unsigned global_depth;
	/* chain */
	const char *metric; /* "buckets", "miss_groups", "hit_groups" */
	uint64_t histogram[MAP_HISTOGRAM]; /* [0] = length 1, last: or more */
	double expected[MAP_HISTOGRAM];	   /* shares, sum 1; all 0 unknown */
	uint64_t histogram_total;
	double chain_mean;
	uint64_t chain_max, chain_p99, chain_longest_index;
	/* enum map_chart_kind; map_detail_load() alone fills them */
	struct map_chart charts[MAP_CHARTS];
	/* occupancy: one cell per table or range of buckets, 0..255 */
	uint8_t occupancy[MAP_OCCUPANCY];
	uint32_t occupancy_count;
	struct map_cell *cells; /* as many; NULL: a snapshot without memory */
	/* classic, while it grows: the old array */
	struct map_cell *old_cells; /* owned; NULL none */
	uint32_t old_cell_count;
	uint64_t old_bytes, old_live; /* what it takes; entries in it */
	char **path;		      /* root first */
	uint32_t path_count;
	int64_t goroutine; /* of a stack root, else 0 */
	char *why;	   /* "" if nothing is wrong */
	char *fix;
};
struct error *map_detail_load(const struct session *session, uint32_t row,
			      struct map_detail *ret) MUST_CHECK;
void map_detail_deinit(struct map_detail *detail);

/** A walk over live entries, resumable; for pagers and streams. */
struct entries;
struct entry {
	uint64_t key_addr, elem_addr;
	uint64_t table, unit; /* swiss table, group; classic 0, bucket */
	uint32_t chain;
	uint8_t slot;
	bool old;
};
struct entries *entries_open(const struct session *session, uint32_t row);
void entries_close(struct entries *entries);
/** Live entries by the walk of the figures. */
uint64_t entries_count(const struct entries *entries);
/**
 * Entry number @p index (0-based). Seeks forward from the nearest remembered
 * page, so paging through ten million entries stays cheap. ERROR_NOT_FOUND
 * past the end.
 */
struct error *entries_get(struct entries *entries, uint64_t index,
			  struct entry *ret) MUST_CHECK;
/** @p redact: no bytes of the target, lengths only. */
void entry_key_text(const struct entries *entries, const struct entry *entry,
		    bool redact, struct buf *out);
void entry_value_text(const struct entries *entries, const struct entry *entry,
		      bool redact, struct buf *out);
void entry_key_json(const struct entries *entries, const struct entry *entry,
		    bool redact, struct buf *out);
void entry_value_json(const struct entries *entries, const struct entry *entry,
		      bool redact, struct buf *out);

/** One bucket of a chain, or one group, with its eight slots. */
struct unit_slot {
	uint8_t control;   /* tophash or control byte */
	const char *state; /* "full", "empty", "deleted", "evacuated X" ... */
	bool live;
	uint64_t key_addr, elem_addr;
};
struct unit {
	uint64_t addr;
	uint32_t chain; /* 0 = head */
	bool old;
	uint8_t raw[16], raw_bytes; /* of its memory; the first 8 are control
				       bytes, others of keys */
	struct {
		uint64_t addr; /* 0: none */
		uint32_t used, slots, growth_left, local_depth;
	} table; /* swiss: that the group is in */
	struct unit_slot slots[8];
};
/**
 * Buckets of chain @p index (classic; @p table 1 = old array) or group
 * @p index of table @p table (swiss). At most @p max.
 */
struct error *session_units(const struct session *session, uint32_t row,
			    uint64_t table, uint64_t index, struct unit *ret,
			    uint32_t max, uint32_t *count_ret) MUST_CHECK;
/** How many chains or groups the table has (0 = no such table). */
uint64_t session_unit_count(const struct session *session, uint32_t row,
			    uint64_t table);
/**
 * Worth a look: a chain of more than three buckets, or deleted slots of a group
 * that keep probes going. Over what session_units() gave.
 */
bool units_odd(const struct unit *units, uint32_t count, bool swiss);
/** "table 0x1c  used 79 of 1024  growth left 489  local depth 6"; "" none. */
void unit_table_text(const struct unit *unit, struct buf *out);
/** "raw 0xc0000b2000: 4c 80 80 80 80 80 80 80  2a 00 00 00 00 00 00 00"; @p
 * redact: without what may be of a key. */
void unit_raw_text(const struct unit *unit, bool redact, struct buf *out);
void unit_key_text(const struct session *session, uint32_t row,
		   const struct unit_slot *slot, bool redact, struct buf *out);
void unit_value_text(const struct session *session, uint32_t row,
		     const struct unit_slot *slot, bool redact,
		     struct buf *out);

struct finding {
	const char *rule; /* "sparse" */
	uint8_t severity;
	uint64_t bytes;
	char *title;	  /* one line: "main.cache 8% full, ..."; owned */
	char *owner;	  /* owned */
	char *evidence;	  /* owned */
	char *why;	  /* owned */
	char *action;	  /* owned: what to do */
	const char *verb; /* "rebuild", "re-type", "review", "watch" */
	uint64_t addr;	  /* a map of it */
	uint32_t row;	  /* its row */
	bool accepted;	  /* by a person */
};
/** Worst first; those that were accepted last. */
const struct finding *session_findings(const struct session *session,
				       uint32_t *count_ret);
/** How many of them are accepted. */
uint32_t session_accepted(const struct session *session);
/**
 * A person knows of this finding: no list but finding_all_list_kind shows it
 * any more. For the thread that owns the session; row numbers change.
 */
void session_accept(struct session *session, const char *rule,
		    const char *owner);
/** The model is the session. */
extern const struct list_kind finding_list_kind, finding_all_list_kind;

#endif
