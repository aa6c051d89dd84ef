/*
 * Level maps: types, owners, and one row a map. Details are computed in
 * batches on all cores and written in order, so that the file depends on the
 * sample alone.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/json.h"
#include "core/session/objects.h"
#include "core/session/snapshot_priv.h"

enum { BATCH = 2048, CHUNK = 32 };

struct item {
	struct map_detail detail; /* as a list has it */
	struct map_detail hits;	  /* with the keys' hashes; untyped: none */
	char *shape; /* text of all its figures: equal text, equal shape */
	char *path;  /* JSON of the steps */
	struct error *err;
};

struct writer {
	const struct session *session;
	struct db *db;
	struct job *job;
	bool keys;
	uint32_t first; /* row of items[0] */
	struct item *items;
	uint32_t *parents; /* row + 1 of the nearest dominating map; 0 none */
	struct intern shapes, paths, types;
	struct db_query *put_map, *put_shape, *put_path;
};

static void writer_deinit(struct writer *w)
{
	free(w->items);
	free(w->parents);
	intern_deinit(&w->shapes);
	intern_deinit(&w->paths);
	intern_deinit(&w->types);
	db_query_free(w->put_map);
	db_query_free(w->put_shape);
	db_query_free(w->put_path);
}

/*
 * The nearest map above each in the dominator tree. Chains are walked once:
 * every object passed remembers the answer.
 */
static void find_parents(struct writer *w)
{
	const struct session *session = w->session;
	const struct heap *heap = session->heap;
	uint64_t bytes = (uint64_t)heap->count * sizeof(uint32_t);
	enum { NONE = 1, MAPS = 2 }; /* else unknown */
	uint32_t *memo, i;

	w->parents = xcalloc((size_t)session->row_count + 1, sizeof(uint32_t));
	if (!heap->idom || !heap->count)
		return;
	memo = big_alloc(bytes); /* row + MAPS of the object or above it */
	for (i = 0; i < session->row_count; i++)
		if (session->rows[i].object != UINT32_MAX)
			memo[session->rows[i].object] = i + MAPS;
	for (i = 0; i < session->row_count; i++) {
		uint32_t at, start = session->rows[i].object, answer;

		if (start == UINT32_MAX || heap->idom[start] >= heap->count)
			continue;
		start = at = heap->idom[start];
		while (!memo[at] && heap->idom[at] < heap->count)
			at = heap->idom[at];
		answer = memo[at] ? memo[at] : NONE;
		for (at = start; !memo[at]; at = heap->idom[at]) {
			memo[at] = answer;
			if (heap->idom[at] >= heap->count)
				break;
		}
		w->parents[i] = answer >= MAPS ? answer - MAPS + 1 : 0;
	}
	big_free(memo, bytes);
}

static uint32_t add_type(struct writer *w, uint32_t type)
{
	char key[16];

	snprintf(key, sizeof(key), "%" PRIu32, type);
	return intern_add(&w->types, key) + 1;
}

/* Number of a Go type, 1-based; 0 for none. */
static uint32_t type_number(struct writer *w, uint32_t type)
{
	return type ? add_type(w, type) : 0;
}

static struct error *put_type(struct db_query *q, uint32_t number,
			      const struct go_type *type, uint32_t key,
			      uint32_t elem, const struct type_row *live)
{
	uint64_t unknown = UINT64_MAX;

	return db_put(
		q, "ituuuuuuu", (int64_t)number, live ? live->name : type->name,
		(uint64_t)type->size, key ? (uint64_t)key : unknown,
		elem ? (uint64_t)elem : unknown, live ? live->count : unknown,
		live ? live->bytes : unknown,
		live ? live->retained_bytes : unknown,
		live ? (uint64_t)live->exact : unknown);
}

static const struct type_row *live_type(const struct type_table *table,
					const uint32_t *index, uint32_t type)
{
	return index[type] ? &table->rows[index[type] - 1] : NULL;
}

/* Types of maps, of their keys and elements, and of all live objects. */
static struct error *write_types(struct writer *w)
{
	CLEANUP(type_table_deinit) struct type_table live = {0};
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	CLEANUP(free_cleanup) uint32_t *index = NULL;
	struct go_types *types = w->session->rt->types;
	struct error *err;
	uint32_t i;

	if ((err = type_table_load(w->session, false, &live)) ||
	    (err = db_prepare(
		     w->db, "INSERT INTO type VALUES(?,?,?,?,?,?,?,?,?)", &q)))
		return err;
	index = xcalloc((size_t)go_type_count(types) + 1, sizeof(*index));
	for (i = 0; i < live.count; i++) {
		add_type(w, live.rows[i].type);
		index[live.rows[i].type] = i + 1;
	}
	for (i = 0; i < w->session->row_count; i++)
		type_number(w, w->session->rows[i].type);
	for (i = 0; i < w->types.count && !err; i++) {
		uint32_t id = (uint32_t)strtoul(w->types.strings[i], NULL, 10);
		const struct go_type *type = go_type(types, id);
		bool map = type->kind == GO_MAP;

		err = put_type(q, i + 1, type,
			       map ? type_number(w, type->key) : 0,
			       map ? type_number(w, type->elem) : 0,
			       live_type(&live, index, id));
	}
	return err;
}

static uint32_t group_type(struct writer *w, const struct map_groups *groups,
			   const struct map_group *group)
{
	if (!group->type)
		return 0;
	return type_number(w,
			   w->session->rows[groups->rows[group->first]].type);
}

static struct error *write_owners(struct writer *w)
{
	CLEANUP(map_groups_deinit) struct map_groups groups = {0};
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct error *err;
	uint32_t i;

	if ((err = map_groups_load(w->session, GROUP_OWNER, NULL, &groups)) ||
	    (err = db_prepare(w->db,
			      "INSERT INTO owner VALUES(?,?,?,?,?,?,?,?,?,?,"
			      "?,?,?,?,?,?,?)",
			      &q)))
		return err;
	for (i = 0; i < groups.count && !err; i++) {
		const struct map_group *g = &groups.groups[i];
		uint32_t id = intern_find(&w->session->owners, g->name);
		uint32_t type = group_type(w, &groups, g);
		const char *start;
		size_t n = owner_package(g->name, &start);
		CLEANUP(free_cleanup) char *package = xstrndup(start, n);
		char flags[MAP_FLAG_TEXT];

		map_flags_text(g->flags, flags);
		err = db_put(q, "ittiuuuuuuuiuuuit", (int64_t)id, g->name,
			     package, (int64_t)((g->flags & MAP_STD) != 0),
			     type ? (uint64_t)type : UINT64_MAX, g->maps,
			     g->entries, g->slots, g->storage_bytes,
			     g->waste_bytes, g->retained_bytes,
			     (int64_t)g->retained_exact, g->tombstones,
			     g->old_bytes, (uint64_t)g->chain_max,
			     (int64_t)g->severity, flags);
	}
	return err;
}

static char *histogram_text(const struct map_detail *d)
{
	struct buf text = {0};
	unsigned i, last = 0;

	for (i = 0; i < MAP_HISTOGRAM; i++)
		if (d->histogram[i])
			last = i + 1;
	buf_addc(&text, '[');
	for (i = 0; i < last; i++)
		buf_printf(&text, "%s%" PRIu64, i ? "," : "", d->histogram[i]);
	buf_addc(&text, ']');
	return buf_steal(&text);
}

/* Without printf: this is done for every map. */
static void add_hex(struct buf *out, uint64_t v)
{
	static const char digits[] = "0123456789abcdef";
	char text[17];
	size_t at = sizeof(text);

	text[--at] = ',';
	do {
		text[--at] = digits[v & 15];
		v >>= 4;
	} while (v);
	buf_add(out, text + at, sizeof(text) - at);
}

static void add_bits(struct buf *out, double f)
{
	uint64_t bits;

	memcpy(&bits, &f, sizeof(bits));
	add_hex(out, bits);
}

static void add_histogram(struct buf *out, const struct map_detail *d)
{
	unsigned i, last = 0;

	for (i = 0; i < MAP_HISTOGRAM; i++)
		if (d->histogram[i])
			last = i + 1;
	for (i = 0; i < last; i++)
		add_hex(out, d->histogram[i]);
	buf_addc(out, ';');
}

static char *shape_text(const struct map_detail *d,
			const struct map_detail *hits)
{
	struct buf text = {0};
	uint32_t i;

#define X(name, field) add_hex(&text, (uint64_t)d->field);
	SHAPE_COLUMNS(X)
#undef X
	add_bits(&text, (double)d->row.load);
	add_bits(&text, (double)d->row.load_max);
	add_bits(&text, d->chain_mean);
	buf_adds(&text, d->metric);
	buf_addc(&text, ';');
	add_histogram(&text, d);
	for (i = 0; i < d->occupancy_count; i++)
		add_hex(&text, d->occupancy[i]);
	buf_addc(&text, ';');
	add_hex(&text, hits->chain_max);
	add_hex(&text, hits->chain_p99);
	add_hex(&text, hits->chain_longest_index);
	add_bits(&text, hits->chain_mean);
	add_histogram(&text, hits);
	return buf_steal(&text);
}

static char *path_text(const struct map_detail *d)
{
	CLEANUP(json_deinit) struct json json = {0};
	uint32_t i;

	json_open(&json, NULL, '[');
	for (i = 0; i < d->path_count; i++)
		json_string(&json, NULL, d->path[i]);
	json_close(&json, ']');
	return buf_steal(&json.out);
}

/* The detail as a list shows it, and as one map's own page does. */
static struct error *load_detail(const struct session *session, uint32_t row,
				 enum heap_want path, struct item *item)
{
	struct map_detail *d = &item->detail;
	struct error *err;
	struct map_detail all;

	if ((err = map_detail_part(session, row, DETAIL_LIST, path, d)))
		return err;
	if (!d->typed)
		return NULL;
	err = map_detail_part(session, row, DETAIL_ALL, HEAP_OWNER_ONLY, &all);
	if (err) { /* what cannot be walked in full is listed as far as known */
		error_free(err);
		return NULL;
	}
	memcpy(d->occupancy, all.occupancy, sizeof(d->occupancy));
	d->occupancy_count = all.occupancy_count;
	free(all.cells);
	all.cells = NULL;
	if (strcmp(all.metric, d->metric) != 0)
		item->hits = all;
	else
		map_detail_deinit(&all);
	return NULL;
}

static void load_items(void *arg, unsigned worker, uint64_t begin, uint64_t end)
{
	struct writer *w = arg;

	(void)worker;
	for (; begin < end; begin++) {
		struct item *item = &w->items[begin];
		uint32_t row = w->first + (uint32_t)begin;
		struct error *err;

		err = load_detail(w->session, row,
				  w->keys ? HEAP_PATH : HEAP_PATH_REDACTED,
				  item);
		item->err = err;
		if (err)
			continue;
		item->shape = shape_text(&item->detail, &item->hits);
		item->path = path_text(&item->detail);
	}
}

static struct error *put_hits(struct db_query *q, int n,
			      const struct map_detail *hits)
{
	CLEANUP(free_cleanup) char *histogram = histogram_text(hits);
	bool known = hits->typed;
	struct error *err;

	if ((err = db_set_u64(q, n++, known ? hits->chain_max : UINT64_MAX)) ||
	    (err = db_set_u64(q, n++, known ? hits->chain_p99 : UINT64_MAX)) ||
	    (err = db_set_u64(
		     q, n++, known ? hits->chain_longest_index : UINT64_MAX)) ||
	    (err = db_set_real(q, n++, hits->chain_mean)) ||
	    (err = db_set_text(q, n, known ? histogram : NULL)))
		return err;
	return db_run(q);
}

static struct error *put_shape(struct writer *w, uint32_t id,
			       const struct map_detail *d,
			       const struct map_detail *hits)
{
	CLEANUP(free_cleanup) char *histogram = histogram_text(d);
	struct db_query *q = w->put_shape;
	struct error *err;
	int n = 1;

	if ((err = db_set_u64(q, n++, id)))
		return err;
#define X(name, field)                                                         \
	if ((err = db_set_u64(q, n++, (uint64_t)d->field)))                    \
		return err;
	SHAPE_COLUMNS(X)
#undef X
	if ((err = db_set_real(q, n++, (double)d->row.load)) ||
	    (err = db_set_real(q, n++, (double)d->row.load_max)) ||
	    (err = db_set_real(q, n++, d->chain_mean)) ||
	    (err = db_set_text(q, n++, d->metric)) ||
	    (err = db_set_text(q, n++, histogram)) ||
	    (err = db_set_blob(q, n++, d->occupancy, d->occupancy_count)))
		return err;
	return put_hits(q, n, hits);
}

static struct error *shape_id(struct writer *w, const struct item *item,
			      uint32_t *ret)
{
	uint32_t before = w->shapes.count;

	*ret = intern_add(&w->shapes, item->shape);
	return *ret == before ? put_shape(w, *ret, &item->detail, &item->hits)
			      : NULL;
}

static struct error *path_id(struct writer *w, const struct item *item,
			     uint32_t *ret)
{
	const struct map_detail *d = &item->detail;
	CLEANUP(free_cleanup)
	char *key = xasprintf("%s %" PRId64 " %s", d->root_kind, d->goroutine,
			      item->path);
	uint32_t before = w->paths.count;

	*ret = intern_add(&w->paths, key);
	if (*ret != before)
		return NULL;
	return db_put(w->put_path, "itut", (int64_t)*ret, d->root_kind,
		      d->goroutine ? (uint64_t)d->goroutine : UINT64_MAX,
		      item->path);
}

static struct error *put_map(struct writer *w, uint32_t row,
			     const struct item *item)
{
	const struct map_row *r = &w->session->rows[row];
	uint32_t shape, path, parent = w->parents[row];
	uint32_t type = type_number(w, r->type);
	struct error *err;

	if ((err = shape_id(w, item, &shape)) ||
	    (err = path_id(w, item, &path)))
		return err;
	return db_put(w->put_map, "ixuiiiuuiiiiii", (int64_t)row, r->addr,
		      type ? (uint64_t)type : UINT64_MAX, (int64_t)r->owner,
		      (int64_t)shape, (int64_t)path,
		      parent ? (uint64_t)parent - 1 : UINT64_MAX,
		      r->retained_bytes, (int64_t)r->retained_exact,
		      (int64_t)r->holders, (int64_t)r->flags, (int64_t)r->root,
		      (int64_t)r->reachable,
		      (int64_t)(r->object != UINT32_MAX));
}

static void item_deinit(struct item *item)
{
	map_detail_deinit(&item->detail);
	map_detail_deinit(&item->hits);
	free(item->shape);
	free(item->path);
	error_free(item->err);
	*item = (struct item){0};
}

static struct error *write_batch(struct writer *w, uint32_t count)
{
	struct error *err = NULL;
	uint32_t i;

	job_parallel(w->job, w->session->options.threads, count, CHUNK,
		     load_items, w);
	for (i = 0; i < count; i++) {
		struct item *item = &w->items[i];

		if (!err && !job_cancelled(w->job)) {
			err = item->err;
			item->err = NULL;
			if (!err)
				err = put_map(w, w->first + i, item);
		}
		item_deinit(item);
	}
	return err ? err : job_check(w->job);
}

static struct error *write_rows(struct writer *w)
{
	uint32_t count = w->session->row_count;
	struct error *err = NULL;

	find_parents(w);
	w->items = xcalloc(BATCH, sizeof(*w->items));
	job_phase(w->job, "write maps", count);
	for (w->first = 0; w->first < count && !err; w->first += BATCH) {
		uint32_t n = count - w->first;

		n = n < BATCH ? n : BATCH;
		err = write_batch(w, n);
		job_advance(w->job, n);
	}
	return err;
}

/* INSERT with as many parameters as the table `shape` has columns. */
static struct error *prepare_shape(struct writer *w)
{
	CLEANUP(buf_deinit) struct buf sql = {0};

	buf_adds(&sql, "INSERT INTO shape VALUES(?");
#define X(name, field) buf_adds(&sql, ",?");
	SHAPE_COLUMNS(X)
#undef X
	buf_adds(&sql, ",?,?,?,?,?,?,?,?,?,?,?)");
	return db_prepare(w->db, buf_str(&sql), &w->put_shape);
}

struct error *snapshot_write_maps(const struct session *session, struct db *db,
				  bool keys, const struct redactor *redactor,
				  struct job *job)
{
	CLEANUP(writer_deinit)
	struct writer w = {
		.session = session, .db = db, .job = job, .keys = keys};
	struct error *err;

	if ((err = db_exec(db, snapshot_schema_maps)) ||
	    (err = db_prepare(db,
			      "INSERT INTO map VALUES(?,?,?,?,?,?,?,?,?,?,?,?,"
			      "?,?)",
			      &w.put_map)) ||
	    (err = db_prepare(db, "INSERT INTO path VALUES(?,?,?,?)",
			      &w.put_path)) ||
	    (err = prepare_shape(&w)) || (err = write_types(&w)) ||
	    (err = write_owners(&w)) || (err = write_rows(&w)))
		return err;
	if ((err = snapshot_write_goroutines(session, db, redactor)))
		return err;
	return db_exec(db, snapshot_schema_indexes);
}
