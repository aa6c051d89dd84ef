/*
 * Big snapshots: the first screen comes from short tables, says the same as
 * the session that follows it, and loses no key.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "core/base/xalloc.h"
#include "core/session/snapshot.h"
#include "tests/support/folder.h"
#include "tests/support/program.h"
#include "tests/support/screen.h"
#include "tests/support/target.h"

enum { WAIT_MS = 30000 };

static char *maps_file, *full_file;

static void snapshot(pid_t pid, const char *level, const char *path)
{
	CLEANUP(free_cleanup)
	char *text = xasprintf("snapshot %d -o %s --max-stop 30s --level %s",
			       (int)pid, path, level);

	assert_int_equal(program_run(text, "", NULL), 0);
}

static int make_files(void **state)
{
	CLEANUP(free_cleanup) char *path = go_target_newest("big");
	struct go_target big;
	char line[256] = "";

	if (program_set_up(state) || !path ||
	    !go_target_spawn(&big, path, "-maps=25000"))
		return -1;
	while (strcmp(line, "READY\n") != 0)
		if (!fgets(line, sizeof(line), big.out))
			return -1;
	maps_file = test_path("maps.msnap");
	full_file = test_path("full.msnap");
	snapshot(big.pid, "maps", maps_file);
	snapshot(big.pid, "full", full_file);
	go_target_stop(&big);
	return 0;
}

static int remove_files(void **state)
{
	free(maps_file);
	free(full_file);
	return program_tear_down(state);
}

static void same_text(const char *a, const char *b)
{
	assert_string_equal(a ? a : "(none)", b ? b : "(none)");
}

static void same_group(const struct map_group *a, const struct map_group *b)
{
	char flags_a[MAP_FLAG_TEXT], flags_b[MAP_FLAG_TEXT];

	same_text(a->name, b->name);
	same_text(a->type, b->type);
	assert_int_equal(a->maps, b->maps);
	assert_int_equal(a->entries, b->entries);
	assert_int_equal(a->slots, b->slots);
	assert_int_equal(a->storage_bytes, b->storage_bytes);
	assert_int_equal(a->waste_bytes, b->waste_bytes);
	assert_int_equal(a->retained_bytes, b->retained_bytes);
	assert_int_equal(a->retained_exact, b->retained_exact);
	assert_int_equal(a->tombstones, b->tombstones);
	assert_int_equal(a->old_bytes, b->old_bytes);
	assert_int_equal(a->chain_max, b->chain_max);
	assert_int_equal(a->severity, b->severity);
	map_flags_text(a->flags, flags_a);
	map_flags_text(b->flags, flags_b);
	assert_string_equal(flags_a, flags_b);
}

static void same_groups(const struct session *a, const struct session *b)
{
	CLEANUP(map_groups_deinit) struct map_groups of_a = {0}, of_b = {0};
	CLEANUP(list_deinit) struct list list_a = {0}, list_b = {0};
	uint32_t i;

	assert_null(map_groups_load(a, GROUP_OWNER, "std=no", &of_a));
	assert_null(map_groups_load(b, GROUP_OWNER, "std=no", &of_b));
	assert_int_equal(of_a.count, of_b.count);
	assert_true(of_a.count > 0);
	list_init(&list_a, &map_group_list_kind, &of_a);
	list_init(&list_b, &map_group_list_kind, &of_b);
	for (i = 0; i < of_a.count; i++)
		same_group(&of_a.groups[list_row(&list_a, i)],
			   &of_b.groups[list_row(&list_b, i)]);
}

static void same_findings(const struct session *a, const struct session *b)
{
	uint32_t of_a, of_b, i;
	const struct finding *x = session_findings(a, &of_a);
	const struct finding *y = session_findings(b, &of_b);

	assert_int_equal(of_a, of_b);
	for (i = 0; i < of_a; i++) {
		same_text(x[i].title, y[i].title);
		same_text(x[i].evidence, y[i].evidence);
		assert_int_equal(x[i].severity, y[i].severity);
		assert_int_equal(x[i].addr, y[i].addr);
	}
}

static void says_the_same(const char *path)
{
	struct session_options options = session_options_default();
	struct session *brief = NULL, *whole = NULL;
	struct session_totals of_brief, of_whole;

	assert_null(session_open_brief(path, &options, &brief));
	assert_non_null(brief);
	assert_true(session_is_brief(brief));
	assert_null(session_open_file(NULL, path, &options, NULL, &whole));
	assert_false(session_is_brief(whole));
	session_totals(brief, &of_brief);
	session_totals(whole, &of_whole);
	/* Times are of each opening. */
	of_brief.analysis_ns = of_whole.analysis_ns;
	of_brief.index_ns = of_whole.index_ns;
	of_brief.copy_ns = of_whole.copy_ns;
	of_brief.times = of_whole.times;
	same_text(of_brief.gc_phase, of_whole.gc_phase);
	of_brief.gc_phase = of_whole.gc_phase;
	assert_memory_equal(&of_brief, &of_whole, sizeof(of_brief));
	same_groups(brief, whole);
	same_findings(brief, whole);
	session_free(brief);
	session_free(whole);
}

static void the_first_screen_says_what_the_whole_says(void **state)
{
	(void)state;
	says_the_same(maps_file);
	says_the_same(full_file);
}

static void small_files_are_opened_at_once(void **state)
{
	CLEANUP(free_cleanup) char *path = test_path("stats");
	CLEANUP(free_cleanup)
	char *text =
		xasprintf("snapshot %s -o %s --level stats", maps_file, path);
	struct session_options options = session_options_default();
	struct session *brief;

	(void)state;
	assert_int_equal(program_run(text, "", NULL), 0);
	assert_null(session_open_brief(path, &options, &brief));
	assert_null(brief);
	assert_null(session_open_brief("/proc/self/exe", &options, &brief));
	assert_null(brief);
}

static struct terminal *show(const char *path, int cols)
{
	char *argv[] = {getenv("MAPSCOPE"), (char *)(uintptr_t)path, NULL};

	return terminal_open(argv, 40, cols);
}

/* Wide enough for panes, that the first screen has nothing to fill with. */
static void keys_wait_until_all_is_read(void **state)
{
	struct terminal *t = show(full_file, 220);

	(void)state;
	see(t, "[1Over]");
	terminal_send(t, "2,");
	see(t, "by:type");
	terminal_send(t, "1");
	see(t, "[1Over]");
	terminal_send(t, "Q");
	assert_int_equal(terminal_wait_exit(t, WAIT_MS), 0);
	terminal_close(t);
}

static void quitting_does_not_wait(void **state)
{
	struct terminal *t = show(full_file, 80);

	(void)state;
	see(t, "[1Over]");
	terminal_send(t, "jjkq");
	assert_int_equal(terminal_wait_exit(t, WAIT_MS), 0);
	terminal_close(t);
}

/* The short tables are fine, a row of a long one is not. */
static void damage_behind_the_first_screen_is_told(void **state)
{
	struct terminal *t;
	sqlite3 *db = NULL;
	int code;

	(void)state;
	assert_int_equal(sqlite3_open(maps_file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				      "UPDATE map SET owner=1000000 "
				      "WHERE id=24000",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(db);
	code = program_run("stats {}", maps_file, NULL);
	assert_int_not_equal(code, 0);
	t = show(maps_file, 80);
	see(t, "the snapshot is damaged: table map, row 24000");
	assert_int_equal(terminal_wait_exit(t, WAIT_MS), code);
	terminal_close(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_screen_says_what_the_whole_says),
		cmocka_unit_test(small_files_are_opened_at_once),
		cmocka_unit_test(keys_wait_until_all_is_read),
		cmocka_unit_test(quitting_does_not_wait),
		cmocka_unit_test(damage_behind_the_first_screen_is_told),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
