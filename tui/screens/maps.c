/* All maps: one row an owner, type or package, or one row a map. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "tui/screen.h"
#include "tui/tabs.h"

struct maps {
	enum map_group_by by;
	struct map_groups groups;
	struct list_view view;
	bool std;    /* maps of the standard library too */
	bool odd;    /* only those with a flag */
	char *owner; /* only this one's maps; NULL all */
};

static const char *base_filter(const struct maps *m)
{
	static const char *const filters[2][2] = {
		{"std=no", "std=no flag=STEGOCcwW!"},
		{"", "flag=STEGOCcwW!"},
	};

	return filters[m->std][m->odd];
}

static void open_flat(struct screen *screen, struct maps *m)
{
	CLEANUP(free_cleanup) char *filter = NULL;

	list_init(&m->view.list, &map_list_kind, app_session(screen->app));
	filter = m->owner ? xasprintf("owner=\"%s\"", m->owner)
			  : xstrdup(base_filter(m));
	error_free(list_filter(&m->view.list, filter));
}

static void load(struct screen *screen)
{
	struct maps *m = screen->state;

	m->view.cursor = m->view.top = 0;
	if (m->by == GROUP_NONE) {
		open_flat(screen, m);
		return;
	}
	error_free(map_groups_load(app_session(screen->app), m->by,
				   base_filter(m), &m->groups));
	list_init(&m->view.list, &map_group_list_kind, &m->groups);
}

static void unload(struct maps *m)
{
	list_deinit(&m->view.list);
	map_groups_deinit(&m->groups);
}

static struct error *open(struct screen *screen, const void *arg)
{
	struct maps *m = screen->state;

	if (arg) {
		m->owner = xstrdup(arg);
		m->by = GROUP_NONE;
		m->std = true;
	}
	load(screen);
	return NULL;
}

static void close(struct screen *screen)
{
	struct maps *m = screen->state;

	unload(m);
	free_cleanup(&m->owner);
}

/* A new sample: the same rows, order and selection as far as they exist. */
static struct error *update(struct screen *screen)
{
	struct maps *m = screen->state;
	struct map_groups old = m->groups;

	if (m->by == GROUP_NONE) {
		list_view_set_model(&m->view, app_session(screen->app));
		return NULL;
	}
	m->groups = (struct map_groups){0};
	error_free(map_groups_load(app_session(screen->app), m->by,
				   base_filter(m), &m->groups));
	/* The list compares identities of old and new rows by name. */
	m->view.list.model = &old;
	list_view_set_model(&m->view, &m->groups);
	map_groups_deinit(&old);
	return NULL;
}

static void open_row(struct screen *screen)
{
	struct maps *m = screen->state;
	uint32_t row = list_row(&m->view.list, m->view.cursor), count;
	const struct map_row *rows =
		session_maps(app_session(screen->app), &count);
	const struct map_group *g = NULL;

	if (row == UINT32_MAX)
		return;
	rows = m->by == GROUP_NONE ? &rows[row]
				   : map_groups_row(&m->groups, row, &g);
	if (!g || g->maps == 1 || row >= m->groups.count)
		app_push(screen->app, &detail_screen, &rows->addr);
	else if (m->by == GROUP_OWNER)
		app_push(screen->app, &maps_screen, g->name);
	else
		list_unfold(&m->view.list, m->view.cursor, true);
}

static bool act(struct screen *screen, enum action action)
{
	struct maps *m = screen->state;

	switch (action) {
	case ACTION_OPEN:
		open_row(screen);
		return true;
	case ACTION_GROUP:
		if (m->owner)
			return true;
		unload(m);
		m->by = m->by == GROUP_NONE ? GROUP_OWNER
					    : (enum map_group_by)(m->by + 1);
		load(screen);
		return true;
	case ACTION_STD:
	case ACTION_ANOMALIES:
		if (m->owner)
			return true;
		unload(m);
		if (action == ACTION_STD)
			m->std = !m->std;
		else
			m->odd = !m->odd;
		load(screen);
		return true;
	default:
		return false;
	}
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct maps *m = screen->state;

	list_view_draw(&m->view, out, 0, out->rows, true);
	if (!m->view.list.count)
		surface_put(out, 2, 2, out->cols, STYLE_DIM,
			    "no maps; H shows those of the standard library");
}

static void title(const struct screen *screen, struct buf *out)
{
	static const char *const by[] = {"owner", "type", "package", "none"};
	const struct maps *m = screen->state;

	if (m->owner)
		buf_printf(out, "Maps > %s", m->owner);
	else
		tabs_line(screen, out);
	if (!m->owner)
		buf_printf(out, " by:%s std:%s%s", by[m->by],
			   m->std ? "show" : "hide", m->odd ? " flagged" : "");
}

static void group_status(const struct maps *m, uint32_t row, struct buf *out)
{
	const struct map_group *g = &m->groups.groups[row];

	buf_printf(out, "%s  %" PRIu64 " maps  waste ",
		   g->type ? g->type : "several types", g->maps);
	text_size(out, g->waste_bytes);
	buf_printf(out, "  slots %" PRIu64, g->slots);
}

/* The row's map; NULL on a row that stands for a group. */
static const struct map_row *selected_map(const struct screen *screen)
{
	const struct maps *m = screen->state;
	uint32_t row = list_row(&m->view.list, m->view.cursor), count;
	const struct map_row *rows =
		session_maps(app_session(screen->app), &count);
	const struct map_group *g;

	if (row == UINT32_MAX)
		return NULL;
	if (m->by == GROUP_NONE)
		return &rows[row];
	return row < m->groups.count ? NULL
				     : map_groups_row(&m->groups, row, &g);
}

static void status(const struct screen *screen, struct buf *out)
{
	const struct maps *m = screen->state;
	const struct session *session = app_session(screen->app);
	uint32_t row = list_row(&m->view.list, m->view.cursor);
	const struct map_row *r = selected_map(screen);
	const char *type;

	if (row == UINT32_MAX)
		return;
	if (!r) {
		group_status(m, row, out);
		return;
	}
	type = map_row_type(session, r);
	buf_printf(out, "%s  0x%" PRIx64 "  %s  waste ",
		   type ? type : "untyped", r->addr, map_row_root(r));
	text_size(out, r->waste_bytes);
}

static struct list_view *list(struct screen *screen)
{
	struct maps *m = screen->state;

	return &m->view;
}

static void command(const struct screen *screen, struct buf *out)
{
	static const char *const by[] = {"owner", "type", "package", "none"};
	const struct maps *m = screen->state;

	buf_printf(out, "mapscope maps %s --group %s", app_target(screen->app),
		   by[m->by]);
	if (m->std)
		buf_adds(out, " --runtime");
	if (*m->view.list.filter && strcmp(m->view.list.filter, "std=no") != 0)
		buf_printf(out, " --filter '%s'", m->view.list.filter);
}

static uint64_t address(const struct screen *screen)
{
	const struct maps *m = screen->state;
	uint32_t row = list_row(&m->view.list, m->view.cursor);
	const struct map_row *r = selected_map(screen);
	const struct map_group *g;

	if (!r && m->by != GROUP_NONE && row != UINT32_MAX)
		r = map_groups_row(&m->groups, row, &g);
	return r ? r->addr : 0;
}

static const enum action hints[] = {
	ACTION_OPEN, ACTION_GROUP, ACTION_TREE, ACTION_FILTER, ACTION_SEARCH,
	ACTION_SORT, ACTION_REFS,  ACTION_STD,	ACTION_CLOSE,  ACTION_NONE};

const struct screen_ops maps_screen = {
	.name = "Maps",
	.state_size = sizeof(struct maps),
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
	.beside = {&detail_screen, &refs_screen},
	.without_memory = true,
};
