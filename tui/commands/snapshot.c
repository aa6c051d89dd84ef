#include "core/session/snapshot.h"

#include <string.h>
#include <sys/stat.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/render.h"
#include "tui/commands/commands.h"
#include "tui/output.h"
#include "tui/work.h"

/* How the memory is compressed, which only level full holds. */
static struct error *parse_compress(const struct cli *cli,
				    struct snapshot_options *ret)
{
	const char *how = cli->options.compress;
	double level;

	if (!how)
		return NULL;
	if (ret->level != SNAPSHOT_FULL || cli->options.elf)
		return error_new(ERROR_USAGE, "only a snapshot of --level full "
					      "holds memory to compress");
	if (!strcmp(how, "none"))
		ret->compress = -1;
	else if (parse_quantity(how, &level) && level >= 1 && level <= 19)
		ret->compress = (int)level;
	else if (strcmp(how, "zstd") != 0)
		return error_hint(
			error_new(ERROR_USAGE, "compress by '%s'?", how),
			"--compress is zstd, a level of it from 1 to "
			"19, or none");
	return NULL;
}

static struct error *parse_options(const struct cli *cli,
				   struct redactor *redactor,
				   struct snapshot_options *ret)
{
	const struct options *o = &cli->options;
	enum redact_level usual;
	struct error *err;

	*ret = (struct snapshot_options){.level = SNAPSHOT_MAPS,
					 .force = o->force != NULL,
					 .redactor = redactor};
	if (!o->output)
		return error_hint(error_new(ERROR_USAGE, "write what file?"),
				  "usage: mapscope %s", cli->command->usage);
	if (o->level && !snapshot_level_parse(o->level, &ret->level))
		return error_hint(
			error_new(ERROR_USAGE, "no level '%s'", o->level),
			"--level is stats, maps or full");
	usual = ret->level == SNAPSHOT_FULL ? REDACT_NONE : REDACT_BASIC;
	if ((err = cli_redact_level(cli, usual, &redactor->level)))
		return err;
	if ((err = parse_compress(cli, ret)))
		return err;
	if (ret->level != SNAPSHOT_FULL || redactor->level == REDACT_NONE)
		return NULL;
	return error_hint(error_new(ERROR_USAGE,
				    "level 'full' holds the memory as it is: "
				    "it cannot be redacted"),
			  "--level maps and --level stats hold no data");
}

static uint64_t file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) ? UINT64_MAX : (uint64_t)st.st_size;
}

static const char *level_text(const struct cli *cli,
			      const struct snapshot_options *options)
{
	return cli->options.elf ? "core" : snapshot_level_name(options->level);
}

static struct error *print_done(const struct cli *cli,
				const struct session *session,
				const struct snapshot_options *options)
{
	CLEANUP(json_deinit) struct json json = {0};
	const char *path = cli->options.output;
	uint64_t size = file_size(path);

	if (!cli->options.json) {
		if (cli->options.quiet)
			return NULL;
		buf_adds(&json.out, "wrote ");
		text_plain(&json.out, path, strlen(path));
		buf_adds(&json.out, ": ");
		text_size(&json.out, size);
		buf_printf(&json.out, ", %s\n", level_text(cli, options));
		return output_write(&json.out);
	}
	render_begin(&json, session, "snapshot", cli_redact(cli));
	json_open(&json, "snapshot", '{');
	json_string(&json, "file", path);
	json_string(&json, "level", level_text(cli, options));
	json_u64_or_null(&json, "bytes", size);
	json_close(&json, '}');
	render_end(&json);
	return output_write(&json.out);
}

struct saving {
	const struct cli *cli;
	const struct session *session;
	const struct snapshot_options *options;
	struct job job;
	struct error *err;
};

static void save(void *arg)
{
	struct saving *s = arg;
	const char *path = s->cli->options.output;

	if (s->cli->options.elf)
		s->err = snapshot_write_core(s->session, path,
					     s->options->force, &s->job);
	else
		s->err = snapshot_write(s->session, path, s->options, &s->job);
}

/* What pseudonyms stand for, beside the snapshot: it is not to go with it. */
static struct error *write_names(const struct cli *cli,
				 const struct redactor *redactor)
{
	CLEANUP(free_cleanup)
	char *path = xasprintf("%s.names.txt", cli->options.output);

	if (redactor->level < REDACT_NAMES || cli->options.elf)
		return NULL;
	return redact_write_mapping(redactor, path, cli->options.force != NULL);
}

static int run(struct cli *cli)
{
	CLEANUP(redactor_deinit) struct redactor redactor = {0};
	struct saving saving = {.cli = cli};
	struct snapshot_options options;
	enum redact_level level;
	struct session *session = NULL;
	struct error *err;
	int code;

	if ((err = parse_options(cli, &redactor, &options)) ||
	    (err = cli_open(cli, &session)))
		return cli_fail(cli, err);
	level = redactor.level;
	redactor_init(&redactor, level, session_module(session));
	saving.session = session;
	saving.job.parent = session_job(session);
	saving.options = &options;
	work_run(save, &saving, &saving.job, work_progress(cli));
	if (!(err = saving.err) && !(err = write_names(cli, &redactor)))
		err = print_done(cli, session, &options);
	code = err ? cli_fail(cli, err) : cli_done(session);
	session_free(session);
	return code;
}

const struct command snapshot_entry = {
	.name = "snapshot",
	.usage = "snapshot TARGET -o FILE.msnap [--level stats|maps|full] "
		 "[--compress HOW]",
	.help = "save a sample to a file that opens as a target",
	.run = run,
	.without_memory = true,
	.redacts_names = true,
};
