#ifndef TUI_SURFACE_H
#define TUI_SURFACE_H

/**
 * A grid of styled cells that screens draw on. Text from the target ends here:
 * control characters, bidi marks and invalid bytes become '?', wide characters
 * take two cells, nothing is written outside the grid.
 */
#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/buf.h"

enum style {
	STYLE_NORMAL,
	STYLE_BOLD,
	STYLE_DIM,
	STYLE_TITLE,
	STYLE_HEADER,
	STYLE_SELECTED,
	STYLE_OK,
	STYLE_INFO,
	STYLE_WARN,
	STYLE_HIGH,
	STYLE_STOPPED,
	STYLE_TAGGED,
	STYLE_COUNT,
};

struct surface_cell {
	uint32_t c; /* code point; 0: right half of a wide character */
	uint8_t style;
};

struct surface {
	int rows, cols;
	bool ascii; /* only 7-bit characters */
	struct surface_cell *cells;
};

/** Blank; keeps @c ascii. */
void surface_resize(struct surface *s, int rows, int cols);
void surface_deinit(struct surface *s);
void surface_clear(struct surface *s);
/** At most @p width columns from @p col; returns the columns used. */
int surface_put(struct surface *s, int row, int col, int width,
		enum style style, const char *text);
/** The same; what is too long loses the directories of packages first. */
int surface_put_names(struct surface *s, int row, int col, int width,
		      enum style style, const char *text);
/**
 * The same on up to @p rows lines, broken between words where it can be.
 * Returns the lines used.
 */
int surface_put_lines(struct surface *s, int row, int col, int width, int rows,
		      enum style style, const char *text);
/** How many lines that takes if there is room for all. */
int surface_count_lines(const char *text, int width);
/** Bytes of @p text that a line of @p width columns takes. */
int surface_line_bytes(const char *text, int width);
int surface_printf(struct surface *s, int row, int col, enum style style,
		   const char *format, ...) PRINTF_LIKE(5, 6);
void surface_fill(struct surface *s, int row, int col, int width,
		  enum style style, char c);
/** Copy all of @p from to that place; what does not fit is left out. */
void surface_copy(struct surface *s, int row, int col,
		  const struct surface *from);
/** Columns @p text takes once filtered. */
int surface_text_width(const char *text);
/** The grid as lines of UTF-8 without trailing blanks, for tests. */
void surface_dump(const struct surface *s, struct buf *out);

#endif
