#include "core/session/list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/filter.h"

const char *severity_name(enum severity severity)
{
	static const char *const names[] = {"ok", "info", "warn", "high"};

	return severity < ARRAY_LEN(names) ? names[severity] : "?";
}

enum { CHECK_EVERY = 8192 };

/* Sort key of one row: numbers in an order-preserving form. */
struct sort_key {
	uint64_t key;
	const char *text;
	uint32_t row;
};

static uint64_t ordered_double(double f)
{
	uint64_t bits;

	memcpy(&bits, &f, sizeof(bits));
	return bits >> 63 ? ~bits : bits | 1ULL << 63;
}

static struct sort_key key_of(const struct list *list, uint32_t row)
{
	const struct column *column = &list->kind->columns[list->sort_column];
	struct sort_key key = {.row = row};
	struct cell cell = {0};

	column->get(list->model, row, &cell);
	switch (column->kind) {
	case COLUMN_TEXT:
	case COLUMN_FLAGS:
		key.text = cell.known && cell.text ? cell.text : "";
		key.key = cell.u;
		return key;
	case COLUMN_PERCENT:
	case COLUMN_NUMBER:
	case COLUMN_DELTA:
	case COLUMN_DELTA_BYTES:
		key.key = cell.known ? ordered_double(cell.f) : 0;
		break;
	default:
		key.key = cell.known ? cell.u : 0;
		break;
	}
	/* Descending keeps equal rows in the model's order as well. */
	if (list->descending)
		key.key = ~key.key;
	return key;
}

/* Least significant digit first, 16 bits a pass: stable and linear. */
static void radix_sort(struct sort_key *keys, uint32_t n)
{
	struct sort_key *other = xreallocarray(NULL, n, sizeof(*other));
	struct sort_key *from = keys, *to = other;
	uint32_t *counts = xcalloc(65536, sizeof(*counts));
	unsigned shift;

	for (shift = 0; shift < 64; shift += 16) {
		uint32_t i, sum = 0;
		struct sort_key *swap;

		memset(counts, 0, 65536 * sizeof(*counts));
		for (i = 0; i < n; i++)
			counts[(from[i].key >> shift) & 0xffff]++;
		if (counts[(from[0].key >> shift) & 0xffff] == n)
			continue;
		for (i = 0; i < 65536; i++) {
			uint32_t c = counts[i];

			counts[i] = sum;
			sum += c;
		}
		for (i = 0; i < n; i++)
			to[counts[(from[i].key >> shift) & 0xffff]++] = from[i];
		swap = from;
		from = to;
		to = swap;
	}
	if (from != keys)
		memcpy(keys, from, n * sizeof(*keys));
	free(counts);
	free(other);
}

static int compare_text(const void *a, const void *b, void *descending)
{
	const struct sort_key *x = a, *y = b;
	int c = (x->key > y->key) - (x->key < y->key);

	if (!c && x->text != y->text)
		c = strcmp(x->text, y->text);
	if (c)
		return *(const bool *)descending ? -c : c;
	return x->row < y->row ? -1 : x->row > y->row;
}

static bool ended(const struct list *list, uint32_t row)
{
	return row % CHECK_EVERY == 0 && list->kind->ended &&
	       list->kind->ended(list->model);
}

void list_sort_rows(struct list *list)
{
	const struct column *column;
	struct sort_key *keys;
	uint32_t i;

	if (list->sort_column < 0 || list->count < 2)
		return;
	column = &list->kind->columns[list->sort_column];
	keys = xreallocarray(NULL, list->count, sizeof(*keys));
	for (i = 0; i < list->count && !ended(list, i); i++)
		keys[i] = key_of(list, list->order[i]);
	if (i < list->count) {
		free(keys);
		return;
	}
	if (column->kind == COLUMN_TEXT || column->kind == COLUMN_FLAGS)
		qsort_r(keys, list->count, sizeof(*keys), compare_text,
			&list->descending);
	else
		radix_sort(keys, list->count);
	for (i = 0; i < list->count; i++)
		list->order[i] = keys[i].row;
	free(keys);
}

/* Rows of the first level keep theirs under them. */
static void apply_sort(struct list *list)
{
	list_tree_prune(list);
	list_sort_rows(list);
	list_tree_grow(list);
}

static void apply_filter(struct list *list, struct filter *filter)
{
	const struct list_kind *kind = list->kind;
	uint32_t row, rows = kind->count(list->model);

	list->order = xreallocarray(list->order, rows, sizeof(*list->order));
	list->count = list->total = 0;
	for (row = 0; row < rows && !ended(list, row); row++) {
		if (kind->parent && kind->parent(list->model, row) < rows)
			continue;
		list->total++;
		if (!filter || filter_match(filter, list->model, row))
			list->order[list->count++] = row;
	}
	apply_sort(list);
}

void list_init(struct list *list, const struct list_kind *kind,
	       const void *model)
{
	*list = (struct list){
		.kind = kind,
		.model = model,
		.sort_column = -1,
		.filter = xstrdup(""),
	};
	apply_filter(list, NULL);
	if (kind->default_sort)
		error_free(list_sort_by(list, kind->default_sort));
}

void list_deinit(struct list *list)
{
	free(list->order);
	free(list->filter);
	free(list->tags.ids);
	free(list->unfolded.ids);
	*list = (struct list){0};
}

void list_set_model(struct list *list, const void *model)
{
	struct filter *filter = NULL;

	list->model = model;
	error_free(filter_compile(list->kind, list->filter, &filter));
	apply_filter(list, filter);
	filter_free(filter);
}

int list_find_column(const struct list_kind *kind, const char *key)
{
	uint32_t i;

	for (i = 0; key && i < kind->column_count; i++)
		if (!strcmp(kind->columns[i].key, key))
			return (int)i;
	return -1;
}

static struct error *no_such_column(const struct list_kind *kind,
				    const char *spec)
{
	CLEANUP(buf_deinit) struct buf keys = {0};
	uint32_t i;

	for (i = 0; i < kind->column_count; i++)
		buf_printf(&keys, "%s%s", i ? " " : "", kind->columns[i].key);
	return error_hint(error_new(ERROR_USAGE, "no column '%s'", spec),
			  "columns: %s", buf_str(&keys));
}

/* Length of @p spec without "-asc" or "-desc"; tells which it was. */
static size_t sort_suffix(const char *spec, bool *descending, bool *given)
{
	size_t n = strlen(spec);

	*given = true;
	if (n > 5 && !strcmp(spec + n - 5, "-desc")) {
		*descending = true;
		return n - 5;
	}
	if (n > 4 && !strcmp(spec + n - 4, "-asc")) {
		*descending = false;
		return n - 4;
	}
	*given = false;
	return n;
}

struct error *list_sort_by(struct list *list, const char *spec)
{
	bool descending = false, given;
	CLEANUP(free_cleanup) char *key = NULL;
	int column;

	key = xstrndup(spec, sort_suffix(spec, &descending, &given));
	column = list_find_column(list->kind, key);
	if (column < 0)
		return no_such_column(list->kind, key);
	if (!given)
		descending = list->kind->columns[column].kind != COLUMN_TEXT;
	list_sort(list, column, descending);
	return NULL;
}

void list_sort(struct list *list, int column, bool descending)
{
	list->sort_column = column;
	list->descending = descending;
	apply_sort(list);
}

struct error *list_filter(struct list *list, const char *expression)
{
	struct filter *filter = NULL;
	struct error *err = filter_compile(list->kind, expression, &filter);

	if (err)
		return err;
	free(list->filter);
	list->filter = xstrdup(expression);
	apply_filter(list, filter);
	filter_free(filter);
	return NULL;
}

void list_cell(const struct list *list, uint32_t position, int column,
	       struct cell *ret)
{
	*ret = (struct cell){0};
	if (position < list->count && column >= 0)
		list->kind->columns[column].get(list->model,
						list->order[position], ret);
}

uint32_t list_row(const struct list *list, uint32_t position)
{
	return position < list->count ? list->order[position] : UINT32_MAX;
}

uint32_t list_position(const struct list *list, uint64_t identity)
{
	uint32_t i;

	for (i = 0; i < list->count; i++)
		if (list->kind->identity(list->model, list->order[i]) ==
		    identity)
			return i;
	return list->count;
}

void cell_text(struct buf *out, const struct column *column,
	       const struct cell *cell)
{
	if (!cell->known) {
		buf_addc(out, '-');
		return;
	}
	if (!cell->exact)
		buf_adds(out, ">=");
	switch (column->kind) {
	case COLUMN_TEXT:
	case COLUMN_FLAGS:
		buf_adds(out, cell->text ? cell->text : "?");
		break;
	case COLUMN_COUNT:
		buf_printf(out, "%" PRIu64, cell->u);
		break;
	case COLUMN_BYTES:
		text_size(out, cell->u);
		break;
	case COLUMN_PERCENT:
		if (cell->text)
			buf_adds(out, cell->text);
		else
			buf_printf(out, "%.0f", cell->f * 100);
		break;
	case COLUMN_NUMBER:
		buf_printf(out, "%.2f", cell->f);
		break;
	case COLUMN_ADDRESS:
		buf_printf(out, "0x%" PRIx64, cell->u);
		break;
	case COLUMN_SEVERITY:
		buf_adds(out, severity_name((enum severity)cell->u));
		break;
	case COLUMN_DELTA:
		buf_printf(out, cell->f > 0 ? "+%.0f" : "%.0f", cell->f);
		break;
	case COLUMN_DELTA_BYTES:
		if (cell->f > 0 || cell->f < 0)
			buf_addc(out, cell->f < 0 ? '-' : '+');
		text_size(out, (uint64_t)(cell->f < 0 ? -cell->f : cell->f));
		break;
	}
}

bool parse_quantity(const char *text, double *ret)
{
	static const char units[] = "KMGTPE";
	const char *unit;
	char *end;
	double v = strtod(text, &end);

	if (end == text)
		return false;
	if (*end == '%' && !end[1]) {
		*ret = v / 100;
		return true;
	}
	if (*end) {
		int power;

		unit = strchr(units, *end == 'k' ? 'K' : *end);
		if (*end == 'B' && !end[1]) {
			*ret = v;
			return true;
		}
		if (!unit)
			return false;
		for (power = 0; power <= unit - units; power++)
			v *= 1024;
		end++;
		if (*end && strcmp(end, "B") && strcmp(end, "iB"))
			return false;
	}
	*ret = v;
	return true;
}
