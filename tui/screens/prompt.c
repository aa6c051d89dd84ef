/* The prompt: delve's commands inside the interface. */
#include "tui/prompt/console.h"
#include "tui/screen.h"
#include "tui/tabs.h"

struct prompt {
	int row, col; /* of the cursor, as last drawn */
};

static bool key(struct screen *screen, int code)
{
	struct console *console = app_console(screen->app);
	struct app *app = screen->app;

	console_redact(console, app_redact(app));
	switch (console_key(console, code, screen->rows, screen->cols)) {
	case CONSOLE_LEAVE:
		app_close(app);
		break;
	case CONSOLE_RESAMPLE:
		app_resample(app);
		break;
	case CONSOLE_SCREEN:
		app_go_to(app, console_screen(console)->ops);
		break;
	case CONSOLE_REDRAW:
		app_redraw(app);
		break;
	default:
		break;
	}
	return true;
}

/* The wheel. */
static bool act(struct screen *screen, enum action action)
{
	if (action != ACTION_UP && action != ACTION_DOWN)
		return false;
	console_scroll(app_console(screen->app), action == ACTION_UP ? 1 : -1,
		       screen->rows, screen->cols);
	return true;
}

static void draw(const struct screen *screen, struct surface *out)
{
	struct prompt *prompt = screen->state;

	console_draw(app_console(screen->app), out, &prompt->row, &prompt->col);
}

static void cursor(const struct screen *screen, int *row_ret, int *col_ret)
{
	const struct prompt *prompt = screen->state;

	*row_ret = prompt->row;
	*col_ret = prompt->col;
}

static void status(const struct screen *screen, struct buf *out)
{
	console_status(app_console(screen->app), out);
}

static void command(const struct screen *screen, struct buf *out)
{
	buf_printf(out, "mapscope prompt %s", app_target(screen->app));
}

static const char *keys(const struct screen *screen)
{
	(void)screen;
	return " Esc leave  Tab complete  ^R history  PgUp PgDn scroll";
}

const struct screen_ops prompt_screen = {
	.name = "Prompt",
	.state_size = sizeof(struct prompt),
	.act = act,
	.key = key,
	.key_hints = keys,
	.cursor = cursor,
	.draw = draw,
	.status = status,
	.command = command,
	.without_memory = true,
};
