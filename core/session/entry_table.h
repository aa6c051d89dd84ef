#ifndef CORE_SESSION_ENTRY_TABLE_H
#define CORE_SESSION_ENTRY_TABLE_H

/**
 * Entries of one map in an order, or grouped by what they hold. All entries
 * are looked at, but no more than ENTRY_TABLE_MAX are kept: of a huge map these
 * are exactly the first in the order asked for, never a part of a guess.
 */
#include "core/base/job.h"
#include "core/session/session.h"

enum { ENTRY_TABLE_MAX = 100000, ENTRY_GROUP_MAX = 250000 };

enum entry_grouping {
	ENTRY_SINGLE,
	ENTRY_BY_VALUE,	 /* entries whose values read the same */
	ENTRY_BY_PREFIX, /* string keys up to their first separator or digit */
	ENTRY_GROUPINGS,
};

enum entry_column {
	ENTRY_INDEX, /* the place in the walk */
	ENTRY_KEY,
	ENTRY_VALUE,
	ENTRY_SIZE,
	ENTRY_RETAINED,
	ENTRY_CHAIN,
	ENTRY_POSITION,
};

struct entry_row {
	struct entry entry;
	uint64_t index;
	uint64_t size_bytes;	 /* key and value, and objects they refer to */
	uint64_t retained_bytes; /* of those objects; UINT64_MAX unknown */
	uint64_t count;		 /* entries of the group; 1 */
	uint64_t rank;		 /* of the column that was asked for */
	uint64_t hash;		 /* of the group */
	/* Made when they are asked for: [redacted]; owned. */
	char *key[2], *value[2], *place;
};

struct entry_table {
	const struct session *session;
	struct entries *entries; /* owned */
	struct entry_row *rows;	 /* owned */
	uint32_t count, key_type, elem_type;
	uint64_t seen;	/* entries that were looked at */
	uint64_t other; /* entries of groups past ENTRY_GROUP_MAX */
	enum entry_grouping grouping;
	enum entry_column column; /* that chose the rows, of seen > count */
	bool descending;
	bool redact; /* may change at any time */
};

/**
 * Look at every entry of map number @p row. ERROR_USAGE if keys that are no
 * strings are to be grouped by prefix. Thread safe on one session.
 */
struct error *entry_table_load(const struct session *session, uint32_t row,
			       enum entry_grouping grouping,
			       enum entry_column column, bool descending,
			       struct job *job,
			       struct entry_table *ret) MUST_CHECK;
void entry_table_deinit(struct entry_table *table);
/** The column a key like "size" names; false if none. */
bool entry_column_of(const char *key, enum entry_column *ret);
/** Rows of ENTRY_SINGLE; rows of the groupings. */
extern const struct list_kind entry_list_kind, entry_group_list_kind;

#endif
