#ifndef CORE_HEAP_ROUTES_H
#define CORE_HEAP_ROUTES_H

/**
 * All the ways from roots to one object, shortest first. The search goes
 * backwards from the object and enters every holder once, so that two routes
 * never differ only in how they reach a common holder: each route ends in a
 * root word that no other route has.
 */
#include "core/heap/reverse.h"

/** objects[first] is what the root refers to, the last is the target. */
struct heap_route {
	uint32_t root;
	uint32_t first, count;
};

struct heap_routes {
	struct heap_route *routes;
	uint32_t count;
	uint32_t *objects;
	uint32_t object_count, object_cap;
	uint32_t visited; /* holders that the search entered */
	uint32_t ignored; /* references from holders that it must not enter */
	bool complete;	  /* there are no further routes */
};

enum { HEAP_ROUTE_LENGTH = 4096 };

/**
 * At most @p max routes; longer ones than HEAP_ROUTE_LENGTH are cut at the
 * root's end. @p ignored: a bitmap of objects that no route leads through;
 * NULL none. Cancelled, it ends with what it has.
 */
void heap_routes_load(const struct heap_reverse *reverse, uint32_t object,
		      uint32_t max, const uint64_t *ignored, struct job *job,
		      struct heap_routes *ret);
void heap_routes_deinit(struct heap_routes *routes);

#endif
