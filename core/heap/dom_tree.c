#include "core/heap/dom_tree.h"

#include <stdlib.h>

#include "core/base/xalloc.h"
#include "core/heap/heap_priv.h"

static uint64_t start_bytes(const struct heap *heap)
{
	return ((uint64_t)heap->count + 3) * sizeof(uint32_t);
}

static uint64_t child_bytes(const struct heap_dom_tree *tree)
{
	return ((uint64_t)tree->count + 1) * sizeof(uint32_t);
}

static uint32_t row_of(const struct heap *heap, uint32_t object)
{
	uint32_t idom = heap->idom[object];

	return idom < heap->count ? idom : heap->count;
}

struct heap_dom_tree *heap_dom_tree_new(const struct heap *heap)
{
	struct heap_dom_tree *tree = xcalloc(1, sizeof(*tree));
	uint64_t words = ((uint64_t)heap->count + 63) / 64, w, bits;
	uint32_t i, sum = 0;

	tree->heap = heap;
	tree->start = big_alloc(start_bytes(heap));
	/* counts stand two places on, so that filling leaves starts behind */
	for (w = 0; w < words; w++)
		for (bits = heap->reached[w]; bits; bits &= bits - 1) {
			i = (uint32_t)(w * 64 +
				       (unsigned)__builtin_ctzll(bits));
			tree->start[(uint64_t)row_of(heap, i) + 2]++;
			tree->count++;
		}
	for (w = 2; w < (uint64_t)heap->count + 3; w++) {
		sum += tree->start[w];
		tree->start[w] = sum;
	}
	tree->child = big_alloc(child_bytes(tree));
	for (w = 0; w < words; w++)
		for (bits = heap->reached[w]; bits; bits &= bits - 1) {
			i = (uint32_t)(w * 64 +
				       (unsigned)__builtin_ctzll(bits));
			tree->child[tree->start[(uint64_t)row_of(heap, i) +
						1]++] = i;
		}
	return tree;
}

void heap_dom_tree_free(struct heap_dom_tree *tree)
{
	if (!tree)
		return;
	big_free(tree->start, start_bytes(tree->heap));
	big_free(tree->child, child_bytes(tree));
	free(tree);
}

const uint32_t *heap_dom_children(const struct heap_dom_tree *tree,
				  uint32_t object, uint32_t *count_ret)
{
	uint64_t row = object < tree->heap->count ? object : tree->heap->count;

	*count_ret = tree->start[row + 1] - tree->start[row];
	return tree->child + tree->start[row];
}

struct frame {
	uint32_t object;
	uint32_t next; /* child to visit */
};

/** A walk in depth first order without recursion. */
struct walk {
	const struct heap_dom_tree *tree;
	struct frame *frames;
	size_t count, cap;
};

static void walk_push(struct walk *walk, uint32_t object)
{
	GROW_ARRAY(walk->frames, walk->count, walk->cap);
	walk->frames[walk->count++] = (struct frame){.object = object};
}

/** The next object downwards; HEAP_NO_IDOM when the top one is done. */
static uint32_t walk_child(struct walk *walk)
{
	struct frame *top = &walk->frames[walk->count - 1];
	uint32_t count;
	const uint32_t *child =
		heap_dom_children(walk->tree, top->object, &count);

	return top->next < count ? child[top->next++] : HEAP_NO_IDOM;
}

uint64_t heap_dom_count(const struct heap_dom_tree *tree, uint32_t object)
{
	struct walk walk = {.tree = tree};
	uint64_t ret = 1;

	walk_push(&walk, object);
	while (walk.count) {
		uint32_t child = walk_child(&walk);

		if (child == HEAP_NO_IDOM) {
			walk.count--;
			continue;
		}
		ret++;
		walk_push(&walk, child);
	}
	free(walk.frames);
	return ret;
}

void heap_dom_groups(const struct heap_dom_tree *tree,
		     uint32_t (*group_of)(const void *arg, uint32_t object),
		     const void *arg, uint32_t groups, uint64_t *ret)
{
	uint32_t *inside = xcalloc((size_t)groups + 1, sizeof(*inside));
	struct walk walk = {.tree = tree};
	uint32_t group;

	walk_push(&walk, HEAP_NO_IDOM);
	while (walk.count) {
		uint32_t object = walk_child(&walk);

		if (object == HEAP_NO_IDOM) {
			object = walk.frames[--walk.count].object;
			if (object == HEAP_NO_IDOM)
				continue;
			group = group_of(arg, object);
			if (group < groups)
				inside[group]--;
			continue;
		}
		group = group_of(arg, object);
		if (group < groups && !inside[group]++)
			ret[group] += tree->heap->retained[object];
		walk_push(&walk, object);
	}
	free(walk.frames);
	free(inside);
}
