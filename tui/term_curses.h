#ifndef TUI_TERM_CURSES_H
#define TUI_TERM_CURSES_H

/**
 * The terminal: the only place that knows curses. Restores the terminal on
 * every way out, an abort for want of memory included.
 */
#include <stdbool.h>

#include "core/base/buf.h"
#include "core/base/error.h"
#include "tui/surface.h"

/** False, with the reason, if this is no terminal for full screens. */
bool term_usable(const char **why_ret);
/** @p color: 0 auto, 1 always, 2 never. */
struct error *term_open(bool ascii, int color) MUST_CHECK;
/**
 * "warn" and "yellow default bold" from the configuration, before term_open().
 * False if they mean nothing; nothing changes unless @p apply.
 */
bool term_set_style(const char *name, const char *value, bool apply);
/** The styles as the configuration writes them, commented out. */
void term_sample_styles(struct buf *out);
/** Idempotent. */
void term_close(void);
void term_size(int *rows_ret, int *cols_ret);
bool term_is_ascii(void);
/** Show the surface; the cursor is at @p row, @p col, hidden if negative. */
void term_draw(const struct surface *s, int row, int col);
/** Draw everything anew at the next term_draw(). */
void term_redraw(void);
/**
 * To the clipboard of the terminal, if it takes such requests (OSC 52). Nothing
 * happens on terminals that would print them.
 */
void term_copy(const char *text, size_t len);
/** Where the last TKEY_CLICK or wheel key was. */
void term_mouse(int *row_ret, int *col_ret);
/** A code point or enum term_key; 0 if none came within @p timeout_ms. */
int term_key(int timeout_ms);

/**
 * Until something is typed, the window changes, @p wake_fd (-1 none) can be
 * read or @p timeout_ms are over; term_key(0) then tells.
 */
void term_wait(int wake_fd, int timeout_ms);

/** Nobody is at the other end of the terminal any more. */
bool term_gone(void);
/** ^C was typed, or term_gone(); other keys stay for term_key(). */
bool term_interrupted(void);
/** Does a key wait for term_key()? */
bool term_has_key(void);

/** "ncurses 6.4.20221231" */
const char *term_library_version(void);

#endif
