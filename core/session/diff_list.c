/* Columns of a diff. The model is a struct diff. */
#include <string.h>

#include "core/session/diff.h"

static const struct diff_row *row_at(const void *model, uint32_t row)
{
	const struct diff *diff = model;

	return &diff->rows[row];
}

static void delta(struct cell *ret, uint64_t a, uint64_t b)
{
	ret->f = (double)diff_delta(a, b, &ret->known);
	ret->exact = true;
}

static void get_state(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, diff_state_name(row_at(model, row)->state));
}

static void get_owner(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, row_at(model, row)->name);
}

static void get_type(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, row_at(model, row)->type);
}

static void get_maps(const void *model, uint32_t row, struct cell *ret)
{
	const struct diff_row *r = row_at(model, row);

	delta(ret, r->a.maps, r->b.maps);
}

static void get_entries(const void *model, uint32_t row, struct cell *ret)
{
	const struct diff_row *r = row_at(model, row);

	delta(ret, r->a.entries, r->b.entries);
}

static void get_storage(const void *model, uint32_t row, struct cell *ret)
{
	const struct diff_row *r = row_at(model, row);

	delta(ret, r->a.storage_bytes, r->b.storage_bytes);
}

/* What is not there retains nothing. */
static void get_retained(const void *model, uint32_t row, struct cell *ret)
{
	const struct diff_row *r = row_at(model, row);

	delta(ret, r->a.maps ? r->a.retained_bytes : 0,
	      r->b.maps ? r->b.retained_bytes : 0);
}

static void get_load(const void *model, uint32_t row, struct cell *ret)
{
	ret->f = diff_load_points(row_at(model, row));
	ret->known = ret->exact = true;
}

static void get_tombstones(const void *model, uint32_t row, struct cell *ret)
{
	const struct diff_row *r = row_at(model, row);

	delta(ret, r->a.tombstones, r->b.tombstones);
}

static void get_matched(const void *model, uint32_t row, struct cell *ret)
{
	const struct diff *diff = model;

	cell_put_known(ret, row_at(model, row)->matched);
	ret->known = diff->same_process;
}

static void get_appeared(const void *model, uint32_t row, struct cell *ret)
{
	const struct diff *diff = model;

	cell_put_known(ret, row_at(model, row)->appeared);
	ret->known = diff->same_process;
}

static void get_vanished(const void *model, uint32_t row, struct cell *ret)
{
	const struct diff *diff = model;

	cell_put_known(ret, row_at(model, row)->vanished);
	ret->known = diff->same_process;
}

static void get_std(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, row_at(model, row)->std ? "yes" : "no");
}

/* The larger of the changes, for sorting: what matters most first. */
static void get_change(const void *model, uint32_t row, struct cell *ret)
{
	struct cell retained = {0}, storage = {0};

	get_retained(model, row, &retained);
	get_storage(model, row, &storage);
	ret->f = retained.known ? retained.f : storage.f;
	if (ret->f < 0)
		ret->f = -ret->f;
	ret->known = ret->exact = true;
}

static void get_address(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->addr);
	ret->known = ret->u != 0;
}

static const struct column columns[] = {
	{"state", "STATE", "new, gone, grew, shrank, churned or same",
	 COLUMN_TEXT, 7, 7, 1, 't', get_state},
	{"owner", "OWNER", "owner, type or package", COLUMN_TEXT, 30, 26, 0,
	 'o', get_owner},
	{"dmaps", "dMAPS", "change of the number of maps", COLUMN_DELTA, 7, 6,
	 6, 'm', get_maps},
	{"dentries", "dENTRIES", "change of the entries", COLUMN_DELTA, 9, 8, 2,
	 'e', get_entries},
	{"dstorage", "dSTORAGE", "change of the storage", COLUMN_DELTA_BYTES, 8,
	 8, 3, 's', get_storage},
	{"dretained", "dRETAINED", "change of what is retained",
	 COLUMN_DELTA_BYTES, 9, 9, 2, 'r', get_retained},
	{"dload", "dLOAD", "change of the share of used slots, points",
	 COLUMN_DELTA, 6, 6, 4, 'l', get_load},
	{"dtomb", "dTOMB", "change of the tombstones", COLUMN_DELTA, 7, 6, 5, 0,
	 get_tombstones},
	{"matched", "MATCHED", "maps at the same address in both", COLUMN_COUNT,
	 7, 7, 7, 0, get_matched},
	{"appeared", "NEW", "maps that were not there before", COLUMN_COUNT, 6,
	 4, 8, 0, get_appeared},
	{"vanished", "GONE", "maps that are not there any more", COLUMN_COUNT,
	 6, 4, 9, 0, get_vanished},
	{"change", "CHANGE", "size of the change of what is retained",
	 COLUMN_NUMBER, 9, 8, 20, 0, get_change},
	{"type", "TYPE", "map type", COLUMN_TEXT, 24, 12, 10, 'y', get_type},
	{"std", "STD", "owned by the runtime or the standard library",
	 COLUMN_TEXT, 3, 3, 18, 0, get_std},
	{"addr", "ADDR", "address of the map", COLUMN_ADDRESS, 14, 14, 11, 0,
	 get_address},
};

static uint32_t count(const void *model)
{
	const struct diff *diff = model;

	return diff->count;
}

static uint64_t identity(const void *model, uint32_t row)
{
	const struct diff_row *r = row_at(model, row);

	return list_name_identity(r->name) ^ r->addr;
}

const struct list_kind diff_list_kind = {
	.name = "diff",
	.columns = columns,
	.column_count = ARRAY_LEN(columns),
	.default_sort = "change-desc",
	.bare = "owner",
	.count = count,
	.identity = identity,
};

/* Sides without the map have none of it. */
static uint64_t retained_of(const struct diff_side *side)
{
	return side->maps ? side->retained_bytes : 0;
}

static void put_size(struct cell *ret, uint64_t bytes, bool exact)
{
	cell_put(ret, bytes);
	ret->exact = exact;
}

static void get_was_entries(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->a.entries);
}

static void get_is_entries(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->b.entries);
}

static void get_was_storage(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, row_at(model, row)->a.storage_bytes);
}

static void get_is_storage(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, row_at(model, row)->b.storage_bytes);
}

static void get_was_retained(const void *model, uint32_t row, struct cell *ret)
{
	const struct diff_side *a = &row_at(model, row)->a;

	put_size(ret, retained_of(a), a->exact || !a->maps);
}

static void get_is_retained(const void *model, uint32_t row, struct cell *ret)
{
	const struct diff_side *b = &row_at(model, row)->b;

	put_size(ret, retained_of(b), b->exact || !b->maps);
}

static void get_was_maps(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->a.maps);
}

static void get_is_maps(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->b.maps);
}

/* Of nothing no share is known. */
static void percent(struct cell *ret, uint64_t a, uint64_t b)
{
	ret->f = 100 * (double)diff_delta(a, b, &ret->known);
	ret->exact = true;
	if (a && ret->known)
		ret->f /= (double)a;
	else
		ret->known = false;
}

static void get_maps_percent(const void *model, uint32_t row, struct cell *ret)
{
	const struct diff_row *r = row_at(model, row);

	percent(ret, r->a.maps, r->b.maps);
}

static void get_entries_percent(const void *model, uint32_t row,
				struct cell *ret)
{
	const struct diff_row *r = row_at(model, row);

	percent(ret, r->a.entries, r->b.entries);
}

static void get_storage_percent(const void *model, uint32_t row,
				struct cell *ret)
{
	const struct diff_row *r = row_at(model, row);

	percent(ret, r->a.storage_bytes, r->b.storage_bytes);
}

static void get_retained_percent(const void *model, uint32_t row,
				 struct cell *ret)
{
	const struct diff_row *r = row_at(model, row);

	percent(ret, retained_of(&r->a), retained_of(&r->b));
}

static const struct column absolute_columns[] = {
	{"state", "STATE", "new, gone, grew, shrank, churned or same",
	 COLUMN_TEXT, 7, 7, 1, 't', get_state},
	{"owner", "OWNER", "owner, type or package", COLUMN_TEXT, 30, 18, 0,
	 'o', get_owner},
	{"was_maps", "WAS", "maps in the base", COLUMN_COUNT, 7, 6, 8, 0,
	 get_was_maps},
	{"maps", "MAPS", "maps now", COLUMN_COUNT, 7, 6, 7, 'm', get_is_maps},
	{"was_entries", "WAS", "entries in the base", COLUMN_COUNT, 9, 8, 4, 0,
	 get_was_entries},
	{"entries", "ENTRIES", "entries now", COLUMN_COUNT, 9, 8, 3, 'e',
	 get_is_entries},
	{"was_storage", "WAS", "storage in the base", COLUMN_BYTES, 7, 6, 6, 0,
	 get_was_storage},
	{"storage", "STORAGE", "storage now", COLUMN_BYTES, 7, 7, 5, 's',
	 get_is_storage},
	{"was_retained", "WAS", "retained in the base", COLUMN_BYTES, 8, 7, 2,
	 0, get_was_retained},
	{"retained", "RETAINED", "retained now", COLUMN_BYTES, 8, 8, 1, 'r',
	 get_is_retained},
	{"change", "CHANGE", "size of the change of what is retained",
	 COLUMN_NUMBER, 9, 8, 20, 0, get_change},
	{"std", "STD", "owned by the runtime or the standard library",
	 COLUMN_TEXT, 3, 3, 18, 0, get_std},
};

static const struct column percent_columns[] = {
	{"state", "STATE", "new, gone, grew, shrank, churned or same",
	 COLUMN_TEXT, 7, 7, 1, 't', get_state},
	{"owner", "OWNER", "owner, type or package", COLUMN_TEXT, 30, 24, 0,
	 'o', get_owner},
	{"pmaps", "MAPS%", "maps, change in percent", COLUMN_DELTA, 7, 6, 5,
	 'm', get_maps_percent},
	{"pentries", "ENTRIES%", "entries, change in percent", COLUMN_DELTA, 8,
	 8, 2, 'e', get_entries_percent},
	{"pstorage", "STORAGE%", "storage, change in percent", COLUMN_DELTA, 8,
	 8, 3, 's', get_storage_percent},
	{"pretained", "RETAINED%", "retained, change in percent", COLUMN_DELTA,
	 9, 9, 1, 'r', get_retained_percent},
	{"dload", "dLOAD", "change of the share of used slots, points",
	 COLUMN_DELTA, 6, 6, 4, 'l', get_load},
	{"change", "CHANGE", "size of the change of what is retained",
	 COLUMN_NUMBER, 9, 8, 20, 0, get_change},
	{"std", "STD", "owned by the runtime or the standard library",
	 COLUMN_TEXT, 3, 3, 18, 0, get_std},
};

const struct list_kind diff_absolute_list_kind = {
	.name = "diff, both sides",
	.columns = absolute_columns,
	.column_count = ARRAY_LEN(absolute_columns),
	.default_sort = "change-desc",
	.bare = "owner",
	.count = count,
	.identity = identity,
};

const struct list_kind diff_percent_list_kind = {
	.name = "diff, in percent",
	.columns = percent_columns,
	.column_count = ARRAY_LEN(percent_columns),
	.default_sort = "change-desc",
	.bare = "owner",
	.count = count,
	.identity = identity,
};
