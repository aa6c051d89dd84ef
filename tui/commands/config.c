/* config: what is set and where, or a documented file to start from. */
#include <string.h>

#include "tui/commands/commands.h"
#include "tui/config.h"
#include "tui/output.h"

static int run(struct cli *cli)
{
	const char *what = cli_take_arg(cli);
	CLEANUP(buf_deinit) struct buf out = {0};
	struct error *err = NULL;

	if (what && !strcmp(what, "sample"))
		config_sample(&out);
	else if (!what || !strcmp(what, "list") || !strcmp(what, "-list"))
		config_list(cli->config, &cli->options, &out);
	else if (!strcmp(what, "save") || !strcmp(what, "-save"))
		err = config_save(cli->config, &cli->options, &out);
	else
		return cli_usage(cli, "-list, -save or sample?");
	if (err || (err = output_write(&out)))
		return cli_fail(cli, err);
	return cli->config->complaints ? EXIT_USAGE : EXIT_OK;
}

const struct command config_entry = {
	.name = "config",
	.usage = "config [-list | -save FLAGS | sample]",
	.help = "settings in force and where they come from; -save keeps flags",
	.dashes = true,
	.run = run,
};
