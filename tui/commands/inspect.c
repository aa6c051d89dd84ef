/*
 * goroutines, stack, locals, args and vars of the command line: the prompt's
 * commands with -g ID and -f N in front of what is theirs.
 */
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "tui/commands/commands.h"
#include "tui/output.h"
#include "tui/prompt/shell.h"

static struct error *write_out(void *arg, struct buf *out)
{
	(void)arg;
	return output_write(out);
}

static struct error *select_goroutine(struct shell *shell, const char *text)
{
	uint64_t id;
	uint32_t index = UINT32_MAX;

	if (!text || !shell_number(text, &id) || id > INT64_MAX)
		return error_new(ERROR_USAGE, "-g needs a goroutine's id");
	index = session_goroutine_find(shell->session, (int64_t)id);
	if (index == UINT32_MAX)
		return error_hint(
			error_new(ERROR_NOT_FOUND, "no goroutine %s", text),
			"mapscope goroutines lists them");
	shell->goroutine = index;
	return NULL;
}

static struct error *select_frame(struct shell *shell, const char *text)
{
	uint64_t frame;

	if (!text || !shell_number(text, &frame) || frame > UINT32_MAX)
		return error_new(ERROR_USAGE, "-f needs a frame's number");
	shell->frame = (uint32_t)frame;
	return NULL;
}

/* What is not -g ID or -f N is one line for the prompt's command. */
static struct error *collect(struct cli *cli, struct shell *shell, bool selects,
			     struct buf *line)
{
	/* The quotes around it are gone already. */
	bool as_it_is = cli->command == &print_entry ||
			cli->command == &whatis_entry ||
			cli->command == &examinemem_entry;
	struct error *err = NULL;

	const char *arg;

	while (!err && (arg = cli_take_arg(cli))) {
		if (selects && !strcmp(arg, "-g"))
			err = select_goroutine(shell, cli_take_arg(cli));
		else if (selects && !strcmp(arg, "-f"))
			err = select_frame(shell, cli_take_arg(cli));
		else
			buf_printf(line,
				   as_it_is || !strpbrk(arg, " \t") ? " %s"
								    : " '%s'",
				   arg);
		/* A command of the prompt is behind it. */
		as_it_is |= !strcmp(arg, "-exec");
	}
	return err;
}

static struct error *run_line(struct cli *cli, struct session *session)
{
	CLEANUP(buf_deinit) struct buf line = {0};
	CLEANUP(shell_deinit) struct shell shell = {0};
	bool selects = cli->command != &goroutines_entry &&
		       cli->command != &vars_entry;
	struct error *err;

	shell_init(&shell, session);
	shell.json = cli->options.json != NULL;
	shell.limits.redact = cli_redact(cli);
	shell.flush = write_out;
	buf_adds(&line, cli->command->name);
	if ((err = collect(cli, &shell, selects, &line)) ||
	    (err = shell_run(&shell, buf_str(&line))))
		return err;
	return output_write(&shell.out);
}

static int run(struct cli *cli)
{
	struct session *session = NULL;
	struct error *err;
	int code;

	if ((err = cli_open(cli, &session)))
		return cli_fail(cli, err);
	err = run_line(cli, session);
	code = err ? cli_fail(cli, err) : cli_done(session);
	session_free(session);
	return code;
}

const struct command goroutines_entry = {
	.name = "goroutines",
	.usage = "goroutines TARGET [-u|-r|-g|-s] [-t [N]] [-l] [-maps] "
		 "[-with|-without WHAT] [-group WHAT] [-chan EXPR] "
		 "[-exec COMMAND]",
	.help = "list goroutines: where they are, why they wait",
	.dashes = true,
	.run = run,
	.without_memory = true,
};
const struct command stack_entry = {
	.name = "stack",
	.usage = "stack TARGET [-g ID] [N] [-full] [-offsets] [-defer] [-a N] "
		 "[-adepth N] [-mode normal|simple|fromg]",
	.help = "frames of a goroutine, inlined calls too",
	.dashes = true,
	.run = run,
	.without_memory = true,
};
const struct command locals_entry = {
	.name = "locals",
	.usage = "locals TARGET [-g ID] [-f N] [-v] [RE]",
	.help = "local variables of a frame",
	.dashes = true,
	.run = run,
};
const struct command args_entry = {
	.name = "args",
	.usage = "args TARGET [-g ID] [-f N] [-v] [RE]",
	.help = "arguments and results of a frame",
	.dashes = true,
	.run = run,
};
const struct command vars_entry = {
	.name = "vars",
	.usage = "vars TARGET [-v] [RE]",
	.help = "package variables",
	.dashes = true,
	.run = run,
};
const struct command print_entry = {
	.name = "print",
	.usage = "print TARGET [-g ID] [-f N] [%FORMAT] EXPR",
	.help = "value of an expression: 'main.cache[\"k\"].Items[3]'",
	.dashes = true,
	.run = run,
};
const struct command whatis_entry = {
	.name = "whatis",
	.usage = "whatis TARGET [-g ID] [-f N] EXPR|TYPE",
	.help = "type of an expression",
	.dashes = true,
	.run = run,
};
const struct command examinemem_entry = {
	.name = "examinemem",
	.usage = "examinemem TARGET [-fmt F] [-count N] [-size N] ADDR|-x EXPR",
	.help = "memory at an address",
	.dashes = true,
	.run = run,
};
