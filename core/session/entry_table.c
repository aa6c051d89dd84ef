#include "core/session/entry_table.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/go/value.h"
#include "core/heap/heap_priv.h"
#include "core/session/session_priv.h"

enum {
	CHECK_EVERY = 4096,
	REFERRED_MAX = 16,
	GROUP_TABLE = 1 << 20, /* more than ENTRY_GROUP_MAX, a power of two */
	GROUP_STRING = 1 << 16,
	GROUP_ELEMENTS = 1024,
};

struct loader {
	struct entry_table *table;
	const struct go_slots *key_slots, *elem_slots;
	uint32_t key, elem; /* types */
	uint64_t key_bytes, elem_bytes;
	bool separate_key, separate_elem;
	uint32_t cap;
	uint32_t *groups; /* row + 1 by hash */
	bool full;	  /* then the worst that is kept keeps rows out */
};

/* What is to come first has the lower rank. */
static uint64_t signed_rank(int64_t i)
{
	return (uint64_t)i ^ 1ULL << 63;
}

static uint64_t double_rank(double f)
{
	uint64_t bits;

	memcpy(&bits, &f, sizeof(bits));
	return bits >> 63 ? ~bits : bits | 1ULL << 63;
}

static uint64_t text_rank(const struct sample *sample, uint64_t header)
{
	uint64_t data, len, rank = 0;
	const uint8_t *bytes;
	unsigned i;

	if (!sample_u64(sample, header, &data) ||
	    !sample_u64(sample, header + 8, &len) || !len)
		return 0;
	len = len < 8 ? len : 8;
	bytes = sample_view(sample, data, len);
	for (i = 0; bytes && i < 8; i++)
		rank = rank << 8 | (i < len ? bytes[i] : 0);
	return rank;
}

/* Numbers by their value, strings by their first bytes, the rest by nothing:
 * then the text decides. */
static uint64_t value_rank(const struct session *session, uint32_t id,
			   uint64_t addr)
{
	const struct go_type *type = go_type(session->rt->types, id);
	uint64_t raw = 0;
	const void *bytes;
	double d;
	float f;

	if (type->kind == GO_STRING)
		return text_rank(session->sample, addr);
	if (!type->size || type->size > 8 ||
	    !(bytes = sample_view(session->sample, addr, type->size)))
		return 0;
	memcpy(&raw, bytes, type->size);
	switch (type->kind) {
	case GO_INT:
	case GO_INT8:
	case GO_INT16:
	case GO_INT32:
	case GO_INT64:
		return signed_rank((int64_t)(raw << (64 - 8 * type->size)) >>
				   (64 - 8 * type->size));
	case GO_FLOAT32:
		memcpy(&f, bytes, 4);
		return double_rank((double)f);
	case GO_FLOAT64:
		memcpy(&d, bytes, 8);
		return double_rank(d);
	case GO_STRUCT:
	case GO_ARRAY:
		return 0;
	default:
		return raw;
	}
}

/* The objects that a value's words refer to, each once. */
struct referred {
	uint32_t objects[REFERRED_MAX];
	unsigned count;
};

static void refer(const struct heap *heap, uint64_t addr, struct referred *ret)
{
	uint32_t object = addr ? go_object_at(heap->rt, addr) : GO_NO_OBJECT;
	unsigned i;

	if (object == GO_NO_OBJECT || ret->count == REFERRED_MAX)
		return;
	for (i = 0; i < ret->count; i++)
		if (ret->objects[i] == object)
			return;
	ret->objects[ret->count++] = object;
}

static void refer_slots(const struct session *session,
			const struct go_slots *slots, uint64_t addr,
			struct referred *ret)
{
	uint32_t i;

	for (i = 0; addr && i < slots->count && ret->count < REFERRED_MAX;
	     i++) {
		const struct go_slot *slot = &slots->slots[i];
		uint64_t at = addr + slot->offset, word;

		if (slot->kind == GO_SLOT_ARRAY)
			continue;
		if (slot->kind == GO_SLOT_EFACE || slot->kind == GO_SLOT_IFACE)
			at += 8;
		if (sample_u64(session->sample, at, &word))
			refer(session->heap, word, ret);
	}
}

static void measure(const struct loader *l, struct entry_row *row)
{
	const struct session *session = l->table->session;
	const struct heap *heap = session->heap;
	struct referred r = {.count = 0};
	unsigned i;

	row->size_bytes = l->separate_key ? 8 : l->key_bytes;
	row->size_bytes += l->separate_elem ? 8 : l->elem_bytes;
	if (l->separate_key)
		refer(heap, row->entry.key_addr, &r);
	if (l->separate_elem)
		refer(heap, row->entry.elem_addr, &r);
	refer_slots(session, l->key_slots, row->entry.key_addr, &r);
	refer_slots(session, l->elem_slots, row->entry.elem_addr, &r);
	row->retained_bytes = heap->retained ? 0 : UINT64_MAX;
	for (i = 0; i < r.count; i++) {
		row->size_bytes += heap_span_of(heap, r.objects[i])->elem_size;
		if (heap->retained)
			row->retained_bytes += heap->retained[r.objects[i]];
	}
}

static uint64_t rank_of(const struct loader *l, const struct entry_row *row)
{
	const struct session *session = l->table->session;

	switch (l->table->column) {
	case ENTRY_KEY:
		return value_rank(session, l->key, row->entry.key_addr);
	case ENTRY_VALUE:
		return value_rank(session, l->elem, row->entry.elem_addr);
	case ENTRY_SIZE:
		return row->size_bytes;
	case ENTRY_RETAINED:
		return row->retained_bytes;
	case ENTRY_CHAIN:
		return row->entry.chain;
	default:
		return row->index;
	}
}

static const char *text_of(const struct entry_table *table,
			   struct entry_row *row, bool value)
{
	char **text = &(value ? row->value : row->key)[table->redact];
	CLEANUP(buf_deinit) struct buf b = {0};

	if (*text)
		/* cppcheck-suppress identicalInnerCondition */
		return *text;
	if (value)
		entry_value_text(table->entries, &row->entry, table->redact,
				 &b);
	else
		entry_key_text(table->entries, &row->entry, table->redact, &b);
	return *text = buf_steal(&b);
}

static void free_text(struct entry_row *row)
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		free(row->key[i]);
		free(row->value[i]);
	}
	free(row->place);
}

/* Which of two rows comes first; the walk's order decides between equals. */
static int compare_rows(const struct entry_table *table, struct entry_row *x,
			struct entry_row *y)
{
	int c = (x->rank > y->rank) - (x->rank < y->rank);

	if (!c && (table->column == ENTRY_KEY || table->column == ENTRY_VALUE))
		c = strcmp(text_of(table, x, table->column == ENTRY_VALUE),
			   text_of(table, y, table->column == ENTRY_VALUE));
	if (c)
		return table->descending ? -c : c;
	return (x->index > y->index) - (x->index < y->index);
}

static int compare_numbers(const void *a, const void *b, void *arg)
{
	const struct entry_table *table = arg;

	return compare_rows(table, &table->rows[*(const uint32_t *)a],
			    &table->rows[*(const uint32_t *)b]);
}

/* Keep the best rows, the worst of them last. */
static void prune(struct loader *l)
{
	struct entry_table *t = l->table;
	struct entry_row *rows = xreallocarray(NULL, l->cap, sizeof(*rows));
	uint32_t *order = xreallocarray(NULL, t->count, sizeof(*order));
	uint32_t i;

	for (i = 0; i < t->count; i++)
		order[i] = i;
	qsort_r(order, t->count, sizeof(*order), compare_numbers, t);
	for (i = 0; i < t->count; i++) {
		if (i < ENTRY_TABLE_MAX)
			rows[i] = t->rows[order[i]];
		else
			free_text(&t->rows[order[i]]);
	}
	free(order);
	free(t->rows);
	t->rows = rows;
	t->count = ENTRY_TABLE_MAX;
	l->full = true;
}

static void add_single(struct loader *l, struct entry_row *row)
{
	struct entry_table *t = l->table;

	row->rank = rank_of(l, row);
	if (l->full &&
	    compare_rows(t, row, &t->rows[ENTRY_TABLE_MAX - 1]) > 0) {
		free_text(row);
		return;
	}
	if (t->count == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 64;
		if (l->cap > 2 * ENTRY_TABLE_MAX)
			l->cap = 2 * ENTRY_TABLE_MAX;
		t->rows = xreallocarray(t->rows, l->cap, sizeof(*t->rows));
	}
	t->rows[t->count++] = *row;
	if (t->count == 2 * ENTRY_TABLE_MAX)
		prune(l);
}

static uint64_t hash_bytes(const char *s, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u;
	size_t i;

	for (i = 0; i < n; i++)
		h = (h ^ (uint8_t)s[i]) * 0x100000001b3u;
	h ^= h >> 32;
	return (h * 0xd6e8feb86659fd93u) | 1;
}

/* "user:17" -> 5, "id-17" -> 3, "item17" -> 4. */
static size_t prefix_length(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strchr(":/.-_|#@= ", s[i]))
			return i + 1;
		if (s[i] >= '0' && s[i] <= '9')
			return i;
	}
	return n;
}

static void hash_group(const struct loader *l, struct entry_row *row)
{
	const struct entry_table *t = l->table;
	const struct session *session = t->session;
	struct value_limits limits = value_limits_default();
	CLEANUP(buf_deinit) struct buf b = {0};
	bool value = t->grouping == ENTRY_BY_VALUE;

	limits.string = GROUP_STRING;
	limits.elements = GROUP_ELEMENTS;
	value_text(&b, session->rt->types, session->sample,
		   value ? l->elem : l->key,
		   value ? row->entry.elem_addr : row->entry.key_addr, &limits);
	if (value) {
		row->hash = hash_bytes(b.data, b.len);
	} else if (b.len >= 2) { /* within the quotes */
		row->hash = hash_bytes(b.data + 1,
				       prefix_length(b.data + 1, b.len - 2));
	}
}

static void add_to_group(struct loader *l, struct entry_row *row)
{
	struct entry_table *t = l->table;
	uint32_t mask = GROUP_TABLE - 1, at;

	assert(l->groups);
	hash_group(l, row);
	for (at = (uint32_t)row->hash & mask; l->groups[at];
	     at = (at + 1) & mask) {
		struct entry_row *group = &t->rows[l->groups[at] - 1];

		if (group->hash != row->hash)
			continue;
		group->count++;
		group->size_bytes += row->size_bytes;
		return;
	}
	if (t->count == ENTRY_GROUP_MAX) {
		t->other++;
		return;
	}
	GROW_ARRAY(t->rows, t->count, l->cap);
	t->rows[t->count++] = *row;
	l->groups[at] = t->count;
}

static struct error *walk(struct loader *l, uint64_t live, struct job *job)
{
	struct entry_table *t = l->table;
	uint64_t i;

	job_phase(job, "read entries", live);
	for (i = 0; i < live; i++) {
		struct entry_row row = {.index = i, .count = 1};
		struct error *err = entries_get(t->entries, i, &row.entry);

		if (err) { /* fewer than the figures: torn */
			error_catch(&err, ERROR_NOT_FOUND);
			return err;
		}
		measure(l, &row);
		if (t->grouping == ENTRY_SINGLE)
			add_single(l, &row);
		else
			add_to_group(l, &row);
		t->seen++;
		if (t->seen % CHECK_EVERY)
			continue;
		job_advance(job, CHECK_EVERY);
		if ((err = job_check(job)))
			return err;
	}
	return NULL;
}

static struct error *check(const struct session *session, uint32_t row,
			   enum entry_grouping grouping)
{
	const struct go_type *type;

	if (session->stored)
		return session_needs_memory(session);
	type = go_type(session->rt->types, session->rows[row].type);
	if (type->kind != GO_MAP || !type->layout)
		return error_new(ERROR_NOT_FOUND, "the map's type is unknown");
	if (grouping == ENTRY_BY_PREFIX &&
	    go_type(session->rt->types, type->key)->kind != GO_STRING)
		return error_new(ERROR_USAGE,
				 "only strings have prefixes, keys are %s",
				 go_type(session->rt->types, type->key)->name);
	return NULL;
}

struct error *entry_table_load(const struct session *session, uint32_t row,
			       enum entry_grouping grouping,
			       enum entry_column column, bool descending,
			       struct job *job, struct entry_table *ret)
{
	const struct go_type *type;
	struct go_types *types;
	struct error *err;
	struct loader l = {.table = ret};

	*ret = (struct entry_table){.session = session,
				    .grouping = grouping,
				    .column = column,
				    .descending = descending};
	if ((err = check(session, row, grouping)))
		return err;
	types = session->rt->types;
	type = go_type(types, session->rows[row].type);
	l.key = ret->key_type = type->key;
	l.elem = ret->elem_type = type->elem;
	l.key_slots = go_type_slots(types, l.key);
	l.elem_slots = go_type_slots(types, l.elem);
	l.key_bytes = go_type(types, l.key)->size;
	l.elem_bytes = go_type(types, l.elem)->size;
	l.separate_key = type->layout->indirect_key;
	l.separate_elem = type->layout->indirect_elem;
	if (grouping != ENTRY_SINGLE)
		l.groups = xcalloc(GROUP_TABLE, sizeof(*l.groups));
	ret->entries = entries_open(session, row);
	err = walk(&l, entries_count(ret->entries), job);
	if (!err && ret->count > ENTRY_TABLE_MAX && grouping == ENTRY_SINGLE)
		prune(&l);
	free(l.groups);
	if (err)
		entry_table_deinit(ret);
	return err;
}

void entry_table_deinit(struct entry_table *table)
{
	uint32_t i;

	for (i = 0; i < table->count; i++)
		free_text(&table->rows[i]);
	free(table->rows);
	entries_close(table->entries);
	*table = (struct entry_table){0};
}

/* The columns. */

static struct entry_row *row_at(const void *model, uint32_t row)
{
	const struct entry_table *table = model;

	return &table->rows[row];
}

static void get_index(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->index);
}

/* Numbers sort as numbers: the rank goes before the text. */
static void get_part(const void *model, uint32_t row, bool value,
		     struct cell *ret)
{
	const struct entry_table *table = model;
	struct entry_row *r = row_at(model, row);

	cell_put_text(ret, text_of(table, r, value));
	ret->u = value_rank(table->session,
			    value ? table->elem_type : table->key_type,
			    value ? r->entry.elem_addr : r->entry.key_addr);
}

static void get_key(const void *model, uint32_t row, struct cell *ret)
{
	get_part(model, row, false, ret);
}

static void get_value(const void *model, uint32_t row, struct cell *ret)
{
	get_part(model, row, true, ret);
}

static void get_size(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->size_bytes);
}

static void get_retained(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->retained_bytes);
	ret->known = ret->u != UINT64_MAX;
}

static void get_chain(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->entry.chain);
}

static void get_place(const void *model, uint32_t row, struct cell *ret)
{
	struct entry_row *r = row_at(model, row);
	const struct entry *e = &r->entry;

	if (!r->place)
		r->place = xasprintf("%" PRIu64 "/%" PRIu64 "/%u%s", e->table,
				     e->unit, e->slot, e->old ? " old" : "");
	cell_put_text(ret, r->place);
	ret->u = r->index;
}

static const struct column columns[] = {
	[ENTRY_INDEX] = {"index", "#", "place in the walk of the map",
			 COLUMN_COUNT, 9, 7, 2, 'p', get_index},
	[ENTRY_KEY] = {"key", "KEY", "the key", COLUMN_TEXT, 30, 16, 0, 'k',
		       get_key},
	[ENTRY_VALUE] = {"value", "VALUE", "the value", COLUMN_TEXT, 30, 16, 0,
			 'v', get_value},
	[ENTRY_SIZE] = {"size", "SIZE",
			"key and value with the objects they refer to",
			COLUMN_BYTES, 7, 7, 1, 's', get_size},
	[ENTRY_RETAINED] = {"retained", "RETAINED",
			    "what the objects they refer to retain",
			    COLUMN_BYTES, 8, 8, 1, 'r', get_retained},
	[ENTRY_CHAIN] = {"chain", "CHAIN",
			 "classic: bucket of the chain, 0 the head",
			 COLUMN_COUNT, 5, 5, 4, 'c', get_chain},
	[ENTRY_POSITION] = {"pos", "POS", "table/bucket or group/slot",
			    COLUMN_TEXT, 14, 10, 3, 0, get_place},
};

bool entry_column_of(const char *key, enum entry_column *ret)
{
	int column = list_find_column(&entry_list_kind, key);

	if (column < 0)
		return false;
	*ret = (enum entry_column)column;
	if (*ret == ENTRY_POSITION)
		*ret = ENTRY_INDEX;
	return true;
}

static uint32_t count(const void *model)
{
	const struct entry_table *table = model;

	return table->count;
}

static uint64_t identity(const void *model, uint32_t row)
{
	return row_at(model, row)->index;
}

static bool ended(const void *model)
{
	const struct entry_table *table = model;

	return session_ended(table->session);
}

const struct list_kind entry_list_kind = {
	.name = "entries",
	.columns = columns,
	.column_count = ARRAY_LEN(columns),
	.default_sort = "index-asc",
	.bare = "key",
	.count = count,
	.identity = identity,
	.ended = ended,
};

/* Groups. */

static void get_count(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->count);
}

static void get_share(const void *model, uint32_t row, struct cell *ret)
{
	const struct entry_table *table = model;

	cell_put_known(ret, 0);
	ret->f = table->seen ? (double)row_at(model, row)->count /
				       (double)table->seen
			     : 0;
}

/* The value, or the prefix; redacted it is only as long. */
static void get_what(const void *model, uint32_t row, struct cell *ret)
{
	const struct entry_table *table = model;
	struct entry_row *r = row_at(model, row);
	char **shown = &r->place;

	if (table->grouping == ENTRY_BY_VALUE || table->redact) {
		get_part(model, row, table->grouping == ENTRY_BY_VALUE, ret);
		return;
	}
	if (!*shown) {
		const char *key = text_of(table, r, false);
		size_t n = strlen(key);

		*shown = n < 2 ? xstrdup(key)
			       : xstrndup(key + 1,
					  prefix_length(key + 1, n - 2));
	}
	cell_put_text(ret, *shown);
}

static const struct column group_columns[] = {
	{"what", "VALUE OR PREFIX", "what the entries have in common",
	 COLUMN_TEXT, 30, 16, 0, 'v', get_what},
	{"count", "ENTRIES", "entries that have it", COLUMN_COUNT, 9, 7, 0, 'c',
	 get_count},
	{"share", "%", "of all entries of the map", COLUMN_PERCENT, 5, 4, 1, 0,
	 get_share},
	{"size", "SIZE", "added up; an object several share counts in each",
	 COLUMN_BYTES, 8, 7, 1, 's', get_size},
	{"first", "FIRST KEY", "the first key that has it", COLUMN_TEXT, 20, 12,
	 2, 'k', get_key},
};

const struct list_kind entry_group_list_kind = {
	.name = "entry groups",
	.columns = group_columns,
	.column_count = ARRAY_LEN(group_columns),
	.default_sort = "count-desc",
	.bare = "what",
	.count = count,
	.identity = identity,
	.ended = ended,
};
