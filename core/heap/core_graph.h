#ifndef CORE_HEAP_CORE_GRAPH_H
#define CORE_HEAP_CORE_GRAPH_H

/**
 * The part of the graph that a depth-first search has to enter, packed: its
 * objects are numbered in the order of addresses, and a node with up to two
 * targets holds them itself. So a step of the search, which has to wait for
 * memory each time, waits once. Memory: 16 bytes a node, 4 a reference of nodes
 * with more than two targets.
 */
#include "core/base/job.h"
#include "core/heap/edges.h"

/** Of core_node.to: no target. Also the most nodes that a graph may have. */
static const uint32_t CORE_NONE = 0x7fffffff;
/** Flag of core_node.to[1]: it is the length of a row that begins at to[0]. */
static const uint32_t CORE_LONG = 0x80000000;

struct core_node {
	uint32_t number; /* the search's; 0 at first */
	uint32_t object;
	uint32_t to[2]; /* nodes */
};

struct core_graph {
	struct core_node *nodes;
	uint32_t count;
	uint32_t *rows;
	uint64_t row_room;
	/* object -> node */
	const uint64_t *member; /* bit per object; borrowed */
	uint32_t *before;	/* by word of it: members in front of it */
	uint64_t words;
};

/**
 * The graph of the objects in @p member with their references to each other.
 * ERROR_LIMIT if there are too many.
 */
struct error *core_graph_load(const struct heap *heap,
			      const struct edges *edges, const uint64_t *member,
			      unsigned threads, struct job *job,
			      struct core_graph *ret) MUST_CHECK;
void core_graph_deinit(struct core_graph *graph);

/** Node of an object that is a member. */
static inline uint32_t core_graph_at(const struct core_graph *graph,
				     uint32_t object)
{
	uint64_t below =
		graph->member[object / 64] & ((1ULL << (object % 64)) - 1);

	return graph->before[object / 64] + heap_bits_set(below);
}

/** Targets of a node, borrowed. */
static inline const uint32_t *core_graph_row(const struct core_graph *graph,
					     const struct core_node *node,
					     uint32_t *count_ret)
{
	if (node->to[1] & CORE_LONG) {
		*count_ret = node->to[1] & ~CORE_LONG;
		return graph->rows + node->to[0];
	}
	*count_ret = node->to[1] != CORE_NONE ? 2 : node->to[0] != CORE_NONE;
	return node->to;
}

#endif
