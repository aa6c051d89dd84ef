/*
 * config: the settings of the prompt under delve's names. They are kept in
 * $XDG_CONFIG_HOME/mapscope/prompt, one "name value" a line, and are written
 * by config -save alone.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/near.h"
#include "core/base/xalloc.h"
#include "tui/prompt/prompt.h"
#include "tui/prompt/shell.h"

enum { STRING_MOST = 1 << 20, ELEMENTS_MOST = 1 << 20, DEPTH_MOST = 64 };

struct setting {
	const char *name, *help;
	unsigned most; /* of a number; 0: something else */
};

static const struct setting settings[] = {
	{"max-string-len", "bytes shown of a string", STRING_MOST},
	{"max-array-values", "elements shown of a list", ELEMENTS_MOST},
	{"max-variable-recurse", "levels shown of a value", DEPTH_MOST},
	{"prompt", "what is in front of a line", 0},
	{"substitute-path", "FROM TO: where sources are; -clear", 0},
	{"alias", "COMMAND ALIAS: another name; ALIAS alone removes it", 0},
};

static unsigned *number_of(struct shell *shell, const char *name)
{
	if (!strcmp(name, "max-string-len"))
		return &shell->limits.string;
	if (!strcmp(name, "max-array-values"))
		return &shell->limits.elements;
	if (!strcmp(name, "max-variable-recurse"))
		return &shell->limits.depth;
	return NULL;
}

static void list_settings(struct shell *shell, struct buf *out)
{
	const struct shell_pairs *paths = &shell->substitute;
	const struct shell_pairs *aliases = &shell->aliases;
	uint32_t i;

	buf_printf(out, "max-string-len %u\n", shell->limits.string);
	buf_printf(out, "max-array-values %u\n", shell->limits.elements);
	buf_printf(out, "max-variable-recurse %u\n", shell->limits.depth);
	if (shell->prompt)
		buf_printf(out, "prompt \"%s\"\n", shell->prompt);
	for (i = 0; i < paths->count; i++)
		buf_printf(out, "substitute-path \"%s\" \"%s\"\n",
			   paths->from[i], paths->to[i]);
	for (i = 0; i < aliases->count; i++)
		buf_printf(out, "alias %s %s\n", aliases->to[i],
			   aliases->from[i]);
}

static struct error *no_setting(const char *name)
{
	struct near_names near = {.wanted = name};
	CLEANUP(buf_deinit) struct buf text = {0};
	size_t i;

	for (i = 0; i < ARRAY_LEN(settings); i++)
		near_offer(&near, settings[i].name);
	near_text(&near, &text);
	return error_hint(error_new(ERROR_USAGE, "no setting '%s'", name),
			  near.count ? "did you mean %s?"
				     : "config -list shows them%s",
			  buf_str(&text));
}

static struct error *set_number(struct shell *shell,
				const struct setting *setting,
				const struct shell_words_list *words)
{
	uint64_t n;

	if (words->count != 2 || !shell_number(words->list[1], &n) ||
	    n > setting->most)
		return error_new(ERROR_USAGE, "%s is a number up to %u",
				 setting->name, setting->most);
	*number_of(shell, setting->name) = (unsigned)n;
	return NULL;
}

static struct error *set_path(struct shell *shell,
			      const struct shell_words_list *words)
{
	if (words->count == 2 && !strcmp(words->list[1], "-clear")) {
		shell_pairs_deinit(&shell->substitute);
		return NULL;
	}
	if (words->count == 2) {
		if (shell_pairs_remove(&shell->substitute, words->list[1]))
			return NULL;
		return error_new(ERROR_NOT_FOUND, "'%s' is not substituted",
				 words->list[1]);
	}
	if (words->count != 3)
		return error_new(ERROR_USAGE, "substitute-path FROM TO");
	shell_pairs_set(&shell->substitute, words->list[1], words->list[2]);
	return NULL;
}

static struct error *set_alias(struct shell *shell,
			       const struct shell_words_list *words)
{
	const struct shell_command *command;
	struct error *err;

	if (words->count == 2) {
		if (shell_pairs_remove(&shell->aliases, words->list[1]))
			return NULL;
		return error_new(ERROR_NOT_FOUND, "no alias '%s'",
				 words->list[1]);
	}
	if (words->count != 3)
		return error_new(ERROR_USAGE, "alias COMMAND ALIAS");
	err = shell_find(shell, words->list[1], strlen(words->list[1]),
			 &command);
	if (err)
		return err;
	shell_pairs_set(&shell->aliases, words->list[2], command->name);
	return NULL;
}

static struct error *set(struct shell *shell,
			 const struct shell_words_list *words)
{
	const char *name = words->list[0];
	size_t i;

	for (i = 0; i < ARRAY_LEN(settings); i++)
		if (!strcmp(settings[i].name, name))
			break;
	if (i == ARRAY_LEN(settings))
		return no_setting(name);
	if (settings[i].most)
		return set_number(shell, &settings[i], words);
	if (!strcmp(name, "substitute-path"))
		return set_path(shell, words);
	if (!strcmp(name, "alias"))
		return set_alias(shell, words);
	free(shell->prompt);
	shell->prompt = words->count > 1 ? xstrdup(words->list[1]) : NULL;
	return NULL;
}

static struct error *save(struct shell *shell)
{
	CLEANUP(free_cleanup)
	char *path = prompt_file("XDG_CONFIG_HOME", ".config", "prompt");
	CLEANUP(buf_deinit) struct buf text = {0};
	FILE *f;
	bool good;

	if (!path)
		return error_new(ERROR_USAGE, "there is no home directory");
	list_settings(shell, &text);
	f = fopen(path, "we");
	good = f && fwrite(text.data, 1, text.len, f) == text.len;
	if (f && fclose(f))
		good = false;
	if (!good)
		return error_os(errno, "cannot write '%s'", path);
	buf_printf(&shell->out, "saved in %s\n", path);
	return NULL;
}

struct error *shell_config(struct shell *shell, const char *args)
{
	struct shell_words_list words;
	struct error *err = NULL;
	size_t i;

	shell_split(args, &words);
	if (!words.count) {
		for (i = 0; i < ARRAY_LEN(settings); i++)
			buf_printf(&shell->out, "  %-22s %s\n",
				   settings[i].name, settings[i].help);
	} else if (!strcmp(words.list[0], "-list")) {
		list_settings(shell, &shell->out);
	} else if (!strcmp(words.list[0], "-save")) {
		err = save(shell);
	} else {
		err = set(shell, &words);
	}
	shell_words_deinit(&words);
	return err;
}

void settings_complete(struct buf *out)
{
	size_t i;

	buf_adds(out, "-list\n-save\n");
	for (i = 0; i < ARRAY_LEN(settings); i++)
		buf_printf(out, "%s\n", settings[i].name);
}

void settings_load(struct shell *shell, struct buf *warnings)
{
	CLEANUP(free_cleanup)
	char *path = prompt_file("XDG_CONFIG_HOME", ".config", "prompt");
	CLEANUP(free_cleanup) char *line = NULL;
	FILE *f = path ? fopen(path, "re") : NULL;
	size_t room = 0;
	unsigned number = 0;

	while (f && getline(&line, &room, f) > 0) {
		struct error *err;

		number++;
		line[strcspn(line, "\n")] = 0;
		err = *line && *line != '#' ? shell_config(shell, line) : NULL;
		if (err)
			buf_printf(warnings, "mapscope: %s:%u: %s\n", path,
				   number, err->message);
		error_free(err);
	}
	if (f)
		fclose(f);
}
