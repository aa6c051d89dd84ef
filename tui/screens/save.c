/*
 * Forms that write files: a snapshot, or a report, which is shown file by file
 * before it is written. The work is done by a thread on the sample that was on
 * screen; what fails is a message, and the form stays.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/report.h"
#include "core/session/snapshot.h"
#include "tui/screen.h"

enum field {
	FIELD_PATH,
	FIELD_LEVEL,  /* snapshot */
	FIELD_FORMAT, /* report */
	FIELD_REDACT,
	FIELD_SUSPECTS, /* report, if rows were marked */
	FIELD_BASE,	/* report, if there is one */
	FIELD_EXISTING,
	FIELD_COUNT,
};

enum { MAX_CHOICES = 4, LABEL_WIDTH = 12 };

static const struct {
	const char *label;
	const char *choices[MAX_CHOICES];
} fields[FIELD_COUNT] = {
	[FIELD_PATH] = {"File", {NULL}},
	[FIELD_LEVEL] = {"Level", {"stats", "maps", "full", NULL}},
	[FIELD_FORMAT] = {"Form", {"folder", "zip", NULL}},
	[FIELD_REDACT] = {"Redaction", {"none", "basic", "names", "full"}},
	[FIELD_SUSPECTS] = {"Suspects",
			    {"by finding", "the marked rows", NULL}},
	[FIELD_BASE] = {"Growth", {"left out", "since the base", NULL}},
	[FIELD_EXISTING] = {"Existing", {"kept", "replaced", NULL}},
};

static const char *const level_help[] = {
	"totals and findings",
	"all lists and figures, no data",
	"and the memory as it is, for every screen later",
};
static const char *const redact_help[] = {
	"keys in paths, arguments, paths are readable",
	"no keys, values, arguments, home folder",
	"and pseudonyms for the program's names",
	"and rounded sizes, offsets for addresses",
};

struct save {
	bool is_report;
	struct buf path;
	char *marked; /* addresses of rows, by comma; owned; NULL none */
	unsigned values[FIELD_COUNT];
	enum field field;
	/* What the thread works on. */
	struct session *session;  /* held */
	struct session *base;	  /* held; NULL none */
	struct series_set series; /* a copy */
	pthread_t thread;
	bool running;
	atomic_bool done;
	struct job job;
	struct error *err;
	struct report *report; /* to be looked at, then written */
	struct buf preview;
};

static bool has_field(const struct screen *screen, unsigned field)
{
	const struct save *s = screen->state;

	switch (field) {
	case FIELD_LEVEL:
		return !s->is_report;
	case FIELD_REDACT: /* memory cannot be redacted */
		return s->is_report || s->values[FIELD_LEVEL] != SNAPSHOT_FULL;
	case FIELD_FORMAT:
		return s->is_report;
	case FIELD_SUSPECTS:
		return s->is_report && s->marked;
	case FIELD_BASE:
		return s->is_report && app_base(screen->app);
	default:
		return true;
	}
}

static void suggest_path(const struct screen *screen, struct save *s)
{
	struct session_info info;

	session_info(app_session(screen->app), &info);
	buf_clear(&s->path);
	buf_printf(&s->path, "%s%s-", s->is_report ? "mapscope-report-" : "",
		   info.name);
	text_stamp(&s->path, info.time_ns);
	buf_adds(&s->path, s->is_report ? "" : ".msnap");
}

static struct error *open_form(struct screen *screen, bool is_report)
{
	struct save *s = screen->state;

	s->is_report = is_report;
	s->values[FIELD_LEVEL] = SNAPSHOT_MAPS;
	s->values[FIELD_REDACT] = REDACT_BASIC;
	s->values[FIELD_BASE] = app_base(screen->app) != NULL;
	suggest_path(screen, s);
	return NULL;
}

static struct error *open_snapshot(struct screen *screen, const void *arg)
{
	(void)arg;
	return open_form(screen, false);
}

static struct error *open_report(struct screen *screen, const void *arg)
{
	struct save *s = screen->state;

	s->marked = arg ? xstrdup(arg) : NULL;
	s->values[FIELD_SUSPECTS] = arg != NULL;
	return open_form(screen, true);
}

static struct error *write_snapshot(struct save *s)
{
	CLEANUP(redactor_deinit) struct redactor redactor = {0};
	struct snapshot_options options = {
		.level = (enum snapshot_level)s->values[FIELD_LEVEL],
		.force = s->values[FIELD_EXISTING] != 0,
		.redactor = &redactor,
		.series = &s->series,
	};
	enum redact_level level = (enum redact_level)s->values[FIELD_REDACT];

	if (options.level == SNAPSHOT_FULL)
		level = REDACT_NONE;
	redactor_init(&redactor, level, session_module(s->session));
	return snapshot_write(s->session, buf_str(&s->path), &options, &s->job);
}

static struct error *prepare_report(struct save *s)
{
	struct report_options options = {
		.redact = (enum redact_level)s->values[FIELD_REDACT],
		.path = buf_str(&s->path),
		.zip = s->values[FIELD_FORMAT] != 0,
		.force = s->values[FIELD_EXISTING] != 0,
		.base = s->values[FIELD_BASE] ? s->base : NULL,
	};

	struct error *err;

	if (s->values[FIELD_SUSPECTS] && s->marked &&
	    (err = suspect_rows_parse(s->session, s->marked,
				      &options.suspects)))
		return err;
	return report_prepare(s->session, &options, &s->job, &s->report);
}

static void *work_main(void *arg)
{
	struct save *s = arg;

	s->err = s->is_report ? prepare_report(s) : write_snapshot(s);
	atomic_store(&s->done, true);
	return NULL;
}

static void release(struct save *s)
{
	session_free(s->session);
	session_free(s->base);
	series_deinit(&s->series);
}

static void start(struct screen *screen)
{
	struct save *s = screen->state;

	if (!s->path.len) {
		app_message(screen->app, "the file needs a name");
		return;
	}
	s->session = (struct session *)(uintptr_t)app_session(screen->app);
	s->base = (struct session *)(uintptr_t)app_base(screen->app);
	session_hold(s->session);
	if (s->base)
		session_hold(s->base);
	series_copy(app_series(screen->app), &s->series);
	s->job = (struct job){.parent = session_job(s->session)};
	atomic_store(&s->done, false);
	s->running = !pthread_create(&s->thread, NULL, work_main, s);
	if (s->running)
		return;
	release(s);
	app_message(screen->app, "cannot start a thread");
}

static void join(struct save *s)
{
	if (!s->running)
		return;
	pthread_join(s->thread, NULL);
	s->running = false;
	/* It may have been ended; what comes next is not. */
	session_ask(s->session, NULL, NULL);
	release(s);
	s->session = NULL;
}

static void drop_report(struct save *s)
{
	report_free(s->report);
	s->report = NULL;
	buf_clear(&s->preview);
}

static void close_form(struct screen *screen)
{
	struct save *s = screen->state;

	/* This also ends what the session has to do: nothing, without us. */
	if (s->running)
		job_end(&s->job);
	join(s);
	error_free(s->err);
	drop_report(s);
	buf_deinit(&s->preview);
	buf_deinit(&s->path);
	free(s->marked);
}

static void fail(struct screen *screen, struct error *err)
{
	if (err->code == ERROR_CANCELLED)
		app_message(screen->app, "cancelled, nothing was written");
	else
		app_message(screen->app, "%s%s%s", err->message,
			    err->hint ? ": " : "", err->hint ? err->hint : "");
	error_free(err);
}

/* The message stays behind on the screen below. */
static void finish(struct screen *screen, const char *path)
{
	struct app *app = screen->app;
	CLEANUP(free_cleanup) char *shown = xstrdup(path);
	bool is_report = ((struct save *)screen->state)->is_report;

	app_close(app);
	if (is_report)
		app_message(app, "wrote %s: paste report.md into the issue",
			    shown);
	else
		app_message(app, "wrote %s: mapscope open %s", shown, shown);
}

static bool poll_work(struct screen *screen)
{
	struct save *s = screen->state;
	struct error *err;

	if (!s->running)
		return false;
	if (!atomic_load(&s->done))
		return true;
	join(s);
	err = s->err;
	s->err = NULL;
	if (err)
		fail(screen, err);
	else if (s->is_report)
		report_preview(s->report, &s->preview);
	else
		finish(screen, buf_str(&s->path));
	return true;
}

static void publish(struct screen *screen)
{
	struct save *s = screen->state;
	CLEANUP(free_cleanup) char *path = xstrdup(report_path(s->report));
	struct error *err = report_publish(s->report);

	drop_report(s);
	if (err)
		fail(screen, err);
	else
		finish(screen, path);
}

static void move(struct screen *screen, int step)
{
	struct save *s = screen->state;
	unsigned field = s->field;

	do
		field = (field + FIELD_COUNT + (unsigned)step) % FIELD_COUNT;
	while (!has_field(screen, field));
	s->field = (enum field)field;
}

static void turn(struct save *s, int step)
{
	const char *const *choices = fields[s->field].choices;
	unsigned n = 0;

	while (n < MAX_CHOICES && choices[n])
		n++;
	if (n)
		s->values[s->field] =
			(s->values[s->field] + n + (unsigned)step) % n;
}

static void type(struct save *s, int key)
{
	size_t n = s->path.len;

	if (s->field != FIELD_PATH)
		return;
	if (key == TKEY_BACKSPACE || key == TKEY_DELETE) {
		while (n && ((unsigned char)s->path.data[--n] & 0xc0) == 0x80)
			;
		buf_truncate(&s->path, n);
	} else if (key == TKEY_CTRL + 'u') {
		buf_clear(&s->path);
	} else if (key >= 32 && key < 127) {
		buf_addc(&s->path, (char)key);
	} else if (key >= 0x80 && key < 0x800) {
		buf_printf(&s->path, "%c%c", 0xc0 | key >> 6,
			   0x80 | (key & 63));
	}
}

static void edit_key(struct screen *screen, int key)
{
	struct save *s = screen->state;

	switch (key) {
	case TKEY_ENTER:
		start(screen);
		break;
	case TKEY_UP:
	case TKEY_BACKTAB:
		move(screen, -1);
		break;
	case TKEY_DOWN:
	case TKEY_TAB:
		move(screen, 1);
		break;
	case TKEY_LEFT:
		turn(s, -1);
		break;
	case TKEY_RIGHT:
		turn(s, 1);
		break;
	default:
		if (key == ' ' && s->field != FIELD_PATH)
			turn(s, 1);
		else
			type(s, key);
	}
}

/* What is not redacted needs the other key: nobody hits it by habit. */
static void preview_key(struct screen *screen, int key)
{
	struct save *s = screen->state;
	bool open = s->values[FIELD_REDACT] == REDACT_NONE;

	if (key == 'Y' || (key == 'y' && !open)) {
		publish(screen);
	} else if (key == 'y') {
		app_message(screen->app, "not redacted: Y writes it all the "
					 "same");
	} else if (key == 'n' || key == TKEY_ESCAPE || key == TKEY_CTRL + 'c') {
		drop_report(s);
		app_message(screen->app, "nothing was written");
	}
}

static bool on_key(struct screen *screen, int key)
{
	struct save *s = screen->state;
	bool leave = key == TKEY_ESCAPE || key == TKEY_CTRL + 'c';

	if (key == TKEY_CTRL + 'l')
		return false;
	if (s->running && leave)
		job_end(&s->job);
	else if (s->report)
		preview_key(screen, key);
	else if (!s->running && leave)
		app_close(screen->app);
	else if (!s->running)
		edit_key(screen, key);
	return true;
}

static const char *help_of(const struct save *s, unsigned field)
{
	if (field == FIELD_LEVEL)
		return level_help[s->values[field]];
	if (field == FIELD_REDACT)
		return redact_help[s->values[field]];
	return "";
}

static void draw_field(const struct save *s, unsigned field, int row,
		       struct surface *out)
{
	enum style style = s->field == field ? STYLE_SELECTED : STYLE_NORMAL;
	int at = LABEL_WIDTH + 2;

	surface_put(out, row, 1, LABEL_WIDTH, STYLE_DIM, fields[field].label);
	if (field == FIELD_PATH) {
		const char *path = buf_str(&s->path);
		int width = out->cols - at - 2;
		size_t cut = s->path.len > (size_t)width
				     ? s->path.len - (size_t)width
				     : 0;

		surface_put(out, row, at, width + 1, style, path + cut);
		return;
	}
	at += surface_printf(out, row, at, style, "< %s >",
			     fields[field].choices[s->values[field]]);
	surface_put(out, row, at + 2, out->cols - at - 2, STYLE_DIM,
		    help_of(s, field));
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct save *s = screen->state;
	unsigned i;
	int row = 1;

	if (s->report) {
		surface_put_lines(out, 0, 1, out->cols - 2, out->rows,
				  STYLE_NORMAL, buf_str(&s->preview));
		return;
	}
	for (i = 0; i < FIELD_COUNT; i++)
		if (has_field(screen, i))
			draw_field(s, i, row++, out);
	if (s->is_report && !s->running)
		surface_put_lines(out, row + 1, 1, out->cols - 2, 2, STYLE_DIM,
				  "Enter makes it and shows what would leave "
				  "the machine; nothing is written before you "
				  "say so.");
}

static void cursor(const struct screen *screen, int *row_ret, int *col_ret)
{
	const struct save *s = screen->state;
	int width = surface_text_width(buf_str(&s->path));

	*row_ret = *col_ret = -1;
	if (s->report || s->running || s->field != FIELD_PATH)
		return;
	*row_ret = 1;
	*col_ret = LABEL_WIDTH + 2 + width;
	if (*col_ret >= screen->cols)
		*col_ret = screen->cols - 1;
}

static void status(const struct screen *screen, struct buf *out)
{
	const struct save *s = screen->state;
	const char *phase = atomic_load(&s->job.phase);
	uint64_t total = atomic_load(&s->job.total);

	if (s->running) {
		buf_printf(out, "%s", phase ? phase : "start");
		if (total)
			buf_printf(out, " %.0f%%",
				   100.0 * (double)atomic_load(&s->job.done) /
					   (double)total);
		buf_adds(out, "   Esc cancels");
	} else if (s->report) {
		buf_adds(out, s->values[FIELD_REDACT] == REDACT_NONE
				      ? "Y writes it, Esc discards"
				      : "y writes it, Esc discards");
	}
}

static const char *keys_now(const struct screen *screen)
{
	const struct save *s = screen->state;

	if (s->running)
		return " Esc cancel";
	if (s->report)
		return s->values[FIELD_REDACT] == REDACT_NONE
			       ? " Y write  Esc discard"
			       : " y write  Esc discard";
	return s->is_report ? " Enter make  Tab Up Down field  Left Right "
			      "change  Esc back"
			    : " Enter write  Tab Up Down field  Left Right "
			      "change  Esc back";
}

static void command(const struct screen *screen, struct buf *out)
{
	const struct save *s = screen->state;

	buf_printf(out, "mapscope %s %s -o %s",
		   s->is_report ? "report" : "snapshot",
		   app_target(screen->app), buf_str(&s->path));
	if (s->marked && s->values[FIELD_SUSPECTS])
		buf_printf(out, " --suspect %s", s->marked);
}

const struct screen_ops save_screen = {
	.name = "Save a snapshot",
	.state_size = sizeof(struct save),
	.open = open_snapshot,
	.close = close_form,
	.key = on_key,
	.key_hints = keys_now,
	.cursor = cursor,
	.poll = poll_work,
	.draw = draw,
	.status = status,
	.command = command,
	.without_memory = true,
};

const struct screen_ops report_screen = {
	.name = "Bug report",
	.state_size = sizeof(struct save),
	.open = open_report,
	.close = close_form,
	.key = on_key,
	.key_hints = keys_now,
	.cursor = cursor,
	.poll = poll_work,
	.draw = draw,
	.status = status,
	.command = command,
	.without_memory = true,
};
