/* Reached objects by type or package. */
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/heap/heap_priv.h"
#include "core/session/objects.h"
#include "core/session/session_priv.h"
#include "core/session/stored.h"

enum { CHUNK_WORDS = 1024 };

struct sum {
	uint64_t count, bytes;
};

struct tally {
	const struct heap *heap;
	uint32_t types;
	struct sum *sums; /* types of worker 0, then of worker 1, ... */
};

static void tally_range(void *arg, unsigned worker, uint64_t begin,
			uint64_t end)
{
	struct tally *tally = arg;
	const struct heap *heap = tally->heap;
	struct sum *sums = tally->sums + (size_t)worker * tally->types;
	uint64_t w, bits;

	for (w = begin; w < end; w++) {
		for (bits = heap->reached[w]; bits; bits &= bits - 1) {
			uint32_t object =
				(uint32_t)(w * 64 +
					   (unsigned)__builtin_ctzll(bits));
			uint32_t type = heap->type[object];

			if (type >= tally->types)
				type = 0;
			sums[type].count++;
			sums[type].bytes +=
				heap_span_of(heap, object)->elem_size;
		}
	}
}

struct groups {
	const struct heap *heap;
	uint32_t *row; /* by type id; UINT32_MAX none */
	uint32_t types;
};

static uint32_t group_of(const void *arg, uint32_t object)
{
	const struct groups *groups = arg;
	uint32_t type = groups->heap->type[object];

	return groups->row[type < groups->types ? type : 0];
}

static uint32_t package_row(struct type_table *table,
			    const struct go_type *type)
{
	CLEANUP(free_cleanup) char *name = NULL;
	const char *start;
	size_t len;

	go_type_package(type, &start, &len);
	name = len ? xstrndup(start, len) : xstrdup("(builtin)");
	return intern_add(&table->names, type->id ? name : "?");
}

static const char *name_of(const struct session *session, uint32_t type)
{
	return type ? session_type_name(session, type) : "?";
}

static int compare_types(const void *a, const void *b, void *arg)
{
	const struct session *session = arg;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int order = strcmp(name_of(session, x), name_of(session, y));

	return order ? order : go_type_compare(session->rt->types, x, y);
}

/* Types with objects, in an order that equal rows can keep. */
static uint32_t *sort_types(const struct session *session,
			    const struct sum *sums, uint32_t types,
			    uint32_t *count_ret)
{
	uint32_t *order = xcalloc((size_t)types + 1, sizeof(*order));
	uint32_t i, n = 0;

	for (i = 0; i < types; i++)
		if (sums[i].count)
			order[n++] = i;
	qsort_r(order, n, sizeof(*order), compare_types,
		(void *)(uintptr_t)session);
	*count_ret = n;
	return order;
}

static void add_rows(struct type_table *table, const struct sum *sums,
		     struct groups *groups, bool by_package)
{
	const struct session *session = table->session;
	uint32_t n, k, i, row;
	CLEANUP(free_cleanup)
	uint32_t *order = sort_types(session, sums, groups->types, &n);

	table->rows = xcalloc((size_t)groups->types + 1, sizeof(*table->rows));
	for (i = 0; i < groups->types; i++)
		groups->row[i] = UINT32_MAX;
	for (k = 0; k < n; k++) {
		i = order[k];
		row = by_package ? package_row(table,
					       go_type(session->rt->types, i))
				 : table->count;
		if (row >= table->count)
			table->count = row + 1;
		groups->row[i] = row;
		table->rows[row].type = by_package ? 0 : i;
		table->rows[row].name = name_of(session, i);
		table->rows[row].count += sums[i].count;
		table->rows[row].bytes += sums[i].bytes;
		table->rows[row].retained_bytes = UINT64_MAX;
		table->objects += sums[i].count;
		table->bytes += sums[i].bytes;
	}
	for (i = 0; by_package && i < table->count; i++)
		table->rows[i].name = table->names.strings[i];
}

static void add_retained(struct type_table *table, struct groups *groups)
{
	CLEANUP(free_cleanup) uint64_t *retained = NULL;
	const struct heap_dom_tree *tree;
	struct error *err = session_dom_tree(table->session, &tree);
	uint32_t i;

	if (err) {
		error_free(err);
		return;
	}
	retained = xcalloc((size_t)table->count + 1, sizeof(*retained));
	heap_dom_groups(tree, group_of, groups, table->count,
			table->session->options.threads,
			table->session->command, retained);
	for (i = 0; i < table->count; i++) {
		table->rows[i].retained_bytes = retained[i];
		table->rows[i].exact = table->rows[i].count == 1;
	}
}

struct error *type_table_load(const struct session *session, bool by_package,
			      struct type_table *ret)
{
	unsigned threads = job_threads(session->options.threads), t;
	struct tally tally = {.heap = session->heap};
	struct groups groups = {.heap = session->heap};
	uint64_t words;
	uint32_t i;

	*ret = (struct type_table){.session = session};
	if (session->stored && session->stored->meta.level == SNAPSHOT_STATS)
		return session_check_maps(session);
	if (session->stored && by_package)
		return session_needs_memory(session);
	if (session->stored) {
		stored_types(session, ret);
		return NULL;
	}
	words = ((uint64_t)session->heap->count + 63) / 64;
	tally.types = go_type_count(session->rt->types);
	tally.sums =
		xcalloc((size_t)tally.types * threads, sizeof(*tally.sums));
	job_parallel(session->command, threads, words, CHUNK_WORDS, tally_range,
		     &tally);
	for (t = 1; t < threads; t++) {
		for (i = 0; i < tally.types; i++) {
			const struct sum *sum =
				&tally.sums[(size_t)t * tally.types + i];

			tally.sums[i].count += sum->count;
			tally.sums[i].bytes += sum->bytes;
		}
	}
	groups.types = tally.types;
	groups.row = xcalloc((size_t)tally.types + 1, sizeof(*groups.row));
	add_rows(ret, tally.sums, &groups, by_package);
	add_retained(ret, &groups);
	free(groups.row);
	free(tally.sums);
	if (!session_ended(session))
		return NULL;
	type_table_deinit(ret);
	return error_new(ERROR_CANCELLED, "cancelled");
}

static void count_set(const struct object_set *set, struct sum *sums,
		      uint32_t types)
{
	const struct heap *heap = set->session->heap;
	uint32_t i;

	for (i = 0; i < set->count; i++) {
		uint32_t object = set->objects[i];
		uint32_t type = heap->type[object];
		struct sum *sum = &sums[type < types ? type : 0];

		sum->count++;
		sum->bytes += heap_span_of(heap, object)->elem_size;
	}
}

void type_table_of_set(const struct object_set *set, bool by_package,
		       struct type_table *ret)
{
	const struct heap *heap = set->session->heap;
	CLEANUP(free_cleanup) struct sum *sums = NULL;
	struct groups groups = {.heap = heap};
	uint32_t i;

	*ret = (struct type_table){.session = set->session};
	groups.types = go_type_count(set->session->rt->types);
	groups.row = xcalloc((size_t)groups.types + 1, sizeof(*groups.row));
	sums = xcalloc((size_t)groups.types + 1, sizeof(*sums));
	count_set(set, sums, groups.types);
	add_rows(ret, sums, &groups, by_package);
	for (i = 0; i < ret->count; i++) {
		ret->rows[i].retained_bytes = heap->retained ? 0 : UINT64_MAX;
		ret->rows[i].exact = true;
	}
	for (i = 0; heap->retained && i < set->count; i++)
		ret->rows[group_of(&groups, set->objects[i])].retained_bytes +=
			heap->retained[set->objects[i]];
	free(groups.row);
}

/* The rows of a name, in their order, which is the same in every sample. */
struct same_name {
	uint32_t before, now; /* how many */
	uint32_t first;	      /* of the table before, not taken yet */
};

static void chain_names(const struct type_table *before, struct intern *names,
			struct same_name *all, uint32_t *next)
{
	uint32_t i;

	for (i = before->count; i-- > 0;) {
		struct same_name *same =
			&all[intern_add(names, before->rows[i].name)];

		next[i] = same->first;
		same->first = i;
		same->before++;
	}
}

void type_table_compare(struct type_table *table,
			const struct type_table *before)
{
	CLEANUP(intern_deinit) struct intern names = {0};
	CLEANUP(free_cleanup) struct same_name *all = NULL;
	CLEANUP(free_cleanup) uint32_t *next = NULL;
	uint32_t i;

	all = xcalloc((size_t)before->count + table->count + 1, sizeof(*all));
	next = xcalloc((size_t)before->count + 1, sizeof(*next));
	chain_names(before, &names, all, next);
	for (i = 0; i < table->count; i++)
		all[intern_add(&names, table->rows[i].name)].now++;
	for (i = 0; i < table->count; i++) {
		struct type_row *row = &table->rows[i];
		struct same_name *same = &all[intern_add(&names, row->name)];

		/* Which of them is new or gone is not known. */
		row->before_bytes = UINT64_MAX;
		if (!same->before && same->now == 1) {
			row->before_bytes = 0;
		} else if (same->before == same->now) {
			row->before_bytes = before->rows[same->first].bytes;
			same->first = next[same->first];
		}
	}
	table->compared = true;
}

void type_table_deinit(struct type_table *table)
{
	free(table->rows);
	intern_deinit(&table->names);
	*table = (struct type_table){0};
}

static const struct type_row *row_at(const void *model, uint32_t row)
{
	const struct type_table *table = model;

	return &table->rows[row];
}

static void get_name(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, row_at(model, row)->name);
}

static void get_count(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, row_at(model, row)->count);
}

static void get_bytes(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, row_at(model, row)->bytes);
}

static void get_retained(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, row_at(model, row)->retained_bytes);
	ret->exact = row_at(model, row)->exact;
}

static void get_average(const void *model, uint32_t row, struct cell *ret)
{
	const struct type_row *r = row_at(model, row);

	cell_put(ret, r->count ? r->bytes / r->count : 0);
}

static void get_share(const void *model, uint32_t row, struct cell *ret)
{
	const struct type_table *table = model;

	cell_put(ret, 0);
	ret->f = table->bytes ? (double)row_at(model, row)->bytes /
					(double)table->bytes
			      : 0;
}

static void get_sample(const void *model, uint32_t row, struct cell *ret)
{
	const struct type_table *table = model;
	const struct type_row *r = row_at(model, row);

	ret->f = (double)r->bytes - (double)r->before_bytes;
	ret->known = table->compared && r->before_bytes != UINT64_MAX;
	ret->exact = true;
}

static const struct column columns[] = {
	{"type", "TYPE", "type or package", COLUMN_TEXT, 44, 16, 0, 't',
	 get_name},
	{"count", "COUNT", "objects", COLUMN_COUNT, 10, 7, 2, 'c', get_count},
	{"bytes", "SHALLOW", "bytes of their slots", COLUMN_BYTES, 9, 7, 1, 'b',
	 get_bytes},
	{"retained", "RETAINED", "what would be freed with all of them",
	 COLUMN_BYTES, 9, 8, 3, 'r', get_retained},
	{"average", "AVG", "mean size of an object", COLUMN_BYTES, 8, 6, 5, 'a',
	 get_average},
	{"share", "%", "share of the live heap", COLUMN_PERCENT, 5, 5, 4, 'p',
	 get_share},
	{"dsample", "dSAMPLE", "change of the bytes since the sample before",
	 COLUMN_DELTA_BYTES, 8, 8, 2, 'd', get_sample},
};

static uint32_t count(const void *model)
{
	const struct type_table *table = model;

	return table->count;
}

/* Types and packages keep their names from sample to sample. */
static uint64_t identity(const void *model, uint32_t row)
{
	return list_name_identity(row_at(model, row)->name);
}

const struct list_kind type_list_kind = {
	.name = "types",
	.columns = columns,
	.column_count = ARRAY_LEN(columns) - 1,
	.default_sort = "bytes-desc",
	.bare = "type",
	.count = count,
	.identity = identity,
};

const struct list_kind type_sample_list_kind = {
	.name = "types, after another sample",
	.columns = columns,
	.column_count = ARRAY_LEN(columns),
	.default_sort = "bytes-desc",
	.bare = "type",
	.count = count,
	.identity = identity,
};
