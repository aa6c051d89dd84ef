/*
 * Pictures of a report. Numbers only: no text of the target gets in here.
 * Colours are classes of the page's style sheet, so that they follow light,
 * dark and print.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "core/base/escape.h"
#include "core/session/report_priv.h"

enum {
	BAR_WIDTH = 26,
	GAP = 6,
	PLOT = 90,  /* height of the bars */
	LABEL = 16, /* below them */
	STRIP_WIDTH = 512,
	STRIP_HEIGHT = 18,
	SPARK_WIDTH = 120,
	SPARK_HEIGHT = 24,
	MAX_POINTS = 500,
};

static void open_svg(struct buf *out, int width, int height, const char *label)
{
	buf_printf(out,
		   "<svg role=\"img\" width=\"%d\" height=\"%d\" "
		   "viewBox=\"0 0 %d %d\" aria-label=\"",
		   width, height, width, height);
	text_html(out, label, strlen(label));
	buf_adds(out, "\">");
}

static void add_rect(struct buf *out, const char *class, double x, double y,
		     double width, double height)
{
	buf_printf(out,
		   "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
		   "height=\"%.1f\"/>",
		   class, x, y, width, height);
}

static unsigned used_bars(const struct map_detail *d)
{
	unsigned i, used = 1;

	for (i = 0; i < MAP_HISTOGRAM; i++)
		if (d->histogram[i] ||
		    d->expected[i] * (double)d->histogram_total >= 0.5)
			used = i + 1;
	return used;
}

void report_svg_histogram(const struct map_detail *d, struct buf *out)
{
	unsigned i, used = used_bars(d);
	double largest = 1, total = (double)d->histogram_total;

	for (i = 0; i < used; i++) {
		if ((double)d->histogram[i] > largest)
			largest = (double)d->histogram[i];
		if (d->expected[i] * total > largest)
			largest = d->expected[i] * total;
	}
	open_svg(out, (int)used * (BAR_WIDTH + GAP) + GAP, PLOT + LABEL,
		 "chain lengths: bars observed, marks expected");
	for (i = 0; i < used; i++) {
		double x = GAP + (double)i * (BAR_WIDTH + GAP);
		double n = (double)d->histogram[i] * PLOT / largest;
		double e = d->expected[i] * total * PLOT / largest;

		/* What is there is seen, however little it is. */
		if (d->histogram[i] && n < 1)
			n = 1;
		add_rect(out, "bar", x, PLOT - n, BAR_WIDTH, n);
		if (d->expected[i] > 0)
			add_rect(out, "mark", x - 2, PLOT - e, BAR_WIDTH + 4,
				 1.5);
		buf_printf(out,
			   "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">"
			   "%u%s<title>%" PRIu64 "</title></text>",
			   x + BAR_WIDTH / 2.0, PLOT + LABEL - 4, i + 1,
			   i + 1 == MAP_HISTOGRAM ? "+" : "", d->histogram[i]);
	}
	buf_adds(out, "</svg>");
}

void report_svg_occupancy(const struct map_detail *d, struct buf *out)
{
	uint32_t i, n = d->occupancy_count;
	double width;

	if (!n)
		return;
	width = (double)STRIP_WIDTH / n;
	open_svg(out, STRIP_WIDTH, STRIP_HEIGHT,
		 "occupancy from the first table or bucket to the last");
	add_rect(out, "empty", 0, 0, STRIP_WIDTH, STRIP_HEIGHT);
	for (i = 0; i < n; i++) {
		if (!d->occupancy[i])
			continue;
		buf_printf(out,
			   "<rect class=\"bar\" x=\"%.2f\" y=\"0\" "
			   "width=\"%.2f\" height=\"%d\" "
			   "fill-opacity=\"%.2f\"/>",
			   i * width, width, STRIP_HEIGHT,
			   (double)d->occupancy[i] / 255);
	}
	buf_adds(out, "</svg>");
}

void report_svg_bar(double share, const char *label, struct buf *out)
{
	if (!(share >= 0))
		share = 0;
	if (share > 1)
		share = 1;
	open_svg(out, 80, 10, label);
	add_rect(out, "empty", 0, 0, 80, 10);
	add_rect(out, "bar", 0, 0, 80 * share, 10);
	buf_adds(out, "</svg>");
}

/* What is unknown breaks no line: it is left out. */
static void add_points(const double *values, size_t count, double least,
		       double span, struct buf *out)
{
	double step = count > MAX_POINTS ? (double)count / MAX_POINTS : 1;
	double last = count > 1 ? (double)(count - 1) : 1;
	size_t i, at, n = 0;

	for (i = 0; (at = (size_t)((double)i * step)) < count; i++) {
		double v = values[at], x;

		if (!isfinite(v))
			continue;
		x = 2 + (double)at * (SPARK_WIDTH - 4) / last;
		buf_printf(out, "%s%.1f,%.1f", n++ ? " " : "", x,
			   SPARK_HEIGHT - 3 -
				   (v - least) * (SPARK_HEIGHT - 6) / span);
	}
}

void report_svg_sparkline(const double *values, size_t count, const char *label,
			  struct buf *out)
{
	double least = INFINITY, most = -INFINITY;
	size_t i;

	for (i = 0; i < count; i++) {
		if (!isfinite(values[i]))
			continue;
		least = values[i] < least ? values[i] : least;
		most = values[i] > most ? values[i] : most;
	}
	if (least > most)
		return;
	open_svg(out, SPARK_WIDTH, SPARK_HEIGHT, label);
	buf_adds(out, "<polyline class=\"line\" points=\"");
	add_points(values, count, least, most > least ? most - least : 1, out);
	buf_adds(out, "\"/></svg>");
}
