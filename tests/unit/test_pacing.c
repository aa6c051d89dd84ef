/* GOGC, the memory limit and the next collection in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/session/session.h"

static void reads(const struct session_totals *totals, const char *want)
{
	CLEANUP(buf_deinit) struct buf b = {0};

	pacing_add_gogc(&b, totals);
	buf_addc(&b, ' ');
	pacing_add_limit(&b, totals);
	buf_addc(&b, ' ');
	pacing_add_next(&b, totals);
	assert_string_equal(buf_str(&b), want);
}

static void figures_are_figures(void **state)
{
	struct session_totals t = {
		.gogc = 100, .memory_limit = 1 << 30, .next_gc = 4 << 20};

	(void)state;
	reads(&t, "100 1.00G 4.00M");
	t.memory_limit = INT64_MAX;
	reads(&t, "100 off 4.00M");
}

static void a_collector_that_is_off_has_no_next_collection(void **state)
{
	struct session_totals t = {.gogc = -1,
				   .memory_limit = INT64_MAX,
				   .next_gc = INT64_MAX - 4096};

	(void)state;
	reads(&t, "off off off");
	assert_false(pacing_has_next(&t));
	/* The limit alone starts collections too. */
	t.memory_limit = 2 << 20;
	t.next_gc = 1 << 20;
	reads(&t, "off 2.00M 1.00M");
	assert_true(pacing_has_next(&t));
}

static void what_is_not_known_is_not_called_off(void **state)
{
	struct session_totals t = {
		.gogc = -1, .memory_limit = INT64_MAX, .next_gc = UINT64_MAX};

	(void)state;
	reads(&t, "? ? ?");
	assert_false(pacing_has_next(&t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_are_figures),
		cmocka_unit_test(
			a_collector_that_is_off_has_no_next_collection),
		cmocka_unit_test(what_is_not_known_is_not_called_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
