#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/session_priv.h"

static const char *part_suffix(enum go_role role)
{
	switch (role) {
	case GO_ROLE_MAP_BUCKET:
		return " bucket";
	case GO_ROLE_MAP_GROUP:
		return " group";
	case GO_ROLE_MAP_TABLE:
		return " table";
	default:
		return "";
	}
}

static bool is_map_part(const struct go_type *type)
{
	return type->map && (type->role == GO_ROLE_MAP_HEADER ||
			     type->role == GO_ROLE_MAP_BUCKET ||
			     type->role == GO_ROLE_MAP_GROUP ||
			     type->role == GO_ROLE_MAP_TABLE);
}

static bool is_chan_header(const struct go_type *type)
{
	return type->role == GO_ROLE_CHAN && type->elem;
}

/** What a pointer to tables is: an entry of a Swiss map's directory. */
static const struct go_type *directory_of(const struct go_types *types,
					  const struct go_type *type)
{
	const struct go_type *table = go_type(types, type->elem);

	return type->kind == GO_POINTER && table->map &&
			       table->role == GO_ROLE_MAP_TABLE
		       ? table
		       : NULL;
}

const char *session_type_name(const struct session *session, uint32_t id)
{
	/* a cache: what it holds follows from the types */
	struct session *cache = (struct session *)(uintptr_t)session;
	const struct go_types *types = session->rt->types;
	const struct go_type *type = go_type(types, id);
	const struct go_type *table = directory_of(types, type);
	const char *name;

	if (!type->id)
		return NULL;
	if (!is_map_part(type) && !table && !is_chan_header(type))
		return type->name;
	pthread_mutex_lock(&cache->lazy_lock);
	if (id >= cache->part_count) {
		uint32_t count = id + id / 2 + 64;

		cache->part_names = xreallocarray(cache->part_names, count,
						  sizeof(*cache->part_names));
		memset(cache->part_names + cache->part_count, 0,
		       (count - cache->part_count) *
			       sizeof(*cache->part_names));
		cache->part_count = count;
	}
	if (!cache->part_names[id] && is_chan_header(type))
		cache->part_names[id] =
			xasprintf("chan %s", go_type(types, type->elem)->name);
	if (!cache->part_names[id])
		cache->part_names[id] = xasprintf(
			"%s%s",
			go_type(types, table ? table->map : type->map)->name,
			table ? " directory" : part_suffix(type->role));
	name = cache->part_names[id];
	pthread_mutex_unlock(&cache->lazy_lock);
	return name;
}

void session_type_names_free(struct session *session)
{
	uint32_t i;

	for (i = 0; i < session->part_count; i++)
		free(session->part_names[i]);
	free(session->part_names);
}
