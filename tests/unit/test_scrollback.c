#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "tui/prompt/scrollback.h"

static void add(struct scrollback *s, const char *text)
{
	scrollback_add(s, STYLE_NORMAL, text, strlen(text));
}

/* What a window of that size shows. */
static void expect(const struct scrollback *s, int rows, int cols,
		   const char *want)
{
	CLEANUP(surface_deinit) struct surface out = {0};
	CLEANUP(buf_deinit) struct buf got = {0};

	surface_resize(&out, rows, cols);
	scrollback_draw(s, &out, rows);
	surface_dump(&out, &got);
	assert_string_equal(buf_str(&got), want);
}

static void the_last_rows_are_shown(void **state)
{
	CLEANUP(scrollback_deinit) struct scrollback s = {0};

	(void)state;
	expect(&s, 2, 8, "\n\n");
	add(&s, "one\ntwo\nthree\n");
	expect(&s, 2, 8, "two\nthree\n");
	expect(&s, 4, 8, "one\ntwo\nthree\n\n");
	add(&s, "fo");
	add(&s, "ur\nfi");
	add(&s, "ve");
	expect(&s, 2, 8, "four\nfive\n");
}

static void long_lines_are_wrapped(void **state)
{
	CLEANUP(scrollback_deinit) struct scrollback s = {0};

	(void)state;
	add(&s, "abcdefgh\nij\n");
	expect(&s, 3, 4, "abcd\nefgh\nij\n");
	expect(&s, 2, 4, "efgh\nij\n");
	expect(&s, 4, 3, "abc\ndef\ngh\nij\n");
	add(&s, "a\tb\n");
	expect(&s, 1, 12, "a       b\n");
}

static void it_scrolls_back_and_forth(void **state)
{
	CLEANUP(scrollback_deinit) struct scrollback s = {0};

	(void)state;
	add(&s, "1\n2\n3\n4\n5\n");
	scrollback_move(&s, 1, 2, 8);
	expect(&s, 2, 8, "3\n4\n");
	scrollback_move(&s, 100, 2, 8);
	expect(&s, 2, 8, "1\n2\n");
	assert_int_equal(s.up, 3);
	scrollback_move(&s, -2, 2, 8);
	expect(&s, 2, 8, "3\n4\n");
	scrollback_move(&s, -100, 2, 8);
	expect(&s, 2, 8, "4\n5\n");
	scrollback_move(&s, 2, 2, 8);
	add(&s, "6\n");
	expect(&s, 2, 8, "5\n6\n");
}

static void the_oldest_lines_are_forgotten(void **state)
{
	CLEANUP(scrollback_deinit) struct scrollback s = {0};
	CLEANUP(buf_deinit) struct buf text = {0};
	int i;

	(void)state;
	for (i = 0; i < SCROLLBACK_LINES + 5; i++)
		buf_printf(&text, "%d\n", i);
	scrollback_add(&s, STYLE_NORMAL, text.data, text.len);
	assert_int_equal(s.count, SCROLLBACK_LINES);
	assert_int_equal(s.forgotten, 5);
	expect(&s, 1, 8, "10004\n");
	scrollback_move(&s, 1 << 30, 1, 8);
	expect(&s, 1, 8, "5\n");
	buf_clear(&text);
	for (i = 0; i < SCROLLBACK_BYTES + (1 << 20); i++)
		buf_addc(&text, 'x');
	scrollback_add(&s, STYLE_NORMAL, text.data, text.len);
	assert_true(s.bytes <= SCROLLBACK_BYTES);
	expect(&s, 1, 8, "xxxxxxxx\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_rows_are_shown),
		cmocka_unit_test(long_lines_are_wrapped),
		cmocka_unit_test(it_scrolls_back_and_forth),
		cmocka_unit_test(the_oldest_lines_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
