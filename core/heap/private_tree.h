#ifndef CORE_HEAP_PRIVATE_TREE_H
#define CORE_HEAP_PRIVATE_TREE_H

/**
 * Private trees: objects of which each has one holder and from which nothing
 * shared can be reached. Of such an object the holder is the dominator, and it
 * retains just its tree; most of a heap is like that. What remains, the core,
 * is what the search for dominators has to look at.
 */
#include "core/heap/edges.h"

/**
 * For every object of a private tree fill heap->idom and heap->retained (both
 * all ones and zero before). heap->retained of an object of the core becomes
 * its own bytes and those of the private trees that it holds. @p core_ret: bit
 * per object of the core, heap_bitmap_bytes(), caller frees with big_free();
 * how many those are in @p count_ret.
 */
struct error *private_trees(struct heap *heap, const struct edges *edges,
			    unsigned threads, struct job *job,
			    uint64_t **core_ret,
			    uint32_t *count_ret) MUST_CHECK;

#endif
