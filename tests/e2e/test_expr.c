/*
 * Expressions on real processes: what they give is compared with what the
 * target prints of itself. Targets are $MAPSCOPE_TARGETS/values-VERSION.
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
#include "core/base/buf.h"
#include "core/session/expr.h"
#include "tests/support/target.h"

enum { EXPRESSIONS = 150 };

struct run {
	const char *path;
	struct go_target target;
	struct session *session;
	struct expr_context *context;
	unsigned wrong;
};

typedef void check_fn(struct run *run);

static unsigned check_one(const char *path, void *arg)
{
	check_fn *const *check = arg;
	struct session_options options = session_options_default();
	struct run run = {.path = path};

	assert_true(go_target_start(&run.target, run.path));
	assert_null(session_open_live(run.target.pid, &options, NULL,
				      &run.session));
	run.context = expr_context_new(run.session, UINT32_MAX, 0);
	(*check)(&run);
	expr_context_free(run.context);
	session_free(run.session);
	assert_int_equal(go_target_stop(&run.target), 0);
	return run.wrong;
}

static void on_all(check_fn *check)
{
	assert_int_equal(go_targets_check("values", check_one, &check), 0);
}

/* The value's text, or the error's message in brackets. */
static void evaluate(struct run *run, const char *text, struct buf *out)
{
	const struct print_limits limits = print_limits_default();
	struct expr_value value;
	struct error *err = expr_eval(run->context, text, &value);

	if (err)
		buf_printf(out, "<%s>", err->message);
	else
		expr_text(run->context, &value, &limits, out);
	error_free(err);
}

static void expect(struct run *run, const char *text, const char *want)
{
	CLEANUP(buf_deinit) struct buf got = {0};

	evaluate(run, text, &got);
	if (!strcmp(buf_str(&got), want))
		return;
	print_message("%s: %s: is %s, got %s\n", run->path, text, want,
		      buf_str(&got));
	run->wrong++;
}

static void check_table(struct run *run)
{
	json_t *truth = json_loads(run->target.truth, 0, NULL), *line;
	size_t i;

	assert_non_null(truth);
	json_array_foreach(truth, i, line)
		expect(run, json_string_value(json_object_get(line, "expr")),
		       json_string_value(json_object_get(line, "want")));
	assert_true(i >= EXPRESSIONS);
	json_decref(truth);
}

/* Each ends in a message, never in a value. */
static const struct {
	const char *text, *part;
} bad[] = {
	{"", "ends where a value"},
	{"main.", "ends where a name"},
	{"main.item.", "ends where a name"},
	{"(", "ends where a value"},
	{"(1", "ends where ')'"},
	{"1 +", "ends where a value"},
	{"1 1", "where the end"},
	{"main.slice[", "ends where a value"},
	{"main.slice[1", "ends where ']'"},
	{"\"open", "not closed"},
	{"'a", "not closed"},
	{"\"\\q\"", "bad escape"},
	{"#", "means nothing"},
	{"0x", "no number"},
	{"0b2", "no number"},
	{"99999999999999999999999", "no number of 64 bits"},
	{"main.nosuch", "no variable 'main.nosuch'"},
	{"nosuch.x", "no variable 'nosuch.x'"},
	{"nosuch", "no variable 'nosuch'"},
	{"main.item.Nosuch", "has no field 'Nosuch'"},
	{"main.seven.x", "int is no struct"},
	{"*main.seven", "int is no pointer"},
	{"*main.nilItem", "nil pointer"},
	{"main.nilItem.ID", "nil pointer"},
	{"main.nilShape.Side", "interface is nil"},
	{"main.slice[10]", "index 10"},
	{"main.slice[-1]", "out of range"},
	{"main.slice[\"a\"]", "no integer"},
	{"main.slice[5:2]", "out of range"},
	{"main.slice[0:99]", "out of range"},
	{"main.text[99]", "index 99"},
	{"main.matrix[2]", "index 2"},
	{"main.cache[\"nosuch\"]", "no such key"},
	{"main.cache[1]", "constant is no string"},
	{"main.nilMap[\"a\"]", "map is nil"},
	{"main.seven[0]", "has no elements"},
	{"main.item.Any.(main.Square)", "holds main.Point, not main.Square"},
	{"main.item.Any.(main.Nosuch)", "no type"},
	{"main.seven.(int)", "no interface"},
	{"len(main.seven)", "has no length"},
	{"cap(main.text)", "no capacity"},
	{"len()", "takes one argument"},
	{"len(main.text, 1)", "takes one argument"},
	{"main.table()", "functions are not called"},
	{"main.seven / 0", "division by zero"},
	{"1 / 0", "division by zero"},
	{"1 % 0", "division by zero"},
	{"main.seven + main.text", "'+' of int and string"},
	{"main.seven + main.color", "'+' of int and main.Color"},
	{"main.text - \"a\"", "not defined"},
	{"!main.seven", "no bool"},
	{"-main.text", "not defined"},
	{"main.seven && true", "no bool"},
	{"main.slice == main.slice", "compared with nil"},
	{"main.item.U8 + 300", "cannot hold"},
	{"uint8(300)", "cannot hold"},
	{"main.seven + 1.5", "no integer"},
	{"main.seven == nil", "cannot be nil"},
	{"&1", "no address"},
	{"&main.cache[\"id-1\"]", "no address"},
	{"*(*int)(0)", "nil pointer"},
	{"*(*int)(8)", "cannot read"},
	{"(*main.Item)(0x10).ID", "cannot read"},
	{"(*main.Nosuch)(0x10)", "no type"},
	{"main.Point", "no variable"},
	{"[]int", "is a type"},
	{"1 << -1", "negative"},
	{"18446744073709551615 + 1", "64 bits"},
	{"nil == nil", "never nil"},
	{"main.item(1)", "no type"},
	{"main.structs[0].X.Y", "no struct"},
};

static void check_bad(struct run *run)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(bad); i++) {
		CLEANUP(buf_deinit) struct buf got = {0};

		evaluate(run, bad[i].text, &got);
		if (*buf_str(&got) == '<' && strstr(buf_str(&got), bad[i].part))
			continue;
		print_message("%s: '%s': wanted '%s', got %s\n", run->path,
			      bad[i].text, bad[i].part, buf_str(&got));
		run->wrong++;
	}
}

/* Long, deep, cyclic: all of it ends soon. */
static void check_deep(struct run *run)
{
	struct print_limits limits = {
		.depth = 100000, .elements = 1000000, .string = 1000000};
	static const char *const endless[] = {
		"main.list", "main.cycle", "main.loop",	  "main.selfish",
		"main.item", "main.cache", "main.numbers"};
	CLEANUP(buf_deinit) struct buf chain = {0}, got = {0};
	struct expr_value value;
	size_t i;

	for (i = 0; i < ARRAY_LEN(endless); i++) {
		CLEANUP(buf_deinit) struct buf text = {0}, json = {0};

		assert_null(expr_eval(run->context, endless[i], &value));
		expr_text(run->context, &value, &limits, &text);
		expr_json(run->context, &value, &limits, &json);
		assert_true(text.len > 10 && text.len < 1 << 24);
		assert_true(json.len > 10 && json.len < 1 << 26);
	}
	buf_adds(&chain, "main.list");
	for (i = 0; i < 4000; i++)
		buf_adds(&chain, ".Next");
	buf_adds(&chain, ".Value");
	expect(run, buf_str(&chain), "5999");
	for (i = 0; i < 7000; i++)
		buf_adds(&chain, ".Next");
	evaluate(run, buf_str(&chain), &got);
	assert_non_null(strstr(buf_str(&got), "too long"));
	buf_clear(&chain);
	buf_clear(&got);
	for (i = 0; i < 9000; i++)
		buf_addc(&chain, i % 3 ? '(' : '-');
	evaluate(run, buf_str(&chain), &got);
	assert_non_null(strstr(buf_str(&got), "too deep"));
}

static unsigned count_text(const char *text, const char *part)
{
	unsigned n = 0;

	for (; (text = strstr(text, part)); text++)
		n++;
	return n;
}

static void check_entries(struct run *run)
{
	CLEANUP(buf_deinit) struct buf all = {0}, page = {0};

	evaluate(run, "main.numbers[:]", &all);
	assert_int_equal(count_text(buf_str(&all), ": "), 5000);
	evaluate(run, "main.numbers[64:128]", &page);
	assert_int_equal(count_text(buf_str(&page), ": "), 64);
	expect(run, "main.numbers[4990:6000][0]",
	       "<a constant has no "
	       "elements>");
	expect(run, "len(main.numbers[64:128])", "64");
	expect(run, "main.nilMap[:]", "map[string]int []");
}

static void expressions_give_what_the_target_prints(void **state)
{
	(void)state;
	on_all(check_table);
}

static void bad_expressions_end_in_messages(void **state)
{
	(void)state;
	on_all(check_bad);
}

static void deep_and_cyclic_values_end(void **state)
{
	(void)state;
	on_all(check_deep);
}

static void maps_are_sliced_by_entries(void **state)
{
	(void)state;
	on_all(check_entries);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expressions_give_what_the_target_prints),
		cmocka_unit_test(bad_expressions_end_in_messages),
		cmocka_unit_test(deep_and_cyclic_values_end),
		cmocka_unit_test(maps_are_sliced_by_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
