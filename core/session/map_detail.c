#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/container/chain_expect.h"
#include "core/session/expr.h"
#include "core/session/stored.h"

static void copy_figures(const struct map_figures *f,
			 const struct go_map_layout *layout,
			 struct map_detail *ret)
{
	uint64_t i;

	ret->slot_bytes = f->slot_bytes;
	ret->unit_bytes = layout->unit;
	ret->buckets = f->buckets;
	ret->overflow_buckets = f->overflow_buckets;
	ret->noverflow = f->noverflow_header;
	ret->old_buckets = f->old_buckets;
	ret->evacuated = f->evacuated;
	ret->old_bytes = f->old_bytes;
	ret->same_size_grow = f->flags & CONTAINER_SAME_SIZE;
	ret->hash_writing = f->flags & CONTAINER_WRITING;
	ret->iterators = f->hmap_flags & 3;
	ret->directory = f->directory;
	ret->tables = f->tables;
	ret->groups = f->groups;
	ret->growth_left = f->growth_left;
	ret->full_groups = f->full_groups;
	ret->global_depth = f->global_depth;
	ret->chain_mean = f->chain_mean;
	ret->chain_max = f->chain_max;
	ret->chain_p99 = f->chain_p99;
	ret->chain_longest_index = f->chain_index;
	ret->metric = !layout->swiss  ? "buckets"
		      : f->chain_hits ? "hit_groups"
				      : "miss_groups";
	for (i = 0; i < MAP_HISTOGRAM; i++) {
		ret->histogram[i] = f->histogram[i];
		ret->histogram_total += f->histogram[i];
	}
}

/* Why a person should care, and what to do; "" when nothing is wrong. */
static void explain(struct map_detail *d)
{
	const struct map_row *row = &d->row;
	CLEANUP(buf_deinit) struct buf why = {0}, fix = {0};

	if (row->flags & MAP_TOMBSTONES)
		buf_printf(&why,
			   "%" PRIu64 " deleted slots keep probe runs alive. ",
			   row->tombstones);
	if (row->flags & MAP_SPARSE)
		buf_adds(&why, "Go never shrinks a map (golang/go#20135). ");
	if (row->flags & (MAP_SPARSE | MAP_TOMBSTONES))
		buf_adds(&fix, "copy the live entries into a new map. ");
	if (row->flags & MAP_OLD_BUCKETS) {
		buf_adds(&why, "Old buckets stay until writes evacuate them. ");
		buf_adds(&fix, "write to the map, or rebuild it, to finish "
			       "the growth. ");
	}
	if (row->flags & (MAP_LONG_CHAIN | MAP_CHAIN_WARN)) {
		buf_adds(&why, row->swiss
				       ? "Probe runs are longer than this load "
					 "makes likely. "
				       : "Such chains do not arise by chance: "
					 "skewed keys or mass deletes. ");
		buf_adds(&fix, "look at the keys of the longest one. ");
	}
	if (row->flags & MAP_TINY && row->slots) {
		buf_adds(&why, "Eight slots are allocated for this map. ");
		buf_adds(&fix, "with many such maps a slice of pairs or "
			       "struct fields is smaller. ");
	}
	if (row->flags & (MAP_WRITING | MAP_TORN))
		buf_adds(&why, "A write was in progress: take a new sample. ");
	d->why = buf_steal(&why);
	d->fix = buf_steal(&fix);
}

static void load_types(const struct session *session, struct map_detail *ret)
{
	const struct go_type *type = go_type(session->rt->types, ret->row.type);
	const struct go_type *key, *elem;

	if (type->kind != GO_MAP)
		return;
	key = go_type(session->rt->types, type->key);
	elem = go_type(session->rt->types, type->elem);
	ret->key_type = type->key ? key->name : NULL;
	ret->elem_type = type->elem ? elem->name : NULL;
	ret->key_bytes = key->size;
	ret->elem_bytes = elem->size;
}

static void load_path(const struct session *session, enum heap_want want,
		      struct map_detail *ret)
{
	struct heap_owner owner = {0};

	heap_owner_load(session->heap, &session->heap_maps[ret->row.heap_map],
			want, &owner);
	ret->path = owner.path;
	ret->path_count = owner.path_count;
	ret->goroutine = owner.goroutine;
	owner.path = NULL;
	owner.path_count = 0;
	heap_owner_deinit(&owner);
}

static struct error *load_occupancy(const struct map_view *view,
				    struct map_detail *ret)
{
	struct error *err;
	uint32_t i;

	ret->cells = xcalloc(MAP_OCCUPANCY, sizeof(*ret->cells));
	if ((err = map_occupancy(view, false, ret->cells, MAP_OCCUPANCY,
				 &ret->occupancy_count)))
		return err;
	for (i = 0; i < ret->occupancy_count; i++)
		ret->occupancy[i] = map_cell_fill(&ret->cells[i]);
	if (!ret->old_buckets)
		return NULL;
	ret->old_cells = xcalloc(MAP_OCCUPANCY, sizeof(*ret->old_cells));
	return map_occupancy(view, true, ret->old_cells, MAP_OCCUPANCY,
			     &ret->old_cell_count);
}

static void take_chart(const uint64_t *counts, size_t n, struct map_chart *ret)
{
	size_t i;

	ret->total = 0;
	for (i = 0; i < n && i < MAP_HISTOGRAM; i++) {
		ret->counts[i] = counts[i];
		ret->total += counts[i];
	}
}

static void take_charts(const struct map_charts *from, struct map_detail *ret)
{
	take_chart(from->hit, CONTAINER_HISTOGRAM, &ret->charts[MAP_CHART_HIT]);
	take_chart(from->miss, CONTAINER_HISTOGRAM,
		   &ret->charts[MAP_CHART_MISS]);
	take_chart(from->fill, CONTAINER_FILLS, &ret->charts[MAP_CHART_FILL]);
	take_chart(from->old, CONTAINER_HISTOGRAM, &ret->charts[MAP_CHART_OLD]);
	ret->old_live = from->old_live;
}

/*
 * What a good hash gives, for whatever charts there are. While a map grows its
 * current array has entries in some of its buckets only.
 */
static void expect_charts(struct map_detail *d)
{
	struct map_chart *c = d->charts;
	uint64_t units = d->row.swiss ? d->groups : d->buckets;
	double load = (double)d->row.load;

	if (d->old_buckets) {
		double waiting = (double)c[MAP_CHART_OLD].total;

		if (waiting > 0)
			chain_expect(false, (double)d->old_live / waiting,
				     c[MAP_CHART_OLD].total,
				     c[MAP_CHART_OLD].expected, MAP_HISTOGRAM);
		return;
	}
	chain_expect(d->row.swiss, load, units, c[MAP_CHART_MISS].expected,
		     MAP_HISTOGRAM);
	if (d->row.swiss) {
		chain_expect_hits(load, units, c[MAP_CHART_HIT].expected,
				  MAP_HISTOGRAM);
		return;
	}
	chain_expect_places(load, units, c[MAP_CHART_HIT].expected,
			    MAP_HISTOGRAM);
	chain_expect_fill(load, units, c[MAP_CHART_FILL].expected,
			  MAP_HISTOGRAM);
}

static struct error *load_figures(const struct session *session,
				  enum map_detail_want want,
				  struct map_detail *ret)
{
	struct map_charts charts = {0};
	struct map_figures f = {0};
	struct map_hasher hasher;
	struct map_view view;
	struct error *err;

	/* Hashing each key is for one map, not for a list of all. */
	if (want == DETAIL_ALL)
		session_hash_view(session, &ret->row, &view, &hasher);
	else
		session_map_view(session, &ret->row, &view);
	if (!view.type->layout)
		return NULL;
	view.charts = want == DETAIL_ALL ? &charts : NULL;
	if ((err = map_figures_load(&view, &f)))
		return err;
	view.charts = NULL;
	copy_figures(&f, view.type->layout, ret);
	if (want == DETAIL_ALL) {
		take_charts(&charts, ret);
		err = load_occupancy(&view, ret);
	}
	ret->typed = true;
	return err;
}

struct error *map_detail_part(const struct session *session, uint32_t row,
			      enum map_detail_want want, enum heap_want path,
			      struct map_detail *ret)
{
	struct error *err;

	*ret = (struct map_detail){.row = session->rows[row]};
	ret->owner = map_row_owner(session, &ret->row);
	ret->root_kind = map_row_root(&ret->row);
	ret->type = map_row_type(session, &ret->row);
	ret->metric = "buckets";
	if (session->stored) {
		err = stored_detail(session, row, want, ret);
		if (err)
			map_detail_deinit(ret);
		else
			explain(ret);
		return err;
	}
	load_types(session, ret);
	if (path != HEAP_OWNER_ONLY)
		load_path(session, path, ret);
	explain(ret);
	err = load_figures(session, want, ret);
	if (!err)
		return NULL;
	if (want == DETAIL_LIST) {
		error_free(err);
		return NULL;
	}
	map_detail_deinit(ret);
	return err;
}

struct error *map_detail_load(const struct session *session, uint32_t row,
			      struct map_detail *ret)
{
	struct error *err;

	if (row >= session->row_count)
		return error_new(ERROR_NOT_FOUND, "no map number %" PRIu32,
				 row);
	err = map_detail_part(
		session, row, DETAIL_ALL,
		session->options.redact ? HEAP_PATH_REDACTED : HEAP_PATH, ret);
	if (!err && ret->typed && !strcmp(ret->metric, "hit_groups"))
		chain_expect_hits((double)ret->row.load, ret->groups,
				  ret->expected, MAP_HISTOGRAM);
	else if (!err && ret->typed)
		chain_expect(ret->row.swiss, (double)ret->row.load,
			     ret->row.swiss ? ret->groups : ret->buckets,
			     ret->expected, MAP_HISTOGRAM);
	if (!err && ret->typed)
		expect_charts(ret);
	return err;
}

void map_detail_deinit(struct map_detail *detail)
{
	uint32_t i;

	for (i = 0; i < detail->path_count; i++)
		free(detail->path[i]);
	free(detail->path);
	free(detail->cells);
	free(detail->old_cells);
	free(detail->why);
	free(detail->fix);
	*detail = (struct map_detail){0};
}

static struct error *not_found(const struct session *session, const char *which)
{
	struct error *err = error_new(ERROR_NOT_FOUND, "no map '%s'", which);
	CLEANUP(buf_deinit) struct buf near = {0};
	uint32_t i, n = 0;

	for (i = 0; i < session->owners.count && n < 5; i++) {
		const char *name = session->owners.strings[i];

		if (!strcasestr(name, which))
			continue;
		buf_printf(&near, "%s", n++ ? ", " : "");
		text_plain(&near, name, strlen(name));
	}
	return n ? error_hint(err, "owners like it: %s", buf_str(&near))
		 : error_hint(err, "`mapscope maps` lists them");
}

static bool find_by_address(const struct session *session, uint64_t addr,
			    uint32_t *row_ret)
{
	uint32_t i;

	for (i = 0; i < session->row_count; i++) {
		if (session->rows[i].addr == addr) {
			*row_ret = i;
			return true;
		}
	}
	return false;
}

/* main.srv.shards[3].byName; plain names that fail are owners mistyped. */
static struct error *find_by_expression(const struct session *session,
					const char *which, uint32_t *row_ret)
{
	struct error *err;
	uint64_t addr;

	if (!session_has_memory(session))
		return not_found(session, which);
	err = session_eval_address(session, which, &addr);
	if (!err && find_by_address(session, addr, row_ret))
		return NULL;
	if (!err)
		return error_new(ERROR_NOT_FOUND, "'%s' is no map", which);
	if (strpbrk(which, "[*&") && strncmp(which, "(*", 2) != 0)
		return err;
	error_free(err);
	return not_found(session, which);
}

struct error *session_find_map(const struct session *session, const char *which,
			       uint32_t *row_ret)
{
	uint32_t i, owner, best = UINT32_MAX;
	struct error *err = session_check_maps(session);
	char *end;

	if (err)
		return err;
	if (!strncmp(which, "0x", 2)) {
		uint64_t addr = strtoull(which, &end, 16);

		if (!*end && find_by_address(session, addr, row_ret))
			return NULL;
		return not_found(session, which);
	}
	owner = intern_find(&session->owners, which);
	for (i = 0; owner != UINT32_MAX && i < session->row_count; i++) {
		const struct map_row *row = &session->rows[i];

		if (row->owner == owner &&
		    (best == UINT32_MAX ||
		     row->storage_bytes > session->rows[best].storage_bytes))
			best = i;
	}
	if (best == UINT32_MAX)
		return find_by_expression(session, which, row_ret);
	*row_ret = best;
	return NULL;
}
