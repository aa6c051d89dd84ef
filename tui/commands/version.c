#include <inttypes.h>

#include "core/session/about.h"
#include "core/session/render.h"
#include "tui/commands/commands.h"
#include "tui/output.h"
#include "tui/term_curses.h"

enum { FIRST_SWISS = 24 };

static void add_details(const struct cli *cli, const struct about *about,
			struct buf *out)
{
	int i;

	buf_printf(out, "build id   %s\n",
		   about->build_id ? about->build_id : "unknown");
	buf_printf(out, "commit     %s\n",
		   cli->commit ? cli->commit : "unknown");
	buf_printf(out, "compiler   %s\n", about->compiler);
	buf_printf(out, "system     linux/amd64\n");
	buf_printf(out,
		   "Go         1.%d to 1.%d, newer ones as 1.%d; classic maps "
		   "to 1.%d, Swiss since 1.%d\n",
		   about->go_oldest, about->go_newest, about->go_newest,
		   FIRST_SWISS - 1, FIRST_SWISS);
	buf_adds(out, "targets    processes, cores, snapshots\n"
		      "freeze     copy, stop, nonstop, fork\n");
	buf_printf(out, "schemas    JSON mapscope/*/1, snapshot %d\n",
		   about->snapshot_version);
	for (i = 0; i < ABOUT_LIBRARIES; i++)
		buf_printf(out, "%-10s %s\n", about->libraries[i].name,
			   about->libraries[i].version);
	buf_printf(out, "%-10s %s\n", "curses", term_library_version());
}

static void render_library(struct json *json, const char *name,
			   const char *version)
{
	json_open(json, NULL, '{');
	json_string(json, "name", name);
	json_string(json, "version", version);
	json_close(json, '}');
}

static void render_details(const struct cli *cli, const struct about *about,
			   struct json *json)
{
	int i;

	json_string(json, "build_id", about->build_id);
	json_string(json, "commit", cli->commit);
	json_string(json, "compiler", about->compiler);
	json_i64(json, "snapshot_version", about->snapshot_version);
	json_open(json, "go", '{');
	json_i64(json, "oldest_minor", about->go_oldest);
	json_i64(json, "newest_minor", about->go_newest);
	json_close(json, '}');
	json_open(json, "libraries", '[');
	for (i = 0; i < ABOUT_LIBRARIES; i++)
		render_library(json, about->libraries[i].name,
			       about->libraries[i].version);
	render_library(json, "curses", term_library_version());
	json_close(json, ']');
}

static int run(struct cli *cli)
{
	CLEANUP(json_deinit) struct json json = {0};
	CLEANUP(about_deinit) struct about about = {0};
	struct error *err;

	about_load(&about);
	if (cli->options.json) {
		json_open(&json, NULL, '{');
		json_string(&json, "schema", "mapscope/version/1");
		render_tool(&json);
		render_details(cli, &about, &json);
		render_end(&json);
	} else {
		buf_adds(&json.out, "mapscope " MAPSCOPE_VERSION "\n");
		if (cli->options.verbose)
			add_details(cli, &about, &json.out);
	}
	err = output_write(&json.out);
	return err ? cli_fail(cli, err) : EXIT_OK;
}

const struct command version_entry = {
	.name = "version",
	.usage = "version [-v] [--json]",
	.help = "show the version; -v: build, Go releases, libraries",
	.run = run,
};
