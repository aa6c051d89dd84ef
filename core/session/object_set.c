/* Sets of objects and their columns. */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/heap/heap_priv.h"
#include "core/session/objects.h"
#include "core/session/session_priv.h"

enum { CHECK_EVERY = 1024 };

/* Of what an object retains: if no part below it has that share, it is spread
 * over many. */
static const double ACCUMULATION = 0.7;

struct collect {
	const struct session *session;
	uint8_t *wanted; /* by type id; NULL all */
	uint32_t types;
	uint64_t min_bytes;
	struct object_set *set;
	uint32_t cap;
};

static void collect_one(struct collect *c, uint32_t object)
{
	const struct heap *heap = c->session->heap;
	const struct go_span *span = heap_span_of(heap, object);
	uint32_t type = heap->type[object];

	if (span->elem_size < c->min_bytes ||
	    (c->wanted && (type >= c->types || !c->wanted[type])))
		return;
	GROW_ARRAY(c->set->objects, c->set->count, c->cap);
	c->set->objects[c->set->count++] = object;
	c->set->bytes += span->elem_size;
}

static void collect_all(struct collect *c, enum object_choice choice)
{
	const struct heap *heap = c->session->heap;
	uint64_t words = ((uint64_t)heap->count + 63) / 64, w;

	for (w = 0; w < words; w++) {
		uint64_t bits = heap->rt->allocated[w];

		if (w % CHECK_EVERY == 0 && session_ended(c->session))
			return;
		if (choice == OBJECTS_REACHED)
			bits = heap->reached[w];
		else if (choice == OBJECTS_GARBAGE)
			bits &= ~heap->reached[w];
		for (; bits; bits &= bits - 1)
			collect_one(
				c, (uint32_t)(w * 64 +
					      (unsigned)__builtin_ctzll(bits)));
	}
}

static struct error *match_types(struct collect *c, const char *pattern)
{
	const struct go_types *types = c->session->rt->types;
	uint32_t i;
	regex_t re;
	int rc;

	rc = regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB);
	if (rc) {
		char text[128];

		regerror(rc, &re, text, sizeof(text));
		return error_new(ERROR_USAGE, "'%s': %s", pattern, text);
	}
	c->types = go_type_count(types);
	c->wanted = xcalloc(c->types, 1);
	for (i = 0; i < c->types; i++)
		c->wanted[i] = !regexec(&re, i ? go_type(types, i)->name : "?",
					0, NULL, 0);
	regfree(&re);
	return NULL;
}

struct error *object_set_load(const struct session *session,
			      enum object_choice choice, const char *type,
			      uint64_t min_bytes, struct object_set *ret)
{
	struct collect c = {
		.session = session, .min_bytes = min_bytes, .set = ret};
	struct error *err;

	*ret = (struct object_set){.session = session};
	if (type && (err = match_types(&c, type)))
		return err;
	collect_all(&c, choice);
	free(c.wanted);
	return job_check(session->command);
}

void object_set_of_type(const struct session *session, uint32_t type,
			struct object_set *ret)
{
	struct collect c = {.session = session, .set = ret};

	*ret = (struct object_set){.session = session};
	c.types = go_type_count(session->rt->types);
	c.wanted = xcalloc((size_t)c.types + 1, 1);
	if (type < c.types)
		c.wanted[type] = 1;
	collect_all(&c, OBJECTS_REACHED);
	free(c.wanted);
}

struct error *object_set_dominated(const struct session *session,
				   uint32_t object, uint64_t min_bytes,
				   struct object_set *ret)
{
	struct collect c = {.session = session, .set = ret};
	const struct heap_dom_tree *tree;
	const uint32_t *child;
	struct error *err;
	uint32_t count, i;

	*ret = (struct object_set){.session = session};
	if ((err = session_dom_tree(session, &tree)))
		return err;
	child = heap_dom_children(tree, object, &count);
	for (i = 0; i < count; i++)
		if (session->heap->retained[child[i]] >= min_bytes)
			collect_one(&c, child[i]);
	ret->points = xcalloc(ret->count, sizeof(*ret->points));
	return NULL;
}

/* A named type of a package that comes with Go. */
static bool is_std_type(const char *name, const char *module)
{
	const char *start;
	size_t n = owner_package(name, &start);

	return n && start[n] == '.' && owner_is_std(name, module);
}

/* Types by the names that a person reads. */
static struct error *match_names(struct collect *c, const char *pattern)
{
	const char *module = session_module(c->session);
	bool std = !strcmp(pattern, "std");
	uint32_t i;
	regex_t re;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB))
		return error_new(ERROR_USAGE, "'%s' is no regular expression",
				 pattern);
	c->types = go_type_count(c->session->rt->types);
	c->wanted = xcalloc(c->types, 1);
	for (i = 0; i < c->types; i++) {
		const char *name = session_type_name(c->session, i);

		if (std)
			c->wanted[i] = name && is_std_type(name, module);
		else
			c->wanted[i] =
				!regexec(&re, name ? name : "?", 0, NULL, 0);
	}
	regfree(&re);
	return NULL;
}

struct error *object_set_skip(struct object_set *set, const char *pattern,
			      uint64_t min_bytes)
{
	const struct session *session = set->session;
	struct object_set kept = {.session = session};
	struct collect c = {.session = session, .set = &kept};
	const struct heap *heap = session->heap;
	struct collect skip = c;
	const struct heap_dom_tree *tree;
	const uint32_t *child;
	uint32_t count, cap = set->count, i;
	struct error *err;

	if ((err = session_dom_tree(session, &tree)) ||
	    (err = match_names(&skip, pattern)))
		return err;
	/* A tree: each object is met once, and there is an end. */
	while (set->count) {
		uint32_t object = set->objects[--set->count];
		uint32_t type = heap->type[object];

		if (type >= skip.types || !skip.wanted[type]) {
			collect_one(&c, object);
			continue;
		}
		child = heap_dom_children(tree, object, &count);
		for (i = 0; i < count; i++) {
			if (heap->retained[child[i]] < min_bytes)
				continue;
			GROW_ARRAY(set->objects, set->count, cap);
			set->objects[set->count++] = child[i];
		}
	}
	free(skip.wanted);
	object_set_deinit(set);
	*set = kept;
	set->points = xcalloc(set->count, sizeof(*set->points));
	return NULL;
}

void object_set_deinit(struct object_set *set)
{
	free(set->objects);
	free(set->points);
	*set = (struct object_set){0};
}

bool object_accumulates(const struct session *session, uint32_t object,
			uint32_t *children_ret)
{
	const struct heap *heap = session->heap;
	const struct heap_dom_tree *tree;
	const uint32_t *child;
	uint64_t most = 0;
	struct error *err;
	uint32_t count, i;

	*children_ret = 0;
	if ((err = session_dom_tree(session, &tree))) {
		error_free(err);
		return false;
	}
	child = heap_dom_children(tree, object, &count);
	for (i = 0; i < count; i++)
		if (heap->retained[child[i]] > most)
			most = heap->retained[child[i]];
	*children_ret = count;
	return count > 1 &&
	       (double)most < ACCUMULATION * (double)heap->retained[object];
}

static void load(const void *model, uint32_t row, struct object_info *ret)
{
	const struct object_set *set = model;

	object_info_load(set->session, set->objects[row], ret);
}

static void get_addr(const void *model, uint32_t row, struct cell *ret)
{
	struct object_info info;

	load(model, row, &info);
	cell_put(ret, info.addr);
}

static void get_type(const void *model, uint32_t row, struct cell *ret)
{
	struct object_info info;

	load(model, row, &info);
	cell_put_text(ret, info.type ? info.type : "?");
}

static void get_bytes(const void *model, uint32_t row, struct cell *ret)
{
	const struct object_set *set = model;

	cell_put(
		ret,
		heap_span_of(set->session->heap, set->objects[row])->elem_size);
}

static void get_retained(const void *model, uint32_t row, struct cell *ret)
{
	const struct object_set *set = model;
	const struct heap *heap = set->session->heap;
	uint32_t object = set->objects[row];

	cell_put(ret, heap->retained && heap_bit(heap->reached, object)
			      ? heap->retained[object]
			      : UINT64_MAX);
}

static void get_share(const void *model, uint32_t row, struct cell *ret)
{
	const struct object_set *set = model;
	uint64_t live = set->session->heap->reached_bytes;

	get_retained(model, row, ret);
	ret->f = live ? (double)ret->u / (double)live : 0;
}

static void get_count(const void *model, uint32_t row, struct cell *ret)
{
	struct object_info info;

	load(model, row, &info);
	cell_put(ret, info.count);
}

static void get_len(const void *model, uint32_t row, struct cell *ret)
{
	struct object_info info;

	load(model, row, &info);
	cell_put(ret, info.len);
}

static void get_cap(const void *model, uint32_t row, struct cell *ret)
{
	struct object_info info;

	load(model, row, &info);
	cell_put(ret, info.cap);
}

/* What the holder's slice or string cannot reach. */
static void get_waste(const void *model, uint32_t row, struct cell *ret)
{
	struct object_info info;

	load(model, row, &info);
	cell_put(ret,
		 info.used_bytes == UINT64_MAX || info.used_bytes > info.bytes
			 ? UINT64_MAX
			 : info.bytes - info.used_bytes);
}

static void get_reachable(const void *model, uint32_t row, struct cell *ret)
{
	struct object_info info;

	load(model, row, &info);
	cell_put_text(ret, info.reachable ? "yes" : "no");
}

/* The parts of an object may be millions: it is asked once. */
static void get_point(const void *model, uint32_t row, struct cell *ret)
{
	const struct object_set *set = model;
	uint32_t children;

	if (set->points && !set->points[row])
		set->points[row] =
			1 + object_accumulates(set->session, set->objects[row],
					       &children);
	cell_put_text(ret, set->points && set->points[row] == 2 ? "<<" : "");
}

static const struct column columns[] = {
	{"type", "TYPE", "type of the object", COLUMN_TEXT, 40, 28, 0, 't',
	 get_type},
	{"retained", "RETAINED", "what would be freed with it", COLUMN_BYTES, 9,
	 7, 1, 'r', get_retained},
	{"share", "%", "retained share of the live heap", COLUMN_PERCENT, 5, 5,
	 4, 0, get_share},
	{"bytes", "BYTES", "size of its slot", COLUMN_BYTES, 8, 7, 2, 'b',
	 get_bytes},
	{"addr", "ADDR", "address of its data", COLUMN_ADDRESS, 14, 14, 3, 'a',
	 get_addr},
	{"count", "COUNT", "values of its type in it", COLUMN_COUNT, 8, 5, 5,
	 'n', get_count},
	{"len", "LEN", "length of the slice or string that holds it",
	 COLUMN_COUNT, 8, 5, 6, 'l', get_len},
	{"cap", "CAP", "capacity of that slice", COLUMN_COUNT, 8, 5, 7, 'c',
	 get_cap},
	{"waste", "WASTE", "bytes which that slice or string cannot reach",
	 COLUMN_BYTES, 8, 6, 8, 'w', get_waste},
	{"reachable", "LIVE", "reachable from a root", COLUMN_TEXT, 4, 4, 9, 0,
	 get_reachable},
	/* of dominated sets only */
	{"point", "<<",
	 "accumulation point: what it retains is spread over many", COLUMN_TEXT,
	 2, 2, 1, 0, get_point},
};

static uint32_t count(const void *model)
{
	const struct object_set *set = model;

	return set->count;
}

static uint64_t identity(const void *model, uint32_t row)
{
	struct object_info info;

	load(model, row, &info);
	return info.addr;
}

static bool ended(const void *model)
{
	const struct object_set *set = model;

	return session_ended(set->session);
}

const struct list_kind object_list_kind = {
	.name = "objects",
	.columns = columns,
	.column_count = ARRAY_LEN(columns) - 1,
	.default_sort = "retained-desc",
	.bare = "type",
	.count = count,
	.identity = identity,
	.ended = ended,
};

const struct list_kind dominator_list_kind = {
	.name = "retained",
	.columns = columns,
	.column_count = ARRAY_LEN(columns),
	.default_sort = "retained-desc",
	.bare = "type",
	.count = count,
	.identity = identity,
	.ended = ended,
};
