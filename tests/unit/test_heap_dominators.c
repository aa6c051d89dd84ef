#include "tests/unit/heap_world.h"

enum { ELEM = 48, WORDS = 6, MAX = 64 };

struct graph {
	uint32_t count;
	uint64_t edges[MAX]; /* bit per target */
	uint64_t roots;
};

static void fill(struct world *world, struct graph *graph, uint32_t *seed)
{
	uint32_t span = world_span(world, ELEM, 1), i, w, to;
	uint32_t sparse = 4 + world_random(seed, 4);
	uint64_t base = world->spans[span].base;

	for (i = 0; i < graph->count; i++)
		world_alloc(world, span);
	for (i = 0; i < graph->count; i++) {
		for (w = 0; w < WORDS; w++) {
			if (world_random(seed, sparse) < 3)
				continue;
			to = world_random(seed, 3)
				     ? world_random(seed, graph->count)
				     : (i + 1) % graph->count;
			graph->edges[i] |= 1ULL << to;
			world_set(world, base + ELEM * i + 8 * w,
				  base + ELEM * to + world_random(seed, ELEM));
		}
	}
	for (i = 0; i < 1 + world_random(seed, 4); i++) {
		to = world_random(seed, graph->count);
		graph->roots |= 1ULL << to;
		world_root(world, base + ELEM * to, GO_ROOT_GLOBAL);
	}
}

/** What can be reached without going through object @p without. */
static uint64_t reach(const struct graph *graph, uint32_t without)
{
	uint64_t cut = without < MAX ? ~(1ULL << without) : ~0ULL;
	uint64_t reached = graph->roots & cut, before = 0;
	uint32_t i;

	while (reached != before) {
		before = reached;
		for (i = 0; i < graph->count; i++)
			if (reached >> i & 1)
				reached |= graph->edges[i] & cut;
	}
	return reached;
}

/** The dominator of @p v that all its others dominate. */
static uint32_t slow_idom(const uint64_t *lost, uint32_t count, uint32_t v)
{
	uint32_t u, best = HEAP_NO_IDOM;

	for (u = 0; u < count; u++)
		if (u != v && lost[u] >> v & 1 &&
		    (best == HEAP_NO_IDOM || lost[best] >> u & 1))
			best = u;
	return best;
}

static void dominators_agree_with_their_definition(void **state)
{
	(void)state;
	uint32_t seed = 7, round, v;

	for (round = 0; round < 400; round++) {
		CLEANUP(world_free) struct world *world = world_new();
		struct graph graph = {.count = 2 + world_random(&seed, 62)};
		uint64_t all, lost[MAX];

		fill(world, &graph, &seed);
		CLEANUP(heap_cleanup) struct heap *heap = world_heap(world, 1);
		assert_null(heap_dominators(heap, 1 + round % 3, NULL));
		all = reach(&graph, MAX);
		assert_int_equal(heap->reached[0], all);
		for (v = 0; v < graph.count; v++)
			lost[v] = all & ~reach(&graph, v);
		for (v = 0; v < graph.count; v++) {
			assert_int_equal(heap->retained[v],
					 ELEM * __builtin_popcountll(lost[v]));
			if (all >> v & 1)
				assert_int_equal(
					heap->idom[v],
					slow_idom(lost, graph.count, v));
		}
	}
}

static void a_long_list_needs_no_deep_stack(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t span = world_span(world, 16, WORLD_PAGES), i;
	uint32_t count = world->spans[span].slots;
	uint64_t base = world->spans[span].base;

	for (i = 0; i < count; i++)
		world_alloc(world, span);
	for (i = 0; i < count; i++) {
		world_set(world, base + 16 * i, base + 16 * ((i + 1) % count));
		world_set(world, base + 16 * i + 8,
			  base + 16 * ((i + count - 1) % count));
	}
	world_root(world, base, GO_ROOT_STACK);
	CLEANUP(heap_cleanup) struct heap *heap = world_heap(world, 1);
	assert_null(heap_dominators(heap, 2, NULL));
	assert_int_equal(heap->retained[0], 16 * count);
	/* around the ring every element is reached both ways */
	assert_int_equal(heap->retained[count / 2], 16);
	assert_int_equal(heap->idom[1], 0);
}

static void what_two_holders_share_neither_retains(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t span = world_span(world, 32, 1);
	uint64_t a = world_alloc(world, span), b = world_alloc(world, span);
	uint64_t mine = world_alloc(world, span);
	uint64_t ours = world_alloc(world, span);

	world_set(world, a, mine);
	world_set(world, a + 8, ours);
	world_set(world, b, ours);
	world_root(world, a, GO_ROOT_GLOBAL);
	world_root(world, b, GO_ROOT_GLOBAL);
	CLEANUP(heap_cleanup) struct heap *heap = world_heap(world, 1);
	assert_null(heap_dominators(heap, 1, NULL));
	assert_int_equal(heap->retained[0], 64);
	assert_int_equal(heap->retained[1], 32);
	assert_int_equal(heap->idom[2], 0);
	assert_int_equal(heap->idom[3], HEAP_NO_IDOM);
}

/** Levels of a tree of 16-byte pairs, the root first in memory. */
enum { LEVELS = 14, LEAVES = 1 << LEVELS };

static uint64_t tree(struct world *world, uint32_t span)
{
	uint64_t base = world->spans[span].base;
	uint32_t i;

	for (i = 0; i < 2 * LEAVES - 1; i++)
		world_alloc(world, span);
	for (i = 0; i < LEAVES - 1; i++) {
		world_set(world, base + 16 * i, base + 16 * (2 * i + 1));
		world_set(world, base + 16 * i + 8, base + 16 * (2 * i + 2));
	}
	world_root(world, base, GO_ROOT_GLOBAL);
	return base;
}

static uint32_t level_of(uint32_t object)
{
	return 31 - (uint32_t)__builtin_clz(object + 1);
}

static void a_tree_retains_its_branches(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t span = world_span(world, 16, WORLD_PAGES), i;

	tree(world, span);
	CLEANUP(heap_cleanup) struct heap *heap = world_heap(world, 3);
	assert_null(heap_dominators(heap, 3, NULL));
	for (i = 0; i < 2 * LEAVES - 1; i++) {
		assert_int_equal(heap->retained[i],
				 16 * ((2 << (LEVELS - level_of(i))) - 1));
		assert_int_equal(heap->idom[i], i ? (i - 1) / 2 : HEAP_NO_IDOM);
	}
}

/** Two leaves share one object: it dies with what is above both. */
static void what_branches_share_belongs_to_the_fork(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t span = world_span(world, 16, WORLD_PAGES);
	uint32_t left = LEAVES - 1, right = LEAVES - 1 + LEAVES / 4, v;
	uint64_t base = tree(world, span), ours = world_alloc(world, span);
	uint32_t object = (uint32_t)((ours - base) / 16);

	world_set(world, base + 16 * left, ours);
	world_set(world, base + 16 * right, ours + 8);
	CLEANUP(heap_cleanup) struct heap *heap = world_heap(world, 2);
	assert_null(heap_dominators(heap, 2, NULL));
	assert_int_equal(heap->idom[object], 1);
	assert_int_equal(heap->retained[object], 16);
	assert_int_equal(heap->retained[left], 16);
	assert_int_equal(heap->retained[1],
			 16 * ((2 << (LEVELS - 1)) - 1) + 16);
	assert_int_equal(heap->retained[2], 16 * ((2 << (LEVELS - 1)) - 1));
	for (v = left; v; v = (v - 1) / 2)
		assert_int_equal(heap->idom[v], (v - 1) / 2);
	/* a branch that holds nothing shared, beside one that does */
	assert_int_equal(heap->retained[4], 16 * ((2 << (LEVELS - 2)) - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dominators_agree_with_their_definition),
		cmocka_unit_test(a_long_list_needs_no_deep_stack),
		cmocka_unit_test(what_two_holders_share_neither_retains),
		cmocka_unit_test(a_tree_retains_its_branches),
		cmocka_unit_test(what_branches_share_belongs_to_the_fork),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
