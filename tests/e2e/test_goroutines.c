/*
 * Goroutines, stacks and variables of frames as the commands tell them, on
 * $MAPSCOPE_TARGETS/values-VERSION of every release.
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
#include "tests/support/answer.h"
#include "tests/support/target.h"

struct run {
	const char *path;
	struct go_target target;
	unsigned wrong;
};

typedef void check_fn(struct run *run);

static int ask(const struct run *run, const char *verb, const char *flags,
	       json_t **answer)
{
	return answer_any(answer, "%s %d --json %s", verb, (int)run->target.pid,
			  flags);
}

static unsigned check_one(const char *path, void *arg)
{
	check_fn *const *check = arg;
	struct run run = {.path = path};

	assert_true(go_target_start(&run.target, run.path));
	(*check)(&run);
	assert_true(go_target_is_free(run.target.pid));
	assert_int_equal(go_target_stop(&run.target), 0);
	return run.wrong;
}

static void on_all(check_fn *check)
{
	assert_int_equal(go_targets_check("values", check_one, &check), 0);
}

static void wrong(struct run *run, const char *what, const char *got)
{
	print_message("%s: %s: got %s\n", run->path, what, got ? got : "none");
	run->wrong++;
}

static const char *text_of(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* "main.holdGeneric[go.shape.int]" or "[...]" is main.holdGeneric. */
static bool is_function(const char *name, const char *wanted)
{
	size_t n = strlen(wanted);

	return name && !strncmp(name, wanted, n) &&
	       (!name[n] || name[n] == '[');
}

static json_t *find_frame(json_t *frames, const char *function)
{
	json_t *frame;
	size_t i;

	json_array_foreach(frames, i,
			   frame) if (is_function(text_of(frame, "function"),
						  function)) return frame;
	return NULL;
}

/* The text of a variable, "" of a string's; NULL if it is not there. */
static const char *value_of(json_t *frame, const char *name, bool *absent_ret)
{
	json_t *variable;
	size_t i;

	json_array_foreach(json_object_get(frame, "variables"), i, variable)
	{
		json_t *value = json_object_get(variable, "value");

		if (strcmp(text_of(variable, "name"), name) != 0 ||
		    json_is_true(json_object_get(variable, "shadowed")))
			continue;
		*absent_ret = text_of(variable, "why") != NULL;
		return text_of(value, "text");
	}
	return NULL;
}

struct wanted {
	const char *function, *name, *text;
	bool always; /* else it may be optimized out */
};

static const struct wanted wanted[] = {
	{"main.holdArgs", "number", "14", false},
	{"main.holdArgs", "name", "argument", false},
	{"main.holdArgs", "total", "42", false},
	{"main.holdArgs", "label", "argument!", false},
	{"main.holdGeneric", "local", NULL, true},
	{"main.holdShadow", "x", "inner", true},
};

static void check_variable(struct run *run, json_t *frame,
			   const struct wanted *w, unsigned *seen)
{
	bool absent = false;
	const char *text = value_of(frame, w->name, &absent);
	char what[256];

	snprintf(what, sizeof(what), "%s of %s", w->name, w->function);
	/* What the compiler dropped altogether is not listed. */
	if (!w->always && (absent || !text))
		return;
	/* Both instances of the generic function. */
	if (!w->text && text &&
	    (!strcmp(text, "generic") || !strcmp(text, "4711")))
		(*seen)++;
	else if (!w->text || !text || strcmp(text, w->text) != 0)
		wrong(run, what, text);
	else
		(*seen)++;
}

static void check_goroutine(struct run *run, json_t *goroutine, unsigned *seen)
{
	json_t *answer = NULL, *frames;
	char flags[64];
	size_t i;

	snprintf(flags, sizeof(flags), "-g %lld -full",
		 (long long)json_integer_value(
			 json_object_get(goroutine, "id")));
	assert_int_equal(ask(run, "stack", flags, &answer), 0);
	frames = json_object_get(answer, "frames");
	for (i = 0; i < ARRAY_LEN(wanted); i++) {
		json_t *frame = find_frame(frames, wanted[i].function);

		if (frame)
			check_variable(run, frame, &wanted[i], seen);
	}
	json_decref(answer);
}

static void check_variables(struct run *run)
{
	json_t *answer = NULL, *goroutine;
	unsigned seen = 0, met = 0;
	size_t i;

	assert_int_equal(
		ask(run, "goroutines", "-with userloc main.hold", &answer), 0);
	json_array_foreach(json_object_get(answer, "goroutines"), i, goroutine)
	{
		met++;
		check_goroutine(run, goroutine, &seen);
	}
	json_decref(answer);
	/* One of them waits in a function that is inlined. */
	if (met < 5)
		wrong(run, "goroutines in main.hold*", "too few");
	if (seen < 4)
		wrong(run, "variables with a value", "too few");
}

static void check_list(struct run *run)
{
	json_t *answer = NULL, *goroutine, *stack, *label;
	unsigned inlined = 0;
	size_t maps = 0, i;

	assert_int_equal(ask(run, "goroutines", "-t 30 -with user", &answer),
			 0);
	json_array_foreach(json_object_get(answer, "goroutines"), i, goroutine)
	{
		stack = json_object_get(goroutine, "stack");
		inlined += json_is_true(json_object_get(
			find_frame(stack, "main.inlinee"), "inlined"));
		maps += json_array_size(json_object_get(goroutine, "maps"));
		if (json_integer_value(json_object_get(goroutine, "id")) != 1 &&
		    strcmp(text_of(goroutine, "wait_reason"), "chan receive"))
			wrong(run, "wait reason",
			      text_of(goroutine, "wait_reason"));
	}
	json_decref(answer);
	assert_int_equal(
		ask(run, "goroutines", "-with label job=indexer", &answer), 0);
	goroutine = json_array_get(json_object_get(answer, "goroutines"), 0);
	label = json_array_get(json_object_get(goroutine, "labels"), 0);
	if (!label)
		wrong(run, "labels", NULL);
	if (json_array_size(json_object_get(goroutine, "labels")) != 2 ||
	    json_array_size(json_object_get(goroutine, "maps")) != 1)
		wrong(run, "two labels and a map", "others");
	json_decref(answer);
	if (inlined != 1)
		wrong(run, "the inlined call", inlined ? "several" : NULL);
	if (!maps)
		wrong(run, "maps of goroutines", NULL);
}

static void check_globals(struct run *run)
{
	json_t *answer = NULL, *vars, *first;

	assert_int_equal(ask(run, "vars", "^main.seven$", &answer), 0);
	vars = json_object_get(answer, "vars");
	first = json_array_get(vars, 0);
	if (json_array_size(vars) != 1 ||
	    strcmp(text_of(json_object_get(first, "value"), "text"), "7"))
		wrong(run, "main.seven", "not 7");
	json_decref(answer);
	if (ask(run, "stack", "-g 987654321", &answer) != 8)
		wrong(run, "exit code of an unknown goroutine", "not 8");
	json_decref(answer);
	if (ask(run, "locals", "-g 1 -f 9999", &answer) != 8)
		wrong(run, "exit code of an unknown frame", "not 8");
	json_decref(answer);
	if (ask(run, "goroutines", "-nonsense", &answer) != 2)
		wrong(run, "exit code of an unknown flag", "not 2");
	json_decref(answer);
}

static void variables_of_frames_have_the_values_of_the_source(void **state)
{
	(void)state;
	on_all(check_variables);
}

static void goroutines_have_reasons_labels_and_maps(void **state)
{
	(void)state;
	on_all(check_list);
}

static void package_variables_and_errors_are_as_documented(void **state)
{
	(void)state;
	on_all(check_globals);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			variables_of_frames_have_the_values_of_the_source),
		cmocka_unit_test(goroutines_have_reasons_labels_and_maps),
		cmocka_unit_test(
			package_variables_and_errors_are_as_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
