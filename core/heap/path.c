#include "core/heap/path.h"

#include <stdlib.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"

uint64_t heap_word_to(const struct heap *heap, uint32_t parent, uint32_t object)
{
	struct heap_place place;
	struct heap_words it;

	heap_words_all(&it, heap, parent);
	while (heap_words_next(&it))
		if (heap_locate(heap, it.value, &place) == HEAP_HIT &&
		    place.object == object)
			return it.offset;
	return 0;
}

/**
 * Whoever asks for one child of an object will ask for the next: note the words
 * of all. Of two threads that do so both store the same.
 */
static void note_children(const struct heap *heap, uint32_t parent)
{
	uint32_t *via = heap->priv->via;
	struct heap_place place;
	struct heap_words it;

	heap_words_all(&it, heap, parent);
	while (heap_words_next(&it)) {
		uint32_t *to;

		if (heap_locate(heap, it.value, &place) != HEAP_HIT ||
		    heap->parent[place.object] != parent ||
		    heap_bit(heap->from_root, place.object))
			continue;
		to = &via[place.object];
		if (!__atomic_load_n(to, __ATOMIC_RELAXED))
			__atomic_store_n(to, (uint32_t)(it.offset / 8 + 1),
					 __ATOMIC_RELAXED);
	}
}

/** Of the word of @p parent through which @p object was reached. */
static uint64_t word_offset(const struct heap *heap, uint32_t parent,
			    uint32_t object)
{
	const uint32_t *via = heap->priv->via ? &heap->priv->via[object] : NULL;
	uint32_t word;

	if (!via)
		return heap_word_to(heap, parent, object);
	word = __atomic_load_n(via, __ATOMIC_RELAXED);
	if (!word) {
		note_children(heap, parent);
		word = __atomic_load_n(via, __ATOMIC_RELAXED);
	}
	return word ? ((uint64_t)word - 1) * 8 : 0;
}

bool heap_holder_of(const struct heap *heap, uint32_t object,
		    struct heap_holder *ret)
{
	uint32_t parent;

	if (object >= heap->count || !heap_bit(heap->reached, object))
		return false;
	parent = heap->parent[object];
	*ret = (struct heap_holder){.object = parent};
	if (heap_bit(heap->from_root, object)) {
		ret->object = GO_NO_OBJECT;
		ret->root = parent;
		return true;
	}
	ret->offset = word_offset(heap, parent, object);
	return true;
}

bool heap_slot_at(const struct heap *heap, uint32_t type, uint64_t offset,
		  struct go_slot *ret)
{
	struct go_types *types = heap->rt->types;
	uint64_t depth;

	for (depth = 0; depth < LIMIT_TYPE_DEPTH; depth++) {
		const struct go_slots *slots = go_type_slots(types, type);
		uint64_t size = go_type(types, type)->size;
		uint32_t low = 0, high = slots ? slots->count : 0;

		if (!size || !high)
			return false;
		offset %= size;
		while (low < high) {
			uint32_t middle = low + (high - low) / 2;

			if (slots->slots[middle].offset <= offset)
				low = middle + 1;
			else
				high = middle;
		}
		if (!low)
			return false;
		*ret = slots->slots[low - 1];
		offset -= ret->offset;
		if (ret->kind != GO_SLOT_ARRAY)
			return offset < 16;
		if (!ret->stride || offset / ret->stride >= ret->count)
			return false;
		type = ret->target;
		offset %= ret->stride;
	}
	return false;
}

static struct heap_step object_step(const struct heap *heap, uint32_t object,
				    uint64_t offset)
{
	return (struct heap_step){
		.addr = go_object_addr(heap->rt, object),
		.object = object,
		.type = heap->type[object],
		.offset = offset,
	};
}

static struct heap_step root_step(const struct heap *heap, uint32_t index)
{
	const struct go_runtime *rt = heap->rt;
	const struct go_root *root = &rt->roots[index];
	struct heap_step step = {.addr = root->addr, .object = GO_NO_OBJECT};

	if (root->kind == GO_ROOT_GLOBAL && root->owner < rt->global_count) {
		step.addr = rt->globals[root->owner].addr;
		step.type = rt->globals[root->owner].type;
	} else if (root->kind == GO_ROOT_STACK && root->variable &&
		   root->variable - 1 < rt->variable_count) {
		step.addr = rt->variables[root->variable - 1].addr -
			    rt->variables[root->variable - 1].part;
		step.type = rt->variables[root->variable - 1].type;
	}
	step.offset = root->addr - step.addr;
	return step;
}

/** A stack header: the path is the root itself. */
static uint32_t foreign_path(const struct heap *heap, uint64_t addr,
			     struct heap_step *ret, uint32_t *root_ret)
{
	const struct go_runtime *rt = heap->rt;
	uint32_t i;

	for (i = 0; i < rt->root_count; i++) {
		if (rt->roots[i].value != addr || rt->roots[i].conservative)
			continue;
		*ret = root_step(heap, i);
		*root_ret = i;
		return 1;
	}
	return 0;
}

uint32_t heap_path(const struct heap *heap, uint64_t addr,
		   struct heap_step *ret, uint32_t max, uint32_t *root_ret)
{
	uint32_t object = go_object_at(heap->rt, addr), count = 0, i;
	struct heap_holder holder = {.object = GO_NO_OBJECT};
	uint64_t offset = 0;

	if (!max)
		return 0;
	if (object == GO_NO_OBJECT)
		return foreign_path(heap, addr, ret, root_ret);
	if (!heap_bit(heap->reached, object))
		return 0;
	/* from the object up; of a path too long the root and the end stay */
	while (heap_holder_of(heap, object, &holder)) {
		if (count + 1 < max)
			ret[count++] = object_step(heap, object, offset);
		offset = holder.offset;
		object = holder.object;
		if (object == GO_NO_OBJECT)
			break;
		if (count + 1 >= max)
			offset = 0;
	}
	*root_ret = holder.root;
	ret[count++] = root_step(heap, holder.root);
	for (i = 0; i < count / 2; i++) {
		struct heap_step step = ret[i];

		ret[i] = ret[count - 1 - i];
		ret[count - 1 - i] = step;
	}
	return count;
}
