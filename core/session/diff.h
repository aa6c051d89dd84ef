#ifndef CORE_SESSION_DIFF_H
#define CORE_SESSION_DIFF_H

/**
 * What changed from one session to another: maps by owner, type or package,
 * or map by map within one process; types; goroutines by place; sentences.
 */
#include "core/session/session.h"

enum diff_state {
	DIFF_NEW,
	DIFF_GONE,
	DIFF_GREW,
	DIFF_SHRANK,
	DIFF_CHURNED, /* other entries, or fewer in the same storage */
	DIFF_SAME,
};
/** "new", "gone", "grew", "shrank", "churned", "same". */
const char *diff_state_name(enum diff_state state);
bool diff_state_parse(const char *text, size_t len, enum diff_state *ret);

struct diff_side {
	uint64_t maps, entries, slots, storage_bytes, tombstones;
	uint64_t retained_bytes; /* UINT64_MAX unknown */
	bool exact;
};

struct diff_row {
	const char *name; /* owner, type or package */
	const char *type; /* common type of the later side, NULL several */
	uint64_t addr;	  /* map by map, else 0 */
	uint8_t state;	  /* enum diff_state */
	bool std;
	struct diff_side a, b;
	/** Within one process: maps in both, only in b, only in a. */
	uint64_t matched, appeared, vanished;
};

/** Something counted on both sides: a type's objects, goroutines somewhere. */
struct diff_count {
	char *name; /* owned */
	uint64_t a, b, a_bytes, b_bytes;
};

struct diff {
	const struct session *a, *b; /* borrowed */
	enum map_group_by by;
	bool same_process;
	struct diff_row *rows;
	uint32_t count;
	struct diff_count *types, *goroutines; /* that differ, most first */
	uint32_t type_count, goroutine_count;
	char **sentences; /* the verdict */
	uint32_t sentence_count;
	struct intern names;
};
/**
 * Compare @p a (earlier) with @p b. GROUP_NONE is ERROR_USAGE across
 * processes, where addresses mean nothing. Sessions of level stats have no
 * maps: ERROR_USAGE.
 */
struct error *diff_load(const struct session *a, const struct session *b,
			enum map_group_by by, struct diff *ret) MUST_CHECK;
void diff_deinit(struct diff *diff);

/**
 * Drop all rows but those whose state has its bit in @p states, that changed
 * by at least @p min bytes, and, without @p std, that are the program's own.
 */
void diff_keep(struct diff *diff, unsigned states, uint64_t min, bool std);

/** b - a; 0 if either is unknown, then *@p known is false. */
int64_t diff_delta(uint64_t a, uint64_t b, bool *known);
/** Change of the share of slots in use, in percentage points. */
double diff_load_points(const struct diff_row *row);

/** The model is a struct diff. */
extern const struct list_kind diff_list_kind;
/** The same with both sides' figures, and with shares of what it was. */
extern const struct list_kind diff_absolute_list_kind, diff_percent_list_kind;

/** What struct diff lists of types or goroutines, as a model. */
struct diff_counts {
	const struct diff_count *list;
	uint32_t count;
};
extern const struct list_kind diff_type_list_kind, diff_goroutine_list_kind;

#endif
