#include "core/session/filter.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"

enum operator{
	OP_EQ,
	OP_NE,
	OP_GT,
	OP_GE,
	OP_LT,
	OP_LE,
	OP_MATCH,
	OP_UNMATCH,
	OP_RANGE
};

enum { MATCH_CACHE = 1024 };

/* Many rows share one interned text: remember what the regex said of it. */
struct match_cache {
	const char *text[MATCH_CACHE];
	bool match[MATCH_CACHE];
};

struct term {
	const struct column *column;
	enum operator op;
	bool negate;
	bool or_before; /* first term of an alternative */
	double low, high;
	char *text;
	regex_t regex;
	bool has_regex;
	struct match_cache *cache;
};

struct filter {
	struct term *terms;
	size_t count, cap;
};

static void term_deinit(struct term *term)
{
	free(term->text);
	free(term->cache);
	if (term->has_regex)
		regfree(&term->regex);
}

void filter_free(struct filter *filter)
{
	size_t i;

	if (!filter)
		return;
	for (i = 0; i < filter->count; i++)
		term_deinit(&filter->terms[i]);
	free(filter->terms);
	free(filter);
}

static struct error *compile_regex(struct term *term)
{
	int flags = REG_EXTENDED | REG_NOSUB | REG_ICASE;
	const char *p;
	char message[128];
	int rc;

	for (p = term->text; *p; p++)
		if (isupper((unsigned char)*p))
			flags &= ~REG_ICASE;
	rc = regcomp(&term->regex, term->text, flags);
	if (rc) {
		regerror(rc, &term->regex, message, sizeof(message));
		return error_new(ERROR_USAGE, "bad regex '%s': %s", term->text,
				 message);
	}
	term->has_regex = true;
	term->cache = xcalloc(1, sizeof(*term->cache));
	return NULL;
}

static bool is_text(const struct column *column)
{
	return column->kind == COLUMN_TEXT || column->kind == COLUMN_FLAGS;
}

/* "90", "90s", "1m", "2h". */
static bool parse_seconds(const char *text, double *ret)
{
	char *end;
	double n = strtod(text, &end);
	double unit = *end == 'm' ? 60 : *end == 'h' ? 3600 : 1;

	if (end == text || (*end && !strchr("smh", *end)) || (*end && end[1]))
		return false;
	*ret = n * unit;
	return true;
}

static struct error *parse_number(const struct column *column, const char *text,
				  double *ret)
{
	static const char *const names[] = {"ok", "info", "warn", "high"};
	size_t i;

	if (column->kind == COLUMN_SEVERITY) {
		for (i = 0; i < ARRAY_LEN(names); i++) {
			if (!strcmp(text, names[i])) {
				*ret = (double)i;
				return NULL;
			}
		}
	}
	if (column->kind == COLUMN_ADDRESS && !strncmp(text, "0x", 2)) {
		*ret = (double)strtoull(text, NULL, 16);
		return NULL;
	}
	if (column->kind == COLUMN_TIME && parse_seconds(text, ret))
		return NULL;
	if (!parse_quantity(text, ret))
		return error_new(ERROR_USAGE, "'%s' is not a number for '%s'",
				 text, column->key);
	/* Shares are 0..1; people write 10% or 10. */
	if (column->kind == COLUMN_PERCENT && !strchr(text, '%') && *ret > 1)
		*ret /= 100;
	return NULL;
}

static struct error *parse_range(struct term *term)
{
	char *dots = strstr(term->text, "..");
	struct error *err;

	term->low = -1e300;
	term->high = 1e300;
	if (!dots)
		return error_new(ERROR_USAGE,
				 "'%s:%s' is not a range LOW..HIGH",
				 term->column->key, term->text);
	*dots = '\0';
	if (*term->text &&
	    (err = parse_number(term->column, term->text, &term->low)))
		return err;
	if (dots[2])
		return parse_number(term->column, dots + 2, &term->high);
	return NULL;
}

static struct error *finish_term(struct term *term)
{
	if (term->op == OP_RANGE)
		return parse_range(term);
	if (term->op == OP_MATCH || term->op == OP_UNMATCH) {
		if (!is_text(term->column))
			return error_new(ERROR_USAGE,
					 "'%s' is a number; ~ needs text",
					 term->column->key);
		return compile_regex(term);
	}
	if (is_text(term->column)) {
		if (term->op != OP_EQ && term->op != OP_NE)
			return error_new(ERROR_USAGE,
					 "'%s' is text; use = != ~ or !~",
					 term->column->key);
		return NULL;
	}
	return parse_number(term->column, term->text, &term->low);
}

static const struct {
	const char *text;
	enum operator op;
} operators[] = {
	{"!~", OP_UNMATCH}, {"!=", OP_NE},   {">=", OP_GE},
	{"<=", OP_LE},	    {"~", OP_MATCH}, {"=", OP_EQ},
	{">", OP_GT},	    {"<", OP_LT},    {":", OP_RANGE},
};

/* Length of the operator at @p s, 0 if there is none. */
static size_t operator_at(const char *s, enum operator* ret)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(operators); i++) {
		size_t n = strlen(operators[i].text);

		if (!strncmp(s, operators[i].text, n)) {
			*ret = operators[i].op;
			return n;
		}
	}
	return 0;
}

/* One word, or a quoted value; advances *p behind it. */
static char *take_value(const char **p)
{
	const char *start = *p, *end;

	if (*start == '"') {
		end = strchr(++start, '"');
		*p = end ? end + 1 : start + strlen(start);
		end = end ? end : start + strlen(start);
	} else {
		end = start;
		while (*end && !isspace((unsigned char)*end))
			end++;
		*p = end;
	}
	return xstrndup(start, (size_t)(end - start));
}

static struct error *parse_term(const struct list_kind *kind, const char **p,
				struct term *term)
{
	const char *start = *p, *name = *p;
	CLEANUP(free_cleanup) char *key = NULL;
	size_t n;
	int column;

	if (*start == '!' && start[1] && start[1] != '=' && start[1] != '~') {
		term->negate = true;
		start = ++name;
	}
	while (isalnum((unsigned char)*name) || *name == '_' || *name == '-')
		name++;
	n = name == start ? 0 : operator_at(name, &term->op);
	if (n) {
		key = xstrndup(start, (size_t)(name - start));
		column = list_find_column(kind, key);
		if (column < 0 && term->op != OP_RANGE)
			return list_no_column(kind, key);
		if (column >= 0) {
			term->column = &kind->columns[column];
			*p = name + n;
			term->text = take_value(p);
			return finish_term(term);
		}
	}
	column = list_find_column(kind, kind->bare);
	term->column = &kind->columns[column < 0 ? 0 : column];
	term->op = OP_MATCH;
	*p = start;
	term->text = take_value(p);
	return finish_term(term);
}

struct error *filter_compile(const struct list_kind *kind,
			     const char *expression, struct filter **ret)
{
	struct filter *filter = xcalloc(1, sizeof(*filter));
	const char *p = expression;
	bool or_before = false;

	for (;;) {
		struct term term = {0};
		struct error *err;

		while (isspace((unsigned char)*p) || *p == '|') {
			or_before |= *p == '|';
			p++;
		}
		if (!*p)
			break;
		term.or_before = or_before && filter->count;
		or_before = false;
		err = parse_term(kind, &p, &term);
		if (err) {
			term_deinit(&term);
			filter_free(filter);
			return err;
		}
		GROW_ARRAY(filter->terms, filter->count, filter->cap);
		filter->terms[filter->count++] = term;
	}
	*ret = filter;
	return NULL;
}

static bool regex_match(struct term *term, const char *text)
{
	size_t slot = ((uintptr_t)text >> 3) % MATCH_CACHE;

	if (term->cache->text[slot] != text) {
		term->cache->text[slot] = text;
		term->cache->match[slot] =
			!regexec(&term->regex, text, 0, NULL, 0);
	}
	return term->cache->match[slot];
}

static bool match_text(struct term *term, const struct cell *cell)
{
	const char *text = cell->known && cell->text ? cell->text : "";

	switch (term->op) {
	case OP_MATCH:
		return regex_match(term, text);
	case OP_UNMATCH:
		return !regex_match(term, text);
	case OP_EQ:
	case OP_NE:
		if (term->column->kind == COLUMN_FLAGS)
			return (strpbrk(text, term->text) != NULL) ==
			       (term->op == OP_EQ);
		return !strcmp(text, term->text) == (term->op == OP_EQ);
	default:
		return false;
	}
}

static bool match_number(const struct term *term, const struct cell *cell)
{
	bool fraction = term->column->kind == COLUMN_PERCENT ||
			term->column->kind == COLUMN_NUMBER ||
			term->column->kind == COLUMN_DELTA ||
			term->column->kind == COLUMN_DELTA_BYTES;
	double v = fraction ? cell->f : (double)cell->u;

	if (!cell->known)
		return false;
	switch (term->op) {
	case OP_EQ:
		return v >= term->low && v <= term->low;
	case OP_NE:
		return v < term->low || v > term->low;
	case OP_GT:
		return v > term->low;
	case OP_GE:
		return v >= term->low;
	case OP_LT:
		return v < term->low;
	case OP_LE:
		return v <= term->low;
	case OP_RANGE:
		return v >= term->low && v <= term->high;
	default:
		return false;
	}
}

bool filter_match(struct filter *filter, const void *model, uint32_t row)
{
	bool all = true;
	size_t i;

	for (i = 0; i < filter->count; i++) {
		struct term *term = &filter->terms[i];
		struct cell cell = {0};
		bool match;

		if (term->or_before) {
			if (all)
				return true;
			all = true;
		}
		if (!all)
			continue;
		term->column->get(model, row, &cell);
		match = is_text(term->column) ? match_text(term, &cell)
					      : match_number(term, &cell);
		all = match != term->negate;
	}
	return all;
}
