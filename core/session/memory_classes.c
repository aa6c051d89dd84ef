/* What spans of each size hold, with pointers and without. */
#include "core/base/attr.h"
#include "core/heap/heap_priv.h"
#include "core/session/memory.h"
#include "core/session/session_priv.h"

static void count_span(const struct session *session,
		       const struct go_span *span, struct span_class_row *row)
{
	uint64_t objects =
		heap_bits_in(session->rt->allocated, span->first, span->slots);

	row->live +=
		heap_bits_in(session->heap->reached, span->first, span->slots);
	row->size_class = span->size_class;
	row->noscan = span->noscan;
	if (span->size_class)
		row->size = span->elem_size;
	row->spans++;
	row->bytes += span->bytes;
	row->slots += span->slots;
	row->objects += objects;
	row->used += objects * span->elem_size;
}

/* A size class is two span classes. */
static void add_to_size(const struct span_class_row *from,
			struct size_class_row *to)
{
	uint64_t free_bytes = (from->slots - from->objects) * from->size;

	to->size_class = from->size_class;
	to->size = from->size;
	to->spans += from->spans;
	to->span_bytes += from->bytes;
	to->slots += from->slots;
	to->allocated += from->objects;
	to->live += from->live;
	to->free_bytes += free_bytes;
	to->tail_bytes +=
		from->waste > free_bytes ? from->waste - free_bytes : 0;
}

static void add_counts(const struct session *session,
		       struct size_class_row *row)
{
	const struct go_class_counts *counts =
		&session->stats.by_size[row->size_class];

	row->mallocs = session->have_stats ? counts->mallocs : UINT64_MAX;
	row->frees = session->have_stats ? counts->frees : UINT64_MAX;
}

void memory_classes_load(const struct session *session,
			 struct memory_table *table)
{
	struct span_class_row rows[2 * MEMORY_CLASSES] = {{0}};
	struct size_class_row sizes[MEMORY_CLASSES] = {{0}};
	uint32_t i;

	for (i = 0; i < session->rt->span_count; i++) {
		const struct go_span *span = &session->rt->spans[i];

		if (span->size_class < MEMORY_CLASSES)
			count_span(session, span,
				   &rows[2 * span->size_class + span->noscan]);
	}
	for (i = 0; i < 2 * MEMORY_CLASSES; i++) {
		if (!rows[i].spans)
			continue;
		if (rows[i].bytes > rows[i].used)
			rows[i].waste = rows[i].bytes - rows[i].used;
		table->spans[table->span_count++] = rows[i];
		add_to_size(&rows[i], &sizes[i / 2]);
	}
	for (i = 0; i < MEMORY_CLASSES; i++) {
		if (!sizes[i].spans)
			continue;
		add_counts(session, &sizes[i]);
		table->classes[table->class_count++] = sizes[i];
	}
}

static const struct size_class_row *class_at(const void *model, uint32_t row)
{
	const struct memory_table *table = model;

	return &table->classes[row];
}

static void get_class(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, class_at(model, row)->size_class);
}

static void get_size(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, class_at(model, row)->size ? class_at(model, row)->size
						 : UINT64_MAX);
}

static void get_spans(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, class_at(model, row)->spans);
}

static void get_span_bytes(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, class_at(model, row)->span_bytes);
}

static void get_slots(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, class_at(model, row)->slots);
}

static void get_allocated(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, class_at(model, row)->allocated);
}

static void get_live(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, class_at(model, row)->live);
}

static void get_free(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, class_at(model, row)->free_bytes);
}

static void get_tail(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, class_at(model, row)->tail_bytes);
}

static void get_mallocs(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, class_at(model, row)->mallocs);
}

static void get_frees(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, class_at(model, row)->frees);
}

static uint32_t class_count(const void *model)
{
	const struct memory_table *table = model;

	return table->class_count;
}

static uint64_t class_identity(const void *model, uint32_t row)
{
	return class_at(model, row)->size_class;
}

static const struct column class_columns[] = {
	{"class", "CLASS", "size class; 0 is large objects", COLUMN_COUNT, 6, 5,
	 0, 'c', get_class},
	{"size", "SIZE", "bytes of a slot", COLUMN_BYTES, 8, 6, 1, 's',
	 get_size},
	{"spans", "SPANS", "spans in use", COLUMN_COUNT, 8, 6, 4, 'n',
	 get_spans},
	{"bytes", "BYTES", "bytes of its spans", COLUMN_BYTES, 8, 7, 2, 'b',
	 get_span_bytes},
	{"slots", "SLOTS", "slots in them", COLUMN_COUNT, 10, 7, 5, 0,
	 get_slots},
	{"allocated", "ALLOC", "slots that hold objects", COLUMN_COUNT, 10, 7,
	 3, 'a', get_allocated},
	{"live", "LIVE", "reachable objects", COLUMN_COUNT, 10, 7, 3, 'l',
	 get_live},
	{"free", "FREE", "bytes of free slots", COLUMN_BYTES, 8, 7, 2, 'f',
	 get_free},
	{"mallocs", "MALLOCS", "allocations since the start", COLUMN_COUNT, 10,
	 8, 7, 'm', get_mallocs},
	{"frees", "FREES", "of them freed", COLUMN_COUNT, 10, 7, 8, 'r',
	 get_frees},
	{"tail", "TAIL", "ends of spans too small for a slot", COLUMN_BYTES, 8,
	 6, 6, 't', get_tail},
};

const struct list_kind size_class_list_kind = {
	.name = "size-classes",
	.columns = class_columns,
	.column_count = ARRAY_LEN(class_columns),
	.default_sort = "bytes-desc",
	.bare = "class",
	.count = class_count,
	.identity = class_identity,
};

static const struct span_class_row *span_at(const void *model, uint32_t row)
{
	const struct memory_table *table = model;

	return &table->spans[row];
}

static void span_class(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, span_at(model, row)->size_class);
}

static void span_pointers(const void *model, uint32_t row, struct cell *ret)
{
	ret->text = span_at(model, row)->noscan ? "noscan" : "scan";
	ret->known = ret->exact = true;
}

static void span_size(const void *model, uint32_t row, struct cell *ret)
{
	uint64_t size = span_at(model, row)->size;

	cell_put(ret, size ? size : UINT64_MAX);
}

static void span_spans(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, span_at(model, row)->spans);
}

static void span_bytes(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, span_at(model, row)->bytes);
}

static void span_slots(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, span_at(model, row)->slots);
}

static void span_objects(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, span_at(model, row)->objects);
}

static void span_live(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, span_at(model, row)->live);
}

static void span_used(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, span_at(model, row)->used);
}

static void span_waste(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, span_at(model, row)->waste);
}

static void span_share(const void *model, uint32_t row, struct cell *ret)
{
	const struct span_class_row *s = span_at(model, row);

	cell_put(ret, 0);
	ret->f = s->bytes ? (double)s->waste / (double)s->bytes : 0;
}

static uint32_t span_count(const void *model)
{
	const struct memory_table *table = model;

	return table->span_count;
}

static uint64_t span_identity(const void *model, uint32_t row)
{
	const struct span_class_row *s = span_at(model, row);

	return 2 * s->size_class + s->noscan;
}

static const struct column span_columns[] = {
	{"class", "CLASS", "size class; 0 is large objects", COLUMN_COUNT, 6, 5,
	 0, 'c', span_class},
	{"pointers", "PTRS", "scan: objects hold pointers; noscan: none",
	 COLUMN_TEXT, 6, 6, 0, 'p', span_pointers},
	{"size", "SIZE", "bytes of a slot", COLUMN_BYTES, 8, 6, 1, 's',
	 span_size},
	{"spans", "SPANS", "spans in use", COLUMN_COUNT, 8, 6, 4, 'n',
	 span_spans},
	{"slots", "SLOTS", "slots in them", COLUMN_COUNT, 10, 7, 6, 0,
	 span_slots},
	{"objects", "OBJECTS", "slots that hold objects", COLUMN_COUNT, 10, 7,
	 3, 'o', span_objects},
	{"live", "LIVE", "reachable objects", COLUMN_COUNT, 10, 7, 5, 'l',
	 span_live},
	{"bytes", "BYTES", "bytes of its spans", COLUMN_BYTES, 8, 7, 1, 'b',
	 span_bytes},
	{"used", "IN USE", "bytes of slots that hold objects", COLUMN_BYTES, 8,
	 7, 2, 'u', span_used},
	{"waste", "WASTE", "bytes of free slots and of ends of spans",
	 COLUMN_BYTES, 8, 7, 2, 'w', span_waste},
	{"share", "W%", "waste of the spans' bytes", COLUMN_PERCENT, 4, 3, 3,
	 '%', span_share},
};

const struct list_kind span_class_list_kind = {
	.name = "span-classes",
	.columns = span_columns,
	.column_count = ARRAY_LEN(span_columns),
	.default_sort = "bytes-desc",
	.bare = "pointers",
	.count = span_count,
	.identity = span_identity,
};
