/* Lines that are typed at the bottom: search, filter, the sort letter. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/xalloc.h"
#include "tui/app_priv.h"
#include "tui/export.h"
#include "tui/term_curses.h"

static struct list_view *top_list(const struct app *app)
{
	struct screen *top = app->top;

	return top && top->ops->list ? top->ops->list(top) : NULL;
}

const char *input_prompt(const struct app *app)
{
	static const char *const prompts[] = {
		[INPUT_SEARCH] = "/",
		[INPUT_FILTER] = "\\",
		[INPUT_EXPORT] = "write to: ",
		[INPUT_METRIC] = "watch: ",
		[INPUT_THRESHOLD] = "threshold: ",
		[INPUT_SAMPLE] = NULL,
	};

	return app->mode == INPUT_OWN ? app->question : prompts[app->mode];
}

void app_ask(struct app *app, enum action action, const char *question)
{
	app->mode = INPUT_OWN;
	app->asked = action;
	app->question = question;
	buf_clear(&app->input);
}

static void ask_sort(struct app *app, const struct list_view *view)
{
	const struct list_kind *kind = view->list.kind;
	CLEANUP(buf_deinit) struct buf text = {0};
	uint32_t i;

	buf_adds(&text, "sort by:");
	for (i = 0; i < kind->column_count; i++)
		if (kind->columns[i].letter)
			buf_printf(&text, "  %c:%s", kind->columns[i].letter,
				   kind->columns[i].key);
	app_message(app, "%s", buf_str(&text));
}

void input_begin(struct app *app, enum input_mode mode)
{
	struct list_view *view = top_list(app);

	if ((mode == INPUT_FILTER || mode == INPUT_SORT) && !view)
		return;
	if (mode == INPUT_SEARCH && !view &&
	    !(app->top && app->top->ops->search))
		return;
	app->mode = mode;
	buf_clear(&app->input);
	if (mode == INPUT_FILTER) {
		free(app->filter_before);
		app->filter_before = xstrdup(view->list.filter);
		buf_adds(&app->input, view->list.filter);
	}
	if (mode == INPUT_SORT)
		ask_sort(app, view);
}

/* Another key of a filter that is typed: what it is now matters no more. */
static bool poll_list(void *arg)
{
	struct app *app = arg;

	return app_poll(app) || (app->typing && term_has_key());
}

void app_work_begin(struct app *app, bool typing)
{
	app->typing = typing;
	app->prompt_drawn = clock_now();
	if (!typing)
		app_message(app, "working; ^C ends it");
	session_ask(app->session, poll_list, app);
}

bool app_work_end(struct app *app)
{
	bool ended = session_ended(app->session);

	session_ask(app->session, NULL, NULL);
	if (!app->typing)
		buf_clear(&app->message);
	if (ended && !app->typing)
		app_message(app, "cancelled");
	return !ended;
}

static void search(struct app *app, bool backward, bool from_here)
{
	struct screen *top = app->top;
	struct list_view *view = top_list(app);
	bool found = false;

	if (!app->search || !*app->search || !top)
		return;
	app_work_begin(app, false);
	if (view)
		found = list_view_search(view, app->search, backward,
					 from_here);
	else if (top->ops->search)
		found = top->ops->search(top, app->search, backward);
	if (!app_work_end(app))
		return;
	if (!found)
		app_message(app, "not found: %s", app->search);
	else if (view)
		list_view_act(view, ACTION_NONE, top->rows);
}

void input_repeat(struct app *app, bool backward)
{
	search(app, backward, false);
}

bool app_sort(struct app *app, struct list_view *view, int column,
	      bool descending)
{
	app_work_begin(app, false);
	list_sort(&view->list, column, descending);
	if (!app_work_end(app))
		return false;
	view->cursor = view->top = 0;
	return true;
}

static void choose_sort(struct app *app, int key)
{
	struct list_view *view = top_list(app);
	const struct list_kind *kind = view ? view->list.kind : NULL;
	uint32_t i;

	app->mode = INPUT_NONE;
	buf_clear(&app->message);
	for (i = 0; view && i < kind->column_count; i++) {
		if (kind->columns[i].letter != key)
			continue;
		/* The same column again turns the order round. */
		app_sort(app, view, (int)i,
			 view->list.sort_column == (int)i
				 ? !view->list.descending
				 : kind->columns[i].kind != COLUMN_TEXT);
	}
}

static void apply_filter(struct app *app, const char *text, bool typing)
{
	struct list_view *view = top_list(app);
	struct error *err;

	if (!view)
		return;
	buf_clear(&app->message);
	app_work_begin(app, typing);
	err = list_filter(&view->list, text);
	if (!app_work_end(app)) {
		error_free(err);
		return;
	}
	if (err)
		app_message(app, "%s", err->message);
	error_free(err);
	view->cursor = view->top = 0;
}

void app_filter(struct app *app, const char *text)
{
	apply_filter(app, text, false);
}

/* What the last keys were typed too fast for. */
static void complete_filter(struct app *app)
{
	const struct list_view *view = top_list(app);

	if (view && strcmp(view->list.filter, buf_str(&app->input)) != 0)
		apply_filter(app, buf_str(&app->input), false);
}

static void export_file(struct app *app, const char *path)
{
	struct list_view *view = top_list(app);
	struct error *err;
	uint32_t count;

	if (!*path)
		return;
	err = export_view(path, view ? &view->list : NULL, &app->body, &count);
	if (err)
		app_message(app, "%s", err->message);
	else
		app_message(app, "%" PRIu32 " lines in %s", count, path);
	error_free(err);
}

static void finish(struct app *app, bool accept)
{
	enum input_mode mode = app->mode;

	app->mode = INPUT_NONE;
	if (mode == INPUT_FILTER && !accept)
		apply_filter(app, app->filter_before, false);
	if (mode == INPUT_FILTER && accept)
		complete_filter(app);
	if (mode == INPUT_SEARCH && accept) {
		free(app->search);
		app->search = xstrdup(buf_str(&app->input));
		search(app, false, true);
	}
	if (mode == INPUT_EXPORT && accept)
		export_file(app, buf_str(&app->input));
	if (mode == INPUT_METRIC && accept)
		app_watch_metrics(app, buf_str(&app->input));
	if (mode == INPUT_THRESHOLD && accept)
		app_watch_condition(app, buf_str(&app->input));
	if (mode == INPUT_OWN && accept && app->top->ops->answer)
		app->top->ops->answer(app->top, app->asked,
				      buf_str(&app->input));
	if (mode == INPUT_SAMPLE) {
		buf_clear(&app->message);
		if (accept)
			app_open_start(app);
	}
}

static void erase(struct buf *b)
{
	size_t n = b->len;

	while (n && ((unsigned char)b->data[--n] & 0xc0) == 0x80)
		;
	buf_truncate(b, n);
}

static void type_key(struct app *app, int key)
{
	if (key == TKEY_BACKSPACE)
		erase(&app->input);
	else if (key >= 32 && key < 127)
		buf_addc(&app->input, (char)key);
	else if (key >= 0x80 && key < 0x800)
		buf_printf(&app->input, "%c%c", 0xc0 | key >> 6,
			   0x80 | (key & 63));
	else
		return;
	if (app->mode == INPUT_FILTER)
		apply_filter(app, buf_str(&app->input), true);
}

void input_key(struct app *app, int key)
{
	if (key == TKEY_ESCAPE || key == TKEY_CTRL + 'c')
		finish(app, false);
	else if (app->mode == INPUT_SORT)
		choose_sort(app, key);
	else if (key == TKEY_ENTER)
		finish(app, true);
	else if (app->mode != INPUT_SAMPLE)
		type_key(app, key);
}
