#include "core/heap/heap_priv.h"
#include "tests/unit/heap_world.h"

/** A world with map[string]*main.leaf and spans of the usual sizes. */
struct scene {
	struct world *world;
	struct go_map_layout layout;
	uint32_t map, string;
	uint32_t s16, s32, s48, s208;
};

static void scene_init(struct scene *scene)
{
	struct world *world = world_new();

	scene->world = world;
	scene->map = world_swiss(world, "map[string]int", &scene->layout,
				 GO_SLOT_UNSAFE, 0);
	scene->string = go_type_find(world->rt.types, "string");
	scene->s16 = world_span(world, 16, 1);
	scene->s32 = world_span(world, 32, 1);
	scene->s48 = world_span(world, 48, 1);
	scene->s208 = world_span(world, 208, 1);
}

static void scene_free(struct scene *scene)
{
	world_free(&scene->world);
}

static uint64_t new_map(struct scene *scene)
{
	return world_alloc(scene->world, scene->s48);
}

static void fields(struct scene *scene, uint32_t type,
		   const struct go_field *list, uint32_t count)
{
	struct go_type *self = &scene->world->rt.types->types[type];

	self->fields = list;
	self->field_count = count;
}

static struct heap_found find_maps(struct heap *heap, unsigned how,
				   unsigned threads)
{
	const struct heap_search search = {.how = how};
	struct heap_found found;

	assert_null(heap_find_maps(heap, &search, threads, NULL, &found));
	return found;
}

/** The names of the only map of that header. */
static void owner_is(struct scene *scene, uint64_t header, const char *name,
		     const char *path)
{
	CLEANUP(heap_cleanup)
	struct heap *heap = world_heap(scene->world, 1);
	struct heap_found found = find_maps(heap, 0, 1);
	struct heap_owner owner;
	struct buf joined = {0};
	uint32_t i;

	for (i = 0; i < found.count && found.maps[i].header != header; i++)
		;
	assert_true(i < found.count);
	assert_int_equal(found.maps[i].type, scene->map);
	heap_owner_load(heap, &found.maps[i], true, &owner);
	assert_string_equal(owner.name, name);
	for (i = 0; i < owner.path_count; i++) {
		buf_adds(&joined, owner.path[i]);
		buf_addc(&joined, ' ');
	}
	assert_string_equal(buf_str(&joined), path);
	buf_deinit(&joined);
	heap_owner_deinit(&owner);
	free(found.maps);
}

static void a_package_variable_owns_its_map(void **state)
{
	(void)state;
	CLEANUP(scene_free) struct scene scene;

	scene_init(&scene);
	uint64_t map = new_map(&scene);
	world_global(scene.world, "main.cache", map, GO_SLOT_MAP, scene.map);
	owner_is(&scene, map, "main.cache", "main.cache ");
}

static void fields_of_a_struct_variable_are_named(void **state)
{
	(void)state;
	CLEANUP(scene_free) struct scene scene;

	scene_init(&scene);
	uint64_t map = new_map(&scene);
	uint32_t inner = world_struct(scene.world, "main.inner", 16);
	uint32_t outer = world_struct(scene.world, "main.outer", 32);
	const struct go_field in[] = {{"n", scene.map, false, 0},
				      {"m", scene.map, false, 8}};
	const struct go_field out[] = {{"a", inner, false, 0},
				       {"b", inner, false, 16}};
	struct go_root *root = world_global(scene.world, "main.state", map,
					    GO_SLOT_MAP, scene.map);

	fields(&scene, inner, in, 2);
	fields(&scene, outer, out, 2);
	scene.world->globals[0].type = outer;
	root->addr += 24;
	owner_is(&scene, map, "main.state.b.m", "main.state.b.m ");
}

/** main.Session { id string; attrs map } of 32 bytes. */
static uint32_t session_type(struct scene *scene, struct go_field list[2])
{
	uint32_t type =
		world_struct(scene->world, "example.com/app.Session", 32);

	list[0] = (struct go_field){"id", scene->string, false, 0};
	list[1] = (struct go_field){"attrs", scene->map, false, 16};
	fields(scene, type, list, 2);
	world_slot(scene->world, type, 0, GO_SLOT_STRING, 0);
	world_slot(scene->world, type, 16, GO_SLOT_MAP, scene->map);
	return type;
}

static void a_field_of_a_heap_object_names_its_type(void **state)
{
	(void)state;
	CLEANUP(scene_free) struct scene scene;
	struct go_field list[2];

	scene_init(&scene);
	struct world *world = scene.world;
	uint32_t session = session_type(&scene, list);
	uint64_t s = world_alloc(world, scene.s32), map = new_map(&scene);

	world_set(world, s + 16, map);
	world_global(world, "main.current", s, GO_SLOT_POINTER, session);
	owner_is(&scene, map, "(*example.com/app.Session).attrs",
		 "main.current .attrs ");
}

static void entries_of_a_map_show_their_key_in_the_path(void **state)
{
	(void)state;
	CLEANUP(scene_free) struct scene scene;
	struct go_map_layout outer;
	struct go_field list[2];

	scene_init(&scene);
	struct world *world = scene.world;
	uint32_t session = session_type(&scene, list);
	uint32_t pointer = world_pointer(world, "*Session", session);
	uint32_t sessions = world_swiss(world, "map[string]*Session", &outer,
					GO_SLOT_POINTER, session);
	uint64_t header = new_map(&scene), map = new_map(&scene);
	uint64_t group = world_alloc(world, scene.s208);
	uint64_t s = world_alloc(world, scene.s32);
	uint64_t key = world_alloc(world, scene.s16);

	world->rt.types->types[sessions].elem = pointer;
	world_set(world, header, 1);
	world_set(world, header + 16, group);
	world_set(world, key, 0x37312d6469); /* id-17 */
	world_set(world, group + 8 + 24, key);
	world_set(world, group + 8 + 24 + 8, 5);
	world_set(world, group + 24 + 24, s);
	world_set(world, s + 16, map);
	world_global(world, "main.sessions", header, GO_SLOT_MAP, sessions);
	owner_is(&scene, map, "(*example.com/app.Session).attrs",
		 "main.sessions [\"id-17\"] .attrs ");
}

static void elements_without_a_struct_add_brackets(void **state)
{
	(void)state;
	CLEANUP(scene_free) struct scene scene;

	scene_init(&scene);
	struct world *world = scene.world;
	uint64_t slice = world_alloc(world, scene.s32), map = new_map(&scene);

	world_set(world, slice + 24, map);
	world_global(world, "main.all", slice, GO_SLOT_SLICE, scene.map);
	owner_is(&scene, map, "main.all[]", "main.all [3] ");
}

static void cells_of_escaped_variables_add_nothing(void **state)
{
	(void)state;
	CLEANUP(scene_free) struct scene scene;

	scene_init(&scene);
	struct world *world = scene.world;
	uint32_t s8 = world_span(world, 8, 1);
	uint64_t cell = world_alloc(world, s8), map = new_map(&scene);
	struct go_root *root;

	world_set(world, cell, map);
	root = world_root(world, cell, GO_ROOT_STACK);
	root->addr = WORLD_STACK + 8;
	root->target = scene.map;
	root->variable = 1;
	root->owner = 0;
	world->rt.frame_count = 1;
	world->frames[0].function = "main.(*worker).run";
	world->rt.variable_count = 1;
	world->variables[0] = (struct go_variable){
		.name = "&seen", .addr = WORLD_STACK + 8, .size = 8};
	owner_is(&scene, map, "main.(*worker).run.seen",
		 "main.(*worker).run.seen ");
}

static void pieces_of_a_variable_are_named_as_its_parts(void **state)
{
	(void)state;
	CLEANUP(scene_free) struct scene scene;
	struct go_field list[2];

	scene_init(&scene);
	struct world *world = scene.world;
	uint32_t session = session_type(&scene, list);
	uint64_t map = new_map(&scene);
	struct go_root *root = world_root(world, map, GO_ROOT_STACK);

	/* bytes 16 to 24 of a session; the rest is elsewhere */
	root->addr = WORLD_STACK + 64;
	root->variable = 1;
	root->slot_kind = GO_SLOT_POINTER;
	world->rt.frame_count = 1;
	world->frames[0].function = "main.run";
	world->rt.variable_count = 1;
	world->variables[0] = (struct go_variable){.name = "s",
						   .addr = WORLD_STACK + 64,
						   .size = 8,
						   .part = 16,
						   .type = session};
	owner_is(&scene, map, "main.run.s.attrs", "main.run.s.attrs ");
	CLEANUP(heap_cleanup) struct heap *heap = world_heap(world, 1);
	struct heap_step steps[2];
	uint32_t index;

	assert_int_equal(heap_path(heap, map, steps, 2, &index), 2);
	assert_int_equal(steps[0].addr, WORLD_STACK + 48);
	assert_int_equal(steps[0].offset, 16);
}

static void captured_variables_are_named_after_the_closure(void **state)
{
	(void)state;
	CLEANUP(scene_free) struct scene scene;

	scene_init(&scene);
	struct world *world = scene.world;
	uint32_t closure = world_struct(world, "closure", 16);
	uint32_t code = world_type(world, (struct go_type){.kind = GO_UINTPTR,
							   .name = "uintptr",
							   .size = 8});
	const struct go_field list[] = {{"F", code, false, 0},
					{"memo", scene.map, false, 8}};
	uint64_t object = world_alloc(world, scene.s16), map = new_map(&scene);

	fields(&scene, closure, list, 2);
	world->rt.types->types[closure].role = GO_ROLE_CLOSURE;
	world_slot(world, closure, 8, GO_SLOT_MAP, scene.map);
	world_set(world, object, WORLD_CODE);
	world_set(world, object + 8, map);
	world_global(world, "main.hook", object, GO_SLOT_FUNC, 0);
	owner_is(&scene, map, "main.outer.func1.memo", "main.hook .memo ");
}

static void insides_of_a_library_container_add_one_element(void **state)
{
	(void)state;
	CLEANUP(scene_free) struct scene scene;

	scene_init(&scene);
	struct world *world = scene.world;
	uint32_t element = world_struct(world, "container/list.Element", 32);
	uint64_t first = world_alloc(world, scene.s32);
	uint64_t second = world_alloc(world, scene.s32), map = new_map(&scene);

	world_slot(world, element, 0, GO_SLOT_POINTER, element);
	world_slot(world, element, 16, GO_SLOT_MAP, scene.map);
	world_set(world, first, second);
	world_set(world, second + 16, map);
	world_global(world, "main.queue", first, GO_SLOT_POINTER, element);
	owner_is(&scene, map, "main.queue[]", "main.queue ");
}

static void maps_on_stacks_are_named_after_the_frame(void **state)
{
	(void)state;
	CLEANUP(scene_free) struct scene scene;

	scene_init(&scene);
	struct world *world = scene.world;

	world->rt.frame_count = 1;
	world->frames[0].function = "main.main";
	world->rt.variable_count = 1;
	world->variables[0] = (struct go_variable){.name = "counts"};
	world->rt.stack_map_count = 1;
	world->stack_maps[0] = (struct go_stack_map){
		.header = WORLD_STACK + 64, .type = scene.map, .variable = 1};
	owner_is(&scene, WORLD_STACK + 64, "main.main.counts",
		 "main.main.counts ");
}

static void holders_and_nil_maps_are_counted(void **state)
{
	(void)state;
	CLEANUP(scene_free) struct scene scene;
	struct go_field list[2];

	scene_init(&scene);
	struct world *world = scene.world;
	uint32_t session = session_type(&scene, list);
	uint64_t a = world_alloc(world, scene.s32), map = new_map(&scene);
	uint64_t b = world_alloc(world, scene.s32);
	struct heap_found found;

	new_map(&scene); /* nobody's */
	world_set(world, a + 16, map);
	world_global(world, "main.a", a, GO_SLOT_POINTER, session);
	world_global(world, "main.b", b, GO_SLOT_POINTER, session);
	world_global(world, "main.m", map, GO_SLOT_MAP, scene.map);
	CLEANUP(heap_cleanup) struct heap *heap = world_heap(world, 2);
	found = find_maps(heap, 0, 2);
	assert_int_equal(found.count, 1);
	assert_int_equal(found.maps[0].header, map);
	assert_int_equal(found.maps[0].holders, 2);
	assert_true(found.maps[0].reachable);
	assert_int_equal(found.nils, 1);
	free(found.maps);
}

static bool is_this(void *arg, const struct go_span *span, uint32_t object)
{
	const struct heap_place *place = arg;

	assert_ptr_equal(span, place->span);
	return object == place->object;
}

static void untyped_headers_count_their_holders_too(void **state)
{
	enum { HOLDERS = 100 };
	(void)state;
	CLEANUP(scene_free) struct scene scene;

	scene_init(&scene);
	struct world *world = scene.world;
	uint64_t map = new_map(&scene);
	struct heap_place place;
	struct heap_found found;
	uint64_t holder = 0;
	unsigned i;

	for (i = 0; i < HOLDERS; i++) {
		uint64_t next = world_alloc(world, scene.s32);

		world_set(world, next, map);
		world_set(world, next + 8, holder);
		holder = next;
	}
	world_global(world, "main.list", holder, GO_SLOT_UNSAFE, 0);
	CLEANUP(heap_cleanup) struct heap *heap = world_heap(world, 2);
	assert_int_equal(heap_locate(heap, map, &place), HEAP_HIT);
	const struct heap_search search = {
		.is_header = is_this,
		.arg = &place,
		.shape_bytes = place.span->elem_size,
	};
	assert_null(heap_find_maps(heap, &search, 2, NULL, &found));
	assert_int_equal(found.count, 1);
	assert_int_equal(found.maps[0].header, map);
	assert_int_equal(found.maps[0].type, 0);
	assert_int_equal(found.maps[0].holders, HOLDERS);
	assert_true(found.maps[0].reachable);
	free(found.maps);
}

static void garbage_maps_are_found_when_asked_for(void **state)
{
	(void)state;
	CLEANUP(scene_free) struct scene scene;
	struct go_field list[2];

	scene_init(&scene);
	struct world *world = scene.world;
	uint32_t session = session_type(&scene, list);
	uint64_t dead = world_alloc(world, scene.s16);
	uint64_t s = world_alloc(world, scene.s32), map = new_map(&scene);
	struct heap_found found;
	struct heap_owner owner;

	/* an interface in garbage types the session, that its map */
	world_set(world, dead, WORLD_RTYPE + 64 * session);
	world_set(world, dead + 8, s);
	world_set(world, s + 16, map);
	CLEANUP(heap_cleanup) struct heap *heap = world_heap(world, 1);
	found = find_maps(heap, 0, 1);
	assert_int_equal(found.count, 0);
	free(found.maps);
	found = find_maps(heap, HEAP_FIND_GARBAGE, 1);
	assert_int_equal(found.count, 1);
	assert_int_equal(found.maps[0].header, map);
	assert_false(found.maps[0].reachable);
	heap_owner_load(heap, &found.maps[0], false, &owner);
	assert_string_equal(owner.name, "(unreachable)");
	heap_owner_deinit(&owner);
	free(found.maps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_package_variable_owns_its_map),
		cmocka_unit_test(fields_of_a_struct_variable_are_named),
		cmocka_unit_test(a_field_of_a_heap_object_names_its_type),
		cmocka_unit_test(entries_of_a_map_show_their_key_in_the_path),
		cmocka_unit_test(elements_without_a_struct_add_brackets),
		cmocka_unit_test(cells_of_escaped_variables_add_nothing),
		cmocka_unit_test(pieces_of_a_variable_are_named_as_its_parts),
		cmocka_unit_test(
			captured_variables_are_named_after_the_closure),
		cmocka_unit_test(
			insides_of_a_library_container_add_one_element),
		cmocka_unit_test(maps_on_stacks_are_named_after_the_frame),
		cmocka_unit_test(holders_and_nil_maps_are_counted),
		cmocka_unit_test(untyped_headers_count_their_holders_too),
		cmocka_unit_test(garbage_maps_are_found_when_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
