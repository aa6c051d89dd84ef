#include <string.h>

#include "core/session/objects.h"
#include "core/session/render.h"
#include "core/session/render_heap.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

static const char COLUMNS[] = "count,bytes,retained,average,share,type";

struct rows {
	const struct type_table *table;
	bool by_package;
};

static void render_row(struct json *json, const void *arg, uint32_t row)
{
	const struct rows *rows = arg;

	render_type(json, &rows->table->rows[row], rows->by_package);
}

static struct error *print_json(const struct cli *cli,
				const struct session *session,
				const struct type_table *table,
				const struct list *list, bool by_package)
{
	CLEANUP(json_deinit) struct json json = {0};
	const struct rows rows = {table, by_package};
	struct error *err;

	render_begin(&json, session, "types", cli_redact(cli));
	json_open(&json, "types", '[');
	if ((err = output_json_rows(&json, cli, list, render_row, &rows)))
		return err;
	json_close(&json, ']');
	json_u64(&json, "objects", table->objects);
	json_u64(&json, "bytes", table->bytes);
	render_end(&json);
	return output_write(&json.out);
}

static struct error *print_types(struct cli *cli, const struct session *session,
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
	if ((err = output_arrange(cli, &list)))
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
