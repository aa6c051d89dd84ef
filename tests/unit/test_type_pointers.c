#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/attr.h"
#include "core/go/go_types_priv.h"

enum { LEVELS = 60, POINTER, LEAF };

/** A type has two fields of a type with two fields, and so on. */
struct nested {
	struct go_types types;
	struct go_type base[LEAF + 1];
	struct go_field fields[LEVELS][2];
};

static void nested_init(struct nested *nested, uint32_t leaf)
{
	uint32_t i;

	*nested = (struct nested){.types = {.base_count = LEAF + 1}};
	nested->types.base = nested->base;
	nested->base[POINTER].kind = GO_POINTER;
	nested->base[LEAF].kind = GO_INT64;
	for (i = 0; i < LEVELS; i++) {
		uint32_t part = i + 1 < LEVELS ? i + 1 : leaf;

		nested->base[i].kind = GO_STRUCT;
		nested->base[i].fields = nested->fields[i];
		nested->base[i].field_count = 2;
		nested->fields[i][0] = (struct go_field){.type = part};
		nested->fields[i][1] =
			(struct go_field){.type = part, .offset = 8};
	}
}

static void types_within_types_cost_each_type_once(void **state)
{
	struct nested nested;
	uint32_t i;

	(void)state;
	nested_init(&nested, LEAF);
	for (i = 0; i <= LEAF; i++)
		type_finish(&nested.types, &nested.base[i]);
	for (i = 0; i < LEVELS; i++) {
		assert_true(nested.base[i].pointer_free);
		assert_int_equal(nested.base[i].ptr_bytes, 0);
	}
	nested_init(&nested, POINTER);
	for (i = 0; i <= LEAF; i++)
		type_finish(&nested.types, &nested.base[i]);
	for (i = 0; i < LEVELS; i++) {
		assert_false(nested.base[i].pointer_free);
		assert_int_equal(nested.base[i].ptr_bytes,
				 8 + 8 * (LEVELS - i));
	}
}

static void a_type_is_asked_again_when_it_is_complete(void **state)
{
	struct nested nested;

	(void)state;
	nested_init(&nested, LEAF);
	nested.base[1].field_count = 0; /* is still being read */
	type_finish(&nested.types, &nested.base[0]);
	assert_true(nested.base[0].pointer_free);
	nested.base[1].field_count = 2;
	nested.fields[1][1].type = POINTER;
	type_finish(&nested.types, &nested.base[1]);
	assert_int_equal(nested.base[1].ptr_bytes, 16);
	type_finish(&nested.types, &nested.base[0]);
	assert_int_equal(nested.base[0].ptr_bytes, 24);
}

static void every_kind_says_where_its_last_pointer_is(void **state)
{
	static const struct {
		enum go_kind kind;
		uint64_t end;
	} kinds[] = {
		{GO_INT64, 0},	    {GO_UINTPTR, 0}, {GO_POINTER, 8},
		{GO_MAP, 8},	    {GO_CHAN, 8},    {GO_FUNC, 8},
		{GO_SLICE, 8},	    {GO_STRING, 8},  {GO_UNSAFE_POINTER, 8},
		{GO_INTERFACE, 16},
	};
	struct go_type base[3] = {{0}};
	struct go_types types = {.base = base, .base_count = 3};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		base[1] = (struct go_type){.kind = kinds[i].kind, .size = 24};
		base[2] = (struct go_type){
			.kind = GO_ARRAY, .len = 3, .elem = 1, .size = 72};
		type_finish(&types, &base[1]);
		type_finish(&types, &base[2]);
		assert_int_equal(base[1].ptr_bytes, kinds[i].end);
		assert_int_equal(base[1].pointer_free, !kinds[i].end);
		assert_int_equal(base[2].ptr_bytes,
				 kinds[i].end ? 48 + kinds[i].end : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_within_types_cost_each_type_once),
		cmocka_unit_test(a_type_is_asked_again_when_it_is_complete),
		cmocka_unit_test(every_kind_says_where_its_last_pointer_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
