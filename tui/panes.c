/* Panes beside the top screen on wide terminals. */
#include "tui/app_priv.h"

enum { WIDE_COLS = 160, WIDE_ROWS = 30, VERY_WIDE_COLS = 200 };

void panes_layout(const struct app *app, int rows, int cols,
		  int ret[MAX_PANES + 1])
{
	const struct screen_ops *ops = app->top->ops;

	ret[0] = cols;
	ret[1] = ret[2] = 0;
	if (app->maximised || cols < WIDE_COLS || rows < WIDE_ROWS ||
	    !ops->beside[0])
		return;
	ret[0] = cols * 9 / 20;
	ret[1] = cols - ret[0];
	if (cols < VERY_WIDE_COLS || !ops->beside[1])
		return;
	ret[1] = cols * 3 / 10;
	ret[2] = cols - ret[0] - ret[1];
}

static void pane_close(struct pane *pane)
{
	if (pane->screen)
		screen_free(pane->screen);
	pane->screen = NULL;
	pane->ops = NULL;
	pane->addr = 0;
}

void panes_close(struct app *app)
{
	int i;

	for (i = 0; i < MAX_PANES; i++) {
		pane_close(&app->panes[i]);
		surface_deinit(&app->panes[i].surface);
	}
}

void panes_follow(struct app *app, const int widths[MAX_PANES + 1])
{
	const struct screen_ops *top = app->top->ops;
	uint64_t addr = 0;
	int i;

	if (widths[1] && top->address)
		addr = top->address(app->top);
	for (i = 0; i < MAX_PANES; i++) {
		struct pane *pane = &app->panes[i];
		const struct screen_ops *ops =
			widths[i + 1] && addr ? top->beside[i] : NULL;

		if (ops && !screen_possible(app, ops))
			ops = NULL;
		if (pane->ops == ops && pane->addr == addr)
			continue;
		pane_close(pane);
		pane->ops = ops;
		pane->addr = addr;
		if (ops)
			pane->screen = screen_new(app, ops, &addr);
	}
}

static void draw_pane(struct app *app, struct pane *pane, int at, int col,
		      int rows, int width)
{
	CLEANUP(buf_deinit) struct buf title = {0};
	struct surface *s = &pane->surface;
	int row;

	for (row = 0; row < rows; row++)
		surface_put(&app->frame, at + row, col, 1, STYLE_DIM, "|");
	if (!pane->screen || width < 4 || rows < 3)
		return;
	if (pane->ops->title)
		pane->ops->title(pane->screen, &title);
	surface_put_names(&app->frame, at, col + 2, width - 2, STYLE_TITLE,
			  buf_str(&title));
	s->ascii = app->frame.ascii;
	surface_resize(s, rows - 1, width - 2);
	pane->screen->rows = s->rows;
	pane->screen->cols = s->cols;
	pane->ops->draw(pane->screen, s);
	surface_copy(&app->frame, at + 1, col + 2, s);
}

void panes_draw(struct app *app, const int widths[MAX_PANES + 1], int at,
		int rows)
{
	int i, col = widths[0];

	for (i = 0; i < MAX_PANES; i++) {
		if (!widths[i + 1])
			continue;
		draw_pane(app, &app->panes[i], at, col, rows, widths[i + 1]);
		col += widths[i + 1];
	}
}
