/* The Overview as lines of text. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/session/render.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

enum { TOP = 10 };

static void add_plain(struct buf *out, const char *s)
{
	text_plain(out, s, strlen(s));
}

static void add_title(struct buf *out, const struct session *session)
{
	struct session_info info;
	size_t i;

	session_info(session, &info);
	buf_adds(out, "mapscope ");
	add_plain(out, info.name);
	if (info.pid)
		buf_printf(out, "[%d]", (int)info.pid);
	buf_adds(out, " ");
	add_plain(out, info.go);
	buf_printf(out, " %s", info.map_impl);
	if (info.stop_ns) {
		buf_adds(out, " | stop ");
		text_duration(out, info.stop_ns);
	}
	buf_printf(out, " | %s%s\n", info.kind,
		   info.complete ? "" : " | PARTIAL");
	for (i = 0; i < info.warning_count; i++) {
		buf_adds(out, "warning: ");
		add_plain(out, info.warnings[i]);
		buf_addc(out, '\n');
	}
}

static void add_heap(struct buf *out, const struct session_totals *t)
{
	buf_adds(out, "\nHeap    live ");
	text_size_if_known(out, t->heap_live_bytes);
	buf_adds(out, "  garbage ");
	text_size_if_known(out, t->heap_garbage_bytes);
	buf_adds(out, "  next GC ");
	pacing_add_next(out, t);
	buf_adds(out, "  RSS ");
	text_size_if_known(out, t->rss);
	buf_adds(out, "  objects ");
	text_count(out, t->heap_objects);
	buf_printf(out, "\nGC      #%" PRIu64 "  phase %s  GOGC ", t->num_gc,
		   t->gc_phase);
	pacing_add_gogc(out, t);
	buf_addc(out, '\n');
	buf_printf(out,
		   "Gors    %" PRIu64 " (%" PRIu64 " user)  threads %" PRIu64
		   "  stacks ",
		   t->goroutines, t->user_goroutines, t->threads);
	text_size_if_known(out, t->stack_inuse);
	buf_addc(out, '\n');
}

/* "6 owners (+14 std)": the program's own, and the standard library's. */
static void add_owners(struct buf *out, const struct session_totals *t)
{
	if (t->std_owners > t->map_owners)
		buf_printf(out, " / %" PRIu64 " owners  storage ",
			   t->map_owners);
	else
		buf_printf(out,
			   " / %" PRIu64 " owners (+%" PRIu64 " std)  storage ",
			   t->map_owners - t->std_owners, t->std_owners);
}

static void add_maps(struct buf *out, const struct session_totals *t)
{
	buf_adds(out, "Maps    ");
	text_count(out, t->maps);
	add_owners(out, t);
	text_size_if_known(out, t->storage_bytes);
	buf_adds(out, "  entries ");
	text_count(out, t->entries);
	buf_adds(out, "  slots ");
	text_count(out, t->slots);
	buf_printf(out, " (%" PRIu64 "%% full)  tombstones ",
		   t->slots ? t->entries * 100 / t->slots : 0);
	text_count(out, t->tombstones);
	buf_printf(out, "\nGrowth  growing %" PRIu64 "  old buckets kept ",
		   t->growing);
	text_size_if_known(out, t->old_bytes);
	buf_addc(out, '\n');
}

static void add_findings(struct buf *out, const struct session *session)
{
	uint32_t i, count;
	const struct finding *findings = session_findings(session, &count);

	buf_printf(out, "\nFINDINGS (%" PRIu32 ")\n", count);
	for (i = 0; i < count && i < TOP; i++) {
		buf_printf(out, "  %-5s",
			   severity_name((enum severity)findings[i].severity));
		text_size(out, findings[i].bytes);
		buf_adds(out, "  ");
		add_plain(out, findings[i].title);
		buf_printf(out, "  [%s]\n", findings[i].verb);
	}
}

static void render_owner(struct json *json, const void *groups, uint32_t row)
{
	render_group(json, groups, row);
}

static struct error *print_json(const struct cli *cli,
				const struct session *session)
{
	CLEANUP(map_groups_deinit) struct map_groups groups = {0};
	CLEANUP(list_deinit) struct list list = {0};
	CLEANUP(json_deinit) struct json json = {0};
	struct error *err = session_check_maps(session);
	uint32_t i, count;
	const struct finding *findings = session_findings(session, &count);

	render_begin(&json, session, "overview", cli_redact(cli));
	render_stats(&json, session);
	json_open(&json, "findings", '[');
	for (i = 0; i < count; i++)
		render_finding(&json, &findings[i]);
	json_close(&json, ']');
	json_open(&json, "owners", '[');
	if (!err &&
	    !(err = map_groups_load(session, GROUP_OWNER, "std=no", &groups))) {
		list_init(&list, &map_group_list_kind, &groups);
		err = output_json_rows(&json, cli, &list, render_owner,
				       &groups);
	} else {
		/* A snapshot of level stats has no owners. */
		error_catch(&err, ERROR_USAGE);
	}
	if (err)
		return err;
	json_close(&json, ']');
	render_end(&json);
	return output_write(&json.out);
}

struct error *overview_print(const struct cli *cli,
			     const struct session *session)
{
	CLEANUP(map_groups_deinit) struct map_groups groups = {0};
	CLEANUP(list_deinit) struct list list = {0};
	CLEANUP(buf_deinit) struct buf out = {0};
	struct cli top = *cli;
	struct session_totals totals;
	struct error *err;

	if (top.options.json || top.options.ndjson) {
		top.options.ndjson = NULL;
		top.options.limit =
			cli->options.limit ? cli->options.limit : "10";
		return print_json(&top, session);
	}
	session_totals(session, &totals);
	add_title(&out, session);
	add_heap(&out, &totals);
	add_maps(&out, &totals);
	add_findings(&out, session);
	err = session_check_maps(session);
	if (err) {
		error_free(err);
		return output_write(&out);
	}
	buf_adds(&out, "\nTOP OWNERS BY RETAINED\n");
	if ((err = output_write(&out)) ||
	    (err = map_groups_load(session, GROUP_OWNER, "std=no", &groups)))
		return err;
	list_init(&list, &map_group_list_kind, &groups);
	if (!top.options.limit)
		top.options.limit = "10";
	return output_list(&top, &list,
			   "owner,maps,entries,storage,retained,load,chain,"
			   "flag");
}
