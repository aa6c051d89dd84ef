/*
 * Where the search begins: the words outside the heap, and map headers on
 * stacks, which are no objects but give types to some.
 */
#include <string.h>

#include "core/base/limits.h"
#include "core/heap/mark_priv.h"

enum { ROOT_CLASSES = 8, CONSERVATIVE = ROOT_CLASSES - 2 };

/**
 * Is a name the runtime's own? Its variables and frames see much of what
 * belongs to the program.
 */
static bool is_runtime(const char *name)
{
	static const char runtime[] = "runtime.";
	static const char internal[] = "internal/runtime/";

	return !strncmp(name, runtime, sizeof(runtime) - 1) ||
	       !strncmp(name, internal, sizeof(internal) - 1);
}

/** Lower is a better name: roots of a lower class win at equal distance. */
static unsigned root_class(const struct go_runtime *rt,
			   const struct go_root *root)
{
	if (root->conservative)
		return root->variable ? CONSERVATIVE : CONSERVATIVE + 1;
	switch ((enum go_root_kind)root->kind) {
	case GO_ROOT_GLOBAL:
		return root->owner < rt->global_count &&
		       is_runtime(rt->globals[root->owner].name);
	case GO_ROOT_STACK:
		if (root->owner < rt->frame_count &&
		    is_runtime(rt->frames[root->owner].function))
			return 4;
		return root->variable ? 2 : 3;
	default:
		return 5;
	}
}

/** The slot of a root word, from its variable's type if need be. */
static bool root_slot(struct typer *typer, const struct go_root *root,
		      struct go_slot *slot, uint64_t *offset_ret)
{
	const struct go_runtime *rt = typer->heap->rt;
	struct slot_cursor cursor;
	uint64_t addr = 0, size = 0, part = 0;
	uint32_t type = 0;

	*slot = (struct go_slot){.target = root->target,
				 .kind = root->slot_kind};
	*offset_ret = root->slot_kind == GO_SLOT_EFACE ||
				      root->slot_kind == GO_SLOT_IFACE
			      ? 8
			      : 0;
	if (root->target || (root->slot_kind != GO_SLOT_POINTER &&
			     root->slot_kind != GO_SLOT_UNSAFE))
		return true;
	if (root->kind == GO_ROOT_GLOBAL && root->owner < rt->global_count) {
		addr = rt->globals[root->owner].addr;
		size = rt->globals[root->owner].size;
		type = rt->globals[root->owner].type;
	} else if (root->kind == GO_ROOT_STACK && root->variable &&
		   root->variable - 1 < rt->variable_count) {
		addr = rt->variables[root->variable - 1].addr;
		size = rt->variables[root->variable - 1].size;
		part = rt->variables[root->variable - 1].part;
		type = rt->variables[root->variable - 1].type;
	}
	if (!type || root->addr - addr >= size)
		return false;
	*offset_ret = root->addr - addr + part;
	slot_cursor_init(&cursor, typer, type);
	return slot_cursor_at(&cursor, typer, *offset_ret, slot);
}

/**
 * The word before a root's in its variable, which may be elsewhere if the
 * variable is in pieces; 0 if unknown.
 */
static uint64_t word_before(const struct go_runtime *rt,
			    const struct go_root *root)
{
	const struct go_variable *v, *other;
	uint64_t addr = root->addr - 8, word = 0;

	if (root->addr < 8)
		return 0;
	if (root->kind == GO_ROOT_STACK && root->variable &&
	    root->variable - 1 < rt->variable_count) {
		v = &rt->variables[root->variable - 1];
		if (root->addr - v->addr < 8) {
			if (!v->part || root->variable < 2)
				return 0;
			other = v - 1;
			if (other->frame != v->frame || other->size < 8 ||
			    other->type != v->type ||
			    other->part + other->size != v->part)
				return 0;
			addr = other->addr + other->size - 8;
		}
	}
	sample_u64(rt->sample, addr, &word);
	return word;
}

static void root_claim(struct typer *typer, const struct go_root *root,
		       const struct heap_place *place)
{
	uint64_t previous = 0, offset;
	bool found, pair;
	struct go_slot slot;

	/*
	 * Where a goroutine runs, no map tells which slots are live; a named
	 * variable that is there now, as far as its location goes, may be.
	 */
	if (root->conservative && !root->variable)
		return;
	found = root_slot(typer, root, &slot, &offset);
	if (!place->start) {
		if (found)
			typer_claim_inside(typer, &slot, place);
		return;
	}
	pair = !found || slot.kind == GO_SLOT_EFACE ||
	       slot.kind == GO_SLOT_IFACE;
	if (pair)
		previous = word_before(typer->heap->rt, root);
	if (found)
		typer_claim_slot(typer, &slot, offset, previous, place);
	else
		typer_claim_pair(typer, previous, place);
}

void mark_roots(struct mark *mark)
{
	struct heap *heap = mark->heap;
	const struct go_runtime *rt = heap->rt;
	struct mark_worker *worker = &mark->workers[0];
	struct heap_place place;
	unsigned class;
	uint32_t i;

	for (class = 0; class < ROOT_CLASSES; class ++) {
		for (i = 0; i < rt->root_count; i++) {
			const struct go_root *root = &rt->roots[i];
			enum heap_hit hit;

			if (root_class(rt, root) != class)
				continue;
			hit = heap_locate(heap, root->value, &place);
			worker->wild +=
				hit == HEAP_WILD && class < CONSERVATIVE;
			if (hit != HEAP_HIT)
				continue;
			worker->edges++;
			root_claim(&worker->typer, root, &place);
			if (heap_bit(heap->from_root, place.object)) {
				heap_bit_set(mark->edges->shared, place.object);
				continue;
			}
			heap_bit_set(mark->claimed, place.object);
			heap_bit_set(heap->from_root, place.object);
			heap->parent[place.object] = i;
			if (class)
				heap_bit_set(mark->weak, place.object);
			mark_push(worker, place.object);
		}
	}
}

/** Types that a value outside the heap gives to what it points to. */
static void scan_foreign(struct typer *typer, uint32_t type, uint64_t addr,
			 uint64_t units)
{
	const struct go_type *self = go_type(typer->heap->rt->types, type);
	const uint8_t *mem;
	struct slot_cursor cursor;
	struct heap_place place;
	struct go_slot slot;
	uint64_t offset;

	if (!self->size || self->size > LIMIT_STRING / 8 / units)
		return;
	mem = sample_view(typer->heap->rt->sample, addr, self->size * units);
	if (!mem)
		return;
	slot_cursor_init(&cursor, typer, type);
	for (offset = 0; offset + 8 <= self->size * units; offset += 8) {
		uint64_t value = heap_word(mem + offset);

		if (heap_locate(typer->heap, value, &place) != HEAP_HIT ||
		    !slot_cursor_at(&cursor, typer, offset, &slot))
			continue;
		if (!place.start)
			typer_claim_inside(typer, &slot, &place);
		typer_claim_slot(typer, &slot, offset,
				 offset ? heap_word(mem + offset - 8) : 0,
				 &place);
	}
	typer_roles(typer, type, mem, self->size * units);
}

void mark_stack_maps(struct mark *mark)
{
	const struct go_runtime *rt = mark->heap->rt;
	struct typer *typer = &mark->workers[0].typer;
	uint32_t i;

	for (i = 0; i < rt->stack_map_count; i++) {
		const struct go_stack_map *map = &rt->stack_maps[i];
		const struct go_type *type = go_type(rt->types, map->type);
		const struct go_map_layout *layout = type->layout;
		uint64_t first = 0;

		if (!layout || !layout->header)
			continue;
		scan_foreign(typer, layout->header, map->header, 1);
		if (sample_u64(rt->sample, map->header + 16, &first) && first &&
		    !go_span_at(rt, first))
			scan_foreign(typer, layout->bucket, first, 1);
	}
}
