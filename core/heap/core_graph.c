#include "core/heap/core_graph.h"

#include <stdlib.h>

#include "core/base/xalloc.h"

enum { CHUNK = 1 << 9 }; /* words of a bitmap */

struct fill {
	struct core_graph *graph;
	const struct edges *edges;
	_Atomic uint64_t used; /* of graph->rows */
};

static bool is_member(const struct core_graph *graph, uint32_t object)
{
	return heap_bit(graph->member, object);
}

static void fill_long(struct fill *fill, struct core_node *node,
		      const uint32_t *to, uint32_t all, uint32_t count)
{
	uint64_t start = atomic_fetch_add(&fill->used, count);
	uint32_t *row = fill->graph->rows + start, i;

	node->to[0] = (uint32_t)start;
	node->to[1] = count | CORE_LONG;
	for (i = 0; i < all; i++)
		if (is_member(fill->graph, to[i]))
			*row++ = core_graph_at(fill->graph, to[i]);
}

static void fill_node(struct fill *fill, uint32_t object,
		      struct core_node *node)
{
	uint32_t all, count = 0, i;
	const uint32_t *to = edges_of(fill->edges, object, &all);

	*node = (struct core_node){.object = object,
				   .to = {CORE_NONE, CORE_NONE}};
	for (i = 0; i < all; i++) {
		if (!is_member(fill->graph, to[i]))
			continue;
		if (count < 2)
			node->to[count] = core_graph_at(fill->graph, to[i]);
		count++;
	}
	if (count > 2)
		fill_long(fill, node, to, all, count);
}

static void fill_range(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	struct fill *fill = arg;
	struct core_graph *graph = fill->graph;
	struct core_node *node = graph->nodes + graph->before[begin];
	uint64_t word, bits;

	(void)index;
	for (word = begin; word < end; word++)
		for (bits = graph->member[word]; bits; bits &= bits - 1)
			fill_node(fill,
				  (uint32_t)(word * 64 +
					     (unsigned)__builtin_ctzll(bits)),
				  node++);
}

static uint64_t node_bytes(const struct core_graph *graph)
{
	return ((uint64_t)graph->count + 1) * sizeof(*graph->nodes);
}

static struct error *count_members(struct core_graph *graph)
{
	uint64_t count = 0, i;

	for (i = 0; i < graph->words; i++) {
		graph->before[i] = (uint32_t)count;
		count += heap_bits_set(graph->member[i]);
	}
	if (count >= CORE_NONE)
		return error_new(ERROR_LIMIT, "too many references");
	graph->count = (uint32_t)count;
	return NULL;
}

struct error *core_graph_load(const struct heap *heap,
			      const struct edges *edges, const uint64_t *member,
			      unsigned threads, struct job *job,
			      struct core_graph *ret)
{
	struct core_graph graph = {.member = member};
	struct fill fill = {.graph = &graph, .edges = edges};
	struct error *err;

	graph.words = ((uint64_t)heap->count + 63) / 64;
	graph.before = xcalloc(graph.words + 1, sizeof(*graph.before));
	err = count_members(&graph);
	if (!err) {
		graph.nodes = big_alloc(node_bytes(&graph));
		/* addresses only: what long rows take is touched */
		graph.row_room = heap->edge_count + 1;
		graph.rows = big_alloc(graph.row_room * sizeof(*graph.rows));
		job_parallel(job, threads, graph.words, CHUNK, fill_range,
			     &fill);
		err = job_check(job);
	}
	if (err) {
		core_graph_deinit(&graph);
		return err;
	}
	*ret = graph;
	return NULL;
}

void core_graph_deinit(struct core_graph *graph)
{
	if (graph->nodes)
		big_free(graph->nodes, node_bytes(graph));
	if (graph->rows)
		big_free(graph->rows, graph->row_room * sizeof(*graph->rows));
	free(graph->before);
	*graph = (struct core_graph){0};
}
