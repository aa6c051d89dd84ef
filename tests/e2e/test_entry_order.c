/*
 * Entries of maps in an order and in groups: compared with the maps that
 * tests/targets/holders.go and big.go are known to fill.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/base/attr.h"
#include "core/base/xalloc.h"
#include "tests/support/answer.h"
#include "tests/support/program.h"
#include "tests/support/screen.h"
#include "tests/support/target.h"

enum { WAIT_MS = 15000 };

static json_t *ask(pid_t pid, const char *options)
{
	return answer_to("entries %d %s --json", (int)pid, options);
}

static json_int_t number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

/* The value of an entry that holds a whole number. */
static long value_at(const json_t *answer, size_t index)
{
	const json_t *entry =
		json_array_get(json_object_get(answer, "entries"), index);
	const json_t *value = json_object_get(entry, "value");
	const char *text = json_string_value(json_object_get(value, "text"));

	assert_non_null(text);
	return strtol(text, NULL, 10);
}

static void check_sorted(pid_t pid)
{
	json_t *answer = ask(pid, "main.table16 --sort value-desc");
	size_t i;

	assert_int_equal(number(answer, "entries_seen"), 100);
	assert_int_equal(number(answer, "rows_kept"), 100);
	for (i = 0; i < 100; i++)
		assert_int_equal(value_at(answer, i), 99 - (long)i);
	json_decref(answer);
	answer = ask(pid, "main.table16 --sort key-asc --filter 'index<50'");
	assert_int_equal(json_array_size(json_object_get(answer, "entries")),
			 50);
	for (i = 1; i < 50; i++)
		assert_true(value_at(answer, i - 1) < value_at(answer, i));
	json_decref(answer);
}

static void check_groups(pid_t pid)
{
	json_t *answer = ask(pid, "main.anyKey --group value"), *groups;
	const json_t *group;
	json_int_t sum = 0;
	char what[16];
	size_t i;

	groups = json_object_get(answer, "groups");
	json_array_foreach(groups, i, group)
	{
		sum += number(group, "count");
	}
	/* A hundred values are one, the others differ. */
	assert_int_equal(json_array_size(groups), 101);
	assert_int_equal(number(json_array_get(groups, 0), "count"), 100);
	assert_int_equal(sum, 200);
	json_decref(answer);
	answer = ask(pid, "main.set --group prefix --redact basic");
	groups = json_object_get(answer, "groups");
	assert_true(json_array_size(groups) > 0);
	assert_true(json_is_null(
		json_object_get(json_array_get(groups, 0), "prefix")));
	json_decref(answer);
	snprintf(what, sizeof(what), "%d", (int)pid);
	assert_true(
		program_ends("entries {} main.big --group prefix", what, 2));
}

static void on_both(void (*fn)(pid_t))
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		CLEANUP(free_cleanup)
		char *path = i ? go_target_newest("holders")
			       : go_target_newest_classic("holders");
		struct go_target target;

		assert_non_null(path);
		assert_true(go_target_start(&target, path));
		fn(target.pid);
		assert_int_equal(go_target_stop(&target), 0);
	}
}

static void entries_come_in_the_order_asked_for(void **state)
{
	(void)state;
	on_both(check_sorted);
}

static void entries_are_grouped_by_what_they_hold(void **state)
{
	(void)state;
	on_both(check_groups);
}

static void check_bounded(pid_t pid)
{
	json_t *answer;
	size_t i;

	answer = ask(pid, "main.wide --sort value-desc --limit 1000");
	assert_int_equal(number(answer, "entries_seen"), 300000);
	assert_int_equal(number(answer, "rows_kept"), 100000);
	for (i = 0; i < 1000; i++)
		assert_int_equal(value_at(answer, i), 299999 - (long)i);
	json_decref(answer);
}

static void of_many_entries_the_first_in_the_order_are_kept(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 2; i++) {
		CLEANUP(free_cleanup)
		char *path = i ? go_target_newest("big")
			       : go_target_newest_classic("big");
		struct go_target target;
		char line[64] = "";

		assert_non_null(path);
		assert_true(go_target_spawn(&target, path, "-wide=300000"));
		while (strcmp(line, "READY\n") != 0)
			assert_non_null(fgets(line, sizeof(line), target.out));
		check_bounded(target.pid);
		assert_int_equal(go_target_stop(&target), 0);
	}
}

static void check_screen(pid_t pid)
{
	char number_text[16];
	char *argv[] = {getenv("MAPSCOPE"), number_text, NULL};
	struct terminal *t;

	snprintf(number_text, sizeof(number_text), "%d", (int)pid);
	t = terminal_open(argv, 24, 80);
	see(t, "[1Over]");
	terminal_send(t, "2\\anyKey\r");
	see(t, "main.anyKey");
	terminal_send(t, "\r");
	see(t, "> main.anyKey");
	terminal_send(t, "e");
	see(t, "> entries  1/200");
	terminal_send(t, "f\"23\"\r");
	see(t, "int(23)");
	terminal_send(t, "f\"nobody\"\r");
	see(t, "no such key; it would go to");
	terminal_send(t, "s");
	see(t, "k:key");
	terminal_send(t, "k");
	see(t, "KEY");
	see(t, "200 entries");
	terminal_send(t, ",");
	see(t, "by:value");
	see(t, "101 groups");
	terminal_send(t, "qD");
	see(t, "filter: count>1");
	see(t, "string(\"x\")");
	terminal_send(t, "Q");
	assert_int_equal(terminal_wait_exit(t, WAIT_MS), 0);
	terminal_close(t);
}

static void the_screen_sorts_and_groups(void **state)
{
	(void)state;
	on_both(check_screen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_come_in_the_order_asked_for),
		cmocka_unit_test(entries_are_grouped_by_what_they_hold),
		cmocka_unit_test(
			of_many_entries_the_first_in_the_order_are_kept),
		cmocka_unit_test(the_screen_sorts_and_groups),
	};

	return cmocka_run_group_tests(tests, program_set_up, program_tear_down);
}
