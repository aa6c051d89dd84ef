#ifndef CORE_CONTAINER_MAP_FIND_H
#define CORE_CONTAINER_MAP_FIND_H

/**
 * Look up one key of a map. With a hasher in the view the lookup goes where
 * the runtime would look; if that finds nothing, or without one, all entries
 * are compared, so that a wrong hash costs time and no answer.
 */
#include "core/container/container.h"

/** Key of kind string. */
struct error *map_find_string(const struct map_view *view, const char *s,
			      uint64_t len, struct map_entry *ret,
			      bool *found) MUST_CHECK;
/**
 * Any key: @p key has the bytes of the key type as the target would have them,
 * with pointers into the target. Compared as Go's == does.
 */
struct error *map_find_key(const struct map_view *view, const void *key,
			   struct map_entry *ret, bool *found) MUST_CHECK;

/** Is the key at @p addr equal to @p key, bytes as for map_find_key()? */
bool map_key_same(const struct map_view *view, uint64_t addr, const void *key);

#endif
