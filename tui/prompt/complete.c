/* What the word at the cursor may become. */
#include <ctype.h>
#include <glob.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/expr.h"
#include "core/session/symbols.h"
#include "tui/prompt/prompt.h"

enum { KEYS_MAX = 200, WORDS_MAX = 5000, LIST_ROWS = 100 };

struct completer {
	struct shell *shell;
	const char *word; /* what is there up to the cursor */
	size_t len;
	struct completions *ret;
	uint32_t cap;
};

static void offer_with(struct completer *c, const char *word,
		       const char *behind)
{
	struct completions *ret = c->ret;

	if (strncmp(word, c->word, c->len) != 0 || ret->count >= WORDS_MAX)
		return;
	GROW_ARRAY(ret->words, ret->count, c->cap);
	ret->words[ret->count++] = xasprintf("%s%s", word, behind);
}

static void offer(struct completer *c, const char *word)
{
	offer_with(c, word, "");
}

static void offer_lines(struct completer *c, const struct buf *lines,
			const char *behind)
{
	const char *p = buf_str(lines);

	while (*p) {
		size_t n = strcspn(p, "\n");
		CLEANUP(free_cleanup) char *word = xstrndup(p, n);

		offer_with(c, word, behind);
		p += n + (p[n] != 0);
	}
}

static void offer_commands(struct completer *c)
{
	const struct shell_pairs *aliases = &c->shell->aliases;
	const struct shell_command *command;
	uint32_t i;

	for (command = shell_commands; command->name; command++)
		offer(c, command->name);
	for (i = 0; i < aliases->count; i++)
		offer(c, aliases->from[i]);
}

static void offer_symbols(struct completer *c, enum symbol_kind kind)
{
	struct symbol_list list;
	struct error *err =
		session_symbols(c->shell->session, kind, NULL, &list);
	uint32_t i;

	for (i = 0; !err && i < list.count; i++)
		offer(c, list.names[i]);
	if (!err)
		symbol_list_deinit(&list);
	error_free(err);
}

/* Without a dot the packages alone: there may be thousands of variables. */
static void offer_packages(struct completer *c)
{
	struct symbol_list list;
	struct error *err = session_symbols(c->shell->session, SYMBOL_VARIABLE,
					    NULL, &list);
	uint32_t i;

	for (i = 0; !err && i < list.count; i++) {
		const char *slash = strrchr(list.names[i], '/');
		char *dot = strchr(slash ? slash : list.names[i], '.');

		if (dot)
			dot[1] = 0;
		if (dot && (!i || strcmp(list.names[i], list.names[i - 1])))
			offer(c, list.names[i]);
	}
	if (!err)
		symbol_list_deinit(&list);
	error_free(err);
}

static void offer_locals(struct completer *c)
{
	const struct shell *shell = c->shell;
	struct frame_variables v;
	struct error *err;
	uint32_t i;

	if (shell->goroutine >= session_goroutine_count(shell->session))
		return;
	err = session_frame_variables(shell->session, shell->goroutine,
				      shell->frame, &v);
	for (i = 0; !err && i < v.count; i++)
		offer(c, v.list[i].name);
	if (!err)
		frame_variables_deinit(&v);
	error_free(err);
}

/* What can be asked of the value of @p base: its fields, or its keys. */
static void offer_parts(struct completer *c, const char *base, size_t len,
			bool keys)
{
	CLEANUP(free_cleanup) char *text = xstrndup(base, len);
	CLEANUP(buf_deinit) struct buf lines = {0};
	struct expr_context *context = expr_context_new(
		c->shell->session, c->shell->goroutine, c->shell->frame);
	struct expr_value value;
	struct error *err = expr_eval(context, text, &value);

	if (!err && keys && !c->shell->limits.redact)
		expr_keys(context, &value, KEYS_MAX, &lines);
	else if (!err && !keys)
		expr_members(context, &value, &lines);
	error_free(err);
	expr_context_free(context);
	offer_lines(c, &lines, keys ? "]" : "");
}

/* Back over what belongs to one operand: a.b[x].c */
static size_t operand_start(const char *line, size_t from, size_t end)
{
	while (end > from) {
		char ch = line[end - 1];
		int open = 0;

		if (isalnum((unsigned char)ch) || strchr("_./~", ch) ||
		    (unsigned char)ch >= 0x80) {
			end--;
			continue;
		}
		if (ch != ']' && ch != ')')
			break;
		do {
			end--;
			open += line[end] == ']' || line[end] == ')';
			open -= line[end] == '[' || line[end] == '(';
		} while (open && end > from);
	}
	return end;
}

/* The bracket that is open at the cursor, with text behind it; 0 if none. */
static size_t open_bracket(const char *line, size_t from, size_t cursor)
{
	size_t stack[64], depth = 0, i;
	char quote = 0;

	for (i = from; i < cursor; i++) {
		char ch = line[i];

		if (quote) {
			i += ch == '\\' && i + 1 < cursor;
			quote = ch == quote ? 0 : quote;
		} else if (ch == '"' || ch == '`' || ch == '\'') {
			quote = ch;
		} else if (strchr("[({", ch) && depth < 64) {
			stack[depth++] = i;
		} else if (strchr("])}", ch) && depth) {
			depth--;
		} else if (strchr(" ,+-*/%&|<>=!", ch) && depth) {
			/* An operator: what follows is an operand again. */
			stack[depth - 1] = 0;
		}
	}
	return depth && line[stack[depth - 1]] == '[' ? stack[depth - 1] : 0;
}

static void complete_expression(struct completer *c, const char *line,
				size_t from, size_t cursor)
{
	size_t bracket = open_bracket(line, from, cursor), start, dot;

	if (bracket) {
		c->ret->from = bracket + 1;
		c->word = line + bracket + 1;
		c->len = cursor - bracket - 1;
		start = operand_start(line, from, bracket);
		offer_parts(c, line + start, bracket - start, true);
		if (c->ret->count || strchr("\"'`", *c->word))
			return;
	}
	start = operand_start(line, from, cursor);
	c->ret->from = start;
	c->word = line + start;
	c->len = cursor - start;
	for (dot = cursor; dot > start && line[dot - 1] != '.'; dot--)
		;
	if (dot == start) {
		offer_locals(c);
		offer_packages(c);
		return;
	}
	offer_symbols(c, SYMBOL_VARIABLE);
	if (c->ret->count)
		return;
	c->ret->from = dot;
	c->word = line + dot;
	c->len = cursor - dot;
	offer_parts(c, line + start, dot - 1 - start, false);
	if (c->ret->count)
		return;
	c->ret->from = start;
	c->word = line + start;
	c->len = cursor - start;
	offer_symbols(c, SYMBOL_TYPE);
}

static void offer_goroutines(struct completer *c)
{
	uint32_t n = session_goroutine_count(c->shell->session), i;

	for (i = 0; i < n; i++) {
		CLEANUP(free_cleanup) char *id = NULL;
		struct goroutine_row row;

		session_goroutine(c->shell->session, i, &row);
		id = xasprintf("%" PRId64, row.id);
		offer(c, id);
	}
}

static void offer_threads(struct completer *c)
{
	uint32_t n = session_thread_count(c->shell->session), i;

	for (i = 0; i < n; i++) {
		CLEANUP(free_cleanup) char *id = NULL;
		struct thread_row row;

		session_thread(c->shell->session, i, &row);
		id = xasprintf("%d", (int)row.tid);
		offer(c, id);
	}
}

static void offer_maps(struct completer *c)
{
	const struct map_row *rows;
	uint32_t count, i;

	rows = session_maps(c->shell->session, &count);
	for (i = 0; i < count; i++)
		offer(c, map_row_owner(c->shell->session, &rows[i]));
}

static void offer_files(struct completer *c)
{
	CLEANUP(free_cleanup) char *word = xstrndup(c->word, c->len);
	CLEANUP(free_cleanup) char *pattern = NULL;
	glob_t found;
	size_t i;

	if (strpbrk(word, "*?["))
		return;
	pattern = xasprintf("%s*", word);
	if (glob(pattern, GLOB_MARK, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc; i++)
		offer(c, found.gl_pathv[i]);
	globfree(&found);
}

static void offer_settings(struct completer *c)
{
	CLEANUP(buf_deinit) struct buf lines = {0};

	settings_complete(&lines);
	offer_lines(c, &lines, "");
}

static void complete_at(struct completer *c, const char *line, size_t from,
			size_t cursor);

/* "goroutine 5 frame 2 print x": a command behind a number. */
static void complete_nested(struct completer *c, const char *line, size_t from,
			    size_t cursor)
{
	size_t at = from;

	while (at < cursor && isdigit((unsigned char)line[at]))
		at++;
	if (at == from || at == cursor) {
		offer_goroutines(c);
		return;
	}
	while (at < cursor && isspace((unsigned char)line[at]))
		at++;
	complete_at(c, line, at, cursor);
}

/* Symbols and values: tables of a snapshot have none. */
static bool needs_memory(enum shell_words words)
{
	return words == WORDS_EXPRESSION || words == WORDS_TYPE ||
	       words == WORDS_FUNCTION || words == WORDS_PACKAGE ||
	       words == WORDS_VARIABLE || words == WORDS_THREAD;
}

static void complete_words(struct completer *c,
			   const struct shell_command *command,
			   const char *line, size_t from, size_t cursor)
{
	bool memory = session_has_memory(c->shell->session);
	size_t start = cursor;

	if (!memory && needs_memory(command->words))
		return;
	if (command->words == WORDS_EXPRESSION) {
		complete_expression(c, line, from, cursor);
		return;
	}
	if (command->words == WORDS_GOROUTINE ||
	    (command->words == WORDS_COMMAND &&
	     strcmp(command->name, "help"))) {
		c->ret->from = from;
		c->word = line + from;
		c->len = cursor - from;
		complete_nested(c, line, from, cursor);
		return;
	}
	while (start > from && !isspace((unsigned char)line[start - 1]))
		start--;
	c->ret->from = start;
	c->word = line + start;
	c->len = cursor - start;
	switch (command->words) {
	case WORDS_COMMAND:
		offer_commands(c);
		break;
	case WORDS_TYPE:
		offer_symbols(c, SYMBOL_TYPE);
		break;
	case WORDS_FUNCTION:
		offer_symbols(c, SYMBOL_FUNCTION);
		break;
	case WORDS_PACKAGE:
		offer_symbols(c, SYMBOL_PACKAGE);
		break;
	case WORDS_VARIABLE:
		offer_symbols(c, SYMBOL_VARIABLE);
		break;
	case WORDS_THREAD:
		offer_threads(c);
		break;
	case WORDS_MAP:
		offer_maps(c);
		if (!c->ret->count && memory)
			complete_expression(c, line, from, cursor);
		break;
	case WORDS_FILE:
		offer_files(c);
		break;
	case WORDS_SETTING:
		offer_settings(c);
		break;
	default:
		break;
	}
}

/* A command begins at @p from. */
static void complete_at(struct completer *c, const char *line, size_t from,
			size_t cursor)
{
	const struct shell_command *command;
	size_t end = from;
	struct error *err;

	while (end < cursor && !isspace((unsigned char)line[end]))
		end++;
	if (end == cursor) {
		c->ret->from = from;
		c->word = line + from;
		c->len = cursor - from;
		offer_commands(c);
		return;
	}
	err = shell_find(c->shell, line + from, end - from, &command);
	if (err) {
		error_free(err);
		return;
	}
	while (end < cursor && isspace((unsigned char)line[end]))
		end++;
	complete_words(c, command, line, end, cursor);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void shell_complete(struct shell *shell, const char *line, size_t cursor,
		    struct completions *ret)
{
	struct completer c = {.shell = shell, .word = "", .ret = ret};
	uint32_t i, n = 0;
	size_t from = 0;

	*ret = (struct completions){.from = cursor};
	while (from < cursor && isspace((unsigned char)line[from]))
		from++;
	complete_at(&c, line, from, cursor);
	if (ret->count)
		qsort(ret->words, ret->count, sizeof(*ret->words), compare);
	for (i = 0; i < ret->count; i++) {
		if (n && !strcmp(ret->words[i], ret->words[n - 1]))
			free(ret->words[i]);
		else
			ret->words[n++] = ret->words[i];
	}
	ret->count = n;
}

void completions_deinit(struct completions *completions)
{
	uint32_t i;

	for (i = 0; i < completions->count; i++)
		free(completions->words[i]);
	free(completions->words);
	*completions = (struct completions){0};
}

size_t completions_common(const struct completions *completions)
{
	const char *first = completions->count ? completions->words[0] : "";
	size_t n = strlen(first);
	uint32_t i;

	for (i = 1; i < completions->count; i++) {
		size_t k = 0;

		while (k < n && completions->words[i][k] == first[k])
			k++;
		n = k;
	}
	/* Never half a character. */
	while (n && n < strlen(first) &&
	       ((unsigned char)first[n] & 0xc0) == 0x80)
		n--;
	return n;
}

void completions_list(const struct completions *c, unsigned columns,
		      struct buf *out)
{
	size_t wide = 1, i, across;

	for (i = 0; i < c->count; i++)
		if (strlen(c->words[i]) + 2 > wide)
			wide = strlen(c->words[i]) + 2;
	across = columns / wide ? columns / wide : 1;
	for (i = 0; i < c->count && i < across * LIST_ROWS; i++) {
		CLEANUP(buf_deinit) struct buf word = {0};
		bool last = i % across == across - 1 || i + 1 == c->count;

		text_plain(&word, c->words[i], strlen(c->words[i]));
		buf_printf(out, "%-*s%s", last ? 0 : (int)wide, buf_str(&word),
			   last ? "\n" : "");
	}
	if (i < c->count)
		buf_printf(out, "... and %zu more\n", c->count - i);
}
