/*
 * Deferred calls, on $MAPSCOPE_TARGETS/defers-VERSION of every release, whose
 * goroutines wait in functions with calls that are due.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/base/xalloc.h"
#include "tests/support/answer.h"
#include "tests/support/program.h"
#include "tests/support/target.h"

struct place {
	json_int_t goroutine;
	size_t frame;
};

static const char *text_of(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

/* The goroutine that has a frame of the function. */
static bool find_frame(const json_t *goroutines, const char *function,
		       struct place *ret)
{
	json_t *goroutine, *frame;
	size_t i, k;

	json_array_foreach(goroutines, i, goroutine)
	{
		json_array_foreach(json_object_get(goroutine, "stack"), k,
				   frame)
		{
			if (strcmp(text_of(frame, "function"), function) != 0)
				continue;
			ret->goroutine = json_integer_value(
				json_object_get(goroutine, "id"));
			ret->frame = k;
			return true;
		}
	}
	return false;
}

/* In `mixed` some are on the heap and some in the frame. */
static bool is_kind(const char *kind, const char *wanted, size_t at,
		    size_t count)
{
	if (!strcmp(wanted, "mixed"))
		wanted = !at || at == count - 1 ? "stack" : "heap";
	/* Behind those of the range is one of the function itself. */
	if (!strcmp(wanted, "range") && at == count - 1)
		wanted = "stack";
	return !strcmp(kind, wanted);
}

static unsigned check_calls(const json_t *truth, const char *key,
			    const json_t *deferred, const char *field)
{
	const json_t *names = json_object_get(truth, key);
	size_t count = json_array_size(names), i;
	unsigned wrong = 0;

	if (!json_is_array(names))
		return 0;
	if (json_array_size(deferred) != count) {
		print_message("%s: %zu calls, not %zu\n",
			      text_of(truth, "Function"),
			      json_array_size(deferred), count);
		return 1;
	}
	for (i = 0; i < count; i++) {
		const json_t *row = json_array_get(deferred, i);
		const char *name = json_string_value(json_array_get(names, i));

		if (!strcmp(text_of(row, field), name) &&
		    is_kind(text_of(row, "kind"), text_of(truth, "Kind"), i,
			    count))
			continue;
		print_message("%s: call %zu is %s %s, not %s\n",
			      text_of(truth, "Function"), i,
			      text_of(row, "kind"), text_of(row, field), name);
		wrong++;
	}
	return wrong;
}

static unsigned check_frame(const struct go_target *target, const json_t *truth,
			    const json_t *goroutines)
{
	const char *function = text_of(truth, "Function");
	const json_t *frame, *deferred;
	struct place place;
	unsigned wrong;
	json_t *answer;

	if (!find_frame(goroutines, function, &place)) {
		print_message("nobody is in %s\n", function);
		return 1;
	}
	answer = answer_to("stack %d -g %lld -defer --json", (int)target->pid,
			   (long long)place.goroutine);
	frame = json_array_get(json_object_get(answer, "frames"), place.frame);
	deferred = json_object_get(frame, "deferred");
	wrong = check_calls(truth, "Names", deferred, "function") +
		check_calls(truth, "Calls", deferred, "calls");
	if (!strcmp(text_of(truth, "Kind"), "none") &&
	    json_array_size(deferred)) {
		print_message("%s has deferred calls\n", function);
		wrong++;
	}
	json_decref(answer);
	return wrong;
}

static json_t *list_goroutines(const struct go_target *target)
{
	return answer_to("goroutines %d -with user -t 50 --json",
			 (int)target->pid);
}

static unsigned check_frames(const char *path, void *arg)
{
	json_t *truth, *answer, *one;
	struct go_target target;
	unsigned wrong = 0;
	size_t i;

	(void)arg;
	assert_true(go_target_start(&target, path));
	truth = json_loads(target.truth, 0, NULL);
	assert_true(json_array_size(truth) >= 10);
	answer = list_goroutines(&target);
	json_array_foreach(truth, i, one)
	{
		wrong += check_frame(&target, one,
				     json_object_get(answer, "goroutines"));
	}
	json_decref(answer);
	json_decref(truth);
	go_target_stop(&target);
	if (wrong)
		print_message("%s: %u wrong\n", path, wrong);
	return wrong;
}

static void calls_that_are_due_are_those_the_target_deferred(void **state)
{
	(void)state;
	assert_int_equal(go_targets_check("defers", check_frames, NULL), 0);
}

/* Runs the prompt's command in the frame of a function. */
static int run_in(const struct go_target *target, const char *function,
		  const char *command, char **out)
{
	json_t *answer = list_goroutines(target);
	struct place place;

	assert_true(find_frame(json_object_get(answer, "goroutines"), function,
			       &place));
	json_decref(answer);
	return program_shell(out,
			     "%s eval %d -e 'goroutine %lld frame %zu %s' 2>&1",
			     getenv("MAPSCOPE"), (int)target->pid,
			     (long long)place.goroutine, place.frame, command);
}

static void prints(const struct go_target *target, const char *function,
		   const char *command, int code, const char *wanted)
{
	CLEANUP(free_cleanup) char *out = NULL;
	int got = run_in(target, function, command, &out);

	if (got == code && strstr(out, wanted))
		return;
	fail_msg("%s: code %d: %s", command, got, out);
}

static void captured_variables_are_read_in_a_deferred_call(void **state)
{
	CLEANUP(free_cleanup) char *path = go_target_newest("defers");
	struct go_target target;

	(void)state;
	assert_non_null(path);
	assert_true(go_target_start(&target, path));
	prints(&target, "main.looped", "deferred 1 print number", 0, "30\n");
	prints(&target, "main.looped", "deferred 3 print number + 1", 0,
	       "11\n");
	prints(&target, "main.looped", "deferred 2 locals", 0, "number = 20\n");
	prints(&target, "main.looped", "deferred 1 args", 0, "(no args)\n");
	prints(&target, "main.looped", "deferred 1 whatis sink", 0, "int\n");
	prints(&target, "main.looped", "deferred 4 locals", 8,
	       "frame 4 has 3 deferred calls");
	prints(&target, "main.none", "deferred 1 locals", 8,
	       "0 deferred calls");
	prints(&target, "main.none", "deferred 0 locals", 2, "N from 1");
	prints(&target, "main.none", "deferred 1 maps", 2, "does nothing");
	go_target_stop(&target);
}

/* The classic family's compiler does not say where a closure keeps what. */
static void a_deferred_call_of_a_classic_release_has_its_package(void **state)
{
	CLEANUP(free_cleanup) char *path = go_target_newest_classic("defers");
	struct go_target target;

	(void)state;
	assert_non_null(path);
	assert_true(go_target_start(&target, path));
	prints(&target, "main.looped", "deferred 1 print never", 0, "false\n");
	go_target_stop(&target);
}

/* The runtime keeps those who started a goroutine only if it is told to. */
static void goroutines_that_started_one_are_shown_where_kept(void **state)
{
	CLEANUP(free_cleanup) char *path = go_target_newest("defers");
	struct go_target target;

	(void)state;
	assert_non_null(path);
	assert_true(go_target_start(&target, path));
	prints(&target, "main.none", "stack -a 1", 8,
	       "GODEBUG=tracebackancestors=N");
	go_target_stop(&target);
	setenv("GODEBUG", "tracebackancestors=5", 1);
	assert_true(go_target_start(&target, path));
	unsetenv("GODEBUG");
	prints(&target, "main.none", "stack -a 1", 0,
	       "Created by goroutine 1:\n     0  0x");
	prints(&target, "main.none", "stack -a 2 -adepth 5", 0, "in main.main");
	go_target_stop(&target);
}

static void flags_of_stack_are_delves(void **state)
{
	CLEANUP(free_cleanup) char *path = go_target_newest("defers");
	struct go_target target;

	(void)state;
	assert_non_null(path);
	assert_true(go_target_start(&target, path));
	prints(&target, "main.none", "stack 3 -mode simple", 0, "(truncated)");
	prints(&target, "main.none", "stack -mode fromg -offsets", 0, "cfa:");
	prints(&target, "main.none", "stack -mode odd", 2, "normal, simple");
	prints(&target, "main.none", "stack -a", 2, "-a needs a number");
	prints(&target, "main.none", "stack -x", 2, "stack has no");
	go_target_stop(&target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			calls_that_are_due_are_those_the_target_deferred),
		cmocka_unit_test(
			captured_variables_are_read_in_a_deferred_call),
		cmocka_unit_test(
			a_deferred_call_of_a_classic_release_has_its_package),
		cmocka_unit_test(
			goroutines_that_started_one_are_shown_where_kept),
		cmocka_unit_test(flags_of_stack_are_delves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
