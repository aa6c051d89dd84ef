/* What a person does with the rows of any list: mark, compare, unfold. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "tui/app_priv.h"
#include "tui/config.h"
#include "tui/term_curses.h"

static struct list_view *top_list(const struct app *app)
{
	return app->top->ops->list ? app->top->ops->list(app->top) : NULL;
}

static uint64_t top_address(const struct app *app)
{
	return app->top->ops->address ? app->top->ops->address(app->top) : 0;
}

static void add_cell(struct buf *out, const struct list *list,
		     uint32_t position, int column)
{
	struct cell cell;

	list_cell(list, position, column, &cell);
	cell_text(out, &list->kind->columns[column], &cell);
}

/* Every column, those too that the screen has no room for. */
static void add_columns(struct buf *out, const struct list_view *view)
{
	const struct list_kind *kind = view->list.kind;
	uint32_t i;

	for (i = 0; i < kind->column_count; i++) {
		CLEANUP(buf_deinit) struct buf text = {0};

		add_cell(&text, &view->list, view->cursor, (int)i);
		buf_printf(out, "%-10s %-12s", kind->columns[i].title,
			   buf_str(&text));
		if (text.len < 24)
			buf_printf(out, " %s", kind->columns[i].help);
		buf_addc(out, '\n');
	}
}

static void show_info(struct app *app)
{
	const struct screen_ops *ops = app->top->ops;
	struct list_view *view = top_list(app);
	CLEANUP(buf_deinit) struct buf status = {0};
	uint64_t addr = top_address(app);

	popup_open(&app->popup);
	buf_printf(&app->popup.title, " %s: the row ", ops->name);
	if (view && view->cursor < view->list.count)
		add_columns(&app->popup.text, view);
	if (addr)
		buf_printf(&app->popup.text, "%-10s 0x%" PRIx64 "\n", "address",
			   addr);
	if (ops->status)
		ops->status(app->top, &status);
	if (status.len)
		buf_printf(&app->popup.text, "%s\n", buf_str(&status));
	if (ops->command) {
		buf_adds(&app->popup.text, "$ ");
		ops->command(app->top, &app->popup.text);
		buf_addc(&app->popup.text, '\n');
	}
	if (!app->popup.text.len)
		app->popup.open = false;
}

static void tag(struct app *app, struct list_view *view)
{
	list_tag(&view->list, view->cursor);
	list_view_act(view, ACTION_DOWN, app->top->rows - 1);
}

static void untag(struct list_view *view)
{
	view->list.tags.count = 0;
}

void rows_marked(struct app *app, struct buf *out)
{
	const struct screen_ops *ops = app->top->ops;
	struct list_view *view = ops->list ? ops->list(app->top) : NULL;
	uint32_t i, cursor;
	uint64_t addr;

	if (!view || !ops->address)
		return;
	cursor = view->cursor;
	for (i = 0; i < view->list.count; i++) {
		if (!list_is_tagged(&view->list, i))
			continue;
		view->cursor = i; /* a screen tells of its selected row */
		addr = ops->address(app->top);
		if (addr)
			buf_printf(out, "%s0x%" PRIx64, out->len ? "," : "",
				   addr);
	}
	view->cursor = cursor;
}

static bool is_number(const struct column *column)
{
	return column->kind == COLUMN_COUNT || column->kind == COLUMN_BYTES;
}

static void add_difference(struct buf *out, const struct column *column,
			   const struct cell *a, const struct cell *b)
{
	if (!is_number(column) || !a->known || !b->known)
		return;
	buf_adds(out, b->u < a->u ? "  -" : "  +");
	if (column->kind == COLUMN_BYTES)
		text_size(out, b->u < a->u ? a->u - b->u : b->u - a->u);
	else
		text_count(out, b->u < a->u ? a->u - b->u : b->u - a->u);
}

/* Two tagged rows side by side, and what the second has more. */
static void compare(struct app *app, const struct list_view *view)
{
	const struct list_kind *kind = view->list.kind;
	uint32_t found[2] = {0}, n = 0, i;

	for (i = 0; i < view->list.count && n < 3; i++)
		if (list_is_tagged(&view->list, i) && n++ < 2)
			found[n - 1] = i;
	if (n != 2) {
		app_message(app, "mark two rows with Space, then =");
		return;
	}
	popup_open(&app->popup);
	buf_printf(&app->popup.title, " %s: two rows ", kind->name);
	for (i = 0; i < kind->column_count; i++) {
		CLEANUP(buf_deinit) struct buf a = {0}, b = {0};
		struct cell x, y;

		list_cell(&view->list, found[0], (int)i, &x);
		list_cell(&view->list, found[1], (int)i, &y);
		cell_text(&a, &kind->columns[i], &x);
		cell_text(&b, &kind->columns[i], &y);
		buf_printf(&app->popup.text,
			   a.len > 22 || b.len > 22 ? "%-10s %s\n%-10s %s"
						    : "%-10s %-22s%s%-22s",
			   kind->columns[i].title, buf_str(&a), "",
			   buf_str(&b));
		add_difference(&app->popup.text, &kind->columns[i], &x, &y);
		buf_addc(&app->popup.text, '\n');
	}
}

static bool is_tree(const struct list_view *view)
{
	return view->list.kind->parent != NULL;
}

/* Fold the group that the row belongs to, and go to it. */
static void fold(struct list_view *view)
{
	while (view->cursor &&
	       list_branch(&view->list, view->cursor) == LIST_CHILD)
		view->cursor--;
	list_unfold(&view->list, view->cursor, false);
}

static void toggle(struct list_view *view)
{
	if (list_branch(&view->list, view->cursor) == LIST_FOLDED)
		list_unfold(&view->list, view->cursor, true);
	else
		fold(view);
}

static bool act_on_tree(struct list_view *view, enum action action)
{
	switch (action) {
	case ACTION_TREE:
		toggle(view);
		return true;
	case ACTION_EXPAND:
		list_unfold(&view->list, view->cursor, true);
		return true;
	case ACTION_COLLAPSE:
		fold(view);
		return true;
	case ACTION_EXPAND_ALL:
		list_unfold_all(&view->list, !view->list.unfold_all);
		if (view->cursor >= view->list.count)
			view->cursor = 0;
		return true;
	default:
		return false;
	}
}

static bool act_on_list(struct app *app, struct list_view *view,
			enum action action)
{
	switch (action) {
	case ACTION_TAG:
		tag(app, view);
		return true;
	case ACTION_UNTAG:
		untag(view);
		return true;
	case ACTION_COMPARE:
		compare(app, view);
		return true;
	case ACTION_BARS:
		view->bars = (enum list_bars)((view->bars + 1) % BARS_COUNT);
		return true;
	default:
		return is_tree(view) && act_on_tree(view, action);
	}
}

static void next_units(struct app *app)
{
	enum text_units units = (text_units() + 1) % TEXT_UNITS_COUNT;

	text_set_units(units);
	app_message(app, "sizes in %s", text_units_name(units));
}

void app_copy(struct app *app, const char *text)
{
	term_copy(text, strlen(text));
	app_message(app, "%s", text);
}

void rows_yank(struct app *app, bool command)
{
	CLEANUP(buf_deinit) struct buf text = {0};
	uint64_t addr = command ? 0 : top_address(app);

	if (addr)
		buf_printf(&text, "0x%" PRIx64, addr);
	else if (command && app->top->ops->command)
		app->top->ops->command(app->top, &text);
	if (!text.len) {
		app_message(app, command ? "this view has no command"
					 : "the row has no address");
		return;
	}
	app_copy(app, buf_str(&text));
}

void app_accept(struct app *app, const char *rule, const char *owner)
{
	CLEANUP(buf_deinit) struct buf path = {0};
	CLEANUP(buf_deinit) struct buf plain = {0};
	struct error *err = config_add_accepted(rule, owner, &path);

	if (err) {
		app_message(app, "%s", err->message);
		error_free(err);
		return;
	}
	text_plain(&plain, owner, strlen(owner));
	app_message(app, "accepted in %s: %s of %s", buf_str(&path), rule,
		    buf_str(&plain));
	session_accept(app->session, rule, buf_str(&plain));
}

bool rows_act(struct app *app, enum action action)
{
	struct list_view *view = top_list(app);

	if (view && act_on_list(app, view, action))
		return true;
	switch (action) {
	case ACTION_INFO:
		show_info(app);
		return true;
	case ACTION_UNIT_STYLE:
		next_units(app);
		return true;
	case ACTION_EXPORT:
		input_begin(app, INPUT_EXPORT);
		return true;
	case ACTION_YANK:
	case ACTION_COMMAND:
		rows_yank(app, action == ACTION_COMMAND);
		return true;
	default:
		return false;
	}
}

void screen_add_literal(struct buf *out, const char *name)
{
	buf_addc(out, '^');
	for (; *name; name++) {
		if (strchr("\\.[]{}()*+?|^$", *name))
			buf_addc(out, '\\');
		buf_addc(out, *name);
	}
	buf_addc(out, '$');
}
