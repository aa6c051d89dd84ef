#include "core/session/render_heap.h"

#include <string.h>

static void render_step(struct json *json, const struct ref_step *step)
{
	json_open(json, NULL, '{');
	json_address(json, "addr", step->addr);
	json_string(json, "type", step->type);
	json_string(json, "field", *step->text ? step->text : NULL);
	json_u64_or_null(json, "retained_bytes", step->retained_bytes);
	json_close(json, '}');
}

static void render_root(struct json *json, const struct ref_path *path)
{
	json_open(json, "root", '{');
	json_string(json, "kind", path->kind);
	json_string(json, "name", path->name);
	json_address(json, "addr", path->addr);
	if (path->goroutine)
		json_i64(json, "goroutine", path->goroutine);
	else
		json_null(json, "goroutine");
	json_string(json, "function", path->function);
	json_string(json, "file", path->file);
	if (path->line)
		json_u64(json, "line", path->line);
	else
		json_null(json, "line");
	json_close(json, '}');
}

static void render_path(struct json *json, const struct ref_path *path)
{
	uint32_t i;

	json_open(json, NULL, '{');
	render_root(json, path);
	json_open(json, "steps", '[');
	for (i = 0; i < path->step_count; i++)
		render_step(json, &path->steps[i]);
	json_close(json, ']');
	json_u64(json, "distance", path->distance);
	json_u64(json, "merged", path->merged);
	json_bool(json, "strong", path->strong);
	json_bool(json, "conservative", path->conservative);
	json_close(json, '}');
}

void render_refs(struct json *json, const struct refs *refs)
{
	uint32_t i;

	json_open(json, "object", '{');
	json_address(json, "addr", refs->addr);
	json_string(json, "type", refs->type);
	json_u64(json, "bytes", refs->bytes);
	json_u64_or_null(json, "retained_bytes", refs->retained_bytes);
	json_u64(json, "holders", refs->holders);
	json_close(json, '}');
	json_open(json, "paths", '[');
	for (i = 0; i < refs->count; i++)
		render_path(json, &refs->paths[i]);
	json_close(json, ']');
	json_u64(json, "strong", refs->strong);
	json_u64(json, "excluded", refs->weak);
	json_u64(json, "ignored", refs->ignored);
	json_bool(json, "weak_pointer", refs->weak_pointer);
	json_bool(json, "finalizer", refs->finalizer);
	json_bool(json, "cleanup", refs->cleanup);
	json_bool(json, "all_paths", refs->complete);
	json_string(json, "verdict", refs->verdict);
}

void render_ref_row(struct json *json, const struct ref_row *row,
		    uint32_t level)
{
	json_open(json, NULL, '{');
	json_address(json, "addr", row->addr);
	json_address(json, "target", row->target);
	json_string(json, "kind", row->kind);
	if (row->holder)
		json_address(json, "holder", row->holder);
	else
		json_null(json, "holder");
	json_string(json, "type", row->type);
	json_string(json, "field", row->text);
	json_u64_or_null(json, "retained_bytes", row->retained_bytes);
	json_u64(json, "level", level);
	json_close(json, '}');
}

void render_object(struct json *json, const struct object_info *info)
{
	json_open(json, NULL, '{');
	json_address(json, "addr", info->addr);
	json_string(json, "type", info->type);
	json_u64(json, "bytes", info->bytes);
	json_u64_or_null(json, "retained_bytes", info->retained_bytes);
	json_u64(json, "count", info->count);
	json_u64_or_null(json, "len", info->len);
	json_u64_or_null(json, "cap", info->cap);
	json_u64_or_null(json, "used_bytes", info->used_bytes);
	json_bool(json, "reachable", info->reachable);
	json_close(json, '}');
}

void render_retained(struct json *json, const struct object_info *info,
		     const char *owner, uint64_t dominated)
{
	json_open(json, NULL, '{');
	json_address(json, "addr", info->addr);
	json_string(json, "type", info->type);
	json_string(json, "owner", owner);
	json_u64(json, "shallow_bytes", info->bytes);
	json_u64_or_null(json, "retained_bytes", info->retained_bytes);
	json_bool(json, "retained_exact", true);
	json_u64_or_null(json, "dominated", dominated);
	json_close(json, '}');
}

void render_type(struct json *json, const struct type_row *row, bool by_package)
{
	json_open(json, NULL, '{');
	json_string(json, by_package ? "package" : "type", row->name);
	json_u64(json, "count", row->count);
	json_u64(json, "shallow_bytes", row->bytes);
	json_u64_or_null(json, "retained_bytes", row->retained_bytes);
	json_bool(json, "retained_exact", row->exact);
	json_close(json, '}');
}

void render_address(struct json *json, const struct address_info *info)
{
	json_open(json, "addr", '{');
	json_address(json, "addr", info->addr);
	json_string(json, "state", info->state);
	if (info->start)
		json_address(json, "object", info->start);
	else
		json_null(json, "object");
	json_u64_or_null(json, "bytes", info->start ? info->bytes : UINT64_MAX);
	json_string(json, "type", info->type);
	json_string(json, "name", info->name);
	json_string(json, "place", info->place);
	json_u64_or_null(json, "retained_bytes", info->retained_bytes);
	if (info->goroutine)
		json_i64(json, "goroutine", info->goroutine);
	else
		json_null(json, "goroutine");
	if (info->in_heap) {
		json_address(json, "span", info->span);
		json_u64(json, "span_bytes", info->span_bytes);
		json_u64(json, "slot_bytes", info->slot_bytes);
		json_u64(json, "size_class", info->size_class);
		json_bool(json, "noscan", info->noscan);
	} else {
		json_null(json, "span");
		json_null(json, "span_bytes");
		json_null(json, "slot_bytes");
		json_null(json, "size_class");
		json_null(json, "noscan");
	}
	json_close(json, '}');
}

void render_found(struct json *json, const struct found *found, bool redact)
{
	json_open(json, NULL, '{');
	json_address(json, "addr", found->addr);
	json_bool(json, "heap", found->object != UINT32_MAX);
	json_string(json, "text", redact ? NULL : found->text);
	json_close(json, '}');
}
