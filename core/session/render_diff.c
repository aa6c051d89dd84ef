#include "core/session/render_diff.h"

static void delta(struct json *json, const char *key, uint64_t a, uint64_t b)
{
	bool known;
	int64_t d = diff_delta(a, b, &known);

	if (known)
		json_i64(json, key, d);
	else
		json_null(json, key);
}

static void render_counts(struct json *json, const char *key, const char *what,
			  const struct diff_count *list, uint32_t count,
			  bool bytes)
{
	uint32_t i;

	json_open(json, key, '[');
	for (i = 0; i < count; i++) {
		json_open(json, NULL, '{');
		json_string(json, what, list[i].name);
		json_u64(json, "a", list[i].a);
		json_u64(json, "b", list[i].b);
		delta(json, "d_count", list[i].a, list[i].b);
		if (bytes)
			delta(json, "d_bytes", list[i].a_bytes,
			      list[i].b_bytes);
		json_close(json, '}');
	}
	json_close(json, ']');
}

void render_diff_head(struct json *json, const struct diff *diff)
{
	struct session_totals a, b;
	struct session_info ia, ib;
	uint32_t i;

	session_totals(diff->a, &a);
	session_totals(diff->b, &b);
	session_info(diff->a, &ia);
	session_info(diff->b, &ib);
	json_bool(json, "same_process", diff->same_process);
	json_i64(json, "elapsed_ns", (int64_t)(ib.time_ns - ia.time_ns));
	json_open(json, "verdict", '[');
	for (i = 0; i < diff->sentence_count; i++)
		json_string(json, NULL, diff->sentences[i]);
	json_close(json, ']');
	json_open(json, "totals", '{');
	delta(json, "d_live_bytes", a.heap_live_bytes, b.heap_live_bytes);
	delta(json, "d_live_objects", a.heap_objects, b.heap_objects);
	delta(json, "d_rss", a.rss, b.rss);
	delta(json, "d_maps", a.maps, b.maps);
	delta(json, "d_entries", a.entries, b.entries);
	delta(json, "d_storage", a.storage_bytes, b.storage_bytes);
	delta(json, "d_tombstones", a.tombstones, b.tombstones);
	delta(json, "d_goroutines", a.goroutines, b.goroutines);
	json_close(json, '}');
	render_counts(json, "types", "type", diff->types, diff->type_count,
		      true);
	render_counts(json, "goroutines", "place", diff->goroutines,
		      diff->goroutine_count, false);
}

static void render_side(struct json *json, const char *key,
			const struct diff_side *s)
{
	if (!s->maps) {
		json_null(json, key);
		return;
	}
	json_open(json, key, '{');
	json_u64(json, "maps", s->maps);
	json_u64(json, "entries", s->entries);
	json_u64(json, "slots", s->slots);
	json_u64(json, "storage_bytes", s->storage_bytes);
	json_u64(json, "tombstones", s->tombstones);
	json_u64_or_null(json, "retained_bytes", s->retained_bytes);
	json_bool(json, "retained_exact", s->exact);
	json_close(json, '}');
}

void render_diff_row(struct json *json, const struct diff *diff, uint32_t row)
{
	static const char *const keys[] = {"owner", "type", "package", "owner"};
	const struct diff_row *r = &diff->rows[row];

	json_open(json, NULL, '{');
	json_string(json, keys[diff->by], r->name);
	if (diff->by == GROUP_NONE)
		json_address(json, "addr", r->addr);
	if (diff->by != GROUP_TYPE)
		json_string(json, "type", r->type);
	json_string(json, "state", diff_state_name(r->state));
	delta(json, "d_maps", r->a.maps, r->b.maps);
	delta(json, "d_entries", r->a.entries, r->b.entries);
	delta(json, "d_storage", r->a.storage_bytes, r->b.storage_bytes);
	delta(json, "d_retained", r->a.maps ? r->a.retained_bytes : 0,
	      r->b.maps ? r->b.retained_bytes : 0);
	json_double(json, "d_load", diff_load_points(r) / 100);
	delta(json, "d_tombstones", r->a.tombstones, r->b.tombstones);
	if (diff->same_process) {
		json_u64(json, "matched", r->matched);
		json_u64(json, "new", r->appeared);
		json_u64(json, "gone", r->vanished);
	} else {
		json_null(json, "matched");
		json_null(json, "new");
		json_null(json, "gone");
	}
	render_side(json, "a", &r->a);
	render_side(json, "b", &r->b);
	json_close(json, '}');
}
