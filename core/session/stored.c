#include "core/session/stored.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/json_parse.h"

enum { MAX_TYPES = 1 << 24, MAX_SHAPES = 1 << 28, MAX_MAPS = 1 << 28 };

void stored_free(struct stored *stored)
{
	uint32_t i;

	if (!stored)
		return;
	db_query_free(stored->shape);
	db_query_free(stored->path);
	db_close(stored->db);
	snapshot_meta_deinit(&stored->meta);
	intern_deinit(&stored->words);
	for (i = 0; i < stored->type_count; i++)
		free(stored->types[i].name);
	free(stored->types);
	free(stored->shapes);
	free(stored->paths);
	free(stored->parents);
	free(stored->groups);
	free(stored->stacks.goroutines);
	free(stored->stacks.frames);
	free(stored->waits);
	free(stored->created);
	free(stored->start);
	goroutine_maps_deinit(&stored->maps);
	pthread_mutex_destroy(&stored->lock);
	free(stored);
}

struct error *stored_damaged(const char *table, int64_t id)
{
	return error_new(ERROR_CORRUPT,
			 "the snapshot is damaged: table %s, row %" PRId64,
			 table, id);
}

const char *stored_word(struct stored *stored, const char *text)
{
	uint32_t number = intern_add(&stored->words, text);

	return stored->words.strings[number];
}

/* "pause_ns[3]": the third element. */
static void take_element(struct go_memstats *s, const char *name, uint64_t v)
{
	char list[16];
	unsigned i;

	if (sscanf(name, "%15[a-z_][%u]", list, &i) != 2)
		return;
	if (i < GO_PAUSES && !strcmp(list, "pause_ns")) {
		s->pauses[i].ns = v;
		if (s->pause_count <= i)
			s->pause_count = i + 1;
	} else if (i < GO_PAUSES && !strcmp(list, "pause_end_ns")) {
		s->pauses[i].end_ns = v;
	} else if (i < GO_SIZE_CLASSES && !strcmp(list, "class_size")) {
		s->by_size[i].size = v;
	} else if (i < GO_SIZE_CLASSES && !strcmp(list, "class_mallocs")) {
		s->by_size[i].mallocs = v;
	} else if (i < GO_SIZE_CLASSES && !strcmp(list, "class_frees")) {
		s->by_size[i].frees = v;
	}
}

static void take_stat(struct session *session, const char *name, uint64_t v)
{
	struct session_totals *t = &session->stored->totals;

#define X(field)                                                               \
	if (!strcmp(name, #field))                                             \
		t->field = (__typeof__(t->field))v;
	STAT_ROWS(X)
#undef X
	if (!strcmp(name, "runtime_heap_objects")) {
		session->stats.heap_objects = v;
		session->have_stats = v != UINT64_MAX;
	} else if (!strcmp(name, "runtime_goroutines")) {
		session->stats.goroutines = v;
	} else {
		take_element(&session->stats, name, v);
	}
}

static struct error *load_stats(struct session *session)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct stored *stored = session->stored;
	struct error *err;
	bool more;

	stored->totals.gc_phase = "?";
	if ((err = db_prepare(stored->db,
			      "SELECT name,value FROM stat LIMIT 1000", &q)))
		return err;
	while (!(err = db_next(q, &more)) && more) {
		CLEANUP(free_cleanup) char *name = xstrdup(db_text(q, 0));

		if (!strcmp(name, "gc_phase"))
			stored->totals.gc_phase =
				stored_word(stored, db_text(q, 1));
		else
			take_stat(session, name, db_u64(q, 1));
	}
	return err;
}

struct error *stored_load_findings(struct session *session)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct stored *stored = session->stored;
	struct error *err;
	size_t cap = 0;
	bool more;

	if ((err = db_prepare(stored->db,
			      "SELECT rule,severity,bytes,title,owner,evidence,"
			      "why,action,verb,addr,map FROM finding "
			      "ORDER BY id",
			      &q)))
		return err;
	while (!(err = db_next(q, &more)) && more) {
		int64_t severity = db_int(q, 1);
		uint64_t row = stored->brief ? UINT64_MAX : db_u64(q, 10);

		if (severity < SEVERITY_OK || severity > SEVERITY_HIGH ||
		    (row != UINT64_MAX && row >= session->row_count) ||
		    session->finding_count >= MAX_TYPES)
			return stored_damaged("finding",
					      session->finding_count);
		GROW_ARRAY(session->findings, session->finding_count, cap);
		session->findings[session->finding_count++] = (struct finding){
			.rule = stored_word(stored, db_text(q, 0)),
			.severity = (uint8_t)severity,
			.bytes = db_u64(q, 2),
			.title = xstrdup(db_text(q, 3)),
			.owner = xstrdup(db_text(q, 4)),
			.evidence = xstrdup(db_text(q, 5)),
			.why = xstrdup(db_text(q, 6)),
			.action = xstrdup(db_text(q, 7)),
			.verb = stored_word(stored, db_text(q, 8)),
			.addr = (uint64_t)db_int(q, 9),
			.row = row == UINT64_MAX ? UINT32_MAX : (uint32_t)row,
		};
	}
	return err;
}

static uint32_t reference(const struct db_query *q, int column)
{
	uint64_t v = db_u64(q, column);

	return v < MAX_TYPES ? (uint32_t)v : 0;
}

static struct error *load_types(struct session *session)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct stored *s = session->stored;
	struct error *err;
	size_t cap = 0;
	bool more;

	if ((err = db_prepare(s->db,
			      "SELECT id,name,size,key,elem,objects,bytes,"
			      "retained_bytes,retained_exact FROM type "
			      "ORDER BY id",
			      &q)))
		return err;
	GROW_ARRAY(s->types, s->type_count, cap);
	s->types[s->type_count++] = (struct stored_type){0};
	while (!(err = db_next(q, &more)) && more) {
		struct stored_type *t;

		if (db_int(q, 0) != s->type_count || s->type_count >= MAX_TYPES)
			return stored_damaged("type", db_int(q, 0));
		GROW_ARRAY(s->types, s->type_count, cap);
		t = &s->types[s->type_count++];
		*t = (struct stored_type){
			.name = xstrdup(db_text(q, 1)),
			.size = (uint64_t)db_int(q, 2),
			.key = reference(q, 3),
			.elem = reference(q, 4),
		};
		if (db_is_null(q, 5))
			continue;
		t->live = (struct type_row){
			.name = t->name,
			.count = db_u64(q, 5),
			.bytes = db_u64(q, 6),
			.retained_bytes = db_u64(q, 7),
			.type = s->type_count - 1,
			.exact = db_int(q, 8) == 1,
		};
	}
	return err;
}

static struct error *load_owners(struct session *session)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct error *err;
	bool more;

	if ((err = db_prepare(session->stored->db,
			      "SELECT id,name FROM owner ORDER BY id", &q)))
		return err;
	while (!(err = db_next(q, &more)) && more)
		if (intern_add(&session->owners, db_text(q, 1)) != db_int(q, 0))
			return stored_damaged("owner", db_int(q, 0));
	return err;
}

/* A row as far as its shape says; the rest comes from table `map`. */
static void take_shape(struct db_query *q, struct map_detail *d)
{
	int n = 0;

#define X(name, field) d->field = (__typeof__(d->field))db_int(q, n++);
	SHAPE_COLUMNS(X)
#undef X
	if (d->row.severity > SEVERITY_HIGH)
		d->row.severity = SEVERITY_HIGH;
	d->row.tables = (uint32_t)d->tables;
	if (d->typed)
		d->row.growth = map_growth_of(d->row.swiss, d->global_depth,
					      d->old_buckets, d->evacuated,
					      d->same_size_grow);
	d->row.chain_max = (uint32_t)d->chain_max;
	d->row.chain_p99 = (uint32_t)d->chain_p99;
	d->row.load = (float)db_real(q, n++);
	d->row.load_max = (float)db_real(q, n++);
	d->chain_mean = db_real(q, n++);
	d->row.chain_mean = (float)d->chain_mean;
}

static const char SHAPE_SELECT[] = "SELECT "
#define X(name, field) #name ","
	SHAPE_COLUMNS(X)
#undef X
		"load,load_max,chain_mean,chain_metric,histogram,occupancy,id,"
		"hit_max,hit_p99,hit_at,hit_mean,hit_histogram "
		"FROM shape ";

enum {
#define X(name, field) SHAPE_##name,
	SHAPE_COLUMNS(X)
#undef X
		SHAPE_LOAD,
	SHAPE_LOAD_MAX,
	SHAPE_MEAN,
	SHAPE_METRIC,
	SHAPE_HISTOGRAM,
	SHAPE_OCCUPANCY,
	SHAPE_ID,
	SHAPE_HIT_MAX,
	SHAPE_HIT_P99,
	SHAPE_HIT_AT,
	SHAPE_HIT_MEAN,
	SHAPE_HIT_HISTOGRAM,
};

static struct error *load_shapes(struct session *session, struct map_row **ret,
				 uint32_t *count_ret)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	CLEANUP(buf_deinit) struct buf sql = {0};
	CLEANUP(free_cleanup) struct map_row *rows = NULL;
	uint32_t count = 0;
	struct error *err;
	size_t cap = 0;
	bool more;

	buf_printf(&sql, "%s ORDER BY id", SHAPE_SELECT);
	if ((err = db_prepare(session->stored->db, buf_str(&sql), &q)))
		return err;
	while (!(err = db_next(q, &more)) && more) {
		struct map_detail d = {0};

		if (db_int(q, SHAPE_ID) != count || count >= MAX_SHAPES)
			return stored_damaged("shape", db_int(q, SHAPE_ID));
		take_shape(q, &d);
		GROW_ARRAY(rows, count, cap);
		rows[count++] = d.row;
	}
	if (err)
		return err;
	*ret = rows;
	*count_ret = count;
	rows = NULL;
	return NULL;
}

static struct error *count_maps(struct session *session)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct stored *s = session->stored;
	struct error *err;
	uint64_t count;
	bool more;

	if ((err = db_prepare(s->db, "SELECT count(*) FROM map", &q)) ||
	    (err = db_next(q, &more)))
		return err;
	count = more ? (uint64_t)db_int(q, 0) : 0;
	if (count > MAX_MAPS)
		return stored_damaged("map", (int64_t)count);
	session->row_count = (uint32_t)count;
	session->rows = xcalloc(count + 1, sizeof(*session->rows));
	s->shapes = xcalloc(count + 1, sizeof(*s->shapes));
	s->paths = xcalloc(count + 1, sizeof(*s->paths));
	s->parents = xcalloc(count + 1, sizeof(*s->parents));
	return NULL;
}

static bool take_row(struct session *session, struct db_query *q, uint32_t i,
		     const struct map_row *shapes, uint32_t shape_count)
{
	struct stored *s = session->stored;
	uint64_t type = db_u64(q, 2), owner = db_u64(q, 3);
	uint64_t shape = db_u64(q, 4), parent = db_u64(q, 6);
	struct map_row *row = &session->rows[i];

	if (db_int(q, 0) != i || owner >= session->owners.count ||
	    shape >= shape_count ||
	    (type != UINT64_MAX && type >= s->type_count) ||
	    (parent != UINT64_MAX && parent >= session->row_count))
		return false;
	*row = shapes[shape];
	row->addr = (uint64_t)db_int(q, 1);
	row->type = type == UINT64_MAX ? 0 : (uint32_t)type;
	row->owner = (uint32_t)owner;
	row->retained_bytes = db_u64(q, 7);
	row->retained_exact = db_int(q, 8) != 0;
	row->holders = (uint32_t)db_int(q, 9);
	row->flags = (uint32_t)db_int(q, 10);
	row->root = (uint8_t)db_int(q, 11);
	row->reachable = db_int(q, 12) != 0;
	row->object = db_int(q, 13) ? i : UINT32_MAX;
	row->heap_map = i;
	s->shapes[i] = (uint32_t)shape;
	s->paths[i] = (uint32_t)db_int(q, 5);
	s->parents[i] = parent == UINT64_MAX ? UINT32_MAX : (uint32_t)parent;
	return true;
}

static struct error *load_maps(struct session *session)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	CLEANUP(free_cleanup) struct map_row *shapes = NULL;
	uint32_t shape_count, i = 0;
	struct error *err;
	bool more;

	if ((err = load_shapes(session, &shapes, &shape_count)) ||
	    (err = db_prepare(session->stored->db,
			      "SELECT id,addr,type,owner,shape,path,parent,"
			      "retained_bytes,retained_exact,holders,flags,"
			      "root,reachable,object FROM map ORDER BY id",
			      &q)))
		return err;
	while (!(err = db_next(q, &more)) && more) {
		if (i >= session->row_count ||
		    !take_row(session, q, i, shapes, shape_count))
			return stored_damaged("map", db_int(q, 0));
		i++;
	}
	if (!err && i != session->row_count)
		return stored_damaged("map", i);
	return err;
}

static struct error *prepare_details(struct stored *s)
{
	CLEANUP(buf_deinit) struct buf sql = {0};
	struct error *err;

	buf_printf(&sql, "%s WHERE id=?", SHAPE_SELECT);
	if ((err = db_prepare(s->db, buf_str(&sql), &s->shape)))
		return err;
	return db_prepare(s->db, "SELECT goroutine,steps FROM path WHERE id=?",
			  &s->path);
}

static void set_name(struct session *session)
{
	const char *exe = session->stored->meta.info.exe;
	const char *slash = strrchr(exe, '/');

	session->name = xstrdup(slash ? slash + 1 : exe);
}

struct error *stored_begin(struct session *session, struct db *db,
			   struct snapshot_meta *meta)
{
	struct stored *stored = xcalloc(1, sizeof(*stored));

	session->stored = stored;
	stored->db = db;
	stored->meta = *meta;
	session->around = meta->around;
	*meta = (struct snapshot_meta){0};
	pthread_mutex_init(&stored->lock, NULL);
	set_name(session);
	return load_stats(session);
}

struct error *stored_open(struct session *session, struct db *db,
			  struct snapshot_meta *meta, struct job *job)
{
	struct error *err = stored_begin(session, db, meta);
	struct stored *stored = session->stored;

	if (err)
		return err;
	if (stored->meta.level != SNAPSHOT_STATS) {
		job_phase(job, "read maps", 0);
		if ((err = load_types(session)) ||
		    (err = load_owners(session)) ||
		    (err = count_maps(session)) || (err = load_maps(session)) ||
		    (err = prepare_details(stored)) ||
		    (err = stored_load_goroutines(session)))
			return err;
	}
	return stored_load_findings(session);
}

void stored_info(const struct session *session, struct session_info *ret)
{
	static const char *const freezes[] = {"copy", "stop", "nonstop",
					      "fork"};
	const struct snapshot_meta *m = &session->stored->meta;

	*ret = (struct session_info){
		.kind = "snapshot",
		.pid = m->info.pid,
		.exe = m->info.exe,
		.name = session->name,
		.go = m->go,
		.experiments = m->experiments,
		.arch = m->arch,
		.map_impl = m->map_impl,
		.build_id = m->build_id,
		.freeze = freezes[m->info.freeze],
		.dwarf = m->dwarf,
		.time_ns = m->info.time_ns,
		.stop_ns = m->info.stop_ns,
		.copied_bytes = m->info.copied_bytes,
		.unreadable_bytes = m->info.unreadable_bytes,
		.complete = m->info.complete,
		.warnings = (const char *const *)m->info.warnings,
		.warning_count = m->info.warning_count,
	};
}

const char *stored_type_name(const struct session *session, uint32_t type)
{
	const struct stored *s = session->stored;

	return type && type < s->type_count ? s->types[type].name : NULL;
}

void stored_types(const struct session *session, struct type_table *ret)
{
	const struct stored *s = session->stored;
	uint32_t i;

	*ret = (struct type_table){.session = session};
	ret->rows = xcalloc((size_t)s->type_count + 1, sizeof(*ret->rows));
	for (i = 0; i < s->type_count; i++) {
		if (!s->types[i].live.name)
			continue;
		ret->rows[ret->count++] = s->types[i].live;
		ret->objects += s->types[i].live.count;
		ret->bytes += s->types[i].live.bytes;
	}
}

static void take_metric(struct db_query *q, struct map_detail *ret)
{
	static const char *const metrics[] = {"buckets", "miss_groups",
					      "hit_groups"};
	size_t i;

	ret->metric = metrics[0];
	for (i = 0; i < ARRAY_LEN(metrics); i++)
		if (!strcmp(db_text(q, SHAPE_METRIC), metrics[i]))
			ret->metric = metrics[i];
}

static void take_histogram(const char *at, struct map_detail *ret,
			   struct map_chart *chart)
{
	unsigned i;
	char *end;

	memset(ret->histogram, 0, sizeof(ret->histogram));
	ret->histogram_total = 0;

	for (i = 0; i < MAP_HISTOGRAM && (*at == '[' || *at == ','); i++) {
		ret->histogram[i] = strtoull(at + 1, &end, 10);
		ret->histogram_total += ret->histogram[i];
		at = end;
	}
	memcpy(chart->counts, ret->histogram, sizeof(chart->counts));
	chart->total = ret->histogram_total;
}

static void take_hits(struct db_query *q, struct map_detail *ret)
{
	if (db_is_null(q, SHAPE_HIT_MAX))
		return;
	ret->metric = "hit_groups";
	ret->chain_max = db_u64(q, SHAPE_HIT_MAX);
	ret->chain_p99 = db_u64(q, SHAPE_HIT_P99);
	ret->chain_longest_index = db_u64(q, SHAPE_HIT_AT);
	ret->chain_mean = db_real(q, SHAPE_HIT_MEAN);
	take_histogram(db_text(q, SHAPE_HIT_HISTOGRAM), ret,
		       &ret->charts[MAP_CHART_HIT]);
}

static struct error *detail_shape(const struct stored *s, uint32_t row,
				  enum map_detail_want want,
				  struct map_detail *ret)
{
	struct map_detail shape = {0};
	const void *cells;
	struct error *err;
	size_t size;
	bool more;

	if ((err = db_bind(s->shape, "i", (int64_t)s->shapes[row])) ||
	    (err = db_next(s->shape, &more)))
		return err;
	if (!more)
		return stored_damaged("shape", s->shapes[row]);
	take_shape(s->shape, &shape);
	shape.row = ret->row;
	shape.type = ret->type;
	shape.owner = ret->owner;
	shape.root_kind = ret->root_kind;
	*ret = shape;
	take_metric(s->shape, ret);
	take_histogram(db_text(s->shape, SHAPE_HISTOGRAM), ret,
		       &ret->charts[MAP_CHART_MISS]);
	if (want == DETAIL_ALL)
		take_hits(s->shape, ret);
	cells = db_blob(s->shape, SHAPE_OCCUPANCY, &size);
	if (size > MAP_OCCUPANCY)
		size = MAP_OCCUPANCY;
	if (size)
		memcpy(ret->occupancy, cells, size);
	ret->occupancy_count = (uint32_t)size;
	return NULL;
}

static struct error *detail_path(const struct stored *s, uint32_t row,
				 struct map_detail *ret)
{
	struct error *err;
	bool more;

	if ((err = db_bind(s->path, "i", (int64_t)s->paths[row])) ||
	    (err = db_next(s->path, &more)))
		return err;
	if (!more || !json_parse_strings(db_text(s->path, 1), &ret->path,
					 &ret->path_count))
		return stored_damaged("path", s->paths[row]);
	if (!db_is_null(s->path, 0))
		ret->goroutine = db_int(s->path, 0);
	return NULL;
}

bool stored_map_sizes(const struct stored *s, uint32_t number,
		      uint64_t *key_ret, uint64_t *elem_ret)
{
	const struct stored_type *type;

	if (!number || number >= s->type_count)
		return false;
	type = &s->types[number];
	if (!type->key || type->key >= s->type_count || !type->elem ||
	    type->elem >= s->type_count)
		return false;
	*key_ret = s->types[type->key].size;
	*elem_ret = s->types[type->elem].size;
	return true;
}

static void detail_types(const struct stored *s, struct map_detail *ret)
{
	const struct stored_type *type;

	if (!ret->row.type || ret->row.type >= s->type_count)
		return;
	type = &s->types[ret->row.type];
	if (type->key && type->key < s->type_count) {
		ret->key_type = s->types[type->key].name;
		ret->key_bytes = s->types[type->key].size;
	}
	if (type->elem && type->elem < s->type_count) {
		ret->elem_type = s->types[type->elem].name;
		ret->elem_bytes = s->types[type->elem].size;
	}
}

struct error *stored_detail(const struct session *session, uint32_t row,
			    enum map_detail_want want, struct map_detail *ret)
{
	struct stored *s = session->stored;
	struct error *err;

	pthread_mutex_lock(&s->lock);
	err = detail_shape(s, row, want, ret);
	if (!err)
		err = detail_path(s, row, ret);
	pthread_mutex_unlock(&s->lock);
	detail_types(s, ret);
	return err;
}
