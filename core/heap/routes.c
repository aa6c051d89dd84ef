#include "core/heap/routes.h"

#include <stdlib.h>

#include "core/base/xalloc.h"
#include "core/heap/heap_priv.h"

enum { MAX_VISITED = 1 << 23, CHECK_EVERY = 4096 };

struct visit {
	uint32_t object;
	uint32_t next; /* index of the visit nearer to the target */
};

struct search {
	const struct heap_reverse *reverse;
	struct heap_routes *routes;
	uint32_t max;
	const uint64_t *ignored;
	uint64_t *entered;
	struct visit *visits;
	size_t count, cap;
	bool cut;
};

static void enter(struct search *s, uint32_t object, uint32_t next)
{
	if (heap_bit(s->entered, object))
		return;
	if (s->ignored && s->count && heap_bit(s->ignored, object)) {
		s->routes->ignored++;
		return;
	}
	if (s->count >= MAX_VISITED) {
		s->cut = true;
		return;
	}
	heap_bit_set(s->entered, object);
	GROW_ARRAY(s->visits, s->count, s->cap);
	s->visits[s->count++] = (struct visit){object, next};
}

static void add_route(struct search *s, uint32_t root, uint32_t visit)
{
	struct heap_routes *r = s->routes;
	struct heap_route *route;

	r->routes = xreallocarray(r->routes, (size_t)r->count + 1,
				  sizeof(*r->routes));
	route = &r->routes[r->count++];
	*route = (struct heap_route){.root = root, .first = r->object_count};
	while (route->count < HEAP_ROUTE_LENGTH) {
		GROW_ARRAY(r->objects, r->object_count, r->object_cap);
		r->objects[r->object_count++] = s->visits[visit].object;
		route->count++;
		if (visit == s->visits[visit].next)
			break;
		visit = s->visits[visit].next;
	}
}

/** False when there are enough. */
static bool add_roots(struct search *s, uint32_t visit)
{
	uint32_t count, i, first;

	first = heap_reverse_roots(s->reverse, s->visits[visit].object, &count);
	for (i = 0; i < count; i++) {
		if (s->routes->count >= s->max)
			return false;
		add_route(s, s->reverse->roots[first + i].root, visit);
	}
	return true;
}

void heap_routes_load(const struct heap_reverse *reverse, uint32_t object,
		      uint32_t max, const uint64_t *ignored, struct job *job,
		      struct heap_routes *ret)
{
	struct search s = {.reverse = reverse,
			   .routes = ret,
			   .max = max,
			   .ignored = ignored};
	uint32_t i, k, count;
	bool more = true;

	*ret = (struct heap_routes){0};
	if (object >= reverse->heap->count)
		return;
	s.entered = big_alloc(heap_bitmap_bytes(reverse->heap));
	enter(&s, object, 0);
	for (i = 0; more && i < s.count; i++) {
		const uint32_t *from;

		if (i % CHECK_EVERY == 0 && job_cancelled(job))
			break;
		more = add_roots(&s, i);
		from = heap_reverse_of(reverse, s.visits[i].object, &count);
		for (k = 0; more && k < count; k++)
			enter(&s, from[k], i);
	}
	ret->complete = more && !s.cut && i == s.count;
	ret->visited = (uint32_t)s.count;
	free(s.visits);
	big_free(s.entered, heap_bitmap_bytes(reverse->heap));
}

void heap_routes_deinit(struct heap_routes *routes)
{
	free(routes->routes);
	free(routes->objects);
	*routes = (struct heap_routes){0};
}
