#include "tui/app.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/crash.h"
#include "tui/app_priv.h"
#include "tui/cli.h"
#include "tui/prompt/console.h"
#include "tui/tabs.h"
#include "tui/term_curses.h"

static const uint64_t ASK_BEFORE_NS = 50000000;
static const uint64_t CHECK_NS = 1000000000;
static const uint64_t DRAW_NS = 100000000;
enum { TICK_MS = 100, IDLE_MS = 500 };

const struct session *app_session(const struct app *app)
{
	return app->session;
}

bool app_redact(const struct app *app)
{
	return app->redact;
}

const char *app_target(const struct app *app)
{
	return app->target;
}

void app_message(struct app *app, const char *format, ...)
{
	va_list args;

	buf_clear(&app->message);
	va_start(args, format);
	buf_vprintf(&app->message, format, args);
	va_end(args);
	log_info(LOG_PART_UI, "says: %s", buf_str(&app->message));
}

bool app_poll(void *arg)
{
	struct app *app = arg;
	uint64_t now = clock_now();

	if (now - app->prompt_drawn > DRAW_NS) {
		app->prompt_drawn = now;
		app_draw(app);
	}
	return term_interrupted();
}

struct console *app_console(struct app *app)
{
	if (!app->console)
		app->console = console_new(app->session, app->options->config,
					   app_poll, app);
	return app->console;
}

void app_redraw(struct app *app)
{
	(void)app;
	term_redraw();
}

void screen_free(struct screen *screen)
{
	if (screen->ops->close)
		screen->ops->close(screen);
	free(screen->state);
	free(screen);
}

struct screen *screen_new(struct app *app, const struct screen_ops *ops,
			  const void *arg)
{
	struct screen *screen = xcalloc(1, sizeof(*screen));
	struct error *err;

	*screen = (struct screen){.ops = ops, .app = app};
	if (app->top) {
		screen->rows = app->top->rows;
		screen->cols = app->top->cols;
	}
	screen->state = xcalloc(1, ops->state_size ? ops->state_size : 1);
	err = ops->open ? ops->open(screen, arg) : NULL;
	if (!err)
		return screen;
	app_message(app, "%s", err->message);
	error_free(err);
	screen_free(screen);
	return NULL;
}

bool screen_possible(const struct app *app, const struct screen_ops *ops)
{
	if (app->session && session_is_brief(app->session))
		return ops == &overview_screen;
	return !app->session || session_has_memory(app->session) ||
	       ops->without_memory;
}

void app_push(struct app *app, const struct screen_ops *ops, const void *arg)
{
	struct screen *screen;

	if (!screen_possible(app, ops)) {
		app_message(app, "this snapshot holds no memory: only --level "
				 "full keeps it");
		return;
	}
	screen = screen_new(app, ops, arg);
	if (!screen)
		return;
	screen->below = app->top;
	app->top = screen;
	log_info(LOG_PART_UI, "screen %s", ops->name);
}

void app_pop(struct app *app)
{
	struct screen *top = app->top;

	if (!top)
		return;
	app->top = top->below;
	screen_free(top);
}

void app_close(struct app *app)
{
	if (app->top && app->top->below)
		app_pop(app);
	else
		app->quit = true;
}

void app_go_to(struct app *app, const struct screen_ops *ops)
{
	if (app->top && app->top->ops == ops)
		return;
	while (app->top && app->top->below)
		app_pop(app);
	if (ops == &overview_screen)
		return;
	app_push(app, ops, NULL);
}

/* The tab above which the open screens stand. */
static const struct tab *bottom_tab(const struct app *app)
{
	const struct screen *screen = app->top;

	while (screen && !tab_of_screen(screen->ops))
		screen = screen->below;
	return screen ? tab_of_screen(screen->ops) : NULL;
}

/* Of what the selected row stands for; 0, and it says so, if it has none. */
static uint64_t row_address(struct app *app)
{
	const struct screen_ops *top = app->top->ops;
	uint64_t addr = top->address ? top->address(app->top) : 0;

	if (!addr)
		app_message(app, "the row has no address");
	return addr;
}

static void push_on_row(struct app *app, const struct screen_ops *ops)
{
	uint64_t addr = row_address(app);

	if (addr)
		app_push(app, ops, &addr);
}

static void push_value(struct app *app)
{
	uint64_t addr = row_address(app);

	if (addr)
		app_push(app, &value_screen, &(struct value_arg){.addr = addr});
}

static void push_units(struct app *app)
{
	uint64_t addr = row_address(app);

	if (addr)
		app_push_units(app, addr, NULL);
}

void app_resample(struct app *app)
{
	if (app->options->pid)
		app_open_start(app);
	else
		app_message(app, "a core does not change");
}

/* A key is hit easily: it asks if the last stop was long. */
static void ask_sample(struct app *app)
{
	CLEANUP(buf_deinit) struct buf text = {0};
	struct session_info info;

	session_info(app->session, &info);
	if (!app->options->pid || info.stop_ns <= ASK_BEFORE_NS) {
		app_resample(app);
		return;
	}
	text_duration(&text, info.stop_ns);
	input_begin(app, INPUT_SAMPLE);
	app_message(app,
		    "a new sample stops the target for about %s: Enter "
		    "or Esc",
		    buf_str(&text));
}

static void clear_filter_or_back(struct app *app)
{
	struct list_view *view =
		app->top->ops->list ? app->top->ops->list(app->top) : NULL;

	if (view && *view->list.filter) {
		app_filter(app, "");
	} else if (app->top->below) {
		app_pop(app);
	}
}

static void sort_step(struct app *app, int step)
{
	struct list_view *view =
		app->top->ops->list ? app->top->ops->list(app->top) : NULL;
	int n, to;

	if (!view)
		return;
	n = (int)view->list.kind->column_count;
	to = ((view->list.sort_column < 0 ? 0 : view->list.sort_column) + step +
	      n) %
	     n;
	if (app_sort(app, view, to,
		     view->list.kind->columns[to].kind != COLUMN_TEXT))
		app_message(app, "sorted by %s",
			    view->list.kind->columns[to].key);
}

static void reverse(struct app *app)
{
	struct list_view *view =
		app->top->ops->list ? app->top->ops->list(app->top) : NULL;

	struct list_view before;

	if (!view || view->list.sort_column < 0)
		return;
	before = *view;
	app_sort(app, view, view->list.sort_column, !view->list.descending);
	view->cursor = before.cursor;
	view->top = before.top;
}

static void push_once(struct app *app, const struct screen_ops *ops)
{
	if (app->top->ops != ops)
		app_push(app, ops, NULL);
}

/* On the marked rows, if there are some. */
static void push_report(struct app *app)
{
	CLEANUP(buf_deinit) struct buf marked = {0};

	if (app->top->ops == &report_screen)
		return;
	rows_marked(app, &marked);
	app_push(app, &report_screen, marked.len ? buf_str(&marked) : NULL);
}

static void open_screen(struct app *app, enum action action)
{
	switch (action) {
	case ACTION_REFS:
		push_on_row(app, &refs_screen);
		break;
	case ACTION_ENTRIES:
		push_on_row(app, &entries_screen);
		break;
	case ACTION_UNITS:
		push_units(app);
		break;
	case ACTION_HEX:
		push_on_row(app, &hex_screen);
		break;
	case ACTION_DOMINATED:
		push_on_row(app, &dominators_screen);
		break;
	case ACTION_VALUE:
		push_value(app);
		break;
	case ACTION_CONTAINERS:
		push_once(app, &containers_screen);
		break;
	case ACTION_PROMPT:
		push_once(app, &prompt_screen);
		break;
	case ACTION_SAVE:
		push_once(app, &save_screen);
		break;
	case ACTION_REPORT:
		push_report(app);
		break;
	case ACTION_HELP:
		push_once(app, &help_screen);
		break;
	default:
		if (tab_of_action(action))
			app_go_to(app, tab_of_action(action)->ops);
		break;
	}
}

/* What an action does on every screen that has not its own mind about it. */
static void act_everywhere(struct app *app, enum action action)
{
	switch (action) {
	case ACTION_CLOSE:
	case ACTION_BACK:
		if (action == ACTION_CLOSE || app->top->below)
			app_close(app);
		break;
	case ACTION_ESCAPE:
		clear_filter_or_back(app);
		break;
	case ACTION_QUIT:
		app->quit = true;
		break;
	case ACTION_NEXT_SCREEN:
	case ACTION_PREVIOUS_SCREEN:
		app_go_to(app, tab_step(bottom_tab(app),
					action == ACTION_NEXT_SCREEN ? 1 : -1)
				       ->ops);
		break;
	case ACTION_SEARCH:
		input_begin(app, INPUT_SEARCH);
		break;
	case ACTION_SEARCH_NEXT:
	case ACTION_SEARCH_BACK:
		input_repeat(app, action == ACTION_SEARCH_BACK);
		break;
	case ACTION_FILTER:
		input_begin(app, INPUT_FILTER);
		break;
	case ACTION_SORT:
		input_begin(app, INPUT_SORT);
		break;
	case ACTION_SORT_LEFT:
		sort_step(app, -1);
		break;
	case ACTION_SORT_RIGHT:
		sort_step(app, 1);
		break;
	case ACTION_REVERSE:
		reverse(app);
		break;
	case ACTION_RESAMPLE:
		ask_sample(app);
		break;
	case ACTION_BASE:
		app_base_mark(app);
		break;
	case ACTION_REDACT:
		app->redact = !app->redact;
		app_message(app, app->redact ? "keys and values are hidden"
					     : "keys and values are shown");
		break;
	case ACTION_REDRAW:
		app_redraw(app);
		break;
	case ACTION_MAXIMISE:
		app->maximised = !app->maximised;
		break;
	default:
		open_screen(app, action);
		break;
	}
}

static void interrupt(struct app *app)
{
	if (app->opening.running && app->session &&
	    !session_is_brief(app->session)) {
		app_open_stop(app);
		app_message(app, "cancelled");
	} else {
		app->quit = true;
	}
}

void app_act(struct app *app, enum action action)
{
	struct screen *top = app->top;
	int line, rows = top->rows;
	struct list_view *view;

	log_debug(LOG_PART_UI, "%s: %s", top->ops->name,
		  action_info(action)->help);
	buf_clear(&app->message);
	if (top->ops->act && top->ops->act(top, action))
		return;
	if (action == ACTION_RIGHT || action == ACTION_LEFT) {
		app_act(app,
			action == ACTION_RIGHT ? ACTION_OPEN : ACTION_BACK);
		return;
	}
	view = top->ops->list ? top->ops->list(top) : NULL;
	if (top->ops->list_place)
		top->ops->list_place(top, &line, &rows);
	if (view && list_view_act(view, action, rows - 1))
		return;
	if (rows_act(app, action) || app_watch_act(app, action))
		return;
	act_everywhere(app, action);
}

/* Screens that are typed into take all keys, ^C too. */
static bool typed(struct app *app, int key)
{
	if (!app->top || !app->session || !app->top->ops->key || app->mode ||
	    app->opening.running || key == TKEY_CTRL + 'z')
		return false;
	buf_clear(&app->message);
	return app->top->ops->key(app->top, key);
}

/*
 * While all that is here is the first screen: a person may move on it and
 * quit; what else is typed waits, in order. False: nothing to wait for.
 */
static bool wait_key(struct app *app, int key)
{
	enum action action = action_of_key(key);
	int64_t step;

	if (!app->session || !session_is_brief(app->session) ||
	    key == TKEY_CTRL + 'z')
		return false;
	if (key == TKEY_CTRL + 'c' || action == ACTION_QUIT ||
	    (action == ACTION_CLOSE && !app->kept_count))
		app->quit = true;
	else if (action_moves(action, 1, &step) && !app->kept_count)
		app_act(app, action);
	else if (key != TKEY_CLICK && key != TKEY_WHEEL_UP &&
		 key != TKEY_WHEEL_DOWN && app->kept_count < KEPT_KEYS)
		app->kept[app->kept_count++] = key;
	return true;
}

static void on_key(struct app *app, int key)
{
	enum action action;

	if (wait_key(app, key))
		return;

	if (key == TKEY_CLICK || key == TKEY_WHEEL_UP ||
	    key == TKEY_WHEEL_DOWN) {
		int row, col;

		term_mouse(&row, &col);
		mouse_act(app, key, row, col);
		return;
	}
	if (typed(app, key))
		return;
	if (key == TKEY_CTRL + 'c') {
		if (app->mode)
			input_key(app, key);
		else
			interrupt(app);
		return;
	}
	if (key == TKEY_CTRL + 'z') {
		term_close();
		raise(SIGSTOP);
		error_free(term_open(app->options->ascii, app->options->color));
		return;
	}
	if (app->mode) {
		input_key(app, key);
		return;
	}
	if (app->popup.open && action_of_key(key) != ACTION_QUIT) {
		popup_key(&app->popup, key);
		return;
	}
	action = action_of_key(key);
	if (!app->top || !app->session) {
		if (key == 'q' || action == ACTION_QUIT)
			app->quit = true;
		return;
	}
	if (action)
		app_act(app, action);
}

static void check_target(struct app *app)
{
	uint64_t now = clock_now();

	if (!app->options->pid || now < app->next_check)
		return;
	app->next_check = now + CHECK_NS;
	if (kill(app->options->pid, 0) && errno == ESRCH)
		app->exited = true;
}

/* Signals that end us: the loop sees the flag, and everything is undone. */
static volatile sig_atomic_t end_signal;

static void on_end_signal(int signal)
{
	end_signal = signal;
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_end_signal};

	/* A crash of ours leaves a usable terminal. */
	crash_install(term_close);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

/* What was typed before all was read. */
static void give_kept(struct app *app)
{
	unsigned i;

	if (!app->kept_count || !app->session || session_is_brief(app->session))
		return;
	for (i = 0; i < app->kept_count && !app->quit; i++)
		on_key(app, app->kept[i]);
	app->kept_count = 0;
}

static bool poll_top(struct app *app)
{
	struct screen *top = app->top;

	return top && top->ops->poll && top->ops->poll(top);
}

/* A finished sample is shown at once, not at the next tick. */
static int next_key(struct app *app, int timeout_ms)
{
	int key = term_key(0);
	uint64_t begin;

	if (key)
		return key;
	begin = clock_now();
	term_wait(app->opening.wake_fd, timeout_ms);
	app->waited_ns += clock_now() - begin;
	return term_key(0);
}

static void loop(struct app *app)
{
	bool dirty = true;

	while (!app->quit && !end_signal) {
		bool opened = app_open_poll(app);
		bool busy = poll_top(app) || opened;
		int key;

		dirty |= busy;
		give_kept(app);
		check_target(app);
		app_watch_poll(app);
		if (app->quit)
			break;
		if (dirty)
			app_draw(app);
		busy |= app->opening.running;
		key = next_key(app, busy ? TICK_MS : IDLE_MS);
		dirty = busy || key;
		/* Without a controlling terminal no SIGHUP comes. */
		if (key == TKEY_RESIZE || (!key && term_gone())) {
			app->quit |= key != TKEY_RESIZE;
			continue;
		}
		/* Type-ahead is taken before the next drawing. */
		for (; key && !app->quit; key = term_key(0))
			if (key != TKEY_RESIZE)
				on_key(app, key);
	}
}

static void name_target(struct app *app)
{
	const struct app_options *o = app->options;

	if (o->pid)
		snprintf(app->target, sizeof(app->target), "%d", (int)o->pid);
	else
		snprintf(app->target, sizeof(app->target), "%s%s%s",
			 o->exe ? o->exe : "", o->exe ? " " : "",
			 o->core ? o->core : "");
}

static void app_deinit(struct app *app)
{
	app_open_stop(app);
	panes_close(app);
	while (app->top)
		app_pop(app);
	console_free(app->console);
	session_free(app->session);
	app_base_deinit(app);
	app_watch_deinit(app);
	surface_deinit(&app->frame);
	surface_deinit(&app->body);
	buf_deinit(&app->message);
	buf_deinit(&app->input);
	popup_deinit(&app->popup);
	free(app->search);
	free(app->filter_before);
	if (app->opening.wake_fd >= 0)
		close(app->opening.wake_fd);
}

int app_run(const struct app_options *options)
{
	struct app app = {
		.options = options,
		.redact = options->redact,
		.opening.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};
	const struct cli no_cli = {0};
	struct error *err;
	int code = EXIT_OK;

	err = term_open(options->ascii, options->color);
	if (err)
		return cli_fail(&no_cli, err);
	catch_signals();
	name_target(&app);
	app_watch_begin(&app);
	app_open_start(&app);
	loop(&app);
	term_close();
	if (app.opening.err && !app.opening.running) {
		code = cli_fail(&no_cli, app.opening.err);
		app.opening.err = NULL;
	}
	app_deinit(&app);
	return end_signal ? 128 + end_signal : code;
}
