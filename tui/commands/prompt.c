/* prompt and eval: delve's read-only commands, typed or from a script. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/render.h"
#include "tui/commands/commands.h"
#include "tui/output.h"
#include "tui/prompt/prompt.h"

enum { COMMANDS_MAX = 256 };

struct script {
	struct cli *cli;
	struct shell shell;
	const char *target[2]; /* to open it again */
	const char *commands[COMMANDS_MAX];
	const char *files[COMMANDS_MAX]; /* parallel: one of both is set */
	unsigned count;
	bool keep_going;
	int code; /* of the first error */
};

/* "mapscope is read-only: ..." */
static bool is_own(const char *message)
{
	return !strncmp(message, "mapscope ", 9);
}

int prompt_fail(const struct shell *shell, struct error *err)
{
	CLEANUP(buf_deinit) struct buf line = {0};
	CLEANUP(json_deinit) struct json json = {0};
	int code = exit_code_of(err);

	fflush(stdout);
	text_plain(&line, err->message, strlen(err->message));
	if (err->hint) {
		buf_adds(&line, "\n  ");
		text_plain(&line, err->hint, strlen(err->hint));
	}
	fprintf(stderr, "%s%s\n",
		is_own(buf_str(&line)) ? "" : "mapscope: ", buf_str(&line));
	if (shell->transcript)
		fprintf(shell->transcript, "mapscope: %s\n", buf_str(&line));
	if (shell->json) {
		render_error(&json, code, err);
		error_free(output_write(&json.out));
	}
	error_free(err);
	return code;
}

static struct error *write_out(void *arg, struct buf *out)
{
	struct error *err = output_write(out);

	(void)arg;
	return err ? err : output_close();
}

/* The same target with the same options once more. */
static struct error *resample(void *arg, struct session **ret)
{
	struct script *s = arg;
	struct cli cli = *s->cli;
	struct session *old = s->shell.session;
	struct session_info info;

	session_info(old, &info);
	if (strcmp(info.kind, "live") != 0)
		return error_new(ERROR_USAGE,
				 "only a live process can be sampled again");
	/* One tracer at a time. */
	session_continue(old);
	cli.args = s->target;
	cli.arg_count = s->target[1] ? 2 : 1;
	cli.next_arg = 0;
	return cli_open(&cli, ret);
}

/* True to go on. */
static bool run_line(struct script *s, const char *line)
{
	struct error *err = shell_run(&s->shell, line);
	struct error *flush = shell_flush_all(&s->shell);
	int code;

	if (!err) {
		err = flush;
	} else {
		error_free(flush);
	}
	if (!err)
		return !s->shell.quit;
	code = prompt_fail(&s->shell, err);
	if (!s->code)
		s->code = code;
	return s->keep_going;
}

static bool run_stream(struct script *s, FILE *f)
{
	CLEANUP(free_cleanup) char *line = NULL;
	bool more = true;
	size_t room = 0;

	while (more && getline(&line, &room, f) > 0)
		more = run_line(s, line);
	return more;
}

static bool run_file(struct script *s, const char *path)
{
	FILE *f = fopen(path, "re");
	bool more;

	if (!f) {
		s->code = prompt_fail(
			&s->shell, error_os(errno, "cannot open '%s'", path));
		return false;
	}
	more = run_stream(s, f);
	fclose(f);
	return more;
}

static struct error *parse(struct script *s)
{
	const char *arg, *value;

	while ((arg = cli_take_arg(s->cli))) {
		bool file = !strcmp(arg, "-x");

		if (!strcmp(arg, "-k")) {
			s->keep_going = true;
			continue;
		}
		if (!file && strcmp(arg, "-e") != 0)
			return error_new(ERROR_USAGE, "prompt has no '%s'",
					 arg);
		value = cli_take_arg(s->cli);
		if (!value || s->count == COMMANDS_MAX)
			return error_new(ERROR_USAGE, "'%s' needs a %s", arg,
					 file ? "file" : "command");
		*(file ? &s->files[s->count] : &s->commands[s->count]) = value;
		s->count++;
	}
	return NULL;
}

static int run_script(struct script *s)
{
	bool more = true;
	unsigned i;

	if (!s->count && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		return prompt_interact(&s->shell);
	for (i = 0; i < s->count && more; i++)
		more = s->files[i] ? run_file(s, s->files[i])
				   : run_line(s, s->commands[i]);
	if (!s->count)
		run_stream(s, stdin);
	return s->code;
}

static struct error *start(struct script *s, int first)
{
	CLEANUP(buf_deinit) struct buf warnings = {0};
	struct session *session = NULL;
	struct error *err;
	int i;

	if ((err = cli_open(s->cli, &session)))
		return err;
	for (i = 0; i < 2 && first + i < s->cli->next_arg; i++)
		s->target[i] = s->cli->args[first + i];
	shell_init(&s->shell, session);
	s->shell.cli = s->cli;
	s->shell.json = s->cli->options.json != NULL;
	s->shell.limits.redact = cli_redact(s->cli);
	s->shell.flush = write_out;
	s->shell.resample = resample;
	s->shell.resample_arg = s;
	settings_load(&s->shell, s->cli->config, &warnings);
	fputs(buf_str(&warnings), stderr);
	return parse(s);
}

static int run(struct cli *cli)
{
	struct script s = {.cli = cli};
	struct error *err = start(&s, cli->next_arg);
	int code;

	if (err)
		code = cli_fail(cli, err);
	else
		code = run_script(&s);
	if (!code && s.shell.session)
		code = cli_done(s.shell.session);
	session_free(s.shell.session);
	shell_deinit(&s.shell);
	return code;
}

const struct command prompt_entry = {
	.name = "prompt",
	.usage = "prompt TARGET [-e COMMAND]... [-x FILE]... [-k]",
	.help = "delve's read-only commands and our own; scripts on stdin",
	.dashes = true,
	.run = run,
	.without_memory = true,
};
const struct command eval_entry = {
	.name = "eval",
	.usage = "eval TARGET -e COMMAND... | -x FILE [-k]",
	.help = "the same: commands of the prompt, without a terminal",
	.dashes = true,
	.run = run,
	.without_memory = true,
};
