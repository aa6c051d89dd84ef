#include "core/session/render.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

static int run(struct cli *cli)
{
	CLEANUP(json_deinit) struct json json = {0};
	struct error *err;

	if (cli->options.json) {
		json_open(&json, NULL, '{');
		json_string(&json, "schema", "mapscope/version/1");
		render_tool(&json);
		render_end(&json);
	} else {
		buf_adds(&json.out, "mapscope " MAPSCOPE_VERSION "\n");
	}
	err = output_write(&json.out);
	return err ? cli_fail(cli, err) : EXIT_OK;
}

const struct command version_entry = {
	.name = "version",
	.usage = "version [--json]",
	.help = "show the version",
	.run = run,
};
