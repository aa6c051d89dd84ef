#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tui/action.h"
#include "tui/surface.h"

static void dump_is(const struct surface *s, const char *want)
{
	CLEANUP(buf_deinit) struct buf b = {0};

	surface_dump(s, &b);
	assert_string_equal(buf_str(&b), want);
}

static void escapes_of_the_target_become_question_marks(void **state)
{
	CLEANUP(surface_deinit) struct surface s = {0};

	(void)state;
	surface_resize(&s, 2, 20);
	surface_put(&s, 0, 0, 20, STYLE_NORMAL, "a\x1b]0;x\x07z");
	surface_put(&s, 1, 0, 20, STYLE_NORMAL, "\xff\xe2\x80\xae!\n");
	dump_is(&s, "a?]0;x?z\n?"
		    "?!?\n");
}

static void nothing_is_written_outside(void **state)
{
	CLEANUP(surface_deinit) struct surface s = {0};

	(void)state;
	surface_resize(&s, 2, 5);
	assert_int_equal(surface_put(&s, 0, 3, 99, STYLE_NORMAL, "abcdef"), 2);
	assert_int_equal(surface_put(&s, 9, 0, 5, STYLE_NORMAL, "x"), 0);
	assert_int_equal(surface_put(&s, -1, 0, 5, STYLE_NORMAL, "x"), 0);
	surface_put(&s, 1, -2, 5, STYLE_NORMAL, "abcde");
	surface_fill(&s, 1, 4, 99, STYLE_NORMAL, '#');
	dump_is(&s, "   ab\ncde #\n");
}

static void wide_characters_take_two_cells(void **state)
{
	CLEANUP(surface_deinit) struct surface s = {0};

	(void)state;
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		fail_msg("no C.UTF-8 locale");
	surface_resize(&s, 1, 5);
	surface_put(&s, 0, 0, 5, STYLE_NORMAL, "\xe6\xbc\xa2\xe5\xad\x97x");
	dump_is(&s, "\xe6\xbc\xa2\xe5\xad\x97x\n");
	surface_clear(&s);
	/* Half of one does not fit. */
	assert_int_equal(surface_put(&s, 0, 4, 5, STYLE_NORMAL, "\xe6\xbc\xa2"),
			 0);
}

static void ascii_surfaces_hold_only_ascii(void **state)
{
	CLEANUP(surface_deinit) struct surface s = {.ascii = true};

	(void)state;
	surface_resize(&s, 1, 5);
	surface_put(&s, 0, 0, 5, STYLE_NORMAL, "\xc3\xa9x");
	dump_is(&s, "?x\n");
}

static void no_key_has_two_actions(void **state)
{
	int a, b, i, k;

	(void)state;
	for (a = 1; a < ACTION_COUNT; a++) {
		assert_true(*action_info((enum action)a)->help != '\0');
		assert_true(*action_info((enum action)a)->shown != '\0');
		for (b = a + 1; b < ACTION_COUNT; b++)
			for (i = 0; i < 3; i++)
				for (k = 0; k < 3; k++) {
					int key = action_info((enum action)a)
							  ->keys[i];

					assert_true(
						!key ||
						key != action_info(
							       (enum action)b)
								->keys[k]);
				}
	}
	assert_int_equal(action_of_key('q'), ACTION_CLOSE);
	assert_int_equal(action_of_key(0), ACTION_NONE);
}

static void long_text_is_broken_between_words(void **state)
{
	CLEANUP(surface_deinit) struct surface s = {0};

	(void)state;
	surface_resize(&s, 5, 12);
	assert_int_equal(surface_put_lines(&s, 0, 1, 10, 5, STYLE_NORMAL,
					   "one two three\nfour "
					   "five-and-more \xc3\xa9t\xc3\xa9"),
			 5);
	dump_is(&s, " one two\n three\n four\n five-and-m\n ore "
		    "\xc3\xa9t\xc3\xa9\n");
	surface_clear(&s);
	/* The last line shows that there is more. */
	assert_int_equal(
		surface_put_lines(&s, 3, 0, 6, 1, STYLE_NORMAL, "abc defgh"),
		1);
	dump_is(&s, "\n\n\nabc de\n\n");
	assert_int_equal(surface_line_bytes("abc defgh", 6), 3);
	assert_int_equal(surface_line_bytes("abcdefgh", 6), 6);
	assert_int_equal(surface_line_bytes("", 6), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_of_the_target_become_question_marks),
		cmocka_unit_test(nothing_is_written_outside),
		cmocka_unit_test(wide_characters_take_two_cells),
		cmocka_unit_test(ascii_surfaces_hold_only_ascii),
		cmocka_unit_test(no_key_has_two_actions),
		cmocka_unit_test(long_text_is_broken_between_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
