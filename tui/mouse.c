/* Rows, headers and hints that are clicked; the wheel. */
#include "tui/app_priv.h"

enum { WHEEL_ROWS = 3 };
static const uint64_t DOUBLE_NS = 400000000;

static void click_header(struct app *app, struct list_view *view, int cols,
			 int col)
{
	int column = list_view_column_at(view, cols, col);

	if (column < 0)
		return;
	app_sort(app, view, column,
		 view->list.sort_column == column
			 ? !view->list.descending
			 : view->list.kind->columns[column].kind !=
				   COLUMN_TEXT);
}

static void click_body(struct app *app, int row, int col)
{
	struct screen *top = app->top;
	struct list_view *view = top->ops->list ? top->ops->list(top) : NULL;
	int first = 0, rows = top->rows;
	uint32_t at;

	if (!view || col >= top->cols)
		return;
	if (top->ops->list_place)
		top->ops->list_place(top, &first, &rows);
	if (row == first) {
		click_header(app, view, top->cols, col);
		return;
	}
	at = view->top + (uint32_t)(row - first - 1);
	if (row < first || row >= first + rows || at >= view->list.count)
		return;
	view->cursor = at;
	/* Two clicks are no slower for what we had to do between them. */
	if (row == app->click_row && app->waited_ns - app->click_ns < DOUBLE_NS)
		app_act(app, ACTION_OPEN);
	app->click_row = row;
	app->click_ns = app->waited_ns;
}

static void click_hint(struct app *app, int col)
{
	CLEANUP(buf_deinit) struct buf text = {0};
	enum action shown[HINTS_MAX];
	const enum action *a;

	hints_shown(app->top, app->frame.cols, shown);
	for (a = shown; *a; a++)
		if (hint_text(*a, &text) > col) {
			app_act(app, *a);
			return;
		}
}

void mouse_act(struct app *app, int key, int row, int col)
{
	int rows = app->frame.rows, head = app_head_rows(rows), i;

	if (!app->top || !app->session || app->mode)
		return;
	if (key == TKEY_WHEEL_UP || key == TKEY_WHEEL_DOWN) {
		for (i = 0; i < WHEEL_ROWS; i++)
			app_act(app,
				key == TKEY_WHEEL_UP ? ACTION_UP : ACTION_DOWN);
		return;
	}
	if (row == rows - 1 && !app->top->ops->key_hints)
		click_hint(app, col);
	else if (row >= head && row < rows - 2)
		click_body(app, row - head, col);
}
