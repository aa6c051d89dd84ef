/* sync.Map, container/list and channels. */
#include <inttypes.h>

#include "core/session/containers.h"
#include "tui/screen.h"

struct containers {
	bool empty;
	struct container_table table;
	struct list_view view;
};

static void load(struct screen *screen)
{
	struct containers *c = screen->state;

	container_table_load(app_session(screen->app), c->empty, &c->table);
	list_init(&c->view.list, &container_list_kind, &c->table);
	c->view.cursor = c->view.top = 0;
}

static struct error *open(struct screen *screen, const void *arg)
{
	(void)arg;
	load(screen);
	return NULL;
}

static void close(struct screen *screen)
{
	struct containers *c = screen->state;

	list_deinit(&c->view.list);
	container_table_deinit(&c->table);
}

static struct error *update(struct screen *screen)
{
	close(screen);
	load(screen);
	return NULL;
}

static uint64_t address(const struct screen *screen)
{
	const struct containers *c = screen->state;
	uint32_t row = list_row(&c->view.list, c->view.cursor);

	return row < c->table.count ? c->table.rows[row].addr : 0;
}

static bool act(struct screen *screen, enum action action)
{
	struct containers *c = screen->state;
	uint64_t addr = address(screen);

	switch (action) {
	case ACTION_OPEN:
		if (addr)
			app_push(screen->app, &value_screen,
				 &(struct value_arg){.addr = addr});
		return true;
	case ACTION_STD:
		close(screen);
		c->empty = !c->empty;
		load(screen);
		return true;
	default:
		return false;
	}
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct containers *c = screen->state;

	list_view_draw(&c->view, out, 0, out->rows, true);
	list_view_draw_none(&c->view, out, 2,
			    "no sync.Map, list or channel holds anything; H "
			    "shows the empty ones");
}

static void title(const struct screen *screen, struct buf *out)
{
	const struct containers *c = screen->state;

	buf_printf(out, "Containers: sync.Map, list, chan   empty:%s",
		   c->empty ? "show" : "hide");
}

static void status(const struct screen *screen, struct buf *out)
{
	const struct containers *c = screen->state;
	uint32_t row = list_row(&c->view.list, c->view.cursor);

	if (row < c->table.count)
		buf_printf(out, "0x%" PRIx64 "  %s", c->table.rows[row].addr,
			   c->table.rows[row].type);
}

static struct list_view *list(struct screen *screen)
{
	struct containers *c = screen->state;

	return &c->view;
}

static void command(const struct screen *screen, struct buf *out)
{
	buf_printf(out, "mapscope containers %s", app_target(screen->app));
}

static const enum action hints[] = {ACTION_OPEN,   ACTION_REFS,	 ACTION_SORT,
				    ACTION_FILTER, ACTION_CLOSE, ACTION_NONE};

const struct screen_ops containers_screen = {
	.name = "Containers",
	.state_size = sizeof(struct containers),
	.open = open,
	.close = close,
	.act = act,
	.update = update,
	.draw = draw,
	.title = title,
	.status = status,
	.list = list,
	.command = command,
	.address = address,
	.hints = hints,
};
