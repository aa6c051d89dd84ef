/* Goroutines, one row each or grouped. */
#include <inttypes.h>
#include <string.h>

#include "core/session/goroutine_list.h"
#include "tui/screen.h"
#include "tui/tabs.h"

static const char *const group_names[] = {"none", "user location", "state",
					  "go statement"};

struct goroutines {
	enum goroutine_group by;
	bool system;
	struct goroutine_table table;
	struct list_view view;
};

static void load(struct screen *screen)
{
	struct goroutines *g = screen->state;

	goroutine_table_load(app_session(screen->app), g->by, g->system,
			     &g->table);
	list_init(&g->view.list,
		  g->by == GOROUTINES_EACH ? &goroutine_list_kind
					   : &goroutine_group_list_kind,
		  &g->table);
	g->view.cursor = g->view.top = 0;
}

static struct error *open(struct screen *screen, const void *arg)
{
	(void)arg;
	load(screen);
	return NULL;
}

static void close(struct screen *screen)
{
	struct goroutines *g = screen->state;

	list_deinit(&g->view.list);
	goroutine_table_deinit(&g->table);
}

static struct error *update(struct screen *screen)
{
	struct goroutines *g = screen->state;
	struct goroutine_table old = g->table;

	goroutine_table_load(app_session(screen->app), g->by, g->system,
			     &g->table);
	g->view.list.model = &old;
	list_view_set_model(&g->view, &g->table);
	goroutine_table_deinit(&old);
	return NULL;
}

static const struct goroutine_line *selected(const struct goroutines *g)
{
	uint32_t row = list_row(&g->view.list, g->view.cursor);

	return row < g->table.count ? &g->table.lines[row] : NULL;
}

static bool act(struct screen *screen, enum action action)
{
	struct goroutines *g = screen->state;
	const struct goroutine_line *line = selected(g);

	switch (action) {
	case ACTION_OPEN:
		if (line)
			app_push(screen->app, &stack_screen, &line->id);
		return true;
	case ACTION_GROUP:
		close(screen);
		g->by = (enum goroutine_group)((g->by + 1) % GOROUTINE_GROUPS);
		load(screen);
		return true;
	case ACTION_STD:
		close(screen);
		g->system = !g->system;
		load(screen);
		return true;
	default:
		return false;
	}
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct goroutines *g = screen->state;

	list_view_draw(&g->view, out, 0, out->rows, true);
	list_view_draw_none(&g->view, out, 2,
			    "no goroutines; H shows those of the runtime");
}

static void title(const struct screen *screen, struct buf *out)
{
	const struct goroutines *g = screen->state;

	tabs_line(screen, out);
	buf_printf(out, " by:%s runtime:%s", group_names[g->by],
		   g->system ? "show" : "hide");
}

static void status(const struct screen *screen, struct buf *out)
{
	const struct goroutine_line *line = selected(screen->state);

	if (line)
		buf_printf(out, "created by %s",
			   *line->go ? line->go : "the runtime");
}

static struct list_view *list(struct screen *screen)
{
	struct goroutines *g = screen->state;

	return &g->view;
}

static void command(const struct screen *screen, struct buf *out)
{
	static const char *const flags[] = {"", " -group userloc",
					    " -group running", " -group goloc"};
	const struct goroutines *g = screen->state;

	buf_printf(out, "mapscope goroutines %s%s", app_target(screen->app),
		   flags[g->by]);
}

static const enum action hints[] = {ACTION_OPEN,   ACTION_GROUP, ACTION_STD,
				    ACTION_FILTER, ACTION_SORT,	 ACTION_CLOSE,
				    ACTION_NONE};

const struct screen_ops goroutines_screen = {
	.name = "Goroutines",
	.state_size = sizeof(struct goroutines),
	.open = open,
	.close = close,
	.act = act,
	.update = update,
	.draw = draw,
	.title = title,
	.status = status,
	.list = list,
	.command = command,
	.hints = hints,
	.without_memory = true,
};
