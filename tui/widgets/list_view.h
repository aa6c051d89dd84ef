#ifndef TUI_WIDGETS_LIST_VIEW_H
#define TUI_WIDGETS_LIST_VIEW_H

/** A window on a struct list: a cursor, a first row, columns that fit. */
#include <stdbool.h>
#include <stdint.h>

#include "core/session/list.h"
#include "tui/action.h"
#include "tui/surface.h"

enum list_bars { BARS_NONE, BARS_BAR, BARS_SHARE, BARS_BOTH, BARS_COUNT };

struct list_view {
	struct list list;
	uint32_t cursor, top;
	bool dim;	     /* draw minor rows so */
	enum list_bars bars; /* of the sorted column, at the right */
};

/** Movement. @p rows is the height of the body. */
bool list_view_act(struct list_view *view, enum action action, int rows);
/** Header and rows from @p row on, @p rows in all. */
void list_view_draw(const struct list_view *view, struct surface *out, int row,
		    int rows, bool header);
/** If there is no row: the filter is to blame, or else what @p why says. */
void list_view_draw_none(const struct list_view *view, struct surface *out,
			 int row, const char *why);
/** The column under @p col of a list drawn @p cols wide; -1 none. */
int list_view_column_at(const struct list_view *view, int cols, int col);
/** Keep the selected row by identity over a new model. */
void list_view_set_model(struct list_view *view, const void *model);
/** Move to the next row that a regex matches; false if there is none. */
bool list_view_search(struct list_view *view, const char *text, bool backward,
		      bool from_here);
/** "17/412  4%" */
void list_view_position(const struct list_view *view, struct buf *out);

#endif
