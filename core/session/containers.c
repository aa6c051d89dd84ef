#include "core/session/containers.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/container/library.h"
#include "core/heap/heap_priv.h"
#include "core/heap/owner.h"
#include "core/session/session_priv.h"

enum { MAX_DEPTH = 16, MAX_PLACES = 256, MAX_ELEMENTS = 64 };

/** A container within values of a type. */
struct place {
	uint64_t offset;
	uint32_t type;
	const struct library_kind *kind;
};
struct places {
	struct place *list;
	uint32_t count, cap;
	bool known;
};

struct finder {
	const struct session *session;
	struct container_table *table;
	struct places *by_type;
	uint32_t types, row_cap;
	bool empty;
};

static void add_places(struct finder *f, struct places *places, uint32_t id,
		       uint64_t offset, unsigned depth)
{
	const struct go_types *types = f->session->rt->types;
	const struct go_type *type = go_type(types, id), *elem;
	const struct library_kind *kind = library_kind_of(types, type);
	uint64_t i;

	if (places->count >= MAX_PLACES || depth > MAX_DEPTH)
		return;
	if (kind) {
		GROW_ARRAY(places->list, places->count, places->cap);
		places->list[places->count++] =
			(struct place){offset, id, kind};
		return;
	}
	for (i = 0; type->kind == GO_STRUCT && i < type->field_count; i++)
		add_places(f, places, type->fields[i].type,
			   offset + type->fields[i].offset, depth + 1);
	elem = go_type(types, type->elem);
	for (i = 0; type->kind == GO_ARRAY && i < type->len && i < MAX_ELEMENTS;
	     i++)
		add_places(f, places, type->elem, offset + i * elem->size,
			   depth + 1);
}

static const struct places *places_of(struct finder *f, uint32_t type)
{
	static const struct places none;
	struct places *places = type < f->types ? &f->by_type[type] : NULL;

	if (!places)
		return &none;
	if (!places->known)
		add_places(f, places, type, 0, 0);
	places->known = true;
	return places;
}

static uint64_t storage_of(void *arg, uint64_t addr)
{
	const struct go_runtime *rt = arg;
	const struct go_span *span = go_span_at(rt, addr);

	return span && go_object_at(rt, addr) != GO_NO_OBJECT ? span->elem_size
							      : 0;
}

static struct container_row *add_row(struct finder *f, const struct place *p,
				     uint64_t addr, const char *owner)
{
	struct container_table *table = f->table;
	const struct session *session = f->session;
	struct library_figures figures = {0};
	struct library_view view = {
		.sample = session->sample,
		.types = session->rt->types,
		.type = go_type(session->rt->types, p->type),
		.addr = addr,
		.storage = storage_of,
		.storage_arg = session->rt,
	};

	p->kind->figures(&view, &figures);
	if (!f->empty && !figures.entries && !figures.damaged)
		return NULL;
	GROW_ARRAY(table->rows, table->count, f->row_cap);
	table->rows[table->count] = (struct container_row){
		.kind = p->kind->name,
		.type = session_type_name(session, p->type),
		.addr = addr,
		.entries = figures.entries,
		.capacity = figures.capacity,
		.storage_bytes = figures.storage,
		.retained_bytes = UINT64_MAX,
		.depth = figures.depth,
		.object = UINT32_MAX,
		.damaged = figures.damaged,
	};
	/* names move when the table grows: numbers for now */
	table->rows[table->count].owner =
		(const char *)(uintptr_t)intern_add(&table->owners, owner);
	return &table->rows[table->count++];
}

static void object_name(const struct session *session, uint32_t object,
			uint64_t offset, struct buf *out)
{
	const struct go_types *types = session->rt->types;
	const struct go_type *type =
		go_type(types, session->heap->type[object]);
	struct heap_map map = {.object = object, .reachable = true};
	struct heap_owner owner = {0};

	if (type->kind == GO_STRUCT && type->named &&
	    !library_kind_of(types, type)) {
		buf_printf(out, "(*%s)", type->name);
	} else {
		map.header = go_object_addr(session->rt, object);
		heap_owner_load(session->heap, &map, false, &owner);
		buf_adds(out, owner.name);
		heap_owner_deinit(&owner);
	}
	if (type->size)
		heap_add_parts(types, type, offset % type->size, false, out);
}

static void find_in_object(struct finder *f, uint32_t object)
{
	const struct session *session = f->session;
	const struct heap *heap = session->heap;
	const struct places *places = places_of(f, heap->type[object]);
	const struct go_span *span;
	uint64_t addr, size, repeat, k;
	uint32_t i;

	if (!places->count)
		return;
	span = heap_span_of(heap, object);
	addr = span->base + (object - span->first) * span->elem_size +
	       heap_header_bytes(span);
	size = go_type(session->rt->types, heap->type[object])->size;
	repeat = heap_repeat(heap, object);
	for (k = 0; k < repeat && size; k++) {
		for (i = 0; i < places->count; i++) {
			const struct place *p = &places->list[i];
			CLEANUP(buf_deinit) struct buf name = {0};
			struct container_row *row;

			object_name(session, object, p->offset, &name);
			row = add_row(f, p, addr + k * size + p->offset,
				      buf_str(&name));
			if (!row)
				continue;
			row->object = object;
			if (p->kind->own_object && heap->retained)
				row->retained_bytes = heap->retained[object];
		}
	}
}

static void find_in_heap(struct finder *f)
{
	const struct heap *heap = f->session->heap;
	uint64_t words = ((uint64_t)heap->count + 63) / 64, w, bits;

	for (w = 0; w < words; w++)
		for (bits = heap->reached[w]; bits; bits &= bits - 1)
			find_in_object(
				f, (uint32_t)(w * 64 +
					      (unsigned)__builtin_ctzll(bits)));
}

static void find_in_globals(struct finder *f)
{
	const struct go_runtime *rt = f->session->rt;
	uint32_t i, k;

	for (i = 0; i < rt->global_count; i++) {
		const struct go_global *g = &rt->globals[i];
		const struct places *places = places_of(f, g->type);

		for (k = 0; k < places->count; k++) {
			const struct place *p = &places->list[k];
			CLEANUP(buf_deinit) struct buf name = {0};

			buf_adds(&name, g->name);
			heap_add_parts(rt->types, go_type(rt->types, g->type),
				       p->offset, false, &name);
			add_row(f, p, g->addr + p->offset, buf_str(&name));
		}
	}
}

static void find_in_frames(struct finder *f)
{
	const struct go_runtime *rt = f->session->rt;
	uint32_t i, k;

	for (i = 0; i < rt->variable_count; i++) {
		const struct go_variable *v = &rt->variables[i];
		const struct go_type *type = go_type(rt->types, v->type);
		const struct places *places = places_of(f, v->type);

		for (k = 0; k < places->count; k++) {
			const struct place *p = &places->list[k];
			CLEANUP(buf_deinit) struct buf name = {0};

			if (v->part || v->size < type->size ||
			    v->frame >= rt->frame_count)
				continue;
			buf_printf(&name, "%s.%s",
				   rt->frames[v->frame].function, v->name);
			heap_add_parts(rt->types, type, p->offset, false,
				       &name);
			add_row(f, p, v->addr + p->offset, buf_str(&name));
		}
	}
}

static int by_addr(const void *a, const void *b)
{
	const struct container_row *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

void container_table_load(const struct session *session, bool empty,
			  struct container_table *ret)
{
	struct finder f = {.session = session, .table = ret, .empty = empty};
	uint32_t i;

	*ret = (struct container_table){.session = session};
	f.types = go_type_count(session->rt->types);
	f.by_type = xcalloc((size_t)f.types + 1, sizeof(*f.by_type));
	find_in_globals(&f);
	find_in_heap(&f);
	find_in_frames(&f);
	for (i = 0; i < ret->count; i++)
		ret->rows[i].owner =
			ret->owners.strings[(uintptr_t)ret->rows[i].owner];
	if (ret->count)
		qsort(ret->rows, ret->count, sizeof(*ret->rows), by_addr);
	for (i = 0; i < f.types; i++)
		free(f.by_type[i].list);
	free(f.by_type);
}

void container_table_deinit(struct container_table *table)
{
	free(table->rows);
	intern_deinit(&table->owners);
	*table = (struct container_table){0};
}

static const struct container_row *row_at(const void *model, uint32_t row)
{
	const struct container_table *table = model;

	return &table->rows[row];
}

static void get_kind(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, row_at(model, row)->kind);
}

static void get_owner(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, row_at(model, row)->owner);
}

static void get_type(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, row_at(model, row)->type);
}

static void get_entries(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, row_at(model, row)->entries);
	ret->exact = !row_at(model, row)->damaged;
}

static void get_capacity(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, row_at(model, row)->capacity);
}

static void get_storage(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, row_at(model, row)->storage_bytes);
}

static void get_retained(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, row_at(model, row)->retained_bytes);
}

static void get_depth(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, row_at(model, row)->depth);
}

static void get_addr(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, row_at(model, row)->addr);
}

static const struct column columns[] = {
	{"kind", "KIND", "sync.Map, list or chan", COLUMN_TEXT, 9, 8, 0, 'k',
	 get_kind},
	{"owner", "OWNER", "shortest way to it, by name", COLUMN_TEXT, 40, 24,
	 0, 'o', get_owner},
	{"entries", "ENTRIES", "live entries, elements or queued values",
	 COLUMN_COUNT, 9, 7, 1, 'e', get_entries},
	{"cap", "CAP", "capacity of a channel", COLUMN_COUNT, 8, 5, 3, 'c',
	 get_capacity},
	{"storage", "STORAGE", "bytes of its own nodes", COLUMN_BYTES, 8, 7, 2,
	 's', get_storage},
	{"retained", "RETAINED", "channels: what dies with it", COLUMN_BYTES, 9,
	 8, 4, 'r', get_retained},
	{"depth", "DEPTH", "levels of nodes", COLUMN_COUNT, 6, 5, 5, 'd',
	 get_depth},
	{"addr", "ADDR", "address of the container", COLUMN_ADDRESS, 14, 14, 6,
	 'a', get_addr},
	{"type", "TYPE", "its type", COLUMN_TEXT, 30, 16, 7, 't', get_type},
};

static uint32_t count(const void *model)
{
	const struct container_table *table = model;

	return table->count;
}

static uint64_t identity(const void *model, uint32_t row)
{
	return row_at(model, row)->addr;
}

static bool ended(const void *model)
{
	const struct container_table *table = model;

	return session_ended(table->session);
}

const struct list_kind container_list_kind = {
	.name = "containers",
	.columns = columns,
	.column_count = ARRAY_LEN(columns),
	.default_sort = "entries-desc",
	.bare = "owner",
	.count = count,
	.identity = identity,
	.ended = ended,
};
