/* Columns of the grouped map list. The model is a struct map_groups. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/session/session_priv.h"

enum { ADDR_TEXT = 20, RING = 16 };

/* A map that is unfolded under its group goes by its address. */
static const char *map_name(const struct map_groups *groups,
			    const struct map_row *row)
{
	static _Thread_local char ring[RING][ADDR_TEXT];
	static _Thread_local unsigned next;
	char *s = ring[next++ % RING];

	if (groups->by != GROUP_OWNER)
		return map_row_owner(groups->session, row);
	snprintf(s, ADDR_TEXT, "0x%" PRIx64, row->addr);
	return s;
}

/* Behind the groups come the maps, in the order of groups->rows. */
static const struct map_row *map_at(const struct map_groups *groups,
				    uint32_t row)
{
	return &groups->session->rows[groups->rows[row - groups->count]];
}

static struct map_group group_at(const void *model, uint32_t row)
{
	const struct map_groups *groups = model;
	const struct map_row *m;
	uint64_t keys, elems;

	if (row < groups->count)
		return groups->groups[row];
	m = map_at(groups, row);
	map_row_sizes(groups->session, m, &keys, &elems);
	return (struct map_group){
		.name = map_name(groups, m),
		.type = map_row_type(groups->session, m),
		.maps = 1,
		.entries = m->count,
		.slots = m->slots,
		.storage_bytes = m->storage_bytes,
		.waste_bytes = m->waste_bytes,
		.retained_bytes = m->retained_bytes,
		.tombstones = m->tombstones,
		.old_bytes = m->old_bytes,
		.keys_bytes = keys,
		.elems_bytes = elems,
		.growth = m->growth,
		.sizes_exact = true,
		.chain_max = m->swiss ? m->chain_p99 : m->chain_max,
		.flags = m->flags,
		.severity = m->severity,
		.root = m->root,
		.retained_exact = m->retained_exact,
	};
}

static void get_flags(const void *model, uint32_t row, struct cell *ret)
{
	static _Thread_local char ring[16][MAP_FLAG_TEXT];
	static _Thread_local unsigned next;
	char *s = ring[next++ % 16];

	map_flags_text(group_at(model, row).flags, s);
	cell_put_text(ret, s);
}

static void get_name(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, group_at(model, row).name);
}

static void get_maps(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, group_at(model, row).maps);
}

static void get_entries(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, group_at(model, row).entries);
}

static void get_load(const void *model, uint32_t row, struct cell *ret)
{
	const struct map_group g = group_at(model, row);

	cell_put_known(ret, 0);
	ret->f = g.slots ? (double)g.entries / (double)g.slots : 0;
}

static void get_chain(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, group_at(model, row).chain_max);
}

static void get_tombstones(const void *model, uint32_t row, struct cell *ret)
{
	const struct map_group g = group_at(model, row);

	cell_put_known(ret, g.tombstones);
	ret->f = g.slots ? (double)g.tombstones / (double)g.slots : 0;
}

static void get_storage(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, group_at(model, row).storage_bytes);
}

static void get_retained(const void *model, uint32_t row, struct cell *ret)
{
	const struct map_group g = group_at(model, row);

	ret->u = g.retained_bytes;
	ret->known = g.retained_bytes != UINT64_MAX;
	ret->exact = g.retained_exact;
}

static void get_share(const void *model, uint32_t row, struct cell *ret)
{
	const struct map_groups *groups = model;
	const struct map_group g = group_at(model, row);

	session_put_share(groups->session, g.retained_bytes, g.retained_exact,
			  ret);
}

static void get_waste(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, group_at(model, row).waste_bytes);
}

static void get_slots(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, group_at(model, row).slots);
}

static void get_old(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, group_at(model, row).old_bytes);
}

static void get_growth(const void *model, uint32_t row, struct cell *ret)
{
	map_growth_put(group_at(model, row).growth, ret);
}

static void get_keys(const void *model, uint32_t row, struct cell *ret)
{
	const struct map_group g = group_at(model, row);

	cell_put(ret, g.keys_bytes);
	ret->exact = g.sizes_exact;
}

static void get_values(const void *model, uint32_t row, struct cell *ret)
{
	const struct map_group g = group_at(model, row);

	cell_put(ret, g.elems_bytes);
	ret->exact = g.sizes_exact;
}

static void get_type(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, group_at(model, row).type);
}

static void get_severity(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, group_at(model, row).severity);
}

static const struct column columns[] = {
	{"flag", "FLG", "row flags of any map of the group", COLUMN_FLAGS, 8, 8,
	 1, 0, get_flags},
	{"owner", "OWNER", "what the maps have in common", COLUMN_TEXT, 30, 26,
	 0, 'o', get_name},
	{"maps", "MAPS", "maps of the group", COLUMN_COUNT, 6, 5, 6, 'm',
	 get_maps},
	{"entries", "ENTRIES", "sum of the headers' counts", COLUMN_COUNT, 9, 7,
	 0, 'e', get_entries},
	{"load", "LOAD%", "entries per allocated slot", COLUMN_PERCENT, 5, 5, 3,
	 'l', get_load},
	{"chain", "CHAIN", "worst chain of the group", COLUMN_COUNT, 5, 5, 4,
	 'c', get_chain},
	{"tomb", "TOMB%", "deleted slots per slot", COLUMN_PERCENT, 5, 5, 7,
	 't', get_tombstones},
	{"storage", "STORAGE", "headers, arrays, overflow, old arrays",
	 COLUMN_BYTES, 7, 7, 5, 's', get_storage},
	{"retained", "RETAINED", "bytes that die with the maps", COLUMN_BYTES,
	 8, 8, 2, 'r', get_retained},
	{"waste", "WASTE", "slot bytes that hold no live entry", COLUMN_BYTES,
	 7, 7, 8, 'w', get_waste},
	{"type", "TYPE", "type of all maps of the group", COLUMN_TEXT, 24, 12,
	 9, 'y', get_type},
	{"share", "SHARE%", "what they retain, of the live heap",
	 COLUMN_PERCENT, 6, 6, 10, 'h', get_share},
	{"old", "OLD", "bytes of old buckets still kept", COLUMN_BYTES, 7, 7,
	 10, 0, get_old},
	{"grow", "GROW", "growth of the map that has most to move", COLUMN_TEXT,
	 14, 8, 11, 0, get_growth},
	{"slots", "SLOTS", "entry slots allocated", COLUMN_COUNT, 9, 7, 12, 0,
	 get_slots},
	{"keys", "KEYS(B)", "keys of live entries, without what they refer to",
	 COLUMN_BYTES, 7, 7, 13, 0, get_keys},
	{"values", "VALUES(B)", "elements of live entries, likewise",
	 COLUMN_BYTES, 9, 9, 13, 0, get_values},
	{"severity", "SEV", "worst of the group", COLUMN_SEVERITY, 4, 4, 14, 0,
	 get_severity},
};

static uint32_t count(const void *model)
{
	const struct map_groups *groups = model;

	return groups->count + groups->row_count;
}

static uint32_t parent(const void *model, uint32_t row)
{
	const struct map_groups *groups = model;
	uint32_t low = 0, high = groups->count;

	if (row < groups->count)
		return UINT32_MAX;
	row -= groups->count;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (groups->groups[middle].first <= row)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static bool has_children(const void *model, uint32_t row)
{
	const struct map_groups *groups = model;

	return row < groups->count && groups->groups[row].maps > 1;
}

static uint64_t identity(const void *model, uint32_t row)
{
	const struct map_groups *groups = model;

	return row < groups->count
		       ? list_name_identity(groups->groups[row].name)
		       : map_at(groups, row)->addr;
}

static bool minor(const void *model, uint32_t row)
{
	const struct map_group *group;
	const struct map_row *map = map_groups_row(model, row, &group);

	return map && map->flags & MAP_STD;
}

static bool ended(const void *model)
{
	const struct map_groups *groups = model;

	return session_ended(groups->session);
}

const struct list_kind map_group_list_kind = {
	.name = "map groups",
	.columns = columns,
	.column_count = ARRAY_LEN(columns),
	.default_sort = "retained-desc",
	.bare = "owner",
	.count = count,
	.identity = identity,
	.parent = parent,
	.has_children = has_children,
	.minor = minor,
	.ended = ended,
};
