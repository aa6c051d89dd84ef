#include "core/heap/dom_tree.h"

#include <stdlib.h>

#include "core/base/xalloc.h"
#include "core/heap/heap_priv.h"

enum {
	GROUP_CHUNK = 64, /* trees that a worker takes at a time */
	CHECK_EVERY = 4096,
};

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

/* What a step of the walk needs again on its way back, beside each other. */
struct group_frame {
	const uint32_t *child, *end; /* still to visit */
	uint32_t group;
};

struct group_worker {
	struct group_frame *frames;
	size_t count, cap;
	uint32_t *inside; /* by group: members on the path */
	uint64_t *sum;	  /* by group */
};

struct group_walk {
	const struct heap_dom_tree *tree;
	heap_group_fn *group_of;
	const void *arg;
	uint32_t groups;
	const uint32_t *top; /* children of the virtual root */
	struct group_worker *workers;
	struct job *job;
};

static void prefetch_node(const struct heap_dom_tree *tree, uint32_t object)
{
	__builtin_prefetch(&tree->start[object]);
	__builtin_prefetch(&tree->heap->type[object]);
}

static void group_enter(const struct group_walk *walk, struct group_worker *w,
			uint32_t object)
{
	const struct heap_dom_tree *tree = walk->tree;
	const uint32_t *child = tree->child + tree->start[object];
	const uint32_t *end = tree->child + tree->start[object + 1];
	uint32_t group = walk->group_of(walk->arg, object);

	if (child < end)
		prefetch_node(tree, *child);
	if (group < walk->groups && !w->inside[group])
		w->sum[group] += tree->heap->retained[object];
	if (child == end)
		return;
	if (group < walk->groups)
		w->inside[group]++;
	GROW_ARRAY(w->frames, w->count, w->cap);
	w->frames[w->count++] = (struct group_frame){child, end, group};
}

static void group_range(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	const struct group_walk *walk = arg;
	struct group_worker *w = &walk->workers[index];
	uint64_t i, steps = 0;

	for (i = begin; i < end; i++) {
		group_enter(walk, w, walk->top[i]);
		while (w->count) {
			struct group_frame *frame = &w->frames[w->count - 1];
			const uint32_t *child = frame->child;

			if (++steps % CHECK_EVERY == 0 &&
			    job_cancelled(walk->job))
				return;
			if (child == frame->end) {
				if (frame->group < walk->groups)
					w->inside[frame->group]--;
				w->count--;
				continue;
			}
			frame->child++;
			if (child + 1 < frame->end)
				prefetch_node(walk->tree, child[1]);
			group_enter(walk, w, *child);
		}
	}
}

void heap_dom_groups(const struct heap_dom_tree *tree, heap_group_fn *group_of,
		     const void *arg, uint32_t groups, unsigned threads,
		     struct job *job, uint64_t *ret)
{
	struct group_walk walk = {.tree = tree,
				  .group_of = group_of,
				  .arg = arg,
				  .groups = groups,
				  .job = job};
	unsigned workers = job_threads(threads), i;
	uint32_t count, group;

	walk.top = heap_dom_children(tree, HEAP_NO_IDOM, &count);
	walk.workers = xcalloc(workers, sizeof(*walk.workers));
	for (i = 0; i < workers; i++) {
		struct group_worker *w = &walk.workers[i];

		w->inside = xcalloc((size_t)groups + 1, sizeof(*w->inside));
		w->sum = xcalloc((size_t)groups + 1, sizeof(*w->sum));
	}
	job_parallel(job, workers, count, GROUP_CHUNK, group_range, &walk);
	for (i = 0; i < workers; i++) {
		struct group_worker *w = &walk.workers[i];

		for (group = 0; group < groups; group++)
			ret[group] += w->sum[group];
		free(w->inside);
		free(w->sum);
		free(w->frames);
	}
	free(walk.workers);
}
