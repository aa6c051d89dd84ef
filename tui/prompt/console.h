#ifndef TUI_PROMPT_CONSOLE_H
#define TUI_PROMPT_CONSOLE_H

/**
 * The prompt in a window: keys go in, rows come out. It outlives the screens
 * that show it and the samples it looks at, and knows no terminal.
 */
#include "tui/prompt/prompt.h"
#include "tui/surface.h"

enum console_event {
	CONSOLE_MORE,	  /* draw it again */
	CONSOLE_LEAVE,	  /* Esc, exit, ^D */
	CONSOLE_RESAMPLE, /* console_use() will follow */
	CONSOLE_REDRAW,	  /* ^L */
	CONSOLE_SCREEN,	  /* to that of console_screen() */
};

struct config;
struct console;

/**
 * @p poll is called with @p arg while a command prints; it may draw. True ends
 * the command. NULL: nothing does. @p config has the settings; may be NULL.
 */
struct console *console_new(struct session *session,
			    const struct config *config,
			    bool (*poll)(void *arg), void *arg);
void console_free(struct console *console);
/** Another sample of the same target; before the old one is freed. */
void console_use(struct console *console, struct session *session);
/** Keys and values are not shown. */
void console_redact(struct console *console, bool redact);
/** A code point or enum term_key, with the size of the window. */
enum console_event console_key(struct console *console, int key, int rows,
			       int cols);
/** The screen that was asked for last. */
const struct tab *console_screen(const struct console *console);
/** Scroll back by rows, negative forward. */
void console_scroll(struct console *console, int by, int rows, int cols);
/** Draws, and tells where the cursor is. */
void console_draw(const struct console *console, struct surface *out,
		  int *row_ret, int *col_ret);
/** The selected goroutine and frame, and what is scrolled away. */
void console_status(const struct console *console, struct buf *out);

#endif
