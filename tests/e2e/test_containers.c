/*
 * sync.Map, container/list and channels: what mapscope says of them is
 * compared with what the target says. Targets are
 * $MAPSCOPE_TARGETS/containers-VERSION.
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

#include "tests/support/answer.h"
#include "tests/support/target.h"

static bool agree(json_t *want, json_t *row)
{
	const char *field;
	json_t *value;

	json_object_foreach(want, field, value)
	{
		if (!json_equal(value, json_object_get(row, field)))
			return false;
	}
	return true;
}

static unsigned missing(const char *path, json_t *want, json_t *rows)
{
	unsigned found = 0;
	json_t *row;
	char *text;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		found += agree(want, row);
	}
	if (found == 1)
		return 0;
	text = json_dumps(want, 0);
	fprintf(stderr, "%s: %s is listed %u times\n", path, text, found);
	free(text);
	return 1;
}

static unsigned check_target(const char *path, void *arg)
{
	struct go_target target = {0};
	json_t *truth, *answer, *want;
	unsigned wrong = 0;
	size_t i;

	(void)arg;
	assert_true(go_target_start(&target, path));
	truth = json_loads(target.truth, 0, NULL);
	assert_int_equal(json_array_size(truth), 8);
	answer = answer_to("containers %d --json", (int)target.pid);
	json_array_foreach(truth, i, want)
	{
		wrong += missing(path, want,
				 json_object_get(answer, "containers"));
	}
	json_decref(truth);
	json_decref(answer);
	assert_int_equal(go_target_stop(&target), 0);
	return wrong;
}

static void containers_have_the_entries_of_the_target(void **state)
{
	(void)state;
	assert_int_equal(go_targets_check("containers", check_target, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(containers_have_the_entries_of_the_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
