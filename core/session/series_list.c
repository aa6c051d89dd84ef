/* Series as a list, one row a metric. The model is a struct series_table. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/series.h"

enum { TREND_WIDTH = 24 };

static char *value(uint8_t unit, double v)
{
	CLEANUP(buf_deinit) struct buf text = {0};

	series_value_text(unit, v, &text);
	return xstrdup(buf_str(&text));
}

static void add_duration(struct buf *out, double s)
{
	if (s > 100 * 86400.0)
		buf_adds(out, "> 100 days");
	else if (s > 2 * 86400.0)
		buf_printf(out, "%.0f days", s / 86400);
	else
		text_duration(out, (uint64_t)(s * 1e9));
}

static char *duration(double s)
{
	CLEANUP(buf_deinit) struct buf text = {0};

	if (isnan(s))
		return xstrdup("-");
	add_duration(&text, s);
	return xstrdup(buf_str(&text));
}

void series_limit_text(const struct series_set *set, struct buf *out)
{
	uint32_t i, last = set->point_count - 1, best = UINT32_MAX;
	struct series_stats stats;
	double soonest = INFINITY;

	if (!set->limit || !set->point_count)
		return;
	buf_printf(out, "%s leaves ", set->limit);
	text_size(out, set->headroom_bytes);
	for (i = 0; i < set->count; i++) {
		bool rss = !strcmp(set->series[i].metric, "rss");

		series_stats(set, i, &stats);
		if (isnan(stats.forecast) ||
		    (!rss && stats.forecast >= soonest))
			continue;
		best = i;
		soonest = stats.forecast;
		if (rss)
			break;
	}
	if (best == UINT32_MAX)
		return;
	buf_adds(out, "; at the slope of ");
	text_plain(out, set->series[best].metric,
		   strlen(set->series[best].metric));
	buf_adds(out, " it is used up in ");
	add_duration(out, soonest);
	if (soonest > 2 * 86400.0)
		return;
	buf_adds(out, ", at ");
	text_time(out, set->points[last].time_ns + (uint64_t)(soonest * 1e9));
}

static void load_row(const struct series_set *set, uint32_t i, bool ascii,
		     struct series_row *row)
{
	CLEANUP(buf_deinit) struct buf trend = {0}, slope = {0};
	const struct series *s = &set->series[i];

	row->series = s;
	series_stats(set, i, &row->stats);
	series_sparkline(set, i, ascii, TREND_WIDTH, &trend);
	series_slope_text(s->unit, row->stats.slope, &slope);
	row->trend = xstrdup(buf_str(&trend));
	row->slope = xstrdup(buf_str(&slope));
	row->now = value(s->unit, row->stats.now);
	row->min = value(s->unit, row->stats.min);
	row->max = value(s->unit, row->stats.max);
	row->forecast = duration(row->stats.forecast);
}

void series_table_load(const struct series_set *set, bool ascii,
		       struct series_table *ret)
{
	uint32_t i;

	*ret = (struct series_table){.set = set, .count = set->count};
	ret->rows = xcalloc((size_t)set->count + 1, sizeof(*ret->rows));
	for (i = 0; i < set->count; i++)
		load_row(set, i, ascii, &ret->rows[i]);
}

void series_table_deinit(struct series_table *table)
{
	uint32_t i;

	for (i = 0; i < table->count; i++) {
		free(table->rows[i].trend);
		free(table->rows[i].slope);
		free(table->rows[i].now);
		free(table->rows[i].min);
		free(table->rows[i].max);
		free(table->rows[i].forecast);
	}
	free(table->rows);
	*table = (struct series_table){0};
}

static const struct series_row *row_at(const void *model, uint32_t row)
{
	const struct series_table *table = model;

	return &table->rows[row];
}

static void get_metric(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, row_at(model, row)->series->metric);
}

static void get_trend(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, row_at(model, row)->trend);
}

static void get_now(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, row_at(model, row)->now);
}

static void get_min(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, row_at(model, row)->min);
}

static void get_max(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, row_at(model, row)->max);
}

static void get_slope(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, row_at(model, row)->slope);
}

static void get_forecast(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, row_at(model, row)->forecast);
}

static void get_fit(const void *model, uint32_t row, struct cell *ret)
{
	ret->f = row_at(model, row)->stats.r2;
	ret->known = ret->exact = !isnan(ret->f);
}

/* In the order in which they were named: no number compares across units. */
static void get_order(const void *model, uint32_t row, struct cell *ret)
{
	(void)model;
	cell_put_known(ret, row);
}

static const struct column columns[] = {
	{"metric", "METRIC", "what is watched", COLUMN_TEXT, 24, 14, 0, 'm',
	 get_metric},
	{"trend", "TREND", "all points, from the least to the most",
	 COLUMN_TEXT, TREND_WIDTH, 8, 3, 0, get_trend},
	{"now", "NOW", "last value", COLUMN_TEXT, 10, 7, 1, 0, get_now},
	{"min", "MIN", "least value", COLUMN_TEXT, 10, 7, 6, 0, get_min},
	{"max", "MAX", "greatest value", COLUMN_TEXT, 10, 7, 5, 0, get_max},
	{"slope", "SLOPE", "growth by the line through all points", COLUMN_TEXT,
	 11, 9, 2, 0, get_slope},
	{"fit", "FIT", "how well the line fits", COLUMN_PERCENT, 4, 4, 7, 'f',
	 get_fit},
	{"forecast", "LIMIT IN", "until memory's limit, at this slope",
	 COLUMN_TEXT, 10, 8, 4, 0, get_forecast},
	{"order", "#", "number", COLUMN_COUNT, 3, 2, 20, '#', get_order},
};

static uint32_t count(const void *model)
{
	const struct series_table *table = model;

	return table->count;
}

static uint64_t identity(const void *model, uint32_t row)
{
	return list_name_identity(row_at(model, row)->series->metric);
}

const struct list_kind series_list_kind = {
	.name = "watch",
	.columns = columns,
	.column_count = ARRAY_LEN(columns),
	.default_sort = "order-asc",
	.bare = "metric",
	.count = count,
	.identity = identity,
};
