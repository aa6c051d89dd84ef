#include "tui/histogram.h"

#include <inttypes.h>

#include "tui/output.h"

enum { BAR = 40 };

/* Ranges of chain lengths that share a line; the last one is open. */
static const struct {
	unsigned from, to; /* from <= length < to */
	const char *label;
} ranges[] = {
	{1, 2, "1"},	  {2, 3, "2"},	      {3, 4, "3"},
	{4, 8, "[4, 8)"}, {8, 16, "[8, 16)"}, {16, MAP_HISTOGRAM + 1, ">=16"},
};

static uint64_t sum(const uint64_t *histogram, size_t cells, size_t range)
{
	uint64_t n = 0;
	unsigned i;

	for (i = ranges[range].from; i < ranges[range].to && i <= cells; i++)
		n += histogram[i - 1];
	return n;
}

/* "[4, 8)  633   3.00%   2.90% |@@@   |"; a negative share is not shown. */
static void add_line(struct buf *out, const char *label, uint64_t n,
		     uint64_t largest, double here, double expect)
{
	int bar = (int)((double)n * BAR / (double)largest + 0.5), k;

	buf_printf(out, "%-8s %12" PRIu64, label, n);
	if (expect >= 0)
		buf_printf(out, " %6.2f%% %6.2f%%", 100 * here, 100 * expect);
	buf_adds(out, " |");
	for (k = 0; k < BAR; k++)
		buf_addc(out, k < bar ? '@' : ' ');
	buf_adds(out, "|\n");
}

static void add_head(struct buf *out)
{
	buf_printf(out, "%-8s %12s %7s %7s\n", "", "", "here", "expect");
}

static double expected_sum(const double *expected, size_t cells, size_t range)
{
	double share = 0;
	unsigned i;

	for (i = ranges[range].from; i < ranges[range].to && i <= cells; i++)
		share += expected[i - 1];
	return share;
}

void histogram_text(struct buf *out, const uint64_t *histogram,
		    const double *expected, size_t cells)
{
	uint64_t largest = 1, all = 0, n;
	size_t i;

	for (i = 0; i < ARRAY_LEN(ranges); i++) {
		n = sum(histogram, cells, i);
		largest = n > largest ? n : largest;
		all += n;
	}
	if (expected)
		add_head(out);
	for (i = 0; i < ARRAY_LEN(ranges); i++) {
		n = sum(histogram, cells, i);
		add_line(out, ranges[i].label, n, largest,
			 (double)n / (double)(all ? all : 1),
			 expected ? expected_sum(expected, cells, i) : -1);
	}
}

void histogram_fill_text(struct buf *out, const struct map_chart *chart)
{
	enum { FILLS = 9 };
	uint64_t largest = 1;
	bool known = false;
	unsigned i;

	for (i = 0; i < FILLS; i++) {
		if (chart->counts[i] > largest)
			largest = chart->counts[i];
		known |= chart->expected[i] > 0;
	}
	if (known)
		add_head(out);
	for (i = 0; i < FILLS; i++) {
		char label[] = {(char)('0' + i), 0};

		add_line(out, label, chart->counts[i], largest,
			 (double)chart->counts[i] / (double)chart->total,
			 known ? chart->expected[i] : -1);
	}
}

static struct error *add_map(const struct session *session, uint32_t row,
			     uint64_t *histogram)
{
	struct map_detail d;
	struct error *err;
	unsigned i;

	if (session_ended(session))
		return error_new(ERROR_CANCELLED, "cancelled");
	if ((err = map_detail_load(session, row, &d)))
		return err;
	for (i = 0; i < MAP_HISTOGRAM; i++)
		histogram[i] += d.histogram[i];
	map_detail_deinit(&d);
	return NULL;
}

static struct error *add_group(const struct map_groups *groups, uint32_t index,
			       uint64_t *histogram)
{
	const struct map_group *g = &groups->groups[index];
	struct error *err = NULL;
	uint64_t i;

	for (i = 0; !err && i < g->maps; i++)
		err = add_map(groups->session, groups->rows[g->first + i],
			      histogram);
	return err;
}

struct error *histogram_print(const struct session *session,
			      const struct list *list,
			      const struct map_groups *groups)
{
	uint64_t histogram[MAP_HISTOGRAM] = {0};
	CLEANUP(buf_deinit) struct buf out = {0};
	struct error *err = NULL;
	uint32_t i;

	for (i = 0; !err && i < list->count; i++) {
		uint32_t row = list_row(list, i);

		err = groups ? add_group(groups, row, histogram)
			     : add_map(session, row, histogram);
	}
	if (err)
		return err;
	buf_adds(&out, "\nchain length\n");
	histogram_text(&out, histogram, NULL, MAP_HISTOGRAM);
	return output_write(&out);
}
