/* Open the target of a command. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/session/machine.h"
#include "core/session/snapshot.h"
#include "core/session/target_name.h"
#include "tui/cli.h"
#include "tui/config.h"
#include "tui/work.h"

static const uint64_t WAIT_INTERVAL_NS = 10000000;

struct opening {
	enum target_kind kind;
	pid_t pid;
	const char *exe, *core;
	struct session_options options;
	struct job job;
	struct session *session;
	struct error *err;
};

static void open_main(void *arg)
{
	struct opening *o = arg;

	if (o->kind == TARGET_NAME_PID)
		o->err = session_open_live(o->pid, &o->options, &o->job,
					   &o->session);
	else
		o->err = session_open_file(o->exe, o->core, &o->options,
					   &o->job, &o->session);
}

static struct error *run(struct opening *o, bool progress, int *signal_ret)
{
	*signal_ret = work_run(open_main, o, &o->job, progress);
	return o->err;
}

static struct error *run_or_exit(struct opening *o, bool progress)
{
	int asked;
	struct error *err = run(o, progress, &asked);

	if (asked) {
		session_free(o->session);
		error_free(err);
		exit(128 + asked);
	}
	return err;
}

struct error *cli_open_pid(const struct cli *cli, pid_t pid,
			   const struct session_options *options,
			   int *signal_ret, struct session **ret)
{
	struct opening o = {
		.kind = TARGET_NAME_PID, .pid = pid, .options = *options};
	bool progress = work_progress(cli);
	struct error *err = run(&o, progress, signal_ret);

	*ret = err ? NULL : o.session;
	return err;
}

/* A time as delve takes it: a bare number counts @p unit. */
static struct error *waiting_time(const char *text, uint64_t unit,
				  uint64_t *ret)
{
	if (!text)
		return NULL;
	if (!text[strspn(text, "0123456789")])
		*ret = strtoull(text, NULL, 10) * unit;
	else if (!parse_duration(text, ret))
		return error_new(ERROR_USAGE, "'%s' is not a time", text);
	return NULL;
}

static struct error *wait_for(const struct options *options, pid_t *pid_ret)
{
	uint64_t interval = WAIT_INTERVAL_NS, duration = 0;
	struct error *err;

	if ((err = waiting_time(options->waitfor_interval, 1000000,
				&interval)) ||
	    (err = waiting_time(options->waitfor_duration, 1000000000,
				&duration)))
		return err;
	return machine_wait(options->waitfor, interval ? interval : 1, duration,
			    pid_ret);
}

static struct error *parse_target(struct cli *cli, struct opening *o)
{
	const char *text, *second;
	enum target_kind kind;
	struct error *err;

	if (cli->options.waitfor) {
		o->kind = TARGET_NAME_PID;
		return wait_for(&cli->options, &o->pid);
	}
	text = cli_take_arg(cli);
	if (!text)
		return error_hint(error_new(ERROR_USAGE, "no target"),
				  "usage: mapscope %s", cli->command->usage);
	if ((err = target_name_parse(text, &o->kind, &o->pid)))
		return err;
	if (o->kind == TARGET_NAME_PID)
		return NULL;
	if (o->kind == TARGET_NAME_CORE || o->kind == TARGET_NAME_SNAPSHOT) {
		o->core = text;
		return NULL;
	}
	o->exe = text;
	second = cli_take_arg(cli);
	if (!second)
		return error_hint(
			error_new(ERROR_USAGE,
				  "'%s' is an executable; which core?", text),
			"give EXE CORE, or the process id");
	if ((err = target_name_parse(second, &kind, &o->pid)))
		return err;
	if (kind != TARGET_NAME_CORE && kind != TARGET_NAME_SNAPSHOT)
		return error_new(ERROR_CORRUPT,
				 "'%s' is neither a core nor a snapshot",
				 second);
	o->core = second;
	return NULL;
}

struct error *cli_parse_target(struct cli *cli, pid_t *pid_ret,
			       const char **exe_ret, const char **core_ret,
			       struct session_options *options_ret)
{
	struct opening o = {0};
	struct error *err;

	if ((err = cli_session_options(cli, options_ret)) ||
	    (err = parse_target(cli, &o)))
		return err;
	*pid_ret = o.pid;
	*exe_ret = o.exe;
	*core_ret = o.core;
	return NULL;
}

/* Exit code 7 alone does not tell a person what is missing. */
static void tell_partial(const struct session *session)
{
	struct session_info info;
	size_t i;

	session_info(session, &info);
	for (i = 0; !info.complete && i < info.warning_count; i++) {
		CLEANUP(buf_deinit) struct buf text = {0};

		text_plain(&text, info.warnings[i], strlen(info.warnings[i]));
		fprintf(stderr, "mapscope: partial: %s\n", buf_str(&text));
	}
}

struct error *cli_open(struct cli *cli, struct session **ret)
{
	struct opening o = {0};
	bool progress = work_progress(cli);
	struct error *err;

	o.session = cli->shared;
	if (o.session)
		session_hold(o.session);
	else if ((err = cli_session_options(cli, &o.options)) ||
		 (err = parse_target(cli, &o)) ||
		 (err = run_or_exit(&o, progress)))
		return err;
	if (!session_has_memory(o.session) && !cli->command->without_memory) {
		session_free(o.session);
		return error_hint(
			error_new(ERROR_USAGE,
				  "`%s` needs the target's memory, which this "
				  "snapshot does not hold",
				  cli->command->name),
			"only `mapscope snapshot --level full` keeps it; its "
			"binary may have to be named with --exe");
	}
	if (!cli->shared) {
		config_accept(cli->config, o.session);
		tell_partial(o.session);
	}
	*ret = o.session;
	return NULL;
}
