#include "core/session/objects.h"

#include "core/session/render.h"
#include "core/session/render_heap.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

static const char COLUMNS[] = "addr,bytes,retained,count,len,cap,type";

static void render_row(struct json *json, const void *arg, uint32_t row)
{
	const struct object_set *set = arg;
	struct object_info info;

	object_info_load(set->session, set->objects[row], &info);
	render_object(json, &info);
}

static struct error *print_objects(struct cli *cli,
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
	return o->json || o->ndjson ? output_json_list(cli, session, "objects",
						       &list, render_row, &set)
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
