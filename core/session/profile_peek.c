/* Who calls a function and what it calls, as pprof's peek shows it. */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/profile_priv.h"

/** One function next to the one that is looked at. */
struct neighbour {
	uint32_t name;
	uint64_t value;
};

struct peek {
	const struct profile *profile;
	unsigned type;
	uint32_t name;
	uint64_t flat, cum;
	/* By name, 0 unseen; then the same as lists. */
	uint64_t *callers, *callees;
	/** The sample + 1 in which a pair was last counted. */
	uint32_t *caller_seen, *callee_seen;
};

static void add_once(uint64_t *values, uint32_t *seen, uint32_t name,
		     uint32_t sample, uint64_t value)
{
	if (seen[name] == sample + 1)
		return;
	seen[name] = sample + 1;
	values[name] += value;
}

/* A pair of functions counts once in a sample, however often it is there. */
static void add_sample(struct peek *p, const struct profile_names *names,
		       uint32_t sample, uint64_t value)
{
	const struct profile_frame *frames = p->profile->frames;
	bool met = false;
	uint32_t i;

	for (i = 0; i < names->count; i++) {
		if (frames[names->list[i]].name != p->name)
			continue;
		if (!i)
			p->flat += value;
		if (!met)
			p->cum += value;
		met = true;
		/* That it calls itself is no pair. */
		if (i && frames[names->list[i - 1]].name != p->name)
			add_once(p->callees, p->callee_seen,
				 frames[names->list[i - 1]].name, sample,
				 value);
		if (i + 1 < names->count &&
		    frames[names->list[i + 1]].name != p->name)
			add_once(p->callers, p->caller_seen,
				 frames[names->list[i + 1]].name, sample,
				 value);
	}
}

static int by_value(const void *a, const void *b)
{
	const struct neighbour *x = a, *y = b;

	if (x->value != y->value)
		return x->value > y->value ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

static double share(uint64_t part, uint64_t all)
{
	return all ? 100 * (double)part / (double)all : 0;
}

static void print_neighbours(const struct peek *p, const uint64_t *values,
			     struct buf *out)
{
	struct neighbour *list = NULL;
	uint32_t count = 0, cap = 0, i;

	for (i = 0; i < p->profile->strings.count; i++) {
		if (!values[i])
			continue;
		GROW_ARRAY(list, count, cap);
		list[count++] =
			(struct neighbour){.name = i, .value = values[i]};
	}
	if (count)
		qsort(list, count, sizeof(*list), by_value);
	for (i = 0; i < count; i++) {
		const char *name = p->profile->strings.strings[list[i].name];

		buf_printf(out, "%36s", "");
		profile_add_value(out, p->profile->units[p->type],
				  list[i].value);
		buf_printf(out, "%5.1f%% |   ", share(list[i].value, p->cum));
		text_plain(out, name, strlen(name));
		buf_addc(out, '\n');
	}
	free(list);
}

static void print_function(const struct peek *p, uint64_t total,
			   struct buf *out)
{
	const char *unit = p->profile->units[p->type];
	const char *name = p->profile->strings.strings[p->name];

	print_neighbours(p, p->callers, out);
	profile_add_value(out, unit, p->flat);
	buf_printf(out, "%5.1f%% ", share(p->flat, total));
	profile_add_value(out, unit, p->cum);
	buf_printf(out, "%5.1f%%%19s| ", share(p->cum, total), "");
	text_plain(out, name, strlen(name));
	buf_addc(out, '\n');
	print_neighbours(p, p->callees, out);
	buf_adds(out, "------------------------------------------------------"
		      "+------------------------\n");
}

static void peek_at(struct peek *p, uint64_t total, struct buf *out)
{
	const struct profile *profile = p->profile;
	uint32_t strings = profile->strings.count + 1, i;
	struct profile_names names = {0};

	p->callers = xcalloc(strings, sizeof(*p->callers));
	p->callees = xcalloc(strings, sizeof(*p->callees));
	p->caller_seen = xcalloc(strings, sizeof(*p->caller_seen));
	p->callee_seen = xcalloc(strings, sizeof(*p->callee_seen));
	for (i = 0; i < profile->sample_count; i++) {
		const struct profile_sample *sample = &profile->samples[i];

		if (!sample->values[p->type])
			continue;
		profile_names_load(profile, sample, &names);
		add_sample(p, &names, i, sample->values[p->type]);
	}
	if (p->cum)
		print_function(p, total, out);
	free(names.list);
	free(p->callers);
	free(p->callees);
	free(p->caller_seen);
	free(p->callee_seen);
}

/* Names that are of functions, not of files or kinds, and that match. */
static uint8_t *matching(const struct profile *profile, const regex_t *re)
{
	uint8_t *wanted = xcalloc((size_t)profile->strings.count + 1, 1);
	uint32_t i;

	for (i = 0; i < profile->frame_count; i++)
		wanted[profile->frames[i].name] = 1;
	for (i = 0; i < profile->strings.count; i++)
		if (wanted[i] &&
		    regexec(re, profile->strings.strings[i], 0, NULL, 0) != 0)
			wanted[i] = 0;
	return wanted;
}

struct error *profile_peek(const struct profile *profile, unsigned type,
			   const char *pattern, struct buf *out)
{
	CLEANUP(profile_top_deinit) struct profile_top top = {0};
	CLEANUP(list_deinit) struct list list = {0};
	CLEANUP(free_cleanup) uint8_t *wanted = NULL;
	uint32_t i, shown = 0;
	struct error *err;
	regex_t re;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB))
		return error_new(ERROR_USAGE, "'%s' is no regular expression",
				 pattern);
	wanted = matching(profile, &re);
	regfree(&re);
	if ((err = profile_top_load(profile, type, NULL, NULL, &top)))
		return err;
	list_init(&list, profile_list_kind(profile, type), &top);
	if ((err = list_sort_by(&list, "cum-desc")))
		return err;
	buf_printf(out, "%10s  FLAT%% %10s   CUM%% %10s\n", "FLAT", "CUM",
		   profile->types[type]);
	for (i = 0; i < list.count && shown < PROFILE_PEEK_MAX; i++) {
		const char *name = top.rows[list_row(&list, i)].name;
		struct peek p = {.profile = profile,
				 .type = type,
				 .name = intern_find(&profile->strings, name)};

		if (p.name == UINT32_MAX || !wanted[p.name])
			continue;
		peek_at(&p, top.total, out);
		shown++;
	}
	return shown ? NULL
		     : error_new(ERROR_NOT_FOUND, "no function matches '%s'",
				 pattern);
}
