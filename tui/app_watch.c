/*
 * Figures over the samples of this session of the interface. Every sample adds
 * a point; with a clock of its own, which nobody starts but the person, samples
 * are taken by themselves, and stop the target for at most 1% of the time.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "tui/app_priv.h"
#include "tui/term_curses.h"

static const uint64_t EVERY_NS = 10000000000, LEAST_NS = 1000000000,
		      MOST_NS = 3600000000000;
enum { STOP_SHARE = 100 }; /* one part of so many may be stopped */

const struct series_set *app_series(const struct app *app)
{
	const struct app_watch *w = &app->watch;

	if (w->set.point_count || !app->session)
		return &w->set;
	return session_series(app->session) ? session_series(app->session)
					    : &w->set;
}

bool app_ascii(const struct app *app)
{
	(void)app;
	return term_is_ascii();
}

void app_watch_deinit(struct app *app)
{
	struct app_watch *w = &app->watch;

	series_deinit(&w->set);
	series_condition_free(w->condition);
	free(w->condition_text);
	buf_deinit(&w->event);
}

static void schedule(struct app_watch *w, uint64_t stop_ns)
{
	uint64_t least = stop_ns * STOP_SHARE;

	if (!w->every_ns)
		w->every_ns = EVERY_NS;
	w->stretched = least > w->every_ns;
	w->next_ns = clock_now() + (w->stretched ? least : w->every_ns);
}

static void check_condition(struct app *app, uint64_t time_ns)
{
	struct app_watch *w = &app->watch;
	bool held = w->held;

	w->held = w->condition && series_condition_holds(w->condition, &w->set);
	if (!w->held || held)
		return;
	buf_clear(&w->event);
	text_clock(&w->event, time_ns);
	buf_printf(&w->event, "  %s", w->condition_text);
	app_message(app, "threshold: %s", w->condition_text);
}

void app_watch_begin(struct app *app)
{
	app->watch.every_ns = app->options->every_ns;
	app->watch.running = app->options->every_ns && app->options->pid;
}

void app_watch_point(struct app *app)
{
	struct app_watch *w = &app->watch;
	struct session_info info;

	session_info(app->session, &info);
	if (strcmp(info.kind, "live") != 0)
		return;
	if (!w->set.count)
		error_free(series_watch(&w->set, series_default_metrics));
	series_add(&w->set, app->session);
	schedule(w, info.stop_ns);
	check_condition(app, info.time_ns);
}

void app_watch_poll(struct app *app)
{
	struct app_watch *w = &app->watch;

	if (!w->running || app->opening.running || app->mode || app->exited ||
	    clock_now() < w->next_ns)
		return;
	app_open_start(app);
}

static void show_change(struct app *app)
{
	struct screen *screen;

	for (screen = app->top; screen; screen = screen->below)
		if (screen->ops == &watch_screen)
			error_free(screen->ops->update(screen));
}

void app_watch_metrics(struct app *app, const char *metrics)
{
	struct app_watch *w = &app->watch;
	uint32_t before = w->set.count;
	struct error *err = series_watch(&w->set, metrics);

	if (err)
		app_message(app, "%s", err->message);
	else if (w->set.count == before)
		app_message(app, "it is watched already");
	else
		app_message(app, "watching %s from the next sample on",
			    metrics);
	error_free(err);
	show_change(app);
}

/* The owner of the selected map: how much it holds, and what hangs on it. */
static void watch_row(struct app *app)
{
	const struct screen_ops *ops = app->top->ops;
	uint64_t addr = ops->address ? ops->address(app->top) : 0;
	CLEANUP(free_cleanup) char *metrics = NULL;
	const struct map_row *rows;
	uint32_t i, count;

	rows = session_maps(app->session, &count);
	for (i = 0; addr && i < count && rows[i].addr != addr; i++)
		;
	if (!addr || i == count) {
		input_begin(app, INPUT_METRIC);
		return;
	}
	metrics = xasprintf("%s.entries,%s.retained",
			    map_row_owner(app->session, &rows[i]),
			    map_row_owner(app->session, &rows[i]));
	app_watch_metrics(app, metrics);
}

void app_watch_condition(struct app *app, const char *text)
{
	struct app_watch *w = &app->watch;
	struct series_condition *condition = NULL;
	struct error *err = NULL;

	if (*text)
		err = series_condition_parse(&w->set, text, &condition);
	if (err) {
		app_message(app, "%s", err->message);
		error_free(err);
		return;
	}
	series_condition_free(w->condition);
	free(w->condition_text);
	w->condition = condition;
	w->condition_text = xstrdup(text);
	w->held = false;
	buf_clear(&w->event);
	app_message(app, *text ? "threshold: %s" : "no threshold%s", text);
	if (w->set.point_count)
		check_condition(app,
				w->set.points[w->set.point_count - 1].time_ns);
	show_change(app);
}

static void change_interval(struct app *app, bool longer)
{
	struct app_watch *w = &app->watch;
	CLEANUP(buf_deinit) struct buf text = {0};
	uint64_t old = w->every_ns ? w->every_ns : EVERY_NS;

	w->every_ns = longer ? old * 2 : old / 2;
	if (w->every_ns < LEAST_NS)
		w->every_ns = LEAST_NS;
	if (w->every_ns > MOST_NS)
		w->every_ns = MOST_NS;
	if (w->next_ns > clock_now() + w->every_ns)
		w->next_ns = clock_now() + w->every_ns;
	text_duration(&text, w->every_ns);
	app_message(app, "a sample every %s", buf_str(&text));
}

bool app_watch_act(struct app *app, enum action action)
{
	struct app_watch *w = &app->watch;

	switch (action) {
	case ACTION_WATCH_ROW:
		if (app->options->pid)
			watch_row(app);
		break;
	case ACTION_WATCH_RUN:
		w->running = !w->running && app->options->pid && !app->exited;
		app_message(app, w->running ? "samples are taken by themselves"
					    : "no samples but yours");
		break;
	case ACTION_WATCH_FASTER:
	case ACTION_WATCH_SLOWER:
		change_interval(app, action == ACTION_WATCH_SLOWER);
		break;
	case ACTION_WATCH_LIMIT:
		if (app->options->pid)
			input_begin(app, INPUT_THRESHOLD);
		break;
	default:
		return false;
	}
	return true;
}

void app_watch_text(const struct app *app, struct buf *out)
{
	const struct app_watch *w = &app->watch;
	uint64_t every = w->every_ns ? w->every_ns : EVERY_NS;

	if (!app->options->pid) {
		buf_adds(out, "kept in the file");
		return;
	}
	buf_adds(out, w->running ? "every " : "paused, every ");
	text_duration(out, every);
	if (w->stretched && w->running)
		buf_adds(out, " or less often: stops would pass 1%");
	if (w->condition_text && *w->condition_text)
		buf_printf(out, "  threshold %s", w->condition_text);
	if (w->event.len)
		buf_printf(out, "  HELD %s", buf_str(&w->event));
}
