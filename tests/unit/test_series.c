/* What series say of themselves, and conditions on them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "core/base/xalloc.h"
#include "core/session/series.h"
#include "core/session/series_store.h"

/* Points a second apart; the values of each metric one after the other. */
static void fill(struct series_set *set, const char *metrics, uint32_t count,
		 const double *values)
{
	uint32_t i;

	*set = (struct series_set){.headroom_bytes = UINT64_MAX};
	assert_null(series_watch(set, metrics));
	set->points = xcalloc(count, sizeof(*set->points));
	set->point_count = count;
	set->point_cap = count;
	for (i = 0; i < count; i++)
		set->points[i].time_ns = 1000000000ull * (i + 1);
	for (i = 0; i < set->count; i++) {
		free(set->series[i].values);
		set->series[i].values = xcalloc(count, sizeof(double));
		memcpy(set->series[i].values, values + (size_t)i * count,
		       count * sizeof(double));
	}
}

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-9 * (1 + fabs(b));
}

static void a_line_is_found_and_drawn_on(void **state)
{
	static const double values[] = {1000, 1100, 1200, 1300, 1400};
	struct series_stats stats;
	struct series_set set;

	(void)state;
	fill(&set, "rss", 5, values);
	series_stats(&set, 0, &stats);
	assert_int_equal(stats.known, 5);
	assert_true(near(stats.now, 1400) && near(stats.min, 1000) &&
		    near(stats.max, 1400) && near(stats.mean, 1200));
	assert_true(near(stats.slope, 100) && near(stats.r2, 1));
	assert_true(isnan(stats.forecast));
	set.headroom_bytes = 5000;
	series_stats(&set, 0, &stats);
	assert_true(near(stats.forecast, 50));
	series_deinit(&set);
}

static void what_does_not_grow_steadily_has_no_forecast(void **state)
{
	static const double noise[] = {10, 900, 20, 800, 15, 820};
	static const double fall[] = {60, 50, 40, 30, 20, 10};
	static const double entries[] = {1, 2, 3, 4, 5, 6};
	struct series_stats stats;
	struct series_set set;

	(void)state;
	fill(&set, "rss", 6, noise);
	set.headroom_bytes = 100;
	series_stats(&set, 0, &stats);
	assert_true(stats.r2 < 0.5 && isnan(stats.forecast));
	series_deinit(&set);
	fill(&set, "rss", 6, fall);
	set.headroom_bytes = 100;
	series_stats(&set, 0, &stats);
	assert_true(stats.slope < 0 && isnan(stats.forecast));
	series_deinit(&set);
	fill(&set, "entries", 6, entries);
	set.headroom_bytes = 100;
	series_stats(&set, 0, &stats);
	assert_true(near(stats.slope, 1) && isnan(stats.forecast));
	series_deinit(&set);
}

static void unknown_points_are_left_out(void **state)
{
	static const double values[] = {NAN, 10, NAN, 30, 40, NAN};
	struct series_stats stats;
	struct series_set set;
	struct buf text = {0};

	(void)state;
	fill(&set, "main.cache.entries", 6, values);
	series_stats(&set, 0, &stats);
	assert_int_equal(stats.known, 3);
	assert_true(near(stats.slope, 10) && near(stats.first, 10));
	assert_true(isnan(stats.now));
	series_sparkline(&set, 0, true, 6, &text);
	assert_string_equal(buf_str(&text), " . *@ ");
	buf_deinit(&text);
	series_deinit(&set);
}

static void many_points_share_a_character(void **state)
{
	double values[100];
	struct series_set set;
	struct buf text = {0};
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		values[i] = i;
	fill(&set, "goroutines", 100, values);
	series_sparkline(&set, 0, true, 8, &text);
	assert_string_equal(buf_str(&text), ".,-=+*#@");
	buf_clear(&text);
	series_sparkline(&set, 0, false, 3, &text);
	assert_int_equal(text.len, 9);
	buf_deinit(&text);
	series_deinit(&set);
}

static void names_are_metrics_or_refused(void **state)
{
	static const char *const bad[] = {"nothing", "main.cache", ".entries",
					  "entries.", "main.cache.size"};
	struct series_set set = {0};
	struct error *err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		err = series_watch(&set, bad[i]);
		assert_non_null(err);
		assert_int_equal(err->code, ERROR_USAGE);
		error_free(err);
	}
	assert_int_equal(set.count, 0);
	assert_null(series_watch(&set, "rss,main.cache.load,rss"));
	assert_null(series_watch(&set, "p.(*T[int,string]).m.retained"));
	assert_int_equal(set.count, 3);
	assert_int_equal(set.series[0].unit, SERIES_BYTES);
	assert_int_equal(set.series[1].unit, SERIES_PERCENT);
	assert_string_equal(set.series[2].metric,
			    "p.(*T[int,string]).m.retained");
	assert_true(series_wants_retained(&set));
	series_deinit(&set);
}

static bool holds(struct series_set *set, const char *text)
{
	struct series_condition *c;
	bool ret;

	assert_null(series_condition_parse(set, text, &c));
	ret = series_condition_holds(c, set);
	series_condition_free(c);
	return ret;
}

static void conditions_are_on_the_last_point_or_the_slope(void **state)
{
	static const double values[] = {100, 200, 300, 400, /* rss */
					12,  11,  10,  9,   /* load, percent */
					NAN, NAN, NAN, NAN};
	struct series_condition *c;
	struct series_set set;
	struct error *err;

	(void)state;
	fill(&set, "rss,main.cache.load,main.gone.entries", 4, values);
	assert_true(holds(&set, "rss>399"));
	assert_false(holds(&set, "rss>400"));
	assert_true(holds(&set, "rss>=400 rss<=400 rss=400"));
	assert_false(holds(&set, "rss>1K"));
	assert_true(holds(&set, "rss>1K | rss!=3"));
	assert_true(holds(&set, "rss/s>99 rss/s<101"));
	assert_true(holds(&set, "main.cache.load<10%"));
	assert_false(holds(&set, "main.gone.entries>0 | main.gone.entries<1"));
	assert_false(holds(&set, ""));
	/* One that was not watched is, from here on; it has no value yet. */
	assert_false(holds(&set, "goroutines>0"));
	assert_int_equal(set.count, 4);
	err = series_condition_parse(&set, "rss", &c);
	assert_non_null(err);
	error_free(err);
	err = series_condition_parse(&set, "rss>many", &c);
	assert_non_null(err);
	error_free(err);
	err = series_condition_parse(&set, "rsss>1", &c);
	assert_non_null(err);
	error_free(err);
	series_deinit(&set);
}

static void slopes_are_in_units_a_person_grasps(void **state)
{
	static const struct {
		uint8_t unit;
		double slope;
		const char *text;
	} cases[] = {{SERIES_COUNT, 18.4, "+18/s"},
		     {SERIES_COUNT, -0.05, "-3.0/min"},
		     {SERIES_BYTES, 2048, "+2.00K/s"},
		     {SERIES_PERCENT, -0.001, "-3.6pp/h"},
		     {SERIES_COUNT, 0, "0"},
		     {SERIES_COUNT, NAN, "?"}};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf text = {0};

		series_slope_text(cases[i].unit, cases[i].slope, &text);
		assert_string_equal(buf_str(&text), cases[i].text);
		buf_deinit(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_found_and_drawn_on),
		cmocka_unit_test(what_does_not_grow_steadily_has_no_forecast),
		cmocka_unit_test(unknown_points_are_left_out),
		cmocka_unit_test(many_points_share_a_character),
		cmocka_unit_test(names_are_metrics_or_refused),
		cmocka_unit_test(conditions_are_on_the_last_point_or_the_slope),
		cmocka_unit_test(slopes_are_in_units_a_person_grasps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
