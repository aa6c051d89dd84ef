#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <locale.h>

#include "core/base/xalloc.h"
#include "tui/prompt/editor.h"

static char line_a[] = "print main.a", line_b[] = "stack -full",
	    line_c[] = "print main.b";
static char *lines[] = {line_a, line_b, line_c};
static const struct history past = {.lines = lines, .count = 3};

static enum editor_event type(struct editor *e, const char *keys)
{
	enum editor_event event = EDITOR_MORE;

	for (; *keys; keys++)
		event = editor_input(e, (unsigned char)*keys);
	return event;
}

/* The line after some keys, with | where the cursor is. */
static void expect(const char *keys, const char *want)
{
	CLEANUP(editor_deinit) struct editor e;
	CLEANUP(buf_deinit) struct buf got = {0};

	editor_init(&e, &past);
	assert_int_equal(type(&e, keys), EDITOR_MORE);
	assert_true(e.cursor <= e.line.len);
	buf_add(&got, e.line.data, e.cursor);
	buf_addc(&got, '|');
	buf_adds(&got, buf_str(&e.line) + e.cursor);
	assert_string_equal(buf_str(&got), want);
}

static void emacs_keys_move_and_change(void **state)
{
	(void)state;
	expect("abc", "abc|");
	expect("abc\x01", "|abc");
	expect("abc\x01\x06x", "ax|bc");
	expect("abc\x02\x02x\x05y", "axbcy|");
	expect("abc\x7f\x08", "a|");
	expect("abc\x01\x04", "|bc");
	expect("one two\x17", "one |");
	expect("one two\x17\x17", "|");
	expect("one two\x01\x0b\x19\x19", "one twoone two|");
	expect("one two\x15", "|");
	expect("ab\x14", "ba|");
	expect("abc\x02\x14", "acb|");
}

static void escape_sequences_are_keys(void **state)
{
	(void)state;
	expect("abc\x1b[D\x1b[Dx", "ax|bc");
	expect("abc\x1b[H", "|abc");
	expect("abc\x1b[H\x1b[F", "abc|");
	expect("abc\x1bOH\x1b[3~", "|bc");
	expect("one two three\x1b"
	       "b\x1b"
	       "b",
	       "one |two three");
	expect("one two\x01\x1b"
	       "f\x1b"
	       "d",
	       "one|");
	expect("one two\x1b\x7f", "one |");
	expect("ab\x1b[1;5Dc", "c|ab");
	expect("a\x1b[99999999999999999999~b", "ab|");
}

static void characters_are_never_cut(void **state)
{
	(void)state;
	expect("h\xc3\xa9llo\x02\x02\x02\x7f", "h|llo");
	expect("\xe4\xb8\x96\xe7\x95\x8c\x02", "\xe4\xb8\x96|\xe7\x95\x8c");
	expect("\xe4\xb8\x96\x01\x04", "|");
	expect("\x80\x80\x80\x7f", "|");
}

static void history_is_walked_and_searched(void **state)
{
	(void)state;
	expect("\x10", "print main.b|");
	expect("\x10\x10", "stack -full|");
	expect("new\x10\x10\x0e\x0e", "new|");
	expect("\x10\x10\x10\x10\x10", "print main.a|");
	expect("\x1b[A\x1b[A\x1b[B", "print main.b|");
	expect("\x12print", "|print main.b");
	expect("\x12print\x12", "|print main.a");
	expect("\x12main.a\x05!", "print main.a!|");
	expect("kept\x12main\x07", "kept|");
	expect("\x12nosuch", "pri|nt main.b");
}

static void other_keys_are_events(void **state)
{
	CLEANUP(editor_deinit) struct editor e;

	(void)state;
	editor_init(&e, &past);
	assert_int_equal(type(&e, "\x04"), EDITOR_END);
	assert_int_equal(type(&e, "a\x04"), EDITOR_MORE);
	assert_int_equal(type(&e, "\t"), EDITOR_COMPLETE);
	assert_int_equal(type(&e, "\x03"), EDITOR_CANCEL);
	assert_int_equal(type(&e, "\x0c"), EDITOR_REDRAW);
	assert_int_equal(type(&e, "\r"), EDITOR_LINE);
	editor_clear(&e);
	assert_int_equal(e.line.len, 0);
	editor_replace(&e, 0, "print", 5);
	assert_string_equal(buf_str(&e.line), "print");
	assert_int_equal(e.cursor, 5);
}

static void the_cursor_is_always_in_view(void **state)
{
	CLEANUP(editor_deinit) struct editor e;
	size_t from, len;
	unsigned column;
	int i;

	(void)state;
	editor_init(&e, &past);
	for (i = 0; i < 300; i++) {
		type(&e, i % 3 ? "x" : "\xe4\xb8\x96");
		editor_view(&e, 20, &from, &len, &column);
		assert_true(column < 20);
		assert_true(from <= e.cursor && e.cursor <= from + len);
	}
	type(&e, "\x01");
	editor_view(&e, 20, &from, &len, &column);
	assert_int_equal(from, 0);
	assert_int_equal(column, 0);
}

static void any_bytes_leave_a_line(void **state)
{
	CLEANUP(editor_deinit) struct editor e;
	uint32_t seed = 7;
	int i;

	(void)state;
	editor_init(&e, &past);
	for (i = 0; i < 200000; i++) {
		size_t from, len;
		unsigned column;

		seed = seed * 1103515245 + 12345;
		editor_input(&e, (unsigned char)(seed >> 16));
		assert_true(e.cursor <= e.line.len);
		if (i % 1000 == 0) {
			editor_view(&e, 40, &from, &len, &column);
			assert_true(from + len <= e.line.len);
			editor_clear(&e);
		}
	}
}

static void completions_share_a_beginning(void **state)
{
	char cache[] = "main.cache", cachet[] = "main.cachet",
	     call[] = "main.call", acute[] = "\xc3\xa9", grave[] = "\xc3\xa8";
	char *some[] = {cache, cachet, call}, *letters[] = {acute, grave};
	const struct completions a = {.words = some, .count = 3};
	const struct completions b = {.words = letters, .count = 2};
	const struct completions none = {0};

	(void)state;
	assert_int_equal(completions_common(&a), 7);
	assert_int_equal(completions_common(&b), 0);
	assert_int_equal(completions_common(&none), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(emacs_keys_move_and_change),
		cmocka_unit_test(escape_sequences_are_keys),
		cmocka_unit_test(characters_are_never_cut),
		cmocka_unit_test(history_is_walked_and_searched),
		cmocka_unit_test(other_keys_are_events),
		cmocka_unit_test(the_cursor_is_always_in_view),
		cmocka_unit_test(any_bytes_leave_a_line),
		cmocka_unit_test(completions_share_a_beginning),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
