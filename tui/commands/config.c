/* config: what is set and where, or a documented file to start from. */
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "tui/commands/commands.h"
#include "tui/config.h"
#include "tui/output.h"
#include "tui/prompt/prompt.h"

/* Where delve keeps it; owned; NULL without a home. */
static char *delves(void)
{
	const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (base && *base)
		return xasprintf("%s/dlv/config.yml", base);
	return home && *home ? xasprintf("%s/.config/dlv/config.yml", home)
			     : NULL;
}

static struct error *import(struct cli *cli, struct buf *out)
{
	CLEANUP(shell_deinit)
	struct shell shell = {.limits = print_limits_default()};
	CLEANUP(free_cleanup) char *usual = delves();
	const char *path = cli_take_arg(cli);
	struct error *err;

	if (!path)
		path = usual;
	if (!path)
		return error_new(ERROR_USAGE, "there is no home directory");
	settings_load(&shell, cli->config, out);
	if ((err = settings_import(&shell, path)) ||
	    (err = settings_save(&shell)))
		return err;
	buf_adds(out, buf_str(&shell.out));
	return NULL;
}

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
	else if (!strcmp(what, "import-dlv"))
		err = import(cli, &out);
	else
		return cli_usage(cli, "-list, -save, sample or import-dlv?");
	if (err || (err = output_write(&out)))
		return cli_fail(cli, err);
	return cli->config->complaints ? EXIT_USAGE : EXIT_OK;
}

const struct command config_entry = {
	.name = "config",
	.usage = "config [-list | -save FLAGS | sample | import-dlv [FILE]]",
	.help = "settings and where they come from; keep flags; take delve's",
	.dashes = true,
	.run = run,
};
