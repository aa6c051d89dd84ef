#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

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

static void sizes_follow_the_chosen_units(void **state)
{
	CLEANUP(buf_deinit) struct buf b = {0};

	(void)state;
	text_set_units(TEXT_SI);
	text_size(&b, 1751121);
	text_set_units(TEXT_BYTES);
	text_size(&b, 1751121);
	text_set_units(TEXT_IEC);
	assert_string_equal(buf_str(&b), "1.75MB1751121");
}

static void short_names_lose_directories_only(void **state)
{
	static const char *const names[][2] = {
		{"(*github.com/a/b.T).f", "(*b.T).f"},
		{"map[x/y.K]*z/w.V", "map[y.K]*w.V"},
		{"main.cache[\"a/b.c\"].d", "main.cache[\"a/b.c\"].d"},
		{"a/v2.F.func1", "v2.F.func1"},
		{"3/4 of x/y.T", "3/4 of y.T"},
		{"/usr/bin/x.y", "/usr/bin/x.y"},
		{"\"a\\\"/b.c", "\"a\\\"/b.c"},
		{"", ""},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CLEANUP(buf_deinit) struct buf b = {0};

		text_short_names(&b, names[i][0]);
		assert_string_equal(buf_str(&b), names[i][1]);
	}
}

static void floats_are_written_as_go_does(void **state)
{
	static const struct {
		double v;
		const char *text;
	} floats[] = {
		{0, "0"},
		{-0.0, "-0"},
		{1.5, "1.5"},
		{100, "100"},
		{-0.1, "-0.1"},
		{0.0001, "0.0001"},
		{0.00001, "1e-05"},
		{123456, "123456"},
		{999999.5, "999999.5"},
		{1e6, "1e+06"},
		{123456789, "1.23456789e+08"},
		{5e-324, "5e-324"},
		{1.7976931348623157e308, "1.7976931348623157e+308"},
		{1.0 / 3, "0.3333333333333333"},
		{INFINITY, "+Inf"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(floats) / sizeof(floats[0]); i++) {
		struct buf out = {0};

		text_float(&out, floats[i].v);
		assert_string_equal(buf_str(&out), floats[i].text);
		buf_deinit(&out);
	}
	struct buf out = {0};
	text_float32(&out, 0.1f);
	buf_addc(&out, ' ');
	text_float32(&out, 16777216.0f);
	assert_string_equal(buf_str(&out), "0.1 1.6777216e+07");
	buf_deinit(&out);
}

static void durations_are_exact(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} durations[] = {
		{0, "0s"},
		{1, "1ns"},
		{-1500, "-1.5\u00b5s"},
		{1234567, "1.234567ms"},
		{999999999, "999.999999ms"},
		{1000000000, "1s"},
		{59999999999, "59.999999999s"},
		{120000000001, "2m0.000000001s"},
		{3600000000000, "1h0m0s"},
		{INT64_MIN, "-2562047h47m16.854775808s"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		struct buf out = {0};

		text_exact_duration(&out, durations[i].ns);
		assert_string_equal(buf_str(&out), durations[i].text);
		buf_deinit(&out);
	}
}

static void code_points_are_encoded_as_they_decode(void **state)
{
	static const uint32_t points[] = {0,	   'a',	    0x7f,   0x80,
					  0x7ff,   0x800,   0xfffd, 0xffff,
					  0x10000, 0x10ffff};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(points); i++) {
		CLEANUP(buf_deinit) struct buf out = {0};
		uint32_t back = 1;

		text_encode(&out, points[i]);
		assert_int_equal(text_decode(out.data, out.len, &back),
				 out.len);
		assert_int_equal(back, points[i]);
		assert_true(text_is_utf8(out.data, out.len));
	}
}

static void words_are_found_whole(void **state)
{
	(void)state;
	assert_true(text_has_word("maps", "maps"));
	assert_true(text_has_word("heapmaps maps", "maps"));
	assert_true(text_has_word("maps entries", "maps"));
	assert_false(text_has_word("heapmaps mapsize", "maps"));
	assert_false(text_has_word("", "maps"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(controls_and_bad_bytes_are_escaped),
		cmocka_unit_test(json_strings_are_valid),
		cmocka_unit_test(floats_are_written_as_go_does),
		cmocka_unit_test(durations_are_exact),
		cmocka_unit_test(code_points_are_encoded_as_they_decode),
		cmocka_unit_test(words_are_found_whole),
		cmocka_unit_test(sizes_fit_five_characters),
		cmocka_unit_test(sizes_follow_the_chosen_units),
		cmocka_unit_test(short_names_lose_directories_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
