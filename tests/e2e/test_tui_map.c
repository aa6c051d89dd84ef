/*
 * The Map screen: its charts, the old table of a map that grows, and the way
 * from map to map; on maps in rare states, of both families.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <inttypes.h>
#include <jansson.h>

#include "core/base/xalloc.h"
#include "tests/support/program.h"
#include "tests/support/screen.h"
#include "tests/support/target.h"

enum { WAIT_MS = 15000 };

static struct go_target swiss, classic;

static int start_targets(void **state)
{
	CLEANUP(free_cleanup) char *newest = go_target_newest("states");
	CLEANUP(free_cleanup) char *old = go_target_newest_classic("states");

	if (program_set_up(state) || !newest || !old)
		return -1;
	return go_target_start(&swiss, newest) && go_target_start(&classic, old)
		       ? 0
		       : -1;
}

static int stop_targets(void **state)
{
	return go_target_stop(&swiss) | go_target_stop(&classic) |
	       program_tear_down(state);
}

static struct terminal *open_map(const struct go_target *target,
				 const char *name)
{
	char pid[16];
	char *argv[] = {getenv("MAPSCOPE"), pid, NULL};
	struct terminal *t;

	assert_non_null(argv[0]);
	snprintf(pid, sizeof(pid), "%d", (int)target->pid);
	t = terminal_open(argv, 40, 120);
	assert_true(terminal_wait_for(t, "[1Over]", WAIT_MS));
	terminal_send(t, "2/");
	terminal_send(t, name);
	terminal_send(t, "$\r\r");
	see(t, name);
	see(t, "OCCUPANCY");
	return t;
}

/* What the target says of its map; -1 if it does not. */
static int64_t truth(const struct go_target *target, const char *name,
		     const char *field)
{
	json_t *all = json_loads(target->truth, 0, NULL), *map;
	int64_t ret = -1;
	size_t i;

	assert_non_null(all);
	json_array_foreach(json_object_get(all, "maps"), i, map)
	{
		const char *is =
			json_string_value(json_object_get(map, "name"));
		json_t *value = json_object_get(map, field);

		if (!value)
			value = json_object_get(json_object_get(map, "classic"),
						field);
		if (is && !strcmp(is, name) && value)
			ret = json_integer_value(value);
	}
	json_decref(all);
	return ret;
}

/* The sum of the chart's numbers: whatever is counted, all of it is there. */
static int64_t sum_of(struct terminal *t, const char *title)
{
	const char *at;
	uint64_t n, sum = 0;
	double percent;
	char label[16];
	int skip;

	see(t, title);
	at = strstr(terminal_dump(t), title);
	for (skip = 0; at && skip < 2; skip++)
		at = strchr(at + 1, '\n');
	while (at && sscanf(at + 1, " %15s %" SCNu64 " %lf", label, &n,
			    &percent) == 3) {
		sum += n;
		at = strchr(at + 1, '\n');
	}
	return (int64_t)sum;
}

static void charts_count_every_entry_group_and_miss(void **state)
{
	struct terminal *t = open_map(&swiss, "main.chained");
	int64_t groups;

	(void)state;
	assert_int_equal(sum_of(t, "CHAIN groups per hit"),
			 truth(&swiss, "chained", "count"));
	/* A hundred keys of one home: the last are far from it. */
	see(t, "!!");
	terminal_send(t, "c");
	groups = sum_of(t, "CHAIN groups per miss");
	assert_int_equal(groups * 8, truth(&swiss, "chained", "slots"));
	terminal_send(t, "c");
	assert_int_equal(sum_of(t, "FILL entries of a group"), groups);
	terminal_send(t, "c");
	see(t, "CHAIN groups per hit");
	terminal_send(t, "o");
	see(t, "Swiss maps have no old table");
	leave_free(t, swiss.pid);
}

static void charts_of_a_classic_map_are_of_buckets(void **state)
{
	struct terminal *t = open_map(&classic, "main.chained");
	int64_t buckets = truth(&classic, "chained", "buckets");

	(void)state;
	assert_int_equal(sum_of(t, "CHAIN buckets"), buckets);
	terminal_send(t, "c");
	assert_int_equal(sum_of(t, "FILL entries of a bucket") * 8,
			 truth(&classic, "chained", "slots"));
	terminal_send(t, "c");
	assert_int_equal(sum_of(t, "CHAIN buckets per hit"),
			 truth(&classic, "chained", "count"));
	see(t, "!!");
	terminal_send(t, "o");
	see(t, "is not growing");
	leave_free(t, classic.pid);
}

static void the_old_table_of_a_growth_is_shown(void **state)
{
	struct terminal *t = open_map(&classic, "main.growing");
	int64_t old = truth(&classic, "growing", "old_buckets");
	int64_t moved = truth(&classic, "growing", "evacuated");
	CLEANUP(free_cleanup) char *line = NULL;

	(void)state;
	assert_true(old > moved && moved > 0);
	line = xasprintf("growing 2x: %d of %d old buckets moved", (int)moved,
			 (int)old);
	see(t, line);
	see(t, "O not moved yet");
	/* Entries of both arrays. */
	terminal_send(t, "cc");
	assert_int_equal(sum_of(t, "CHAIN buckets per hit"),
			 truth(&classic, "growing", "count"));
	terminal_send(t, "o");
	see(t, "> old table");
	see(t, "OLD TABLE by bucket");
	see(t, ", e moved");
	assert_int_equal(sum_of(t, "OLD CHAIN buckets"), old - moved);
	see(t, "old bucket 0 of ");
	terminal_send(t, "l\r");
	see(t, "old bucket 1/");
	terminal_send(t, "qo");
	assert_true(terminal_wait_gone(t, "old table", WAIT_MS));
	terminal_send(t, "oc");
	see(t, "CHAIN buckets per hit");
	leave_free(t, classic.pid);
}

static void brackets_go_through_the_list_one_came_from(void **state)
{
	struct terminal *t = open_map(&classic, "main.growing");

	(void)state;
	terminal_send(t, "q");
	terminal_send(t, "\\owner~main.[cgrs][a-zS]*$\r");
	see(t, "main.cleared");
	terminal_send(t, "so\033OH\r");
	see(t, "Maps > main.chained");
	terminal_send(t, "]");
	see(t, "Maps > main.cleared");
	terminal_send(t, "]");
	see(t, "Maps > main.growing");
	terminal_send(t, "[[");
	see(t, "Maps > main.chained");
	terminal_send(t, "[");
	see(t, "no more maps in the list");
	terminal_send(t, "]q");
	see(t, "[2Maps]");
	/* The list's cursor went along. */
	terminal_send(t, "\r");
	see(t, "Maps > main.cleared");
	leave_free(t, classic.pid);
}

static int64_t chart_sum(const json_t *charts, const char *kind)
{
	const json_t *chart, *n;
	int64_t sum = -1;
	size_t i, k;

	json_array_foreach(charts, i, chart)
	{
		if (strcmp(json_string_value(json_object_get(chart, "kind")),
			   kind) != 0)
			continue;
		sum = 0;
		json_array_foreach(json_object_get(chart, "counts"), k, n)
		{
			sum += json_integer_value(n);
		}
	}
	return sum;
}

static void the_command_has_the_charts_too(void **state)
{
	CLEANUP(free_cleanup) char *text = NULL, *lines = NULL;
	json_t *all, *charts;

	(void)state;
	assert_int_equal(program_shell(&text,
				       "%s map %d main.growing --json --hist",
				       getenv("MAPSCOPE"), (int)classic.pid),
			 0);
	all = json_loads(text, 0, NULL);
	charts = json_object_get(json_object_get(all, "map"), "charts");
	assert_int_equal(chart_sum(charts, "hit"),
			 truth(&classic, "growing", "count"));
	assert_int_equal(chart_sum(charts, "old"),
			 truth(&classic, "growing", "old_buckets") -
				 truth(&classic, "growing", "evacuated"));
	assert_int_equal(chart_sum(charts, "miss"),
			 truth(&classic, "growing", "buckets"));
	json_decref(all);
	assert_int_equal(program_shell(&lines, "%s map %d main.chained --hist",
				       getenv("MAPSCOPE"), (int)swiss.pid),
			 0);
	assert_non_null(strstr(lines, "\ngroups read by a hit: entries\n"));
	assert_non_null(strstr(lines, "\ngroups read by a miss: "));
	assert_non_null(strstr(lines, "\ngroups by the entries in them\n0  "));
	assert_null(strstr(lines, "old table"));
}

/* What --columns has of the owner's one map, live and out of a snapshot. */
static char *growth_of(const struct go_target *target, const char *owner)
{
	CLEANUP(free_cleanup) char *pid = xasprintf("%d", (int)target->pid);
	const char *const targets[] = {pid, pid, "grown.msnap"};
	const char *const groups[] = {"none", "owner", "none"};
	char *first = NULL;
	size_t i;

	assert_int_equal(
		program_run("snapshot {} -o grown.msnap --level maps --force",
			    pid, NULL),
		0);
	for (i = 0; i < ARRAY_LEN(targets); i++) {
		CLEANUP(free_cleanup) char *out = NULL;
		CLEANUP(free_cleanup)
		char *what = xasprintf("maps {} --group %s --filter owner=%s "
				       "--units bytes --tsv --no-header "
				       "--columns grow,keys,values",
				       groups[i], owner);

		assert_int_equal(program_run(what, targets[i], &out), 0);
		first = first ? first : xstrdup(out);
		assert_string_equal(out, first);
	}
	return first;
}

static void growth_and_bytes_of_keys_are_columns(void **state)
{
	int old = (int)truth(&classic, "growing", "old_buckets");
	int moved = (int)truth(&classic, "growing", "evacuated");
	int count = (int)truth(&classic, "growing", "count");
	CLEANUP(free_cleanup) char *twice = growth_of(&classic, "main.growing");
	CLEANUP(free_cleanup) char *same = growth_of(&classic, "main.sameSize");
	CLEANUP(free_cleanup) char *none = growth_of(&classic, "main.chained");
	CLEANUP(free_cleanup) char *split = growth_of(&swiss, "main.growing");
	CLEANUP(free_cleanup) char *want = NULL;
	unsigned depth;

	(void)state;
	want = xasprintf("2x %d%%\t%d\t%d\n", moved * 100 / old, 8 * count,
			 8 * count);
	assert_string_equal(twice, want);
	assert_int_equal(strncmp(same, "same ", 5), 0);
	assert_int_equal(strncmp(none, "none\t", 5), 0);
	/* A table has no more than 1024 slots. */
	assert_int_equal(sscanf(split, "split depth %u\t", &depth), 1);
	assert_true(1 << depth >=
		    (int)truth(&swiss, "growing", "count") / 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(charts_count_every_entry_group_and_miss),
		cmocka_unit_test(charts_of_a_classic_map_are_of_buckets),
		cmocka_unit_test(the_old_table_of_a_growth_is_shown),
		cmocka_unit_test(the_command_has_the_charts_too),
		cmocka_unit_test(growth_and_bytes_of_keys_are_columns),
		cmocka_unit_test(brackets_go_through_the_list_one_came_from),
	};

	return cmocka_run_group_tests(tests, start_targets, stop_targets);
}
