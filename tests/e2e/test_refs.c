/*
 * Objects in known shapes: what mapscope says of their types, sizes, retained
 * sizes and paths is compared with what the target says. Targets are
 * $MAPSCOPE_TARGETS/graph-VERSION.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "tests/support/answer.h"
#include "tests/support/program.h"
#include "tests/support/target.h"

static unsigned differs(const char *path, json_t *ask, const char *field,
			json_t *got)
{
	json_t *want = json_object_get(ask, field);
	char *a, *b;

	if (json_equal(want, got))
		return 0;
	a = json_dumps(want, JSON_ENCODE_ANY);
	b = got ? json_dumps(got, JSON_ENCODE_ANY) : NULL;
	fprintf(stderr, "%s: %s: %s is %s, mapscope says %s\n", path,
		json_string_value(json_object_get(ask, "what")), field, a,
		b ? b : "nothing");
	free(a);
	free(b);
	return 1;
}

static unsigned check_retained(const char *path, pid_t pid, json_t *ask)
{
	json_t *answer =
		answer_to("retained %d %s --json", (int)pid,
			  json_string_value(json_object_get(ask, "addr")));
	json_t *row = json_array_get(json_object_get(answer, "retained"), 0);
	unsigned wrong = 0;

	wrong += differs(path, ask, "bytes",
			 json_object_get(row, "shallow_bytes"));
	wrong += differs(path, ask, "retained",
			 json_object_get(row, "retained_bytes"));
	wrong += differs(path, ask, "objects",
			 json_object_get(row, "dominated"));
	if (*json_string_value(json_object_get(ask, "type")) &&
	    strcmp(json_string_value(json_object_get(ask, "what")), "parked"))
		wrong += differs(path, ask, "type",
				 json_object_get(row, "type"));
	json_decref(answer);
	return wrong;
}

/* The target's form of a path: the steps that have a text, and an end. */
static json_t *short_path(json_t *path)
{
	json_t *root = json_object_get(path, "root"), *step;
	json_t *steps = json_array();
	size_t i;

	json_array_foreach(json_object_get(path, "steps"), i, step)
	{
		json_t *field = json_object_get(step, "field");

		if (json_is_string(field))
			json_array_append(steps, field);
	}
	json_array_append_new(steps, json_pack("s", ""));
	return json_pack("{s:O,s:O,s:o}", "kind", json_object_get(root, "kind"),
			 "name", json_object_get(root, "name"), "steps", steps);
}

static unsigned check_paths(const char *path, json_t *ask, json_t *answer)
{
	json_t *paths = json_object_get(answer, "paths"), *one;
	json_t *got = json_array();
	unsigned wrong;
	size_t i;

	json_array_foreach(paths, i, one)
		json_array_append_new(got, short_path(one));
	wrong = differs(path, ask, "paths", got);
	json_decref(got);
	return wrong;
}

/* A pointer that only a waiting goroutine holds. */
static unsigned check_parked(const char *path, json_t *answer)
{
	json_t *root = json_object_get(
		json_array_get(json_object_get(answer, "paths"), 0), "root");
	const char *function =
		json_string_value(json_object_get(root, "function"));
	const char *kind = json_string_value(json_object_get(root, "kind"));

	if (kind && !strcmp(kind, "stack") && function &&
	    !strcmp(function, "main.park") &&
	    json_integer_value(json_object_get(root, "goroutine")) > 0)
		return 0;
	fprintf(stderr, "%s: the parked leaf is held by %s %s\n", path,
		kind ? kind : "?", function ? function : "?");
	return 1;
}

static unsigned check_refs(const char *path, pid_t pid, json_t *ask)
{
	json_t *answer =
		answer_to("refs %d %s --json", (int)pid,
			  json_string_value(json_object_get(ask, "addr")));
	unsigned wrong = 0;

	if (!json_integer_value(json_object_get(ask, "strong"))) {
		wrong = check_parked(path, answer);
		json_decref(answer);
		return wrong;
	}
	wrong +=
		differs(path, ask, "strong", json_object_get(answer, "strong"));
	wrong += differs(
		path, ask, "holders",
		json_object_get(json_object_get(answer, "object"), "holders"));
	if (json_is_array(json_object_get(ask, "paths")))
		wrong += check_paths(path, ask, answer);
	json_decref(answer);
	return wrong;
}

/* A map is listed even if nothing tells its type. */
static unsigned check_map(const char *path, pid_t pid, json_t *ask)
{
	json_t *answer, *row;
	unsigned found = 0;
	size_t i;

	if (strcmp(json_string_value(json_object_get(ask, "what")),
		   "unnamed map") != 0)
		return 0;
	answer =
		answer_to("%s %d %s --json", "maps --group none", (int)pid, "");
	json_array_foreach(json_object_get(answer, "maps"), i, row)
	{
		if (json_equal(json_object_get(row, "addr"),
			       json_object_get(ask, "addr")))
			found++;
	}
	json_decref(answer);
	if (found == 1)
		return 0;
	fprintf(stderr, "%s: the unnamed map %s is listed %u times\n", path,
		json_string_value(json_object_get(ask, "addr")), found);
	return 1;
}

static unsigned check_target(const char *path, void *arg)
{
	struct go_target target = {0};
	unsigned wrong = 0;
	json_t *asks, *ask;
	size_t i;

	(void)arg;
	assert_true(go_target_start(&target, path));
	asks = json_loads(target.truth, 0, NULL);
	assert_true(json_array_size(asks) >= 15);
	json_array_foreach(asks, i, ask)
	{
		wrong += check_retained(path, target.pid, ask);
		wrong += check_refs(path, target.pid, ask);
		wrong += check_map(path, target.pid, ask);
	}
	json_decref(asks);
	assert_true(go_target_is_free(target.pid));
	assert_int_equal(go_target_stop(&target), 0);
	return wrong;
}

static void retained_sizes_and_paths_are_those_of_the_target(void **state)
{
	(void)state;
	assert_int_equal(go_targets_check("graph", check_target, NULL), 0);
}

/* Both ends of the graph agree: what points out is what points in. */
static void references_in_and_out_agree(void **state)
{
	char *path = go_target_newest("graph");
	struct go_target target = {0};
	json_t *asks, *ask, *in, *out, *row;
	const char *addr, *holder;
	size_t found = 0, i;

	(void)state;
	assert_non_null(path);
	assert_true(go_target_start(&target, path));
	asks = json_loads(target.truth, 0, NULL);
	ask = json_array_get(asks, 1); /* the left half of the tree */
	addr = json_string_value(json_object_get(ask, "addr"));
	in = answer_to("%s %d %s --json", "refs --in", (int)target.pid, addr);
	row = json_array_get(json_object_get(in, "incoming"), 0);
	assert_string_equal(json_string_value(json_object_get(row, "field")),
			    ".left");
	holder = json_string_value(json_object_get(row, "holder"));
	out = answer_to("%s %d %s --json", "refs --out", (int)target.pid,
			holder);
	json_array_foreach(json_object_get(out, "outgoing"), i, row) found +=
		!strcmp(addr,
			json_string_value(json_object_get(row, "target")));
	assert_int_equal(found, 1);
	json_decref(in);
	json_decref(out);
	json_decref(asks);
	assert_int_equal(go_target_stop(&target), 0);
	free(path);
}

static int strong(json_t *answer)
{
	return (int)json_integer_value(json_object_get(answer, "strong"));
}

/* The address of what the target calls so. */
static const char *address_of(json_t *asks, const char *what)
{
	json_t *ask;
	size_t i;

	json_array_foreach(asks, i, ask)
	{
		if (!strcmp(json_string_value(json_object_get(ask, "what")),
			    what))
			return json_string_value(json_object_get(ask, "addr"));
	}
	fail_msg("no '%s'", what);
	return NULL;
}

static void paths_are_left_out_by_type_and_root(void **state)
{
	char *path = go_target_newest("graph"), line[4096];
	struct go_target target = {0};
	json_t *all, *less, *none, *asks;
	const char *addr;
	int code;
	FILE *f;

	(void)state;
	assert_non_null(path);
	assert_true(go_target_start(&target, path));
	asks = json_loads(target.truth, 0, NULL);
	addr = address_of(asks, "two roots");
	all = answer_to("%s %d %s --json", "refs", (int)target.pid, addr);
	less = answer_to("refs --exclude 'main\\.one' %d %s --json",
			 (int)target.pid, addr);
	none = answer_to("refs --exclude 'main\\.leaf' %d %s --json",
			 (int)target.pid, addr);
	assert_int_equal(strong(all), 2);
	assert_int_equal(json_integer_value(json_object_get(all, "ignored")),
			 0);
	assert_int_equal(strong(less), strong(all) - 1);
	assert_int_equal(json_integer_value(json_object_get(less, "ignored")),
			 1);
	assert_int_equal(strong(none), 0);
	json_decref(asks);
	json_decref(all);
	json_decref(less);
	json_decref(none);
	f = program_lines(&code, "%s refs %d main.one --dot -",
			  getenv("MAPSCOPE"), (int)target.pid);
	assert_int_equal(code, 0);
	assert_non_null(fgets(line, sizeof(line), f));
	assert_string_equal(line, "strict digraph refs {\n");
	while (fgets(line, sizeof(line), f))
		;
	assert_string_equal(line, "}\n");
	fclose(f);
	assert_int_equal(go_target_stop(&target), 0);
	free(path);
}

/* main.kept of holders has all that holds nothing. */
static void what_does_not_hold_is_told(const char *path, bool swiss)
{
	struct go_target target = {0};
	json_t *answer;

	assert_non_null(path);
	assert_true(go_target_start(&target, path));
	answer = answer_to("%s %d %s --json", "refs", (int)target.pid,
			   "main.kept");
	assert_true(json_is_true(json_object_get(answer, "finalizer")));
	assert_int_equal(json_is_true(json_object_get(answer, "weak_pointer")),
			 swiss);
	assert_int_equal(json_is_true(json_object_get(answer, "cleanup")),
			 swiss);
	json_decref(answer);
	answer = answer_to("%s %d %s --json", "refs", (int)target.pid,
			   "main.big");
	assert_false(json_is_true(json_object_get(answer, "finalizer")));
	json_decref(answer);
	assert_int_equal(go_target_stop(&target), 0);
}

static void weak_pointers_finalizers_and_cleanups_are_told(void **state)
{
	char *swiss = go_target_newest("holders");
	char *classic = go_target_newest_classic("holders");

	(void)state;
	what_does_not_hold_is_told(swiss, true);
	what_does_not_hold_is_told(classic, false);
	free(swiss);
	free(classic);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			retained_sizes_and_paths_are_those_of_the_target),
		cmocka_unit_test(references_in_and_out_agree),
		cmocka_unit_test(paths_are_left_out_by_type_and_root),
		cmocka_unit_test(
			weak_pointers_finalizers_and_cleanups_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
