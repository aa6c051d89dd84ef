#include <string.h>

#include "core/session/objects.h"
#include "core/session/render.h"
#include "core/session/render_heap.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

static const char COLUMNS[] = "count,bytes,retained,average,share,type";

static struct error *print_json(const struct cli *cli,
				const struct session *session,
				const struct type_table *table,
				const struct list *list, bool by_package)
{
	CLEANUP(json_deinit) struct json json = {0};
	uint32_t i, limit = output_limit(cli);
	struct error *err;

	render_begin(&json, session, "types", cli_redact(cli));
	json_open(&json, "types", '[');
	for (i = 0; i < list->count && i < limit; i++) {
		render_type(&json, &table->rows[list_row(list, i)], by_package);
		if ((err = output_flush_if_full(&json.out)))
			return err;
	}
	json_close(&json, ']');
	json_u64(&json, "objects", table->objects);
	json_u64(&json, "bytes", table->bytes);
	render_end(&json);
	return output_write(&json.out);
}

static struct error *print_types(const struct cli *cli,
				 const struct session *session,
				 const char *unused)
{
	CLEANUP(type_table_deinit) struct type_table table = {0};
	CLEANUP(list_deinit) struct list list = {0};
	const struct options *o = &cli->options;
	bool by_package = o->group && !strcmp(o->group, "package");
	struct error *err;

	(void)unused;
	if (o->group && !by_package && strcmp(o->group, "type") != 0)
		return error_new(ERROR_USAGE, "--group is type or package");
	if ((err = type_table_load(session, by_package, &table)))
		return err;
	list_init(&list, &type_list_kind, &table);
	if ((o->filter && (err = list_filter(&list, o->filter))) ||
	    (o->sort && (err = list_sort_by(&list, o->sort))))
		return err;
	return o->json ? print_json(cli, session, &table, &list, by_package)
		       : output_list(cli, &list, COLUMNS);
}

static int run(struct cli *cli)
{
	return cli_run_on(cli, NULL, print_types);
}

const struct command types_entry = {
	.name = "types",
	.usage = "types TARGET [--group type|package] [-n N] [--filter EXPR]",
	.help = "live objects by type: count, bytes, retained",
	.run = run,
	.without_memory = true,
};
