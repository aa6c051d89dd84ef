#include "core/session/report.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/session/render.h"
#include "core/session/snapshot.h"
#include "core/session/target_name.h"
#include "tui/commands/commands.h"
#include "tui/output.h"
#include "tui/work.h"

static struct error *parse_options(const struct cli *cli,
				   struct report_options *ret)
{
	const struct options *o = &cli->options;
	struct error *err;
	double top = 0;

	*ret = (struct report_options){
		.title = o->title,
		.path = o->output,
		.force = o->force != NULL,
	};
	if ((err = cli_redact_level(cli, REDACT_BASIC, &ret->redact)) ||
	    (o->format && (err = report_parse_format(o->format, ret))) ||
	    (o->include && (err = report_parse_include(o->include, ret))))
		return err;
	if (o->output && strlen(o->output) > 4 &&
	    !strcmp(o->output + strlen(o->output) - 4, ".zip"))
		ret->zip = true;
	if (o->top && (!parse_quantity(o->top, &top) || top < 1 || top > 1000))
		return error_new(ERROR_USAGE, "'%s' is no number of rows",
				 o->top);
	ret->top = (uint32_t)top;
	return NULL;
}

struct preparing {
	const struct session *session;
	const struct report_options *options;
	struct job job;
	struct report *report;
	struct error *err;
};

static void prepare(void *arg)
{
	struct preparing *p = arg;

	p->err = report_prepare(p->session, p->options, &p->job, &p->report);
}

/*
 * On a terminal a person is asked, but not about what is not redacted; in a
 * prompt the keys are somebody else's.
 */
static bool may_ask(const struct cli *cli, const struct report_options *options)
{
	return !cli->shared && !cli->options.json &&
	       options->redact != REDACT_NONE && isatty(STDIN_FILENO) &&
	       isatty(fileno(stderr));
}

static void ignore(int signal)
{
	(void)signal;
}

/* A signal is a no: the files that were made are deleted. */
static bool asked(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	const struct sigaction action = {.sa_handler = ignore};
	struct sigaction old[ARRAY_LEN(signals)];
	char line[16] = "";
	sigset_t mask;
	bool answered;
	size_t i;

	fputs("Write it? [y/N] ", stderr);
	for (i = 0; i < ARRAY_LEN(signals); i++)
		sigaction(signals[i], &action, &old[i]);
	work_block_signals(&mask, false);
	answered = fgets(line, sizeof(line), stdin) != NULL;
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	for (i = 0; i < ARRAY_LEN(signals); i++)
		sigaction(signals[i], &old[i], NULL);
	if (!answered)
		fputc('\n', stderr);
	return line[0] == 'y' || line[0] == 'Y';
}

/* Whether to write goes to *@p yes. */
static struct error *show_preview(const struct cli *cli,
				  const struct report *report,
				  const struct report_options *options,
				  bool *yes)
{
	CLEANUP(buf_deinit) struct buf out = {0};

	*yes = cli->options.yes != NULL;
	if (*yes && (cli->options.quiet || cli->options.json))
		return NULL;
	report_preview(report, &out);
	fputs(buf_str(&out), stderr);
	if (*yes)
		return NULL;
	if (may_ask(cli, options)) {
		*yes = asked();
		if (!*yes)
			fputs("Nothing was written.\n", stderr);
		return NULL;
	}
	return error_hint(error_new(ERROR_USAGE, "nothing was written"),
			  "--yes writes what is listed above");
}

static struct error *print_done(const struct cli *cli,
				const struct session *session,
				const struct report *report)
{
	CLEANUP(json_deinit) struct json json = {0};
	const char *path = report_path(report);
	const char *mapping = report_mapping_path(report);
	const struct report_file *files;
	size_t i, count;

	if (!cli->options.json) {
		buf_adds(&json.out, "wrote ");
		text_plain(&json.out, path, strlen(path));
		if (mapping) {
			buf_adds(&json.out, "\nkeep to yourself: ");
			text_plain(&json.out, mapping, strlen(mapping));
		}
		buf_addc(&json.out, '\n');
		return output_write(&json.out);
	}
	render_begin(&json, session, "reportfiles", cli_redact(cli));
	json_string(&json, "path", path);
	json_string(&json, "names", mapping);
	files = report_files(report, &count);
	json_open(&json, "files", '[');
	for (i = 0; i < count; i++) {
		json_open(&json, NULL, '{');
		json_string(&json, "name", files[i].name);
		json_u64(&json, "bytes", files[i].bytes);
		json_string(&json, "sha256", files[i].sha256);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	render_end(&json);
	return output_write(&json.out);
}

static struct error *write_report(const struct cli *cli,
				  const struct session *session,
				  const struct report_options *options)
{
	CLEANUP(report_cleanup) struct report *report = NULL;
	struct preparing p = {.session = session,
			      .options = options,
			      .job.parent = session_job(session)};
	int signal = work_run(prepare, &p, &p.job, work_progress(cli));
	struct error *err = p.err;
	bool yes;

	report = p.report;
	if (!err && signal)
		err = error_new(ERROR_CANCELLED, "nothing was written");
	if (err || (err = show_preview(cli, report, options, &yes)) || !yes)
		return err;
	if ((err = report_publish(report)))
		return err;
	return print_done(cli, session, report);
}

static struct error *open_base(const struct cli *cli, struct session **ret)
{
	struct session_options options;
	enum target_kind kind;
	struct error *err;
	pid_t pid;

	if ((err = cli_session_options(cli, &options)) ||
	    (err = target_name_parse(cli->options.base, &kind, &pid)))
		return err;
	if (kind != TARGET_NAME_SNAPSHOT)
		return error_new(ERROR_USAGE, "'%s' is no snapshot",
				 cli->options.base);
	return session_open_snapshot(cli->options.base, &options, NULL, ret);
}

static int run(struct cli *cli)
{
	struct session *session = NULL, *base = NULL;
	struct report_options options;
	struct error *err;
	sigset_t mask;
	int code;

	if ((err = parse_options(cli, &options)) ||
	    (cli->options.base && (err = open_base(cli, &base))) ||
	    (err = cli_open(cli, &session))) {
		session_free(base);
		return cli_fail(cli, err);
	}
	options.base = base;
	if (cli->options.suspect &&
	    (err = suspect_rows_parse(session, cli->options.suspect,
				      &options.suspects))) {
		session_free(session);
		session_free(base);
		return cli_fail(cli, err);
	}
	/* Signals wait until what was made is complete or gone. */
	work_block_signals(&mask, true);
	err = write_report(cli, session, &options);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	code = err ? cli_fail(cli, err) : cli_done(session);
	session_free(session);
	session_free(base);
	return code;
}

const struct command report_entry = {
	.name = "report",
	.usage = "report TARGET [--base SNAPSHOT] [--suspect LIST] [-o PATH] "
		 "[--format LIST] [--include LIST] [--yes]",
	.help = "a bug report: Markdown, HTML, JSON, profiles, snapshot",
	.run = run,
	.without_memory = true,
	.redacts_names = true,
};
