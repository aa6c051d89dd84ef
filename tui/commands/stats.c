#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/session/memory.h"
#include "core/session/render.h"
#include "core/session/render_prom.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

enum quantity { UNIT_BYTES, UNIT_COUNT, UNIT_TIME };

static void add(struct buf *out, const char *name, uint64_t v,
		enum quantity unit)
{
	buf_printf(out, "%-20s ", name);
	if (v == UINT64_MAX)
		buf_addc(out, '?');
	else if (unit == UNIT_COUNT)
		text_count(out, v);
	else if (unit == UNIT_TIME)
		text_duration(out, v);
	else
		text_size(out, v);
	if (v != UINT64_MAX && unit != UNIT_COUNT)
		buf_printf(out, "  (%" PRIu64 ")", v);
	buf_addc(out, '\n');
}

static void add_all(struct buf *out, const struct session_totals *t)
{
	add(out, "heap_alloc", t->heap_alloc, UNIT_BYTES);
	add(out, "live_bytes", t->heap_live_bytes, UNIT_BYTES);
	add(out, "garbage_bytes", t->heap_garbage_bytes, UNIT_BYTES);
	add(out, "live_objects", t->heap_objects, UNIT_COUNT);
	add(out, "heap_inuse", t->heap_inuse, UNIT_BYTES);
	add(out, "heap_idle", t->heap_idle, UNIT_BYTES);
	add(out, "heap_released", t->heap_released, UNIT_BYTES);
	add(out, "heap_sys", t->heap_sys, UNIT_BYTES);
	add(out, "stack_inuse", t->stack_inuse, UNIT_BYTES);
	add(out, "stack_sys", t->stack_sys, UNIT_BYTES);
	add(out, "mspan_inuse", t->mspan_inuse, UNIT_BYTES);
	add(out, "mspan_sys", t->mspan_sys, UNIT_BYTES);
	add(out, "mcache_inuse", t->mcache_inuse, UNIT_BYTES);
	add(out, "mcache_sys", t->mcache_sys, UNIT_BYTES);
	add(out, "buckhash_sys", t->buckhash_sys, UNIT_BYTES);
	add(out, "gc_sys", t->gc_sys, UNIT_BYTES);
	add(out, "other_sys", t->other_sys, UNIT_BYTES);
	add(out, "sys", t->sys, UNIT_BYTES);
	add(out, "rss", t->rss, UNIT_BYTES);
	add(out, "next_gc", t->next_gc, UNIT_BYTES);
	add(out, "num_gc", t->num_gc, UNIT_COUNT);
	add(out, "num_forced_gc", t->num_forced_gc, UNIT_COUNT);
	add(out, "last_pause", t->last_pause_ns, UNIT_TIME);
	add(out, "pause_total", t->pause_total_ns, UNIT_TIME);
	add(out, "gc_cpu_ppb", t->gc_cpu_ppb, UNIT_COUNT);
	add(out, "mallocs", t->mallocs, UNIT_COUNT);
	add(out, "frees", t->frees, UNIT_COUNT);
	add(out, "total_alloc", t->total_alloc, UNIT_BYTES);
	buf_printf(out, "%-20s %s\n", "gc_phase", t->gc_phase);
	buf_printf(out, "%-20s %" PRId64 "\n", "gogc", t->gogc);
	add(out, "goroutines", t->goroutines, UNIT_COUNT);
	add(out, "threads", t->threads, UNIT_COUNT);
	add(out, "maps", t->maps, UNIT_COUNT);
	add(out, "nil_maps", t->nil_maps, UNIT_COUNT);
	add(out, "map_entries", t->entries, UNIT_COUNT);
	add(out, "map_slots", t->slots, UNIT_COUNT);
	add(out, "map_storage", t->storage_bytes, UNIT_BYTES);
	add(out, "map_waste", t->waste_bytes, UNIT_BYTES);
	add(out, "map_tombstones", t->tombstones, UNIT_COUNT);
	add(out, "maps_growing", t->growing, UNIT_COUNT);
	add(out, "map_old_buckets", t->old_bytes, UNIT_BYTES);
}

static void add_part(struct json *json, const void *arg, uint32_t row)
{
	const struct memory_table *table = arg;
	const struct memory_row *r = &table->rows[row];

	json_open(json, NULL, '{');
	json_string(json, "name", r->name + strspn(r->name, " "));
	json_u64(json, "depth", strspn(r->name, " ") / 2);
	json_u64_or_null(json, "bytes", r->bytes);
	json_string(json, "note", r->note);
	json_close(json, '}');
}

static void add_size_class(struct json *json, const void *arg, uint32_t row)
{
	const struct memory_table *table = arg;
	const struct size_class_row *r = &table->classes[row];

	json_open(json, NULL, '{');
	json_u64(json, "class", r->size_class);
	json_u64_or_null(json, "size", r->size ? r->size : UINT64_MAX);
	json_u64(json, "spans", r->spans);
	json_u64(json, "bytes", r->span_bytes);
	json_u64(json, "slots", r->slots);
	json_u64(json, "objects", r->allocated);
	json_u64(json, "live", r->live);
	json_u64(json, "free_bytes", r->free_bytes);
	json_u64(json, "tail_bytes", r->tail_bytes);
	json_u64_or_null(json, "mallocs", r->mallocs);
	json_u64_or_null(json, "frees", r->frees);
	json_close(json, '}');
}

static void add_span_class(struct json *json, const void *arg, uint32_t row)
{
	const struct memory_table *table = arg;
	const struct span_class_row *r = &table->spans[row];

	json_open(json, NULL, '{');
	json_u64(json, "class", r->size_class);
	json_bool(json, "noscan", r->noscan);
	json_u64_or_null(json, "size", r->size ? r->size : UINT64_MAX);
	json_u64(json, "spans", r->spans);
	json_u64(json, "slots", r->slots);
	json_u64(json, "objects", r->objects);
	json_u64(json, "live", r->live);
	json_u64(json, "bytes", r->bytes);
	json_u64(json, "used_bytes", r->used);
	json_u64(json, "waste_bytes", r->waste);
	json_close(json, '}');
}

struct view {
	const struct list_kind *kind;
	const char *name, *columns;
	output_row_fn *add;
};

static const struct view parts_view = {&memory_list_kind, "parts",
				       "name,bytes,share,note", add_part};
static const struct view classes_view = {
	&size_class_list_kind, "classes",
	"class,size,spans,bytes,slots,allocated,live,free,tail,mallocs,frees",
	add_size_class};
static const struct view spans_view = {
	&span_class_list_kind, "spans",
	"class,pointers,size,spans,slots,objects,live,bytes,used,waste,share",
	add_span_class};

static const struct view *view_of(const struct options *options)
{
	return options->spans	  ? &spans_view
	       : options->classes ? &classes_view
	       : options->parts	  ? &parts_view
				  : NULL;
}

/* What the Memory screen lists. */
static struct error *print_list(const struct cli *cli,
				const struct session *session,
				const struct view *view)
{
	struct memory_table table;
	struct error *err;
	struct list list;

	if (!session_has_memory(session))
		return error_new(ERROR_USAGE,
				 "this snapshot holds no memory: only --level "
				 "full keeps it");
	memory_table_load(session, &table);
	list_init(&list, view->kind, &table);
	err = cli->options.json || cli->options.ndjson
		      ? output_json_list(cli, session, view->name, &list,
					 view->add, &table)
		      : output_list(cli, &list, view->columns);
	list_deinit(&list);
	memory_table_deinit(&table);
	return err;
}

static struct error *print_stats(struct cli *cli, const struct session *session,
				 const char *unused)
{
	CLEANUP(json_deinit) struct json json = {0};
	struct session_totals totals;
	struct error *err;

	(void)unused;
	if (view_of(&cli->options))
		return print_list(cli, session, view_of(&cli->options));
	if (cli->options.prom) {
		err = render_prom(session, &json.out);
		if (err)
			return err;
	} else if (cli->options.json) {
		render_begin(&json, session, "stats", cli_redact(cli));
		render_stats(&json, session);
		render_end(&json);
	} else {
		session_totals(session, &totals);
		add_all(&json.out, &totals);
	}
	return output_write(&json.out);
}

static int run(struct cli *cli)
{
	return cli_run_on(cli, NULL, print_stats);
}

const struct command stats_entry = {
	.name = "stats",
	.usage = "stats TARGET [--json] [--prom | --parts | --classes | "
		 "--spans]",
	.help = "memory, GC and map totals",
	.run = run,
	.without_memory = true,
};
