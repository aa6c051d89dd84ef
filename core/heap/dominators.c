/*
 * Semi-NCA (Georgiadis, Tarjan, Werneck: "Finding Dominators in Practice").
 * Private trees need no search and never enter. A depth-first search numbers
 * the others; in that numbering everything is a flat array. Tree edges need no
 * storage beyond the parents, so that only the others (often a tenth of all)
 * are sorted by target.
 *
 * Memory per numbered object 28 and the packed graph's, per reference outside
 * the tree 12, and 12 per slot for the result.
 */
#include <assert.h>
#include <stdlib.h>

#include "core/base/xalloc.h"
#include "core/heap/core_graph.h"
#include "core/heap/private_tree.h"

enum {
	CHUNK = 1 << 14,
	AHEAD = 16, /* numbers between prefetch and use */
};

struct pair {
	uint32_t to, from; /* numbers */
};

struct dominators {
	struct heap *heap;
	struct job *job;
	const struct edges *edges;
	uint64_t *core; /* bit per object: not of a private tree */
	struct core_graph graph;
	uint32_t count; /* numbers are 1..count; 0 is the virtual root */
	uint32_t cap;
	/* by number */
	uint32_t *object, *parent, *semi, *label, *idom;
	uint64_t *weight;
	/* edges outside the tree */
	struct pair *pairs;
	size_t pair_count, pair_room; /* room for every edge and root */
	uint32_t *from, *from_start;  /* the same by target */
	uint32_t *stack;
	size_t stack_cap;
};

/** The next number for a node; its targets will be looked at soon. */
static uint32_t enter(struct dominators *d, uint32_t node, uint32_t parent)
{
	struct core_node *self = &d->graph.nodes[node];
	uint32_t number = ++d->count, count, i;
	const uint32_t *to = core_graph_row(&d->graph, self, &count);

	self->number = number;
	d->object[number] = self->object;
	d->parent[number] = parent;
	/* for now: the node, and which target is next */
	d->semi[number] = node;
	d->label[number] = 0;
	for (i = 0; i < count && i < 8; i++)
		__builtin_prefetch(&d->graph.nodes[to[i]]);
	return number;
}

static void add_pair(struct dominators *d, uint32_t to, uint32_t from)
{
	d->pairs[d->pair_count++] = (struct pair){to, from};
}

/** Depth first from @p node; the way back is in the parents. */
static void search(struct dominators *d, uint32_t node)
{
	const struct core_node *nodes = d->graph.nodes;
	uint32_t at = enter(d, node, 0);

	while (at) {
		uint32_t next = d->label[at], to = 0, number = 1, count;
		const uint32_t *row =
			core_graph_row(&d->graph, &nodes[d->semi[at]], &count);

		while (next < count) {
			to = row[next++];
			number = nodes[to].number;
			if (!number)
				break;
			add_pair(d, number, at);
		}
		d->label[at] = next;
		at = number ? d->parent[at] : enter(d, to, at);
	}
}

static struct error *number_all(struct dominators *d)
{
	const struct go_runtime *rt = d->heap->rt;
	struct heap_place place;
	struct error *err;
	uint32_t i, node;

	for (i = 0; i < rt->root_count; i++) {
		if (heap_locate(d->heap, rt->roots[i].value, &place) !=
			    HEAP_HIT ||
		    !heap_bit(d->core, place.object))
			continue;
		node = core_graph_at(&d->graph, place.object);
		if (d->graph.nodes[node].number)
			add_pair(d, d->graph.nodes[node].number, 0);
		else
			search(d, node);
		if (i % 256 == 0 && (err = job_check(d->job)))
			return err;
	}
	return NULL;
}

static uint64_t from_start_bytes(const struct dominators *d)
{
	return ((uint64_t)d->count + 3) * sizeof(*d->from_start);
}

static uint64_t from_bytes(const struct dominators *d)
{
	return ((uint64_t)d->pair_count + 1) * sizeof(*d->from);
}

/** Sort the pairs by target. */
static void sort_pairs(struct dominators *d)
{
	uint32_t i, sum = 0;
	size_t k;

	d->from_start = big_alloc(from_start_bytes(d));
	d->from = big_alloc(from_bytes(d));
	for (k = 0; k < d->pair_count; k++)
		d->from_start[d->pairs[k].to + 1]++;
	for (i = 0; i <= d->count + 1; i++) {
		sum += d->from_start[i];
		d->from_start[i] = sum;
	}
	/* each start moves to its row's end, which is the next row's start */
	for (k = d->pair_count; k > 0; k--) {
		uint32_t *end = &d->from_start[d->pairs[k - 1].to + 1];

		d->from[--*end] = d->pairs[k - 1].from;
	}
	big_free(d->pairs, d->pair_room * sizeof(*d->pairs));
	d->pairs = NULL;
}

static void push(struct dominators *d, size_t depth, uint32_t number)
{
	GROW_ARRAY(d->stack, depth, d->stack_cap);
	d->stack[depth] = number;
}

/**
 * The vertex of least semidominator on the tree path from @p v up to the
 * first vertex below @p linked, with the path compressed.
 */
static uint32_t evaluate(struct dominators *d, uint32_t v, uint32_t linked)
{
	uint32_t *up = d->parent, *label = d->label;
	uint32_t above;
	size_t depth = 0;

	if (up[v] < linked)
		return label[v];
	do {
		push(d, depth++, v);
		v = up[v];
	} while (up[v] >= linked);
	above = v;
	while (depth > 0) {
		v = d->stack[--depth];
		up[v] = up[above];
		if (d->semi[label[above]] < d->semi[label[v]])
			label[v] = label[above];
		above = v;
	}
	return label[v];
}

static void semidominators(struct dominators *d)
{
	uint32_t i, k;

	for (i = 0; i <= d->count; i++) {
		d->semi[i] = i;
		d->label[i] = i;
		d->idom[i] = d->parent[i];
	}
	for (i = d->count; i > 0; i--) {
		uint32_t semi = d->parent[i];

		/* rows moved down by one when they were filled */
		for (k = d->from_start[i + 1];
		     k < (i == d->count ? (uint32_t)d->pair_count
					: d->from_start[i + 2]);
		     k++) {
			uint32_t least = evaluate(d, d->from[k], i + 1);

			if (d->semi[least] < semi)
				semi = d->semi[least];
		}
		d->semi[i] = semi;
	}
	for (i = 1; i <= d->count; i++) {
		uint32_t idom = d->idom[i];

		while (idom > d->semi[i])
			idom = d->idom[idom];
		d->idom[i] = idom;
	}
}

static void weigh_range(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	struct dominators *d = arg;
	const uint64_t *retained = d->heap->retained;
	uint64_t i;

	(void)index;
	for (i = begin + 1; i <= end; i++) {
		if (i + AHEAD <= end)
			__builtin_prefetch(&retained[d->object[i + AHEAD]]);
		d->weight[i] = retained[d->object[i]];
	}
}

static void result_range(void *arg, unsigned index, uint64_t begin,
			 uint64_t end)
{
	struct dominators *d = arg;
	struct heap *heap = d->heap;
	uint64_t i;

	(void)index;
	for (i = begin + 1; i <= end; i++) {
		uint32_t object = d->object[i];

		if (i + AHEAD <= end) {
			uint32_t next = d->object[i + AHEAD];

			__builtin_prefetch(&heap->retained[next], 1);
			__builtin_prefetch(&heap->idom[next], 1);
		}
		heap->retained[object] = d->weight[i];
		heap->idom[object] =
			d->idom[i] ? d->object[d->idom[i]] : HEAP_NO_IDOM;
	}
}

static void retained_sizes(struct dominators *d, unsigned threads)
{
	uint32_t i;

	job_parallel(NULL, threads, d->count, CHUNK, weigh_range, d);
	for (i = d->count; i > 0; i--)
		d->weight[d->idom[i]] += d->weight[i];
	job_parallel(NULL, threads, d->count, CHUNK, result_range, d);
}

static uint64_t row_bytes(const struct dominators *d)
{
	return ((uint64_t)d->cap + 2) * sizeof(uint32_t);
}

/** Arrays for the core. */
static void dominators_reserve(struct dominators *d)
{
	d->pair_room = d->heap->edge_count + 1;
	d->pairs = big_alloc(d->pair_room * sizeof(*d->pairs));
	d->object = big_alloc(row_bytes(d));
	d->parent = big_alloc(row_bytes(d));
	d->semi = big_alloc(row_bytes(d));
	d->label = big_alloc(row_bytes(d));
	d->idom = big_alloc(row_bytes(d));
	d->weight = big_alloc(row_bytes(d) * 2);
}

static void dominators_deinit(struct dominators *d)
{
	if (d->core)
		big_free(d->core, heap_bitmap_bytes(d->heap));
	core_graph_deinit(&d->graph);
	if (d->object) {
		big_free(d->object, row_bytes(d));
		big_free(d->parent, row_bytes(d));
		big_free(d->semi, row_bytes(d));
		big_free(d->label, row_bytes(d));
		big_free(d->idom, row_bytes(d));
		big_free(d->weight, row_bytes(d) * 2);
	}
	if (d->pairs)
		big_free(d->pairs, d->pair_room * sizeof(*d->pairs));
	if (d->from)
		big_free(d->from, from_bytes(d));
	if (d->from_start)
		big_free(d->from_start, from_start_bytes(d));
	free(d->stack);
}

static struct error *dominators_run(struct dominators *d, unsigned threads)
{
	struct error *err;

	if (edges_full(d->edges))
		return error_new(ERROR_LIMIT, "too many references");
	job_phase(d->job, "dominators", 0);
	err = private_trees(d->heap, d->edges, threads, d->job, &d->core,
			    &d->cap);
	if (err)
		return err;
	assert(d->core);
	err = core_graph_load(d->heap, d->edges, d->core, threads, d->job,
			      &d->graph);
	if (err)
		return err;
	dominators_reserve(d);
	job_phase(d->job, "dominators", 3);
	err = number_all(d);
	if (err)
		return err;
	core_graph_deinit(&d->graph);
	job_advance(d->job, 1);
	sort_pairs(d);
	semidominators(d);
	job_advance(d->job, 1);
	retained_sizes(d, threads);
	job_advance(d->job, 1);
	return job_check(d->job);
}

static void drop_result(struct heap *heap)
{
	uint64_t slots = (uint64_t)heap->count + 1;

	big_free(heap->idom, slots * sizeof(*heap->idom));
	big_free(heap->retained, slots * sizeof(*heap->retained));
	heap->idom = NULL;
	heap->retained = NULL;
}

struct error *heap_dominators(struct heap *heap, unsigned threads,
			      struct job *job)
{
	uint64_t slots = (uint64_t)heap->count + 1;
	struct dominators d = {
		.heap = heap, .job = job, .edges = heap->priv->edges};
	struct error *err;

	if (heap->idom)
		return NULL;
	heap->idom = big_alloc(slots * sizeof(*heap->idom));
	heap->retained = big_alloc(slots * sizeof(*heap->retained));
	memset(heap->idom, 0xff, slots * sizeof(*heap->idom));
	err = dominators_run(&d, threads);
	dominators_deinit(&d);
	if (err)
		drop_result(heap);
	return err;
}
