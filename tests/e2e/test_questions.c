/*
 * Questions with a shape of their own: goroutines of a channel, references in
 * levels, paths as a profile, dominators without some types.
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
#include "tests/support/program.h"
#include "tests/support/target.h"

static char *say(pid_t pid, const char *command)
{
	char number[16], *out = NULL;
	int code;

	snprintf(number, sizeof(number), "%d", (int)pid);
	code = program_run(command, number, &out);
	if (code)
		print_message("%s: %d\n%s\n", command, code, out ? out : "");
	assert_int_equal(code, 0);
	return out;
}

static json_t *ask(pid_t pid, const char *command)
{
	CLEANUP(free_cleanup) char *out = say(pid, command);
	json_t *answer = json_loads(out, 0, NULL);

	assert_non_null(answer);
	return answer;
}

static void on_both(const char *name, void (*fn)(pid_t))
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		CLEANUP(free_cleanup)
		char *path = i ? go_target_newest(name)
			       : go_target_newest_classic(name);
		struct go_target target;
		char *suffix;

		assert_non_null(path);
		/* "stacks-1.23-stripped" has no names of variables. */
		suffix = strchr(strstr(path, "-1.") + 1, '-');
		if (suffix)
			*suffix = 0;
		assert_true(go_target_spawn(&target, path, NULL));
		/* The truth of this one is no JSON. */
		for (;;) {
			char line[4096];

			assert_non_null(fgets(line, sizeof(line), target.out));
			if (!strcmp(line, "READY\n"))
				break;
		}
		fn(target.pid);
		assert_int_equal(go_target_stop(&target), 0);
	}
}

/* A send, and a select that could send. */
static void check_channels(pid_t pid)
{
	json_t *answer = ask(pid, "goroutines {} -chan main.full --json");
	json_t *list = json_object_get(answer, "goroutines");
	CLEANUP(free_cleanup) char *text = NULL;
	unsigned sends = 0, selects = 0;
	const json_t *g;
	size_t i;

	json_array_foreach(list, i, g)
	{
		const char *why =
			json_string_value(json_object_get(g, "wait_reason"));

		sends += !strcmp(why, "chan send");
		selects += !strcmp(why, "select");
	}
	assert_int_equal(json_array_size(list), 2);
	assert_int_equal(sends, 1);
	assert_int_equal(selects, 1);
	json_decref(answer);
	answer =
		ask(pid, "goroutines {} -chan main.never -without user --json");
	assert_int_equal(json_array_size(json_object_get(answer, "goroutines")),
			 0);
	json_decref(answer);
	text = say(pid, "goroutines {} -chan main.full -exec stack 1");
	assert_non_null(strstr(text, "runtime.gopark"));
	assert_non_null(strstr(text, "[2 goroutines]"));
}

static void goroutines_of_a_channel_are_those_that_wait_on_it(void **state)
{
	(void)state;
	on_both("stacks", check_channels);
}

static size_t levels(pid_t pid, const char *command, const char *key,
		     json_int_t *deepest)
{
	json_t *answer = ask(pid, command), *rows, *row;
	size_t count, i;

	*deepest = 0;
	rows = json_object_get(answer, key);
	count = json_array_size(rows);
	json_array_foreach(rows, i, row)
	{
		json_int_t level =
			json_integer_value(json_object_get(row, "level"));

		*deepest = level > *deepest ? level : *deepest;
	}
	json_decref(answer);
	return count;
}

static void check_depth(pid_t pid)
{
	json_int_t one, three;
	size_t few = levels(pid, "refs {} main.users --out --json", "outgoing",
			    &one);
	size_t more = levels(pid, "refs {} main.users --out --depth 3 --json",
			     "outgoing", &three);
	CLEANUP(free_cleanup) char *text = NULL;
	json_t *answer;

	assert_int_equal(few, 1);
	assert_int_equal(one, 0);
	assert_true(more >= 3);
	assert_int_equal(three, 2);
	/* variable, service, map: the path has two objects */
	answer = ask(pid, "refs {} \"(*main.service).Index\" --json --depth 2");
	assert_int_equal(json_array_size(json_object_get(answer, "paths")), 1);
	json_decref(answer);
	answer = ask(pid, "refs {} \"(*main.service).Index\" --json --depth 1");
	assert_int_equal(json_array_size(json_object_get(answer, "paths")), 0);
	json_decref(answer);
	text = say(pid, "refs {} \"(*main.service).Index\" --pprof p.pb.gz "
			"--force");
	assert_non_null(strstr(text, "p.pb.gz: 1 path; go tool pprof"));
}

/** How often @p line is a whole line of @p text. */
static unsigned lines_like(const char *text, const char *line)
{
	size_t n = strlen(line);
	unsigned count = 0;
	const char *p;

	for (p = text; (p = strstr(p, line)); p++)
		count += (p == text || p[-1] == '\n') && p[n] == '\n';
	return count;
}

/*
 * The tree has two halves of the same size, the other node four parts; a list
 * of ten thousand hangs on its first. Nothing hangs on the single object.
 */
static void check_points(pid_t pid)
{
	CLEANUP(free_cleanup)
	char *text = say(pid, "retained {} --csv --threshold 0 --columns "
			      "bytes,retained,type,point");

	assert_int_equal(lines_like(text, "128,2432,main.node,<<"), 1);
	assert_true(lines_like(text, "128,448,main.node,<<") >= 1);
	assert_int_equal(lines_like(text, "128,2432,main.node,"), 0);
	assert_true(lines_like(text, "64,64,main.leaf,") >= 1);
	assert_int_equal(lines_like(text, "64,64,main.leaf,<<"), 0);
}

static void accumulation_points_are_marked(void **state)
{
	(void)state;
	on_both("graph", check_points);
}

static void references_come_in_as_many_levels_as_asked(void **state)
{
	(void)state;
	on_both("holders", check_depth);
}

/* What a skipped top dominates takes its place. */
static void check_skip(pid_t pid)
{
	json_t *answer = ask(pid, "retained {} --skip ^map --json"), *row;
	bool wide = false;
	size_t i;

	json_array_foreach(json_object_get(answer, "retained"), i, row)
	{
		const char *type =
			json_string_value(json_object_get(row, "type"));

		assert_false(type && !strncmp(type, "map", 3));
		wide |= type && !strcmp(type, "main.wide");
	}
	json_decref(answer);
	answer = ask(pid, "retained {} --skip ^map --threshold 100 --json");
	json_array_foreach(json_object_get(answer, "retained"), i, row)
	{
		const char *type =
			json_string_value(json_object_get(row, "type"));

		wide |= type && !strcmp(type, "main.wide");
	}
	json_decref(answer);
	/* Keys of a map, too large to be in it. */
	assert_true(wide);
	answer = ask(pid, "retained {} --skip std --json");
	json_array_foreach(json_object_get(answer, "retained"), i, row)
	{
		const char *type =
			json_string_value(json_object_get(row, "type"));

		assert_false(type && !strncmp(type, "runtime.", 8));
	}
	assert_true(i > 10);
	json_decref(answer);
}

static void dominators_of_skipped_types_give_way(void **state)
{
	(void)state;
	on_both("holders", check_skip);
}

static char *doctor(const char *path, int expected)
{
	char *out = NULL;

	assert_int_equal(program_run("doctor {}", path, &out), expected);
	return out;
}

static void a_binary_says_what_can_be_shown(void **state)
{
	CLEANUP(free_cleanup) char *path = go_target_newest("heapprof");
	CLEANUP(free_cleanup) char *classic = go_target_newest_classic("again");
	CLEANUP(free_cleanup)
	char *bare = xasprintf("%.*s/stacks-1.26-stripped",
			       (int)(strrchr(path, '/') - path), path);
	CLEANUP(free_cleanup) char *profiled = doctor(path, 0);
	CLEANUP(free_cleanup) char *plain = doctor(classic, 0);
	CLEANUP(free_cleanup) char *stripped = doctor(bare, 1);

	(void)state;
	assert_non_null(strstr(profiled, "swiss maps"));
	assert_non_null(strstr(profiled, "DWARF 5"));
	assert_non_null(strstr(profiled, "the program keeps one"));
	assert_non_null(strstr(profiled, "GOARCH=amd64"));
	assert_non_null(strstr(plain, "classic maps"));
	assert_non_null(strstr(plain, "DWARF 4"));
	assert_non_null(strstr(plain, "the linker switched it off"));
	assert_non_null(strstr(stripped, "has no debug information"));
	assert_non_null(strstr(stripped, "maps found by shape"));
	free(doctor("/bin/ls", 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			goroutines_of_a_channel_are_those_that_wait_on_it),
		cmocka_unit_test(accumulation_points_are_marked),
		cmocka_unit_test(references_come_in_as_many_levels_as_asked),
		cmocka_unit_test(dominators_of_skipped_types_give_way),
		cmocka_unit_test(a_binary_says_what_can_be_shown),
	};

	return cmocka_run_group_tests(tests, program_set_up, program_tear_down);
}
