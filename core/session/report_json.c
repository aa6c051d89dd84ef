/* report.json: the same figures, with more rows. */
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/render.h"
#include "core/session/render_heap.h"
#include "core/session/report_priv.h"

enum {
	MAX_FINDINGS = 1000,
	MAX_OWNERS = 2000,
	MAX_MAPS = 500,
	MAX_TYPES = 200,
	MAX_LINES = 200,
	MAX_GROWTH = 500,
	MAX_BYTES = 5000000,
};

static void add_facts(struct json *json, const struct report *r)
{
	size_t i;

	json_open(json, "facts", '[');
	for (i = 0; i < r->fact_count; i++) {
		json_open(json, NULL, '{');
		json_string(json, "name", r->facts[i].label);
		json_string(json, "value", r->facts[i].value);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void add_findings(struct json *json, const struct report *r)
{
	uint32_t i, count;
	const struct finding *findings = session_findings(r->source, &count);

	json_open(json, "findings", '[');
	for (i = 0;
	     i < count && i < MAX_FINDINGS && json->out.len < MAX_BYTES / 3;
	     i++)
		render_finding(json, &findings[i]);
	json_close(json, ']');
	json_bool(json, "findings_truncated", i < count);
}

static void add_owners(struct json *json, const struct report *r)
{
	uint32_t i;

	json_open(json, "owners", '[');
	for (i = 0; r->maps && i < r->owners.count && i < MAX_OWNERS &&
		    json->out.len < MAX_BYTES * 2 / 3;
	     i++) {
		uint32_t row = list_row(&r->owners, i);

		if (row < r->groups.count)
			render_group(json, &r->groups, row);
	}
	json_close(json, ']');
	json_bool(json, "owners_truncated", r->maps && r->owners.count > i);
	json_open(json, "maps", '[');
	for (i = 0; r->maps && i < r->rows.count && i < MAX_MAPS &&
		    json->out.len < MAX_BYTES;
	     i++)
		render_map(json, r->source, list_row(&r->rows, i));
	json_close(json, ']');
	json_bool(json, "maps_truncated", r->maps && r->rows.count > i);
}

static void add_more(struct json *json, const struct suspect_more *m)
{
	uint32_t i, k;

	json_open(json, "paths", '[');
	for (i = 0; i < m->path_count; i++) {
		const struct suspect_path *path = &m->paths[i];

		json_open(json, NULL, '{');
		json_string(json, "root", path->root);
		json_i64(json, "goroutine", path->goroutine);
		json_bool(json, "strong", path->strong);
		json_u64(json, "like_it", path->merged);
		json_open(json, "steps", '[');
		for (k = 0; k < path->step_count; k++)
			json_string(json, NULL, path->steps[k]);
		json_close(json, ']');
		json_close(json, '}');
	}
	json_close(json, ']');
	json_u64(json, "sampled_objects", m->sampled);
	json_open(json, "allocated_in", '[');
	for (i = 0; i < m->site_count; i++) {
		json_open(json, NULL, '{');
		json_string(json, "function", m->sites[i].function);
		json_string(json, "file", m->sites[i].file);
		json_u64(json, "line", m->sites[i].line);
		json_u64(json, "objects", m->sites[i].objects);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static struct error *add_suspects(struct json *json, const struct report *r)
{
	struct error *err = NULL;
	uint32_t i;

	json_open(json, "suspects", '[');
	for (i = 0; i < r->suspect_count && !err; i++) {
		json_open(json, NULL, '{');
		err = render_map_detail(json, r->source, r->suspects[i].row,
					false);
		json_string(json, "finding",
			    r->suspects[i].finding
				    ? r->suspects[i].finding->title
				    : NULL);
		add_more(json, &r->suspects[i].more);
		json_close(json, '}');
	}
	json_close(json, ']');
	return err;
}

static void add_goroutines(struct json *json, const struct report *r)
{
	uint32_t i;

	json_open(json, "goroutines", '[');
	for (i = 0; i < r->goroutines.count && i < MAX_LINES; i++) {
		const struct goroutine_line *line = &r->goroutines.lines[i];

		json_open(json, NULL, '{');
		json_u64(json, "count", line->count);
		json_string(json, "place", line->user);
		json_string(json, "created", line->go);
		json_string(json, "state", line->state);
		json_u64_or_null(json, "wait_ns", line->wait_ns);
		json_u64(json, "maps", line->maps);
		json_i64(json, "first_id", line->id);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_open(json, "types", '[');
	for (i = 0; i < r->types.count && i < MAX_TYPES; i++)
		render_type(json, &r->types.rows[i], false);
	json_close(json, ']');
}

static void add_side(struct json *json, const char *key,
		     const struct diff_side *side)
{
	json_open(json, key, '{');
	json_u64(json, "maps", side->maps);
	json_u64(json, "entries", side->entries);
	json_u64(json, "slots", side->slots);
	json_u64(json, "storage_bytes", side->storage_bytes);
	json_u64_or_null(json, "retained_bytes", side->retained_bytes);
	json_u64(json, "tombstones", side->tombstones);
	json_close(json, '}');
}

static void add_growth(struct json *json, const struct report *r)
{
	uint32_t i;

	if (!r->compared) {
		json_null(json, "growth");
		return;
	}
	json_open(json, "growth", '{');
	json_time(json, "base_time", r->base_time_ns);
	json_open(json, "verdict", '[');
	for (i = 0; i < r->sentence_count; i++)
		json_string(json, NULL, r->sentences[i]);
	json_close(json, ']');
	json_open(json, "owners", '[');
	for (i = 0; i < r->growth_count && i < MAX_GROWTH; i++) {
		json_open(json, NULL, '{');
		json_string(json, "owner", r->growth[i].name);
		json_string(json, "state", diff_state_name(r->growth[i].state));
		add_side(json, "base", &r->growth[i].a);
		add_side(json, "now", &r->growth[i].b);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_open(json, "types", '[');
	for (i = 0; i < r->type_growth_count && i < MAX_GROWTH; i++) {
		const struct growth *g = &r->type_growth[i];

		json_open(json, NULL, '{');
		json_string(json, "type", g->name);
		json_u64(json, "base_objects", g->a.entries);
		json_u64(json, "objects", g->b.entries);
		json_u64(json, "base_bytes", g->a.storage_bytes);
		json_u64(json, "bytes", g->b.storage_bytes);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_close(json, '}');
}

static void add_series(struct json *json, const struct report *r)
{
	if (!r->series) {
		json_null(json, "watched");
		return;
	}
	json_open(json, "watched", '{');
	render_series(json, r->series);
	json_close(json, '}');
}

static void add_files(struct json *json, const struct report *r)
{
	size_t i;

	json_open(json, "files", '[');
	for (i = 0; i < r->file_count; i++) {
		json_open(json, NULL, '{');
		json_string(json, "name", r->files[i].name);
		json_u64(json, "bytes", r->files[i].bytes);
		json_string(json, "sha256", r->files[i].sha256);
		json_close(json, '}');
	}
	json_close(json, ']');
}

struct error *report_json(const struct report *r, struct buf *out)
{
	CLEANUP(json_deinit) struct json json = {0};
	CLEANUP(buf_deinit) struct buf verdict = {0};
	struct error *err;

	report_verdict(r, &verdict);
	render_begin_as(&json, &r->info, "report", r->redaction);
	json_string(&json, "title", r->title);
	json_string(&json, "verdict", buf_str(&verdict));
	add_facts(&json, r);
	render_stats(&json, r->source);
	add_findings(&json, r);
	add_owners(&json, r);
	if ((err = add_suspects(&json, r)))
		return err;
	add_goroutines(&json, r);
	add_growth(&json, r);
	add_series(&json, r);
	add_files(&json, r);
	render_end(&json);
	buf_add(out, json.out.data, json.out.len);
	return NULL;
}
