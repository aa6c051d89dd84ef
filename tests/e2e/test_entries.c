/*
 * The entries of maps with keys and elements of every kind are those that the
 * process itself prints. Targets are $MAPSCOPE_TARGETS/kinds-VERSION.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/base/buf.h"
#include "core/base/xalloc.h"
#include "tests/support/answer.h"
#include "tests/support/target.h"

static void flatten(struct buf *out, const json_t *value);

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* A string may hold a NUL. */
static void add_text(struct buf *out, const json_t *string)
{
	const char *s = json_string_value(string);
	size_t len = json_string_length(string), i;

	for (i = 0; i < len; i++) {
		if (s[i])
			buf_addc(out, s[i]);
		else
			buf_adds(out, "\\0");
	}
}

static void flatten_list(struct buf *out, const json_t *list)
{
	const json_t *item;
	size_t i;

	buf_addc(out, '[');
	json_array_foreach(list, i, item)
	{
		buf_adds(out, i ? ", " : "");
		flatten(out, item);
	}
	buf_addc(out, ']');
}

static void flatten_fields(struct buf *out, const json_t *fields)
{
	const json_t *field;
	size_t i;

	buf_addc(out, '{');
	json_array_foreach(fields, i, field)
	{
		buf_printf(out, "%s%s: ", i ? ", " : "",
			   text_of(field, "name"));
		flatten(out, json_object_get(field, "value"));
	}
	buf_addc(out, '}');
}

static void flatten_pointer(struct buf *out, const json_t *value)
{
	const json_t *pointee = json_object_get(value, "value");

	if (pointee) {
		buf_addc(out, '&');
		flatten(out, pointee);
		return;
	}
	buf_adds(out, text_of(value, "addr") ? text_of(value, "addr") : "nil");
}

static void flatten_dynamic(struct buf *out, const json_t *dynamic)
{
	if (json_is_null(dynamic)) {
		buf_adds(out, "nil");
		return;
	}
	buf_printf(out, "(%s)", text_of(dynamic, "type"));
	flatten(out, dynamic);
}

/* The words of tests/targets/truth.go. */
static void flatten(struct buf *out, const json_t *value)
{
	if (text_of(value, "text"))
		add_text(out, json_object_get(value, "text"));
	else if (text_of(value, "b64"))
		buf_printf(out, "base64 %s", text_of(value, "b64"));
	else if (json_object_get(value, "elements"))
		flatten_list(out, json_object_get(value, "elements"));
	else if (json_object_get(value, "fields"))
		flatten_fields(out, json_object_get(value, "fields"));
	else if (json_object_get(value, "addr"))
		flatten_pointer(out, value);
	else if (json_object_get(value, "dynamic"))
		flatten_dynamic(out, json_object_get(value, "dynamic"));
	else if (json_object_get(value, "len"))
		buf_printf(out, "len %lld",
			   json_integer_value(json_object_get(value, "len")));
	else
		buf_adds(out, "{...}");
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Both are sorted here: NUL sorts otherwise than what stands for it. */
static char **wanted_texts(const json_t *list)
{
	char **texts = xcalloc(json_array_size(list) + 1, sizeof(*texts));
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		CLEANUP(buf_deinit) struct buf text = {0};

		add_text(&text, item);
		texts[i] = xstrdup(buf_str(&text));
	}
	qsort(texts, i, sizeof(*texts), compare_texts);
	return texts;
}

static void free_texts(char **texts)
{
	size_t i;

	for (i = 0; texts[i]; i++)
		free(texts[i]);
	free(texts);
}

/* "key = value" of each entry, sorted; the caller frees. */
static char **entry_texts(const json_t *entries)
{
	char **texts = xcalloc(json_array_size(entries) + 1, sizeof(*texts));
	const json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		CLEANUP(buf_deinit) struct buf text = {0};

		flatten(&text, json_object_get(entry, "key"));
		buf_adds(&text, " = ");
		flatten(&text, json_object_get(entry, "value"));
		texts[i] = xstrdup(buf_str(&text));
	}
	qsort(texts, i, sizeof(*texts), compare_texts);
	return texts;
}

static unsigned compare_entries(const char *where, const json_t *want,
				const json_t *answer)
{
	const json_t *entries = json_object_get(answer, "entries");
	char **got = entry_texts(entries), **is = wanted_texts(want);
	unsigned wrong = json_array_size(want) != json_array_size(entries);
	size_t i;

	if (wrong)
		fprintf(stderr, "%s: %zu entries instead of %zu\n", where,
			json_array_size(entries), json_array_size(want));
	for (i = 0; is[i]; i++) {
		if (got[i] && !strcmp(is[i], got[i]))
			continue;
		fprintf(stderr, "%s: is      %s\n", where, is[i]);
		fprintf(stderr, "%s: we said %s\n", where,
			got[i] ? got[i] : "nothing");
		wrong++;
	}
	free_texts(got);
	free_texts(is);
	return wrong;
}

static unsigned check_target(const char *path, void *arg)
{
	struct go_target target;
	json_t *truth, *map;
	unsigned wrong = 0;
	size_t i;

	(void)arg;
	assert_true(go_target_start(&target, path));
	truth = json_loads(target.truth, JSON_ALLOW_NUL, NULL);
	assert_non_null(truth);
	json_array_foreach(json_object_get(truth, "maps"), i, map)
	{
		json_t *answer =
			answer_to("entries %d %s --json --limit 1000",
				  (int)target.pid, text_of(map, "addr"));
		CLEANUP(free_cleanup)
		char *where = xasprintf("%s, %s", strrchr(path, '/') + 1,
					text_of(map, "name"));

		wrong += compare_entries(where, json_object_get(map, "entries"),
					 answer);
		json_decref(answer);
	}
	assert_true(i > 50);
	json_decref(truth);
	assert_int_equal(go_target_stop(&target), 0);
	return wrong;
}

static void entries_are_those_that_the_process_prints(void **state)
{
	(void)state;
	assert_int_equal(go_targets_check("kinds", check_target, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_those_that_the_process_prints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
