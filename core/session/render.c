#include "core/session/render.h"

#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/memory.h"
#include "core/session/stored.h"

void render_tool(struct json *json)
{
	json_open(json, "tool", '{');
	json_string(json, "name", "mapscope");
	json_string(json, "version", MAPSCOPE_VERSION);
	json_close(json, '}');
}

static void render_target(struct json *json, const struct session_info *info)
{
	json_open(json, "target", '{');
	json_string(json, "kind", info->kind);
	if (info->pid)
		json_i64(json, "pid", info->pid);
	else
		json_null(json, "pid");
	json_string(json, "exe", info->exe);
	json_string(json, "go", info->go);
	json_string(json, "experiments", info->experiments);
	json_string(json, "arch", info->arch);
	json_string(json, "map_impl", info->map_impl);
	json_string(json, "build_id", info->build_id);
	json_string(json, "dwarf", info->dwarf);
	json_close(json, '}');
}

static void render_sample(struct json *json, const struct session_info *info)
{
	size_t i;

	json_open(json, "sample", '{');
	json_time(json, "time", info->time_ns);
	json_string(json, "freeze", info->freeze);
	json_u64(json, "stop_ns", info->stop_ns);
	if (!strcmp(info->freeze, "fork")) {
		json_u64(json, "image_ns", info->image_ns);
		json_u64(json, "cow_bytes", info->cow_bytes);
		json_u64(json, "reap_ns", info->reap_ns);
		json_u64(json, "open_ns", info->open_ns);
	}
	json_bool(json, "complete", info->complete);
	json_u64(json, "copied_bytes", info->copied_bytes);
	json_u64(json, "unreadable_bytes", info->unreadable_bytes);
	json_open(json, "warnings", '[');
	for (i = 0; i < info->warning_count; i++)
		json_string(json, NULL, info->warnings[i]);
	json_close(json, ']');
	json_close(json, '}');
}

void render_source(struct json *json, const char *key,
		   const struct session *session)
{
	struct session_info info;

	session_info(session, &info);
	json_open(json, key, '{');
	render_target(json, &info);
	render_sample(json, &info);
	json_close(json, '}');
}

void render_begin_as(struct json *json, const struct session_info *info,
		     const char *name, const char *redaction)
{
	CLEANUP(free_cleanup) char *schema = xasprintf("mapscope/%s/1", name);

	json_open(json, NULL, '{');
	json_string(json, "schema", schema);
	render_tool(json);
	render_target(json, info);
	render_sample(json, info);
	json_string(json, "redaction", redaction);
}

void render_begin(struct json *json, const struct session *session,
		  const char *name, bool redacted)
{
	const char *redaction = redacted ? "basic" : "none";
	struct session_info info;

	/* What a snapshot has lost is lost. */
	if (session->stored && strcmp(session->stored->meta.redaction, "none"))
		redaction = session->stored->meta.redaction;
	session_info(session, &info);
	render_begin_as(json, &info, name, redaction);
}

void render_end(struct json *json)
{
	json_close(json, '}');
	buf_addc(&json->out, '\n');
}

static void render_flags(struct json *json, const char *key, uint32_t flags)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} names[] = {
		{MAP_SPARSE, "sparse"},
		{MAP_TOMBSTONES, "tombstones"},
		{MAP_TINY, "tiny"},
		{MAP_GROWING, "growing"},
		{MAP_OLD_BUCKETS, "old_buckets"},
		{MAP_LONG_CHAIN, "long_chain"},
		{MAP_CHAIN_WARN, "chain_warn"},
		{MAP_WRITING, "writing"},
		{MAP_TORN, "torn"},
		{MAP_UNREADABLE, "unreadable"},
		{MAP_UNTYPED, "untyped"},
		{MAP_CONSERVATIVE, "conservative"},
		{MAP_STD, "std"},
	};
	size_t i;

	json_open(json, key, '[');
	for (i = 0; i < ARRAY_LEN(names); i++)
		if (flags & names[i].flag)
			json_string(json, NULL, names[i].name);
	json_close(json, ']');
}

static void render_classic(struct json *json, const struct map_detail *d)
{
	json_open(json, "classic", '{');
	json_u64(json, "b", d->row.b);
	json_u64(json, "buckets", d->buckets);
	json_u64(json, "overflow_buckets", d->overflow_buckets);
	json_u64(json, "noverflow", d->noverflow);
	json_u64(json, "old_buckets", d->old_buckets);
	json_u64(json, "evacuated", d->evacuated);
	json_bool(json, "same_size_grow", d->same_size_grow);
	json_bool(json, "hash_writing", d->hash_writing);
	json_bool(json, "iterators", d->iterators);
	json_u64(json, "old_bytes", d->row.old_bytes);
	json_close(json, '}');
	json_null(json, "swiss");
}

static void render_swiss(struct json *json, const struct map_detail *d)
{
	json_null(json, "classic");
	json_open(json, "swiss", '{');
	json_u64(json, "directory", d->directory);
	json_u64(json, "global_depth", d->global_depth);
	json_u64(json, "tables", d->tables);
	json_u64(json, "groups", d->groups);
	json_u64(json, "full_groups", d->full_groups);
	json_u64(json, "tombstones", d->row.tombstones);
	json_u64(json, "growth_left", d->growth_left);
	json_bool(json, "writing", d->hash_writing);
	json_close(json, '}');
}

static void render_chain(struct json *json, const struct map_detail *d)
{
	unsigned i, last = 0;

	json_open(json, "chain", '{');
	json_string(json, "metric", d->metric);
	json_u64(json, "max", d->chain_max);
	json_u64(json, "p99", d->chain_p99);
	json_double(json, "mean", d->chain_mean);
	for (i = 0; i < MAP_HISTOGRAM; i++)
		if (d->histogram[i])
			last = i + 1;
	json_open(json, "histogram", '[');
	for (i = 0; i < last; i++)
		json_u64(json, NULL, d->histogram[i]);
	json_close(json, ']');
	json_close(json, '}');
}

/* Those that are known. */
static void render_charts(struct json *json, const struct map_detail *d)
{
	static const char *const kinds[MAP_CHARTS] = {"hit", "miss", "fill",
						      "old"};
	unsigned i, k, last;

	json_open(json, "charts", '[');
	for (i = 0; i < MAP_CHARTS; i++) {
		const struct map_chart *c = &d->charts[i];

		if (!c->total)
			continue;
		for (last = MAP_HISTOGRAM; last && !c->counts[last - 1]; last--)
			;
		json_open(json, NULL, '{');
		json_string(json, "kind", kinds[i]);
		json_open(json, "counts", '[');
		for (k = 0; k < last; k++)
			json_u64(json, NULL, c->counts[k]);
		json_close(json, ']');
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void render_path(struct json *json, const struct map_detail *d)
{
	uint32_t i;

	json_open(json, "path", '[');
	for (i = 0; i < d->path_count; i++)
		json_string(json, NULL, d->path[i]);
	json_close(json, ']');
	if (d->goroutine)
		json_i64(json, "goroutine", d->goroutine);
	else
		json_null(json, "goroutine");
}

static void render_fields(struct json *json, const struct session *session,
			  const struct map_detail *d)
{
	const struct map_row *row = &d->row;
	struct session_info info;
	uint64_t keys, elems;

	session_info(session, &info);
	json_address(json, "addr", row->addr);
	json_string(json, "type", d->type);
	json_string(json, "impl", info.map_impl);
	json_u64(json, "count", row->count);
	json_u64(json, "live", row->live);
	json_u64(json, "slots", row->slots);
	json_double(json, "load", (double)row->load);
	json_double(json, "load_max", (double)row->load_max);
	if (!d->typed) {
		json_null(json, "classic");
		json_null(json, "swiss");
		json_null(json, "chain");
	} else {
		if (row->swiss)
			render_swiss(json, d);
		else
			render_classic(json, d);
		render_chain(json, d);
	}
	json_u64(json, "storage_bytes", row->storage_bytes);
	json_u64(json, "waste_bytes", row->waste_bytes);
	map_row_sizes(session, row, &keys, &elems);
	json_u64_or_null(json, "keys_bytes", keys);
	json_u64_or_null(json, "values_bytes", elems);
	json_u64_or_null(json, "retained_bytes", row->retained_bytes);
	json_bool(json, "retained_exact", row->retained_exact);
	json_string(json, "owner", d->owner);
	json_string(json, "root", d->root_kind);
	render_path(json, d);
	json_u64(json, "holders", row->holders);
	render_flags(json, "flags", row->flags);
	json_string(json, "severity",
		    severity_name((enum severity)row->severity));
}

void render_map(struct json *json, const struct session *session, uint32_t row)
{
	CLEANUP(map_detail_deinit) struct map_detail d = {0};
	struct error *err;

	err = map_detail_part(
		session, row, DETAIL_LIST,
		session->options.redact ? HEAP_PATH_REDACTED : HEAP_PATH, &d);
	json_open(json, NULL, '{');
	if (err)
		json_string(json, "error", err->message);
	else
		render_fields(json, session, &d);
	json_close(json, '}');
	error_free(err);
}

struct error *render_map_detail(struct json *json,
				const struct session *session, uint32_t row,
				bool charts)
{
	CLEANUP(map_detail_deinit) struct map_detail d = {0};
	struct error *err;
	uint32_t i;

	err = map_detail_load(session, row, &d);
	if (err)
		return err;
	json_open(json, "map", '{');
	render_fields(json, session, &d);
	json_string(json, "key_type", d.key_type);
	json_string(json, "elem_type", d.elem_type);
	json_u64(json, "slot_bytes", d.slot_bytes);
	json_u64(json, "unit_bytes", d.unit_bytes);
	json_open(json, "occupancy", '[');
	for (i = 0; i < d.occupancy_count; i++)
		json_u64(json, NULL, d.occupancy[i]);
	json_close(json, ']');
	if (charts)
		render_charts(json, &d);
	json_open(json, "longest", '{');
	json_u64(json, "index", d.chain_longest_index);
	json_u64(json, "length", d.chain_max);
	json_close(json, '}');
	json_string(json, "why", d.why);
	json_string(json, "fix", d.fix);
	json_close(json, '}');
	return NULL;
}

enum { GROUP_ADDRESSES = 16 };

void render_group(struct json *json, const struct map_groups *groups,
		  uint32_t index)
{
	static const char *const keys[] = {"owner", "type", "package", "owner"};
	const struct map_group *g = &groups->groups[index];
	const struct session *session = groups->session;
	uint64_t i;

	json_open(json, NULL, '{');
	json_string(json, keys[groups->by], g->name);
	if (groups->by != GROUP_TYPE)
		json_string(json, "type", g->type);
	json_u64(json, "maps", g->maps);
	json_u64(json, "entries", g->entries);
	json_u64(json, "slots", g->slots);
	json_u64(json, "storage_bytes", g->storage_bytes);
	json_u64(json, "waste_bytes", g->waste_bytes);
	json_u64_or_null(json, "keys_bytes", g->keys_bytes);
	json_u64_or_null(json, "values_bytes", g->elems_bytes);
	json_bool(json, "sizes_exact", g->sizes_exact);
	json_u64_or_null(json, "retained_bytes", g->retained_bytes);
	json_bool(json, "retained_exact", g->retained_exact);
	json_u64(json, "tombstones", g->tombstones);
	json_u64(json, "old_bytes", g->old_bytes);
	json_u64(json, "chain", g->chain_max);
	render_flags(json, "flags", g->flags);
	json_string(json, "severity",
		    severity_name((enum severity)g->severity));
	json_open(json, "addresses", '[');
	for (i = 0; i < g->maps && i < GROUP_ADDRESSES; i++)
		json_address(json, NULL,
			     session->rows[groups->rows[g->first + i]].addr);
	json_close(json, ']');
	json_bool(json, "addresses_truncated", g->maps > GROUP_ADDRESSES);
	json_close(json, '}');
}

void render_finding(struct json *json, const struct finding *f)
{
	json_open(json, NULL, '{');
	json_string(json, "rule", f->rule);
	json_string(json, "severity",
		    severity_name((enum severity)f->severity));
	json_u64(json, "bytes", f->bytes);
	json_string(json, "owner", f->owner);
	json_string(json, "title", f->title);
	json_string(json, "evidence", f->evidence);
	json_string(json, "why", f->why);
	json_string(json, "action", f->action);
	json_bool(json, "accepted", f->accepted);
	json_address(json, "addr", f->addr);
	json_close(json, '}');
}

void render_entry(struct json *json, const struct session *session,
		  uint32_t row, const struct entries *entries,
		  const struct entry *entry, bool redact)
{
	json_open(json, NULL, '{');
	json_raw(json, "key");
	entry_key_json(entries, entry, redact, &json->out);
	json_raw(json, "value");
	entry_value_json(entries, entry, redact, &json->out);
	if (session->rows[row].swiss) {
		json_u64(json, "table", entry->table);
		json_u64(json, "group", entry->unit);
	} else {
		json_u64(json, "bucket", entry->unit);
		json_u64(json, "chain_index", entry->chain);
		json_bool(json, "old", entry->old);
	}
	json_u64(json, "slot", entry->slot);
	json_close(json, '}');
}

static void render_memstats(struct json *json, const struct session_totals *t)
{
	json_u64_or_null(json, "heap_alloc", t->heap_alloc);
	json_u64_or_null(json, "heap_inuse", t->heap_inuse);
	json_u64_or_null(json, "heap_idle", t->heap_idle);
	json_u64_or_null(json, "heap_released", t->heap_released);
	json_u64_or_null(json, "heap_sys", t->heap_sys);
	json_u64_or_null(json, "stack_inuse", t->stack_inuse);
	json_u64_or_null(json, "stack_sys", t->stack_sys);
	json_u64_or_null(json, "mspan_sys", t->mspan_sys);
	json_u64_or_null(json, "mcache_sys", t->mcache_sys);
	json_u64_or_null(json, "gc_sys", t->gc_sys);
	json_u64_or_null(json, "mspan_inuse", t->mspan_inuse);
	json_u64_or_null(json, "mcache_inuse", t->mcache_inuse);
	json_u64_or_null(json, "buckhash_sys", t->buckhash_sys);
	json_u64_or_null(json, "other_sys", t->other_sys);
	json_u64_or_null(json, "gc_cpu_ppb", t->gc_cpu_ppb);
	json_u64_or_null(json, "sys", t->sys);
	json_u64_or_null(json, "mallocs", t->mallocs);
	json_u64_or_null(json, "frees", t->frees);
	json_u64_or_null(json, "total_alloc", t->total_alloc);
	json_u64_or_null(json, "next_gc", t->next_gc);
	json_u64_or_null(json, "num_gc", t->num_gc);
	json_u64_or_null(json, "num_forced_gc", t->num_forced_gc);
	json_u64_or_null(json, "last_gc_ns", t->last_gc_ns);
	json_u64_or_null(json, "last_pause_ns", t->last_pause_ns);
	json_u64_or_null(json, "pause_total_ns", t->pause_total_ns);
	json_string(json, "gc_phase", t->gc_phase);
	json_i64(json, "gogc", t->gogc);
	if (t->memory_limit == INT64_MAX)
		json_null(json, "memory_limit");
	else
		json_i64(json, "memory_limit", t->memory_limit);
}

static void render_resident(struct json *json, const struct session *session)
{
	struct memory_resident r;

	if (!memory_resident_load(session, &r)) {
		json_null(json, "resident");
		return;
	}
	json_open(json, "resident", '{');
	json_u64(json, "all", r.all);
	json_u64(json, "heap", r.heap);
	json_u64(json, "metadata", r.metadata);
	json_u64(json, "binary", r.binary);
	json_u64(json, "files", r.files);
	json_u64(json, "c", r.c);
	json_u64(json, "swap", r.swap);
	json_close(json, '}');
}

/* The latest first. */
static void render_pauses(struct json *json, const struct session *session)
{
	uint32_t i;

	json_open(json, "pauses", '[');
	for (i = 0; session->have_stats && i < session->stats.pause_count;
	     i++) {
		json_open(json, NULL, '{');
		json_u64(json, "pause_ns", session->stats.pauses[i].ns);
		json_u64(json, "end_ns", session->stats.pauses[i].end_ns);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void render_classes(struct json *json, const struct session *session)
{
	uint32_t i;

	json_open(json, "by_size", '[');
	for (i = 0; session->have_stats && i < GO_SIZE_CLASSES; i++) {
		const struct go_class_counts *c = &session->stats.by_size[i];

		json_open(json, NULL, '{');
		json_u64(json, "size", c->size);
		json_u64(json, "mallocs", c->mallocs);
		json_u64(json, "frees", c->frees);
		json_close(json, '}');
	}
	json_close(json, ']');
}

void render_stats(struct json *json, const struct session *session)
{
	struct session_totals t;

	session_totals(session, &t);
	json_open(json, "stats", '{');
	render_memstats(json, &t);
	if (session->have_stats)
		json_u64(json, "heap_objects", session->stats.heap_objects);
	else
		json_null(json, "heap_objects");
	json_u64(json, "live_objects", t.heap_objects);
	json_u64(json, "live_bytes", t.heap_live_bytes);
	json_u64_or_null(json, "garbage_bytes", t.heap_garbage_bytes);
	json_u64(json, "goroutines",
		 session->have_stats ? session->stats.goroutines
				     : t.goroutines);
	json_u64(json, "threads", t.threads);
	json_u64_or_null(json, "rss", t.rss);
	json_u64(json, "maps", t.maps);
	json_u64(json, "map_owners", t.map_owners);
	json_u64(json, "nil_maps", t.nil_maps);
	json_u64(json, "map_entries", t.entries);
	json_u64(json, "map_slots", t.slots);
	json_u64(json, "map_storage_bytes", t.storage_bytes);
	json_u64(json, "map_waste_bytes", t.waste_bytes);
	json_u64(json, "map_tombstones", t.tombstones);
	render_resident(json, session);
	render_pauses(json, session);
	render_classes(json, session);
	json_open(json, "timing", '{');
	json_u64(json, "index_ns", t.index_ns);
	json_u64(json, "copy_ns", t.copy_ns);
	json_u64(json, "analysis_ns", t.analysis_ns);
	json_u64(json, "runtime_ns", t.times.runtime_ns);
	json_u64(json, "mark_ns", t.times.mark_ns);
	json_u64(json, "references_ns", t.times.references_ns);
	json_u64(json, "dominators_ns", t.times.dominators_ns);
	json_close(json, '}');
	json_u64(json, "maps_growing", t.growing);
	json_u64(json, "map_old_bytes", t.old_bytes);
	json_close(json, '}');
}

void render_error(struct json *json, int code, const struct error *err)
{
	json_open(json, NULL, '{');
	json_string(json, "schema", "mapscope/error/1");
	json_i64(json, "code", code);
	json_string(json, "message", err->message);
	json_string(json, "hint", err->hint);
	json_close(json, '}');
	buf_addc(&json->out, '\n');
}
