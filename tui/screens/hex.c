/* Bytes of the target around an address. */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "core/session/objects.h"
#include "core/session/print.h"
#include "tui/screen.h"

enum { LINE = 16, WIDE_COLS = 84 };

struct hex {
	uint64_t addr;	/* what was asked for */
	uint64_t first; /* address of the first line */
	struct address_info info;
};

static struct error *load(struct screen *screen)
{
	struct hex *h = screen->state;

	address_info_deinit(&h->info);
	address_info_load(app_session(screen->app), h->addr, &h->info);
	return NULL;
}

static struct error *open(struct screen *screen, const void *arg)
{
	struct hex *h = screen->state;
	const uint64_t *addr = arg;

	h->addr = *addr;
	h->first = h->addr - h->addr % LINE;
	return load(screen);
}

static void close(struct screen *screen)
{
	struct hex *h = screen->state;

	address_info_deinit(&h->info);
}

static void move(struct hex *h, int64_t lines)
{
	uint64_t by = (uint64_t)(lines < 0 ? -lines : lines) * LINE;

	if (lines < 0)
		h->first = h->first > by ? h->first - by : 0;
	else if (h->first <= UINT64_MAX - 2 * by)
		h->first += by;
}

static bool act(struct screen *screen, enum action action)
{
	struct hex *h = screen->state;
	int page = screen->rows > 1 ? screen->rows - 1 : 1;

	switch (action) {
	case ACTION_UP:
		move(h, -1);
		return true;
	case ACTION_DOWN:
		move(h, 1);
		return true;
	case ACTION_PAGE_UP:
		move(h, -page);
		return true;
	case ACTION_PAGE_DOWN:
		move(h, page);
		return true;
	case ACTION_HOME:
		h->first = h->addr - h->addr % LINE;
		return true;
	default:
		return false;
	}
}

static void draw_line(const struct screen *screen, uint64_t addr,
		      struct surface *out, int row)
{
	const struct hex *h = screen->state;
	bool redact = app_redact(screen->app);
	uint8_t bytes[LINE];
	char text[LINE + 1] = "";
	struct error *err;
	bool wide = out->cols >= WIDE_COLS;
	int i, col = wide ? 17 : 15;

	surface_printf(out, row, wide, STYLE_DIM, "%#" PRIx64, addr);
	err = session_read(app_session(screen->app), addr, bytes, LINE);
	if (err) {
		surface_put(out, row, col, out->cols, STYLE_DIM,
			    "not in the sample");
		error_free(err);
		return;
	}
	for (i = 0; i < LINE; i++) {
		uint64_t at = addr + (uint64_t)i;
		bool inside = h->info.start && at >= h->info.start &&
			      at - h->info.start < h->info.bytes;

		surface_printf(out, row, col, inside ? STYLE_BOLD : STYLE_DIM,
			       redact ? ".." : "%02x", bytes[i]);
		col += 3 + (i == 7 || (wide && i == 15));
		text[i] = isprint(bytes[i]) && !redact ? (char)bytes[i] : '.';
	}
	surface_put(out, row, col, out->cols - col, STYLE_NORMAL, text);
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct hex *h = screen->state;
	int row;

	for (row = 0; row < out->rows; row++)
		draw_line(screen, h->first + (uint64_t)row * LINE, out, row);
}

static void title(const struct screen *screen, struct buf *out)
{
	const struct hex *h = screen->state;

	buf_printf(out, "Bytes > 0x%" PRIx64 "  %s", h->addr,
		   h->info.type ? h->info.type : h->info.state);
}

static void status(const struct screen *screen, struct buf *out)
{
	const struct hex *h = screen->state;

	if (h->info.start)
		buf_printf(out, "%s  0x%" PRIx64 " to 0x%" PRIx64 " (bold)  %s",
			   h->info.state, h->info.start,
			   h->info.start + h->info.bytes,
			   h->info.name ? h->info.name : "");
	else
		buf_adds(out, h->info.state);
}

static void command(const struct screen *screen, struct buf *out)
{
	const struct hex *h = screen->state;

	buf_printf(out, "mapscope examinemem %s -fmt hex -count %d 0x%" PRIx64,
		   app_target(screen->app), screen->rows * LINE, h->first);
}

static uint64_t address(const struct screen *screen)
{
	const struct hex *h = screen->state;

	return h->addr;
}

static const enum action hints[] = {ACTION_VALUE, ACTION_REFS, ACTION_REDACT,
				    ACTION_CLOSE, ACTION_NONE};

const struct screen_ops hex_screen = {
	.name = "Bytes",
	.state_size = sizeof(struct hex),
	.open = open,
	.close = close,
	.act = act,
	.update = load,
	.draw = draw,
	.title = title,
	.status = status,
	.command = command,
	.address = address,
	.hints = hints,
};
