/* The Watch screen in a pseudo terminal, on a target that leaks when told. */
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

static struct terminal *open_terminal(char *a, char *b)
{
	char *argv[] = {getenv("MAPSCOPE"), a, b, NULL};

	return terminal_open(argv, 30, 110);
}

static void every_sample_is_a_point(void **state)
{
	CLEANUP(free_cleanup)
	char *file = test_path("tui.msnap");
	struct terminal *t = open_terminal(stage.pid, NULL);
	char word[] = "open";

	(void)state;
	see(t, "[1Over]");
	terminal_send(t, "2");
	see(t, "main.cache");
	terminal_send(t, "/main.cache\r");
	terminal_send(t, "w");
	see(t, "watching main.cache.entries,main.cache.retained");
	terminal_send(t, "9");
	see(t, "[9Watch]");
	see(t, "paused, every 10");
	see(t, "1 point");
	see(t, "goroutines");
	assert_true(go_target_step(&stage.target));
	assert_true(terminal_resample(t, "sample #2", WAIT_MS));
	see(t, "2 points");
	assert_true(go_target_step(&stage.target));
	assert_true(terminal_resample(t, "sample #3", WAIT_MS));
	see(t, "3 points");
	terminal_send(t, "w");
	see(t, "watch: ");
	terminal_send(t, "main.sessions.entries\r");
	see(t, "watching main.sessions.entries");
	terminal_send(t, "wnothing\r");
	see(t, "no metric 'nothing'");
	assert_true(terminal_resample(t, "sample #4", WAIT_MS));
	see(t, "20,000");
	terminal_send(t, "Tgoroutines>5\r");
	see(t, "HELD");
	terminal_send(t, "Trss>\r");
	see(t, "is no condition");
	/* What is on screen goes into the file. */
	terminal_send(t, "W");
	see(t, "Save a snapshot");
	terminal_send(t, "\x15");
	terminal_send(t, file);
	terminal_send(t, "\r");
	see(t, "wrote ");
	leave(t);
	t = open_terminal(word, file);
	see(t, "[1Over]");
	terminal_send(t, "9");
	see(t, "4 points");
	see(t, "main.sessions.entries");
	leave(t);
}

static void samples_are_taken_by_themselves_when_told(void **state)
{
	struct terminal *t = open_terminal(stage.pid, NULL);

	(void)state;
	see(t, "[1Over]");
	terminal_send(t, "9");
	see(t, "[9Watch]");
	terminal_send(t, "((((Z");
	see(t, "sample #3");
	see(t, "every 1.0s");
	terminal_send(t, "Z");
	see(t, "paused");
	leave(t);
	assert_true(go_target_is_free(stage.target.pid));
}

/* A sanitizer sees whether the form that closes leaves the old one alone. */
static void a_form_stays_open_over_a_new_sample(void **state)
{
	struct terminal *t = open_terminal(stage.pid, NULL);
	char sample[16] = "";
	const char *at;

	(void)state;
	see(t, "[1Over]");
	terminal_send(t, "9");
	see(t, "[9Watch]");
	terminal_send(t, "((((Z");
	see(t, "every 1.0s");
	terminal_send(t, "W");
	see(t, "Save a snapshot");
	terminal_send(t, "\x15no/where.msnap\r");
	see(t, "cannot write 'no/where.msnap'");
	at = strstr(terminal_dump(t), "sample #");
	assert_non_null(at);
	snprintf(sample, sizeof(sample), "%.*s ", (int)strcspn(at + 8, " ") + 8,
		 at);
	assert_true(terminal_wait_gone(t, sample, WAIT_MS));
	terminal_send(t, "\033");
	assert_true(terminal_wait_gone(t, "Save a snapshot", WAIT_MS));
	terminal_send(t, "2");
	see(t, "main.sessions");
	leave(t);
}

static void a_snapshot_shows_the_series_it_keeps(void **state)
{
	CLEANUP(free_cleanup)
	char *file = test_path("w.msnap");
	CLEANUP(free_cleanup)
	char *bare = test_path("b.msnap");
	char word[] = "open";
	struct terminal *t;

	(void)state;
	assert_true(program_ends("watch {} rss main.cache.entries --every 10ms "
				 "--count 3 -o w.msnap",
				 stage.pid, 0));
	t = open_terminal(word, file);
	see(t, "[1Over]");
	terminal_send(t, "9");
	see(t, "3 points");
	see(t, "main.cache.entries");
	see(t, "kept");
	terminal_resize(t, 10, 40);
	see(t, "METRIC");
	leave(t);
	assert_true(program_ends("snapshot {} -o b.msnap", stage.pid, 0));
	t = open_terminal(word, bare);
	see(t, "[1Over]");
	terminal_send(t, "9");
	see(t, "keeps no series");
	leave(t);
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
		cmocka_unit_test(every_sample_is_a_point),
		cmocka_unit_test(samples_are_taken_by_themselves_when_told),
		cmocka_unit_test(a_form_stays_open_over_a_new_sample),
		cmocka_unit_test(a_snapshot_shows_the_series_it_keeps),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
