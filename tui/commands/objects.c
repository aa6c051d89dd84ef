#include "core/session/objects.h"

#include "core/session/render.h"
#include "core/session/render_heap.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

static const char COLUMNS[] = "addr,bytes,retained,count,len,cap,type";

static struct error *print_json(const struct cli *cli,
				const struct session *session,
				const struct object_set *set,
				const struct list *list)
{
	CLEANUP(json_deinit) struct json json = {0};
	bool lines = cli->options.ndjson != NULL;
	uint32_t i, limit = output_limit(cli);
	struct error *err;

	if (!lines) {
		render_begin(&json, session, "objects", cli_redact(cli));
		json_open(&json, "objects", '[');
	}
	for (i = 0; i < list->count && i < limit; i++) {
		struct object_info info;

		object_info_load(session, set->objects[list_row(list, i)],
				 &info);
		render_object(&json, &info);
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

static struct error *print_objects(const struct cli *cli,
				   const struct session *session,
				   const char *unused)
{
	CLEANUP(object_set_deinit) struct object_set set = {0};
	CLEANUP(list_deinit) struct list list = {0};
	const struct options *o = &cli->options;
	struct error *err;
	double min = 0;

	(void)unused;
	if (o->min_size && (!parse_quantity(o->min_size, &min) || min < 0))
		return error_new(ERROR_USAGE, "'%s' is not a size",
				 o->min_size);
	err = object_set_load(session,
			      o->unreachable ? OBJECTS_GARBAGE
			      : o->all	     ? OBJECTS_ALL
					     : OBJECTS_REACHED,
			      o->type, (uint64_t)min, &set);
	if (err)
		return err;
	list_init(&list, &object_list_kind, &set);
	if ((o->filter && (err = list_filter(&list, o->filter))) ||
	    (err = list_sort_by(&list, o->sort ? o->sort : "bytes-desc")))
		return err;
	return o->json || o->ndjson ? print_json(cli, session, &set, &list)
				    : output_list(cli, &list, COLUMNS);
}

static int run(struct cli *cli)
{
	return cli_run_on(cli, NULL, print_objects);
}

const struct command objects_entry = {
	.name = "objects",
	.usage = "objects TARGET [--type RE] [--min-size N] [--unreachable]",
	.help = "list heap objects",
	.run = run,
};
