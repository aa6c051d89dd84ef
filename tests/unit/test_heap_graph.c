/*
 * The graph turned round, routes to roots and the dominator tree, on random
 * graphs, against slow definitions.
 */
#include "tests/unit/heap_world.h"

#include "core/heap/dom_tree.h"
#include "core/heap/routes.h"

enum { ELEM = 48, WORDS = 6, MAX = 64, GROUPS = 5 };

struct graph {
	uint32_t count;
	uint64_t edges[MAX]; /* bit per target */
	uint64_t base;
};

static void fill(struct world *world, struct graph *graph, uint32_t *seed)
{
	uint32_t span = world_span(world, ELEM, 1), i, w, to;

	graph->count = 2 + world_random(seed, 62);
	graph->base = world->spans[span].base;
	for (i = 0; i < graph->count; i++)
		world_alloc(world, span);
	for (i = 0; i < graph->count; i++) {
		for (w = 0; w < WORDS; w++) {
			if (world_random(seed, 5) < 3)
				continue;
			to = world_random(seed, graph->count);
			graph->edges[i] |= 1ULL << to;
			world_set(world, graph->base + ELEM * i + 8 * w,
				  graph->base + ELEM * to);
		}
	}
	for (i = 0; i < 1 + world_random(seed, 4); i++)
		world_root(world,
			   graph->base +
				   ELEM * world_random(seed, graph->count),
			   GO_ROOT_GLOBAL);
}

static bool reached(const struct heap *heap, uint32_t object)
{
	return heap->reached[object / 64] >> (object % 64) & 1;
}

static struct heap_reverse *reverse_of(const struct heap *heap)
{
	struct heap_reverse *reverse = NULL;

	assert_null(heap_reverse_load(heap, 2, NULL, &reverse));
	return reverse;
}

static void reverse_cleanup(struct heap_reverse **reverse)
{
	heap_reverse_free(*reverse);
}

static void tree_cleanup(struct heap_dom_tree **tree)
{
	heap_dom_tree_free(*tree);
}

static void the_reverse_has_every_reached_holder_once(void **state)
{
	uint32_t seed = 3, round, i, k, count;

	(void)state;
	for (round = 0; round < 200; round++) {
		CLEANUP(world_free) struct world *world = world_new();
		struct graph graph = {0};

		fill(world, &graph, &seed);
		CLEANUP(heap_cleanup) struct heap *heap = world_heap(world, 1);
		CLEANUP(reverse_cleanup)
		struct heap_reverse *reverse = reverse_of(heap);
		for (i = 0; i < graph.count; i++) {
			const uint32_t *from =
				heap_reverse_of(reverse, i, &count);
			uint64_t holders = 0, want = 0;

			for (k = 0; k < count; k++)
				holders |= 1ULL << from[k];
			for (k = 0; k < graph.count; k++)
				if (k != i && graph.edges[k] >> i & 1 &&
				    reached(heap, k))
					want |= 1ULL << k;
			assert_int_equal(holders, want);
			for (k = 1; k < count; k++)
				assert_true(from[k - 1] <= from[k]);
		}
	}
}

/** Each route is one: every step is a reference, every root its own. */
static void check_routes(const struct world *world, const struct graph *graph,
			 const struct heap_routes *routes, uint32_t target)
{
	uint64_t roots = 0;
	uint32_t i, k;

	for (i = 0; i < routes->count; i++) {
		const struct heap_route *route = &routes->routes[i];
		const uint32_t *at = routes->objects + route->first;

		assert_false(roots >> route->root & 1);
		roots |= 1ULL << route->root;
		assert_int_equal(world->roots[route->root].value,
				 graph->base + ELEM * at[0]);
		for (k = 1; k < route->count; k++)
			assert_true(graph->edges[at[k - 1]] >> at[k] & 1);
		assert_int_equal(at[route->count - 1], target);
		if (i)
			assert_true(route[-1].count <= route->count);
	}
}

static void routes_lead_from_each_root_word_once(void **state)
{
	uint32_t seed = 11, round, i, k;

	(void)state;
	for (round = 0; round < 200; round++) {
		CLEANUP(world_free) struct world *world = world_new();
		struct graph graph = {0};

		fill(world, &graph, &seed);
		CLEANUP(heap_cleanup) struct heap *heap = world_heap(world, 1);
		CLEANUP(reverse_cleanup)
		struct heap_reverse *reverse = reverse_of(heap);
		for (i = 0; i < graph.count; i++) {
			CLEANUP(heap_routes_deinit)
			struct heap_routes routes = {0};
			uint64_t back = 1ULL << i, before = 0;
			uint32_t roots = 0;

			heap_routes_load(reverse, i, 100, NULL, NULL, &routes);
			assert_true(routes.complete);
			check_routes(world, &graph, &routes, i);
			while (back != before && reached(heap, i)) {
				before = back;
				for (k = 0; k < graph.count; k++)
					if (graph.edges[k] & back &&
					    reached(heap, k))
						back |= 1ULL << k;
			}
			for (k = 0; k < world->rt.root_count; k++)
				roots += back >> ((world->roots[k].value -
						   graph.base) /
						  ELEM) &
					 1;
			if (reached(heap, i))
				assert_int_equal(routes.count, roots);
		}
	}
}

static void a_limit_of_routes_is_said(void **state)
{
	CLEANUP(world_free) struct world *world = world_new();
	CLEANUP(heap_routes_deinit) struct heap_routes routes = {0};
	uint64_t addr = world_alloc(world, world_span(world, ELEM, 1));

	(void)state;
	world_root(world, addr, GO_ROOT_GLOBAL);
	world_root(world, addr, GO_ROOT_STACK);
	CLEANUP(heap_cleanup) struct heap *heap = world_heap(world, 1);
	CLEANUP(reverse_cleanup)
	struct heap_reverse *reverse = reverse_of(heap);
	heap_routes_load(reverse, 0, 1, NULL, NULL, &routes);
	assert_int_equal(routes.count, 1);
	assert_false(routes.complete);
}

static uint32_t group_of(const void *arg, uint32_t object)
{
	(void)arg;
	return object % GROUPS;
}

static bool dominated_by_group(const struct heap *heap, uint32_t object)
{
	uint32_t at = heap->idom[object];

	for (; at != HEAP_NO_IDOM; at = heap->idom[at])
		if (at % GROUPS == object % GROUPS)
			return true;
	return false;
}

static void groups_retain_what_their_topmost_members_retain(void **state)
{
	uint32_t seed = 5, round, i, k, count;

	(void)state;
	for (round = 0; round < 200; round++) {
		CLEANUP(world_free) struct world *world = world_new();
		struct graph graph = {0};
		uint64_t want[GROUPS] = {0}, got[GROUPS] = {0};

		fill(world, &graph, &seed);
		CLEANUP(heap_cleanup) struct heap *heap = world_heap(world, 1);
		assert_null(heap_dominators(heap, 1, NULL));
		CLEANUP(tree_cleanup)
		struct heap_dom_tree *tree = heap_dom_tree_new(heap);
		for (i = 0; i < graph.count; i++) {
			const uint32_t *child;

			if (!reached(heap, i))
				continue;
			if (!dominated_by_group(heap, i))
				want[i % GROUPS] += heap->retained[i];
			assert_int_equal(heap_dom_count(tree, i) * ELEM,
					 heap->retained[i]);
			child = heap_dom_children(tree, i, &count);
			for (k = 0; k < count; k++)
				assert_int_equal(heap->idom[child[k]], i);
		}
		heap_dom_groups(tree, group_of, NULL, GROUPS, 2, NULL, got);
		assert_memory_equal(got, want, sizeof(want));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reverse_has_every_reached_holder_once),
		cmocka_unit_test(routes_lead_from_each_root_word_once),
		cmocka_unit_test(a_limit_of_routes_is_said),
		cmocka_unit_test(
			groups_retain_what_their_topmost_members_retain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
