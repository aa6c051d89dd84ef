#include "core/session/containers.h"

#include "core/session/render.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

static const char COLUMNS[] =
	"kind,owner,entries,cap,storage,retained,depth,addr";

static void render_row(struct json *json, const struct container_row *row)
{
	json_open(json, NULL, '{');
	json_string(json, "kind", row->kind);
	json_address(json, "addr", row->addr);
	json_string(json, "owner", row->owner);
	json_string(json, "type", row->type);
	json_u64(json, "entries", row->entries);
	json_bool(json, "entries_exact", !row->damaged);
	json_u64_or_null(json, "capacity", row->capacity);
	json_u64(json, "storage_bytes", row->storage_bytes);
	json_u64_or_null(json, "retained_bytes", row->retained_bytes);
	json_u64(json, "depth", row->depth);
	json_close(json, '}');
}

static struct error *print_json(const struct cli *cli,
				const struct session *session,
				const struct container_table *table,
				const struct list *list)
{
	CLEANUP(json_deinit) struct json json = {0};
	uint32_t i, limit = output_limit(cli);
	struct error *err;

	render_begin(&json, session, "containers", cli_redact(cli));
	json_open(&json, "containers", '[');
	for (i = 0; i < list->count && i < limit; i++) {
		render_row(&json, &table->rows[list_row(list, i)]);
		if ((err = output_flush_if_full(&json.out)))
			return err;
	}
	json_close(&json, ']');
	render_end(&json);
	return output_write(&json.out);
}

static struct error *print_containers(const struct cli *cli,
				      const struct session *session,
				      const char *unused)
{
	CLEANUP(container_table_deinit) struct container_table table = {0};
	CLEANUP(list_deinit) struct list list = {0};
	const struct options *o = &cli->options;
	struct error *err;

	(void)unused;
	container_table_load(session, o->all != NULL, &table);
	list_init(&list, &container_list_kind, &table);
	if ((o->filter && (err = list_filter(&list, o->filter))) ||
	    (o->sort && (err = list_sort_by(&list, o->sort))))
		return err;
	return o->json ? print_json(cli, session, &table, &list)
		       : output_list(cli, &list, COLUMNS);
}

static int run(struct cli *cli)
{
	return cli_run_on(cli, NULL, print_containers);
}

const struct command containers_entry = {
	.name = "containers",
	.usage = "containers TARGET [--filter EXPR] [--all]",
	.help = "sync.Map, container/list and channels with their entries",
	.run = run,
};
