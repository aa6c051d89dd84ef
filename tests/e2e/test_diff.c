/* Two moments of a process whose maps change as the target says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <glob.h>
#include <jansson.h>

#include "core/base/xalloc.h"
#include "tests/support/answer.h"
#include "tests/support/program.h"
#include "tests/support/target.h"

static json_t *row_of(const json_t *answer, const char *owner)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(answer, "rows"), i,
			   row) if (!strcmp(owner,
					    json_string_value(json_object_get(
						    row, "owner")))) return row;
	return NULL;
}

static json_int_t number(const json_t *row, const char *key)
{
	json_t *value = json_object_get(row, key);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

static void expect_state(const json_t *answer, const char *owner,
			 const char *state, json_int_t entries)
{
	json_t *row = row_of(answer, owner);

	if (!row)
		print_message("no row for %s\n", owner);
	assert_non_null(row);
	assert_string_equal(json_string_value(json_object_get(row, "state")),
			    state);
	assert_int_equal(number(row, "d_entries"), entries);
}

static bool verdict_has(const json_t *answer, const char *words)
{
	json_t *sentence;
	size_t i;

	json_array_foreach(json_object_get(answer, "verdict"), i,
			   sentence) if (strstr(json_string_value(sentence),
						words)) return true;
	return false;
}

static void check(const json_t *d)
{
	const json_t *churned = row_of(d, "main.cache"), *place;

	expect_state(d, "main.sessions", "grew", 5000);
	expect_state(d, "(*main.session).Attrs", "grew", 5000);
	expect_state(d, "main.cache", "churned", -18000);
	expect_state(d, "main.late", "new", 3000);
	expect_state(d, "main.early", "gone", -2000);
	assert_null(row_of(d, "main.steady"));
	assert_int_equal(number(churned, "d_storage"), 0);
	assert_true(json_real_value(json_object_get(churned, "d_load")) < -0.3);
	assert_int_equal(number(row_of(d, "main.sessions"), "matched"), 1);
	assert_int_equal(number(row_of(d, "(*main.session).Attrs"), "new"),
			 5000);
	assert_true(verdict_has(d, "LEAK PATTERN: main.sessions"));
	assert_true(verdict_has(d, "CHURN: main.cache"));
	assert_true(verdict_has(d, "NEW: main.late"));
	assert_true(verdict_has(d, "GONE: main.early"));
	assert_int_equal(number(json_object_get(d, "totals"), "d_goroutines"),
			 7);
	place = json_array_get(json_object_get(d, "goroutines"), 0);
	assert_int_equal(number(place, "d_count"), 7);
}

static void check_codes(const char *pid)
{
	assert_true(program_ends("diff a.msnap {} --fail-on 'dstorage>1K'", pid,
				 10));
	assert_true(program_ends("diff a.msnap {} --fail-on 'dstorage>1G'", pid,
				 0));
	assert_true(program_ends("diff a.msnap {} --only none", pid, 2));
	assert_true(program_ends("diff a.msnap", pid, 2));
	assert_true(program_ends("diff a.msnap {} --only new --csv", pid, 0));
}

static void check_one(const char *path)
{
	struct go_target target;
	char pid[32], line[16];
	json_t *d, *same;

	assert_true(go_target_start(&target, path));
	snprintf(pid, sizeof(pid), "%d", (int)target.pid);
	assert_true(program_ends("snapshot {} -o a.msnap --force", pid, 0));
	assert_int_equal(write(target.in, "\n", 1), 1);
	assert_non_null(fgets(line, sizeof(line), target.out));
	usleep(100000);
	assert_true(program_ends("snapshot {} -o b.msnap --level full "
				 "--force",
				 pid, 0));
	d = answer_of("diff a.msnap b.msnap --json", "");
	check(d);
	json_decref(d);
	d = answer_of("diff a.msnap {} --json", pid);
	check(d);
	json_decref(d);
	d = answer_of("diff a.msnap b.msnap --json --group none", "");
	expect_state(d, "main.cache", "churned", -18000);
	expect_state(d, "main.late", "new", 3000);
	json_decref(d);
	same = answer_of("diff b.msnap b.msnap --json", "");
	assert_int_equal(json_array_size(json_object_get(same, "rows")), 0);
	json_decref(same);
	check_codes(pid);
	assert_int_equal(go_target_stop(&target), 0);
}

static void a_diff_says_what_the_target_did(void **state)
{
	CLEANUP(free_cleanup)
	char *pattern = xasprintf("%s/leak-*", getenv("MAPSCOPE_TARGETS"));
	glob_t found;

	(void)state;
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	/* Of both families. */
	check_one(found.gl_pathv[0]);
	if (found.gl_pathc > 1)
		check_one(found.gl_pathv[found.gl_pathc - 1]);
	globfree(&found);
}

/* Addresses of another process mean nothing. */
static void processes_are_compared_by_name(void **state)
{
	CLEANUP(free_cleanup) char *path = go_target_newest("leak");
	struct go_target a, b;
	char pid[32];
	json_t *d;

	(void)state;
	assert_true(go_target_start(&a, path));
	assert_true(go_target_start(&b, path));
	snprintf(pid, sizeof(pid), "%d", (int)a.pid);
	assert_true(program_ends("snapshot {} -o one.msnap", pid, 0));
	snprintf(pid, sizeof(pid), "%d", (int)b.pid);
	d = answer_of(
		"diff one.msnap {} --json --only same,grew,shrank,churned",
		pid);
	assert_true(json_is_false(json_object_get(d, "same_process")));
	expect_state(d, "main.sessions", "same", 0);
	assert_true(json_is_null(
		json_object_get(row_of(d, "main.sessions"), "matched")));
	json_decref(d);
	assert_true(program_ends("diff one.msnap {} --group none", pid, 2));
	assert_int_equal(go_target_stop(&a), 0);
	assert_int_equal(go_target_stop(&b), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_diff_says_what_the_target_did),
		cmocka_unit_test(processes_are_compared_by_name),
	};

	return cmocka_run_group_tests(tests, program_set_up, program_tear_down);
}
