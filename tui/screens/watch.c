/* Figures over the samples: one line each, the selected one as a chart. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/new_file.h"
#include "core/base/text.h"
#include "core/session/render.h"
#include "core/session/series.h"
#include "tui/screen.h"
#include "tui/tabs.h"

enum { HEAD_ROWS = 2, MIN_CHART = 4, MAX_CHART = 14, MARGIN = 10 };

struct watch {
	struct series_table table;
	struct list_view view;
};

static void load(struct screen *screen, struct series_table *ret)
{
	series_table_load(app_series(screen->app), app_ascii(screen->app), ret);
}

static struct error *open(struct screen *screen, const void *arg)
{
	struct watch *w = screen->state;

	(void)arg;
	load(screen, &w->table);
	list_init(&w->view.list, &series_list_kind, &w->table);
	return NULL;
}

static void close(struct screen *screen)
{
	struct watch *w = screen->state;

	list_deinit(&w->view.list);
	series_table_deinit(&w->table);
}

/* Rows of the table before are asked for what was selected, nothing else. */
static struct error *update(struct screen *screen)
{
	struct watch *w = screen->state;
	struct series_table old = w->table;

	load(screen, &w->table);
	w->view.list.model = &old;
	list_view_set_model(&w->view, &w->table);
	series_table_deinit(&old);
	return NULL;
}

/* Rows of the chart; 0: there is no room. */
static int chart_rows(const struct watch *w, int rows)
{
	int left = rows - HEAD_ROWS - 1 - (int)w->view.list.count - 1;

	if (left > MAX_CHART)
		left = MAX_CHART;
	return left < MIN_CHART ? 0 : left;
}

static void list_place(const struct screen *screen, int *line_ret,
		       int *rows_ret)
{
	const struct watch *w = screen->state;
	int chart = chart_rows(w, screen->rows);

	*line_ret = HEAD_ROWS;
	*rows_ret = screen->rows - HEAD_ROWS - (chart ? chart + 1 : 0);
}

/* What the samples cost the target is part of what is shown. */
static void draw_head(const struct screen *screen, const struct series_set *set,
		      struct surface *out)
{
	CLEANUP(buf_deinit) struct buf text = {0}, state = {0};
	uint32_t i, n = set->point_count;
	double stopped = 0, span;

	for (i = 0; i < n; i++)
		stopped += (double)set->points[i].stop_ns;
	buf_printf(&text, "%u point%s", n, n == 1 ? "" : "s");
	if (n > 1) {
		buf_addc(&text, ' ');
		text_clock(&text, set->points[0].time_ns);
		buf_adds(&text, " to ");
		text_clock(&text, set->points[n - 1].time_ns);
		span = (double)(set->points[n - 1].time_ns -
				set->points[0].time_ns);
		if (span > 0)
			buf_printf(&text, "  stopped %.2g%%",
				   100 * stopped / span);
	}
	if (set->limit) {
		buf_printf(&text, "  %s leaves ", set->limit);
		text_size(&text, set->headroom_bytes);
	}
	surface_put(out, 0, 1, out->cols - 1, STYLE_INFO, buf_str(&text));
	app_watch_text(screen->app, &state);
	surface_put(out, 1, 1, out->cols - 1,
		    strstr(buf_str(&state), "HELD") ? STYLE_HIGH : STYLE_DIM,
		    buf_str(&state));
}

static void label(struct surface *out, int row, uint8_t unit, double value)
{
	CLEANUP(buf_deinit) struct buf text = {0};
	int pad;

	series_value_text(unit, value, &text);
	pad = MARGIN - 2 - (int)text.len;
	surface_put(out, row, pad > 0 ? pad : 0, MARGIN - 1, STYLE_DIM,
		    buf_str(&text));
}

/* One column a point, or a mean of several; bars stand on the least value. */
static void draw_chart(const struct watch *w, struct surface *out, int at,
		       int rows)
{
	uint32_t row = list_row(&w->view.list, w->view.cursor), i;
	const struct series_set *set = w->table.set;
	uint32_t n = set->point_count, cols = (uint32_t)(out->cols - MARGIN);
	const struct series_row *r;
	double span;

	surface_fill(out, at - 1, 0, out->cols, STYLE_DIM, '-');
	if (row >= w->table.count || !n || out->cols <= 2 * MARGIN)
		return;
	r = &w->table.rows[row];
	surface_put(out, at - 1, 1, out->cols - 2, STYLE_BOLD,
		    r->series->metric);
	span = r->stats.max - r->stats.min;
	label(out, at, r->series->unit, r->stats.max);
	label(out, at + rows - 1, r->series->unit, r->stats.min);
	cols = n < cols ? n : cols;
	for (i = 0; i < cols; i++) {
		double v = series_mean(set, row, (uint64_t)n * i / cols,
				       (uint64_t)n * (i + 1) / cols);
		int k, height;

		if (isnan(v))
			continue;
		height = span > 0 ? 1 + (int)((v - r->stats.min) / span *
					      (rows - 1))
				  : 1;
		for (k = 0; k < height && k < rows; k++)
			surface_put(out, at + rows - 1 - k, MARGIN + (int)i, 1,
				    STYLE_INFO, "#");
	}
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct watch *w = screen->state;
	int line, rows, chart = chart_rows(w, out->rows);

	draw_head(screen, w->table.set, out);
	list_place(screen, &line, &rows);
	list_view_draw(&w->view, out, line, rows, true);
	if (!w->table.count)
		surface_put(out, line + 2, 2, out->cols - 2, STYLE_DIM,
			    "this file keeps no series: mapscope watch -o "
			    "FILE.msnap makes one");
	if (chart)
		draw_chart(w, out, out->rows - chart, chart);
}

static void title(const struct screen *screen, struct buf *out)
{
	tabs_line(screen, out);
}

static void status(const struct screen *screen, struct buf *out)
{
	const struct watch *w = screen->state;
	uint32_t row = list_row(&w->view.list, w->view.cursor);
	const struct series_row *r;

	if (row >= w->table.count)
		return;
	r = &w->table.rows[row];
	buf_printf(out, "%s  %u of %u points known  slope %s",
		   r->series->metric, r->stats.known, w->table.set->point_count,
		   r->slope);
	if (!isnan(r->stats.forecast))
		buf_printf(out, "  %s used up in %s",
			   w->table.set->limit ? w->table.set->limit : "limit",
			   r->forecast);
}

static struct list_view *list(struct screen *screen)
{
	struct watch *w = screen->state;

	return &w->view;
}

static void command(const struct screen *screen, struct buf *out)
{
	const struct watch *w = screen->state;
	uint32_t i;

	buf_printf(out, "mapscope watch %s", app_target(screen->app));
	for (i = 0; i < w->table.count; i++)
		buf_printf(out, " '%s'", w->table.rows[i].series->metric);
}

/* Every point so far, a line each, as `watch --ndjson` prints them. */
static void add_points(const struct series_set *set, struct buf *out)
{
	struct series_set upto = *set;
	uint32_t i;

	for (i = 1; i <= set->point_count; i++) {
		CLEANUP(json_deinit) struct json json = {0};

		upto.point_count = i;
		render_series_point(&json, &upto);
		buf_add(out, buf_str(&json.out), json.out.len);
		buf_addc(out, '\n');
	}
}

static void answer(struct screen *screen, enum action action, const char *path)
{
	const struct watch *w = screen->state;
	CLEANUP(buf_deinit) struct buf lines = {0};
	struct error *err;

	(void)action;
	if (!*path)
		return;
	add_points(w->table.set, &lines);
	err = new_file_put(path, buf_str(&lines), lines.len, false);
	if (err)
		app_message(screen->app, "%s", err->message);
	else
		app_message(screen->app, "%u points in %s",
			    w->table.set->point_count, path);
	error_free(err);
}

static bool act(struct screen *screen, enum action action)
{
	const struct watch *w = screen->state;

	if (action != ACTION_LEAST)
		return false;
	if (w->table.set->point_count)
		app_ask(screen->app, action, "NDJSON to: ");
	else
		app_message(screen->app, "there is no point yet");
	return true;
}

static const enum action hints[] = {ACTION_WATCH_RUN, ACTION_WATCH_FASTER,
				    ACTION_WATCH_ROW, ACTION_WATCH_LIMIT,
				    ACTION_RESAMPLE,  ACTION_CLOSE,
				    ACTION_NONE};

const struct screen_ops watch_screen = {
	.name = "Watch",
	.state_size = sizeof(struct watch),
	.open = open,
	.close = close,
	.act = act,
	.answer = answer,
	.update = update,
	.draw = draw,
	.title = title,
	.status = status,
	.list = list,
	.command = command,
	.hints = hints,
	.list_place = list_place,
	.without_memory = true,
};
