/* All maps: one row an owner, type or package, or one row a map. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "tui/screen.h"
#include "tui/tabs.h"

struct maps {
	enum map_group_by by;
	struct map_groups groups;
	struct list_view view;
	/** Maps of the runtime and the standard library. */
	enum { STD_HIDE, STD_DIM, STD_SHOW, STD_COUNT } std;
	bool odd;    /* only those with a flag */
	char *owner; /* only this one's maps; NULL all */
	char *key;   /* regular expression of the key's type; NULL any */
};

/* Owned by the caller. */
static char *base_filter(const struct maps *m)
{
	struct buf filter = {0};

	buf_adds(&filter, m->std == STD_HIDE ? "std=no" : "");
	buf_adds(&filter, m->odd ? " flag=STEGOCcwW!" : "");
	if (m->key)
		buf_printf(&filter, " type~\"^map\\[(%s)\\]\"", m->key);
	return buf_steal(&filter);
}

static void open_flat(struct screen *screen, struct maps *m)
{
	CLEANUP(free_cleanup) char *filter = NULL;

	list_init(&m->view.list, &map_list_kind, app_session(screen->app));
	filter =
		m->owner ? xasprintf("owner=\"%s\"", m->owner) : base_filter(m);
	error_free(list_filter(&m->view.list, filter));
}

static void load(struct screen *screen)
{
	struct maps *m = screen->state;

	CLEANUP(free_cleanup) char *filter = base_filter(m);

	m->view.cursor = m->view.top = 0;
	m->view.dim = m->std == STD_DIM;
	if (m->by == GROUP_NONE) {
		open_flat(screen, m);
		return;
	}
	error_free(map_groups_load(app_session(screen->app), m->by, filter,
				   &m->groups));
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
		m->std = STD_SHOW;
	}
	load(screen);
	return NULL;
}

static void close(struct screen *screen)
{
	struct maps *m = screen->state;

	unload(m);
	free(m->owner);
	free(m->key);
}

/* A new sample: the same rows, order and selection as far as they exist. */
static struct error *update(struct screen *screen)
{
	struct maps *m = screen->state;
	struct map_groups old = m->groups;
	CLEANUP(free_cleanup) char *filter = base_filter(m);

	if (m->by == GROUP_NONE) {
		list_view_set_model(&m->view, app_session(screen->app));
		return NULL;
	}
	m->groups = (struct map_groups){0};
	error_free(map_groups_load(app_session(screen->app), m->by, filter,
				   &m->groups));
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
			m->std = (m->std + 1) % STD_COUNT;
		else
			m->odd = !m->odd;
		load(screen);
		return true;
	case ACTION_KEY_TYPE:
		if (!m->owner)
			app_ask(screen->app, action, "key type (regex): ");
		return true;
	default:
		return false;
	}
}

static void answer(struct screen *screen, enum action action, const char *text)
{
	struct maps *m = screen->state;
	CLEANUP(free_cleanup) char *before = m->key;
	CLEANUP(free_cleanup) char *filter = NULL;
	struct list probe;
	struct error *err;

	(void)action;
	m->key = *text ? xstrdup(text) : NULL;
	filter = base_filter(m);
	list_init(&probe, &map_list_kind, app_session(screen->app));
	err = list_filter(&probe, filter);
	list_deinit(&probe);
	if (err) {
		app_message(screen->app, "%s", err->message);
		error_free(err);
		free(m->key);
		m->key = before;
		before = NULL;
		return;
	}
	unload(m);
	load(screen);
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct maps *m = screen->state;

	list_view_draw(&m->view, out, 0, out->rows, true);
	list_view_draw_none(&m->view, out, 2,
			    "no maps; H shows those of the standard library");
}

static void title(const struct screen *screen, struct buf *out)
{
	static const char *const std[] = {"hide", "dim", "show"};
	const struct maps *m = screen->state;

	if (m->owner)
		buf_printf(out, "Maps > %s", m->owner);
	else
		tabs_line(screen, out);
	if (!m->owner)
		buf_printf(out, " by:%s std:%s%s%s%s", map_group_by_name(m->by),
			   std[m->std], m->odd ? " flagged" : "",
			   m->key ? " key:" : "", m->key ? m->key : "");
}

static void group_status(const struct maps *m, uint32_t row, struct buf *out)
{
	const struct map_group *g = &m->groups.groups[row];

	buf_printf(out, "%s  %" PRIu64 " map%s  waste ",
		   g->type ? g->type : "several types", g->maps,
		   g->maps == 1 ? "" : "s");
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
	const struct maps *m = screen->state;

	buf_printf(out, "mapscope maps %s --group %s", app_target(screen->app),
		   map_group_by_name(m->by));
	if (m->std)
		buf_adds(out, " --runtime");
	if (m->key)
		buf_printf(out, " --filter 'type~^map\\[(%s)\\]'", m->key);
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
	.answer = answer,
	.hints = hints,
	.beside = {&detail_screen, &refs_screen},
	.without_memory = true,
};
