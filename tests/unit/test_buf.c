#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/base/buf.h"

/* A sanitizer sees whether what an empty buffer had allocated is freed. */
static void what_an_empty_buffer_gives_is_the_callers(void **state)
{
	struct buf untouched = {0}, touched = {0};
	char *a, *b, *c;

	(void)state;
	buf_adds(&touched, "");
	a = buf_steal(&untouched);
	b = buf_steal(&touched);
	assert_string_equal(a, "");
	assert_string_equal(b, "");
	buf_adds(&touched, "");
	c = buf_steal_or(&touched, "?");
	assert_string_equal(c, "?");
	assert_null(touched.data);
	assert_int_equal(touched.cap, 0);
	free(a);
	free(b);
	free(c);
}

static void what_was_added_is_stolen_whole(void **state)
{
	struct buf b = {0};
	char *text;

	(void)state;
	buf_printf(&b, "%d of %d", 1, 20);
	text = buf_steal_or(&b, "?");
	assert_string_equal(text, "1 of 20");
	assert_int_equal(b.len, 0);
	assert_string_equal(buf_str(&b), "");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_an_empty_buffer_gives_is_the_callers),
		cmocka_unit_test(what_was_added_is_stolen_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
