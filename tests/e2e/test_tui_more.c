/* Columns and pop-ups of Diff, Types, Watch, Log, Profile and References. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>
#include <sqlite3.h>

#include "core/base/xalloc.h"
#include "tests/support/folder.h"
#include "tests/support/program.h"
#include "tests/support/screen.h"
#include "tests/support/target.h"

enum { WAIT_MS = 20000 };

static struct go_stage stage;

static struct terminal *open_on(char *target, int cols)
{
	char *argv[] = {getenv("MAPSCOPE"), target, NULL};
	struct terminal *t = terminal_open(argv, 24, cols);

	see(t, "[1Over]");
	return t;
}

/* Another target than the stage's for one test. */
static struct terminal *open_other(struct go_target *target, const char *name,
				   int cols)
{
	CLEANUP(free_cleanup) char *path = go_target_newest(name);
	char pid[16];

	assert_non_null(path);
	assert_true(go_target_start(target, path));
	snprintf(pid, sizeof(pid), "%d", (int)target->pid);
	return open_on(pid, cols);
}

static void a_difference_has_both_sides_and_shares(void **state)
{
	struct terminal *t = open_on(stage.pid, 110);

	(void)state;
	terminal_send(t, "M");
	see(t, "is the base");
	assert_true(go_target_step(&stage.target));
	assert_true(terminal_resample(t, "sample #2", WAIT_MS));
	terminal_send(t, "8\\^main.sessions$\r");
	see(t, "+5000 ");
	terminal_send(t, "a");
	see(t, "by:owner both sides");
	see(t, " 10000     15000 ");
	assert_true(terminal_wait_gone(t, "dENTRIES", WAIT_MS));
	terminal_send(t, "a");
	see(t, "by:owner in percent");
	see(t, " +50 ");
	terminal_send(t, "a");
	see(t, "dENTRIES");
	/* A second base, and back to the first one. */
	terminal_send(t, "[");
	see(t, "no other base");
	terminal_send(t, "M");
	see(t, "sample #2 is the base");
	assert_true(terminal_wait_gone(t, "+5000 ", WAIT_MS));
	terminal_send(t, "[");
	see(t, "base 1 of 2");
	see(t, "+5000 ");
	terminal_send(t, "]");
	see(t, "base 2 of 2");
	assert_true(terminal_wait_gone(t, "+5000 ", WAIT_MS));
	leave_free(t, stage.target.pid);
}

static void types_tell_what_the_sample_before_had(void **state)
{
	struct terminal *t = open_on(stage.pid, 110);

	(void)state;
	terminal_send(t, "3");
	see(t, "[3Types]");
	assert_null(strstr(terminal_dump(t), "dSAMPLE"));
	assert_true(go_target_step(&stage.target));
	assert_true(terminal_resample(t, "sample #2", WAIT_MS));
	see(t, "dSAMPLE");
	/* 5,000 structs of one pointer. */
	terminal_send(t, "\\^main.session$\r");
	see(t, "+39.1K");
	assert_true(terminal_resample(t, "sample #3", WAIT_MS));
	assert_true(terminal_wait_gone(t, "+39.1K", WAIT_MS));
	leave_free(t, stage.target.pid);
}

static void watched_points_become_lines(void **state)
{
	struct terminal *t = open_on(stage.pid, 110);
	CLEANUP(free_cleanup) char *path = test_path("points.ndjson");
	char line[4096];
	unsigned lines = 0;
	FILE *f;

	(void)state;
	assert_true(terminal_resample(t, "sample #2", WAIT_MS));
	terminal_send(t, "9L");
	see(t, "NDJSON to: ");
	terminal_send(t, path);
	terminal_send(t, "\r");
	see(t, "2 points in ");
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		json_t *point = json_loads(line, 0, NULL);

		assert_non_null(point);
		assert_string_equal(
			json_string_value(json_object_get(point, "schema")),
			"mapscope/watch_sample/1");
		assert_true(json_number_value(json_object_get(
				    json_object_get(point, "values"),
				    "heap_live")) > 0);
		json_decref(point);
		lines++;
	}
	fclose(f);
	assert_int_equal(lines, 2);
	unlink(path);
	leave_free(t, stage.target.pid);
}

static void warn_in(const char *path)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db,
			     "INSERT INTO warning(text) VALUES"
			     "('the list at 0xc000123450 is unreadable'),"
			     "('second thing')",
			     NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
}

static void warnings_are_a_list(void **state)
{
	CLEANUP(free_cleanup) char *path = test_path("warned.msnap");
	struct terminal *t;

	(void)state;
	assert_int_equal(
		program_shell(NULL, "cp tests/golden/holders.msnap %s", path),
		0);
	warn_in(path);
	t = open_on(path, 110);
	see(t, "!2");
	terminal_send(t, "0");
	see(t, "LEVEL WHAT");
	see(t, " warn the list at 0xc000123450 is unreadable");
	see(t, "  0xc000123450");
	terminal_send(t, "/second\r");
	see(t, " 2/2");
	terminal_send(t, "\\list\r");
	assert_true(terminal_wait_gone(t, "second thing", WAIT_MS));
	leave(t);
	unlink(path);
}

static void a_function_shows_who_calls_it(void **state)
{
	struct go_target target;
	struct terminal *t = open_other(&target, "heapprof", 110);

	(void)state;
	terminal_send(t, "6");
	see(t, " main.keep");
	see(t, "FLAT% ");
	see(t, " SUM% ");
	terminal_send(t, "/main.keep$\r");
	terminal_send(t, "p");
	see(t, "inuse_space peek");
	see(t, "|   main.main");
	see(t, "| main.keep");
	assert_null(strstr(terminal_dump(t), "runtime.main"));
	terminal_send(t, "q");
	assert_true(terminal_wait_gone(t, " peek", WAIT_MS));
	see(t, "FUNCTION");
	see(t, " main.keep");
	leave_free(t, target.pid);
	assert_int_equal(go_target_stop(&target), 0);
}

static void the_end_of_a_long_key_stays_on_the_screen(void **state)
{
	struct go_target target;
	struct terminal *t = open_other(&target, "secrets", 80);

	(void)state;
	terminal_send(t, "2/zebraSession\r\r\rr");
	see(t, "GLOBAL main.okapiSessions");
	see(t, "group  [\"S3C");
	/* Of `["S3CRET-key-17"]` at the right edge. */
	see(t, "\"]\n");
	see(t, "~");
	leave_free(t, target.pid);
	assert_int_equal(go_target_stop(&target), 0);
}

static void a_root_on_a_stack_leads_to_its_goroutine(void **state)
{
	struct go_target target;
	struct terminal *t = open_other(&target, "states", 200);

	(void)state;
	terminal_send(t, "5");
	see(t, "STARTLOC");
	see(t, " main.iterating states.go:125");
	see(t, "STACK");
	terminal_send(t, "2/iterating.iterated$\r\rr");
	see(t, "STACK main.iterating.iterated  [g");
	terminal_send(t, "\r");
	see(t, "Goroutines > g");
	see(t, " main.iterating  states.go:131");
	leave_free(t, target.pid);
	assert_int_equal(go_target_stop(&target), 0);
}

static void a_share_is_of_the_live_heap(void **state)
{
	CLEANUP(free_cleanup) char *text = NULL;
	CLEANUP(free_cleanup) char *stats = NULL;
	unsigned long long retained, share;
	json_t *all, *heap;
	double live;

	(void)state;
	assert_int_equal(
		program_shell(
			&text,
			"%s maps %s --columns retained,share --csv "
			"--no-header --units bytes --filter 'share>10%%' -n 1",
			getenv("MAPSCOPE"), stage.pid),
		0);
	assert_int_equal(sscanf(text, "%llu,%llu", &retained, &share), 2);
	assert_int_equal(program_shell(&stats, "%s stats %s --json",
				       getenv("MAPSCOPE"), stage.pid),
			 0);
	all = json_loads(stats, 0, NULL);
	heap = json_object_get(all, "stats");
	live = json_number_value(json_object_get(heap, "live_bytes"));
	assert_true(live > 0);
	assert_int_equal(share, (int)(100 * (double)retained / live + 0.5));
	json_decref(all);
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
		cmocka_unit_test(a_difference_has_both_sides_and_shares),
		cmocka_unit_test(types_tell_what_the_sample_before_had),
		cmocka_unit_test(watched_points_become_lines),
		cmocka_unit_test(warnings_are_a_list),
		cmocka_unit_test(a_function_shows_who_calls_it),
		cmocka_unit_test(a_share_is_of_the_live_heap),
		cmocka_unit_test(a_root_on_a_stack_leads_to_its_goroutine),
		cmocka_unit_test(the_end_of_a_long_key_stays_on_the_screen),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
