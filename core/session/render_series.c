#include <math.h>

#include "core/session/render.h"

/* Counts and bytes stay whole numbers. */
static void number(struct json *json, const char *key, double v)
{
	if (isfinite(v) && v >= trunc(v) && v <= trunc(v) && fabs(v) < 0x1p53)
		json_i64(json, key, (int64_t)v);
	else
		json_double(json, key, v);
}

static void render_one(struct json *json, const struct series_set *set,
		       uint32_t index)
{
	const struct series *s = &set->series[index];
	struct series_stats stats;
	uint32_t i;

	series_stats(set, index, &stats);
	json_open(json, NULL, '{');
	json_string(json, "metric", s->metric);
	json_string(json, "unit", series_unit_name(s->unit));
	json_u64(json, "known", stats.known);
	number(json, "first", stats.first);
	number(json, "now", stats.now);
	number(json, "min", stats.min);
	number(json, "max", stats.max);
	json_double(json, "mean", stats.mean);
	json_double(json, "slope_per_s", stats.slope);
	json_double(json, "r2", stats.r2);
	json_double(json, "forecast_s", stats.forecast);
	json_open(json, "values", '[');
	for (i = 0; i < set->point_count; i++)
		number(json, NULL, s->values[i]);
	json_close(json, ']');
	json_close(json, '}');
}

void render_series(struct json *json, const struct series_set *set)
{
	uint32_t i;

	json_string(json, "memory_limit", set->limit);
	json_u64_or_null(json, "headroom_bytes", set->headroom_bytes);
	json_open(json, "points", '[');
	for (i = 0; i < set->point_count; i++) {
		json_open(json, NULL, '{');
		json_time(json, "time", set->points[i].time_ns);
		json_u64(json, "stop_ns", set->points[i].stop_ns);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_open(json, "series", '[');
	for (i = 0; i < set->count; i++)
		render_one(json, set, i);
	json_close(json, ']');
}

void render_series_point(struct json *json, const struct series_set *set)
{
	uint32_t i, last = set->point_count - 1;

	json_open(json, NULL, '{');
	json_string(json, "schema", "mapscope/watch_sample/1");
	json_time(json, "time", set->points[last].time_ns);
	json_u64(json, "stop_ns", set->points[last].stop_ns);
	json_open(json, "values", '{');
	for (i = 0; i < set->count; i++)
		number(json, set->series[i].metric,
		       set->series[i].values[last]);
	json_close(json, '}');
	json_close(json, '}');
}
