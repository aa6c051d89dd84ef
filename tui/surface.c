#include "tui/surface.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"

void surface_resize(struct surface *s, int rows, int cols)
{
	free(s->cells);
	s->rows = rows;
	s->cols = cols;
	s->cells = xcalloc((size_t)rows * (size_t)cols, sizeof(*s->cells));
	surface_clear(s);
}

void surface_deinit(struct surface *s)
{
	free(s->cells);
	*s = (struct surface){0};
}

void surface_clear(struct surface *s)
{
	int i;

	for (i = 0; i < s->rows * s->cols; i++)
		s->cells[i] = (struct surface_cell){.c = ' '};
}

/* What a code point becomes on screen, and how wide it is; 0: nothing. */
static uint32_t visible(uint32_t c, bool ascii, int *width)
{
	int w;

	*width = 1;
	if (text_is_control(c) || (ascii && c > 0x7e))
		return '?';
	if (c < 0x7f)
		return c;
	w = wcwidth((wchar_t)c);
	if (w < 0)
		return '?';
	*width = w;
	return w ? c : 0;
}

int surface_put(struct surface *s, int row, int col, int width,
		enum style style, const char *text)
{
	size_t len = strlen(text), n;
	int used = 0, w;
	uint32_t c;

	if (row < 0 || row >= s->rows)
		return 0;
	while ((n = text_decode(text, len, &c))) {
		text += n;
		len -= n;
		c = visible(c, s->ascii, &w);
		if (!c)
			continue;
		if (used + w > width || col + used + w > s->cols)
			break;
		if (col + used >= 0) {
			struct surface_cell *cell =
				&s->cells[row * s->cols + col + used];

			*cell = (struct surface_cell){c, (uint8_t)style};
			if (w == 2)
				cell[1] = (struct surface_cell){0,
								(uint8_t)style};
		}
		used += w;
	}
	return used;
}

int surface_put_names(struct surface *s, int row, int col, int width,
		      enum style style, const char *text)
{
	CLEANUP(buf_deinit) struct buf names = {0};
	int room = s->cols - col < width ? s->cols - col : width;

	if (surface_text_width(text) <= room)
		return surface_put(s, row, col, width, style, text);
	text_short_names(&names, text);
	return surface_put(s, row, col, width, style, buf_str(&names));
}

int surface_line_bytes(const char *text, int width)
{
	size_t end = strcspn(text, "\n"), at = 0, word = 0, n;
	uint32_t c;
	int used = 0, w;

	while (at < end && (n = text_decode(text + at, end - at, &c))) {
		if (!visible(c, false, &w))
			w = 0;
		if (used + w > width)
			return (int)(word ? word : at);
		if (c == ' ')
			word = at;
		used += w;
		at += n;
	}
	return (int)end;
}

int surface_count_lines(const char *text, int width)
{
	int lines = 0;

	for (; *text && width > 0; lines++) {
		text += surface_line_bytes(text, width);
		text += *text == ' ' || *text == '\n';
	}
	return lines;
}

int surface_put_lines(struct surface *s, int row, int col, int width, int rows,
		      enum style style, const char *text)
{
	int used = 0;

	while (*text && used < rows && width > 0) {
		CLEANUP(buf_deinit) struct buf line = {0};
		int n = surface_line_bytes(text, width);

		/* The last one says by its end that more follows. */
		buf_add(&line, text,
			used + 1 < rows ? (size_t)n : strcspn(text, "\n"));
		surface_put(s, row + used++, col, width, style, buf_str(&line));
		text += n;
		text += *text == ' ' || *text == '\n';
	}
	return used;
}

int surface_printf(struct surface *s, int row, int col, enum style style,
		   const char *format, ...)
{
	CLEANUP(buf_deinit) struct buf b = {0};
	va_list args;

	va_start(args, format);
	buf_vprintf(&b, format, args);
	va_end(args);
	return surface_put(s, row, col, s->cols, style, buf_str(&b));
}

void surface_fill(struct surface *s, int row, int col, int width,
		  enum style style, char c)
{
	int i;

	if (row < 0 || row >= s->rows)
		return;
	for (i = col < 0 ? 0 : col; i < col + width && i < s->cols; i++)
		s->cells[row * s->cols + i] =
			(struct surface_cell){(uint8_t)c, (uint8_t)style};
}

int surface_text_width(const char *text)
{
	size_t len = strlen(text), n;
	int used = 0, w;
	uint32_t c;

	while ((n = text_decode(text, len, &c))) {
		text += n;
		len -= n;
		if (visible(c, false, &w))
			used += w;
	}
	return used;
}

void surface_dump(const struct surface *s, struct buf *out)
{
	int row, col, last;

	for (row = 0; row < s->rows; row++) {
		const struct surface_cell *line = &s->cells[row * s->cols];

		for (last = s->cols; last && line[last - 1].c == ' '; last--)
			;
		for (col = 0; col < last; col++)
			if (line[col].c)
				text_encode(out, line[col].c);
		buf_addc(out, '\n');
	}
}

void surface_copy(struct surface *s, int row, int col,
		  const struct surface *from)
{
	int rows = from->rows, cols = from->cols, i;

	if (row < 0 || col < 0)
		return;
	if (rows > s->rows - row)
		rows = s->rows - row;
	if (cols > s->cols - col)
		cols = s->cols - col;
	for (i = 0; i < rows && cols > 0; i++)
		memcpy(&s->cells[(row + i) * s->cols + col],
		       &from->cells[i * from->cols],
		       (size_t)cols * sizeof(*s->cells));
}
