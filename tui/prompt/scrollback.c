#include "tui/prompt/scrollback.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"

enum { TAB_COLUMNS = 8, LINE_BYTES = 1 << 16 };

static struct scrollback_line *line_at(const struct scrollback *s, uint32_t i)
{
	return &s->lines[(s->first + i) % SCROLLBACK_LINES];
}

void scrollback_clear(struct scrollback *s)
{
	uint32_t i;

	for (i = 0; i < s->count; i++)
		free(line_at(s, i)->text);
	s->first = s->count = 0;
	s->bytes = 0;
	s->forgotten = s->up = 0;
	s->open = false;
}

void scrollback_deinit(struct scrollback *s)
{
	scrollback_clear(s);
	free(s->lines);
	s->lines = NULL;
}

static void forget_oldest(struct scrollback *s)
{
	struct scrollback_line *line = line_at(s, 0);

	s->bytes -= line->len;
	free(line->text);
	s->first = (s->first + 1) % SCROLLBACK_LINES;
	s->count--;
	s->forgotten++;
}

static void add_line(struct scrollback *s, enum style style,
		     const struct buf *text)
{
	if (!s->lines)
		s->lines = xcalloc(SCROLLBACK_LINES, sizeof(*s->lines));
	while (s->count && (s->count == SCROLLBACK_LINES ||
			    s->bytes + text->len > SCROLLBACK_BYTES))
		forget_oldest(s);
	*line_at(s, s->count++) = (struct scrollback_line){
		.text = xstrndup(buf_str(text), text->len),
		.len = (uint32_t)text->len,
		.style = (uint8_t)style,
	};
	s->bytes += text->len;
}

/* Take back the last line, to go on with it. */
static void reopen(struct scrollback *s, struct buf *line)
{
	struct scrollback_line *last = line_at(s, s->count - 1);

	buf_add(line, last->text, last->len);
	s->bytes -= last->len;
	free(last->text);
	s->count--;
}

void scrollback_add(struct scrollback *s, enum style style, const char *text,
		    size_t len)
{
	CLEANUP(buf_deinit) struct buf line = {0};
	size_t i;

	s->up = 0;
	if (!len)
		return;
	if (s->open && s->count)
		reopen(s, &line);
	for (i = 0; i < len; i++) {
		if (text[i] == '\t') {
			do
				buf_addc(&line, ' ');
			while (line.len % TAB_COLUMNS);
		} else if (text[i] != '\n') {
			buf_addc(&line, text[i]);
		}
		if (text[i] == '\n' || line.len >= LINE_BYTES) {
			add_line(s, style, &line);
			buf_clear(&line);
		}
	}
	s->open = line.len > 0;
	if (s->open)
		add_line(s, style, &line);
}

/* Bytes of @p text that fit in @p width columns, at least a character. */
static size_t fitting(const char *text, size_t len, int width)
{
	size_t used = 0;
	int columns = 0;

	while (used < len) {
		uint32_t c;
		size_t n = text_decode(text + used, len - used, &c);
		int wide = wcwidth((wchar_t)c);

		columns += wide < 0 ? 1 : wide;
		if (columns > width && used)
			break;
		used += n;
	}
	return used;
}

static uint64_t rows_of(const struct scrollback_line *line, int width)
{
	uint64_t rows = 0;
	size_t at = 0;

	do {
		at += fitting(line->text + at, line->len - at, width);
		rows++;
	} while (at < line->len);
	return rows;
}

void scrollback_move(struct scrollback *s, int rows, int height, int width)
{
	uint64_t all = 0, back;
	uint32_t i;

	if (rows < 0) {
		back = (uint64_t)-rows;
		s->up -= back < s->up ? back : s->up;
		return;
	}
	for (i = 0; i < s->count; i++)
		all += rows_of(line_at(s, i), width);
	s->up += (uint64_t)rows;
	all = all > (uint64_t)height ? all - (uint64_t)height : 0;
	if (s->up > all)
		s->up = all;
}

/* Rows [skip, ...) of the line from @p row on; the row after them. */
static int draw_line(const struct scrollback_line *line, uint64_t skip,
		     struct surface *out, int row, int height)
{
	size_t at = 0, n;

	do {
		n = fitting(line->text + at, line->len - at, out->cols);
		if (skip) {
			skip--;
		} else {
			CLEANUP(free_cleanup)
			char *part = xstrndup(line->text + at, n);

			surface_put(out, row++, 0, out->cols,
				    (enum style)line->style, part);
		}
		at += n;
	} while (at < line->len && row < height);
	return row;
}

int scrollback_draw(const struct scrollback *s, struct surface *out, int height)
{
	const uint64_t want = s->up + (uint64_t)(height > 0 ? height : 0);
	uint64_t have = 0, skip;
	uint32_t i = s->count;
	int row = 0;

	while (i && have < want)
		have += rows_of(line_at(s, --i), out->cols);
	skip = have > want ? have - want : 0;
	for (; i < s->count && row < height; i++, skip = 0)
		row = draw_line(line_at(s, i), skip, out, row, height);
	return row;
}
