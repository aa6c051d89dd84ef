#include <string.h>
#include <unistd.h>

#include "tui/app.h"
#include "tui/commands/commands.h"
#include "tui/config.h"
#include "tui/term_curses.h"

/* Nobody waits for the end of a command here: images may grow older. */
static const uint64_t INTERFACE_MAX_AGE_NS = 600000000000;

static const uint64_t LEAST_EVERY_NS = 1000000000;

static struct error *parse_app(struct cli *cli, struct app_options *ret)
{
	const char *color = cli->options.color;
	struct error *err;

	*ret = (struct app_options){
		.ascii = cli->options.ascii != NULL,
		.redact = cli_redact(cli),
		.config = cli->config,
		.init = cli->options.init,
		.color = !color			    ? 0
			 : !strcmp(color, "always") ? 1
			 : !strcmp(color, "never")  ? 2
						    : 0,
	};
	if (cli->options.every &&
	    (!parse_duration(cli->options.every, &ret->every_ns) ||
	     ret->every_ns < LEAST_EVERY_NS))
		return error_new(ERROR_USAGE, "--every is a time from 1s on");
	err = cli_parse_target(cli, &ret->pid, &ret->exe, &ret->core,
			       &ret->session);
	if (!err && !cli->options.max_age)
		ret->session.max_age_ns = INTERFACE_MAX_AGE_NS;
	return err;
}

/* Of two targets the first is the base of the Diff screen. */
static struct error *parse_base(struct cli *cli, struct app_options *app)
{
	if (cli->next_arg >= cli->arg_count)
		return NULL;
	app->base_pid = app->pid;
	app->base_exe = app->exe;
	app->base_core = app->core;
	return cli_parse_target(cli, &app->pid, &app->exe, &app->core,
				&app->session);
}

static bool has_base(struct cli *cli)
{
	struct app_options app;
	int next = cli->next_arg;
	struct error *err = parse_app(cli, &app);
	bool more = !err && cli->next_arg < cli->arg_count;

	error_free(err);
	cli->next_arg = next;
	return more;
}

/* Without a terminal the Overview is printed instead. */
static int run(struct cli *cli)
{
	struct session *session = NULL;
	struct app_options app;
	struct error *err;
	const char *why = NULL;
	int code;

	if (!cli->options.json && term_usable(&why)) {
		err = parse_app(cli, &app);
		if (!err && cli->command == &open_entry)
			err = parse_base(cli, &app);
		if (err)
			return cli_fail(cli, err);
		config_interface(cli->config);
		return app_run(&app);
	}
	if (why && isatty(STDOUT_FILENO) && isatty(STDIN_FILENO))
		return cli_fail(cli,
				error_hint(error_new(ERROR_USAGE,
						     "no interface: %s", why),
					   "mapscope maps prints the same"));
	if (cli->command == &open_entry && has_base(cli))
		return diff_entry.run(cli);
	if ((err = cli_open(cli, &session)))
		return cli_fail(cli, err);
	err = overview_print(cli, session);
	code = err ? cli_fail(cli, err) : cli_done(session);
	session_free(session);
	return code;
}

const struct command attach_entry = {
	.name = "attach",
	.usage = "attach PID | EXE CORE | CORE [--every TIME] [--init FILE]",
	.help = "open the inspector (also without the word)",
	.run = run,
	.without_memory = true,
};

const struct command open_entry = {
	.name = "open",
	.usage = "open FILE.msnap [FILE2.msnap | PID] [--exe FILE]",
	.help = "open the inspector on a snapshot; on two: what changed",
	.run = run,
	.without_memory = true,
};

const struct command core_entry = {
	.name = "core",
	.usage = "core EXE CORE | CORE",
	.help = "open the inspector on a core file",
	.run = run,
	.without_memory = true,
};
