#include "core/session/profile_priv.h"

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

void profile_names_load(const struct profile *profile,
			const struct profile_sample *sample,
			struct profile_names *ret)
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
			const struct profile_names *names, const regex_t *re)
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
		       const struct profile_names *names, uint64_t value)
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

static int by_flat(const void *a, const void *b, void *arg)
{
	const struct profile_top *top = arg;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (top->rows[x].flat != top->rows[y].flat)
		return top->rows[x].flat > top->rows[y].flat ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* In the order in which the rows are shown at first; @p order has room. */
static void add_sums(struct profile_top *top, uint32_t *order)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < top->count; i++)
		order[i] = i;
	qsort_r(order, top->count, sizeof(*order), by_flat, top);
	for (i = 0; i < top->count; i++) {
		sum += top->rows[order[i]].flat;
		top->rows[order[i]].sum = sum;
	}
}

struct error *profile_top_load(const struct profile *profile, unsigned type,
			       const char *focus, const char *ignore,
			       struct profile_top *ret)
{
	uint32_t strings = profile->strings.count + 1, i;
	uint32_t *rows, *seen;
	bool have_focus, have_ignore = false;
	struct profile_names names = {0};
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

		profile_names_load(profile, sample, &names);
		if ((have_focus && !any_matches(profile, &names, &in)) ||
		    (have_ignore && any_matches(profile, &names, &out)))
			continue;
		add_to_top(profile, ret, rows, seen, i, &names,
			   sample->values[type]);
	}
	add_sums(ret, rows);
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
	cell_put_known(ret, row_at(model, row)->flat);
}

static void get_flat_share(const void *model, uint32_t row, struct cell *ret)
{
	share(model, row_at(model, row)->flat, ret);
}

static void get_sum_share(const void *model, uint32_t row, struct cell *ret)
{
	share(model, row_at(model, row)->sum, ret);
}

static void get_cum(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->cum);
}

static void get_cum_share(const void *model, uint32_t row, struct cell *ret)
{
	share(model, row_at(model, row)->cum, ret);
}

static void get_name(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, row_at(model, row)->name);
}

/* The same columns for either unit. */
#define COLUMNS(kind)                                                            \
	{                                                                        \
		{"flat", "FLAT", "of the function or step itself",               \
		 kind,	 9,	 7,                                              \
		 1,	 'f',	 get_flat},                                      \
			{"flat%", "FLAT%", "share of all", COLUMN_PERCENT, 5, 5, \
			 3,	  0,	   get_flat_share},                      \
			{"sum%",                                                 \
			 "SUM%",                                                 \
			 "share of it and all rows of more",                     \
			 COLUMN_PERCENT,                                         \
			 5,                                                      \
			 5,                                                      \
			 4,                                                      \
			 0,                                                      \
			 get_sum_share},                                         \
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
	return list_name_identity(row_at(model, row)->name);
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
