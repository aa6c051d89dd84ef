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
#include "core/base/xalloc.h"
#include "tests/support/golden.h"
#include "tests/support/screen.h"
#include "tests/support/target.h"

static const struct golden_screen screens[] = {
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

static void text_of(struct terminal *t, const char *name, struct buf *out)
{
	buf_printf(out, "== %s\n", name);
	star(terminal_dump(t), out);
}

static void check(char *path, const char *file)
{
	char pid[16];
	char *argv[] = {getenv("MAPSCOPE"), pid, NULL};
	struct go_target target;
	struct golden golden;
	size_t i;

	assert_non_null(argv[0]);
	assert_non_null(path);
	assert_true(go_target_start(&target, path));
	free(path);
	golden_open(&golden, file);
	snprintf(pid, sizeof(pid), "%d", (int)target.pid);
	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		struct terminal *t =
			terminal_open(argv, sizes[i].rows, sizes[i].cols);

		see(t, "[1Over]");
		terminal_send(t, "2\\^main.global$\r\r");
		see(t, "> main.global");
		buf_printf(&golden.got, "= %dx%d\n", sizes[i].cols,
			   sizes[i].rows);
		golden_draw(&golden, t, screens, ARRAY_LEN(screens), text_of);
		leave(t);
	}
	assert_int_equal(go_target_stop(&target), 0);
	golden_close(&golden);
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
