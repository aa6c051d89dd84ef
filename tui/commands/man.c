/*
 * The man page: prose from tui/share/mapscope.1.head and .tail is joined at
 * build time with what this prints of the command and option tables, so that
 * page, help and parser cannot disagree.
 */
#include <stdio.h>
#include <string.h>

#include "tui/action.h"
#include "core/session/snapshot.h"
#include "tui/commands/commands.h"
#include "tui/output.h"
#include "tui/prompt/shell.h"

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
			buf_printf(out, "%s%s",
				   !strncmp(flags[i].arg, "[=", 2) ? "" : " ",
				   flags[i].arg);
		buf_addc(out, '\n');
		add_escaped(out, flags[i].help);
		if (strcmp(flags[i].commands, "*") != 0)
			buf_printf(out, " (%s)", flags[i].commands);
		buf_adds(out, ".\n");
	}
}

/* "goroutines, grs [-u|-r|-g|-s] ..." */
static void add_prompt(struct buf *out)
{
	const struct shell_command *c;
	const char *p;

	buf_adds(out, ".SH PROMPT COMMANDS\n");
	for (c = shell_commands; c->name; c++) {
		buf_adds(out, ".TP\n.B ");
		add_escaped(out, c->name);
		for (p = c->aliases; *p; p++) {
			if (p == c->aliases || *p == ' ')
				buf_adds(out, ", ");
			if (*p != ' ')
				buf_addc(out, *p);
		}
		buf_addc(out, ' ');
		add_escaped(out, c->args);
		buf_addc(out, '\n');
		add_escaped(out, c->help);
		if (c->cli) {
			buf_adds(out, " (flags as of mapscope ");
			add_escaped(out, c->cli);
			buf_addc(out, ')');
		}
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

/* Columns are set off by commas, as they are typed in a query. */
static void add_snapshots(struct buf *out)
{
	const struct snapshot_table *t;
	const char *p;

	buf_adds(out,
		 ".SH SNAPSHOTS\n"
		 "A snapshot is a SQLite database with application_id "
		 "0x6d736e70; user_version 1 is the version of its schema. "
		 "Integers are bytes, nanoseconds or addresses (negative from "
		 "2^63 on); NULL is unknown. Columns that are called as a "
		 "table is are its id.\n.PP\n.nf\n"
		 "    sqlite3 a.msnap 'select * from top_owners limit 10'\n"
		 "    sqlite3 a.msnap 'select name, count(*) from frame\n"
		 "        join function on id = function group by 1 order by "
		 "2'\n"
		 ".fi\n");
	for (t = snapshot_tables; t->name; t++) {
		buf_printf(out, ".TP\n.BR %s \" (from level %s)\"\n", t->name,
			   snapshot_level_name(t->level));
		for (p = t->columns; *p; p++) {
			if (*p == ' ')
				buf_addc(out, ',');
			buf_addc(out, *p);
		}
		buf_adds(out, ".\n.br\n");
		add_escaped(out, t->help);
		buf_adds(out, ".\n");
	}
}

static int run(struct cli *cli)
{
	CLEANUP(buf_deinit) struct buf out = {0};
	struct error *err;

	add_commands(&out);
	add_options(&out);
	add_snapshots(&out);
	add_keys(&out);
	add_prompt(&out);
	err = output_write(&out);
	return err ? cli_fail(cli, err) : EXIT_OK;
}

const struct command man_entry = {
	.name = "man",
	.usage = "man",
	.help = "print the generated part of the man page",
	.run = run,
};
