#include "tui/prompt/shell.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/near.h"
#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/render.h"

enum { FLUSH_BYTES = 1 << 16 };

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
	shell_pairs_deinit(&shell->aliases);
	shell_pairs_deinit(&shell->substitute);
	shell_pairs_deinit(&shell->displays);
	free(shell->prompt);
	if (shell->transcript)
		fclose(shell->transcript);
	shell->transcript = NULL;
}

static struct error *to_transcript(struct shell *shell)
{
	const struct buf *out = &shell->out;

	if (!shell->transcript || !out->len)
		return NULL;
	if (fwrite(out->data, 1, out->len, shell->transcript) != out->len ||
	    fflush(shell->transcript))
		return error_os(errno, "cannot write the transcript");
	if (shell->quiet)
		buf_clear(&shell->out);
	return NULL;
}

struct error *shell_flush_all(struct shell *shell)
{
	struct error *err = to_transcript(shell);

	if (err || !shell->flush)
		return err;
	return shell->flush(shell->flush_arg, &shell->out);
}

struct error *shell_flush(struct shell *shell)
{
	if (!shell->flush || shell->out.len < FLUSH_BYTES)
		return NULL;
	return shell_flush_all(shell);
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

static const struct shell_command *find_exact(const char *name, size_t len)
{
	const struct shell_command *c;

	for (c = shell_commands; c->name; c++)
		if ((strlen(c->name) == len && !memcmp(c->name, name, len)) ||
		    has_word(c->aliases, name, len))
			return c;
	return NULL;
}

static struct error *no_command(const char *name, size_t len)
{
	CLEANUP(free_cleanup) char *wanted = xstrndup(name, len);
	struct near_names near = {.wanted = wanted};
	CLEANUP(buf_deinit) struct buf text = {0};
	const struct shell_command *c;

	for (c = shell_commands; c->name; c++)
		near_offer(&near, c->name);
	near_text(&near, &text);
	return error_hint(error_new(ERROR_USAGE, "no command '%s'", wanted),
			  near.count ? "did you mean %s?"
				     : "help lists the commands%s",
			  buf_str(&text));
}

struct error *shell_find(const struct shell *shell, const char *name,
			 size_t len, const struct shell_command **ret)
{
	const char *alias = shell_pairs_find(&shell->aliases, name, len);
	CLEANUP(buf_deinit) struct buf several = {0};
	const struct shell_command *c, *found = NULL;
	const char *why;
	unsigned count = 0;

	*ret = find_exact(alias ? alias : name, alias ? strlen(alias) : len);
	if (*ret)
		return NULL;
	/* Before prefixes: `s` is delve's step, not stack. */
	if ((why = shell_refusal(name, len)))
		return error_new(ERROR_USAGE,
				 "mapscope is read-only: %s; use dlv", why);
	for (c = shell_commands; c->name; c++) {
		if (strncmp(c->name, name, len) != 0)
			continue;
		found = c;
		buf_printf(&several, "%s%s", count++ ? ", " : "", c->name);
	}
	*ret = found;
	if (count == 1)
		return NULL;
	if (count)
		return error_hint(error_new(ERROR_USAGE, "'%.*s' is ambiguous",
					    (int)len, name),
				  "%s", buf_str(&several));
	return no_command(name, len);
}

/* What answers from the tables of a snapshot that holds no memory. */
static bool needs_memory(const struct shell_command *command)
{
	static shell_fn *const without[] = {
		shell_config,	    shell_exit,	      shell_goroutine,
		shell_goroutines,   shell_help,	      shell_resample,
		shell_select_frame, shell_source,     shell_stack,
		shell_target,	    shell_transcript, shell_up,
		shell_down,	    shell_continue,   shell_screen,
	};
	size_t i;

	/* Those of the command line know it themselves. */
	for (i = 0; command->run && i < ARRAY_LEN(without); i++)
		if (command->run == without[i])
			return false;
	return command->run != NULL;
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
	if ((err = shell_find(shell, line, len, &command)))
		return err;
	if (!session_has_memory(shell->session) && needs_memory(command))
		return error_new(ERROR_USAGE,
				 "'%s' needs the target's memory, which this "
				 "snapshot does not hold",
				 command->name);
	line += len;
	while (isspace((unsigned char)*line))
		line++;
	for (n = strlen(line); n && isspace((unsigned char)line[n - 1]);)
		n--;
	args = xstrndup(line, n);
	return command->run ? command->run(shell, args)
			    : shell_cli(shell, command, args);
}

struct error *shell_run_asking(struct shell *shell, const char *line)
{
	const struct session *session = shell->session;
	struct error *err;

	session_ask(session, shell->ask, shell->ask_arg);
	err = shell_run(shell, line);
	/* Another session was never asked, and the old one is gone. */
	if (session != shell->session)
		return err;
	if (!err && session_ended(session))
		err = error_new(ERROR_CANCELLED, "cancelled");
	session_ask(session, NULL, NULL);
	return err;
}

bool shell_is_resample(const struct shell *shell, const char *line)
{
	const struct shell_command *command;
	struct error *err;

	line += strspn(line, " \t");
	err = shell_find(shell, line, strcspn(line, " \t\n"), &command);
	if (err) {
		error_free(err);
		return false;
	}
	return command && command->run == shell_resample;
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

static uint32_t pair_at(const struct shell_pairs *pairs, const char *from,
			size_t len)
{
	uint32_t i;

	for (i = 0; i < pairs->count; i++)
		if (strlen(pairs->from[i]) == len &&
		    !memcmp(pairs->from[i], from, len))
			return i;
	return UINT32_MAX;
}

void shell_pairs_set(struct shell_pairs *pairs, const char *from,
		     const char *to)
{
	uint32_t i = pair_at(pairs, from, strlen(from));

	if (i != UINT32_MAX) {
		free(pairs->to[i]);
		pairs->to[i] = xstrdup(to);
		return;
	}
	pairs->from = xreallocarray(pairs->from, pairs->count + 1,
				    sizeof(*pairs->from));
	pairs->to =
		xreallocarray(pairs->to, pairs->count + 1, sizeof(*pairs->to));
	pairs->from[pairs->count] = xstrdup(from);
	pairs->to[pairs->count++] = xstrdup(to);
}

bool shell_pairs_remove(struct shell_pairs *pairs, const char *from)
{
	uint32_t i = pair_at(pairs, from, strlen(from));

	if (i == UINT32_MAX)
		return false;
	free(pairs->from[i]);
	free(pairs->to[i]);
	for (pairs->count--; i < pairs->count; i++) {
		pairs->from[i] = pairs->from[i + 1];
		pairs->to[i] = pairs->to[i + 1];
	}
	return true;
}

const char *shell_pairs_find(const struct shell_pairs *pairs, const char *from,
			     size_t len)
{
	uint32_t i = pair_at(pairs, from, len);

	return i == UINT32_MAX ? NULL : pairs->to[i];
}

void shell_pairs_deinit(struct shell_pairs *pairs)
{
	uint32_t i;

	for (i = 0; i < pairs->count; i++) {
		free(pairs->from[i]);
		free(pairs->to[i]);
	}
	free(pairs->from);
	free(pairs->to);
	*pairs = (struct shell_pairs){0};
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
