/* Shell completions, made from the command and option tables. */
#include <string.h>

#include "tui/commands/commands.h"
#include "tui/output.h"

static const struct {
	const char *name, *help, *arg;
} flags[] = {
#define OPTION(field, name, letter, arg, commands, help) {name, help, arg},
	OPTION_TABLE(OPTION)
#undef OPTION
};

/* What may stand alone completes as a switch. */
static bool takes_arg(size_t i)
{
	return flags[i].arg && flags[i].arg[0] != '[';
}

static void add_words(struct buf *out)
{
	size_t i;

	for (i = 0; commands[i]; i++)
		buf_printf(out, "%s ", commands[i]->name);
}

static void add_flags(struct buf *out)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(flags); i++)
		buf_printf(out, "--%s%s ", flags[i].name,
			   takes_arg(i) ? "=" : "");
}

/* Flags that take one of a few words. */
static const struct {
	const char *flag, *words;
} choices[] = {
	{"freeze", "copy stop nonstop fork"},
	{"units", "iec si bytes"},
	{"color", "auto always never"},
	{"redact", "none basic names full"},
	{"group", "owner type package none"},
	{"by", "object type package"},
	{"level", "stats maps full"},
	{"values", "none short full"},
	{"sample-index", "inuse_space inuse_objects alloc_space alloc_objects"},
};

/* Names of columns, which sort keys are too. */
static void add_columns(struct buf *out, const char *suffix)
{
	const struct list_kind *kind = &map_group_list_kind;
	uint32_t i;

	for (i = 0; i < kind->column_count; i++)
		buf_printf(out, "%s%s ", kind->columns[i].key, suffix);
}

static void add_bash_values(struct buf *out)
{
	size_t i;

	buf_adds(out, "\tlocal prev=${COMP_WORDS[COMP_CWORD-1]}\n"
		      "\t[[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD-2]}\n"
		      "\tcase $prev in\n");
	for (i = 0; i < ARRAY_LEN(choices); i++)
		buf_printf(out,
			   "\t--%s) COMPREPLY=($(compgen -W \"%s\" -- "
			   "\"${cur#=}\")); return ;;\n",
			   choices[i].flag, choices[i].words);
	buf_adds(out, "\t--sort|--columns) COMPREPLY=($(compgen -W \"");
	add_columns(out, "");
	buf_adds(out, "\" -- \"${cur#=}\")); return ;;\n"
		      "\tcompletion) COMPREPLY=($(compgen -W \"bash zsh fish\" "
		      "-- \"$cur\")); return ;;\n"
		      "\thelp) COMPREPLY=($(compgen -W \"keys columns filters "
		      "exit-codes ");
	add_words(out);
	buf_adds(out, "\" -- \"$cur\")); return ;;\n\tesac\n");
}

static void add_bash(struct buf *out)
{
	buf_adds(out, "_mapscope() {\n"
		      "\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n");
	add_bash_values(out);
	buf_adds(out, "\tcase $cur in\n"
		      "\t-*) COMPREPLY=($(compgen -W \"");
	add_flags(out);
	buf_adds(out, "\" -- \"$cur\")); compopt -o nospace ;;\n"
		      "\t[0-9]*) COMPREPLY=($(compgen -W \"$(mapscope ps "
		      "--no-header 2>/dev/null | awk '{print $1}')\" -- "
		      "\"$cur\")) ;;\n"
		      "\t*) COMPREPLY=($(compgen -f -W \"");
	add_words(out);
	buf_adds(out, "\" -- \"$cur\")) ;;\n\tesac\n}\n"
		      "complete -F _mapscope mapscope\n");
}

/* "a b"; "" if the flag takes anything. */
static const char *words_of(const char *flag)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(choices); i++)
		if (!strcmp(choices[i].flag, flag))
			return choices[i].words;
	return "";
}

static void add_zsh(struct buf *out)
{
	size_t i;

	buf_adds(out, "#compdef mapscope\n_arguments \\\n");
	for (i = 0; i < ARRAY_LEN(flags); i++)
		buf_printf(out, "\t'--%s%s[%s]%s%s%s%s' \\\n", flags[i].name,
			   takes_arg(i) ? "=" : "", flags[i].help,
			   takes_arg(i) ? ":value:" : "",
			   *words_of(flags[i].name) ? "(" : "",
			   words_of(flags[i].name),
			   *words_of(flags[i].name) ? ")" : "");
	buf_adds(out, "\t'1:command or target:(");
	add_words(out);
	buf_adds(out, ")' '*:argument:_files'\n");
}

static void add_fish(struct buf *out)
{
	size_t i;

	for (i = 0; commands[i]; i++)
		buf_printf(out,
			   "complete -c mapscope -n __fish_use_subcommand -a "
			   "%s -d \"%s\"\n",
			   commands[i]->name, commands[i]->help);
	for (i = 0; i < ARRAY_LEN(flags); i++)
		buf_printf(out, "complete -c mapscope -l %s%s -d \"%s\"\n",
			   flags[i].name, takes_arg(i) ? " -r" : "",
			   flags[i].help);
	for (i = 0; i < ARRAY_LEN(choices); i++)
		buf_printf(out, "complete -c mapscope -l %s -x -a \"%s\"\n",
			   choices[i].flag, choices[i].words);
}

static int run(struct cli *cli)
{
	static const struct {
		const char *name;
		void (*add)(struct buf *out);
	} shells[] = {{"bash", add_bash}, {"zsh", add_zsh}, {"fish", add_fish}};
	const char *which = cli_take_arg(cli);
	size_t i;

	for (i = 0; which && i < ARRAY_LEN(shells); i++) {
		if (!strcmp(shells[i].name, which)) {
			CLEANUP(buf_deinit) struct buf out = {0};
			struct error *err;

			shells[i].add(&out);
			err = output_write(&out);
			return err ? cli_fail(cli, err) : EXIT_OK;
		}
	}
	return cli_usage(cli, "which shell? bash, zsh or fish");
}

const struct command completion_entry = {
	.name = "completion",
	.usage = "completion bash|zsh|fish",
	.help = "print shell completions",
	.run = run,
};
