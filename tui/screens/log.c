/* What the sample warned of. */
#include "tui/screen.h"
#include "tui/tabs.h"

struct log {
	size_t top;
};

static bool act(struct screen *screen, enum action action)
{
	struct log *log = screen->state;
	struct session_info info;

	session_info(app_session(screen->app), &info);
	switch (action) {
	case ACTION_UP:
		log->top -= log->top > 0;
		return true;
	case ACTION_DOWN:
		log->top += log->top + 1 < info.warning_count;
		return true;
	default:
		return false;
	}
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct log *log = screen->state;
	struct session_info info;
	size_t i;

	session_info(app_session(screen->app), &info);
	for (i = log->top; i < info.warning_count; i++) {
		int row = (int)(i - log->top);

		if (row >= out->rows)
			break;
		surface_printf(out, row, 1, STYLE_WARN, "warning  %s",
			       info.warnings[i]);
	}
	if (!info.warning_count)
		surface_put(out, 1, 2, out->cols, STYLE_DIM, "no warnings");
}

static void title(const struct screen *screen, struct buf *out)
{
	tabs_line(screen, out);
}

static struct error *update(struct screen *screen)
{
	struct log *log = screen->state;

	log->top = 0;
	return NULL;
}

/* The answers' sample says them all. */
static void command(const struct screen *screen, struct buf *out)
{
	buf_printf(out, "mapscope stats %s --json", app_target(screen->app));
}

static const enum action hints[] = {ACTION_CLOSE, ACTION_NONE};

const struct screen_ops log_screen = {
	.name = "Log",
	.state_size = sizeof(struct log),
	.act = act,
	.update = update,
	.draw = draw,
	.title = title,
	.command = command,
	.hints = hints,
	.without_memory = true,
};
