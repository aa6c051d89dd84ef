/* What a series says: its line, how well it fits, when memory runs out. */
#include "core/session/series.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "core/base/text.h"

enum { LINE_POINTS = 3 };

/* Below this a line explains too little to be drawn into the future. */
static const double STEADY = 0.5;

static double seconds(const struct series_set *set, uint32_t point)
{
	return (double)(set->points[point].time_ns - set->points[0].time_ns) /
	       1e9;
}

/* Around the means, which keeps large values exact. */
static void fit_line(const struct series_set *set, const struct series *s,
		     struct series_stats *ret)
{
	double mean_x = 0, xx = 0, xy = 0, yy = 0;
	uint32_t i;

	for (i = 0; i < set->point_count; i++)
		if (!isnan(s->values[i]))
			mean_x += seconds(set, i) / ret->known;
	for (i = 0; i < set->point_count; i++) {
		double x = seconds(set, i) - mean_x;
		double y = s->values[i] - ret->mean;

		if (isnan(s->values[i]))
			continue;
		xx += x * x;
		xy += x * y;
		yy += y * y;
	}
	if (xx <= 0)
		return;
	ret->slope = xy / xx;
	ret->r2 = yy > 0 ? xy * xy / (xx * yy) : 1;
}

void series_stats(const struct series_set *set, uint32_t index,
		  struct series_stats *ret)
{
	const struct series *s = &set->series[index];
	uint32_t i;

	*ret = (struct series_stats){0, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
	for (i = 0; i < set->point_count; i++) {
		double v = s->values[i];

		if (isnan(v))
			continue;
		if (!ret->known++) {
			ret->first = ret->min = ret->max = v;
			ret->mean = 0;
		}
		ret->min = v < ret->min ? v : ret->min;
		ret->max = v > ret->max ? v : ret->max;
		ret->mean += (v - ret->mean) / ret->known;
	}
	if (set->point_count)
		ret->now = s->values[set->point_count - 1];
	if (ret->known >= LINE_POINTS)
		fit_line(set, s, ret);
	if (s->unit == SERIES_BYTES && ret->slope > 0 && ret->r2 >= STEADY &&
	    set->headroom_bytes != UINT64_MAX)
		ret->forecast = (double)set->headroom_bytes / ret->slope;
}

double series_mean(const struct series_set *set, uint32_t index, uint64_t from,
		   uint64_t to)
{
	const double *values = set->series[index].values;
	double sum = 0;
	uint64_t i, n = 0;

	for (i = from; i < to; i++) {
		if (isnan(values[i]))
			continue;
		sum += values[i];
		n++;
	}
	return n ? sum / (double)n : NAN;
}

void series_sparkline(const struct series_set *set, uint32_t index, bool ascii,
		      unsigned width, struct buf *out)
{
	static const char *const blocks[] = {"\u2581", "\u2582", "\u2583",
					     "\u2584", "\u2585", "\u2586",
					     "\u2587", "\u2588"};
	static const char *const signs[] = {".", ",", "-", "=",
					    "+", "*", "#", "@"};
	uint32_t count = set->point_count, i;
	uint32_t cells = count < width ? count : width;
	struct series_stats stats;

	series_stats(set, index, &stats);
	for (i = 0; i < cells; i++) {
		double v = series_mean(set, index, (uint64_t)count * i / cells,
				       (uint64_t)count * (i + 1) / cells);
		double span = stats.max - stats.min;
		int level = 0;

		/* No number that is none becomes an integer. */
		if (span > 0 && !isnan(v))
			level = (int)((v - stats.min) / span * 7.999);
		if (isnan(v))
			buf_addc(out, ' ');
		else
			buf_adds(out, (ascii ? signs : blocks)[level & 7]);
	}
}

void series_value_text(uint8_t unit, double value, struct buf *out)
{
	if (isnan(value))
		buf_addc(out, '?');
	else if (unit == SERIES_PERCENT)
		buf_printf(out, "%.0f%%", value);
	else if (value < 0)
		buf_printf(out, "%.0f", value);
	else if (unit == SERIES_BYTES)
		text_size(out, (uint64_t)value);
	else
		text_count(out, (uint64_t)value);
}

/* In the unit of time that makes it a number of one digit or more. */
void series_slope_text(uint8_t unit, double per_second, struct buf *out)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = {{"s", 1}, {"min", 60}, {"h", 3600}, {"day", 86400}};
	double size = fabs(per_second);
	size_t i;

	if (isnan(per_second)) {
		buf_addc(out, '?');
		return;
	}
	for (i = 0; i + 1 < sizeof(units) / sizeof(*units); i++)
		if (size * units[i].seconds >= 1)
			break;
	size *= units[i].seconds;
	if (size < 0.5) {
		buf_addc(out, '0');
		return;
	}
	buf_addc(out, per_second < 0 ? '-' : '+');
	if (unit == SERIES_BYTES)
		text_size(out, (uint64_t)size);
	else
		buf_printf(out, size < 10 ? "%.1f" : "%.0f", size);
	buf_printf(out, "%s/%s", unit == SERIES_PERCENT ? "pp" : "",
		   units[i].name);
}
