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

static struct error *parse_group(const char *text, enum map_group_by *ret)
{
	static const char *const names[] = {"owner", "type", "package", "none"};
	size_t i;

	*ret = GROUP_OWNER;
	for (i = 0; text && i < ARRAY_LEN(names); i++) {
		if (!strcmp(text, names[i])) {
			*ret = (enum map_group_by)i;
			return NULL;
		}
	}
	return text ? error_hint(
			      error_new(ERROR_USAGE, "no grouping '%s'", text),
			      "--group is owner, type, package or none")
		    : NULL;
}

/* Maps of the runtime and the standard library are left out unless asked. */
static char *whole_filter(const struct cli *cli, bool machine)
{
	const char *filter = cli->options.filter;

	if (cli->options.runtime || machine)
		return xstrdup(filter ? filter : "");
	return xasprintf("std=no %s", filter ? filter : "");
}

static void render_row(struct json *json, const struct list *list,
		       uint32_t position, const struct map_groups *groups)
{
	uint32_t row = list_row(list, position);

	if (groups)
		render_group(json, groups, row);
	else
		render_map(json, list->model, row);
}

static struct error *print_json(const struct cli *cli,
				const struct session *session,
				const struct list *list,
				const struct map_groups *groups)
{
	CLEANUP(json_deinit) struct json json = {0};
	bool lines = cli->options.ndjson != NULL;
	uint32_t i, limit = output_limit(cli);
	struct error *err;

	if (!lines) {
		render_begin(&json, session, "maps", cli_redact(cli));
		json_open(&json, "maps", '[');
	}
	for (i = 0; i < list->count && i < limit; i++) {
		render_row(&json, list, i, groups);
		if (lines) {
			buf_addc(&json.out, '\n');
			json.comma = 0;
		}
		if ((err = output_flush_if_full(&json.out)))
			return err;
	}
	if (!lines) {
		json_close(&json, ']');
		render_end(&json);
	}
	return output_write(&json.out);
}

static struct error *check_fail_on(const struct cli *cli, struct list *list,
				   bool *ret)
{
	struct error *err;

	*ret = false;
	if (!cli->options.fail_on)
		return NULL;
	err = list_filter(list, cli->options.fail_on);
	*ret = !err && list->count;
	return err;
}

static struct error *print_list(struct cli *cli, const struct session *session,
				struct list *list,
				const struct map_groups *groups, bool *failed)
{
	const struct options *o = &cli->options;
	struct error *err;

	if (o->sort && (err = list_sort_by(list, o->sort)))
		return err;
	if (o->json || o->ndjson)
		err = print_json(cli, session, list, groups);
	else
		err = output_list(cli, list,
				  groups ? GROUP_COLUMNS : MAP_COLUMNS);
	if (!err && o->hist)
		err = histogram_print(session, list, groups);
	return err ? err : check_fail_on(cli, list, failed);
}

static struct error *print_maps(struct cli *cli, const struct session *session,
				bool *failed)
{
	CLEANUP(map_groups_deinit) struct map_groups groups = {0};
	CLEANUP(list_deinit) struct list list = {0};
	CLEANUP(free_cleanup) char *filter = NULL;
	bool machine = cli->options.json || cli->options.ndjson;
	enum map_group_by by;
	struct error *err;

	if ((err = parse_group(cli->options.group, &by)) ||
	    (err = session_check_maps(session)))
		return err;
	filter = whole_filter(cli, machine);
	if (by == GROUP_NONE) {
		list_init(&list, &map_list_kind, session);
		if ((err = list_filter(&list, filter)))
			return err;
		return print_list(cli, session, &list, NULL, failed);
	}
	if ((err = map_groups_load(session, by, filter, &groups)))
		return err;
	list_init(&list, &map_group_list_kind, &groups);
	return print_list(cli, session, &list, &groups, failed);
}

static int run(struct cli *cli)
{
	struct session *session = NULL;
	struct error *err;
	bool failed = false;
	int code;

	if ((err = cli_open(cli, &session)))
		return cli_fail(cli, err);
	err = print_maps(cli, session, &failed);
	code = err	? cli_fail(cli, err)
	       : failed ? EXIT_CONDITION
			: cli_done(session);
	session_free(session);
	return code;
}

const struct command maps_entry = {
	.name = "maps",
	.usage = "maps TARGET [--group owner|type|package|none] [flags]",
	.help = "list the maps of a process",
	.run = run,
	.without_memory = true,
};
