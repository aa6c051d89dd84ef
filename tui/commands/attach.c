#include <unistd.h>

#include "tui/commands/commands.h"

/* Without a terminal the Overview is printed instead. */
static int run(struct cli *cli)
{
	struct session *session = NULL;
	struct error *err;
	int code;

	if ((err = cli_open(cli, &session)))
		return cli_fail(cli, err);
	err = overview_print(cli, session);
	code = err ? cli_fail(cli, err) : cli_done(session);
	session_free(session);
	return code;
}

const struct command attach_entry = {
	.name = "attach",
	.usage = "attach PID | EXE CORE | CORE",
	.help = "open the inspector (also without the word)",
	.run = run,
};

const struct command core_entry = {
	.name = "core",
	.usage = "core EXE CORE | CORE",
	.help = "open the inspector on a core file",
	.run = run,
};
