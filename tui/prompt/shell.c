#include "tui/prompt/shell.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/render.h"

enum { FLUSH_BYTES = 1 << 16 };

const struct shell_command shell_commands[] = {
	{"goroutines", "grs", "[-u|-r|-g|-s] [-t [N]] [-l] [-maps] [-with ...]",
	 "list goroutines", WORDS_NONE, shell_goroutines},
	{"goroutine", "gr", "[ID [command]]", "show or select a goroutine",
	 WORDS_GOROUTINE, shell_goroutine},
	{"stack", "bt", "[N] [-full] [-offsets]", "frames of the goroutine",
	 WORDS_NONE, shell_stack},
	{"frame", "", "N [command]", "select a frame", WORDS_NONE,
	 shell_select_frame},
	{"up", "", "[N] [command]", "select an outer frame", WORDS_NONE,
	 shell_up},
	{"down", "", "[N] [command]", "select an inner frame", WORDS_NONE,
	 shell_down},
	{"locals", "", "[-v] [RE]", "local variables of the frame", WORDS_NONE,
	 shell_locals},
	{"args", "", "[-v] [RE]", "arguments and results of the frame",
	 WORDS_NONE, shell_args},
	{"vars", "", "[-v] [RE]", "package variables", WORDS_NONE, shell_vars},
	{"print", "p", "[%FORMAT] EXPR", "value of an expression",
	 WORDS_EXPRESSION, shell_print},
	{"whatis", "", "EXPR|TYPE", "type of an expression", WORDS_EXPRESSION,
	 shell_whatis},
	{"examinemem", "x", "[-fmt F] [-count N] [-size N] ADDR|-x EXPR",
	 "memory at an address", WORDS_EXPRESSION, shell_examine},
	{"help", "h", "[COMMAND]", "list commands, or show one", WORDS_COMMAND,
	 shell_help},
	{"exit", "quit q", "", "leave; the target runs on", WORDS_NONE,
	 shell_exit},
	{NULL, NULL, NULL, NULL, WORDS_NONE, NULL},
};

/* Delve selects where it stopped; a sample stops nowhere: the main one. */
void shell_init(struct shell *shell, struct session *session)
{
	uint32_t first = session_goroutine_find(session, 1);

	*shell = (struct shell){
		.session = session,
		.limits = print_limits_default(),
		.goroutine = first == UINT32_MAX ? 0 : first,
	};
}

void shell_deinit(struct shell *shell)
{
	buf_deinit(&shell->out);
}

struct error *shell_flush(struct shell *shell)
{
	if (!shell->flush || shell->out.len < FLUSH_BYTES)
		return NULL;
	return shell->flush(shell->flush_arg, &shell->out);
}

static bool has_word(const char *words, const char *word, size_t len)
{
	while (*words) {
		size_t n = strcspn(words, " ");

		if (n == len && !memcmp(words, word, len))
			return true;
		words += n;
		words += *words == ' ';
	}
	return false;
}

struct error *shell_find(const char *name, size_t len,
			 const struct shell_command **ret)
{
	CLEANUP(buf_deinit) struct buf near = {0};
	const struct shell_command *c, *found = NULL;
	unsigned count = 0;

	for (c = shell_commands; c->name; c++) {
		if ((strlen(c->name) == len && !memcmp(c->name, name, len)) ||
		    has_word(c->aliases, name, len)) {
			*ret = c;
			return NULL;
		}
		if (!strncmp(c->name, name, len)) {
			found = c;
			buf_printf(&near, "%s%s", count++ ? ", " : "", c->name);
		}
	}
	*ret = found;
	if (count == 1)
		return NULL;
	if (count)
		return error_hint(error_new(ERROR_USAGE, "'%.*s' is ambiguous",
					    (int)len, name),
				  "%s", buf_str(&near));
	return error_hint(
		error_new(ERROR_USAGE, "no command '%.*s'", (int)len, name),
		"help lists the commands");
}

struct error *shell_run(struct shell *shell, const char *line)
{
	CLEANUP(free_cleanup) char *args = NULL;
	const struct shell_command *command;
	struct error *err;
	size_t len, n;

	while (isspace((unsigned char)*line))
		line++;
	if (!*line || *line == '#')
		return NULL;
	len = strcspn(line, " \t\r\n");
	if ((err = shell_find(line, len, &command)))
		return err;
	line += len;
	while (isspace((unsigned char)*line))
		line++;
	for (n = strlen(line); n && isspace((unsigned char)line[n - 1]);)
		n--;
	args = xstrndup(line, n);
	return command->run(shell, args);
}

static char *next_word(const char **text)
{
	CLEANUP(buf_deinit) struct buf word = {0};
	const char *p = *text;
	char quote = 0;

	for (; *p && (quote || !isspace((unsigned char)*p)); p++) {
		if (quote ? *p == quote : *p == '\'' || *p == '"')
			quote = quote ? 0 : *p;
		else
			buf_addc(&word, *p);
	}
	*text = p;
	return xstrdup(buf_str(&word));
}

void shell_split(const char *text, struct shell_words_list *ret)
{
	uint32_t cap = 0;

	*ret = (struct shell_words_list){0};
	for (;;) {
		while (isspace((unsigned char)*text))
			text++;
		if (!*text)
			return;
		GROW_ARRAY(ret->list, ret->count, cap);
		ret->list[ret->count++] = next_word(&text);
	}
}

void shell_words_deinit(struct shell_words_list *words)
{
	uint32_t i;

	for (i = 0; i < words->count; i++)
		free(words->list[i]);
	free(words->list);
	*words = (struct shell_words_list){0};
}

bool shell_number(const char *text, uint64_t *ret)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*ret = strtoull(text, &end, 0);
	return !*end && !errno;
}

void shell_add_place(struct buf *out, const struct code_place *place)
{
	if (place->line) {
		text_plain(out, place->file, strlen(place->file));
		buf_printf(out, ":%u ", place->line);
	}
	text_plain(out, place->function, strlen(place->function));
}

void shell_json_place(struct json *json, const char *key,
		      const struct code_place *place)
{
	json_open(json, key, '{');
	json_string(json, "function", place->function);
	json_string(json, "file", place->file);
	json_u64(json, "line", place->line);
	json_address(json, "pc", place->pc);
	json_close(json, '}');
}

struct error *shell_frame(const struct shell *shell, uint32_t frame,
			  struct frame_row *ret)
{
	struct goroutine_row g;

	if (shell->goroutine >= session_goroutine_count(shell->session))
		return error_new(ERROR_NOT_FOUND, "there are no goroutines");
	if (session_frame(shell->session, shell->goroutine, frame, ret))
		return NULL;
	session_goroutine(shell->session, shell->goroutine, &g);
	return error_new(ERROR_NOT_FOUND,
			 "frame %u does not exist, goroutine %lld has %u",
			 frame, (long long)g.id, g.frames);
}

static void add_help(struct buf *out, const struct shell_command *c)
{
	CLEANUP(buf_deinit) struct buf names = {0};
	const char *p;

	buf_adds(&names, c->name);
	for (p = c->aliases; *p; p++) {
		if (p == c->aliases || p[-1] == ' ')
			buf_adds(&names, ", ");
		if (*p != ' ')
			buf_addc(&names, *p);
	}
	buf_printf(out, "  %-22s %s\n", buf_str(&names), c->help);
}

struct error *shell_help(struct shell *shell, const char *args)
{
	const struct shell_command *c;
	struct error *err;

	if (!*args) {
		for (c = shell_commands; c->name; c++)
			add_help(&shell->out, c);
		return NULL;
	}
	if ((err = shell_find(args, strlen(args), &c)))
		return err;
	buf_printf(&shell->out, "%s %s\n  %s\n", c->name, c->args, c->help);
	if (*c->aliases)
		buf_printf(&shell->out, "  also: %s\n", c->aliases);
	return NULL;
}

struct error *shell_exit(struct shell *shell, const char *args)
{
	/* -c and -d of delve decide about a target that was started. */
	(void)args;
	shell->quit = true;
	return NULL;
}
