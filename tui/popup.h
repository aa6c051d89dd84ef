#ifndef TUI_POPUP_H
#define TUI_POPUP_H

/** A box of text over the body: information on a row, two rows compared. */
#include <stdbool.h>

#include "core/base/buf.h"
#include "tui/action.h"
#include "tui/surface.h"

struct popup {
	struct buf title, text; /* lines end with \n */
	int top;
	int shown; /* lines at the last drawing */
	bool open;
};

/** Empty and open; fill the buffers. */
void popup_open(struct popup *popup);
void popup_deinit(struct popup *popup);
/** A key while it is open: moves or closes. */
void popup_key(struct popup *popup, int key);
/** Over rows @p at and following. */
void popup_draw(struct popup *popup, struct surface *out, int at, int rows);

#endif
