/* What the samples warned of. */
#include "core/base/text.h"
#include "core/session/warnings.h"
#include "tui/screen.h"
#include "tui/tabs.h"

struct log {
	struct warning_list warnings;
	struct list_view view;
};

static struct error *open(struct screen *screen, const void *arg)
{
	struct log *log = screen->state;

	(void)arg;
	warnings_add(&log->warnings, app_session(screen->app));
	list_init(&log->view.list, &warning_list_kind, &log->warnings);
	return NULL;
}

static void close(struct screen *screen)
{
	struct log *log = screen->state;

	list_deinit(&log->view.list);
	warnings_deinit(&log->warnings);
}

/* Those of the samples before stay as long as the screen is open. */
static struct error *update(struct screen *screen)
{
	struct log *log = screen->state;

	warnings_add(&log->warnings, app_session(screen->app));
	list_set_model(&log->view.list, &log->warnings);
	return NULL;
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct log *log = screen->state;

	list_view_draw(&log->view, out, 0, out->rows, true);
	list_view_draw_none(&log->view, out, 2, "no warnings");
}

static void title(const struct screen *screen, struct buf *out)
{
	tabs_line(screen, out);
}

/* The whole text, which the list may cut. */
static void status(const struct screen *screen, struct buf *out)
{
	const struct log *log = screen->state;
	uint32_t row = list_row(&log->view.list, log->view.cursor);

	if (row < log->warnings.count)
		buf_adds(out, log->warnings.rows[row].text);
}

static struct list_view *list(struct screen *screen)
{
	struct log *log = screen->state;

	return &log->view;
}

static uint64_t address(const struct screen *screen)
{
	const struct log *log = screen->state;
	uint32_t row = list_row(&log->view.list, log->view.cursor);

	return row < log->warnings.count ? log->warnings.rows[row].addr : 0;
}

/* The answers' sample says them all. */
static void command(const struct screen *screen, struct buf *out)
{
	buf_printf(out, "mapscope stats %s --json", app_target(screen->app));
}

static const enum action hints[] = {ACTION_SEARCH, ACTION_FILTER, ACTION_SORT,
				    ACTION_CLOSE, ACTION_NONE};

const struct screen_ops log_screen = {
	.name = "Log",
	.state_size = sizeof(struct log),
	.open = open,
	.close = close,
	.update = update,
	.draw = draw,
	.title = title,
	.status = status,
	.list = list,
	.command = command,
	.address = address,
	.hints = hints,
	.without_memory = true,
};
