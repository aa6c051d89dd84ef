/* The Diff screen in a pseudo terminal, on a target that leaks when told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/xalloc.h"
#include "tests/support/folder.h"
#include "tests/support/program.h"
#include "tests/support/screen.h"
#include "tests/support/target.h"

enum { WAIT_MS = 20000 };

static struct go_stage stage;

static struct terminal *open_terminal(char *a, char *b, char *c, int cols)
{
	char *argv[] = {getenv("MAPSCOPE"), a, b, c, NULL};

	return terminal_open(argv, 30, cols);
}

static void a_marked_sample_is_compared_with_the_next(void **state)
{
	struct terminal *t = open_terminal(stage.pid, NULL, NULL, 110);

	(void)state;
	see(t, "[1Over]");
	terminal_send(t, "8");
	see(t, "nothing to compare with yet");
	terminal_send(t, "M");
	see(t, "is the base");
	see(t, "nothing changed");
	assert_true(go_target_step(&stage.target));
	assert_true(terminal_resample(t, "sample #2", WAIT_MS));
	see(t, "main.sessions");
	see(t, "+5000");
	see(t, "LEAK PATTERN: main.sessions");
	see(t, "CHURN: main.cache");
	terminal_send(t, ",,,");
	see(t, "by:none");
	terminal_send(t, ",");
	see(t, "by:owner");
	terminal_send(t, "m");
	see(t, "main.steady");
	terminal_send(t, "c");
	see(t, "dBYTES");
	see(t, "main.session ");
	terminal_send(t, "c");
	see(t, "main.wait");
	terminal_send(t, "c\\^main.late$\r");
	see(t, "dENTRIES");
	assert_true(terminal_wait_gone(t, "churned", WAIT_MS));
	terminal_send(t, "\r");
	see(t, "Maps > main.late");
	/* A new base while the comparison is on screen. */
	terminal_send(t, "8M");
	see(t, "nothing changed");
	leave(t);
	assert_true(go_target_is_free(stage.target.pid));
}

static void two_snapshots_open_compared(void **state)
{
	CLEANUP(free_cleanup) char *a = test_path("a.msnap");
	CLEANUP(free_cleanup) char *b = test_path("b.msnap");
	char word[] = "open";
	struct terminal *t;

	(void)state;
	assert_true(program_ends("snapshot {} -o a.msnap", stage.pid, 0));
	assert_true(go_target_step(&stage.target));
	assert_true(program_ends("snapshot {} -o b.msnap", stage.pid, 0));
	t = open_terminal(word, a, b, 80);
	see(t, "[8Diff]");
	see(t, "main.sessions");
	see(t, "LEAK PATTERN");
	terminal_resize(t, 10, 40);
	see(t, "STATE");
	terminal_send(t, "1");
	see(t, "[1Over]");
	leave(t);
	t = open_terminal(word, a, stage.pid, 80);
	see(t, "[8Diff]");
	see(t, "+5000");
	leave(t);
}

/* Where there is no terminal the comparison is printed. */
static void without_a_terminal_two_snapshots_are_printed(void **state)
{
	CLEANUP(free_cleanup) char *out = NULL;

	(void)state;
	assert_int_equal(program_run("open a.msnap b.msnap", "", &out), 0);
	assert_non_null(strstr(out, "LEAK PATTERN: main.sessions"));
	assert_true(program_ends("open a.msnap gone.msnap", "", 3));
}

static int start(void **state)
{
	(void)state;
	return go_stage_open(&stage, "leak");
}

static int stop(void **state)
{
	(void)state;
	return go_stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_marked_sample_is_compared_with_the_next),
		cmocka_unit_test(two_snapshots_open_compared),
		cmocka_unit_test(without_a_terminal_two_snapshots_are_printed),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
