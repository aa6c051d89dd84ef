/*
 * Literals in data that only other literals point to. This file defines what
 * statics.c calls of core/go, so that types and variables come from here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "core/base/attr.h"
#include "core/base/xalloc.h"
#include "core/go/runtime_priv.h"

enum {
	NODES = 400000,
	MOST_LITERALS = 1 << 20,
	NODE_SIZE = 16,
	VARIABLE = 16,
};

static const uint64_t DATA = 0x500000;

/* The numbers of types. An rtype is its number, an itab that and ITAB. */
enum { NODE = 1, TO_BYTES = 4, NODES_SLICE, ANY, METHODS, DIRECT, ITAB = 100 };

static const struct go_type the_types[] = {
	{.name = "?"},
	{.kind = GO_STRUCT, .name = "main.node", .named = true, .size = 16},
	{.kind = GO_POINTER, .name = "*main.node", .size = 8, .elem = 1},
	{.kind = GO_ARRAY,
	 .name = "[16]uint8",
	 .size = 16,
	 .pointer_free = true},
	{.kind = GO_POINTER, .name = "*[16]uint8", .size = 8, .elem = 3},
	{.kind = GO_SLICE, .name = "[]main.node", .size = 24, .elem = 1},
	{.kind = GO_INTERFACE, .name = "interface {}", .size = 16},
	{.kind = GO_INTERFACE,
	 .name = "main.I",
	 .size = 16,
	 .has_methods = true},
	{.kind = GO_STRUCT, .name = "main.box", .size = 8, .direct = true},
};
static struct go_slot the_slots[] = {{.kind = GO_SLOT_POINTER, .target = 1}};
static struct go_slot to_bytes[] = {{.kind = GO_SLOT_POINTER, .target = 3}};
static struct go_slot a_slice[] = {{.kind = GO_SLOT_SLICE, .target = 1}};
static struct go_slot an_eface[] = {{.kind = GO_SLOT_EFACE}};
static struct go_slot an_iface[] = {{.kind = GO_SLOT_IFACE}};
static const struct go_slots the_lists[] = {{0},
					    {.slots = the_slots, .count = 1},
					    {.slots = the_slots, .count = 1},
					    {0},
					    {.slots = to_bytes, .count = 1},
					    {.slots = a_slice, .count = 1},
					    {.slots = an_eface, .count = 1},
					    {.slots = an_iface, .count = 1},
					    {.slots = the_slots, .count = 1}};

const struct go_type *go_type(const struct go_types *types, uint32_t id)
{
	(void)types;
	return &the_types[id < ARRAY_LEN(the_types) ? id : 0];
}

const struct go_slots *go_type_slots(struct go_types *types, uint32_t id)
{
	(void)types;
	return &the_lists[id < ARRAY_LEN(the_lists) ? id : 0];
}

uint32_t go_type_from_itab(struct go_types *types, uint64_t itab)
{
	return go_type_from_rtype(types, itab - ITAB);
}

uint32_t go_type_from_rtype(struct go_types *types, uint64_t rtype)
{
	(void)types;
	return rtype < ARRAY_LEN(the_types) ? (uint32_t)rtype : 0;
}

const struct go_global *go_global_at(const struct go_runtime *rt, uint64_t addr)
{
	uint32_t i;

	for (i = 0; i < rt->global_count; i++)
		if (addr - rt->globals[i].addr < rt->globals[i].size)
			return &rt->globals[i];
	return NULL;
}

const char *keep_string(struct runtime_priv *priv, const char *s, size_t len)
{
	(void)priv;
	(void)len;
	return s;
}

uint64_t rt_word(const struct sample *sample, uint64_t addr)
{
	uint64_t word = 0;

	return sample_u64(sample, addr, &word) ? word : 0;
}

/** Data that begins with one variable, of type *node. */
struct scene {
	struct go_runtime rt;
	struct runtime_priv priv;
	struct go_module module;
	uint64_t *words;
	struct sample *sample;
};

static void scene_init(struct scene *scene, uint64_t size)
{
	*scene = (struct scene){0};
	scene->words = xcalloc(size / 8, 8);
	scene->sample = sample_new_fake();
	sample_fake_add(scene->sample, DATA, scene->words, size);
	scene->module = (struct go_module){.data = DATA,
					   .edata = DATA + size / 2,
					   .bss = DATA + size / 2,
					   .ebss = DATA + size};
	scene->priv.modules.modules = &scene->module;
	scene->priv.modules.count = 1;
	scene->rt.priv = &scene->priv;
	scene->rt.sample = scene->sample;
	scene->rt.globals = xcalloc(1, sizeof(struct go_global));
	scene->rt.global_count = 1;
	scene->rt.globals[0] = (struct go_global){
		.name = "main.head", .addr = DATA, .size = 8, .type = 2};
}

static void scene_deinit(struct scene *scene)
{
	while (scene->priv.string_count)
		free(scene->priv.strings[--scene->priv.string_count]);
	free(scene->priv.strings);
	sample_free(scene->sample);
	free(scene->rt.globals);
	free(scene->words);
}

static uint64_t node_at(uint64_t index)
{
	return DATA + VARIABLE + index * NODE_SIZE;
}

static void set(struct scene *scene, uint64_t addr, uint64_t value)
{
	scene->words[(addr - DATA) / 8] = value;
}

static void a_chain_of_literals_is_entered_once_and_sorted(void **state)
{
	(void)state;
	CLEANUP(scene_deinit) struct scene scene;
	uint32_t i;

	scene_init(&scene, 4096);
	/* 2 -> 0 -> 1 -> 2 */
	set(&scene, DATA, node_at(2));
	set(&scene, node_at(2), node_at(0));
	set(&scene, node_at(0), node_at(1));
	set(&scene, node_at(1), node_at(2));
	statics_load(&scene.rt);
	assert_int_equal(scene.rt.global_count, 4);
	for (i = 0; i < 3; i++) {
		assert_int_equal(scene.rt.globals[i + 1].addr, node_at(i));
		assert_int_equal(scene.rt.globals[i + 1].type, 1);
	}
}

static void literals_do_not_overlap(void **state)
{
	(void)state;
	CLEANUP(scene_deinit) struct scene scene;

	scene_init(&scene, 4096);
	set(&scene, DATA, node_at(4));
	set(&scene, node_at(4), node_at(4) + 8);
	statics_load(&scene.rt);
	assert_int_equal(scene.rt.global_count, 2);
	set(&scene, node_at(4), node_at(4) - 8);
	scene.rt.global_count = 1;
	statics_load(&scene.rt);
	assert_int_equal(scene.rt.global_count, 2);
}

static void literals_without_pointers_hold_nothing(void **state)
{
	(void)state;
	CLEANUP(scene_deinit) struct scene scene;

	scene_init(&scene, 4096);
	set(&scene, DATA, node_at(4));
	scene.rt.globals[0].type = TO_BYTES;
	statics_load(&scene.rt);
	assert_int_equal(scene.rt.global_count, 1);
}

static void literals_lie_in_data_whole(void **state)
{
	(void)state;
	CLEANUP(scene_deinit) struct scene scene;

	scene_init(&scene, 4096);
	set(&scene, DATA, DATA + 4096 - 8);
	statics_load(&scene.rt);
	assert_int_equal(scene.rt.global_count, 1);
	set(&scene, DATA, DATA); /* the variable itself */
	statics_load(&scene.rt);
	assert_int_equal(scene.rt.global_count, 1);
}

/* How many literals there are now; they are forgotten. */
static uint32_t found(struct scene *scene)
{
	uint32_t count;

	statics_load(&scene->rt);
	count = scene->rt.global_count - 1;
	/* The variable is the first in data. */
	assert_int_equal(scene->rt.globals[0].addr, DATA);
	scene->rt.global_count = 1;
	return count;
}

static void literals_lie_in_data_or_bss(void **state)
{
	(void)state;
	CLEANUP(scene_deinit) struct scene scene;

	scene_init(&scene, 4096);
	scene.module.data = node_at(1);
	scene.module.edata = node_at(5);
	set(&scene, DATA, node_at(1));
	assert_int_equal(found(&scene), 1);
	set(&scene, DATA, node_at(5)); /* between the two */
	assert_int_equal(found(&scene), 0);
	set(&scene, DATA, scene.module.bss);
	assert_int_equal(found(&scene), 1);
	set(&scene, DATA, scene.module.ebss - NODE_SIZE);
	assert_int_equal(found(&scene), 1);
	set(&scene, DATA, scene.module.ebss);
	assert_int_equal(found(&scene), 0);
	/* A second module, below the first. */
	set(&scene, DATA, node_at(0));
	assert_int_equal(found(&scene), 0);
	scene.priv.modules.modules = (struct go_module[]){
		scene.module,
		{.data = DATA, .edata = node_at(1), .bss = DATA, .ebss = DATA}};
	scene.priv.modules.count = 2;
	assert_int_equal(found(&scene), 1);
}

static void elements_of_slices_are_literals(void **state)
{
	enum { MOST_ELEMENTS = 1 << 16 };
	(void)state;
	CLEANUP(scene_deinit) struct scene scene;

	scene_init(&scene, VARIABLE + (MOST_ELEMENTS + 9) * NODE_SIZE);
	scene.rt.globals[0].type = NODES_SLICE;
	set(&scene, DATA, node_at(1));
	set(&scene, DATA + 8, 3);
	assert_int_equal(found(&scene), 3);
	set(&scene, DATA + 8, 0);
	assert_int_equal(found(&scene), 0);
	set(&scene, DATA + 8, MOST_ELEMENTS);
	assert_int_equal(found(&scene), MOST_ELEMENTS);
	set(&scene, DATA + 8, UINT64_MAX);
	assert_int_equal(found(&scene), MOST_ELEMENTS);
}

static void values_of_interfaces_are_literals(void **state)
{
	static const struct {
		uint64_t word;
		uint32_t variable, count;
	} cases[] = {
		{NODE, ANY, 1},
		{NODE + 1, ANY, 1},
		{0, ANY, 0},
		{DIRECT, ANY, 0},
		{ITAB + NODE, ANY, 0},
		{ITAB + NODE, METHODS, 1},
		{ITAB + 2, METHODS, 1},
		{NODE, METHODS, 0},
	};
	(void)state;
	CLEANUP(scene_deinit) struct scene scene;
	size_t i;

	scene_init(&scene, 4096);
	set(&scene, DATA + 8, node_at(3));
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		scene.rt.globals[0].type = cases[i].variable;
		set(&scene, DATA, cases[i].word);
		assert_int_equal(found(&scene), cases[i].count);
	}
}

/* Of @p count nodes each refers to the one before, the variable to the last. */
static void chain_init(struct scene *scene, uint64_t count)
{
	uint64_t i;

	scene_init(scene, VARIABLE + count * NODE_SIZE);
	set(scene, DATA, node_at(count - 1));
	for (i = count - 1; i > 0; i--)
		set(scene, node_at(i), node_at(i - 1));
}

/* Inserting each before all others took minutes. */
static void very_many_literals_take_linear_time(void **state)
{
	(void)state;
	CLEANUP(scene_deinit) struct scene scene;

	chain_init(&scene, NODES);
	alarm(30);
	statics_load(&scene.rt);
	alarm(0);
	assert_int_equal(scene.rt.global_count, NODES + 1);
	assert_int_equal(scene.rt.globals[NODES].addr, node_at(NODES - 1));
}

static void there_are_a_million_literals_at_most(void **state)
{
	(void)state;
	CLEANUP(scene_deinit) struct scene scene;

	chain_init(&scene, MOST_LITERALS + 3);
	statics_load(&scene.rt);
	assert_int_equal(scene.rt.global_count, MOST_LITERALS + 1);
	assert_int_equal(scene.rt.globals[1].addr, node_at(3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_chain_of_literals_is_entered_once_and_sorted),
		cmocka_unit_test(literals_do_not_overlap),
		cmocka_unit_test(literals_without_pointers_hold_nothing),
		cmocka_unit_test(literals_lie_in_data_whole),
		cmocka_unit_test(literals_lie_in_data_or_bss),
		cmocka_unit_test(elements_of_slices_are_literals),
		cmocka_unit_test(values_of_interfaces_are_literals),
		cmocka_unit_test(very_many_literals_take_linear_time),
		cmocka_unit_test(there_are_a_million_literals_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
