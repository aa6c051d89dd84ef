/*
 * Semi-NCA (Georgiadis, Tarjan, Werneck: "Finding Dominators in Practice").
 * Private trees need no search and never enter. A depth-first search numbers
 * the others; in that numbering everything is a flat array. Tree edges need no
 * storage beyond the parents, so that only the others (often a tenth of all)
 * are sorted by target.
 *
 * Memory per slot: 5 (rows) + 4 per reference + 4 (numbers), per numbered
 * object 28, and 12 for the result.
 */
#include <assert.h>
#include <stdlib.h>

#include "core/base/xalloc.h"
#include "core/heap/private_tree.h"

struct pair {
	uint32_t to, from; /* numbers */
};

struct dominators {
	struct heap *heap;
	struct job *job;
	const struct edges *edges;
	uint64_t *core;	  /* bit per object: not of a private tree */
	uint32_t *number; /* object -> number; 0 not visited */
	uint32_t count;	  /* numbers are 1..count; 0 is the virtual root */
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

/** Of the object and the private trees that it holds. */
static uint64_t object_bytes(const struct heap *heap, uint32_t object)
{
	return heap_span_of(heap, object)->elem_size + heap->retained[object];
}

static uint32_t enter(struct dominators *d, uint32_t object, uint32_t parent)
{
	uint32_t number = ++d->count, count, i;
	const uint32_t *to = edges_of(d->edges, object, &count);

	d->number[object] = number;
	d->object[number] = object;
	d->parent[number] = parent;
	d->label[number] = 0; /* the next target, for now */
	d->weight[number] = object_bytes(d->heap, object);
	for (i = 0; i < count && i < 8; i++) {
		__builtin_prefetch(&d->number[to[i]]);
		__builtin_prefetch(&d->edges->start[to[i]]);
	}
	return number;
}

static void add_pair(struct dominators *d, uint32_t to, uint32_t from)
{
	d->pairs[d->pair_count++] = (struct pair){to, from};
}

/** Depth first from @p object; the way back is in the parents. */
static void search(struct dominators *d, uint32_t object)
{
	uint32_t at = enter(d, object, 0);

	while (at) {
		uint32_t next = d->label[at], to = 0, number = 1, count;
		const uint32_t *row = edges_of(d->edges, d->object[at], &count);

		while (next < count) {
			to = row[next++];
			if (!heap_bit(d->core, to))
				continue;
			number = d->number[to];
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
	uint32_t i;

	for (i = 0; i < rt->root_count; i++) {
		if (heap_locate(d->heap, rt->roots[i].value, &place) !=
			    HEAP_HIT ||
		    !heap_bit(d->core, place.object))
			continue;
		if (d->number[place.object])
			add_pair(d, d->number[place.object], 0);
		else
			search(d, place.object);
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

static void retained_sizes(struct dominators *d)
{
	struct heap *heap = d->heap;
	uint32_t i;

	for (i = d->count; i > 0; i--)
		d->weight[d->idom[i]] += d->weight[i];
	for (i = 1; i <= d->count; i++) {
		uint32_t object = d->object[i];

		heap->retained[object] = d->weight[i];
		heap->idom[object] =
			d->idom[i] ? d->object[d->idom[i]] : HEAP_NO_IDOM;
	}
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
	d->number = big_alloc((uint64_t)d->heap->count * 4 + 4);
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
	if (d->number)
		big_free(d->number, (uint64_t)d->heap->count * 4 + 4);
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
	dominators_reserve(d);
	job_phase(d->job, "dominators", 3);
	err = number_all(d);
	if (err)
		return err;
	big_free(d->number, (uint64_t)d->heap->count * 4 + 4);
	d->number = NULL;
	job_advance(d->job, 1);
	sort_pairs(d);
	semidominators(d);
	job_advance(d->job, 1);
	retained_sizes(d);
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
