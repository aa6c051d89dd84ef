/*
 * One row a map: the walk's figures, the owner's name, the retained size. Rows
 * are filled in parallel; names are interned afterwards in address order, so
 * that owner numbers do not depend on timing.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/stored.h"

enum { ROWS_PER_CHUNK = 256 };

struct fill {
	struct session *session;
	char **owners; /* one a row */
};

static uint64_t storage_of(void *arg, uint64_t addr)
{
	const struct go_runtime *rt = arg;
	const struct go_span *span = go_span_at(rt, addr);

	if (!span || go_object_at(rt, addr) == GO_NO_OBJECT)
		return 0;
	return span->elem_size;
}

void session_map_view(const struct session *session, const struct map_row *row,
		      struct map_view *ret)
{
	*ret = (struct map_view){
		.sample = session->sample,
		.types = session->rt->types,
		.type = go_type(session->rt->types, row->type),
		.header = row->addr,
		.storage = storage_of,
		.storage_arg = session->rt,
		.job = session->command,
	};
}

void session_hash_view(const struct session *session, const struct map_row *row,
		       struct map_view *ret, struct map_hasher *hasher)
{
	session_map_view(session, row, ret);
	if (map_hasher_load(session->rt, ret->type, hasher))
		ret->hasher = hasher;
}

static void fill_figures(const struct session *session, struct map_row *row)
{
	struct map_figures f = {0};
	struct map_view view;
	struct error *err;

	session_map_view(session, row, &view);
	if (!view.type->layout) {
		row->flags |= MAP_UNTYPED;
		sample_u64(session->sample, row->addr, &row->count);
		return;
	}
	err = map_figures_load(&view, &f);
	if (err) {
		row->flags |= MAP_UNREADABLE;
		error_free(err);
		return;
	}
	row->count = f.count;
	row->live = f.live;
	row->slots = f.slots;
	row->storage_bytes = f.storage_bytes;
	if (f.slots > f.live)
		row->waste_bytes = (f.slots - f.live) * f.slot_bytes;
	row->tombstones = f.tombstones;
	row->old_bytes = f.old_bytes;
	row->swiss = view.type->layout->swiss;
	row->b = row->swiss ? f.global_depth : f.b;
	row->growth = map_growth_of(row->swiss, f.global_depth, f.old_buckets,
				    f.evacuated, f.flags & CONTAINER_SAME_SIZE);
	row->tables = (uint32_t)f.tables;
	row->chain_max = (uint32_t)f.chain_max;
	row->chain_p99 = (uint32_t)f.chain_p99;
	row->chain_mean = (float)f.chain_mean;
	row->load_max = row->swiss ? 0.875f : 6.5f;
	if (row->swiss)
		row->load = f.slots ? (float)f.count / (float)f.slots : 0;
	else
		row->load = f.buckets ? (float)f.count / (float)f.buckets : 0;
	map_row_judge(session, &f, row);
}

static void fill_retained(const struct session *session, struct map_row *row)
{
	const struct heap *heap = session->heap;

	row->retained_bytes = UINT64_MAX;
	if (!heap->retained || row->object == UINT32_MAX || !row->reachable)
		return;
	row->retained_bytes = heap->retained[row->object];
	row->retained_exact = true;
}

static void fill_row(struct fill *fill, uint32_t i)
{
	struct session *session = fill->session;
	const struct heap_map *map = &session->heap_maps[i];
	struct map_row *row = &session->rows[i];
	struct heap_owner owner = {0};

	*row = (struct map_row){
		.addr = map->header,
		.type = map->type,
		.object =
			map->object == GO_NO_OBJECT ? UINT32_MAX : map->object,
		.holders = map->holders,
		.reachable = map->reachable,
		.heap_map = i,
	};
	fill_figures(session, row);
	fill_retained(session, row);
	heap_owner_load(session->heap, map, HEAP_OWNER_ONLY, &owner);
	row->root = owner.reachable ? owner.root_kind : UINT8_MAX;
	fill->owners[i] = owner.name;
	owner.name = NULL;
	heap_owner_deinit(&owner);
	if (owner_is_std(fill->owners[i] ? fill->owners[i] : "",
			 session->program->build.module))
		row->flags |= MAP_STD;
}

static void fill_rows(void *arg, unsigned worker, uint64_t begin, uint64_t end)
{
	struct fill *fill = arg;

	(void)worker;
	for (; begin < end; begin++)
		fill_row(fill, (uint32_t)begin);
}

static void intern_owners(struct fill *fill)
{
	struct session *session = fill->session;
	uint32_t i;

	for (i = 0; i < session->row_count; i++) {
		const char *name = fill->owners[i];

		session->rows[i].owner =
			intern_add(&session->owners, name ? name : "?");
		free(fill->owners[i]);
	}
	free(fill->owners);
}

struct error *map_table_build(struct session *session, struct job *job)
{
	struct fill fill = {.session = session};

	session->row_count = session->heap_map_count;
	session->rows = xcalloc(session->row_count, sizeof(*session->rows));
	fill.owners = xcalloc(session->row_count, sizeof(*fill.owners));
	job_phase(job, "walk maps", session->row_count);
	job_parallel(job, session->options.threads, session->row_count,
		     ROWS_PER_CHUNK, fill_rows, &fill);
	intern_owners(&fill);
	return job_check(job);
}

const struct map_row *session_maps(const struct session *session,
				   uint32_t *count_ret)
{
	*count_ret = session->row_count;
	return session->rows;
}

const char *map_row_type(const struct session *session,
			 const struct map_row *row)
{
	if (session->stored)
		return stored_type_name(session, row->type);
	return row->type ? go_type(session->rt->types, row->type)->name : NULL;
}

const char *map_row_owner(const struct session *session,
			  const struct map_row *row)
{
	return session->owners.strings[row->owner];
}

const char *root_kind_name(uint8_t kind)
{
	static const char *const names[] = {
		[GO_ROOT_GLOBAL] = "global",
		[GO_ROOT_STACK] = "stack",
		[GO_ROOT_REGISTER] = "register",
		[GO_ROOT_FINALIZER] = "finalizer",
		[GO_ROOT_CLEANUP] = "cleanup",
		[GO_ROOT_TIMER] = "timer",
		[GO_ROOT_RUNTIME] = "runtime",
		[GO_ROOT_UNKNOWN] = "unknown",
	};

	return kind < ARRAY_LEN(names) ? names[kind] : "unknown";
}

const char *map_row_root(const struct map_row *row)
{
	return row->reachable ? root_kind_name(row->root) : "unreachable";
}
