/* Paths from roots to an object, and what clearing them would free. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/heap/heap_priv.h"
#include "core/heap/owner.h"
#include "core/heap/routes.h"
#include "core/session/ref_exclude.h"
#include "core/session/references.h"
#include "core/session/session_priv.h"

enum {
	MERGE_FACTOR = 64,     /* routes looked at for each path shown */
	CLIMB_LIMIT = 1 << 22, /* steps up the dominator tree for a verdict */
	MAX_MERGED = 1 << 16,
};

static void set_frame(const struct go_runtime *rt, const struct go_root *root,
		      struct ref_path *path)
{
	uint32_t frame = root->owner;

	if (root->kind == GO_ROOT_STACK && root->variable &&
	    root->variable - 1 < rt->variable_count)
		frame = rt->variables[root->variable - 1].frame;
	if ((root->kind != GO_ROOT_STACK && root->kind != GO_ROOT_REGISTER) ||
	    frame >= rt->frame_count)
		return;
	path->function = rt->frames[frame].function;
	path->file = rt->frames[frame].file;
	path->line = rt->frames[frame].line;
	if (rt->frames[frame].goroutine < rt->goroutine_count)
		path->goroutine =
			rt->goroutines[rt->frames[frame].goroutine].id;
}

static char *step_text(const struct heap *heap, uint32_t object, uint32_t next,
		       enum hop_detail detail)
{
	struct buf base = {0}, text = {0};

	heap_hop(heap, object, heap_word_to(heap, object, next), next, detail,
		 &base, &text);
	buf_deinit(&base);
	return buf_steal(&text);
}

static void load_step(const struct session *session, const uint32_t *at,
		      bool last, enum hop_detail detail, struct ref_step *ret)
{
	const struct heap *heap = session->heap;

	*ret = (struct ref_step){
		.addr = go_object_addr(heap->rt, *at) +
			heap_header_bytes(heap_span_of(heap, *at)),
		.type = session_type_name(session, heap->type[*at]),
		.text = last ? xstrdup("")
			     : step_text(heap, *at, at[1], detail),
		.retained_bytes =
			heap->retained ? heap->retained[*at] : UINT64_MAX,
	};
}

static void load_path(const struct session *session,
		      const struct heap_routes *routes,
		      const struct heap_route *route, enum hop_detail detail,
		      struct ref_path *ret)
{
	const struct go_runtime *rt = session->rt;
	const struct go_root *root = &rt->roots[route->root];
	const uint32_t *objects = routes->objects + route->first;
	struct buf name = {0};
	uint32_t i;

	heap_root_name(session->heap, route->root, &name);
	*ret = (struct ref_path){
		.kind = root_kind_name(root->kind),
		.name = buf_steal_or(&name, "?"),
		.addr = root->addr,
		.distance = route->count,
		.merged = 1,
		.strong = root->kind != GO_ROOT_FINALIZER &&
			  root->kind != GO_ROOT_CLEANUP,
		.conservative = root->conservative,
	};
	set_frame(rt, root, ret);
	ret->steps = xcalloc(route->count, sizeof(*ret->steps));
	ret->step_count = route->count;
	for (i = 0; i < route->count; i++)
		load_step(session, objects + i, i + 1 == route->count, detail,
			  &ret->steps[i]);
}

/** What a route looks like without keys, indices and addresses. */
static char *route_shape(const struct session *session,
			 const struct heap_routes *routes,
			 const struct heap_route *route)
{
	const uint32_t *objects = routes->objects + route->first;
	struct buf shape = {0};
	uint32_t i;

	heap_root_name(session->heap, route->root, &shape);
	for (i = 0; i + 1 < route->count; i++) {
		CLEANUP(free_cleanup)
		char *text = step_text(session->heap, objects[i],
				       objects[i + 1], HOP_SHORT);

		buf_printf(&shape, "/%" PRIu32 "%s",
			   session->heap->type[objects[i]], text);
	}
	return buf_steal(&shape);
}

/* By name, and for stacks by function. */
static bool is_excluded(const struct session *session,
			const struct ref_exclusion *exclusion,
			const struct heap_route *route)
{
	CLEANUP(buf_deinit) struct buf name = {0};
	struct ref_path path = {0};

	if (!exclusion->any)
		return false;
	heap_root_name(session->heap, route->root, &name);
	set_frame(session->rt, &session->rt->roots[route->root], &path);
	return ref_exclusion_has(exclusion, buf_str(&name)) ||
	       ref_exclusion_has(exclusion, path.function);
}

static void add_paths(const struct session *session,
		      const struct heap_routes *routes, uint32_t max,
		      bool merge, const struct ref_exclusion *exclusion,
		      enum hop_detail detail, struct refs *ret)
{
	struct intern shapes = {0};
	uint32_t i, known;

	ret->paths = xcalloc((size_t)max + 1, sizeof(*ret->paths));
	for (i = 0; i < routes->count; i++) {
		const struct heap_route *route = &routes->routes[i];

		if (is_excluded(session, exclusion, route)) {
			ret->ignored++;
			continue;
		}
		if (merge) {
			CLEANUP(free_cleanup)
			char *shape = route_shape(session, routes, route);

			known = shapes.count;
			known = intern_add(&shapes, shape) < known
					? intern_find(&shapes, shape)
					: UINT32_MAX;
			if (known < ret->count)
				ret->paths[known].merged++;
			if (known != UINT32_MAX)
				continue;
		}
		if (ret->count >= max) {
			ret->complete = false;
			if (!merge)
				break;
			continue;
		}
		load_path(session, routes, route, detail,
			  &ret->paths[ret->count++]);
	}
	intern_deinit(&shapes);
}

/** Does @p object die with @p top? Bounded; false if that is not found out. */
static bool dominated_by(const struct heap *heap, uint32_t object, uint32_t top,
			 uint64_t *budget)
{
	for (; object != HEAP_NO_IDOM && *budget; --*budget) {
		if (object == top)
			return true;
		object = heap->idom[object];
	}
	return false;
}

struct holding {
	uint64_t
		holders; /* distinct, those that die with the object left out */
	uint64_t roots;
	uint32_t only; /* the holder if there is one */
};

static void count_holders(const struct session *session,
			  const struct heap_reverse *reverse, uint32_t object,
			  struct holding *ret)
{
	uint32_t count, roots, i;
	const uint32_t *from = heap_reverse_of(reverse, object, &count);
	uint64_t budget = CLIMB_LIMIT;

	heap_reverse_roots(reverse, object, &roots);
	ret->roots = roots;
	for (i = 0; i < count; i++) {
		if ((i && from[i] == from[i - 1]) ||
		    (session->heap->idom &&
		     dominated_by(session->heap, from[i], object, &budget)))
			continue;
		ret->holders++;
		ret->only = from[i];
	}
}

static void add_size(struct buf *out, uint64_t bytes)
{
	text_size(out, bytes);
}

static void add_object(const struct session *session, uint32_t object,
		       struct buf *out)
{
	const char *type =
		session_type_name(session, session->heap->type[object]);

	buf_printf(out, "%s 0x%" PRIx64, type ? type : "object",
		   go_object_addr(session->rt, object));
}

/** What clearing references would free, from the dominators. */
static char *verdict(const struct session *session, const struct refs *refs,
		     const struct holding *h)
{
	const struct heap *heap = session->heap;
	uint64_t all = h->holders + h->roots;
	struct buf out = {0};
	uint32_t idom;

	if (!heap_bit(heap->reached, refs->object)) {
		buf_adds(&out, "Nothing refers to it: it is garbage.");
		return buf_steal(&out);
	}
	if (!heap->idom || !heap->retained) {
		buf_printf(&out, "%" PRIu64 " references hold it.", all);
		return buf_steal(&out);
	}
	idom = heap->idom[refs->object];
	if (all == 1) {
		buf_adds(&out, "One reference holds it: clearing it frees ");
		add_size(&out, refs->retained_bytes);
		buf_addc(&out, '.');
		return buf_steal(&out);
	}
	buf_printf(&out,
		   "%" PRIu64 " references hold it: clearing one of them frees "
		   "nothing, clearing all frees ",
		   all);
	add_size(&out, refs->retained_bytes);
	if (idom == HEAP_NO_IDOM) {
		buf_adds(&out, ". No object is on all paths.");
		return buf_steal(&out);
	}
	buf_adds(&out, ". All paths go through ");
	add_object(session, idom, &out);
	buf_adds(&out, ": letting go of that frees ");
	add_size(&out, heap->retained[idom]);
	buf_addc(&out, '.');
	return buf_steal(&out);
}

static struct error *no_object(const struct session *session, uint64_t addr)
{
	struct error *err = error_new(ERROR_NOT_FOUND,
				      "no heap object at 0x%" PRIx64, addr);
	const struct go_global *global = go_global_at(session->rt, addr);

	if (global)
		return error_hint(
			err, "it is the package variable %s, a root itself",
			global->name);
	return error_hint(
		err, "mapscope addr TARGET 0x%" PRIx64 " says what is there",
		addr);
}

/** A map header outside the heap: the variable is its only path. */
static bool foreign_map(const struct session *session, uint64_t addr,
			struct refs *ret)
{
	struct ref_path *path;
	const struct map_row *row;
	uint32_t i;

	for (i = 0; i < session->row_count && session->rows[i].addr != addr;
	     i++)
		;
	if (i == session->row_count)
		return false;
	row = &session->rows[i];
	ret->object = UINT32_MAX;
	ret->type = map_row_type(session, row);
	ret->complete = true;
	ret->strong = ret->count = 1;
	ret->paths = path = xcalloc(1, sizeof(*path));
	path->kind = map_row_root(row);
	path->name = xstrdup(map_row_owner(session, row));
	path->addr = addr;
	path->merged = 1;
	path->strong = true;
	ret->verdict = xstrdup("The header is in the variable itself.");
	return true;
}

static void add_specials(const struct session *session, struct refs *ret)
{
	unsigned flags = go_object_specials(session->rt, ret->object);

	ret->weak_pointer = flags & GO_SPECIAL_WEAK;
	ret->finalizer = flags & GO_SPECIAL_FINALIZER;
	ret->cleanup = flags & GO_SPECIAL_CLEANUP;
}

struct error *refs_load(const struct session *session, uint64_t addr,
			uint32_t max, bool merge, struct refs *ret)
{
	return refs_load_without(session, addr, max, merge, NULL, ret);
}

struct error *refs_load_without(const struct session *session, uint64_t addr,
				uint32_t max, bool merge, const char *exclude,
				struct refs *ret)
{
	return refs_load_as(session, addr, max, merge, exclude,
			    session->options.redact, ret);
}

struct error *refs_load_as(const struct session *session, uint64_t addr,
			   uint32_t max, bool merge, const char *exclude,
			   bool redact, struct refs *ret)
{
	CLEANUP(ref_exclusion_deinit) struct ref_exclusion exclusion = {0};
	uint32_t object = go_object_at(session->rt, addr), i, wanted = max;
	CLEANUP(heap_routes_deinit) struct heap_routes routes = {0};
	const struct heap *heap = session->heap;
	const struct heap_reverse *reverse;
	struct holding holding = {0};
	struct error *err;

	*ret = (struct refs){.addr = addr, .retained_bytes = UINT64_MAX};
	if (object == GO_NO_OBJECT || !heap_bit(heap->rt->allocated, object))
		return foreign_map(session, addr, ret)
			       ? NULL
			       : no_object(session, addr);
	if ((err = session_reverse(session, &reverse)) ||
	    (err = ref_exclusion_load(session, exclude, &exclusion)))
		return err;
	if (exclude)
		wanted = MAX_MERGED;
	else if (merge)
		wanted = max < MAX_MERGED / MERGE_FACTOR ? max * MERGE_FACTOR
							 : MAX_MERGED;
	heap_routes_load(reverse, object, wanted, exclusion.objects,
			 session->command, &routes);
	if ((err = job_check(session->command)))
		return err;
	ret->object = object;
	ret->type = session_type_name(session, heap->type[object]);
	ret->bytes = heap_span_of(heap, object)->elem_size;
	if (heap->retained && heap_bit(heap->reached, object))
		ret->retained_bytes = heap->retained[object];
	ret->visited = routes.visited;
	ret->complete = routes.complete;
	ret->ignored = routes.ignored;
	add_specials(session, ret);
	add_paths(session, &routes, max, merge, &exclusion,
		  redact ? HOP_REDACTED : HOP_FULL, ret);
	for (i = 0; i < ret->count; i++)
		*(ret->paths[i].strong ? &ret->strong : &ret->weak) +=
			ret->paths[i].merged;
	count_holders(session, reverse, object, &holding);
	ret->holders = (uint32_t)(holding.holders + holding.roots);
	ret->verdict = verdict(session, ret, &holding);
	return NULL;
}

static void path_deinit(struct ref_path *path)
{
	uint32_t k;

	for (k = 0; k < path->step_count; k++)
		free(path->steps[k].text);
	free(path->steps);
	free(path->name);
}

uint32_t refs_shorten(struct refs *refs, uint32_t distance)
{
	uint32_t i, kept = 0, gone;

	for (i = 0; i < refs->count; i++) {
		if (refs->paths[i].distance <= distance)
			refs->paths[kept++] = refs->paths[i];
		else
			path_deinit(&refs->paths[i]);
	}
	gone = refs->count - kept;
	refs->count = kept;
	return gone;
}

void refs_deinit(struct refs *refs)
{
	uint32_t i;

	for (i = 0; i < refs->count; i++)
		path_deinit(&refs->paths[i]);
	free(refs->paths);
	free(refs->verdict);
	*refs = (struct refs){0};
}
