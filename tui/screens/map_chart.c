#include "tui/screens/map_chart.h"

#include <inttypes.h>

#include "core/base/attr.h"

enum { BAR_COLUMN = 33 };

/* Lengths, or entries of a bucket, that share a line: from to, without to. */
struct range {
	unsigned from, to;
	const char *label;
};

static const struct range lengths[] = {{1, 2, "1"},	{2, 3, "2"},
				       {3, 4, "3"},	{4, 8, "4-7"},
				       {8, 16, "8-15"}, {16, 33, ">=16"}};
static const struct range fills[] = {{0, 1, "0"},   {1, 3, "1-2"},
				     {3, 5, "3-4"}, {5, 7, "5-6"},
				     {7, 8, "7"},   {8, 9, "8"}};
static const struct range each_fill[] = {{0, 1, "0"}, {1, 2, "1"}, {2, 3, "2"},
					 {3, 4, "3"}, {4, 5, "4"}, {5, 6, "5"},
					 {6, 7, "6"}, {7, 8, "7"}, {8, 9, "8"}};

static const char *name_of(enum map_chart_kind kind, bool swiss)
{
	switch (kind) {
	case MAP_CHART_HIT:
		return swiss ? "CHAIN groups per hit" : "CHAIN buckets per hit";
	case MAP_CHART_MISS:
		return swiss ? "CHAIN groups per miss" : "CHAIN buckets";
	case MAP_CHART_FILL:
		return swiss ? "FILL entries of a group"
			     : "FILL entries of a bucket";
	default:
		return "OLD CHAIN buckets, not moved yet";
	}
}

struct line {
	uint64_t n;
	double expect; /* a share */
};

/* Lengths begin with 1 in the first cell, fills with none. */
static struct line line_of(const struct map_chart *chart,
			   const struct range *range, bool fill)
{
	struct line ret = {0};
	unsigned k;

	for (k = range->from; k < range->to; k++) {
		unsigned cell = fill ? k : k - 1;

		if (cell >= MAP_HISTOGRAM)
			break;
		ret.n += chart->counts[cell];
		ret.expect += chart->expected[cell];
	}
	return ret;
}

/*
 * Long chains of a classic map are never chance; probes of a full Swiss table
 * are, as far as they are expected.
 */
static enum severity severity_of(const struct range *range,
				 const struct line *line, uint64_t total,
				 bool swiss)
{
	double share = (double)line->n / (double)total;

	if (range->from < 4 || !line->n ||
	    (swiss && (share < 0.01 || share <= 1.5 * line->expect)))
		return SEVERITY_OK;
	return range->from >= 8 ? SEVERITY_HIGH : SEVERITY_WARN;
}

static void draw_line(const struct map_chart *chart, const struct range *range,
		      bool fill, bool known, bool swiss, struct surface *out,
		      int row)
{
	const struct line line = line_of(chart, range, fill);
	enum severity severity =
		fill || !chart->total
			? SEVERITY_OK
			: severity_of(range, &line, chart->total, swiss);
	enum style style = severity == SEVERITY_HIGH   ? STYLE_HIGH
			   : severity == SEVERITY_WARN ? STYLE_WARN
						       : STYLE_NORMAL;
	double total = chart->total ? (double)chart->total : 1;
	int wide = out->cols >= 100 ? 46 : out->cols / 2 - 28, bar;

	surface_printf(out, row, 1, style, "%5s %9" PRIu64 " %5.1f",
		       range->label, line.n, 100.0 * (double)line.n / total);
	surface_printf(out, row, 22, STYLE_NORMAL,
		       known ? "  %5.1f" : "      -", line.expect * 100);
	surface_put(out, row, BAR_COLUMN - 3, 2, style,
		    severity == SEVERITY_HIGH	? "!!"
		    : severity == SEVERITY_WARN ? "!"
						: "");
	wide = wide < 2 ? 2 : wide;
	bar = (int)((double)line.n * wide / total + 0.5);
	surface_fill(out, row, BAR_COLUMN, bar, STYLE_INFO, '#');
}

void map_chart_draw(const struct map_detail *m, enum map_chart_kind kind,
		    struct surface *out, int row, int rows)
{
	const struct map_chart *chart = &m->charts[kind];
	const struct range *ranges = lengths;
	int count = ARRAY_LEN(lengths), i;
	bool fill = kind == MAP_CHART_FILL, known = false;
	unsigned k;

	if (fill && rows >= (int)ARRAY_LEN(each_fill) + 2) {
		ranges = each_fill;
		count = ARRAY_LEN(each_fill);
	} else if (fill) {
		ranges = fills;
	}
	for (k = 0; k < MAP_HISTOGRAM; k++)
		known |= chart->expected[k] > 0;
	surface_put(out, row, 1, out->cols, STYLE_HEADER,
		    name_of(kind, m->row.swiss));
	surface_put(out, row + 1, 1, out->cols, STYLE_DIM,
		    fill ? " full       n     %  expect"
			 : "  len       n     %  expect");
	for (i = 0; i < count && i + 2 < rows; i++)
		draw_line(chart, &ranges[i], fill, known, m->row.swiss, out,
			  row + 2 + i);
}
