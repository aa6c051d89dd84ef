/* Live objects by type or package. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/session/objects.h"
#include "tui/screen.h"
#include "tui/tabs.h"

struct types {
	bool by_package;
	struct type_table table;
	struct list_view view;
};

static struct error *load(struct screen *screen)
{
	struct types *t = screen->state;
	struct error *err = type_table_load(app_session(screen->app),
					    t->by_package, &t->table);

	if (!err)
		list_init(&t->view.list, &type_list_kind, &t->table);
	t->view.cursor = t->view.top = 0;
	return err;
}

static struct error *open(struct screen *screen, const void *arg)
{
	(void)arg;
	return load(screen);
}

static void close(struct screen *screen)
{
	struct types *t = screen->state;

	list_deinit(&t->view.list);
	type_table_deinit(&t->table);
}

static struct error *update(struct screen *screen)
{
	struct types *t = screen->state;
	struct type_table old = t->table;
	struct error *err;

	t->table = (struct type_table){0};
	err = type_table_load(app_session(screen->app), t->by_package,
			      &t->table);
	if (!err) {
		type_table_compare(&t->table, &old);
		/* Columns that both have are the same ones. */
		t->view.list.kind = &type_sample_list_kind;
	}
	t->view.list.model = &old;
	list_view_set_model(&t->view, &t->table);
	type_table_deinit(&old);
	return err;
}

static bool act(struct screen *screen, enum action action)
{
	struct types *t = screen->state;
	uint32_t row = list_row(&t->view.list, t->view.cursor);

	switch (action) {
	case ACTION_OPEN:
		if (row < t->table.count && !t->by_package)
			app_push(screen->app, &objects_screen,
				 &(struct objects_arg){
					 .type = t->table.rows[row].type});
		return true;
	case ACTION_GROUP:
		close(screen);
		t->by_package = !t->by_package;
		error_free(load(screen));
		return true;
	default:
		return false;
	}
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct types *t = screen->state;

	list_view_draw(&t->view, out, 0, out->rows, true);
	list_view_draw_none(&t->view, out, 2, "no objects");
}

static void title(const struct screen *screen, struct buf *out)
{
	const struct types *t = screen->state;

	tabs_line(screen, out);
	buf_printf(out, " by:%s", t->by_package ? "package" : "type");
}

static void status(const struct screen *screen, struct buf *out)
{
	const struct types *t = screen->state;

	text_count(out, t->table.objects);
	buf_adds(out, " live objects, ");
	text_size(out, t->table.bytes);
}

static struct list_view *list(struct screen *screen)
{
	struct types *t = screen->state;

	return &t->view;
}

static void command(const struct screen *screen, struct buf *out)
{
	const struct types *t = screen->state;

	buf_printf(out, "mapscope types %s --group %s", app_target(screen->app),
		   t->by_package ? "package" : "type");
}

static const enum action hints[] = {ACTION_OPEN,   ACTION_GROUP, ACTION_FILTER,
				    ACTION_SEARCH, ACTION_SORT,	 ACTION_CLOSE,
				    ACTION_NONE};

const struct screen_ops types_screen = {
	.name = "Types",
	.state_size = sizeof(struct types),
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
