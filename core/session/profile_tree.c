/* Profiles as an indented tree. */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/profile_priv.h"

/* The tree: children of a node are found by name in a chain. */
struct node {
	uint32_t name, parent, child, next;
	uint64_t flat, cum;
};
struct tree {
	struct node *nodes; /* 0 is above all roots */
	uint32_t count, cap;
};

static uint32_t tree_child(struct tree *tree, uint32_t parent, uint32_t name)
{
	uint32_t at = tree->nodes[parent].child;

	while (at && tree->nodes[at].name != name)
		at = tree->nodes[at].next;
	if (at)
		return at;
	GROW_ARRAY(tree->nodes, tree->count, tree->cap);
	at = tree->count++;
	tree->nodes[at] = (struct node){.name = name,
					.parent = parent,
					.next = tree->nodes[parent].child};
	tree->nodes[parent].child = at;
	return at;
}

static int by_cum(const void *a, const void *b)
{
	const struct node *x = *(const struct node *const *)a;
	const struct node *y = *(const struct node *const *)b;

	if (x->cum != y->cum)
		return x->cum > y->cum ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

void profile_add_value(struct buf *out, const char *unit, uint64_t value)
{
	CLEANUP(buf_deinit) struct buf text = {0};

	if (!strcmp(unit, "bytes"))
		text_size(&text, value);
	else
		text_count(&text, value);
	buf_printf(out, "%10s ", buf_str(&text));
}

struct printer {
	const struct profile *profile;
	const struct tree *tree;
	const char *unit;
	uint64_t least;
	struct buf *out;
};

static void print_node(const struct printer *p, uint32_t at, unsigned depth);

static void print_children(const struct printer *p, uint32_t at, unsigned depth)
{
	const struct node **list = NULL;
	size_t count = 0, cap = 0, i;
	uint32_t c;

	for (c = p->tree->nodes[at].child; c; c = p->tree->nodes[c].next) {
		if (p->tree->nodes[c].cum < p->least || !p->tree->nodes[c].cum)
			continue;
		GROW_ARRAY(list, count, cap);
		list[count++] = &p->tree->nodes[c];
	}
	if (count)
		qsort(list, count, sizeof(*list), by_cum);
	for (i = 0; i < count; i++)
		print_node(p, (uint32_t)(list[i] - p->tree->nodes), depth);
	free(list);
}

static void print_node(const struct printer *p, uint32_t at, unsigned depth)
{
	enum { DEEPEST = 256 };
	const struct node *node = &p->tree->nodes[at];
	const char *name = p->profile->strings.strings[node->name];

	profile_add_value(p->out, p->unit, node->flat);
	profile_add_value(p->out, p->unit, node->cum);
	buf_printf(p->out, "%*s", (int)(2 * (depth < 40 ? depth : 40)), "");
	text_plain(p->out, name, strlen(name));
	buf_addc(p->out, '\n');
	if (depth < DEEPEST)
		print_children(p, at, depth + 1);
}

void profile_tree(const struct profile *profile, unsigned type, double least,
		  struct buf *out)
{
	struct tree tree = {0};
	struct profile_names names = {0};
	struct printer printer = {.profile = profile,
				  .tree = &tree,
				  .unit = profile->units[type],
				  .out = out};
	uint32_t i, k, at;

	GROW_ARRAY(tree.nodes, tree.count, tree.cap);
	tree.nodes[tree.count++] = (struct node){0};
	for (i = 0; i < profile->sample_count; i++) {
		uint64_t value = profile->samples[i].values[type];

		profile_names_load(profile, &profile->samples[i], &names);
		tree.nodes[0].cum += value;
		for (at = 0, k = names.count; k > 0; k--) {
			at = tree_child(
				&tree, at,
				profile->frames[names.list[k - 1]].name);
			tree.nodes[at].cum += value;
		}
		tree.nodes[at].flat += value;
	}
	printer.least = (uint64_t)(least * (double)tree.nodes[0].cum);
	buf_printf(out, "%10s %10s  %s\n", "FLAT", "CUM", profile->types[type]);
	print_children(&printer, 0, 0);
	free(names.list);
	free(tree.nodes);
}
