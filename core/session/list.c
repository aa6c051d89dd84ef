#include "core/session/list.h"

#include <inttypes.h>
#include <math.h>
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

uint64_t list_name_identity(const char *name)
{
	uint64_t hash = 14695981039346656037ULL; /* FNV-1a */

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * 1099511628211ULL;
	return hash;
}

enum { CHECK_EVERY = 8192 };

/* Sort key of one row by its text; `number` goes before it. */
struct sort_key {
	uint64_t number;
	const char *text;
	uint32_t row;
};

static uint64_t ordered_double(double f)
{
	uint64_t bits;

	memcpy(&bits, &f, sizeof(bits));
	return bits >> 63 ? ~bits : bits | 1ULL << 63;
}

static struct sort_key text_key(const struct list *list, uint32_t row)
{
	const struct column *column = &list->kind->columns[list->sort_column];
	struct cell cell = {0};

	column->get(list->model, row, &cell);
	return (struct sort_key){
		.number = cell.u,
		.text = cell.known && cell.text ? cell.text : "",
		.row = row,
	};
}

/* Numbers in an order-preserving form. */
static uint64_t number_key(const struct list *list, uint32_t row)
{
	const struct column *column = &list->kind->columns[list->sort_column];
	struct cell cell = {0};
	uint64_t key;

	column->get(list->model, row, &cell);
	switch (column->kind) {
	case COLUMN_PERCENT:
	case COLUMN_NUMBER:
	case COLUMN_DELTA:
	case COLUMN_DELTA_BYTES:
		key = cell.known ? ordered_double(cell.f) : 0;
		break;
	default:
		key = cell.known ? cell.u : 0;
		break;
	}
	/* Descending keeps equal rows in the model's order as well. */
	return list->descending ? ~key : key;
}

enum { DIGIT = 11, DIGITS = 1 << DIGIT };

/* One digit of the keys; where they are now. */
struct digits {
	uint64_t *keys, *keys_to;
	uint32_t *rows, *rows_to; /* NULL: in the lower half of the keys */
	uint32_t n;
};

/* Stable and linear. */
static void sort_digit(struct digits *d, unsigned shift)
{
	uint32_t counts[DIGITS] = {0}, sum = 0, i, at;
	uint64_t *keys = d->keys;
	uint32_t *rows = d->rows;

	for (i = 0; i < d->n; i++)
		counts[(keys[i] >> shift) & (DIGITS - 1)]++;
	if (counts[(keys[0] >> shift) & (DIGITS - 1)] == d->n)
		return;
	for (i = 0; i < DIGITS; i++) {
		uint32_t c = counts[i];

		counts[i] = sum;
		sum += c;
	}
	for (i = 0; i < d->n; i++) {
		at = counts[(keys[i] >> shift) & (DIGITS - 1)]++;
		d->keys_to[at] = keys[i];
		if (rows)
			d->rows_to[at] = rows[i];
	}
	d->keys = d->keys_to;
	d->keys_to = keys;
	d->rows = d->rows_to;
	d->rows_to = rows;
}

/*
 * Least significant digit first. Keys that are less than 2^32 apart share a
 * word with their row: half the memory to touch.
 */
static void sort_numbers(uint64_t *keys, uint32_t *rows, uint32_t n)
{
	uint64_t *other = xreallocarray(NULL, n, sizeof(*other));
	uint64_t least = UINT64_MAX, most = 0;
	struct digits d = {.keys = keys, .keys_to = other, .n = n};
	uint32_t *other_rows = NULL;
	unsigned shift = 0;
	uint32_t i;

	for (i = 0; i < n; i++) {
		least = keys[i] < least ? keys[i] : least;
		most = keys[i] > most ? keys[i] : most;
	}
	if (most - least <= UINT32_MAX) {
		for (i = 0; i < n; i++)
			keys[i] = (keys[i] - least) << 32 | rows[i];
		shift = 32;
	} else {
		other_rows = xreallocarray(NULL, n, sizeof(*other_rows));
		d.rows = rows;
		d.rows_to = other_rows;
	}
	/* Above the largest there are only zeros. */
	for (; shift < 64 &&
	       (other_rows ? most >> shift : (most - least) >> (shift - 32));
	     shift += DIGIT)
		sort_digit(&d, shift);
	if (!other_rows)
		for (i = 0; i < n; i++)
			rows[i] = (uint32_t)d.keys[i];
	else if (d.rows != rows)
		memcpy(rows, d.rows, n * sizeof(*rows));
	free(other_rows);
	free(other);
}

bool list_ended(const struct list *list, uint32_t row)
{
	return row % CHECK_EVERY == 0 && list->kind->ended &&
	       list->kind->ended(list->model);
}

struct text_sort {
	const struct list *list;
	uint32_t compared;
	bool ended; /* what comes of it is not used */
};

static int compare_text(const void *a, const void *b, void *arg)
{
	struct text_sort *sort = arg;
	const struct sort_key *x = a, *y = b;
	int c = (x->number > y->number) - (x->number < y->number);

	sort->ended = sort->ended || list_ended(sort->list, ++sort->compared);
	if (!c && x->text != y->text && !sort->ended)
		c = strcmp(x->text, y->text);
	if (c)
		return sort->list->descending ? -c : c;
	return x->row < y->row ? -1 : x->row > y->row;
}

static bool sort_texts(struct list *list)
{
	struct sort_key *keys = xreallocarray(NULL, list->count, sizeof(*keys));
	struct text_sort sort = {.list = list};
	uint32_t i;

	for (i = 0; i < list->count && !list_ended(list, i); i++)
		keys[i] = text_key(list, list->order[i]);
	sort.ended = i < list->count;
	if (!sort.ended)
		qsort_r(keys, list->count, sizeof(*keys), compare_text, &sort);
	for (i = 0; i < list->count && !sort.ended; i++)
		list->order[i] = keys[i].row;
	free(keys);
	return !sort.ended;
}

bool list_sort_rows(struct list *list)
{
	const struct column *column;
	uint64_t *keys;
	uint32_t i;

	if (list->sort_column < 0 || list->count < 2)
		return true;
	column = &list->kind->columns[list->sort_column];
	if (column->kind == COLUMN_TEXT || column->kind == COLUMN_FLAGS)
		return sort_texts(list);
	keys = xreallocarray(NULL, list->count, sizeof(*keys));
	for (i = 0; i < list->count && !list_ended(list, i); i++)
		keys[i] = number_key(list, list->order[i]);
	if (i == list->count)
		sort_numbers(keys, list->order, list->count);
	free(keys);
	return i == list->count;
}

/* Rows of the first level keep theirs under them. */
static bool apply_sort(struct list *list)
{
	bool done;

	list_tree_prune(list);
	done = list_sort_rows(list);
	return list_tree_grow(list) && done;
}

/* Rows that pass, in the model's order; NULL if it is to end. */
static uint32_t *matching(struct list *list, struct filter *filter)
{
	const struct list_kind *kind = list->kind;
	uint32_t row, rows = kind->count(list->model);
	uint32_t *order = xreallocarray(NULL, (size_t)rows + 1, sizeof(*order));

	list->count = list->total = 0;
	for (row = 0; row < rows; row++) {
		if (list_ended(list, row)) {
			free(order);
			return NULL;
		}
		if (kind->parent && kind->parent(list->model, row) < rows)
			continue;
		list->total++;
		if (!filter || filter_match(filter, list->model, row))
			order[list->count++] = row;
	}
	return order;
}

/* False if it is to end: the list is as it was. */
static bool apply_filter(struct list *list, struct filter *filter)
{
	const struct list before = *list;

	list->order = matching(list, filter);
	if (list->order && apply_sort(list)) {
		free(before.order);
		return true;
	}
	free(list->order);
	list->order = before.order;
	list->count = before.count;
	list->total = before.total;
	return false;
}

static struct error *cancelled(void)
{
	return error_new(ERROR_CANCELLED, "cancelled");
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
	list->count = list->total = 0;
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

struct error *list_no_column(const struct list_kind *kind, const char *spec)
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
		return list_no_column(list->kind, key);
	if (!given)
		descending = list->kind->columns[column].kind != COLUMN_TEXT;
	return list_sort(list, column, descending) ? NULL : cancelled();
}

bool list_sort(struct list *list, int column, bool descending)
{
	int old_column = list->sort_column;
	bool old_descending = list->descending;

	list->sort_column = column;
	list->descending = descending;
	if (apply_sort(list))
		return true;
	list->sort_column = old_column;
	list->descending = old_descending;
	return false;
}

struct error *list_filter(struct list *list, const char *expression)
{
	struct filter *filter = NULL;
	struct error *err = filter_compile(list->kind, expression, &filter);

	if (err)
		return err;
	if (!apply_filter(list, filter)) {
		filter_free(filter);
		return cancelled();
	}
	free(list->filter);
	list->filter = xstrdup(expression);
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

static void add_time(struct buf *out, uint64_t seconds)
{
	if (seconds < 120)
		buf_printf(out, "%" PRIu64 "s", seconds);
	else if (seconds < 7200)
		buf_printf(out, "%" PRIu64 "m", seconds / 60);
	else
		buf_printf(out, "%" PRIu64 "h", seconds / 3600);
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
	case COLUMN_TIME:
		add_time(out, cell->u);
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

enum { DAY = 86400 };

/* With a sign, and by 1000 or 1024; false: it is no number of anything. */
static bool add_scaled(struct buf *out, double f, bool plus, bool bytes)
{
	const double most = 1.8e19;

	if (!(fabs(f) < most))
		return false;
	buf_adds(out, f < 0 ? "-" : plus && f > 0 ? "+" : "");
	if (bytes)
		text_size_iec(out, (uint64_t)fabs(f));
	else
		text_count_short(out, (uint64_t)fabs(f));
	return true;
}

/* Form number @p form of what is too wide; false: there is no such form. */
static bool add_form(struct buf *out, const struct column *column,
		     const struct cell *cell, int form)
{
	if (column->kind == COLUMN_NUMBER && form < 2) {
		buf_printf(out, "%.*f", 1 - form, cell->f);
		return true;
	}
	if (form > (column->kind == COLUMN_NUMBER ? 2 : 0))
		return false;
	switch (column->kind) {
	case COLUMN_COUNT:
		text_count_short(out, cell->u);
		return true;
	case COLUMN_BYTES:
		text_size_iec(out, cell->u);
		return true;
	case COLUMN_TIME:
		buf_printf(out, "%" PRIu64 "d", cell->u / DAY);
		return true;
	case COLUMN_NUMBER:
		return add_scaled(out, cell->f, false, false);
	case COLUMN_PERCENT:
		return !cell->text &&
		       add_scaled(out, cell->f * 100, false, false);
	case COLUMN_DELTA:
	case COLUMN_DELTA_BYTES:
		return add_scaled(out, cell->f, true,
				  column->kind == COLUMN_DELTA_BYTES);
	default:
		return false;
	}
}

void cell_text_fit(struct buf *out, const struct column *column,
		   const struct cell *cell, size_t width)
{
	CLEANUP(buf_deinit) struct buf text = {0};
	int form = 0;
	size_t i;

	cell_text(&text, column, cell);
	if (column->kind == COLUMN_TEXT || column->kind == COLUMN_FLAGS) {
		buf_adds(out, buf_str(&text));
		return;
	}
	while (text.len > width) {
		buf_clear(&text);
		buf_adds(&text, cell->exact ? "" : ">=");
		if (add_form(&text, column, cell, form++))
			continue;
		for (i = 0; i < width; i++)
			buf_addc(out, '#');
		return;
	}
	buf_adds(out, buf_str(&text));
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
