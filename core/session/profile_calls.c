/* The tree of a profile as rows that unfold. */
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/profile_priv.h"

enum { INDENT_MAX = 40 };

static uint32_t child_of(struct profile_calls *c, uint32_t parent,
			 uint32_t name)
{
	uint32_t at = c->nodes[parent].child;

	while (at && c->nodes[at].name != name)
		at = c->nodes[at].next;
	if (at)
		return at;
	GROW_ARRAY(c->nodes, c->count, c->cap);
	at = c->count++;
	c->nodes[at] =
		(struct profile_call){.name = name,
				      .parent = parent,
				      .depth = c->nodes[parent].depth + 1,
				      .next = c->nodes[parent].child};
	c->nodes[parent].child = at;
	return at;
}

static int by_cum(const void *a, const void *b, void *arg)
{
	const struct profile_call *nodes = arg;
	const struct profile_call *x = &nodes[*(const uint32_t *)a];
	const struct profile_call *y = &nodes[*(const uint32_t *)b];

	if (x->cum != y->cum)
		return x->cum > y->cum ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

/* Children in the order of their weight. */
static void sort_children(struct profile_calls *c, uint32_t parent)
{
	uint32_t *list = NULL, count = 0, cap = 0, at, i;

	for (at = c->nodes[parent].child; at; at = c->nodes[at].next) {
		GROW_ARRAY(list, count, cap);
		list[count++] = at;
	}
	if (count)
		qsort_r(list, count, sizeof(*list), by_cum, c->nodes);
	for (i = 0; i < count; i++)
		c->nodes[list[i]].next = i + 1 < count ? list[i + 1] : 0;
	if (count)
		c->nodes[parent].child = list[0];
	free(list);
}

/* Depth first, without a stack: up again by the parents. */
static void show(struct profile_calls *c)
{
	uint32_t at = c->nodes[0].child;

	c->visible_count = 0;
	while (at) {
		const struct profile_call *node = &c->nodes[at];

		if (node->cum)
			c->visible[c->visible_count++] = at;
		if (node->open && node->child) {
			at = node->child;
			continue;
		}
		while (at && !c->nodes[at].next)
			at = c->nodes[at].parent;
		if (at)
			at = c->nodes[at].next;
	}
}

void profile_calls_load(const struct profile *profile, unsigned type,
			struct profile_calls *ret)
{
	struct profile_names names = {0};
	uint32_t i, k, at;

	*ret = (struct profile_calls){.profile = profile};
	GROW_ARRAY(ret->nodes, ret->count, ret->cap);
	ret->nodes[ret->count++] = (struct profile_call){.open = true};
	for (i = 0; i < profile->sample_count; i++) {
		uint64_t value = profile->samples[i].values[type];

		profile_names_load(profile, &profile->samples[i], &names);
		ret->nodes[0].cum += value;
		for (at = 0, k = names.count; k > 0; k--) {
			at = child_of(ret, at,
				      profile->frames[names.list[k - 1]].name);
			ret->nodes[at].cum += value;
		}
		ret->nodes[at].flat += value;
	}
	free(names.list);
	for (i = 0; i < ret->count; i++)
		sort_children(ret, i);
	ret->visible = xcalloc(ret->count, sizeof(*ret->visible));
	show(ret);
}

void profile_calls_deinit(struct profile_calls *calls)
{
	uint32_t i;

	for (i = 0; i < calls->count; i++)
		free(calls->nodes[i].label);
	free(calls->nodes);
	free(calls->visible);
	*calls = (struct profile_calls){0};
}

static void set_open(struct profile_calls *c, uint32_t at, bool open)
{
	if (c->nodes[at].open == open)
		return;
	c->nodes[at].open = open;
	/* Its mark changes. */
	free(c->nodes[at].label);
	c->nodes[at].label = NULL;
}

void profile_calls_open(struct profile_calls *calls, uint32_t row, bool open)
{
	uint32_t at;

	if (row >= calls->visible_count)
		return;
	at = calls->visible[row];
	set_open(calls, at, open);
	while (open) {
		uint32_t child = calls->nodes[at].child;

		if (!child || calls->nodes[child].next)
			break;
		at = child;
		set_open(calls, at, true);
	}
	show(calls);
}

void profile_calls_open_all(struct profile_calls *calls, bool open)
{
	uint32_t i;

	for (i = 1; i < calls->count; i++)
		set_open(calls, i, open);
	show(calls);
}

static struct profile_call *call_at(const void *model, uint32_t row)
{
	const struct profile_calls *calls = model;

	return &calls->nodes[calls->visible[row]];
}

static void get_flat(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, call_at(model, row)->flat);
}

static void get_cum(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, call_at(model, row)->cum);
}

static void get_share(const void *model, uint32_t row, struct cell *ret)
{
	const struct profile_calls *calls = model;
	uint64_t all = calls->nodes[0].cum;

	cell_put_known(ret, 0);
	ret->f = all ? (double)call_at(model, row)->cum / (double)all : 0;
}

static void get_name(const void *model, uint32_t row, struct cell *ret)
{
	const struct profile_calls *calls = model;
	struct profile_call *call = call_at(model, row);
	uint32_t indent = call->depth - 1;

	indent = indent < INDENT_MAX ? indent : INDENT_MAX;
	if (!call->label)
		call->label =
			xasprintf("%*s%s%s", (int)indent, "",
				  !call->child ? "  "
				  : call->open ? "- "
					       : "+ ",
				  calls->profile->strings.strings[call->name]);
	cell_put_text(ret, call->label);
}

/* The same columns for either unit. */
#define COLUMNS(kind)                                                          \
	{                                                                      \
		{"flat", "FLAT", "of the function or step itself",             \
		 kind,	 9,	 7,                                            \
		 1,	 0,	 get_flat},                                    \
			{"cum", "CUM", "with all that it calls or holds",      \
			 kind,	9,     7,                                      \
			 0,	0,     get_cum},                               \
			{"cum%", "CUM%", "share of all", COLUMN_PERCENT, 5, 5, \
			 2,	 0,	 get_share},                           \
			{"name",      "FUNCTION", "function, or step",         \
			 COLUMN_TEXT, 50,	  24,                          \
			 0,	      0,	  get_name},                   \
	}
static const struct column byte_columns[] = COLUMNS(COLUMN_BYTES);
static const struct column count_columns[] = COLUMNS(COLUMN_COUNT);
#undef COLUMNS

static uint32_t count(const void *model)
{
	const struct profile_calls *calls = model;

	return calls->visible_count;
}

static uint64_t identity(const void *model, uint32_t row)
{
	const struct profile_calls *calls = model;

	return calls->visible[row];
}

static const struct list_kind byte_kind = {
	.name = "calls",
	.columns = byte_columns,
	.column_count = ARRAY_LEN(byte_columns),
	.bare = "name",
	.count = count,
	.identity = identity,
};
static const struct list_kind count_kind = {
	.name = "calls",
	.columns = count_columns,
	.column_count = ARRAY_LEN(count_columns),
	.bare = "name",
	.count = count,
	.identity = identity,
};

const struct list_kind *profile_calls_kind(const struct profile *profile,
					   unsigned type)
{
	return strcmp(profile->units[type], "bytes") ? &count_kind : &byte_kind;
}
