/*
 * sync.Map up to Go 1.23: a map that is read without a lock and one with the
 * newer keys. An entry whose pointer is nil is gone; entries marked as expunged
 * are in the first map only while there is a second one, which then has all
 * that live.
 */
#include <string.h>

#include "core/container/container.h"
#include "core/container/library.h"

static bool is_sync_map(const struct go_types *types,
			const struct go_type *type)
{
	(void)types;
	return type->kind == GO_STRUCT && !strcmp(type->name, "sync.Map") &&
	       go_type_field(type, "dirty");
}

/** Live entries of a map[any]*entry; its storage is a row of the maps. */
static uint64_t count_live(const struct library_view *view, uint32_t type,
			   uint64_t header, struct library_figures *ret)
{
	const struct map_view map = {
		.sample = view->sample,
		.types = view->types,
		.type = go_type(view->types, type),
		.header = header,
	};
	uint64_t live = 0, entry, value;
	struct map_cursor cursor = {0};
	struct map_entry at;
	bool more = map.type->layout && header;

	while (more) {
		struct error *err = map_next(&map, &cursor, &at, &more);

		if (err) {
			error_free(err);
			ret->damaged = true;
			break;
		}
		if (!more || !sample_u64(view->sample, at.elem, &entry) ||
		    !entry)
			continue;
		library_add_storage(view, entry, ret);
		if (!sample_u64(view->sample, entry, &value))
			continue;
		live += value != 0;
	}
	return live;
}

static void figures(const struct library_view *view,
		    struct library_figures *ret)
{
	const struct go_field *dirty = go_type_field(view->type, "dirty");
	uint64_t dirty_map =
		library_word(view, view->type, view->addr, "dirty");
	uint64_t read = library_word(view, view->type, view->addr, "read");
	uint64_t map = 0;

	ret->capacity = UINT64_MAX;
	/* what is dirty has all that is read, when there is such a map */
	if (!dirty_map && read)
		sample_u64(view->sample, read, &map);
	ret->entries =
		count_live(view, dirty->type, dirty_map ? dirty_map : map, ret);
	ret->depth = 1;
}

const struct library_kind library_sync_map = {
	.name = "sync.Map",
	.is = is_sync_map,
	.figures = figures,
};
