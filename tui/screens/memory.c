/* Where the process's memory is, and what the collector does about it. */
#include <inttypes.h>
#include <string.h>

#include "core/base/attr.h"
#include "core/base/text.h"
#include "core/session/memory.h"
#include "tui/screen.h"
#include "tui/tabs.h"

static const struct {
	const struct list_kind *kind;
	const char *name, *flag;
} views[] = {
	{&memory_list_kind, "", "parts"},
	{&size_class_list_kind, " size classes", "classes"},
	{&span_class_list_kind, " spans by class", "spans"},
};

struct memory {
	unsigned shown; /* of views */
	struct memory_table table;
	struct list_view view;
};

static void load(struct screen *screen)
{
	struct memory *m = screen->state;

	memory_table_load(app_session(screen->app), &m->table);
	list_init(&m->view.list, views[m->shown].kind, &m->table);
	m->view.cursor = m->view.top = 0;
}

static struct error *open(struct screen *screen, const void *arg)
{
	(void)arg;
	load(screen);
	return NULL;
}

static void close(struct screen *screen)
{
	struct memory *m = screen->state;

	list_deinit(&m->view.list);
	memory_table_deinit(&m->table);
}

static struct error *update(struct screen *screen)
{
	close(screen);
	load(screen);
	return NULL;
}

static bool act(struct screen *screen, enum action action)
{
	struct memory *m = screen->state;

	if (action == ACTION_CLASSES)
		m->shown = (m->shown + 1) % ARRAY_LEN(views);
	else if (action == ACTION_EXPRESSION)
		m->shown = ARRAY_LEN(views) - 1;
	else
		return false;
	error_free(update(screen));
	return true;
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct memory *m = screen->state;

	list_view_draw(&m->view, out, 0, out->rows - 1, true);
	surface_put(out, out->rows - 1, 1, out->cols - 1, STYLE_DIM,
		    m->table.pacing);
}

static void title(const struct screen *screen, struct buf *out)
{
	const struct memory *m = screen->state;

	tabs_line(screen, out);
	buf_adds(out, views[m->shown].name);
}

/* Of all rows, whatever the filter. */
static void add_sums(const struct memory *m, struct buf *out)
{
	uint64_t bytes = 0, used = 0, waste = 0;
	uint32_t i;

	for (i = 0; i < m->table.span_count; i++) {
		bytes += m->table.spans[i].bytes;
		used += m->table.spans[i].used;
		waste += m->table.spans[i].waste;
	}
	buf_adds(out, "all spans ");
	text_size(out, bytes);
	buf_adds(out, "  in use ");
	text_size(out, used);
	buf_adds(out, "  waste ");
	text_size(out, waste);
	if (bytes)
		buf_printf(out, " (%" PRIu64 "%%)", waste * 100 / bytes);
}

static void status(const struct screen *screen, struct buf *out)
{
	const struct memory *m = screen->state;
	uint32_t row = list_row(&m->view.list, m->view.cursor);

	if (!m->shown && row < m->table.count)
		buf_adds(out, m->table.rows[row].note);
	else if (m->shown)
		add_sums(m, out);
}

static struct list_view *list(struct screen *screen)
{
	struct memory *m = screen->state;

	return &m->view;
}

static void command(const struct screen *screen, struct buf *out)
{
	const struct memory *m = screen->state;

	buf_printf(out, "mapscope stats %s --%s", app_target(screen->app),
		   views[m->shown].flag);
}

static const enum action hints[] = {ACTION_CLASSES, ACTION_SORT, ACTION_FILTER,
				    ACTION_CLOSE, ACTION_NONE};

const struct screen_ops memory_screen = {
	.name = "Memory",
	.state_size = sizeof(struct memory),
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
};
