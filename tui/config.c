/* What the lines of the configuration mean. */
#include "tui/config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "tui/action.h"
#include "tui/config_edit.h"
#include "tui/config_priv.h"
#include "tui/prompt/prompt.h"
#include "tui/term_curses.h"

static const struct flag {
	const char *name, *arg, *commands, *help;
	size_t offset;
} flags[] = {
#define OPTION(field, name, letter, arg, commands, help)                       \
	{name, arg, commands, help, offsetof(struct options, field)},
	OPTION_TABLE(OPTION)
#undef OPTION
};

static const struct threshold {
	const char *key, *help;
	double value;
	size_t offset;
} thresholds[] = {
#define THRESHOLD(field, key, value, help)                                     \
	{key, help, value, offsetof(struct thresholds, field)},
	THRESHOLD_TABLE(THRESHOLD)
#undef THRESHOLD
};

static const char *const rules[] = {"sparse",	  "tombstones",	 "tiny",
				    "long_chain", "old_buckets", "share"};

static const char **field_of(struct options *options, const struct flag *flag)
{
	return (const char **)(void *)((char *)options + flag->offset);
}

/* These ask for something once; as a setting they make no sense. */
static bool may_be_set(const struct flag *flag)
{
	static const char *const never[] = {"help",	 "version", "config",
					    "no-config", "force",   "output"};
	size_t i;

	for (i = 0; i < ARRAY_LEN(never); i++)
		if (!strcmp(flag->name, never[i]))
			return false;
	return true;
}

/* Settings of every command stand before the first section, those of one
 * command in its section. */
static bool belongs(const struct flag *flag, const char *section)
{
	if (!may_be_set(flag))
		return false;
	return *section ? text_has_word(flag->commands, section)
			: !strcmp(flag->commands, "*");
}

static bool switch_value(const char *text, bool *ret)
{
	static const char *const words[] = {"no",    "yes",  "off", "on",
					    "false", "true", "0",   "1"};
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++) {
		if (!strcmp(text, words[i])) {
			*ret = i & 1;
			return true;
		}
	}
	return false;
}

static void check_flag(struct config *config, const struct config_line *line)
{
	struct near_names near = {.wanted = line->key};
	bool on;
	size_t i;

	for (i = 0; i < ARRAY_LEN(flags); i++) {
		if (!belongs(&flags[i], line->section))
			continue;
		near_offer(&near, flags[i].name);
		if (strcmp(flags[i].name, line->key) != 0)
			continue;
		if (!flags[i].arg && !switch_value(line->value, &on))
			config_complain(config, line->origin,
					"not yes or no:", line->value, NULL);
		return;
	}
	config_complain(config, line->origin, "no setting", line->key, &near);
}

static void check_threshold(struct config *config,
			    const struct config_line *line)
{
	struct near_names near = {.wanted = line->key};
	double n;
	size_t i;

	for (i = 0; i < ARRAY_LEN(thresholds); i++) {
		near_offer(&near, thresholds[i].key);
		if (strcmp(thresholds[i].key, line->key) != 0)
			continue;
		if (!parse_quantity(line->value, &n) || n < 0)
			config_complain(config, line->origin,
					"not a number:", line->value, NULL);
		return;
	}
	config_complain(config, line->origin, "no threshold", line->key, &near);
}

static void check_rule(struct config *config, const struct config_line *line)
{
	struct near_names near = {.wanted = line->key};
	size_t i;

	for (i = 0; i < ARRAY_LEN(rules); i++) {
		near_offer(&near, rules[i]);
		if (!strcmp(rules[i], line->key))
			return;
	}
	config_complain(config, line->origin, "no rule", line->key, &near);
}

static void check_key(struct config *config, const struct config_line *line)
{
	enum action action = action_of_name(line->key);

	if (!action)
		config_complain(config, line->origin, "no action", line->key,
				NULL);
	else if (!action_set_keys(action, line->value, false))
		config_complain(config, line->origin, "no keys", line->value,
				NULL);
}

static void check_color(struct config *config, const struct config_line *line)
{
	if (!term_set_style(line->key, line->value, false))
		config_complain(config, line->origin, "no style or colour",
				line->key, NULL);
}

static void check_prompt(struct config *config, const struct config_line *line)
{
	struct near_names near = {.wanted = line->key};

	if (!settings_known(line->key, &near))
		config_complain(config, line->origin, "no setting", line->key,
				&near);
}

/* What they mean the prompt says. */
static void check_nothing(struct config *config, const struct config_line *line)
{
	(void)config;
	(void)line;
}

static const struct section {
	const char *name;
	void (*check)(struct config *config, const struct config_line *line);
} sections[] = {
	{"thresholds", check_threshold},
	{"accepted", check_rule},
	{"keys", check_key},
	{"colors", check_color},
	{"prompt", check_prompt},
	{"aliases", check_nothing},
	{"substitute-path", check_nothing},
};

static void check_line(struct config *config, const struct config_line *line)
{
	struct near_names near = {.wanted = line->section};
	size_t i;

	for (i = 0; i < ARRAY_LEN(sections); i++) {
		near_offer(&near, sections[i].name);
		if (!strcmp(sections[i].name, line->section)) {
			sections[i].check(config, line);
			return;
		}
	}
	if (!*line->section || command_find(line->section)) {
		check_flag(config, line);
		return;
	}
	for (i = 0; commands[i]; i++)
		near_offer(&near, commands[i]->name);
	config_complain(config, line->origin, "no section", line->section,
			&near);
}

void config_check(struct config *config)
{
	uint32_t i;

	for (i = 0; i < config->count; i++)
		check_line(config, &config->lines[i]);
}

/* "MAPSCOPE_MAX_STOP" */
static const char *from_environment(const struct flag *flag)
{
	CLEANUP(buf_deinit) struct buf name = {0};
	const char *p, *value;

	buf_adds(&name, "MAPSCOPE_");
	for (p = flag->name; *p; p++)
		buf_addc(&name, *p == '-' ? '_' : (char)toupper(*p));
	value = getenv(buf_str(&name));
	return value && *value ? value : NULL;
}

static void set(const struct flag *flag, const char *value, const char *origin,
		struct options *options, struct options *origins)
{
	bool on = true;

	if (!flag->arg && (!switch_value(value, &on) || !on))
		return;
	*field_of(options, flag) = flag->arg ? value : "1";
	*field_of(origins, flag) = origin;
}

static void set_from_files(const struct config *config,
			   const struct command *command,
			   const struct flag *flag, struct options *options,
			   struct options *origins)
{
	uint32_t i;

	for (i = config->count; i-- > 0;) {
		const struct config_line *line = &config->lines[i];

		if (strcmp(line->key, flag->name) != 0 ||
		    !belongs(flag, line->section) ||
		    (*line->section &&
		     (!command || strcmp(line->section, command->name) != 0)))
			continue;
		set(flag, line->value, line->origin, options, origins);
		return;
	}
}

void config_apply(struct config *config, const struct command *command,
		  struct options *options)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(flags); i++) {
		const char *value;

		if (*field_of(options, &flags[i])) {
			*field_of(&config->origins, &flags[i]) = "command line";
			continue;
		}
		if (!may_be_set(&flags[i]))
			continue;
		value = strcmp(flags[i].commands, "*") != 0
				? NULL
				: from_environment(&flags[i]);
		if (value)
			set(&flags[i], value, "environment", options,
			    &config->origins);
		else
			set_from_files(config, command, &flags[i], options,
				       &config->origins);
	}
}

void config_thresholds(const struct config *config, struct thresholds *ret)
{
	uint32_t line;
	size_t i;

	for (line = 0; config && line < config->count; line++) {
		const struct config_line *l = &config->lines[line];
		double n;

		if (strcmp(l->section, "thresholds") != 0 ||
		    !parse_quantity(l->value, &n) || n < 0)
			continue;
		for (i = 0; i < ARRAY_LEN(thresholds); i++)
			if (!strcmp(thresholds[i].key, l->key))
				memcpy((char *)ret + thresholds[i].offset, &n,
				       sizeof(n));
	}
}

void config_accept(const struct config *config, struct session *session)
{
	uint32_t i;

	for (i = 0; config && i < config->count; i++)
		if (!strcmp(config->lines[i].section, "accepted"))
			session_accept(session, config->lines[i].key,
				       config->lines[i].value);
}

void config_interface(const struct config *config)
{
	uint32_t i;

	for (i = 0; config && i < config->count; i++) {
		const struct config_line *line = &config->lines[i];

		if (!strcmp(line->section, "keys"))
			action_set_keys(action_of_name(line->key), line->value,
					true);
		else if (!strcmp(line->section, "colors"))
			term_set_style(line->key, line->value, true);
	}
}

void config_make_parents(const char *path)
{
	CLEANUP(free_cleanup) char *copy = xstrdup(path);
	char *p;

	for (p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		mkdir(copy, 0700);
		*p = '/';
	}
}

struct error *config_add_accepted(const char *rule, const char *owner,
				  struct buf *where)
{
	CLEANUP(free_cleanup) char *path = config_path("accepted");
	CLEANUP(buf_deinit) struct buf line = {0};
	ssize_t n;
	int fd;

	if (!path)
		return error_new(ERROR_USAGE, "there is no home directory");
	config_make_parents(path);
	buf_printf(&line, "%s = ", rule);
	text_plain(&line, owner, strlen(owner));
	buf_addc(&line, '\n');
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	n = fd < 0 ? -1 : write(fd, line.data, line.len);
	if (n != (ssize_t)line.len) {
		struct error *err = error_os(errno, "cannot write '%s'", path);

		if (fd >= 0)
			close(fd);
		return err;
	}
	buf_adds(where, path);
	return close(fd) ? error_os(errno, "cannot write '%s'", path) : NULL;
}

static void sample_flags(struct buf *out, const char *section)
{
	const char *arg;
	size_t i;

	for (i = 0; i < ARRAY_LEN(flags); i++) {
		if (!belongs(&flags[i], section))
			continue;
		arg = flags[i].arg ? flags[i].arg : "no";
		arg += strspn(arg, "[=");
		buf_printf(out, "# %s%s\n#%s = %.*s\n", flags[i].help,
			   flags[i].arg ? "" : " (yes or no)", flags[i].name,
			   (int)strcspn(arg, "]"), arg);
	}
}

void config_sample(struct buf *out)
{
	CLEANUP(free_cleanup) char *path = config_path("config");
	size_t i;

	buf_printf(out,
		   "# mapscope configuration: /etc/mapscope.conf, then %s.\n"
		   "# A flag of the command line wins over the environment "
		   "(MAPSCOPE_MAX_STOP),\n# that over this file. Take the # "
		   "away from what you change.\n\n",
		   path ? path : "$XDG_CONFIG_HOME/mapscope/config");
	sample_flags(out, "");
	buf_adds(out, "\n# Flags of one command.\n[maps]\n");
	sample_flags(out, "maps");
	buf_adds(out, "\n# From where on a figure is flagged.\n[thresholds]\n");
	for (i = 0; i < ARRAY_LEN(thresholds); i++)
		buf_printf(out, "# %s\n#%s = %.10g\n", thresholds[i].help,
			   thresholds[i].key, thresholds[i].value);
	buf_adds(out, "\n# Findings that nobody wants to see any more; F in "
		      "the interface adds one.\n# Rules:");
	for (i = 0; i < ARRAY_LEN(rules); i++)
		buf_printf(out, " %s", rules[i]);
	buf_adds(out, "\n[accepted]\n#sparse = main.cache\n\n# Keys of the "
		      "interface, up to three an action.\n[keys]\n");
	for (i = 1; i < ACTION_COUNT; i++) {
		buf_printf(out, "# %s\n#", action_info((enum action)i)->help);
		action_name((enum action)i, out);
		buf_printf(out, " = %s\n", action_info((enum action)i)->shown);
	}
	buf_adds(out, "\n# Foreground, then background or attributes: black "
		      "red green yellow blue\n# magenta cyan white default, "
		      "bold dim reverse underline.\n[colors]\n");
	term_sample_styles(out);
	buf_adds(out, "\n# The prompt, under delve's names; config -save there "
		      "writes these.\n[prompt]\n");
	settings_sample(out);
	buf_adds(out, "\n# Other names of commands.\n[aliases]\n"
		      "#loc = locals\n\n# Where sources are that were "
		      "somewhere else when they were compiled.\n"
		      "[substitute-path]\n#/build = /home/me\n");
}

struct error *config_save(const struct config *config,
			  const struct options *options, struct buf *out)
{
	struct options copy = *options, origins = config->origins;
	CLEANUP(free_cleanup) char *path = NULL;
	CLEANUP(buf_deinit) struct buf text = {0}, done = {0};
	struct error *err;
	size_t i;

	if ((err = config_edit_open(config, &path, &text)))
		return err;
	for (i = 0; i < ARRAY_LEN(flags); i++) {
		const char *value =
			flags[i].arg ? *field_of(&copy, &flags[i]) : "yes";

		const char *origin = *field_of(&origins, &flags[i]);

		if (!belongs(&flags[i], "") || !origin ||
		    strcmp(origin, "command line") != 0)
			continue;
		if (strchr(value, '\n'))
			return error_new(ERROR_USAGE,
					 "a --%s of several lines "
					 "cannot be saved",
					 flags[i].name);
		config_edit_set(&text, "", flags[i].name, value);
		buf_printf(&done, "%s = ", flags[i].name);
		text_plain(&done, value, strlen(value));
		buf_addc(&done, '\n');
	}
	if (!done.len)
		return error_hint(error_new(ERROR_USAGE, "nothing to save"),
				  "give flags: mapscope config -save --units "
				  "si");
	if ((err = config_edit_save(path, &text)))
		return err;
	buf_adds(out, buf_str(&done));
	buf_printf(out, "saved in %s\n", path);
	return NULL;
}

void config_list(const struct config *config, const struct options *options,
		 struct buf *out)
{
	struct options copy = *options, origins = config->origins;
	uint32_t line;
	size_t i;

	for (i = 0; i < ARRAY_LEN(flags); i++) {
		const char *value = *field_of(&copy, &flags[i]);

		if (!may_be_set(&flags[i]) || strcmp(flags[i].commands, "*"))
			continue;
		buf_printf(out, "%-16s %-20s %s\n", flags[i].name,
			   !value	  ? "-"
			   : flags[i].arg ? value
					  : "yes",
			   value && *field_of(&origins, &flags[i])
				   ? *field_of(&origins, &flags[i])
				   : "default");
	}
	for (line = 0; line < config->count; line++) {
		const struct config_line *l = &config->lines[line];
		CLEANUP(buf_deinit) struct buf plain = {0};

		if (!*l->section)
			continue;
		text_plain(&plain, l->value, strlen(l->value));
		buf_printf(out, "[%s] %s = %s  %s\n", l->section, l->key,
			   buf_str(&plain), l->origin);
	}
}
