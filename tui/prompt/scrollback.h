#ifndef TUI_PROMPT_SCROLLBACK_H
#define TUI_PROMPT_SCROLLBACK_H

/**
 * Lines that were printed, for a window that shows the last ones or scrolls
 * back. Long lines are wrapped to the window; the oldest are forgotten when
 * there are too many.
 */
#include <stddef.h>
#include <stdint.h>

#include "tui/surface.h"

enum { SCROLLBACK_LINES = 10000, SCROLLBACK_BYTES = 16 << 20 };

struct scrollback_line {
	char *text; /* owned */
	uint32_t len;
	uint8_t style;
};

struct scrollback {
	struct scrollback_line *lines; /* owned; a ring */
	uint32_t first, count;
	size_t bytes;
	uint64_t forgotten; /* lines */
	uint64_t up;	    /* rows scrolled back */
	bool open;	    /* the last line has not ended */
};

void scrollback_deinit(struct scrollback *s);
void scrollback_clear(struct scrollback *s);
/** Lines, by newline; tabs become spaces. Scrolls to the end. */
void scrollback_add(struct scrollback *s, enum style style, const char *text,
		    size_t len);
/** Scroll back by @p rows, negative forward, in a window of that size. */
void scrollback_move(struct scrollback *s, int rows, int height, int width);
/** The last rows in rows [0, @p height); returns how many there were. */
int scrollback_draw(const struct scrollback *s, struct surface *out,
		    int height);

#endif
