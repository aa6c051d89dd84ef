#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/session/entry_table.h"
#include "tui/action.h"
#include "tui/cli.h"
#include "tui/commands/commands.h"
#include "tui/help.h"
#include "tui/output.h"

struct option_line {
	const char *name, *arg, *commands, *help;
	char letter;
};

static const struct option_line lines[] = {
#define OPTION(field, name, letter, arg, commands, help)                       \
	{name, arg, commands, help, letter},
	OPTION_TABLE(OPTION)
#undef OPTION
};

static void add_option(struct buf *out, const struct option_line *line)
{
	char left[64];

	snprintf(left, sizeof(left), "%s%c%s --%s%s%s",
		 line->letter ? "-" : " ", line->letter ? line->letter : ' ',
		 line->letter ? "," : " ", line->name,
		 line->arg && strncmp(line->arg, "[=", 2) != 0 ? " " : "",
		 line->arg ? line->arg : "");
	buf_printf(out, "  %-28s %s\n", left, line->help);
}

static void add_options(struct buf *out, const char *command)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(lines); i++)
		if (command ? text_has_word(lines[i].commands, command)
			    : !strcmp(lines[i].commands, "*"))
			add_option(out, &lines[i]);
}

static void add_overview(struct buf *out)
{
	size_t i;

	buf_adds(out,
		 "mapscope finds every map of a live Go process and shows what "
		 "holds it.\n\n"
		 "usage: mapscope [flags] TARGET          open the inspector\n"
		 "       mapscope COMMAND TARGET [flags]  print and leave\n\n"
		 "TARGET is a process id, a snapshot, a core file, or EXE "
		 "CORE.\n\n"
		 "commands:\n");
	for (i = 0; commands[i]; i++)
		buf_printf(out, "  %-12s %s\n", commands[i]->name,
			   commands[i]->help);
	buf_adds(out, "\nflags of every command:\n");
	add_options(out, NULL);
	buf_adds(out, "\nmapscope help COMMAND | keys | columns | filters | "
		      "exit-codes tells more.\n");
}

int help_command(const struct command *command)
{
	CLEANUP(buf_deinit) struct buf out = {0};
	struct cli cli = {0};
	struct error *err;

	if (command) {
		buf_printf(&out, "%s\n\nusage: mapscope %s\n\n", command->help,
			   command->usage);
		add_options(&out, command->name);
		add_options(&out, NULL);
	} else {
		add_overview(&out);
	}
	err = output_write(&out);
	return err ? cli_fail(&cli, err) : EXIT_OK;
}

static void add_columns(struct buf *out, const struct list_kind *kind)
{
	uint32_t i;

	buf_printf(out, "%s\n", kind->name);
	for (i = 0; i < kind->column_count; i++)
		buf_printf(out, "  %-10s %-9s %s\n", kind->columns[i].key,
			   kind->columns[i].title, kind->columns[i].help);
}

static void topic_columns(struct buf *out)
{
	add_columns(out, &map_list_kind);
	add_columns(out, &map_group_list_kind);
	add_columns(out, &entry_list_kind);
	add_columns(out, &entry_group_list_kind);
	add_columns(out, &finding_list_kind);
	buf_adds(out,
		 "\nflags: S sparse  T tombstones  E tiny or empty  G growing  "
		 "O old buckets kept\n       C long chain  c chain warning  "
		 "w write in progress  W torn  ? untyped  ! unreadable\n");
}

static void topic_filters(struct buf *out)
{
	buf_adds(out,
		 "A filter is a list of terms; space means and, | means or, "
		 "! negates a term.\n\n"
		 "  entries>1000        = != > >= < <= on numbers\n"
		 "  wait>1m             times: 90, 90s, 1m, 2h\n"
		 "  retained:1M..10M    a range, either end may be missing\n"
		 "  load<10%            shares in percent\n"
		 "  type~^map\\[string   regex; !~ for no match\n"
		 "  flag=S              any of the flags\n"
		 "  severity>=warn      ok, info, warn, high\n"
		 "  session             a bare word: regex on the owner\n\n"
		 "A regex ignores case unless it holds an upper-case letter.\n"
		 "Sizes take K M G T. Values with spaces: owner=\"a b\".\n");
}

static void topic_keys(struct buf *out)
{
	int i;

	for (i = 1; i < ACTION_COUNT; i++) {
		const struct action_info *info = action_info((enum action)i);

		buf_printf(out, "  %-16s %s\n", info->shown, info->help);
	}
	buf_adds(out, "\n`mapscope config sample` shows how to change "
		      "them.\n");
}

static void topic_exit_codes(struct buf *out)
{
	buf_adds(out, "0    success\n"
		      "1    runtime error\n"
		      "2    usage error, or no terminal for the interface\n"
		      "3    no such target, or it exited\n"
		      "4    permission denied\n"
		      "5    not a supported Go program\n"
		      "6    corrupt core or snapshot\n"
		      "7    partial result: the output is valid\n"
		      "8    name, address or expression not found\n"
		      "10   a --fail-on condition held\n"
		      "130  interrupted; the target was detached\n");
}

static const struct {
	const char *name;
	void (*add)(struct buf *out);
} topics[] = {
	{"keys", topic_keys},
	{"columns", topic_columns},
	{"filters", topic_filters},
	{"exit-codes", topic_exit_codes},
};

static int run(struct cli *cli)
{
	const char *what = cli_take_arg(cli);
	const struct command *command;
	size_t i;

	if (!what)
		return help_command(NULL);
	for (i = 0; i < ARRAY_LEN(topics); i++) {
		if (!strcmp(topics[i].name, what)) {
			CLEANUP(buf_deinit) struct buf out = {0};
			struct error *err;

			topics[i].add(&out);
			err = output_write(&out);
			return err ? cli_fail(cli, err) : EXIT_OK;
		}
	}
	command = command_find(what);
	if (command)
		return help_command(command);
	return cli_usage(cli, "no such command or topic");
}

const struct command help_entry = {
	.name = "help",
	.usage = "help [COMMAND|keys|columns|filters|exit-codes]",
	.help = "show help",
	.run = run,
};
