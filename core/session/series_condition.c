/* Thresholds: "rss>1G main.cache.entries>=1000 | heap_live/s>1M". */
#include "core/session/series.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"

enum op { OP_GT, OP_GE, OP_LT, OP_LE, OP_EQ, OP_NE };

struct term {
	double value;
	uint32_t series;
	enum op op;
	bool slope;
	bool or_before;
};

struct series_condition {
	struct term *terms;
	size_t count, cap;
};

static bool parse_op(const char **p, enum op *ret)
{
	static const struct {
		const char *text;
		enum op op;
	} ops[] = {{">=", OP_GE}, {"<=", OP_LE}, {"!=", OP_NE},
		   {">", OP_GT},  {"<", OP_LT},	 {"=", OP_EQ}};
	size_t i;

	for (i = 0; i < ARRAY_LEN(ops); i++) {
		if (strncmp(*p, ops[i].text, strlen(ops[i].text)) != 0)
			continue;
		*p += strlen(ops[i].text);
		*ret = ops[i].op;
		return true;
	}
	return false;
}

static struct error *bad_term(const char *text)
{
	return error_hint(error_new(ERROR_USAGE, "'%s' is no condition", text),
			  "a metric, one of > >= < <= = !=, a number: "
			  "rss>1G main.cache.entries>=1000 | heap_live/s>1M");
}

static struct error *parse_value(const char *text, struct term *term)
{
	return parse_quantity(text, &term->value) ? NULL : bad_term(text);
}

static struct error *parse_term(struct series_set *set, const char *word,
				struct term *term)
{
	size_t n = strcspn(word, "<>=!"), len = n;
	CLEANUP(free_cleanup) char *metric = NULL;
	const char *p = word + n;
	struct error *err;

	term->slope = n > 2 && !memcmp(word + n - 2, "/s", 2);
	len -= term->slope ? 2 : 0;
	if (!len || !parse_op(&p, &term->op))
		return bad_term(word);
	metric = xstrndup(word, len);
	if ((err = parse_value(p, term)) || (err = series_watch(set, metric)))
		return err;
	/* A share is a percentage here, as it is shown. */
	term->series = series_find(set, metric, len);
	if (set->series[term->series].unit == SERIES_PERCENT && strchr(p, '%'))
		term->value *= 100;
	return NULL;
}

struct error *series_condition_parse(struct series_set *set, const char *text,
				     struct series_condition **ret)
{
	struct series_condition *c = xcalloc(1, sizeof(*c));
	bool or_before = false;

	for (;;) {
		CLEANUP(free_cleanup) char *word = NULL;
		struct term term = {0};
		struct error *err;
		size_t n;

		for (; isspace((unsigned char)*text) || *text == '|'; text++)
			or_before |= *text == '|';
		if (!*text)
			break;
		n = strcspn(text, " \t|");
		word = xstrndup(text, n);
		text += n;
		if ((err = parse_term(set, word, &term))) {
			series_condition_free(c);
			return err;
		}
		term.or_before = or_before && c->count;
		or_before = false;
		GROW_ARRAY(c->terms, c->count, c->cap);
		c->terms[c->count++] = term;
	}
	*ret = c;
	return NULL;
}

void series_condition_free(struct series_condition *condition)
{
	if (condition)
		free(condition->terms);
	free(condition);
}

static bool term_holds(const struct term *term, const struct series_set *set)
{
	struct series_stats stats;
	double v;

	series_stats(set, term->series, &stats);
	v = term->slope ? stats.slope : stats.now;
	if (isnan(v))
		return false;
	switch (term->op) {
	case OP_GT:
		return v > term->value;
	case OP_GE:
		return v >= term->value;
	case OP_LT:
		return v < term->value;
	case OP_LE:
		return v <= term->value;
	case OP_EQ:
		return v >= term->value && v <= term->value;
	default:
		return v < term->value || v > term->value;
	}
}

bool series_condition_holds(const struct series_condition *condition,
			    const struct series_set *set)
{
	bool all = condition->count > 0;
	size_t i;

	for (i = 0; i < condition->count; i++) {
		if (condition->terms[i].or_before) {
			if (all)
				return true;
			all = true;
		}
		all = all && term_holds(&condition->terms[i], set);
	}
	return all;
}
