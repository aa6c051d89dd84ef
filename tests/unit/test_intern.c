#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/base/intern.h"

static void equal_strings_have_one_number(void **state)
{
	struct intern intern = {0};
	char text[16];
	uint32_t i, number;

	(void)state;
	assert_int_equal(intern_find(&intern, "x"), UINT32_MAX);
	for (i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "s%u", i);
		assert_int_equal(intern_add(&intern, text), i);
	}
	for (i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "s%u", i);
		number = intern_add(&intern, text);
		assert_int_equal(number, i);
		assert_string_equal(intern.strings[number], text);
		assert_int_equal(intern_find(&intern, text), i);
	}
	assert_int_equal(intern.count, 1000);
	assert_int_equal(intern_find(&intern, "none"), UINT32_MAX);
	intern_deinit(&intern);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_strings_have_one_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
