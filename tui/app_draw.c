/* The frame around every screen: title, breadcrumb, body, status, hints. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "tui/app_priv.h"
#include "tui/term_curses.h"

enum { MIN_ROWS = 10, MIN_COLS = 40, RULE_ROWS = 20 };

static const char *state_word(const struct app *app,
			      const struct session_info *info,
			      enum style *style)
{
	*style = STYLE_OK;
	if (atomic_load(&app->opening.job.stop_ns) && app->opening.running) {
		*style = STYLE_STOPPED;
		return "STOPPED";
	}
	if (info->stopped) {
		*style = STYLE_STOPPED;
		return "STOPPED";
	}
	if (!info->complete) {
		*style = STYLE_WARN;
		return "PARTIAL";
	}
	if (app->exited) {
		*style = STYLE_WARN;
		return "EXITED";
	}
	if (strcmp(info->kind, "live") != 0) {
		*style = STYLE_INFO;
		return !strcmp(info->kind, "core") ? "CORE" : "SNAPSHOT";
	}
	return "RUN";
}

enum { TITLE_WHOLE, TITLE_NO_TOOL, TITLE_NO_CLOCK, TITLE_SHORT };

/* Left out first is what everybody knows; costs of the sample stay. */
static void title_text(const struct app *app, const struct session_info *info,
		       int level, struct buf *text)
{
	buf_clear(text);
	buf_printf(text, "%s %s", level < TITLE_NO_TOOL ? " mapscope" : "",
		   info->name);
	if (info->pid)
		buf_printf(text, "[%d]", (int)info->pid);
	buf_printf(text, " %s", info->go);
	if (level < TITLE_SHORT)
		buf_printf(text, " %s", info->map_impl);
	buf_printf(text, " | %s#%u", level < TITLE_SHORT ? "sample " : "",
		   app->sample);
	if (level < TITLE_NO_CLOCK) {
		buf_addc(text, ' ');
		text_clock(text, info->time_ns);
	}
	if (info->stop_ns) {
		buf_adds(text, " | stop ");
		text_duration(text, info->stop_ns);
	}
	if (info->image_ns) {
		buf_adds(text, " | image ");
		text_duration(text, info->image_ns);
		buf_adds(text, " +");
		text_size(text, info->cow_bytes);
	}
	buf_adds(text, " | ");
}

static void draw_title(struct app *app)
{
	CLEANUP(buf_deinit) struct buf text = {0};
	struct surface *s = &app->frame;
	struct session_info info;
	enum style style;
	const char *word;
	int used, room, level = TITLE_WHOLE;

	session_info(app->session, &info);
	word = state_word(app, &info, &style);
	room = s->cols - (int)strlen(word) - 2;
	do
		title_text(app, &info, level, &text);
	while ((int)text.len > room && level++ < TITLE_SHORT);
	used = surface_put(s, 0, 0, room, STYLE_TITLE, buf_str(&text));
	surface_put(s, 0, used + ((int)text.len > room), s->cols, style, word);
	if (info.warning_count && used + 14 < s->cols)
		surface_printf(s, 0, s->cols - 4, STYLE_WARN, "!%zu",
			       info.warning_count);
}

/* The filter that a person typed, in reverse video; columns it may take. */
static void draw_filter(struct surface *s, const struct list_view *view,
			int col, int width)
{
	CLEANUP(buf_deinit) struct buf text = {0};

	if (!view || !*view->list.filter ||
	    !strcmp(view->list.filter, "std=no") || width < 8)
		return;
	buf_printf(&text, " filter: %s ", view->list.filter);
	surface_put(s, 1, col, width, STYLE_SELECTED, buf_str(&text));
}

static void draw_breadcrumb(struct app *app, const struct screen *top)
{
	CLEANUP(buf_deinit) struct buf text = {0};
	CLEANUP(buf_deinit) struct buf position = {0};
	CLEANUP(buf_deinit) struct buf names = {0};
	struct screen *mutable_top = app->top;
	struct list_view *view;
	struct surface *s = &app->frame;
	int used, right = s->cols;

	buf_addc(&text, ' ');
	if (top->ops->title)
		top->ops->title(top, &text);
	else
		buf_adds(&text, top->ops->name);
	if (surface_text_width(buf_str(&text)) > s->cols - 12)
		text_short_names(&names, buf_str(&text));
	used = surface_put(s, 1, 0, s->cols, STYLE_BOLD,
			   names.len ? buf_str(&names) : buf_str(&text));
	view = top->ops->list ? top->ops->list(mutable_top) : NULL;
	if (view)
		list_view_position(view, &position);
	if (position.len && used + (int)position.len + 2 < s->cols) {
		right = s->cols - (int)position.len - 1;
		surface_put(s, 1, right, s->cols, STYLE_NORMAL,
			    buf_str(&position));
	}
	draw_filter(s, view, used + 2, right - used - 3);
}

int hint_text(enum action action, struct buf *out)
{
	const struct action_info *info = action_info(action);
	size_t n = strcspn(info->shown, " ");

	if (*info->hint)
		buf_printf(out, " %.*s %s ", (int)n, info->shown, info->hint);
	return (int)out->len;
}

static int hint_width(enum action action)
{
	CLEANUP(buf_deinit) struct buf text = {0};

	return hint_text(action, &text);
}

void hints_shown(const struct screen *screen, int cols,
		 enum action ret[HINTS_MAX])
{
	const enum action *a = screen->ops->hints;
	int room = cols - hint_width(ACTION_HELP) - hint_width(ACTION_CLOSE);
	int n = 0;

	for (; a && *a && n + 3 < HINTS_MAX; a++) {
		int width = *a == ACTION_CLOSE ? 0 : hint_width(*a);

		if (width > room)
			continue;
		ret[n++] = *a;
		room -= width;
	}
	ret[n++] = ACTION_HELP;
	if (hint_width(ACTION_QUIT) <= room)
		ret[n++] = ACTION_QUIT;
	ret[n] = ACTION_NONE;
}

/* Columns that had no room on the line above. */
static void add_sort_rest(const struct app *app, struct buf *text)
{
	const char *all = buf_str(&app->message);
	int n = surface_line_bytes(all, app->frame.cols - 3);

	if (all[n])
		buf_printf(text, " %s ", all + n);
	buf_adds(text, " a letter, or Esc");
}

static void draw_hints(struct app *app, const struct screen *top, int row)
{
	CLEANUP(buf_deinit) struct buf text = {0};
	enum action shown[HINTS_MAX];
	const enum action *a;

	if (app->mode == INPUT_SAMPLE || input_prompt(app))
		buf_adds(&text, " Enter done  Esc cancel");
	else if (app->mode == INPUT_SORT)
		add_sort_rest(app, &text);
	else if (top->ops->key_hints)
		buf_adds(&text, top->ops->key_hints(top));
	if (!app->mode && !top->ops->key_hints) {
		hints_shown(top, app->frame.cols, shown);
		for (a = shown; *a; a++)
			hint_text(*a, &text);
	}
	surface_fill(&app->frame, row, 0, app->frame.cols, STYLE_DIM, ' ');
	surface_put(&app->frame, row, 0, app->frame.cols, STYLE_DIM,
		    buf_str(&text));
}

/* The line above the hints: what is typed, progress, a message, the row. */
static int draw_status(struct app *app, const struct screen *top, int row)
{
	CLEANUP(buf_deinit) struct buf text = {0};
	enum style style = STYLE_NORMAL;
	int used;

	if (input_prompt(app)) {
		used = surface_printf(&app->frame, row, 1, STYLE_BOLD, "%s%s",
				      input_prompt(app), buf_str(&app->input));
		if (app->message.len)
			surface_put(&app->frame, row, used + 4, app->frame.cols,
				    STYLE_WARN, buf_str(&app->message));
		return used + 1;
	}
	if (app->opening.running) {
		style = atomic_load(&app->opening.job.stop_ns) ? STYLE_STOPPED
							       : STYLE_INFO;
		app_open_progress(app, &text);
	} else if (app->message.len) {
		style = STYLE_INFO;
		buf_adds(&text, buf_str(&app->message));
	} else if (top->ops->status) {
		top->ops->status(top, &text);
	}
	if (app->mode == INPUT_SORT)
		buf_truncate(&text,
			     (size_t)surface_line_bytes(buf_str(&text),
							app->frame.cols - 3));
	surface_put_names(&app->frame, row, 1, app->frame.cols - 2, style,
			  buf_str(&text));
	return -1;
}

/* The top screen, and on wide terminals what belongs to its row beside it. */
static void draw_body(struct app *app, int at, int rows, int cols)
{
	struct screen *top = app->top;
	int widths[MAX_PANES + 1];

	panes_layout(app, rows, cols, widths);
	panes_follow(app, widths);
	surface_resize(&app->body, rows, widths[0]);
	top->rows = rows;
	top->cols = widths[0];
	top->ops->draw(top, &app->body);
	surface_copy(&app->frame, at, 0, &app->body);
	panes_draw(app, widths, at, rows);
}

int app_head_rows(int rows)
{
	return rows >= RULE_ROWS ? 3 : 2;
}

static void draw_opening(struct app *app)
{
	CLEANUP(buf_deinit) struct buf text = {0};
	struct surface *s = &app->frame;

	app_open_progress(app, &text);
	surface_printf(s, s->rows / 2 - 1, 2, STYLE_TITLE, "mapscope %s",
		       app->target);
	surface_put(s, s->rows / 2, 2, s->cols - 2,
		    atomic_load(&app->opening.job.stop_ns) ? STYLE_STOPPED
							   : STYLE_NORMAL,
		    buf_str(&text));
}

static void draw_small(struct app *app)
{
	struct surface *s = &app->frame;

	surface_printf(s, s->rows / 2, 0, STYLE_NORMAL,
		       "mapscope: %dx%d, need %dx%d - enlarge or q", s->cols,
		       s->rows, MIN_COLS, MIN_ROWS);
}

void app_draw(struct app *app)
{
	struct screen *top = app->top;
	int rows, cols, head, cursor = -1, cursor_row = -1;

	term_size(&rows, &cols);
	surface_resize(&app->frame, rows, cols);
	app->frame.ascii = app->body.ascii = term_is_ascii();
	if (rows < MIN_ROWS || cols < MIN_COLS) {
		draw_small(app);
	} else if (!top || !app->session) {
		draw_opening(app);
	} else {
		head = app_head_rows(rows);
		draw_title(app);
		draw_breadcrumb(app, top);
		if (head == 3)
			surface_fill(&app->frame, 2, 0, cols, STYLE_DIM, '-');
		draw_body(app, head, rows - head - 2, cols);
		if (app->popup.open)
			popup_draw(&app->popup, &app->frame, head,
				   rows - head - 2);
		cursor = draw_status(app, top, rows - 2);
		cursor_row = cursor < 0 ? -1 : rows - 2;
		if (cursor < 0 && top->ops->cursor) {
			top->ops->cursor(top, &cursor_row, &cursor);
			cursor_row += head;
		}
		draw_hints(app, top, rows - 1);
	}
	term_draw(&app->frame, cursor_row, cursor);
}
