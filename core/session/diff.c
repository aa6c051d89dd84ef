#include "core/session/diff.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/diff_priv.h"
#include "core/session/goroutine_list.h"
#include "core/session/objects.h"

static const char *const state_names[] = {"new",    "gone",    "grew",
					  "shrank", "churned", "same"};

const char *diff_state_name(enum diff_state state)
{
	return state_names[state];
}

bool diff_state_parse(const char *text, size_t len, enum diff_state *ret)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(state_names); i++) {
		if (strlen(state_names[i]) == len &&
		    !memcmp(text, state_names[i], len)) {
			*ret = (enum diff_state)i;
			return true;
		}
	}
	return false;
}

int64_t diff_delta(uint64_t a, uint64_t b, bool *known)
{
	*known = a != UINT64_MAX && b != UINT64_MAX;
	return *known ? (int64_t)(b - a) : 0;
}

double diff_load_points(const struct diff_row *row)
{
	double a = row->a.slots ? (double)row->a.entries / (double)row->a.slots
				: 0;
	double b = row->b.slots ? (double)row->b.entries / (double)row->b.slots
				: 0;

	return (b - a) * 100;
}

static bool is_wanted(const struct diff_row *row, unsigned states, uint64_t min,
		      bool std)
{
	bool known;
	int64_t storage =
		diff_delta(row->a.storage_bytes, row->b.storage_bytes, &known);
	int64_t retained =
		diff_delta(row->a.maps ? row->a.retained_bytes : 0,
			   row->b.maps ? row->b.retained_bytes : 0, &known);

	return states >> row->state & 1 && (std || !row->std) &&
	       ((uint64_t)llabs(storage) >= min ||
		(uint64_t)llabs(retained) >= min);
}

void diff_keep(struct diff *diff, unsigned states, uint64_t min, bool std)
{
	uint32_t i, n = 0;

	for (i = 0; i < diff->count; i++)
		if (is_wanted(&diff->rows[i], states, min, std))
			diff->rows[n++] = diff->rows[i];
	diff->count = n;
}

static struct diff_side side_of_group(const struct map_group *g)
{
	return (struct diff_side){
		.maps = g->maps,
		.entries = g->entries,
		.slots = g->slots,
		.storage_bytes = g->storage_bytes,
		.tombstones = g->tombstones,
		.retained_bytes = g->retained_bytes,
		.exact = g->retained_exact,
	};
}

static struct diff_side side_of_map(const struct map_row *r)
{
	return (struct diff_side){
		.maps = 1,
		.entries = r->count,
		.slots = r->slots,
		.storage_bytes = r->storage_bytes,
		.tombstones = r->tombstones,
		.retained_bytes = r->retained_bytes,
		.exact = r->retained_exact,
	};
}

/*
 * Fewer entries in the same storage is churn, not shrinking: Go's maps keep
 * what they have. Retained sizes decide only when nothing else moved.
 */
static enum diff_state judge(const struct diff_row *r)
{
	bool known;
	int64_t maps = diff_delta(r->a.maps, r->b.maps, &known);
	int64_t entries = diff_delta(r->a.entries, r->b.entries, &known);
	int64_t storage =
		diff_delta(r->a.storage_bytes, r->b.storage_bytes, &known);
	int64_t tombs = diff_delta(r->a.tombstones, r->b.tombstones, &known);
	int64_t retained =
		diff_delta(r->a.retained_bytes, r->b.retained_bytes, &known);

	if (!r->a.maps)
		return DIFF_NEW;
	if (!r->b.maps)
		return DIFF_GONE;
	if (entries > 0 || (storage > 0 && entries == 0) ||
	    (maps > 0 && entries >= 0))
		return DIFF_GREW;
	if (storage < 0 || maps < 0)
		return DIFF_SHRANK;
	if (entries < 0 || tombs || r->appeared || storage > 0 || maps > 0)
		return DIFF_CHURNED;
	if (retained)
		return retained > 0 ? DIFF_GREW : DIFF_SHRANK;
	return DIFF_SAME;
}

struct same_addr {
	uint64_t pairs, of;
};

/* Maps at one address on both sides; types are compared by name. */
static struct same_addr same_addresses(const struct session *a,
				       const struct session *b)
{
	uint32_t i = 0, k = 0, na, nb;
	const struct map_row *x = session_maps(a, &na);
	const struct map_row *y = session_maps(b, &nb);
	struct same_addr ret = {.of = na < nb ? na : nb};

	while (i < na && k < nb) {
		if (x[i].addr == y[k].addr) {
			ret.pairs++;
			i++;
			k++;
		} else if (x[i].addr < y[k].addr) {
			i++;
		} else {
			k++;
		}
	}
	return ret;
}

static bool same_text(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/* One process later: addresses mean the same on both sides. */
static bool is_same_process(const struct session *a, const struct session *b)
{
	struct session_totals ta, tb;
	struct session_info ia, ib;
	struct same_addr same;

	session_info(a, &ia);
	session_info(b, &ib);
	if (!ia.pid || ia.pid != ib.pid || !same_text(ia.build_id, ib.build_id))
		return false;
	session_totals(a, &ta);
	session_totals(b, &tb);
	/* Counters of a process never go back. */
	if (ta.mallocs != UINT64_MAX && tb.mallocs != UINT64_MAX &&
	    ta.mallocs != tb.mallocs &&
	    (ia.time_ns <= ib.time_ns) != (ta.mallocs < tb.mallocs))
		return false;
	same = same_addresses(a, b);
	return !same.of || same.pairs;
}

struct matcher {
	struct diff *diff;
	size_t cap;
	uint32_t *row_a, *row_b; /* by map: its row of the diff */
};

static struct diff_row *row_named(struct matcher *m, const char *name)
{
	struct diff *d = m->diff;
	uint32_t before = d->names.count;
	uint32_t number = intern_add(&d->names, name);

	if (number == before) {
		GROW_ARRAY(d->rows, d->count, m->cap);
		d->rows[d->count++] = (struct diff_row){
			.a.retained_bytes = UINT64_MAX,
			.b.retained_bytes = UINT64_MAX,
		};
	}
	return &d->rows[number];
}

static void add_groups(struct matcher *m, const struct map_groups *groups,
		       bool later)
{
	uint32_t i;
	uint64_t k;

	for (i = 0; i < groups->count; i++) {
		const struct map_group *g = &groups->groups[i];
		struct diff_row *row = row_named(m, g->name);
		uint32_t number = (uint32_t)(row - m->diff->rows);

		*(later ? &row->b : &row->a) = side_of_group(g);
		row->type = g->type;
		row->std = (g->flags & MAP_STD) != 0;
		for (k = 0; k < g->maps; k++)
			(later ? m->row_b
			       : m->row_a)[groups->rows[g->first + k]] = number;
	}
}

/* Which maps of each row are still there: both lists are by address. */
static void count_matches(struct matcher *m)
{
	uint32_t i = 0, k = 0, na, nb;
	const struct map_row *x = session_maps(m->diff->a, &na);
	const struct map_row *y = session_maps(m->diff->b, &nb);
	struct diff_row *rows = m->diff->rows;

	while (i < na || k < nb) {
		bool both = i < na && k < nb && x[i].addr == y[k].addr;

		if (both && m->row_a[i] == m->row_b[k]) {
			rows[m->row_a[i++]].matched++;
			k++;
		} else if (both) {
			rows[m->row_a[i++]].vanished++;
			rows[m->row_b[k++]].appeared++;
		} else if (k == nb || (i < na && x[i].addr < y[k].addr)) {
			rows[m->row_a[i++]].vanished++;
		} else {
			rows[m->row_b[k++]].appeared++;
		}
	}
}

static struct error *compare_groups(struct diff *d)
{
	CLEANUP(map_groups_deinit) struct map_groups ga = {0}, gb = {0};
	struct matcher m = {.diff = d};
	uint32_t na, nb;
	struct error *err;

	if ((err = map_groups_load(d->a, d->by, NULL, &ga)) ||
	    (err = map_groups_load(d->b, d->by, NULL, &gb)))
		return err;
	session_maps(d->a, &na);
	session_maps(d->b, &nb);
	m.row_a = xcalloc((size_t)na + 1, sizeof(*m.row_a));
	m.row_b = xcalloc((size_t)nb + 1, sizeof(*m.row_b));
	add_groups(&m, &ga, false);
	add_groups(&m, &gb, true);
	if (d->same_process)
		count_matches(&m);
	free(m.row_a);
	free(m.row_b);
	for (na = 0; na < d->count; na++)
		d->rows[na].name = d->names.strings[na];
	return NULL;
}

static void add_map(struct matcher *m, const struct map_row *x,
		    const struct map_row *y)
{
	const struct session *s = y ? m->diff->b : m->diff->a;
	const struct map_row *shown = y ? y : x;
	struct diff_row *row;

	assert(shown);
	GROW_ARRAY(m->diff->rows, m->diff->count, m->cap);
	row = &m->diff->rows[m->diff->count++];
	*row = (struct diff_row){
		.name = map_row_owner(s, shown),
		.type = map_row_type(s, shown),
		.addr = shown->addr,
		.std = (shown->flags & MAP_STD) != 0,
		.a.retained_bytes = UINT64_MAX,
		.b.retained_bytes = UINT64_MAX,
		.matched = x && y,
		.appeared = !x,
		.vanished = !y,
	};
	if (x)
		row->a = side_of_map(x);
	if (y)
		row->b = side_of_map(y);
}

static bool same_type(const char *a, const char *b)
{
	return (!a && !b) || same_text(a, b);
}

/* An address with another type is another map. */
static void compare_maps(struct diff *d)
{
	struct matcher m = {.diff = d};
	uint32_t i = 0, k = 0, na, nb;
	const struct map_row *x = session_maps(d->a, &na);
	const struct map_row *y = session_maps(d->b, &nb);

	while (i < na || k < nb) {
		bool both = i < na && k < nb && x[i].addr == y[k].addr;

		if (both && same_type(map_row_type(d->a, &x[i]),
				      map_row_type(d->b, &y[k]))) {
			add_map(&m, &x[i++], &y[k++]);
		} else if (k == nb || (i < na && x[i].addr <= y[k].addr)) {
			add_map(&m, &x[i++], NULL);
		} else {
			add_map(&m, NULL, &y[k++]);
		}
	}
}

struct counts {
	struct diff_count *list;
	uint32_t count;
	size_t cap;
	struct intern names;
};

static struct diff_count *count_named(struct counts *c, const char *name)
{
	uint32_t before = c->names.count;
	uint32_t number = intern_add(&c->names, name);

	if (number == before) {
		GROW_ARRAY(c->list, c->count, c->cap);
		c->list[c->count++] =
			(struct diff_count){.name = xstrdup(name)};
	}
	return &c->list[number];
}

static uint64_t apart(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static int most_first(const void *p, const void *q)
{
	const struct diff_count *x = p, *y = q;
	uint64_t bx = apart(x->a_bytes, x->b_bytes);
	uint64_t by = apart(y->a_bytes, y->b_bytes);
	uint64_t cx = apart(x->a, x->b), cy = apart(y->a, y->b);

	if (bx != by)
		return bx > by ? -1 : 1;
	if (cx != cy)
		return cx > cy ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Only what differs, most first. */
static void keep_changes(struct counts *c, struct diff_count **ret,
			 uint32_t *count_ret)
{
	uint32_t i, n = 0;

	for (i = 0; i < c->count; i++) {
		if (c->list[i].a == c->list[i].b &&
		    c->list[i].a_bytes == c->list[i].b_bytes)
			free(c->list[i].name);
		else
			c->list[n++] = c->list[i];
	}
	if (n)
		qsort(c->list, n, sizeof(*c->list), most_first);
	intern_deinit(&c->names);
	*ret = c->list;
	*count_ret = n;
}

static struct error *compare_types(struct diff *d)
{
	CLEANUP(type_table_deinit) struct type_table a = {0}, b = {0};
	struct counts counts = {0};
	struct error *err;
	uint32_t i;

	if ((err = type_table_load(d->a, false, &a)) ||
	    (err = type_table_load(d->b, false, &b)))
		return err;
	for (i = 0; i < a.count; i++) {
		struct diff_count *c = count_named(&counts, a.rows[i].name);

		c->a += a.rows[i].count;
		c->a_bytes += a.rows[i].bytes;
	}
	for (i = 0; i < b.count; i++) {
		struct diff_count *c = count_named(&counts, b.rows[i].name);

		c->b += b.rows[i].count;
		c->b_bytes += b.rows[i].bytes;
	}
	keep_changes(&counts, &d->types, &d->type_count);
	return NULL;
}

static void compare_goroutines(struct diff *d)
{
	CLEANUP(goroutine_table_deinit) struct goroutine_table a = {0}, b = {0};
	struct counts counts = {0};
	uint32_t i;

	goroutine_table_load(d->a, GOROUTINES_BY_USER, false, &a);
	goroutine_table_load(d->b, GOROUTINES_BY_USER, false, &b);
	for (i = 0; i < a.count; i++)
		count_named(&counts, a.lines[i].user)->a += a.lines[i].count;
	for (i = 0; i < b.count; i++)
		count_named(&counts, b.lines[i].user)->b += b.lines[i].count;
	keep_changes(&counts, &d->goroutines, &d->goroutine_count);
}

struct error *diff_load(const struct session *a, const struct session *b,
			enum map_group_by by, struct diff *ret)
{
	struct error *err;
	uint32_t i;

	*ret = (struct diff){.a = a, .b = b, .by = by};
	if ((err = session_check_maps(a)) || (err = session_check_maps(b)))
		return err;
	ret->same_process = is_same_process(a, b);
	if (by == GROUP_NONE && !ret->same_process)
		return error_hint(error_new(ERROR_USAGE,
					    "maps are compared one by one "
					    "within one process only"),
				  "--group owner compares across processes");
	if (by == GROUP_NONE)
		compare_maps(ret);
	else if ((err = compare_groups(ret)))
		return err;
	for (i = 0; i < ret->count; i++)
		ret->rows[i].state = (uint8_t)judge(&ret->rows[i]);
	if ((err = compare_types(ret)))
		return err;
	compare_goroutines(ret);
	diff_say(ret);
	return NULL;
}

static void counts_free(struct diff_count *list, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		free(list[i].name);
	free(list);
}

void diff_deinit(struct diff *diff)
{
	uint32_t i;

	for (i = 0; i < diff->sentence_count; i++)
		free(diff->sentences[i]);
	free(diff->sentences);
	free(diff->rows);
	counts_free(diff->types, diff->type_count);
	counts_free(diff->goroutines, diff->goroutine_count);
	intern_deinit(&diff->names);
	*diff = (struct diff){0};
}
