#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/near.h"

static void edits_are_counted(void **state)
{
	(void)state;
	assert_int_equal(near_distance("print", "print", 3), 0);
	assert_int_equal(near_distance("prnt", "print", 3), 1);
	assert_int_equal(near_distance("pritn", "print", 3), 1);
	assert_int_equal(near_distance("", "abc", 3), 3);
	assert_int_equal(near_distance("abc", "", 3), 3);
	assert_int_equal(near_distance("kitten", "sitting", 5), 3);
	assert_int_equal(near_distance("kitten", "sitting", 2), 3);
	assert_int_equal(near_distance("a", "abcdefgh", 3), 4);
}

static void long_names_are_far(void **state)
{
	char name[200];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	assert_int_equal(near_distance(name, name, 3), 4);
	name[63] = 0;
	assert_int_equal(near_distance(name, name, 3), 0);
}

static void the_nearest_three_are_kept_in_order(void **state)
{
	struct near_names near = {.wanted = "main.cache"};
	CLEANUP(buf_deinit) struct buf text = {0};

	(void)state;
	near_text(&near, &text);
	assert_string_equal(buf_str(&text), "");
	near_offer(&near, "runtime.mheap_");
	assert_int_equal(near.count, 0);
	near_offer(&near, "main.caxxe");
	near_offer(&near, "main.cach");
	near_offer(&near, "main.cach");
	near_text(&near, &text);
	assert_string_equal(buf_str(&text), "main.cach or main.caxxe");
	near_offer(&near, "main.cachet");
	near_offer(&near, "main.caches");
	buf_clear(&text);
	near_text(&near, &text);
	assert_string_equal(buf_str(&text),
			    "main.cach, main.cachet or main.caches");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edits_are_counted),
		cmocka_unit_test(long_names_are_far),
		cmocka_unit_test(the_nearest_three_are_kept_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
