/* Any number of threads finds the same, and says it in the same order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/xalloc.h"
#include "tests/support/program.h"
#include "tests/support/target.h"

enum { ROUNDS = 2 };

static char *ask(const char *question, unsigned threads)
{
	CLEANUP(free_cleanup)
	char *text = xasprintf("%s -n 100000 --threads %u", question, threads);
	char *answer;

	assert_int_equal(program_run(text, "t.msnap", &answer), 0);
	return answer;
}

static void assert_same(const char *question)
{
	CLEANUP(free_cleanup) char *first = ask(question, 1);
	unsigned threads, i;

	assert_true(strlen(first) > 100);
	for (i = 0; i < ROUNDS; i++) {
		for (threads = 2; threads <= 4; threads += 2) {
			CLEANUP(free_cleanup)
			char *other = ask(question, threads);

			if (strcmp(first, other) != 0)
				fail_msg("%s --threads %u", question, threads);
		}
	}
}

static void check(char *path)
{
	static const char *const questions[] = {
		"maps {} --group none",
		"types {}",
		"types {} --group package",
		"types {} --json",
		"retained {} --by type",
		"objects {}",
		"retained {}",
	};
	CLEANUP(free_cleanup) char *pid = NULL;
	struct go_target target;
	size_t i;

	assert_non_null(path);
	assert_true(go_target_start(&target, path));
	pid = xasprintf("%d", (int)target.pid);
	assert_true(program_ends("snapshot {} -o t.msnap --level full --force",
				 pid, 0));
	go_target_stop(&target);
	for (i = 0; i < ARRAY_LEN(questions); i++)
		assert_same(questions[i]);
	free(path);
}

static void swiss_answers_are_the_same_in_any_number_of_threads(void **state)
{
	(void)state;
	check(go_target_newest("ties"));
}

static void classic_answers_are_the_same_in_any_number_of_threads(void **state)
{
	(void)state;
	check(go_target_newest_classic("ties"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			swiss_answers_are_the_same_in_any_number_of_threads),
		cmocka_unit_test(
			classic_answers_are_the_same_in_any_number_of_threads),
	};

	return cmocka_run_group_tests(tests, program_set_up, program_tear_down);
}
