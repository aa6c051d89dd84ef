/* Types and goroutines of a diff as lists. The model is a struct diff_counts */
#include "core/session/diff.h"

static const struct diff_count *row_at(const void *model, uint32_t row)
{
	const struct diff_counts *counts = model;

	return &counts->list[row];
}

static void get_name(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, row_at(model, row)->name);
}

static void get_before(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->a);
}

static void get_now(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->b);
}

static void get_count(const void *model, uint32_t row, struct cell *ret)
{
	const struct diff_count *c = row_at(model, row);

	ret->f = (double)diff_delta(c->a, c->b, &ret->known);
	ret->exact = true;
}

static void get_bytes(const void *model, uint32_t row, struct cell *ret)
{
	const struct diff_count *c = row_at(model, row);

	ret->f = (double)diff_delta(c->a_bytes, c->b_bytes, &ret->known);
	ret->exact = true;
}

/* What changed most, in either direction, first. */
static void get_change(const void *model, uint32_t row, struct cell *ret)
{
	const struct diff_count *c = row_at(model, row);
	double bytes = (double)diff_delta(c->a_bytes, c->b_bytes, &ret->known);
	double count = (double)diff_delta(c->a, c->b, &ret->known);

	ret->f = (bytes < 0 ? -bytes : bytes) * 1e6 +
		 (count < 0 ? -count : count);
	ret->known = ret->exact = true;
}

static const struct column type_columns[] = {
	{"type", "TYPE", "type", COLUMN_TEXT, 30, 12, 0, 'y', get_name},
	{"before", "BEFORE", "objects in the base", COLUMN_COUNT, 9, 7, 3, 0,
	 get_before},
	{"now", "NOW", "objects now", COLUMN_COUNT, 9, 7, 2, 'n', get_now},
	{"dcount", "dCOUNT", "change of the objects", COLUMN_DELTA, 9, 7, 1,
	 'e', get_count},
	{"dbytes", "dBYTES", "change of their bytes", COLUMN_DELTA_BYTES, 9, 7,
	 1, 's', get_bytes},
	{"change", "CHANGE", "size of the change", COLUMN_NUMBER, 9, 8, 20, 0,
	 get_change},
};

static const struct column goroutine_columns[] = {
	{"place", "PLACE", "where they wait or run", COLUMN_TEXT, 30, 12, 0,
	 'o', get_name},
	{"before", "BEFORE", "goroutines in the base", COLUMN_COUNT, 9, 7, 2, 0,
	 get_before},
	{"now", "NOW", "goroutines now", COLUMN_COUNT, 9, 7, 2, 'n', get_now},
	{"dcount", "dCOUNT", "change of the goroutines", COLUMN_DELTA, 9, 7, 1,
	 'e', get_count},
	{"change", "CHANGE", "size of the change", COLUMN_NUMBER, 9, 8, 20, 0,
	 get_change},
};

static uint32_t count(const void *model)
{
	const struct diff_counts *counts = model;

	return counts->count;
}

static uint64_t identity(const void *model, uint32_t row)
{
	return list_name_identity(row_at(model, row)->name);
}

const struct list_kind diff_type_list_kind = {
	.name = "diff types",
	.columns = type_columns,
	.column_count = ARRAY_LEN(type_columns),
	.default_sort = "change-desc",
	.bare = "type",
	.count = count,
	.identity = identity,
};

const struct list_kind diff_goroutine_list_kind = {
	.name = "diff goroutines",
	.columns = goroutine_columns,
	.column_count = ARRAY_LEN(goroutine_columns),
	.default_sort = "change-desc",
	.bare = "place",
	.count = count,
	.identity = identity,
};
