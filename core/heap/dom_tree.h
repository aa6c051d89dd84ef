#ifndef CORE_HEAP_DOM_TREE_H
#define CORE_HEAP_DOM_TREE_H

/**
 * The dominator tree downwards: whom an object keeps alive alone. Built on
 * first use from heap->idom. Memory: 4 bytes per slot and 4 per object; while
 * it is built 4 more per slot.
 */
#include "core/heap/heap.h"

struct heap_dom_tree {
	const struct heap *heap; /* borrowed */
	/**
	 * Children of object i: child[start[i]] .. child[start[i + 1] - 1],
	 * those of the virtual root as number heap->count.
	 */
	uint32_t *start;
	uint32_t *child;
	uint32_t count; /* of objects */
};

/** heap_dominators() must have run. */
struct heap_dom_tree *heap_dom_tree_new(const struct heap *heap);
void heap_dom_tree_free(struct heap_dom_tree *tree);
/** HEAP_NO_IDOM is the virtual root. */
const uint32_t *heap_dom_children(const struct heap_dom_tree *tree,
				  uint32_t object, uint32_t *count_ret);
/** Objects that die with @p object, itself included. */
uint64_t heap_dom_count(const struct heap_dom_tree *tree, uint32_t object);

/** Called by several threads at a time. */
typedef uint32_t heap_group_fn(const void *arg, uint32_t object);
/**
 * What groups of objects retain: ret[group] gets the sum of the retained sizes
 * of those members that no other member of the group dominates. It is a lower
 * bound of what the group keeps alive, exact for groups of one. @p group_of
 * maps reached objects to 0..@p groups - 1, or UINT32_MAX for none.
 * Of a job that is cancelled nothing comes that anybody can use.
 */
void heap_dom_groups(const struct heap_dom_tree *tree, heap_group_fn *group_of,
		     const void *arg, uint32_t groups, unsigned threads,
		     struct job *job, uint64_t *ret);

#endif
