/*
 * A series of samples of one process. The target is stopped for at most a
 * given share of the time, whatever interval was asked for.
 */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/render.h"
#include "core/session/snapshot.h"
#include "tui/commands/commands.h"
#include "tui/output.h"
#include "tui/surface.h"

static const uint64_t EVERY_NS = 10000000000;
static const uint64_t ASK_EVERY_NS = 100000000;
static const double MAX_DUTY = 0.01;
enum { SHARED_COUNT = 10, MIN_WIDTH = 8 };

struct watch {
	struct cli *cli;
	pid_t pid;
	struct session_options options;
	struct series_set set;
	struct series_condition *condition; /* NULL none */
	uint64_t every_ns, end_ns;	    /* 0: no end */
	double count, duty;		    /* count 0: no end */
	struct session *last;
	sigset_t signals;
	int signal; /* that ended it */
	bool failed, stretched;
};

static struct error *parse_times(struct watch *w)
{
	const struct options *o = &w->cli->options;
	uint64_t duration = 0;

	w->every_ns = EVERY_NS;
	if (o->every && !parse_duration(o->every, &w->every_ns))
		return error_new(ERROR_USAGE, "'%s' is not a time", o->every);
	if (o->duration && !parse_duration(o->duration, &duration))
		return error_new(ERROR_USAGE, "'%s' is not a time",
				 o->duration);
	if (duration)
		w->end_ns = clock_now() + duration;
	w->count = w->cli->shared && !duration ? SHARED_COUNT : 0;
	if (o->count && (!parse_quantity(o->count, &w->count) || w->count < 1))
		return error_new(ERROR_USAGE, "'%s' is not a count", o->count);
	w->duty = MAX_DUTY;
	if (o->max_duty && (!parse_quantity(o->max_duty, &w->duty) ||
			    w->duty <= 0 || w->duty > 1))
		return error_hint(
			error_new(ERROR_USAGE, "'%s' is no share", o->max_duty),
			"--max-duty 0.1%% to 100%%");
	return NULL;
}

static struct error *parse_metrics(struct watch *w)
{
	const struct options *o = &w->cli->options;
	const char *metric;
	struct error *err = NULL;

	if (o->metric)
		err = series_watch(&w->set, o->metric);
	while (!err && (metric = cli_take_arg(w->cli)))
		err = series_watch(&w->set, metric);
	if (!err && !w->set.count)
		err = series_watch(&w->set, series_default_metrics);
	if (!err && o->fail_on)
		err = series_condition_parse(&w->set, o->fail_on,
					     &w->condition);
	return err;
}

static struct error *parse_target(struct watch *w)
{
	const char *exe, *core;
	struct session_info info;
	struct error *err;

	if (!w->cli->shared) {
		if ((err = cli_parse_target(w->cli, &w->pid, &exe, &core,
					    &w->options)))
			return err;
	} else {
		if ((err = cli_session_options(w->cli, &w->options)))
			return err;
		session_info(w->cli->shared, &info);
		w->pid = strcmp(info.kind, "live") ? 0 : info.pid;
	}
	if (!w->pid)
		return error_hint(
			error_new(ERROR_USAGE, "only a process changes"),
			"open shows the series that a snapshot "
			"keeps, diff compares two");
	return NULL;
}

/* The names of metrics are those of owners. */
static struct error *check_redaction(const struct watch *w)
{
	enum redact_level level;
	struct error *err;

	if (!w->cli->options.output)
		return NULL;
	err = cli_redact_level(w->cli, REDACT_BASIC, &level);
	if (err || level < REDACT_NAMES)
		return err;
	return error_new(ERROR_USAGE, "a series is kept with its names: "
				      "--redact basic is the most");
}

static struct error *parse(struct watch *w)
{
	struct error *err;

	if ((err = check_redaction(w)) || (err = parse_times(w)) ||
	    (err = parse_target(w)) || (err = parse_metrics(w)))
		return err;
	/* Sizes that nobody looks at are not computed. */
	if (!w->cli->options.output && !series_wants_retained(&w->set))
		w->options.no_retained = true;
	return NULL;
}

static int width_of(const struct series *s)
{
	int n = surface_text_width(s->metric);

	return n < MIN_WIDTH ? MIN_WIDTH : n;
}

static struct error *print_header(const struct watch *w)
{
	CLEANUP(buf_deinit) struct buf out = {0};
	uint32_t i;

	buf_printf(&out, "%-8s %7s", "TIME", "STOP");
	for (i = 0; i < w->set.count; i++) {
		const struct series *s = &w->set.series[i];
		CLEANUP(buf_deinit) struct buf name = {0};

		text_plain(&name, s->metric, strlen(s->metric));
		buf_printf(&out, "  %*s", MIN_WIDTH, buf_str(&name));
	}
	buf_addc(&out, '\n');
	return output_write(&out);
}

static struct error *print_line(const struct watch *w)
{
	CLEANUP(buf_deinit) struct buf out = {0};
	uint32_t i, last = w->set.point_count - 1;
	struct buf cell = {0};

	text_clock(&out, w->set.points[last].time_ns);
	text_duration(&cell, w->set.points[last].stop_ns);
	buf_printf(&out, " %7s", buf_str(&cell));
	for (i = 0; i < w->set.count; i++) {
		const struct series *s = &w->set.series[i];

		buf_clear(&cell);
		series_value_text(s->unit, s->values[last], &cell);
		buf_printf(&out, "  %*s", width_of(s), buf_str(&cell));
	}
	buf_deinit(&cell);
	buf_addc(&out, '\n');
	return output_write(&out);
}

static struct error *print_point(const struct watch *w)
{
	const struct options *o = &w->cli->options;
	CLEANUP(json_deinit) struct json json = {0};
	struct error *err;

	if (o->json)
		return NULL;
	if (o->ndjson) {
		render_series_point(&json, &w->set);
		buf_addc(&json.out, '\n');
		err = output_write(&json.out);
	} else {
		err = w->set.point_count == 1 ? print_header(w) : NULL;
		err = err ? err : print_line(w);
	}
	/* Somebody waits for each line. */
	return err ? err : output_close();
}

static struct error *print_json(const struct watch *w)
{
	CLEANUP(json_deinit) struct json json = {0};

	render_begin(&json, w->last, "watch", cli_redact(w->cli));
	render_series(&json, &w->set);
	if (w->condition)
		json_bool(&json, "failed", w->failed);
	else
		json_null(&json, "failed");
	render_end(&json);
	return output_write(&json.out);
}

static struct error *print_summary(const struct watch *w)
{
	CLEANUP(series_table_deinit) struct series_table table = {0};
	CLEANUP(list_deinit) struct list list = {0};
	CLEANUP(buf_deinit) struct buf out = {0};
	struct error *err;

	series_table_load(&w->set, cli_ascii(w->cli), &table);
	list_init(&list, &series_list_kind, &table);
	buf_addc(&out, '\n');
	if ((err = output_write(&out)) ||
	    (err = output_list(w->cli, &list,
			       "metric,trend,now,min,max,slope,forecast")))
		return err;
	if (w->set.limit) {
		buf_addc(&out, '\n');
		series_limit_text(&w->set, &out);
		buf_addc(&out, '\n');
	}
	if (w->failed)
		buf_printf(&out, "\n%s\n", w->cli->options.fail_on);
	return output_write(&out);
}

static struct error *finish(const struct watch *w)
{
	const struct options *o = &w->cli->options;
	struct snapshot_options options = {.level = SNAPSHOT_MAPS,
					   .force = o->force != NULL,
					   .series = &w->set};
	struct error *err = NULL;

	if (!w->last)
		return NULL;
	if (o->json)
		err = print_json(w);
	else if (!o->ndjson)
		err = print_summary(w);
	if (!err && o->output)
		err = snapshot_write(w->last, o->output, &options, NULL);
	return err;
}

/* Waits until @p then; false if a signal or the prompt asked to end. */
static bool wait_until(struct watch *w, uint64_t then)
{
	const struct session *shared = w->cli->shared;

	for (;;) {
		uint64_t now = clock_now(), left;
		struct timespec time;

		if (now >= then)
			return true;
		if (shared && session_ended(shared))
			return false;
		left = then - now;
		if (shared && left > ASK_EVERY_NS)
			left = ASK_EVERY_NS;
		time.tv_sec = (time_t)(left / 1000000000);
		time.tv_nsec = (long)(left % 1000000000);
		w->signal = sigtimedwait(&w->signals, NULL, &time);
		if (w->signal > 0)
			return false;
		w->signal = 0;
	}
}

/* No sooner than the share of time that the last stop was allowed. */
static uint64_t next_time(struct watch *w, uint64_t start)
{
	uint64_t stop = w->set.points[w->set.point_count - 1].stop_ns;
	double least = (double)stop / w->duty;

	if (least <= (double)w->every_ns)
		return start + w->every_ns;
	if (!w->stretched && !w->cli->options.quiet)
		fprintf(stderr,
			"a stop of %.1fms every %.1fs: more often would take "
			"over %g%% of the time\n",
			(double)stop / 1e6, least / 1e9, 100 * w->duty);
	w->stretched = true;
	return start + (uint64_t)least;
}

static struct error *sample(struct watch *w)
{
	struct session *session;
	struct error *err;

	w->options.like = w->last;
	err = cli_open_pid(w->cli, w->pid, &w->options, &w->signal, &session);
	if (err && w->signal) {
		error_free(err);
		return NULL;
	}
	if (err)
		return err;
	if (!w->set.point_count && (err = series_check(&w->set, session))) {
		session_free(session);
		return err;
	}
	series_add(&w->set, session);
	session_free(w->last);
	w->last = session;
	if (w->condition)
		w->failed = series_condition_holds(w->condition, &w->set);
	return print_point(w);
}

static struct error *run_series(struct watch *w)
{
	for (;;) {
		uint64_t start = clock_now(), next;
		struct error *err = sample(w);

		if (err || w->signal || w->failed ||
		    (w->count > 0 && w->set.point_count >= w->count))
			return err;
		next = next_time(w, start);
		if (w->end_ns && next > w->end_ns)
			return NULL;
		if (!wait_until(w, next))
			return NULL;
	}
}

/* ^C is how a series without an end ends. */
static int exit_code(const struct watch *w)
{
	bool endless = !(w->count > 0) && !w->end_ns;

	if (w->failed)
		return EXIT_CONDITION;
	if (w->signal && !(w->signal == SIGINT && endless && w->last))
		return 128 + w->signal;
	return w->last ? cli_done(w->last) : EXIT_OK;
}

static int run(struct cli *cli)
{
	struct watch w = {.cli = cli};
	struct error *err, *last = NULL;
	sigset_t old;
	int code;

	sigemptyset(&w.signals);
	sigaddset(&w.signals, SIGINT);
	sigaddset(&w.signals, SIGTERM);
	sigaddset(&w.signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &w.signals, &old);
	err = parse(&w);
	if (!err)
		err = run_series(&w);
	/* What was seen before a failure is shown all the same. */
	if (err && w.last)
		last = finish(&w);
	else if (!err)
		err = finish(&w);
	error_free(last);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	code = err ? cli_fail(cli, err) : exit_code(&w);
	session_free(w.last);
	series_condition_free(w.condition);
	series_deinit(&w.set);
	return code;
}

const struct command watch_entry = {
	.name = "watch",
	.usage =
		"watch PID [METRIC...] [--every TIME] [--count N | --for TIME]",
	.help = "figures over time: trend, slope, forecast, thresholds",
	.run = run,
};
