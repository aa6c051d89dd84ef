/*
 * Screens that need a process's memory, compared with tests/golden/live-*.txt.
 * Of maps whose entries are in the order in which they were put in; what
 * differs on every run (addresses, hashes, times) is starred out.
 * MAPSCOPE_GOLDEN=write writes them anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <ctype.h>

#include "core/base/attr.h"
#include "core/base/buf.h"
#include "core/base/xalloc.h"
#include "tests/support/target.h"
#include "tests/support/terminal.h"

enum { WAIT_MS = 20000 };

/* Keys that open a screen from the one before, and what only it shows. */
static const struct {
	const char *name, *keys, *mark;
} screens[] = {
	{"Buckets", "b", "STATE"},
	{"Entries", "qe", "> entries"},
	{"Entries, sorted", "sk", " 2 entries"},
	{"Entries, grouped", "qD", "none"},
};

static const struct {
	int rows, cols;
} sizes[] = {{10, 40}, {24, 80}, {40, 120}};

/* "0x120f50f0cfc0" becomes "0x*", and so does what is two digits wide. */
static void star_line(const char *line, struct buf *out)
{
	const char *p;

	for (p = line; *p; p++) {
		size_t n = strspn(p, "0123456789abcdef");
		bool alone = p == line || !isalnum((unsigned char)p[-1]);

		if (!strncmp(p, "0x", 2) && isxdigit((unsigned char)p[2])) {
			p += 1 + strspn(p + 2, "0123456789abcdef");
			buf_adds(out, "0x*");
			/* It may be a digit wider on the next run. */
			while (p[1] == ' ' && p[2] == ' ')
				p++;
			continue;
		}
		if (alone && n == 2 && !isalnum((unsigned char)p[2])) {
			buf_adds(out, "**");
			p++;
			continue;
		}
		buf_addc(out, *p);
	}
	while (out->len && out->data[out->len - 1] == ' ')
		buf_truncate(out, out->len - 1);
	buf_addc(out, '\n');
}

static void star(const char *screen, struct buf *out)
{
	CLEANUP(free_cleanup) char *copy = xstrdup(screen);
	char *line = copy, *end;
	unsigned number;

	for (number = 0; (end = strchr(line, '\n')); number++) {
		*end = 0;
		/* The title is of the process and the time. */
		if (number)
			star_line(line, out);
		line = end + 1;
	}
}

static void draw_all(struct terminal *t, struct buf *out)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(screens); i++) {
		terminal_send(t, screens[i].keys);
		if (!terminal_wait_for(t, screens[i].mark, WAIT_MS)) {
			print_message("no %s in\n%s", screens[i].mark,
				      terminal_dump(t));
			fail();
		}
		buf_printf(out, "== %s\n", screens[i].name);
		star(terminal_dump(t), out);
	}
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

static void compare(const char *path, const char *got)
{
	const char *mode = getenv("MAPSCOPE_GOLDEN");
	char *want;

	if (mode && !strcmp(mode, "write")) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		assert_true(fputs(got, f) >= 0);
		assert_int_equal(fclose(f), 0);
	}
	want = read_whole(path);
	if (strcmp(want, got) != 0)
		print_message("%s is not\n%s", path, got);
	assert_string_equal(want, got);
	free(want);
}

static void check(char *path, const char *golden)
{
	char pid[16];
	char *argv[] = {getenv("MAPSCOPE"), pid, NULL};
	CLEANUP(buf_deinit) struct buf text = {0};
	struct go_target target;
	size_t i;

	assert_non_null(argv[0]);
	assert_non_null(path);
	assert_true(go_target_start(&target, path));
	free(path);
	snprintf(pid, sizeof(pid), "%d", (int)target.pid);
	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		struct terminal *t =
			terminal_open(argv, sizes[i].rows, sizes[i].cols);

		assert_true(terminal_wait_for(t, "[1Over]", WAIT_MS));
		terminal_send(t, "2\\^main.global$\r\r");
		assert_true(terminal_wait_for(t, "> main.global", WAIT_MS));
		buf_printf(&text, "= %dx%d\n", sizes[i].cols, sizes[i].rows);
		draw_all(t, &text);
		terminal_send(t, "Q");
		assert_int_equal(terminal_wait_exit(t, WAIT_MS), 0);
		terminal_close(t);
	}
	assert_int_equal(go_target_stop(&target), 0);
	compare(golden, buf_str(&text));
}

static void screens_of_a_swiss_map_are_as_they_were(void **state)
{
	(void)state;
	check(go_target_newest("holders"), "tests/golden/live-swiss.txt");
}

static void screens_of_a_classic_map_are_as_they_were(void **state)
{
	(void)state;
	check(go_target_newest_classic("holders"),
	      "tests/golden/live-classic.txt");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(screens_of_a_swiss_map_are_as_they_were),
		cmocka_unit_test(screens_of_a_classic_map_are_as_they_were),
	};

	setenv("MAPSCOPE_MAX_STOP", "20s", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
