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
#include <glob.h>
#include <jansson.h>

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

static unsigned check_target(const char *path)
{
	struct go_target target = {0};
	json_t *truth, *answer, *want;
	unsigned wrong = 0;
	char line[4096];
	size_t i;
	FILE *f;

	assert_true(go_target_start(&target, path));
	truth = json_loads(target.truth, 0, NULL);
	assert_int_equal(json_array_size(truth), 8);
	snprintf(line, sizeof(line), "%s containers %d --json",
		 getenv("MAPSCOPE"), (int)target.pid);
	f = popen(line, "r");
	assert_non_null(f);
	answer = json_loadf(f, 0, NULL);
	assert_int_equal(pclose(f), 0);
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
	char pattern[4096];
	unsigned wrong = 0;
	glob_t found;
	size_t i;

	(void)state;
	assert_non_null(getenv("MAPSCOPE_TARGETS"));
	snprintf(pattern, sizeof(pattern), "%s/containers-*",
		 getenv("MAPSCOPE_TARGETS"));
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc; i++)
		wrong += check_target(found.gl_pathv[i]);
	globfree(&found);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(containers_have_the_entries_of_the_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
