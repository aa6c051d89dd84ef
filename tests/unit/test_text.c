#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/text.h"

static void quote_is(const char *bytes, size_t len, const char *want)
{
	CLEANUP(buf_deinit) struct buf b = {0};

	text_quote(&b, bytes, len);
	assert_string_equal(buf_str(&b), want);
}

static void controls_and_bad_bytes_are_escaped(void **state)
{
	(void)state;
	quote_is("a\x1b]0;x\x07", 7, "a\\x1b]0;x\\a");
	quote_is("\xff\xc0\x80", 3, "\\xff\\xc0\\x80");
	quote_is("\xe2\x80\xae", 3, "\\u202e");
	quote_is("\xc3\xa9\"\\", 4, "\xc3\xa9\\\"\\\\");
}

static void json_strings_are_valid(void **state)
{
	CLEANUP(buf_deinit) struct buf b = {0};

	(void)state;
	text_json(&b, "a\"\n\x01\xff\xf0\x9f\x98\x80", 9);
	assert_string_equal(buf_str(&b),
			    "\"a\\\"\\n\\u0001\\ufffd\xf0\x9f\x98\x80\"");
}

static void sizes_fit_five_characters(void **state)
{
	static const uint64_t bytes[] = {0,	  1023,	     1024,
					 1751121, 104857599, UINT64_MAX};
	static const char *const want[] = {"0",	    "1023", "1.00K",
					   "1.67M", "100M", "16.0E"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		CLEANUP(buf_deinit) struct buf b = {0};

		text_size(&b, bytes[i]);
		assert_string_equal(buf_str(&b), want[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(controls_and_bad_bytes_are_escaped),
		cmocka_unit_test(json_strings_are_valid),
		cmocka_unit_test(sizes_fit_five_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
