/* What keys do with the rows of any list, on a real Go process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/base/xalloc.h"
#include "tests/support/folder.h"
#include "tests/support/program.h"
#include "tests/support/screen.h"
#include "tests/support/target.h"

enum { WAIT_MS = 15000 };

static struct go_target target;

static int start_target(void **state)
{
	CLEANUP(free_cleanup) char *path = go_target_newest("holders");

	if (program_set_up(state) || !path)
		return -1;
	return go_target_start(&target, path) ? 0 : -1;
}

static int stop_target(void **state)
{
	return go_target_stop(&target) | program_tear_down(state);
}

static struct terminal *open_with(int rows, int cols, char *flag)
{
	char pid[16];
	char *argv[] = {getenv("MAPSCOPE"), pid, flag, NULL};
	struct terminal *t;

	assert_non_null(argv[0]);
	snprintf(pid, sizeof(pid), "%d", (int)target.pid);
	t = terminal_open(argv, rows, cols);
	assert_true(terminal_wait_for(t, "[1Over]", WAIT_MS));
	return t;
}

static struct terminal *open_on_target(int rows, int cols)
{
	return open_with(rows, cols, NULL);
}

static void the_title_tells_what_an_image_cost(void **state)
{
	static char flag[] = "--freeze=fork";
	struct terminal *t = open_with(24, 80, flag);
	char title[128] = "";
	const char *image;

	(void)state;
	see(t, "| image ");
	see(t, "RUN");
	assert_int_equal(sscanf(terminal_dump(t), "%127[^\n]", title), 1);
	image = strstr(title, "| image ");
	assert_non_null(image);
	/* The time, then the memory that copy on write took. */
	assert_non_null(strstr(image, "s +"));
	assert_non_null(strstr(image, " | RUN"));
	assert_non_null(strstr(title, "| stop "));
	leave_free(t, target.pid);
}

static void a_group_unfolds_into_its_maps(void **state)
{
	struct terminal *t = open_on_target(24, 80);

	(void)state;
	terminal_send(t, "2");
	see(t, "by:owner");
	terminal_send(t, ",,");
	see(t, "by:package");
	see(t, "+ main ");
	terminal_send(t, "t");
	see(t, "   main.emptied");
	terminal_send(t, "j\r");
	see(t, "Maps > ");
	see(t, "entries");
	terminal_send(t, "q-");
	assert_true(terminal_wait_gone(t, "   main.emptied", WAIT_MS));
	terminal_send(t, "*");
	see(t, "   main.emptied");
	leave_free(t, target.pid);
}

static void maps_are_shown_by_origin_and_key(void **state)
{
	struct terminal *t = open_on_target(24, 80);

	(void)state;
	terminal_send(t, "2");
	see(t, "std:hide");
	terminal_send(t, "H");
	see(t, "std:dim");
	terminal_send(t, "HH");
	see(t, "std:hide");
	terminal_send(t, "K^(");
	terminal_send(t, "\r");
	see(t, "bad regex");
	terminal_send(t, "Kmain.wide\r");
	see(t, "key:main.wide");
	see(t, "main.wides");
	assert_true(terminal_wait_gone(t, "main.emptied", WAIT_MS));
	terminal_send(t, "K\r");
	see(t, "main.emptied");
	leave(t);
}

static void a_profile_unfolds_as_a_tree(void **state)
{
	struct terminal *t = open_on_target(24, 100);

	(void)state;
	/* That program keeps no heap profile: a tree of nothing. */
	terminal_send(t, "6t");
	see(t, " tree");
	terminal_send(t, ",");
	see(t, "references");
	see(t, "+ main.wides (");
	terminal_send(t, "*");
	see(t, "- main.wides (");
	see(t, "$mapkey (main.wide)");
	terminal_send(t, "*");
	assert_true(terminal_wait_gone(t, "$mapkey (main.wide)", WAIT_MS));
	terminal_send(t, "/main.wides\r");
	terminal_send(t, "+");
	see(t, "- main.wides (");
	terminal_send(t, "t");
	assert_true(terminal_wait_gone(t, "inuse_space tree", WAIT_MS));
	leave(t);
}

static void two_marked_rows_are_compared(void **state)
{
	struct terminal *t = open_on_target(24, 80);

	(void)state;
	terminal_send(t, "2=");
	see(t, "mark two rows");
	terminal_send(t, "  =");
	see(t, "two rows");
	see(t, "RETAINED");
	terminal_send(t, "q");
	assert_true(terminal_wait_gone(t, "two rows", WAIT_MS));
	terminal_send(t, "U=");
	see(t, "mark two rows");
	leave_free(t, target.pid);
}

static void information_names_every_column(void **state)
{
	struct terminal *t = open_on_target(40, 120);

	(void)state;
	terminal_send(t, "2,,,");
	see(t, "by:none");
	terminal_send(t, "i");
	see(t, "Maps: the row");
	see(t, "| ENTRIES    ");
	see(t, "$ mapscope maps ");
	leave_free(t, target.pid);
}

static void bars_and_units_cycle(void **state)
{
	struct terminal *t = open_on_target(24, 80);

	(void)state;
	terminal_send(t, "2");
	see(t, "by:owner");
	terminal_send(t, "g");
	see(t, "[##########]");
	terminal_send(t, "g");
	assert_true(terminal_wait_gone(t, "[####", WAIT_MS));
	see(t, "%");
	terminal_send(t, "ggu");
	see(t, "sizes in si");
	see(t, "KB");
	terminal_send(t, "u");
	see(t, "sizes in bytes");
	assert_true(terminal_wait_gone(t, "KB", WAIT_MS));
	leave_free(t, target.pid);
}

static void the_address_goes_to_the_clipboard(void **state)
{
	struct terminal *t = open_on_target(24, 80);

	(void)state;
	terminal_send(t, "2yY");
	see(t, "mapscope maps ");
	/* "0x" and the upper bits of a digit or a letter. */
	assert_true(strstr(terminal_raw(t), "\033]52;c;MHg") ||
		    strstr(terminal_raw(t), "\033]52;c;MHh"));
	leave_free(t, target.pid);
}

static char *export_as(struct terminal *t, const char *ending)
{
	char *path = xasprintf("%s/view%s", test_folder(), ending);
	char *keys = xasprintf("E%s\r", path);
	char *done = xasprintf("lines in %s", path);

	terminal_send(t, keys);
	see(t, done);
	free(keys);
	free(done);
	return path;
}

static void check_text(struct terminal *t, const char *ending,
		       const char *start)
{
	CLEANUP(free_cleanup) char *path = export_as(t, ending);
	char line[256] = "";
	struct stat st;
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	assert_int_equal(strncmp(line, start, strlen(start)), 0);
	/* Only its owner may read it. */
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	unlink(path);
}

static void a_view_becomes_a_file(void **state)
{
	struct terminal *t = open_on_target(24, 80);
	CLEANUP(free_cleanup) char *path = NULL;
	json_t *rows;

	(void)state;
	terminal_send(t, "2");
	see(t, "by:owner");
	check_text(t, ".csv", "flag,owner,maps,entries,");
	check_text(t, ".tsv", "flag\towner\t");
	check_text(t, ".md", "| FLG | OWNER |");
	check_text(t, ".txt", "FLG");
	path = export_as(t, ".json");
	rows = json_load_file(path, 0, NULL);
	assert_true(json_is_array(rows));
	assert_true(json_array_size(rows) > 20);
	assert_true(json_is_integer(
		json_object_get(json_array_get(rows, 0), "entries")));
	json_decref(rows);
	/* What exists is not replaced. */
	terminal_send(t, "E");
	terminal_send(t, path);
	terminal_send(t, "\r");
	see(t, "exists");
	unlink(path);
	leave_free(t, target.pid);
}

static void only_flagged_maps_can_be_shown(void **state)
{
	struct terminal *t = open_on_target(24, 80);

	(void)state;
	terminal_send(t, "2A");
	see(t, "flagged");
	assert_null(strstr(terminal_dump(t), "\n........ "));
	leave_free(t, target.pid);
}

static void buckets_are_reached_by_number_and_by_oddity(void **state)
{
	struct terminal *t = open_on_target(24, 100);

	(void)state;
	terminal_send(t, "2/main.emptied\r\rb");
	see(t, "> group 0/");
	terminal_send(t, "#12\r");
	see(t, "> group 12/");
	terminal_send(t, "J");
	see(t, "deleted");
	terminal_send(t, "#x\r");
	see(t, "not a number: x");
	terminal_send(t, "#99999999\r");
	see(t, "no more of them");
	terminal_send(t, "q");
	see(t, "tombstones");
	terminal_send(t, "e#700\r");
	see(t, "701/1000");
	leave_free(t, target.pid);
}

/* A Swiss map of eight tables: each is a cell, and each has 128 groups. */
static void arrows_move_through_tables_and_groups(void **state)
{
	struct terminal *t = open_on_target(24, 80);

	(void)state;
	terminal_send(t, "2/main.emptied\r\r");
	see(t, "OCCUPANCY by table");
	see(t, " table 0 of 8: ");
	see(t, " deleted; Enter opens it");
	terminal_send(t, "\033OC\033OCl");
	see(t, " table 3 of 8: ");
	terminal_send(t, "h");
	see(t, " table 2 of 8: ");
	terminal_send(t, "\r");
	see(t, "> table 2 > group 0/128");
	see(t, "GROUPS 0-127: ");
	see(t, " of 1024 slots full; entries of each, bold with deleted");
	see(t, " of 1024  growth left ");
	see(t, "  local depth ");
	see(t, " raw 0x");
	terminal_send(t, "\033OC\033[6~");
	see(t, "> group 65/128");
	terminal_send(t, "\033OD\033[5~");
	see(t, "> group 0/128");
	terminal_send(t, "G\033OC");
	see(t, "no more of them");
	see(t, "> group 127/128");
	/* From the first cells to the left is back. */
	terminal_send(t, "\033OH\033OD");
	see(t, " table 2 of 8: ");
	terminal_send(t, "hhh");
	see(t, "[2Maps]");
	leave_free(t, target.pid);
}

static void an_entry_is_shown_in_its_bucket(void **state)
{
	struct terminal *t = open_on_target(24, 80);

	(void)state;
	terminal_send(t, "2/main.big\re");
	see(t, "1/5000");
	terminal_send(t, "#4321\rb");
	see(t, "  hash 0x");
	see(t, "  home group ");
	see(t, "  found in probe ");
	terminal_send(t, "\r");
	see(t, "Value > [");
	terminal_send(t, "q");
	see(t, "GROUPS 0-127");
	leave_free(t, target.pid);
}

static void memory_is_shown_by_part_size_and_span(void **state)
{
	struct terminal *t = open_on_target(24, 80);

	(void)state;
	terminal_send(t, "7");
	see(t, "RSS (of the system)");
	terminal_send(t, "c");
	see(t, "[7Mem]");
	see(t, "size classes");
	terminal_send(t, "c");
	see(t, "spans by class");
	see(t, "noscan");
	see(t, "WASTE");
	see(t, " all spans ");
	terminal_send(t, "c");
	see(t, "RSS (of the system)");
	terminal_send(t, "p");
	see(t, "spans by class");
	leave_free(t, target.pid);
}

static void bytes_can_be_seen(void **state)
{
	struct terminal *t = open_on_target(24, 80);

	(void)state;
	terminal_send(t, "2/main.big\rx");
	see(t, "Bytes > 0x");
	see(t, "map[int64]float32");
	/* The header begins with the count, 5000. */
	see(t, " 88 13 00 00 00 00 00 00 ");
	/* All sixteen characters have room. */
	see(t, " ................\n");
	terminal_send(t, "z");
	assert_true(terminal_wait_gone(t, " 88 13 00", WAIT_MS));
	leave_free(t, target.pid);
}

static void a_profile_is_narrowed_and_written(void **state)
{
	struct terminal *t = open_on_target(24, 100);
	CLEANUP(free_cleanup) char *path = test_path("refs.gz");
	unsigned char magic[2] = {0};
	FILE *f;

	(void)state;
	terminal_send(t, "6,");
	see(t, "references");
	terminal_send(t, "fmain.big\r");
	see(t, "focus main.big");
	see(t, " main.big (");
	terminal_send(t, "Imain.big\r");
	see(t, "ignore main.big");
	assert_true(terminal_wait_gone(t, " main.big (", WAIT_MS));
	terminal_send(t, "I\r");
	assert_true(terminal_wait_gone(t, "ignore", WAIT_MS));
	terminal_send(t, "P");
	terminal_send(t, path);
	terminal_send(t, "\r");
	see(t, "go tool pprof");
	f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fread(magic, 1, 2, f), 2);
	fclose(f);
	assert_int_equal(magic[0] << 8 | magic[1], 0x1f8b);
	unlink(path);
	leave_free(t, target.pid);
}

static void dominators_add_up_by_type(void **state)
{
	struct terminal *t = open_on_target(24, 100);

	(void)state;
	terminal_send(t, "4");
	see(t, "by:object");
	terminal_send(t, ",");
	see(t, "by:type");
	see(t, "COUNT");
	terminal_send(t, "/int64.float32\r\r");
	see(t, "by:object");
	see(t, "filter: type=");
	terminal_send(t, ",,");
	see(t, "by:package");
	terminal_send(t, ",LX\r");
	see(t, "no share in percent: X");
	terminal_send(t, "L90\r");
	see(t, " >=90%");
	see(t, "nothing retains that much");
	terminal_send(t, "L0\rH");
	see(t, " std:skip");
	assert_true(terminal_wait_gone(t, " runtime.", WAIT_MS));
	assert_true(terminal_wait_gone(t, " >=90%", WAIT_MS));
	leave_free(t, target.pid);
}

static void help_is_searched_and_read_to_its_end(void **state)
{
	struct terminal *t = open_on_target(24, 80);

	(void)state;
	terminal_send(t, "?");
	see(t, "READ-ONLY");
	terminal_send(t, "\t");
	see(t, "below the load it could have");
	terminal_send(t, "\t");
	see(t, "a lower bound");
	terminal_send(t, "\033[Z\033[Z");
	see(t, "READ-ONLY");
	terminal_send(t, "G");
	see(t, "space = and, | = or");
	terminal_send(t, "/tombstones: deleted\r");
	see(t, "slow misses");
	terminal_send(t, "q");
	see(t, "FINDINGS");
	leave_free(t, target.pid);
}

static void values_open_copy_and_follow(void **state)
{
	struct terminal *t = open_on_target(24, 100);

	(void)state;
	terminal_send(t, "2/main.wides\r\rv");
	see(t, "Value > ");
	terminal_send(t, "*");
	see(t, "- ");
	terminal_send(t, "p");
	see(t, "*(*\"");
	terminal_send(t, "-");
	see(t, "+ ");
	terminal_send(t, "+");
	see(t, "- ");
	terminal_send(t, "/main.wide\r");
	leave_free(t, target.pid);
}

static void retainers_are_ignored_and_restored(void **state)
{
	struct terminal *t = open_on_target(24, 100);

	(void)state;
	terminal_send(t, "2/main.wides\r\rr");
	see(t, "GLOBAL");
	terminal_send(t, "I");
	see(t, "without ^main");
	assert_true(terminal_wait_gone(t, "GLOBAL", WAIT_MS));
	terminal_send(t, "U");
	see(t, "GLOBAL");
	terminal_send(t, "Xmain\\.(wi\r");
	see(t, "main");
	terminal_send(t, "Xwides\r");
	see(t, "without wides");
	leave_free(t, target.pid);
}

static void it_begins_as_the_flags_say(void **state)
{
	CLEANUP(free_cleanup) char *path = test_path("init");
	char pid[16], attach[] = "attach", every[] = "--every", time[] = "1s";
	char init[] = "--init";
	char *argv[] = {
		getenv("MAPSCOPE"), attach, pid, every, time, init, path, NULL};
	FILE *f = fopen(path, "w");
	struct terminal *t;

	(void)state;
	assert_non_null(f);
	fputs("print 6*7\n", f);
	fclose(f);
	snprintf(pid, sizeof(pid), "%d", (int)target.pid);
	t = terminal_open(argv, 24, 100);
	see(t, "(mapscope) source ");
	see(t, "42");
	/* A long stop of a busy machine stretches the second a hundredfold. */
	assert_true(terminal_wait_for(t, "sample #3", 16 * WAIT_MS));
	unlink(path);
	terminal_send(t, "\033");
	see(t, "FINDINGS");
	leave_free(t, target.pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_title_tells_what_an_image_cost),
		cmocka_unit_test(a_group_unfolds_into_its_maps),
		cmocka_unit_test(maps_are_shown_by_origin_and_key),
		cmocka_unit_test(a_profile_unfolds_as_a_tree),
		cmocka_unit_test(two_marked_rows_are_compared),
		cmocka_unit_test(information_names_every_column),
		cmocka_unit_test(bars_and_units_cycle),
		cmocka_unit_test(the_address_goes_to_the_clipboard),
		cmocka_unit_test(a_view_becomes_a_file),
		cmocka_unit_test(only_flagged_maps_can_be_shown),
		cmocka_unit_test(buckets_are_reached_by_number_and_by_oddity),
		cmocka_unit_test(arrows_move_through_tables_and_groups),
		cmocka_unit_test(an_entry_is_shown_in_its_bucket),
		cmocka_unit_test(memory_is_shown_by_part_size_and_span),
		cmocka_unit_test(bytes_can_be_seen),
		cmocka_unit_test(it_begins_as_the_flags_say),
		cmocka_unit_test(values_open_copy_and_follow),
		cmocka_unit_test(retainers_are_ignored_and_restored),
		cmocka_unit_test(help_is_searched_and_read_to_its_end),
		cmocka_unit_test(dominators_add_up_by_type),
		cmocka_unit_test(a_profile_is_narrowed_and_written),
	};

	return cmocka_run_group_tests(tests, start_target, stop_target);
}
