#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/session/objects.h"
#include "core/session/references.h"
#include "core/session/render.h"
#include "core/session/render_heap.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

static const char COLUMNS[] = "retained,share,bytes,addr,type";

/* "1%" of the live heap, or bytes. */
static struct error *parse_threshold(const struct cli *cli,
				     const struct session *session,
				     uint64_t *ret)
{
	const char *text = cli->options.threshold;
	struct session_totals totals;
	double n = 0.001;

	session_totals(session, &totals);
	if (text && (!parse_quantity(text, &n) || n < 0))
		return error_new(ERROR_USAGE, "'%s' is no size or share", text);
	*ret = n <= 1 ? (uint64_t)(n * (double)totals.heap_live_bytes)
		      : (uint64_t)n;
	return NULL;
}

static void render_one(struct json *json, const struct session *session,
		       uint32_t object)
{
	struct address_info at;
	struct object_info info;

	object_info_load(session, object, &info);
	address_info_load(session, info.addr, &at);
	render_retained(json, &info, at.name,
			session_dominated_count(session, object));
	address_info_deinit(&at);
}

static void render_row(struct json *json, const void *arg, uint32_t row)
{
	const struct object_set *set = arg;

	render_one(json, set->session, set->objects[row]);
}

static struct error *find_object(const struct session *session,
				 const char *which, uint32_t *ret)
{
	struct address_info at;
	struct error *err;
	uint64_t addr;

	if ((err = session_find_address(session, which, &addr)))
		return err;
	address_info_load(session, addr, &at);
	*ret = at.object;
	address_info_deinit(&at);
	return *ret == UINT32_MAX
		       ? error_new(ERROR_NOT_FOUND,
				   "no heap object at 0x%" PRIx64, addr)
		       : NULL;
}

/** The object itself, then what it dominates directly. */
static struct error *find_set(const struct cli *cli,
			      const struct session *session, const char *which,
			      struct object_set *ret)
{
	uint32_t object = UINT32_MAX;
	uint64_t threshold = 0;
	struct error *err;

	if ((err = parse_threshold(cli, session, &threshold)))
		return err;
	if (which && (err = find_object(session, which, &object)))
		return err;
	if (which && !cli->options.threshold)
		threshold = 0;
	err = object_set_dominated(session, object, threshold, ret);
	if (!err && cli->options.skip)
		err = object_set_skip(ret, cli->options.skip, threshold);
	return err;
}

static struct error *print_self(const struct session *session,
				const char *which)
{
	CLEANUP(buf_deinit) struct buf out = {0};
	struct object_info info;
	const char *type;
	struct error *err;
	uint32_t object;

	if ((err = find_object(session, which, &object)))
		return err;
	object_info_load(session, object, &info);
	buf_printf(&out, "0x%" PRIx64 "  ", info.addr);
	type = info.type ? info.type : "?";
	text_plain(&out, type, strlen(type));
	if (info.retained_bytes == UINT64_MAX) {
		buf_adds(&out, "  is garbage\n");
		return output_write(&out);
	}
	buf_adds(&out, "  retains ");
	text_size(&out, info.retained_bytes);
	buf_printf(&out, " in %" PRIu64 " objects; it dominates directly:\n",
		   session_dominated_count(session, object));
	return output_write(&out);
}

static struct error *print_json_self(const struct cli *cli,
				     const struct session *session,
				     const char *which)
{
	CLEANUP(json_deinit) struct json json = {0};
	struct error *err;
	uint32_t object;

	if ((err = find_object(session, which, &object)))
		return err;
	render_begin(&json, session, "retained", cli_redact(cli));
	json_open(&json, "retained", '[');
	render_one(&json, session, object);
	json_close(&json, ']');
	render_end(&json);
	return output_write(&json.out);
}

static const char GROUP_COLUMNS[] = "retained,count,bytes,type";

static struct error *print_groups(const struct cli *cli,
				  const struct session *session,
				  const struct object_set *set)
{
	bool by_package = !strcmp(cli->options.by, "package");
	CLEANUP(type_table_deinit) struct type_table table = {0};
	CLEANUP(json_deinit) struct json json = {0};
	CLEANUP(list_deinit) struct list list = {0};
	const struct options *o = &cli->options;
	uint32_t i, limit = output_limit(cli);
	struct error *err;

	type_table_of_set(set, by_package, &table);
	list_init(&list, &type_list_kind, &table);
	if ((o->filter && (err = list_filter(&list, o->filter))) ||
	    (err = list_sort_by(&list, o->sort ? o->sort : "retained-desc")))
		return err;
	if (!o->json)
		return output_list(cli, &list, GROUP_COLUMNS);
	render_begin(&json, session, "types", cli_redact(cli));
	json_open(&json, "types", '[');
	for (i = 0; i < list.count && i < limit; i++)
		render_type(&json, &table.rows[list_row(&list, i)], by_package);
	json_close(&json, ']');
	json_u64(&json, "objects", table.objects);
	json_u64(&json, "bytes", table.bytes);
	render_end(&json);
	return output_write(&json.out);
}

static bool valid_grouping(const char *by)
{
	return !by || !strcmp(by, "object") || !strcmp(by, "type") ||
	       !strcmp(by, "package");
}

static struct error *print_retained(struct cli *cli,
				    const struct session *session,
				    const char *which)
{
	CLEANUP(object_set_deinit) struct object_set set = {0};
	CLEANUP(list_deinit) struct list list = {0};
	const struct options *o = &cli->options;
	struct error *err;

	if (!valid_grouping(o->by))
		return error_new(ERROR_USAGE,
				 "--by is object, type or package");
	if (which && o->json && !o->by && !o->skip)
		return print_json_self(cli, session, which);
	if ((err = find_set(cli, session, which, &set)) ||
	    (which && !o->json && (err = print_self(session, which))))
		return err;
	if (o->by && strcmp(o->by, "object") != 0)
		return print_groups(cli, session, &set);
	list_init(&list, &dominator_list_kind, &set);
	if ((o->filter && (err = list_filter(&list, o->filter))) ||
	    (err = list_sort_by(&list, o->sort ? o->sort : "retained-desc")))
		return err;
	return o->json ? output_json_list(cli, session, "retained", &list,
					  render_row, &set)
		       : output_list(cli, &list, COLUMNS);
}

static int run(struct cli *cli)
{
	return cli_run_on(cli, NULL, print_retained);
}

const struct command retained_entry = {
	.name = "retained",
	.usage = "retained TARGET [ADDR|VARIABLE|OWNER] [--by type] "
		 "[--threshold 1%] [--skip RE]",
	.help = "what keeps most alive: the tops of the dominator tree",
	.run = run,
};
