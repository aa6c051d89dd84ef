/*
 * The man page: prose from tui/share/mapscope.1.head and .tail is joined at
 * build time with what this prints of the command and option tables, so that
 * page, help and parser cannot disagree.
 */
#include <stdio.h>
#include <string.h>

#include "tui/action.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

static const struct {
	const char *name, *arg, *commands, *help;
	char letter;
} flags[] = {
#define OPTION(field, name, letter, arg, commands, help)                       \
	{name, arg, commands, help, letter},
	OPTION_TABLE(OPTION)
#undef OPTION
};

/* A hyphen that is to be typed is \- in a man page. */
static void add_escaped(struct buf *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '\\')
			buf_adds(out, "\\e");
		else if (*s == '-')
			buf_adds(out, "\\-");
		else
			buf_addc(out, *s);
	}
}

static void add_commands(struct buf *out)
{
	size_t i;

	buf_adds(out, ".SH COMMANDS\n");
	for (i = 0; commands[i]; i++) {
		buf_adds(out, ".TP\n.B mapscope ");
		add_escaped(out, commands[i]->usage);
		buf_addc(out, '\n');
		add_escaped(out, commands[i]->help);
		buf_adds(out, ".\n");
	}
}

static void add_options(struct buf *out)
{
	size_t i;

	buf_adds(out, ".SH OPTIONS\n");
	for (i = 0; i < ARRAY_LEN(flags); i++) {
		buf_adds(out, ".TP\n.B ");
		if (flags[i].letter)
			buf_printf(out, "\\-%c, ", flags[i].letter);
		buf_adds(out, "\\-\\-");
		add_escaped(out, flags[i].name);
		if (flags[i].arg)
			buf_printf(out, " %s", flags[i].arg);
		buf_addc(out, '\n');
		add_escaped(out, flags[i].help);
		if (strcmp(flags[i].commands, "*") != 0)
			buf_printf(out, " (%s)", flags[i].commands);
		buf_adds(out, ".\n");
	}
}

static void add_keys(struct buf *out)
{
	int i;

	buf_adds(out, ".SH KEYS\n");
	for (i = 1; i < ACTION_COUNT; i++) {
		const struct action_info *info = action_info((enum action)i);

		buf_adds(out, ".TP\n.B \"");
		add_escaped(out, info->shown);
		buf_adds(out, "\"\n");
		add_escaped(out, info->help);
		buf_addc(out, '\n');
	}
}

static int run(struct cli *cli)
{
	CLEANUP(buf_deinit) struct buf out = {0};
	struct error *err;

	add_commands(&out);
	add_options(&out);
	add_keys(&out);
	err = output_write(&out);
	return err ? cli_fail(cli, err) : EXIT_OK;
}

const struct command man_entry = {
	.name = "man",
	.usage = "man",
	.help = "print the generated part of the man page",
	.run = run,
};
