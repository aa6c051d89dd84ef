/*
 * config: the settings of the prompt under delve's names. They are kept in the
 * configuration file, in the sections [prompt], [aliases] (`ALIAS = COMMAND`)
 * and [substitute-path] (`FROM = TO`), and are written by config -save alone.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "tui/config_edit.h"
#include "tui/prompt/prompt.h"
#include "tui/prompt/shell.h"

enum { STRING_MOST = 1 << 20, ELEMENTS_MOST = 1 << 20, DEPTH_MOST = 64 };

struct setting {
	const char *name, *help;
	unsigned most;	/* of a number; 0: something else */
	bool is_switch; /* true or false */
	bool elsewhere; /* has a section of its own */
};

static const struct setting settings[] = {
	{"max-string-len", "bytes shown of a string", STRING_MOST, false,
	 false},
	{"max-array-values", "elements shown of a list", ELEMENTS_MOST, false,
	 false},
	{"max-variable-recurse", "levels shown of a value", DEPTH_MOST, false,
	 false},
	{"show-location-expr", "whatis says where the value is", 0, true,
	 false},
	{"prompt", "what is in front of a line", 0, false, false},
	{"substitute-path", "FROM TO: where sources are; -clear", 0, false,
	 true},
	{"alias", "COMMAND ALIAS: another name; ALIAS alone removes it", 0,
	 false, true},
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

static void list_settings(const struct shell *shell, struct buf *out)
{
	const struct shell_pairs *paths = &shell->substitute;
	const struct shell_pairs *aliases = &shell->aliases;
	uint32_t i;

	buf_printf(out, "max-string-len %u\n", shell->limits.string);
	buf_printf(out, "max-array-values %u\n", shell->limits.elements);
	buf_printf(out, "max-variable-recurse %u\n", shell->limits.depth);
	buf_printf(out, "show-location-expr %s\n",
		   shell->show_location ? "true" : "false");
	if (shell->prompt)
		buf_printf(out, "prompt \"%s\"\n", shell->prompt);
	for (i = 0; i < paths->count; i++)
		buf_printf(out, "substitute-path \"%s\" \"%s\"\n",
			   paths->from[i], paths->to[i]);
	for (i = 0; i < aliases->count; i++)
		buf_printf(out, "alias %s %s\n", aliases->to[i],
			   aliases->from[i]);
}

static const struct setting *find_setting(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(settings); i++)
		if (!strcmp(settings[i].name, name))
			return &settings[i];
	return NULL;
}

bool settings_known(const char *name, struct near_names *near)
{
	const struct setting *setting = find_setting(name);
	size_t i;

	for (i = 0; i < ARRAY_LEN(settings); i++)
		if (!settings[i].elsewhere)
			near_offer(near, settings[i].name);
	return setting && !setting->elsewhere;
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

static struct error *set_location(struct shell *shell,
				  const struct shell_words_list *words)
{
	const char *value = words->count == 2 ? words->list[1] : "";

	if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
		return error_new(ERROR_USAGE, "%s is true or false",
				 words->list[0]);
	shell->show_location = !strcmp(value, "true");
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
	const struct setting *setting = find_setting(name);

	if (!setting)
		return no_setting(name);
	if (setting->most)
		return set_number(shell, setting, words);
	if (setting->is_switch)
		return set_location(shell, words);
	if (!strcmp(name, "substitute-path"))
		return set_path(shell, words);
	if (!strcmp(name, "alias"))
		return set_alias(shell, words);
	free(shell->prompt);
	shell->prompt = words->count > 1 ? xstrdup(words->list[1]) : NULL;
	return NULL;
}

/* What differs from what it would be without a file. */
static void put_numbers(const struct shell *shell, struct buf *text)
{
	const struct print_limits limits = print_limits_default();
	const struct {
		const char *name;
		unsigned now, usual;
	} numbers[] = {
		{"max-string-len", shell->limits.string, limits.string},
		{"max-array-values", shell->limits.elements, limits.elements},
		{"max-variable-recurse", shell->limits.depth, limits.depth},
	};
	char value[16];
	size_t i;

	for (i = 0; i < ARRAY_LEN(numbers); i++) {
		if (numbers[i].now == numbers[i].usual)
			continue;
		snprintf(value, sizeof(value), "%u", numbers[i].now);
		config_edit_set(text, "prompt", numbers[i].name, value);
	}
	if (shell->show_location)
		config_edit_set(text, "prompt", "show-location-expr", "true");
}

static struct error *put_pairs(const struct shell_pairs *pairs,
			       const char *section, struct buf *text)
{
	uint32_t i;

	config_edit_clear(text, section);
	for (i = 0; i < pairs->count; i++) {
		if (strpbrk(pairs->from[i], "=\n") || !*pairs->from[i] ||
		    strchr("#;[ \t", *pairs->from[i]) ||
		    strchr(pairs->to[i], '\n'))
			return error_new(ERROR_USAGE,
					 "the file has no way to write '%s'",
					 pairs->from[i]);
		config_edit_set(text, section, pairs->from[i], pairs->to[i]);
	}
	return NULL;
}

struct error *settings_put(struct shell *shell, const char *name,
			   const char *first, const char *second)
{
	const char *const list[] = {name, first, second};
	struct shell_words_list words = {
		.list = (char **)(uintptr_t)list,
		.count = second ? 3 : 2,
	};

	return set(shell, &words);
}

struct error *settings_save(struct shell *shell)
{
	CLEANUP(free_cleanup) char *path = NULL;
	CLEANUP(buf_deinit) struct buf text = {0};
	struct error *err;

	if ((err = config_edit_open(shell->config, &path, &text)))
		return err;
	config_edit_clear(&text, "prompt");
	put_numbers(shell, &text);
	if (shell->prompt && strchr(shell->prompt, '\n'))
		return error_new(ERROR_USAGE, "a prompt of several lines "
					      "cannot be saved");
	if (shell->prompt)
		config_edit_set(&text, "prompt", "prompt", shell->prompt);
	if ((err = put_pairs(&shell->aliases, "aliases", &text)) ||
	    (err = put_pairs(&shell->substitute, "substitute-path", &text)) ||
	    (err = config_edit_save(path, &text)))
		return err;
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
		err = settings_save(shell);
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

void settings_sample(struct buf *out)
{
	struct shell usual = {.limits = print_limits_default()};
	size_t i;

	for (i = 0; i < ARRAY_LEN(settings); i++) {
		const struct setting *s = &settings[i];

		if (s->elsewhere)
			continue;
		buf_printf(out, "# %s\n#%s = ", s->help, s->name);
		if (s->most)
			buf_printf(out, "%u\n", *number_of(&usual, s->name));
		else
			buf_adds(out, s->is_switch ? "false\n"
						   : "\"(mapscope) \"\n");
	}
}

/* An unknown name was reported with the rest of the file. */
static struct error *apply(struct shell *shell, const struct config_line *line)
{
	if (!strcmp(line->section, "prompt") && find_setting(line->key))
		return settings_put(shell, line->key, line->value, NULL);
	if (!strcmp(line->section, "aliases"))
		return settings_put(shell, "alias", line->value, line->key);
	if (!strcmp(line->section, "substitute-path"))
		return settings_put(shell, "substitute-path", line->key,
				    line->value);
	return NULL;
}

void settings_load(struct shell *shell, const struct config *config,
		   struct buf *warnings)
{
	uint32_t i;

	shell->config = config;
	for (i = 0; config && i < config->count; i++) {
		struct error *err = apply(shell, &config->lines[i]);

		if (err)
			buf_printf(warnings, "mapscope: %s: %s\n",
				   config->lines[i].origin, err->message);
		error_free(err);
	}
}
