#include "core/heap/owner.h"

#include <stdlib.h>

#include "core/base/xalloc.h"

enum {
	MAX_HOPS = 4096,   /* without a name on the way up */
	MAX_STEPS = 64,	   /* strings of a path */
	MAX_RUN = 1 << 22, /* container internals in a row */
};

/** The part in front: names are built from the map upwards. */
static void prepend(struct buf *b, const struct buf *front)
{
	struct buf whole = {0};

	buf_adds(&whole, buf_str(front));
	buf_adds(&whole, buf_str(b));
	buf_deinit(b);
	*b = whole;
}

static bool is_internal(const struct heap *heap, uint32_t object,
			uint64_t offset, uint32_t next)
{
	struct buf base = {0}, text = {0};
	enum hop_kind kind =
		heap_hop(heap, object, offset, next, HOP_SHORT, &base, &text);

	buf_deinit(&base);
	buf_deinit(&text);
	return kind == HOP_CONTAINER;
}

/**
 * The topmost object of the run of container internals that starts at
 * @p object. A list of a million elements is climbed once: every object of
 * the run then knows the top.
 */
static uint32_t container_top(const struct heap *heap, uint32_t object)
{
	uint32_t *top = heap->priv->top;
	uint32_t at = object, found = 0, steps;
	struct heap_holder holder;

	for (steps = 0; steps < MAX_RUN; steps++) {
		found = __atomic_load_n(&top[at], __ATOMIC_RELAXED);
		if (found)
			break;
		if (!heap_holder_of(heap, at, &holder) ||
		    holder.object == GO_NO_OBJECT ||
		    !is_internal(heap, holder.object, holder.offset, at))
			break;
		at = holder.object;
	}
	if (!found)
		found = at + 1;
	while (object != found - 1 && steps-- > 0) {
		__atomic_store_n(&top[object], found, __ATOMIC_RELAXED);
		if (!heap_holder_of(heap, object, &holder) ||
		    holder.object == GO_NO_OBJECT)
			break;
		object = holder.object;
	}
	return found - 1;
}

static void set_root(const struct heap *heap, const struct go_root *root,
		     struct heap_owner *ret)
{
	const struct go_runtime *rt = heap->rt;
	uint32_t frame = root->owner, goroutine;

	ret->root_kind = root->kind;
	if (root->kind != GO_ROOT_STACK && root->kind != GO_ROOT_REGISTER)
		return;
	if (root->kind == GO_ROOT_STACK && root->variable &&
	    root->variable - 1 < rt->variable_count)
		frame = rt->variables[root->variable - 1].frame;
	if (frame >= rt->frame_count)
		return;
	goroutine = rt->frames[frame].goroutine;
	if (goroutine < rt->goroutine_count)
		ret->goroutine = rt->goroutines[goroutine].id;
}

/**
 * The root at the top of the path: its kind belongs to the answer. Remembered
 * for every object on the way, so that long chains are climbed once.
 */
static bool find_root(const struct heap *heap, uint32_t object, uint32_t *ret)
{
	uint32_t *origin = heap->priv->origin;
	uint32_t at = object, found;

	if (!heap_bit(heap->reached, object))
		return false;
	while (!(found = __atomic_load_n(&origin[at], __ATOMIC_RELAXED))) {
		if (heap_bit(heap->from_root, at)) {
			found = heap->parent[at] + 1;
			break;
		}
		at = heap->parent[at];
	}
	for (; object != at; object = heap->parent[object])
		__atomic_store_n(&origin[object], found, __ATOMIC_RELAXED);
	*ret = found - 1;
	return true;
}

static void climb(const struct heap *heap, uint32_t object, struct buf *name)
{
	bool in_container = false;
	unsigned hops;

	for (hops = 0; hops < MAX_HOPS; hops++) {
		CLEANUP(buf_deinit) struct buf base = {0};
		CLEANUP(buf_deinit) struct buf text = {0};
		struct heap_holder holder;
		enum hop_kind kind;

		if (!heap_holder_of(heap, object, &holder))
			break;
		if (holder.object == GO_NO_OBJECT) {
			heap_root_owner(heap, holder.root, &base);
			prepend(name, &base);
			return;
		}
		kind = heap_hop(heap, holder.object, holder.offset, object,
				HOP_SHORT, &base, &text);
		object = holder.object;
		if (kind == HOP_CONTAINER) {
			object = container_top(heap, object);
			if (!in_container)
				buf_adds(&text, "[]");
			in_container = true;
			prepend(name, &text);
			continue;
		}
		if (kind == HOP_UNKNOWN) {
			if (!name->len || name->data[0] != '.' ||
			    name->data[1] != '?')
				buf_adds(&text, ".?");
			prepend(name, &text);
			continue;
		}
		if (kind != HOP_INTERNAL)
			in_container = false;
		prepend(name, &text);
		if (kind == HOP_FIELD || kind == HOP_CAPTURE) {
			prepend(name, &base);
			return;
		}
	}
	if (hops == MAX_HOPS) {
		CLEANUP(buf_deinit) struct buf far = {0};

		buf_adds(&far, "?");
		prepend(name, &far);
	}
}

struct strings {
	char **strings;
	uint32_t count, cap;
};

static void add_string(struct strings *list, const struct buf *text)
{
	GROW_ARRAY(list->strings, list->count, list->cap);
	list->strings[list->count++] = xstrdup(buf_str(text));
}

static void reverse(struct strings *list)
{
	uint32_t i;

	for (i = 0; i < list->count / 2; i++) {
		char *s = list->strings[i];

		list->strings[i] = list->strings[list->count - 1 - i];
		list->strings[list->count - 1 - i] = s;
	}
}

/** Root first; of a long path the middle becomes "...". */
static void load_path(const struct heap *heap, uint32_t object,
		      enum hop_detail detail, struct heap_owner *ret)
{
	struct strings list = {0};
	uint32_t root;
	CLEANUP(buf_deinit) struct buf base = {0};
	CLEANUP(buf_deinit) struct buf text = {0};
	struct heap_holder holder = {0};

	while (heap_holder_of(heap, object, &holder) &&
	       holder.object != GO_NO_OBJECT) {
		if (list.count >= MAX_STEPS) {
			buf_clear(&text);
			buf_adds(&text, "...");
			add_string(&list, &text);
			break;
		}
		buf_clear(&base);
		buf_clear(&text);
		switch (heap_hop(heap, holder.object, holder.offset, object,
				 detail, &base, &text)) {
		case HOP_INTERNAL:
		case HOP_CONTAINER:
			break;
		case HOP_UNKNOWN:
			buf_adds(&text, ".?");
			add_string(&list, &text);
			break;
		default:
			if (text.len)
				add_string(&list, &text);
			break;
		}
		object = holder.object;
	}
	buf_clear(&text);
	if (find_root(heap, object, &root)) {
		heap_root_name(heap, root, &text);
		add_string(&list, &text);
	}
	reverse(&list);
	ret->path = list.strings;
	ret->path_count = list.count;
}

/** A header on a stack or in data: the variable itself. */
static void foreign_owner(const struct heap *heap, const struct heap_map *map,
			  struct heap_owner *ret, struct buf *name)
{
	const struct go_runtime *rt = heap->rt;
	const struct go_stack_map *stack;
	const struct go_global *global;
	struct go_root root = {.addr = map->header, .kind = GO_ROOT_STACK};
	uint32_t i;

	if (map->root && map->root - 1 < rt->stack_map_count) {
		stack = &rt->stack_maps[map->root - 1];
		if (stack->frame < rt->frame_count) {
			root.owner = stack->frame;
			root.variable = stack->variable;
			heap_stack_map_name(heap, stack, name);
			set_root(heap, &root, ret);
			return;
		}
	}
	global = go_global_at(rt, map->header);
	if (global) {
		buf_adds(name, global->name);
		ret->root_kind = GO_ROOT_GLOBAL;
		return;
	}
	for (i = 0; i < rt->root_count; i++)
		if (rt->roots[i].value == map->header &&
		    !rt->roots[i].conservative)
			break;
	if (i < rt->root_count) {
		heap_root_name(heap, i, name);
		set_root(heap, &rt->roots[i], ret);
	} else {
		buf_adds(name, "?");
	}
}

void heap_owner_load(const struct heap *heap, const struct heap_map *map,
		     enum heap_want want, struct heap_owner *ret)
{
	struct buf name = {0};
	uint32_t root;

	*ret = (struct heap_owner){.root_kind = GO_ROOT_UNKNOWN};
	if (map->object == GO_NO_OBJECT || map->object >= heap->count) {
		ret->reachable = map->reachable;
		foreign_owner(heap, map, ret, &name);
		if (want != HEAP_OWNER_ONLY) {
			ret->path = xcalloc(1, sizeof(*ret->path));
			ret->path[0] = xstrdup(buf_str(&name));
			ret->path_count = 1;
		}
	} else if (find_root(heap, map->object, &root)) {
		ret->reachable = true;
		set_root(heap, &heap->rt->roots[root], ret);
		climb(heap, map->object, &name);
		if (want != HEAP_OWNER_ONLY)
			load_path(heap, map->object,
				  want == HEAP_PATH_REDACTED ? HOP_REDACTED
							     : HOP_FULL,
				  ret);
	} else {
		buf_adds(&name, "(unreachable)");
	}
	if (!name.len)
		buf_adds(&name, "?");
	ret->name = buf_steal(&name);
}

void heap_owner_deinit(struct heap_owner *owner)
{
	uint32_t i;

	for (i = 0; i < owner->path_count; i++)
		free(owner->path[i]);
	free(owner->path);
	free(owner->name);
	*owner = (struct heap_owner){0};
}
