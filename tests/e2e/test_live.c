/*
 * Every figure that mapscope tells about the maps of a real process is
 * compared with what the process says of itself. The targets were compiled by
 * tests/support/build_targets.sh into $MAPSCOPE_TARGETS; the program is
 * $MAPSCOPE.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>
#include <signal.h>

#include "tests/support/answer.h"
#include "tests/support/target.h"

struct target {
	struct go_target process;
	json_t *truth;
};

static void target_start(struct target *t, const char *path,
			 const char *argument)
{
	FILE *out;
	char *line = NULL;
	size_t room = 0;

	assert_true(go_target_spawn(&t->process, path, argument));
	out = t->process.out;
	assert_true(getline(&line, &room, out) > 0);
	t->truth = json_loads(line, JSON_ALLOW_NUL, NULL);
	assert_non_null(t->truth);
	assert_true(getline(&line, &room, out) > 0);
	assert_string_equal(line, "READY\n");
	free(line);
}

/* Ends the target the friendly way: it must still be able to run. */
static int target_stop(struct target *t)
{
	json_decref(t->truth);
	return go_target_stop(&t->process);
}

static json_t *find_map(json_t *answer, const char *addr)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(answer, "maps"), i, row)
	{
		const char *a = json_string_value(json_object_get(row, "addr"));

		if (a && !strcmp(a, addr))
			return row;
	}
	return NULL;
}

/* An array holds the answers that are equally right. */
static bool is_one_of(json_t *answers, json_t *have)
{
	json_t *answer;
	size_t i;

	json_array_foreach(answers, i, answer)
	{
		if (json_equal(answer, have))
			return true;
	}
	return false;
}

/* Says each difference; @p where names the map. */
static unsigned compare(const char *where, json_t *want, json_t *got)
{
	unsigned wrong = 0;
	const char *name;
	json_t *value;

	json_object_foreach(want, name, value)
	{
		json_t *have = json_object_get(got, name);

		if (!strcmp(name, "name") || !strcmp(name, "entries"))
			continue;
		if (!strcmp(name, "chain"))
			have = json_object_get(have, "max");
		if (json_is_object(value)) {
			wrong += compare(where, value, have);
			continue;
		}
		if (json_equal(value, have) || is_one_of(value, have))
			continue;
		wrong++;
		char *a = json_dumps(value, JSON_ENCODE_ANY);
		char *b = have ? json_dumps(have, JSON_ENCODE_ANY) : NULL;
		fprintf(stderr, "%s: %s is %s, mapscope says %s\n", where, name,
			a, b ? b : "nothing");
		free(a);
		free(b);
	}
	return wrong;
}

static void note_tested(json_t *truth)
{
	const char *path = getenv("MAPSCOPE_TESTED");
	FILE *f = path ? fopen(path, "a") : NULL;

	if (!f)
		return;
	fprintf(f, "%s %s\n", json_string_value(json_object_get(truth, "go")),
		json_string_value(json_object_get(truth, "impl")));
	fclose(f);
}

static unsigned check_target(const char *path, void *arg)
{
	struct target t;
	unsigned wrong = 0;
	json_t *answer, *want;
	char where[256];
	size_t i;

	(void)arg;
	target_start(&t, path, NULL);
	answer = answer_to("maps %d --group none --all --json",
			   (int)t.process.pid);
	json_array_foreach(json_object_get(t.truth, "maps"), i, want)
	{
		json_t *got = find_map(
			answer,
			json_string_value(json_object_get(want, "addr")));

		snprintf(where, sizeof(where), "%s, %s",
			 json_string_value(json_object_get(t.truth, "go")),
			 json_string_value(json_object_get(want, "name")));
		if (got) {
			wrong += compare(where, want, got);
		} else {
			fprintf(stderr, "%s: not found\n", where);
			wrong++;
		}
	}
	assert_true(i > 0);
	note_tested(t.truth);
	json_decref(answer);
	assert_int_equal(target_stop(&t), 0);
	return wrong;
}

static void maps_of_all_holders_agree_with_the_process(void **state)
{
	(void)state;
	assert_int_equal(go_targets_check("holders", check_target, NULL), 0);
}

static void maps_in_rare_states_agree_with_the_process(void **state)
{
	(void)state;
	assert_int_equal(go_targets_check("states", check_target, NULL), 0);
}

static void maps_in_misleading_places_agree_with_the_process(void **state)
{
	(void)state;
	assert_int_equal(go_targets_check("hidden", check_target, NULL), 0);
}

/* By entries, ascending; NULL: the code does not tell. */
static const char *const literal_types[] = {
	[0] = NULL, /* made without entries and hint */
	[1] = "map[string]bool",
	[2] = "map[main.droppedKey]string",
	[3] = NULL,
	[27] = "map[main.droppedKey]string",
};

static unsigned check_literals(const char *path, void *arg)
{
	struct target t;
	unsigned wrong = 0;
	json_t *answer, *row;
	size_t i;

	(void)arg;
	target_start(&t, path, NULL);
	answer = answer_to("maps %d --group none --json --filter "
			   "'owner~^main.init'",
			   (int)t.process.pid);
	json_array_foreach(json_object_get(answer, "maps"), i, row)
	{
		const char *owner =
			json_string_value(json_object_get(row, "owner"));
		const char *type =
			json_string_value(json_object_get(row, "type"));
		json_int_t n =
			json_integer_value(json_object_get(row, "count"));
		json_int_t live =
			json_integer_value(json_object_get(row, "live"));
		const char *want = n >= 0 && n < 28 ? literal_types[n] : NULL;

		if (!strcmp(owner, "main.init.(literal)") &&
		    !strcmp(type ? type : "", want ? want : "") &&
		    live == (type ? n : 0))
			continue;
		fprintf(stderr, "%s: %s %s of %d\n", path, owner,
			type ? type : "?", (int)n);
		wrong++;
	}
	wrong += i != 5;
	json_decref(answer);
	assert_int_equal(target_stop(&t), 0);
	return wrong;
}

static unsigned check_tries(const char *path, void *arg)
{
	struct target t;
	unsigned wrong = 0;
	json_int_t want;
	json_t *answer, *row;
	size_t i;

	(void)arg;
	target_start(&t, path, NULL);
	want = json_integer_value(json_object_get(t.truth, "tries"));
	answer = answer_to("maps %d --group none --json --filter "
			   "'type~^map.int32..main.trie$' -n 100000",
			   (int)t.process.pid);
	json_array_foreach(json_object_get(answer, "maps"), i, row)
	{
		json_t *count = json_object_get(row, "count");

		wrong += !json_integer_value(count) ||
			 !json_equal(count, json_object_get(row, "live"));
	}
	if ((json_int_t)i != want || wrong)
		fprintf(stderr, "%s: %zu of %d maps, %u wrong\n", path, i,
			(int)want, wrong);
	wrong += (json_int_t)i != want;
	json_decref(answer);
	answer = answer_to("maps %d --group none --json --filter "
			   "'owner~^main.names$ type~^map.string.int$'",
			   (int)t.process.pid);
	row = json_array_get(json_object_get(answer, "maps"), 0);
	if (json_integer_value(json_object_get(row, "live")) != 3) {
		fprintf(stderr, "%s: no main.names\n", path);
		wrong++;
	}
	json_decref(answer);
	assert_int_equal(target_stop(&t), 0);
	return wrong;
}

static void types_that_refer_to_themselves_need_no_debug_information(
	void **state)
{
	(void)state;
	assert_int_equal(go_targets_check("ties", check_tries, NULL), 0);
}

static void literals_without_a_variable_are_named_by_their_code(void **state)
{
	(void)state;
	assert_int_equal(go_targets_check("hidden", check_literals, NULL), 0);
}

static void maps_of_all_kinds_agree_with_the_process(void **state)
{
	(void)state;
	assert_int_equal(go_targets_check("kinds", check_target, NULL), 0);
}

static json_int_t nil_maps(const char *path, const char *how_many)
{
	struct target t;
	json_int_t n;
	json_t *answer;

	target_start(&t, path, how_many);
	answer = answer_to("stats %d --json", (int)t.process.pid);
	n = json_integer_value(
		json_object_get(json_object_get(answer, "stats"), "nil_maps"));
	json_decref(answer);
	assert_int_equal(target_stop(&t), 0);
	return n;
}

static void nil_maps_are_counted(void **state)
{
	char *path = go_target_newest("states");
	json_int_t before, after;

	(void)state;
	assert_non_null(path);
	before = nil_maps(path, "0");
	after = nil_maps(path, "1000");
	assert_int_equal(after - before, 1000);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_of_all_holders_agree_with_the_process),
		cmocka_unit_test(maps_in_rare_states_agree_with_the_process),
		cmocka_unit_test(
			maps_in_misleading_places_agree_with_the_process),
		cmocka_unit_test(maps_of_all_kinds_agree_with_the_process),
		cmocka_unit_test(
			literals_without_a_variable_are_named_by_their_code),
		cmocka_unit_test(
			types_that_refer_to_themselves_need_no_debug_information),
		cmocka_unit_test(nil_maps_are_counted),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
