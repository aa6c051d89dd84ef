#include "core/session/profile.h"

#include <inttypes.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"

void profile_deinit(struct profile *profile)
{
	intern_deinit(&profile->strings);
	free(profile->frames);
	free(profile->locations);
	free(profile->stacks);
	free(profile->samples);
	free(profile->comment);
	*profile = (struct profile){0};
}

uint32_t profile_add_location(struct profile *profile, uint64_t addr)
{
	GROW_ARRAY(profile->locations, profile->location_count,
		   profile->location_cap);
	profile->locations[profile->location_count] = (struct profile_location){
		.addr = addr, .first = profile->frame_count};
	return profile->location_count++;
}

void profile_add_frame(struct profile *profile, const char *name,
		       const char *file, uint32_t line)
{
	GROW_ARRAY(profile->frames, profile->frame_count, profile->frame_cap);
	profile->frames[profile->frame_count++] = (struct profile_frame){
		.name = intern_add(&profile->strings, name),
		.file = intern_add(&profile->strings, file),
		.line = line,
	};
	profile->locations[profile->location_count - 1].count++;
}

struct profile_sample *profile_add_sample(struct profile *profile,
					  const uint32_t *stack, uint32_t count)
{
	struct profile_sample *sample;
	uint32_t i;

	GROW_ARRAY(profile->samples, profile->sample_count,
		   profile->sample_cap);
	sample = &profile->samples[profile->sample_count++];
	*sample = (struct profile_sample){.first = profile->stack_count,
					  .count = count};
	for (i = 0; i < count; i++) {
		GROW_ARRAY(profile->stacks, profile->stack_count,
			   profile->stack_cap);
		profile->stacks[profile->stack_count++] = stack[i];
	}
	return sample;
}

int profile_type(const struct profile *profile, const char *name)
{
	int i;

	for (i = 0; i < PROFILE_VALUES; i++)
		if (!strcmp(profile->types[i], name))
			return i;
	return -1;
}

/* Strings of all frames of a sample, leaf first; bounded by the caller. */
struct names {
	uint32_t *list;
	uint32_t count, cap;
};

static void sample_names(const struct profile *profile,
			 const struct profile_sample *sample, struct names *ret)
{
	uint32_t i, k;

	ret->count = 0;
	for (i = 0; i < sample->count; i++) {
		const struct profile_location *location =
			&profile->locations[profile->stacks[sample->first + i]];

		for (k = 0; k < location->count; k++) {
			GROW_ARRAY(ret->list, ret->count, ret->cap);
			ret->list[ret->count++] = location->first + k;
		}
	}
}

static bool any_matches(const struct profile *profile,
			const struct names *names, const regex_t *re)
{
	uint32_t i;

	for (i = 0; i < names->count; i++)
		if (!regexec(re,
			     profile->strings.strings
				     [profile->frames[names->list[i]].name],
			     0, NULL, 0))
			return true;
	return false;
}

static struct error *compile(const char *text, regex_t *re, bool *have)
{
	*have = text && *text;
	if (!*have || !regcomp(re, text, REG_EXTENDED | REG_NOSUB))
		return NULL;
	*have = false;
	return error_new(ERROR_USAGE, "'%s' is no regular expression", text);
}

/** Rows by name: the row's number + 1. */
static struct profile_row *row_of(const struct profile *profile,
				  struct profile_top *top, uint32_t *rows,
				  uint32_t frame)
{
	const struct profile_frame *f = &profile->frames[frame];
	struct profile_row *row;

	if (!rows[f->name]) {
		rows[f->name] = ++top->count;
		row = &top->rows[top->count - 1];
		row->name = profile->strings.strings[f->name];
		row->file = profile->strings.strings[f->file];
		row->line = f->line;
	}
	return &top->rows[rows[f->name] - 1];
}

static void add_to_top(const struct profile *profile, struct profile_top *top,
		       uint32_t *rows, uint32_t *seen, uint32_t sample,
		       const struct names *names, uint64_t value)
{
	uint32_t i;

	top->total += value;
	for (i = 0; i < names->count; i++) {
		struct profile_row *row =
			row_of(profile, top, rows, names->list[i]);
		uint32_t name = profile->frames[names->list[i]].name;

		if (!i)
			row->flat += value;
		/* a recursive function counts once */
		if (seen[name] == sample + 1)
			continue;
		seen[name] = sample + 1;
		row->cum += value;
	}
}

struct error *profile_top_load(const struct profile *profile, unsigned type,
			       const char *focus, const char *ignore,
			       struct profile_top *ret)
{
	uint32_t strings = profile->strings.count + 1, i;
	uint32_t *rows, *seen;
	bool have_focus, have_ignore = false;
	struct names names = {0};
	regex_t in, out;
	struct error *err;

	*ret = (struct profile_top){.profile = profile};
	if ((err = compile(focus, &in, &have_focus)) ||
	    (err = compile(ignore, &out, &have_ignore))) {
		if (have_focus)
			regfree(&in);
		return err;
	}
	ret->rows = xcalloc(strings, sizeof(*ret->rows));
	rows = xcalloc(strings, sizeof(*rows));
	seen = xcalloc(strings, sizeof(*seen));
	for (i = 0; i < profile->sample_count; i++) {
		const struct profile_sample *sample = &profile->samples[i];

		sample_names(profile, sample, &names);
		if ((have_focus && !any_matches(profile, &names, &in)) ||
		    (have_ignore && any_matches(profile, &names, &out)))
			continue;
		add_to_top(profile, ret, rows, seen, i, &names,
			   sample->values[type]);
	}
	free(rows);
	free(seen);
	free(names.list);
	if (have_focus)
		regfree(&in);
	if (have_ignore)
		regfree(&out);
	return NULL;
}

void profile_top_deinit(struct profile_top *top)
{
	free(top->rows);
	*top = (struct profile_top){0};
}

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

static void print_value(struct buf *out, const char *unit, uint64_t value)
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

	print_value(p->out, p->unit, node->flat);
	print_value(p->out, p->unit, node->cum);
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
	struct names names = {0};
	struct printer printer = {.profile = profile,
				  .tree = &tree,
				  .unit = profile->units[type],
				  .out = out};
	uint32_t i, k, at;

	GROW_ARRAY(tree.nodes, tree.count, tree.cap);
	tree.nodes[tree.count++] = (struct node){0};
	for (i = 0; i < profile->sample_count; i++) {
		uint64_t value = profile->samples[i].values[type];

		sample_names(profile, &profile->samples[i], &names);
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

static const struct profile_row *row_at(const void *model, uint32_t row)
{
	const struct profile_top *top = model;

	return &top->rows[row];
}

static void share(const void *model, uint64_t value, struct cell *ret)
{
	const struct profile_top *top = model;

	ret->known = ret->exact = true;
	ret->f = top->total ? (double)value / (double)top->total : 0;
}

static void get_flat(const void *model, uint32_t row, struct cell *ret)
{
	ret->u = row_at(model, row)->flat;
	ret->known = ret->exact = true;
}

static void get_flat_share(const void *model, uint32_t row, struct cell *ret)
{
	share(model, row_at(model, row)->flat, ret);
}

static void get_cum(const void *model, uint32_t row, struct cell *ret)
{
	ret->u = row_at(model, row)->cum;
	ret->known = ret->exact = true;
}

static void get_cum_share(const void *model, uint32_t row, struct cell *ret)
{
	share(model, row_at(model, row)->cum, ret);
}

static void get_name(const void *model, uint32_t row, struct cell *ret)
{
	ret->text = row_at(model, row)->name;
	ret->known = ret->exact = true;
}

/* The same columns for either unit. */
#define COLUMNS(kind)                                                            \
	{                                                                        \
		{"flat", "FLAT", "of the function or step itself",               \
		 kind,	 9,	 7,                                              \
		 1,	 'f',	 get_flat},                                      \
			{"flat%", "FLAT%", "share of all", COLUMN_PERCENT, 5, 5, \
			 3,	  0,	   get_flat_share},                      \
			{"cum", "CUM", "with all that it calls or holds",        \
			 kind,	9,     7,                                        \
			 2,	'c',   get_cum},                                 \
			{"cum%", "CUM%", "share of all", COLUMN_PERCENT, 5, 5,   \
			 3,	 0,	 get_cum_share},                         \
			{"name",      "FUNCTION", "function, or step of a path", \
			 COLUMN_TEXT, 50,	  24,                            \
			 0,	      'n',	  get_name},                     \
	}
static const struct column byte_columns[] = COLUMNS(COLUMN_BYTES);
static const struct column count_columns[] = COLUMNS(COLUMN_COUNT);
#undef COLUMNS

static uint32_t count(const void *model)
{
	const struct profile_top *top = model;

	return top->count;
}

static uint64_t identity(const void *model, uint32_t row)
{
	const char *name = row_at(model, row)->name;
	uint64_t hash = 14695981039346656037ULL;

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * 1099511628211ULL;
	return hash;
}

static const struct list_kind byte_list_kind = {
	.name = "profile",
	.columns = byte_columns,
	.column_count = ARRAY_LEN(byte_columns),
	.default_sort = "flat-desc",
	.bare = "name",
	.count = count,
	.identity = identity,
};
static const struct list_kind count_list_kind = {
	.name = "profile",
	.columns = count_columns,
	.column_count = ARRAY_LEN(count_columns),
	.default_sort = "flat-desc",
	.bare = "name",
	.count = count,
	.identity = identity,
};

const struct list_kind *profile_list_kind(const struct profile *profile,
					  unsigned type)
{
	return strcmp(profile->units[type], "bytes") ? &count_list_kind
						     : &byte_list_kind;
}
