#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/render.h"
#include "tui/commands/commands.h"
#include "tui/histogram.h"
#include "tui/output.h"

static const char GROUP_COLUMNS[] =
	"flag,owner,maps,entries,load,chain,tomb,storage,retained";
static const char MAP_COLUMNS[] =
	"flag,addr,owner,entries,load,chain,tomb,storage,retained,type";

/* Maps of the runtime and the standard library are left out unless asked. */
static char *whole_filter(const struct cli *cli, bool machine)
{
	const char *filter = cli->options.filter;

	if (cli->options.runtime || machine)
		return xstrdup(filter ? filter : "");
	return xasprintf("std=no %s", filter ? filter : "");
}

static void render_map_row(struct json *json, const void *arg, uint32_t row)
{
	render_map(json, arg, row);
}

static void render_group_row(struct json *json, const void *arg, uint32_t row)
{
	render_group(json, arg, row);
}

/* @p groups is NULL if the rows of @p list are maps. */
static struct error *print_list(struct cli *cli, const struct session *session,
				struct list *list,
				const struct map_groups *groups)
{
	const struct options *o = &cli->options;
	struct error *err;

	if (o->sort && (err = list_sort_by(list, o->sort)))
		return err;
	if (o->json || o->ndjson)
		err = output_json_list(cli, session, "maps", list,
				       groups ? render_group_row
					      : render_map_row,
				       list->model);
	else
		err = output_list(cli, list,
				  groups ? GROUP_COLUMNS : MAP_COLUMNS);
	if (!err && o->hist)
		err = histogram_print(session, list, groups);
	return err ? err : cli_check_fail_on(cli, list);
}

static struct error *print_maps(struct cli *cli, const struct session *session,
				const char *unused)
{
	CLEANUP(map_groups_deinit) struct map_groups groups = {0};
	CLEANUP(list_deinit) struct list list = {0};
	CLEANUP(free_cleanup) char *filter = NULL;
	bool machine = cli->options.json || cli->options.ndjson;
	enum map_group_by by;
	struct error *err;

	(void)unused;
	if ((err = map_group_by_parse(cli->options.group, &by)) ||
	    (err = session_check_maps(session)))
		return err;
	filter = whole_filter(cli, machine);
	if (by == GROUP_NONE) {
		list_init(&list, &map_list_kind, session);
		if ((err = list_filter(&list, filter)))
			return err;
		return print_list(cli, session, &list, NULL);
	}
	if ((err = map_groups_load(session, by, filter, &groups)))
		return err;
	list_init(&list, &map_group_list_kind, &groups);
	return print_list(cli, session, &list, &groups);
}

static int run(struct cli *cli)
{
	return cli_run_on(cli, NULL, print_maps);
}

const struct command maps_entry = {
	.name = "maps",
	.usage = "maps TARGET [--group owner|type|package|none] [flags]",
	.help = "list the maps of a process",
	.run = run,
	.without_memory = true,
};
