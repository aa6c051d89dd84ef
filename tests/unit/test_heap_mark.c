#include "tests/unit/heap_world.h"

static struct heap *marked(struct world *world)
{
	return world_heap(world, 1);
}

static void what_no_root_reaches_is_not_reached(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t span = world_span(world, 32, 1);
	uint64_t a = world_alloc(world, span), b = world_alloc(world, span);
	uint64_t c = world_alloc(world, span);

	world_set(world, a + 8, b + 24); /* into the middle */
	world_root(world, a, GO_ROOT_GLOBAL);
	CLEANUP(heap_cleanup) struct heap *heap = marked(world);
	assert_true(world_reached(heap, a));
	assert_true(world_reached(heap, b));
	assert_false(world_reached(heap, c));
	assert_int_equal(heap->reached_objects, 2);
	assert_int_equal(heap->reached_bytes, 64);
	assert_int_equal(heap->edge_count, 2);
}

static void wild_words_are_counted_and_not_followed(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t span = world_span(world, 48, 1);
	uint64_t a = world_alloc(world, span);

	world->spans[span].limit = world->spans[span].base + 4800;
	world_set(world, a, a + 48);	      /* free */
	world_set(world, a + 8, a + 4800);    /* past the limit */
	world_set(world, a + 16, WORLD_DATA); /* no heap address */
	world_root(world, a, GO_ROOT_GLOBAL);
	CLEANUP(heap_cleanup) struct heap *heap = marked(world);
	assert_int_equal(heap->reached_objects, 1);
	assert_int_equal(heap->wild_words, 2);
}

static void conservative_words_reach_and_named_ones_type(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t span = world_span(world, 32, 1);
	uint64_t a = world_alloc(world, span), b = world_alloc(world, span);
	uint64_t c = world_alloc(world, span);
	uint32_t t = world_struct(world, "main.T", 32);
	struct go_root *root;

	world_set(world, a, c);
	root = world_root(world, a, GO_ROOT_STACK);
	root->conservative = true;
	root->slot_kind = GO_SLOT_POINTER;
	root->target = t;
	root->variable = 1;
	root = world_root(world, b, GO_ROOT_REGISTER);
	root->conservative = true;
	root->slot_kind = GO_SLOT_POINTER;
	root->target = t;
	CLEANUP(heap_cleanup) struct heap *heap = marked(world);
	assert_true(world_reached(heap, a));
	assert_true(world_reached(heap, b));
	assert_true(world_reached(heap, c));
	assert_int_equal(world_type_of(heap, a), t);
	assert_int_equal(world_type_of(heap, b), 0);
}

static void frames_of_the_runtime_name_last(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t span = world_span(world, 32, 1);
	uint64_t a = world_alloc(world, span);
	struct heap_step steps[4];
	uint32_t root;

	world->frames[0].function = "runtime.mapassign";
	world->frames[1].function = "main.main";
	world->rt.frame_count = 2;
	world_root(world, a, GO_ROOT_STACK)->owner = 0;
	world_root(world, a, GO_ROOT_STACK)->owner = 1;
	CLEANUP(heap_cleanup) struct heap *heap = marked(world);
	assert_int_equal(heap_path(heap, a, steps, 4, &root), 2);
	assert_int_equal(root, 1);
}

static void parents_lie_on_a_shortest_path(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t span = world_span(world, 32, 1);
	uint64_t a = world_alloc(world, span), b = world_alloc(world, span);
	uint64_t c = world_alloc(world, span), d = world_alloc(world, span);
	struct heap_step steps[8];
	uint32_t root;

	/* a -> b -> c -> d and a -> d */
	world_set(world, a, b);
	world_set(world, b, c);
	world_set(world, c, d);
	world_set(world, a + 16, d);
	world_root(world, a, GO_ROOT_GLOBAL);
	CLEANUP(heap_cleanup) struct heap *heap = marked(world);
	assert_int_equal(heap_path(heap, d, steps, 8, &root), 3);
	assert_int_equal(steps[1].addr, a);
	assert_int_equal(steps[1].offset, 16);
	assert_int_equal(steps[2].addr, d);
	assert_int_equal(heap_path(heap, c, steps, 8, &root), 4);
}

static void of_a_path_too_long_the_root_and_the_end_stay(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t span = world_span(world, 32, 1);
	uint64_t a = world_alloc(world, span), b = world_alloc(world, span);
	uint64_t c = world_alloc(world, span);
	struct heap_step steps[8];
	uint32_t root;

	world_set(world, a, b);
	world_set(world, b, c);
	world_root(world, a, GO_ROOT_GLOBAL);
	CLEANUP(heap_cleanup) struct heap *heap = marked(world);
	assert_int_equal(heap_path(heap, c, steps, 4, &root), 4);
	assert_int_equal(heap_path(heap, c, steps, 3, &root), 3);
	assert_int_equal(root, 0);
	assert_int_equal(steps[1].addr, b);
	assert_int_equal(steps[2].addr, c);
	assert_int_equal(heap_path(heap, c, steps, 1, &root), 1);
	assert_int_equal(heap_path(heap, c, steps, 0, &root), 0);
}

static void package_variables_win_at_equal_distance(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t span = world_span(world, 32, 1);
	uint64_t local = world_alloc(world, span);
	uint64_t global = world_alloc(world, span);
	uint64_t shared = world_alloc(world, span);
	uint64_t both = world_alloc(world, span);

	world_root(world, local, GO_ROOT_STACK);
	world_root(world, shared, GO_ROOT_STACK);
	world_root(world, global, GO_ROOT_GLOBAL);
	world_root(world, shared, GO_ROOT_GLOBAL);
	world_set(world, local, both);
	world_set(world, global, both);
	CLEANUP(heap_cleanup) struct heap *heap = marked(world);
	assert_int_equal(heap->parent[go_object_at(&world->rt, shared)], 3);
	assert_int_equal(heap->parent[go_object_at(&world->rt, both)],
			 go_object_at(&world->rt, global));
}

static void only_a_pointer_to_the_start_gives_a_type(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t span = world_span(world, 64, 1);
	uint64_t a = world_alloc(world, span), b = world_alloc(world, span);
	uint32_t small = world_struct(world, "main.small", 16);
	uint32_t large = world_struct(world, "main.large", 64);
	uint32_t huge = world_struct(world, "main.huge", 65);

	world_slot(world, large, 8, GO_SLOT_POINTER, small);
	world_slot(world, large, 32, GO_SLOT_POINTER, huge);
	world_set(world, a + 8, b + 16);
	world_set(world, a + 32, b);
	world_global(world, "main.a", a, GO_SLOT_POINTER, large);
	CLEANUP(heap_cleanup) struct heap *heap = marked(world);
	assert_int_equal(world_type_of(heap, a), large);
	/* small points inside, huge does not fit */
	assert_int_equal(world_type_of(heap, b), 0);
	assert_true(world_reached(heap, b));
}

static void text_inside_an_object_says_that_it_is_bytes(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t span = world_span(world, 64, 1);
	uint32_t plain = world_span(world, 48, 1);
	uint64_t a = world_alloc(world, span), s = world_alloc(world, plain);
	uint64_t b = world_alloc(world, plain), t = world_alloc(world, plain);
	uint32_t byte =
		world_type(world, (struct go_type){.kind = GO_UINT,
						   .name = "uint8",
						   .size = 1,
						   .pointer_free = true});
	uint32_t other = world_struct(world, "main.other", 8);
	uint32_t all = world_struct(world, "main.all", 64);

	world->spans[plain].noscan = true;
	world->rt.types->types[other].pointer_free = true;
	world_slot(world, all, 0, GO_SLOT_STRING, 0);
	world_slot(world, all, 16, GO_SLOT_SLICE, byte);
	world_slot(world, all, 40, GO_SLOT_SLICE, other);
	world_set(world, a, s + 5);
	world_set(world, a + 16, b + 47);
	world_set(world, a + 40, t + 8);
	world_global(world, "main.a", a, GO_SLOT_POINTER, all);
	CLEANUP(heap_cleanup) struct heap *heap = marked(world);
	assert_int_equal(world_type_of(heap, s), byte);
	assert_int_equal(world_type_of(heap, b), byte);
	/* elements of a struct may be fields of a larger one */
	assert_int_equal(world_type_of(heap, t), 0);
}

static void the_larger_type_wins_and_types_what_it_points_to(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t span = world_span(world, 32, 1);
	uint64_t first = world_alloc(world, span);
	uint64_t late = world_alloc(world, span);
	uint64_t leaf = world_alloc(world, span);
	uint32_t word = world_struct(world, "main.word", 8);
	uint32_t leaf_type = world_struct(world, "main.leaf", 32);
	uint32_t outer = world_struct(world, "main.outer", 32);
	uint32_t chain = world_struct(world, "main.chain", 32);

	/* `first` is seen as a word by a root, as an outer one level later */
	world_slot(world, outer, 24, GO_SLOT_POINTER, leaf_type);
	world_slot(world, chain, 0, GO_SLOT_POINTER, outer);
	world_set(world, first + 24, leaf);
	world_set(world, late, first);
	world_global(world, "main.f", first, GO_SLOT_POINTER, word);
	world_global(world, "main.l", late, GO_SLOT_POINTER, chain);
	CLEANUP(heap_cleanup) struct heap *heap = marked(world);
	assert_int_equal(world_type_of(heap, first), outer);
	assert_int_equal(world_type_of(heap, leaf), leaf_type);
}

static void a_type_found_after_the_scan_reaches_further(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t span = world_span(world, 32, 1);
	uint64_t at[4];
	uint32_t node = world_struct(world, "main.node", 32);
	uint32_t i;

	/* untyped chain from a root; the last of it names the first */
	for (i = 0; i < 4; i++)
		at[i] = world_alloc(world, span);
	for (i = 0; i < 3; i++)
		world_set(world, at[i], at[i + 1]);
	world_set(world, at[3] + 8, WORLD_RTYPE + 64 * node);
	world_set(world, at[3] + 16, at[0]);
	world_slot(world, node, 0, GO_SLOT_POINTER, node);
	world_root(world, at[0], GO_ROOT_UNKNOWN);
	CLEANUP(heap_cleanup) struct heap *heap = marked(world);
	for (i = 0; i < 4; i++)
		assert_int_equal(world_type_of(heap, at[i]), node);
}

static void recorded_types_are_not_in_doubt(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t span = world_span(world, 1024, 1);
	uint32_t other = world_span(world, 32, 1);
	uint32_t real = world_struct(world, "main.real", 104);
	uint32_t claimed = world_struct(world, "main.claimed", 1000);
	uint32_t leaf = world_struct(world, "main.leaf", 32);

	world->spans[span].has_header = true;
	world->recorded[span] = WORLD_RTYPE + 64 * real;
	uint64_t a = world_alloc(world, span), b = world_alloc(world, other);
	world_slot(world, real, 8, GO_SLOT_POINTER, leaf);
	world_set(world, a + 104 + 8, b); /* of the second element */
	world_global(world, "main.x", a, GO_SLOT_POINTER, claimed);
	CLEANUP(heap_cleanup) struct heap *heap = marked(world);
	assert_int_equal(world_type_of(heap, a), real);
	assert_int_equal(heap_repeat(heap, go_object_at(&world->rt, a)), 9);
	assert_int_equal(world_type_of(heap, b), leaf);
}

static void a_malloc_header_refers_to_nothing(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t span = world_span(world, 1024, 1);
	uint32_t other = world_span(world, 32, 1);
	uint32_t leaf = world_struct(world, "main.leaf", 32);
	uint32_t holder = world_struct(world, "main.holder", 1000);

	world->header_bits = true;
	world->spans[span].has_header = true;
	world->recorded[span] = WORLD_RTYPE + 64 * holder;
	world_slot(world, holder, 0, GO_SLOT_POINTER, leaf);
	uint64_t a = world_alloc(world, span), b = world_alloc(world, other);
	uint64_t c = world_alloc(world, other);
	world_set(world, a - 8, b);
	world_set(world, a, c);
	world_root(world, a, GO_ROOT_GLOBAL);
	CLEANUP(heap_cleanup) struct heap *heap = marked(world);
	assert_false(world_reached(heap, b));
	assert_int_equal(world_type_of(heap, b), 0);
	assert_true(world_reached(heap, c));
	assert_int_equal(world_type_of(heap, c), leaf);
	assert_int_equal(heap->wild_words, 0);
}

static void large_objects_record_their_type_in_the_span(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t span = world_span(world, 2 * WORLD_PAGE, 2);
	uint32_t other = world_span(world, 32, 1);
	uint32_t real = world_struct(world, "main.real", 2 * WORLD_PAGE);
	uint32_t leaf = world_struct(world, "main.leaf", 32);
	uint64_t a = world_alloc(world, span), b = world_alloc(world, other);

	world->spans[span].large_type = WORLD_RTYPE + 64 * real;
	world_slot(world, real, 8, GO_SLOT_POINTER, leaf);
	world_set(world, a + 8, b);
	world_root(world, a, GO_ROOT_GLOBAL);
	CLEANUP(heap_cleanup) struct heap *heap = marked(world);
	assert_int_equal(world_type_of(heap, a), real);
	assert_int_equal(world_type_of(heap, b), leaf);
}

/* Arrays too long to flatten: the words of each element, and no further. */
static void elements_of_arrays_are_typed_to_the_last(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t span = world_span(world, 64, 1);
	uint32_t other = world_span(world, 32, 1);
	uint32_t leaf = world_struct(world, "main.leaf", 32);
	uint32_t elem = world_struct(world, "main.elem", 16);
	uint32_t holder = world_struct(world, "main.holder", 64);
	uint64_t a = world_alloc(world, span), b = world_alloc(world, other);
	uint64_t c = world_alloc(world, other), d = world_alloc(world, other);

	world_slot(world, elem, 0, GO_SLOT_POINTER, leaf);
	world_slot(world, holder, 0, GO_SLOT_ARRAY, elem);
	world->rt.types->slots[holder][0].stride = 16;
	world->rt.types->slots[holder][0].count = 2;
	world_set(world, a, b);
	world_set(world, a + 16, c);
	world_set(world, a + 32, d);
	world_global(world, "main.h", a, GO_SLOT_POINTER, holder);
	CLEANUP(heap_cleanup) struct heap *heap = marked(world);
	assert_int_equal(world_type_of(heap, b), leaf);
	assert_int_equal(world_type_of(heap, c), leaf);
	assert_int_equal(world_type_of(heap, d), 0);
}

static void interfaces_name_what_they_hold(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t span = world_span(world, 32, 1);
	uint64_t a = world_alloc(world, span), b = world_alloc(world, span);
	uint64_t c = world_alloc(world, span);
	uint32_t value = world_struct(world, "main.value", 32);
	uint32_t pointer = world_pointer(world, "*main.value", value);
	uint32_t pair = world_struct(world, "main.pair", 32);

	world_slot(world, pair, 0, GO_SLOT_EFACE, 0);
	world_slot(world, pair, 16, GO_SLOT_EFACE, 0);
	world_set(world, a, WORLD_RTYPE + 64 * value);
	world_set(world, a + 8, b);
	world_set(world, a + 16, WORLD_RTYPE + 64 * pointer);
	world_set(world, a + 24, c);
	world_global(world, "main.p", a, GO_SLOT_POINTER, pair);
	CLEANUP(heap_cleanup) struct heap *heap = marked(world);
	assert_int_equal(world_type_of(heap, b), value);
	assert_int_equal(world_type_of(heap, c), value);
}

static void swiss_headers_type_their_groups_and_tables(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	struct go_map_layout layout;
	uint32_t map = world_swiss(world, "map[string]int", &layout,
				   GO_SLOT_UNSAFE, 0);
	uint32_t s48 = world_span(world, 48, 1);
	uint32_t s208 = world_span(world, 208, 1);
	uint32_t s32 = world_span(world, 32, 1);
	uint64_t small = world_alloc(world, s48);
	uint64_t large = world_alloc(world, s48);
	uint64_t group = world_alloc(world, s208);
	uint64_t group2 = world_alloc(world, s208);
	uint64_t directory = world_alloc(world, s32);
	uint64_t table = world_alloc(world, s32);

	world_set(world, small + 16, group);
	world_set(world, large + 16, directory);
	world_set(world, large + 24, 2);
	world_set(world, directory, table);
	world_set(world, directory + 8, table);
	world_set(world, table + 16, group2);
	world_global(world, "main.s", small, GO_SLOT_MAP, map);
	world_global(world, "main.l", large, GO_SLOT_MAP, map);
	CLEANUP(heap_cleanup) struct heap *heap = marked(world);
	assert_int_equal(world_type_of(heap, small), layout.header);
	assert_int_equal(world_type_of(heap, group), layout.bucket);
	assert_int_equal(world_type_of(heap, table), layout.table);
	assert_int_equal(world_type_of(heap, group2), layout.bucket);
}

/** A classic map from int: buckets of 80 bytes. */
static uint32_t world_classic(struct world *world, struct go_map_layout *layout)
{
	struct go_type *types = world->rt.types->types;
	uint32_t map;

	*layout = (struct go_map_layout){.key_slot = 8,
					 .unit = 80,
					 .keys_off = 8,
					 .key_stride = 8,
					 .overflow_off = 72};
	map = world_type(world, (struct go_type){.kind = GO_MAP,
						 .name = "map[int]x",
						 .size = 8,
						 .layout = layout});
	layout->header = world_struct(world, "runtime.hmap", 48);
	layout->bucket = world_struct(world, "bucket", 80);
	types[layout->header].role = GO_ROLE_MAP_HEADER;
	types[layout->header].map = map;
	types[layout->bucket].role = GO_ROLE_MAP_BUCKET;
	types[layout->bucket].map = map;
	return map;
}

static void no_header_lies_in_memory_without_pointers(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	struct go_map_layout layout;
	uint32_t map = world_swiss(world, "map[string]int", &layout,
				   GO_SLOT_UNSAFE, 0);
	uint32_t plain = world_span(world, 48, 1);
	uint32_t scanned = world_span(world, 48, 1);
	uint64_t a = world_alloc(world, plain);
	uint64_t b = world_alloc(world, scanned);

	world->spans[plain].noscan = true;
	world_global(world, "main.a", a, GO_SLOT_MAP, map);
	world_global(world, "main.b", b, GO_SLOT_MAP, map);
	CLEANUP(heap_cleanup) struct heap *heap = marked(world);
	assert_int_equal(world_type_of(heap, a), 0);
	assert_int_equal(world_type_of(heap, b), layout.header);
}

static void hidden_overflow_buckets_get_their_type(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	struct go_map_layout layout;
	uint32_t map = world_classic(world, &layout);
	uint32_t s48 = world_span(world, 48, 1), s80 = world_span(world, 80, 1);
	uint64_t header = world_alloc(world, s48);
	uint64_t extra = world_alloc(world, s48);
	uint64_t slice = world_alloc(world, s48);
	uint64_t list = world_alloc(world, s48);
	world->spans[s80].noscan = true;
	uint64_t main_bucket = world_alloc(world, s80);
	uint64_t overflow = world_alloc(world, s80);

	world_set(world, header + 16, main_bucket);
	world_set(world, header + 40, extra);
	world_set(world, extra, slice);
	world_set(world, slice, list);
	world_set(world, slice + 8, 1);
	world_set(world, slice + 16, 6);
	world_set(world, list, overflow);
	world_global(world, "main.m", header, GO_SLOT_MAP, map);
	CLEANUP(heap_cleanup) struct heap *heap = marked(world);
	assert_int_equal(world_type_of(heap, main_bucket), layout.bucket);
	assert_int_equal(world_type_of(heap, overflow), layout.bucket);
}

/* The array's type stands in front of it: buckets begin 8 bytes later. */
static void buckets_behind_a_header_type_their_overflow(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	struct go_map_layout layout;
	uint32_t map = world_classic(world, &layout);
	uint32_t array = world_span(world, 1024, 1);
	uint32_t s80 = world_span(world, 80, 1);
	uint64_t buckets, first, last;

	assert_true(map > 0);
	world->spans[array].has_header = true;
	world->recorded[array] = WORLD_RTYPE + 64 * layout.bucket;
	buckets = world_alloc(world, array);
	first = world_alloc(world, s80);
	last = world_alloc(world, s80);
	world_set(world, buckets + 72, first);
	/* 12 of them fit into what the header leaves of the slot */
	world_set(world, buckets + 11 * 80 + 72, last);
	world_root(world, buckets, GO_ROOT_GLOBAL);
	CLEANUP(heap_cleanup) struct heap *heap = marked(world);
	assert_int_equal(world_type_of(heap, buckets), layout.bucket);
	assert_int_equal(world_type_of(heap, first), layout.bucket);
	assert_int_equal(world_type_of(heap, last), layout.bucket);
}

/** Objects of 48 bytes that refer to each other at random, with types. */
static void random_world(struct world *world, uint32_t *seed)
{
	enum { OBJECTS = 8000 };
	uint32_t span = world_span(world, 48, 48), types[4], i;
	uint64_t base = world->spans[span].base;
	static const char *const names[] = {"main.a", "main.b", "main.c",
					    "main.d"};

	for (i = 0; i < 4; i++)
		types[i] = world_struct(world, names[i], 24 + 8 * i);
	for (i = 0; i < 4; i++) {
		world_slot(world, types[i], 0, GO_SLOT_POINTER,
			   types[world_random(seed, 4)]);
		world_slot(world, types[i], 16, GO_SLOT_POINTER,
			   types[world_random(seed, 4)]);
	}
	for (i = 0; i < OBJECTS; i++) {
		uint64_t a = world_alloc(world, span);

		for (uint32_t w = 0; w < 3; w++)
			world_set(world, a + 8 * w,
				  base + 48 * world_random(seed, OBJECTS));
	}
	world_global(world, "main.r", base, GO_SLOT_POINTER, types[0]);
}

static void threads_do_not_change_the_result(void **state)
{
	(void)state;
	uint32_t seed = 1, round;

	for (round = 0; round < 5; round++) {
		CLEANUP(world_free) struct world *world = world_new();
		random_world(world, &seed);
		CLEANUP(heap_cleanup) struct heap *one = world_heap(world, 1);
		CLEANUP(heap_cleanup) struct heap *four = world_heap(world, 4);
		assert_true(one->reached_objects > 7000);
		assert_int_equal(one->edge_count, four->edge_count);
		assert_memory_equal(one->parent, four->parent,
				    one->count * sizeof(uint32_t));
		assert_memory_equal(one->type, four->type,
				    one->count * sizeof(uint32_t));
	}
}

static void long_rows_hold_every_reference(void **state)
{
	(void)state;
	enum { TARGETS = 400 };
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t array = world_span(world, 4096, 1);
	uint32_t span = world_span(world, 16, 1), holder, i, at, count;
	uint64_t a = world_alloc(world, array), target[TARGETS];

	for (i = 0; i < TARGETS; i++) {
		target[i] = world_alloc(world, span);
		world_set(world, a + 8 * i, target[i]);
	}
	world_set(world, a + 8 * TARGETS, a);
	world_set(world, a + 8 * (TARGETS + 1), target[TARGETS - 1]);
	world_root(world, a, GO_ROOT_GLOBAL);
	CLEANUP(heap_cleanup) struct heap *heap = world_heap(world, 1);
	const struct edges *edges = heap->priv->edges;
	holder = go_object_at(&world->rt, a);
	const uint32_t *row = edges_of(edges, holder, &count);
	assert_int_equal(count, TARGETS);
	for (i = 0; i < TARGETS; i++) {
		at = go_object_at(&world->rt, target[i]);
		assert_int_equal(row[i], at);
		assert_int_equal(edges_count(edges, at), 0);
		assert_false(heap_bit(edges->shared, at));
	}
}

/** Is the row of the large object what its words say? */
static void check_big(const struct heap *heap, uint32_t big, uint32_t a,
		      uint32_t b)
{
	const struct edges *edges = heap->priv->edges;
	uint32_t count;
	const uint32_t *row = edges_of(edges, big, &count);

	assert_int_equal(count, 3);
	assert_int_equal(row[0], a);
	assert_int_equal(row[1], b);
	assert_int_equal(row[2], a + 1);
	assert_false(heap_bit(edges->shared, b));
	assert_false(heap_bit(edges->shared, a));
	assert_int_equal(heap->parent[a], big);
	assert_int_equal(heap->reached_objects, 4);
}

static void large_objects_have_one_row(void **state)
{
	(void)state;
	enum { PAGES = 80, WORD = 8 };
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t large = world_span(world, PAGES * WORLD_PAGE, PAGES);
	uint32_t span = world_span(world, 16, 1), object, first;
	uint64_t big = world_alloc(world, large);
	uint64_t a = world_alloc(world, span), c = world_alloc(world, span);
	uint64_t b = world_alloc(world, span);

	/* repeated across the border of a piece, and with another between */
	world_set(world, big + 8191 * WORD, a);
	world_set(world, big + 8192 * WORD, a);
	world_set(world, big + 8193 * WORD, big);
	world_set(world, big + 8194 * WORD, a);
	world_set(world, big + 20000 * WORD, b);
	world_set(world, big + 50000 * WORD, b);
	world_set(world, big + 81000 * WORD, c);
	world_root(world, big, GO_ROOT_GLOBAL);
	object = go_object_at(&world->rt, big);
	first = go_object_at(&world->rt, a);
	CLEANUP(heap_cleanup) struct heap *one = world_heap(world, 1);
	CLEANUP(heap_cleanup) struct heap *three = world_heap(world, 3);
	check_big(one, object, first, go_object_at(&world->rt, b));
	check_big(three, object, first, go_object_at(&world->rt, b));
}

static void incoming_words_are_listed_roots_first(void **state)
{
	(void)state;
	CLEANUP(world_free) struct world *world = world_new();
	uint32_t span = world_span(world, 32, 1), count;
	uint64_t a = world_alloc(world, span), b = world_alloc(world, span);
	struct heap_ref refs[4];

	world_set(world, a + 24, b + 31);
	world_set(world, a + 8, b);
	world_root(world, a, GO_ROOT_GLOBAL);
	world_root(world, b, GO_ROOT_STACK);
	CLEANUP(heap_cleanup) struct heap *heap = marked(world);
	assert_null(heap_incoming(heap, go_object_at(&world->rt, b), 2, refs, 4,
				  &count));
	assert_int_equal(count, 3);
	assert_int_equal(refs[0].object, GO_NO_OBJECT);
	assert_int_equal(refs[0].root, 1);
	assert_int_equal(refs[1].addr, a + 8);
	assert_int_equal(refs[2].addr, a + 24);
	assert_null(heap_incoming(heap, go_object_at(&world->rt, b), 2, refs, 2,
				  &count));
	assert_int_equal(count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_no_root_reaches_is_not_reached),
		cmocka_unit_test(wild_words_are_counted_and_not_followed),
		cmocka_unit_test(conservative_words_reach_and_named_ones_type),
		cmocka_unit_test(frames_of_the_runtime_name_last),
		cmocka_unit_test(parents_lie_on_a_shortest_path),
		cmocka_unit_test(of_a_path_too_long_the_root_and_the_end_stay),
		cmocka_unit_test(elements_of_arrays_are_typed_to_the_last),
		cmocka_unit_test(package_variables_win_at_equal_distance),
		cmocka_unit_test(only_a_pointer_to_the_start_gives_a_type),
		cmocka_unit_test(text_inside_an_object_says_that_it_is_bytes),
		cmocka_unit_test(
			the_larger_type_wins_and_types_what_it_points_to),
		cmocka_unit_test(a_type_found_after_the_scan_reaches_further),
		cmocka_unit_test(recorded_types_are_not_in_doubt),
		cmocka_unit_test(a_malloc_header_refers_to_nothing),
		cmocka_unit_test(large_objects_record_their_type_in_the_span),
		cmocka_unit_test(interfaces_name_what_they_hold),
		cmocka_unit_test(swiss_headers_type_their_groups_and_tables),
		cmocka_unit_test(no_header_lies_in_memory_without_pointers),
		cmocka_unit_test(hidden_overflow_buckets_get_their_type),
		cmocka_unit_test(buckets_behind_a_header_type_their_overflow),
		cmocka_unit_test(threads_do_not_change_the_result),
		cmocka_unit_test(long_rows_hold_every_reference),
		cmocka_unit_test(large_objects_have_one_row),
		cmocka_unit_test(incoming_words_are_listed_roots_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
