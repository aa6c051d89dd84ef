/* Columns of the flat map list. The model is the session. */
#include <string.h>

#include "core/session/session_priv.h"
#include "core/session/stored.h"

static const struct map_row *row_at(const void *model, uint32_t row)
{
	const struct session *session = model;

	return &session->rows[row];
}

/* Flag texts live as long as the program: one for each combination met. */
static const char *flag_text(uint32_t flags)
{
	static _Thread_local char ring[16][MAP_FLAG_TEXT];
	static _Thread_local unsigned next;
	char *s = ring[next++ % 16];

	map_flags_text(flags, s);
	return s;
}

static void get_flags(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, flag_text(row_at(model, row)->flags));
}

static void get_owner(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, map_row_owner(model, row_at(model, row)));
}

static void get_retained(const void *model, uint32_t row, struct cell *ret)
{
	const struct map_row *r = row_at(model, row);

	ret->u = r->retained_bytes;
	ret->known = r->retained_bytes != UINT64_MAX;
	ret->exact = r->retained_exact;
}

void session_put_share(const struct session *session, uint64_t bytes,
		       bool exact, struct cell *ret)
{
	uint64_t live = session->stored
				? session->stored->totals.heap_live_bytes
				: session->heap->reached_bytes;

	ret->known = bytes != UINT64_MAX && live && live != UINT64_MAX;
	ret->exact = exact;
	ret->f = ret->known ? (double)bytes / (double)live : 0;
}

static void get_share(const void *model, uint32_t row, struct cell *ret)
{
	const struct map_row *r = row_at(model, row);

	session_put_share(model, r->retained_bytes, r->retained_exact, ret);
}

static void get_storage(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->storage_bytes);
}

static void get_entries(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->count);
}

static void get_live(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->live);
}

static void get_load(const void *model, uint32_t row, struct cell *ret)
{
	const struct map_row *r = row_at(model, row);

	cell_put_known(ret, 0);
	ret->f = r->slots ? (double)r->live / (double)r->slots : 0;
	ret->dim = r->slots <= 8;
}

static void get_chain(const void *model, uint32_t row, struct cell *ret)
{
	const struct map_row *r = row_at(model, row);

	cell_put_known(ret, r->swiss ? r->chain_p99 : r->chain_max);
}

static void get_chain_max(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->chain_max);
}

static void get_tombstones(const void *model, uint32_t row, struct cell *ret)
{
	const struct map_row *r = row_at(model, row);

	cell_put_known(ret, r->tombstones);
	ret->f = r->slots ? (double)r->tombstones / (double)r->slots : 0;
	ret->known = r->swiss;
}

static void get_type(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, map_row_type(model, row_at(model, row)));
}

static void get_waste(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->waste_bytes);
}

static void get_slots(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->slots);
}

static void get_old(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->old_bytes);
}

static void get_depth(const void *model, uint32_t row, struct cell *ret)
{
	const struct map_row *r = row_at(model, row);

	cell_put_known(ret, r->swiss ? r->tables : r->b);
}

static void get_growth(const void *model, uint32_t row, struct cell *ret)
{
	map_growth_put(row_at(model, row)->growth, ret);
}

static void get_keys(const void *model, uint32_t row, struct cell *ret)
{
	uint64_t keys, elems;

	map_row_sizes(model, row_at(model, row), &keys, &elems);
	cell_put(ret, keys);
}

static void get_values(const void *model, uint32_t row, struct cell *ret)
{
	uint64_t keys, elems;

	map_row_sizes(model, row_at(model, row), &keys, &elems);
	cell_put(ret, elems);
}

static void get_holders(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->holders);
}

static void get_root(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, map_row_root(row_at(model, row)));
}

static void get_severity(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->severity);
}

static void get_address(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->addr);
}

static void get_std(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, row_at(model, row)->flags & MAP_STD ? "yes" : "no");
}

static const struct column columns[] = {
	{"flag", "FLG", "row flags, see below", COLUMN_FLAGS, 8, 8, 1, 0,
	 get_flags},
	{"owner", "OWNER", "shortest strong path to a root", COLUMN_TEXT, 30,
	 26, 0, 'o', get_owner},
	{"retained", "RETAINED", "bytes that die with the map", COLUMN_BYTES, 8,
	 8, 2, 'r', get_retained},
	{"storage", "STORAGE", "header, arrays, overflow and old arrays",
	 COLUMN_BYTES, 7, 7, 5, 's', get_storage},
	{"entries", "ENTRIES", "the header's own count, len(m)", COLUMN_COUNT,
	 9, 7, 0, 'e', get_entries},
	{"load", "LOAD%", "live entries per allocated slot", COLUMN_PERCENT, 5,
	 5, 3, 'l', get_load},
	{"chain", "CHAIN",
	 "classic: longest chain in buckets; swiss: groups probed, p99",
	 COLUMN_COUNT, 5, 5, 4, 'c', get_chain},
	{"tomb", "TOMB%", "deleted slots that keep probe runs alive",
	 COLUMN_PERCENT, 5, 5, 6, 't', get_tombstones},
	{"type", "TYPE", "map type", COLUMN_TEXT, 24, 12, 8, 'y', get_type},
	{"waste", "WASTE", "slot bytes that hold no live entry", COLUMN_BYTES,
	 7, 7, 9, 'w', get_waste},
	{"share", "SHARE%", "what it retains, of the live heap", COLUMN_PERCENT,
	 6, 6, 10, 'h', get_share},
	{"maxch", "MAXCH", "longest chain or probe run", COLUMN_COUNT, 5, 5, 10,
	 0, get_chain_max},
	{"old", "OLD", "bytes of old buckets still kept", COLUMN_BYTES, 7, 7,
	 11, 0, get_old},
	{"grow", "GROW", "classic: 2x or same, % moved; swiss: depth of splits",
	 COLUMN_TEXT, 14, 8, 12, 0, get_growth},
	{"depth", "B/TAB", "classic: log2 of buckets; swiss: tables",
	 COLUMN_COUNT, 5, 5, 13, 0, get_depth},
	{"slots", "SLOTS", "entry slots allocated", COLUMN_COUNT, 9, 7, 14, 0,
	 get_slots},
	{"keys", "KEYS(B)", "keys of live entries, without what they refer to",
	 COLUMN_BYTES, 7, 7, 15, 0, get_keys},
	{"values", "VALUES(B)", "elements of live entries, likewise",
	 COLUMN_BYTES, 9, 9, 15, 0, get_values},
	{"live", "LIVE", "entries found by walking", COLUMN_COUNT, 9, 7, 16, 0,
	 get_live},
	{"holders", "REFS", "distinct references to the header", COLUMN_COUNT,
	 5, 4, 17, 0, get_holders},
	{"root", "ROOT", "kind of root at the end of the path", COLUMN_TEXT, 8,
	 6, 18, 0, get_root},
	{"severity", "SEV", "ok, info, warn or high", COLUMN_SEVERITY, 4, 4, 19,
	 0, get_severity},
	{"std", "STD", "owned by the runtime or the standard library",
	 COLUMN_TEXT, 3, 3, 20, 0, get_std},
	{"addr", "ADDR", "address of the header", COLUMN_ADDRESS, 14, 14, 7,
	 'a', get_address},
};

static uint32_t count(const void *model)
{
	const struct session *session = model;

	return session->row_count;
}

static uint64_t identity(const void *model, uint32_t row)
{
	return row_at(model, row)->addr;
}

static bool minor(const void *model, uint32_t row)
{
	return row_at(model, row)->flags & MAP_STD;
}

static bool ended(const void *model)
{
	return session_ended(model);
}

const struct list_kind map_list_kind = {
	.name = "maps",
	.columns = columns,
	.column_count = ARRAY_LEN(columns),
	.default_sort = "retained-desc",
	.bare = "owner",
	.count = count,
	.identity = identity,
	.minor = minor,
	.ended = ended,
};
