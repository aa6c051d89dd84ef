/*
 * Whole screens compared with those in tests/golden: a snapshot that never
 * changes, drawn at every size and in every style. MAPSCOPE_GOLDEN=write
 * (`make golden`) writes them anew: review the difference.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/base/attr.h"
#include "core/base/xalloc.h"
#include "tests/support/golden.h"
#include "tests/support/screen.h"

static const struct golden_screen screens[] = {
	{"Overview", "", "[1Over]"},	  {"Maps", "2", "[2Maps]"},
	{"Maps, each", ",,,", "by:none"}, {"Map", "\r", "> main.emptied"},
	{"Help", "?", "READ-ONL"},	  {"Types", "q3", "[3Types]"},
};

static struct terminal *open_screens(int rows, int cols, const char *option)
{
	char file[] = "tests/golden/holders.msnap";
	char *program = getenv("MAPSCOPE"), *more = xstrdup(option);
	char *argv[] = {program, file, more[0] ? more : NULL, NULL};
	struct terminal *t;

	assert_non_null(program);
	t = terminal_open(argv, rows, cols);
	free(more);
	return t;
}

static void text_of(struct terminal *t, const char *name, struct buf *out)
{
	buf_printf(out, "== %s\n%s", name, terminal_dump(t));
}

static void styled_text_of(struct terminal *t, const char *name,
			   struct buf *out)
{
	text_of(t, name, out);
	buf_printf(out, "-- styles\n%s", terminal_styles(t));
}

static void check(const char *name, int rows, int cols, const char *option)
{
	CLEANUP(free_cleanup)
	char *path = xasprintf("tests/golden/%s.txt", name);
	struct terminal *t = open_screens(rows, cols, option);
	struct golden golden;

	golden_open(&golden, path);
	golden_draw(&golden, t, screens, ARRAY_LEN(screens),
		    option[0] ? styled_text_of : text_of);
	leave(t);
	golden_close(&golden);
}

static void screens_of_every_size_are_as_they_were(void **state)
{
	(void)state;
	check("40x10", 10, 40, "");
	check("80x24", 24, 80, "");
	check("120x40", 40, 120, "");
	check("200x60", 60, 200, "");
}

static void styles_are_as_they_were(void **state)
{
	(void)state;
	check("80x24-color", 24, 80, "--color=always");
	check("80x24-mono", 24, 80, "--color=never");
	check("80x24-ascii", 24, 80, "--ascii");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(screens_of_every_size_are_as_they_were),
		cmocka_unit_test(styles_are_as_they_were),
	};

	setenv("TZ", "UTC", 1);
	setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
