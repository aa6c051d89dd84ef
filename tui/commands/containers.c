#include "core/session/containers.h"

#include "core/session/render.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

static const char COLUMNS[] =
	"kind,owner,entries,cap,storage,retained,depth,addr";

static void render_row(struct json *json, const void *arg, uint32_t number)
{
	const struct container_table *table = arg;
	const struct container_row *row = &table->rows[number];

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

static struct error *print_containers(struct cli *cli,
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
	if ((err = output_arrange(cli, &list)))
		return err;
	return o->json ? output_json_list(cli, session, "containers", &list,
					  render_row, &table)
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
