/*
 * Whole screens compared with those in tests/golden: a snapshot that never
 * changes, drawn at every size and in every style. MAPSCOPE_GOLDEN=write
 * (`make golden`) writes them anew: review the difference.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/attr.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/xalloc.h"
#include "tests/support/terminal.h"

enum { WAIT_MS = 20000, SETTLE_MS = 500 };

/* Keys that open a screen from the one before, and what only it shows. */
static const struct {
	const char *name, *keys, *mark;
} screens[] = {
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

static char *read_whole(const char *path)
{
	FILE *f = fopen(path, "r");
	struct buf text = {0};
	char bytes[4096];
	size_t n;

	while (f && (n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		buf_add(&text, bytes, n);
	if (f)
		fclose(f);
	return buf_steal(&text);
}

static bool writes_golden(void)
{
	const char *how = getenv("MAPSCOPE_GOLDEN");

	return how && !strcmp(how, "write");
}

static void add_screen(struct terminal *t, const char *name, bool styles,
		       struct buf *out)
{
	buf_printf(out, "== %s\n%s", name, terminal_dump(t));
	if (styles)
		buf_printf(out, "-- styles\n%s", terminal_styles(t));
}

/*
 * A mark may be there before the rest of its screen is: what is drawn has
 * time to become what @p want begins with, and counts as it is then.
 */
static void take_screen(struct terminal *t, const char *name, bool styles,
			const char *want, struct buf *out)
{
	uint64_t end = clock_now() + (uint64_t)WAIT_MS * 1000000;
	size_t begin = out->len;

	do {
		out->len = begin;
		terminal_settle(t, writes_golden() ? SETTLE_MS : 20);
		add_screen(t, name, styles, out);
	} while (!writes_golden() && clock_now() < end &&
		 strncmp(want, buf_str(out) + begin, out->len - begin) != 0);
}

/* Until the first screen that is not as @p want has it. */
static void draw_all(struct terminal *t, bool styles, const char *want,
		     struct buf *out)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(screens); i++) {
		terminal_send(t, screens[i].keys);
		if (!terminal_wait_for(t, screens[i].mark, WAIT_MS)) {
			print_message("no %s in\n%s", screens[i].mark,
				      terminal_dump(t));
			fail();
		}
		take_screen(t, screens[i].name, styles, want + out->len, out);
		if (!writes_golden() &&
		    strncmp(want, buf_str(out), out->len) != 0)
			return;
	}
}

/** Says the first line that differs. */
static void compare(const char *path, const char *want, const char *got)
{
	const char *a = want, *b = got;
	unsigned line = 1;

	while (*a && *a == *b) {
		line += *a == '\n';
		a++;
		b++;
	}
	if (*a || *b) {
		while (a > want && a[-1] != '\n') {
			a--;
			b--;
		}
		print_message("%s:%u: expected\n%.*s\ngot\n%.*s\n", path, line,
			      (int)strcspn(a, "\n"), a, (int)strcspn(b, "\n"),
			      b);
	}
	assert_int_equal(*a | *b, 0);
}

static void write_golden(const char *path, const struct buf *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text->data, 1, text->len, f), text->len);
	fclose(f);
}

static void check(const char *name, int rows, int cols, const char *option)
{
	CLEANUP(free_cleanup)
	char *path = xasprintf("tests/golden/%s.txt", name);
	CLEANUP(free_cleanup) char *want = read_whole(path);
	CLEANUP(buf_deinit) struct buf text = {0};
	struct terminal *t = open_screens(rows, cols, option);

	draw_all(t, option[0] != 0, want, &text);
	terminal_send(t, "Q");
	assert_int_equal(terminal_wait_exit(t, WAIT_MS), 0);
	terminal_close(t);
	if (writes_golden())
		write_golden(path, &text);
	else
		compare(path, want, buf_str(&text));
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
