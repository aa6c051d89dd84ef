#include "tui/popup.h"

#include <string.h>

enum { MARGIN = 2, FRAME = 2 };

void popup_open(struct popup *popup)
{
	buf_clear(&popup->title);
	buf_clear(&popup->text);
	popup->top = 0;
	popup->open = true;
}

void popup_deinit(struct popup *popup)
{
	buf_deinit(&popup->title);
	buf_deinit(&popup->text);
}

void popup_key(struct popup *popup, int key)
{
	int page = popup->shown > 1 ? popup->shown - 1 : 1;

	switch (action_of_key(key)) {
	case ACTION_UP:
		popup->top--;
		break;
	case ACTION_DOWN:
		popup->top++;
		break;
	case ACTION_PAGE_UP:
		popup->top -= page;
		break;
	case ACTION_PAGE_DOWN:
		popup->top += page;
		break;
	default:
		popup->open = false;
		break;
	}
}

static int longest_line(const char *text)
{
	size_t longest = 0;

	while (*text) {
		size_t n = strcspn(text, "\n");

		longest = n > longest ? n : longest;
		text += n + (text[n] == '\n');
	}
	return longest < 4096 ? (int)longest : 4096;
}

static void draw_frame(struct surface *out, int row, int col, int rows,
		       int cols, const char *title)
{
	int i;

	for (i = 0; i < rows; i++)
		surface_fill(out, row + i, col, cols, STYLE_NORMAL, ' ');
	surface_fill(out, row, col, cols, STYLE_DIM, '-');
	surface_fill(out, row + rows - 1, col, cols, STYLE_DIM, '-');
	for (i = 1; i < rows - 1; i++) {
		surface_put(out, row + i, col, 1, STYLE_DIM, "|");
		surface_put(out, row + i, col + cols - 1, 1, STYLE_DIM, "|");
	}
	surface_put(out, row, col + 2, cols - 4, STYLE_TITLE, title);
}

void popup_draw(struct popup *popup, struct surface *out, int at, int rows)
{
	const char *text = buf_str(&popup->text);
	int title = surface_text_width(buf_str(&popup->title)) + FRAME;
	int longest = longest_line(text), line = 0, lines, height, col;
	int cols = (longest > title ? longest : title) + 2 * FRAME;

	if (cols > out->cols - 2 * MARGIN)
		cols = out->cols - 2 * MARGIN;
	col = (out->cols - cols) / 2;
	lines = surface_count_lines(text, cols - 2 * FRAME);
	height = lines + FRAME > rows ? rows : lines + FRAME;
	popup->shown = height - FRAME;
	if (popup->top > lines - popup->shown)
		popup->top = lines - popup->shown;
	if (popup->top < 0)
		popup->top = 0;
	at += (rows - height) / 2;
	draw_frame(out, at, col, height, cols, buf_str(&popup->title));
	for (; *text; line++) {
		int n = surface_line_bytes(text, cols - 2 * FRAME);
		CLEANUP(buf_deinit) struct buf b = {0};

		buf_add(&b, text, (size_t)n);
		if (line >= popup->top && line < popup->top + popup->shown)
			surface_put(out, at + 1 + line - popup->top,
				    col + FRAME, cols - 2 * FRAME, STYLE_NORMAL,
				    buf_str(&b));
		text += n;
		text += *text == ' ' || *text == '\n';
	}
}
