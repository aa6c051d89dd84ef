/*
 * Delve's configuration. It is YAML, of which delve writes, and people change,
 * little:
 *
 *   max-string-len: 64
 *   aliases:
 *     print: ["pr", "say"]
 *     locals:
 *       - lo
 *   substitute-path:
 *     - {from: /build, to: /home/me}
 *     - from: /a
 *       to: /b
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "tui/prompt/prompt.h"

enum { LINES_MAX = 10000 };

struct import {
	struct shell *shell;
	char *top;	    /* the key without indentation; owned */
	char *command;	    /* of `aliases`; owned or NULL */
	char *from, *to;    /* of one substitution; owned or NULL */
	unsigned line, set; /* number of the line; settings that were taken */
};

static void import_deinit(struct import *i)
{
	free(i->top);
	free(i->command);
	free(i->from);
	free(i->to);
}

static void replace(char **field, char *value)
{
	free(*field);
	*field = value;
}

/* Comments and blanks at both ends go; in place. */
static char *trim(char *s)
{
	char quote = 0, *p;
	size_t n;

	for (p = s; *p; p++) {
		if (quote ? *p == quote : *p == '"' || *p == '\'')
			quote = quote ? 0 : *p;
		else if (!quote && *p == '#' &&
			 (p == s || isspace((unsigned char)p[-1])))
			*p = '\0';
		if (!*p)
			break;
	}
	while (isspace((unsigned char)*s))
		s++;
	for (n = strlen(s); n && isspace((unsigned char)s[n - 1]);)
		s[--n] = '\0';
	return s;
}

static char *unquoted(const char *s, size_t n)
{
	while (n && isspace((unsigned char)*s)) {
		s++;
		n--;
	}
	while (n && isspace((unsigned char)s[n - 1]))
		n--;
	if (n > 1 && (*s == '"' || *s == '\'') && s[n - 1] == *s)
		return xstrndup(s + 1, n - 2);
	return xstrndup(s, n);
}

static void take(struct import *i, const char *name, const char *first,
		 const char *second)
{
	struct error *err = settings_put(i->shell, name, first, second);

	i->set += !err;
	if (err) {
		buf_printf(&i->shell->out, "line %u left out: ", i->line);
		text_plain(&i->shell->out, err->message, strlen(err->message));
		buf_addc(&i->shell->out, '\n');
	}
	error_free(err);
}

static void take_alias(struct import *i, const char *s, size_t n)
{
	CLEANUP(free_cleanup) char *alias = unquoted(s, n);

	if (i->command && *alias)
		take(i, "alias", i->command, alias);
}

/* ["pr", "say"] */
static void take_aliases(struct import *i, const char *s)
{
	for (s++; *s && *s != ']';) {
		size_t n = strcspn(s, ",]");

		take_alias(i, s, n);
		s += n + (s[n] == ',');
	}
}

/* `from: A`, `to: B`; the second of a pair sets it. */
static void take_path(struct import *i, const char *s, size_t n)
{
	const char *colon = memchr(s, ':', n);
	char *value;

	if (!colon)
		return;
	value = unquoted(colon + 1, n - (size_t)(colon + 1 - s));
	while (isspace((unsigned char)*s))
		s++;
	if (!strncmp(s, "from", 4))
		replace(&i->from, value);
	else if (!strncmp(s, "to", 2))
		replace(&i->to, value);
	else
		free(value);
	if (!i->from || !i->to)
		return;
	take(i, "substitute-path", i->from, i->to);
	replace(&i->from, NULL);
	replace(&i->to, NULL);
}

/* {from: A, to: B}, or one of the two. */
static void take_paths(struct import *i, const char *s)
{
	s += *s == '{';
	while (*s && *s != '}') {
		size_t n = strcspn(s, ",}");

		take_path(i, s, n);
		s += n + (s[n] == ',');
	}
}

static void on_alias(struct import *i, const char *s)
{
	const char *colon = strchr(s, ':');

	if (!strncmp(s, "- ", 2)) {
		take_alias(i, s + 2, strlen(s + 2));
		return;
	}
	if (!colon)
		return;
	replace(&i->command, unquoted(s, (size_t)(colon - s)));
	colon += 1 + strspn(colon + 1, " \t");
	if (*colon == '[')
		take_aliases(i, colon);
}

static void on_nested(struct import *i, const char *s)
{
	if (i->top && !strcmp(i->top, "aliases"))
		on_alias(i, s);
	else if (i->top && !strcmp(i->top, "substitute-path"))
		take_paths(i, strncmp(s, "- ", 2) ? s : s + 2);
}

static void on_top(struct import *i, const char *s)
{
	static const char *const taken[] = {
		"max-string-len", "max-array-values", "max-variable-recurse",
		"show-location-expr", "prompt"};
	CLEANUP(free_cleanup) char *value = NULL;
	const char *colon = strchr(s, ':');
	size_t k;

	if (!colon)
		return;
	replace(&i->top, unquoted(s, (size_t)(colon - s)));
	replace(&i->command, NULL);
	value = unquoted(colon + 1, strlen(colon + 1));
	for (k = 0; *value && k < ARRAY_LEN(taken); k++)
		if (!strcmp(i->top, taken[k]))
			take(i, i->top, value, NULL);
}

struct error *settings_import(struct shell *shell, const char *path)
{
	CLEANUP(import_deinit) struct import i = {.shell = shell};
	CLEANUP(free_cleanup) char *line = NULL;
	FILE *f = fopen(path, "re");
	size_t room = 0;

	if (!f)
		return error_os(errno, "cannot open '%s'", path);
	while (i.line < LINES_MAX && getline(&line, &room, f) > 0) {
		bool nested = isspace((unsigned char)*line) || *line == '-';
		const char *s = trim(line);

		i.line++;
		if (*s && nested)
			on_nested(&i, s);
		else if (*s)
			on_top(&i, s);
	}
	fclose(f);
	if (!i.set)
		return error_new(ERROR_NOT_FOUND,
				 "'%s' sets nothing that is set here", path);
	buf_printf(&shell->out, "%u setting%s of ", i.set,
		   i.set == 1 ? "" : "s");
	text_plain(&shell->out, path, strlen(path));
	buf_addc(&shell->out, '\n');
	return NULL;
}
