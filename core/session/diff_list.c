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
