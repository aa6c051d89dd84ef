/* Meters, findings, top owners: where a person lands. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "tui/screen.h"
#include "tui/tabs.h"

enum { BAR = 14, SHORT_ROWS = 14 };

struct overview {
	struct list_view findings;
	struct map_groups groups;
	struct list_view owners;
	bool below; /* the owners have the cursor */
};

static void load(struct screen *screen)
{
	struct overview *o = screen->state;
	const struct session *session = app_session(screen->app);

	list_init(&o->findings.list, &finding_list_kind, session);
	error_free(map_groups_load(session, GROUP_OWNER, "std=no", &o->groups));
	list_init(&o->owners.list, &map_group_list_kind, &o->groups);
	o->below = !o->findings.list.count;
	o->owners.cursor = o->below ? 0 : UINT32_MAX;
	if (o->below)
		o->findings.cursor = UINT32_MAX;
}

static struct error *open(struct screen *screen, const void *arg)
{
	(void)arg;
	load(screen);
	return NULL;
}

static void close(struct screen *screen)
{
	struct overview *o = screen->state;

	list_deinit(&o->findings.list);
	list_deinit(&o->owners.list);
	map_groups_deinit(&o->groups);
}

static uint64_t cursor_identity(const struct list_view *view)
{
	const struct list *list = &view->list;
	uint32_t row = list_row(list, view->cursor);

	return row == UINT32_MAX ? 0 : list->kind->identity(list->model, row);
}

static void change_list(struct overview *o, bool below, bool to_end);

/* The same row stays selected, if it is still there. */
static struct error *update(struct screen *screen)
{
	struct overview *o = screen->state;
	bool below = o->below;
	struct list_view *view = below ? &o->owners : &o->findings;
	uint64_t identity = cursor_identity(view);
	uint32_t at;

	close(screen);
	memset(screen->state, 0, sizeof(struct overview));
	load(screen);
	at = list_position(&view->list, identity);
	if (at >= view->list.count)
		return NULL;
	change_list(o, below, false);
	view->cursor = at;
	return NULL;
}

static void open_row(struct screen *screen)
{
	struct overview *o = screen->state;
	uint32_t count, row;
	const struct finding *findings =
		session_findings(app_session(screen->app), &count);
	const struct map_group *g;
	const struct map_row *m;

	if (!o->below) {
		row = list_row(&o->findings.list, o->findings.cursor);
		if (row < count)
			app_push(screen->app, &detail_screen,
				 &findings[row].addr);
		return;
	}
	row = list_row(&o->owners.list, o->owners.cursor);
	m = map_groups_row(&o->groups, row, &g);
	if (!m)
		return;
	if (g->maps == 1 || row >= o->groups.count)
		app_push(screen->app, &detail_screen, &m->addr);
	else
		app_push(screen->app, &maps_screen, g->name);
}

/* From one list to the other. */
static void change_list(struct overview *o, bool below, bool to_end)
{
	struct list_view *to = below ? &o->owners : &o->findings;

	if (o->below == below || !to->list.count)
		return;
	(below ? &o->findings : &o->owners)->cursor = UINT32_MAX;
	to->cursor = to_end ? to->list.count - 1 : 0;
	to->top = 0;
	o->below = below;
}

static const struct finding *selected(const struct screen *screen)
{
	const struct overview *o = screen->state;
	uint32_t count, row = list_row(&o->findings.list, o->findings.cursor);
	const struct finding *findings =
		session_findings(app_session(screen->app), &count);

	return row < count ? &findings[row] : NULL;
}

static void accept(struct screen *screen)
{
	const struct finding *f = selected(screen);
	CLEANUP(free_cleanup) char *owner = f ? xstrdup(f->owner) : NULL;

	if (!f)
		return;
	app_accept(screen->app, f->rule, owner);
	error_free(update(screen));
}

static bool act(struct screen *screen, enum action action)
{
	struct overview *o = screen->state;

	switch (action) {
	case ACTION_OPEN:
		open_row(screen);
		return true;
	case ACTION_ACCEPT:
		accept(screen);
		return true;
	case ACTION_DOWN:
		if (o->below || o->findings.cursor + 1 < o->findings.list.count)
			return false;
		change_list(o, true, false);
		return true;
	case ACTION_UP:
		if (!o->below || o->owners.cursor)
			return false;
		change_list(o, false, true);
		return true;
	default:
		return false;
	}
}

static void add_bar(struct buf *out, uint64_t part, uint64_t whole)
{
	uint64_t n = whole && whole != UINT64_MAX ? part * BAR / whole : 0, i;

	buf_adds(out, " [");
	for (i = 0; i < BAR; i++)
		buf_addc(out, i < n ? '#' : '.');
	buf_printf(out, "] %" PRIu64 "%%",
		   whole && whole != UINT64_MAX ? part * 100 / whole : 0);
}

static void line(struct surface *out, int row, const char *label,
		 const struct buf *text)
{
	surface_put(out, row, 1, 8, STYLE_HEADER, label);
	surface_put(out, row, 9, out->cols - 9, STYLE_NORMAL, buf_str(text));
}

static void draw_heap(struct surface *out, int row,
		      const struct session_totals *t)
{
	CLEANUP(buf_deinit) struct buf b = {0};

	buf_adds(&b, "live ");
	text_size_if_known(&b, t->heap_live_bytes);
	buf_adds(&b, "  next GC ");
	pacing_add_next(&b, t);
	if (pacing_has_next(t))
		add_bar(&b, t->heap_live_bytes, t->next_gc);
	buf_adds(&b, "  RSS ");
	text_size_if_known(&b, t->rss);
	line(out, row, "Heap", &b);
}

/* "6 owners (+14 std)": the program's own, and the standard library's. */
static void add_owners(struct buf *out, const struct session_totals *t)
{
	if (t->std_owners > t->map_owners)
		buf_printf(out, " / %" PRIu64 " owners  storage ",
			   t->map_owners);
	else
		buf_printf(out,
			   " / %" PRIu64 " owners (+%" PRIu64 " std)  storage ",
			   t->map_owners - t->std_owners, t->std_owners);
}

static void draw_maps(struct surface *out, int row,
		      const struct session_totals *t)
{
	CLEANUP(buf_deinit) struct buf b = {0};

	text_count(&b, t->maps);
	add_owners(&b, t);
	text_size_if_known(&b, t->storage_bytes);
	add_bar(&b, t->storage_bytes, t->heap_live_bytes);
	line(out, row, "Maps", &b);
	if (out->rows < SHORT_ROWS)
		return;
	buf_clear(&b);
	text_count(&b, t->entries);
	buf_adds(&b, " entries in ");
	text_count(&b, t->slots);
	buf_printf(&b, " slots (%" PRIu64 "%% full)  tombstones ",
		   t->slots ? t->entries * 100 / t->slots : 0);
	text_count(&b, t->tombstones);
	line(out, row + 1, "", &b);
	buf_clear(&b);
	buf_printf(&b, "growing %" PRIu64 "  old buckets kept ", t->growing);
	text_size_if_known(&b, t->old_bytes);
	buf_printf(&b, "  being written %" PRIu64 "  torn %" PRIu64, t->writing,
		   t->torn);
	line(out, row + 2, "Growth", &b);
}

static void draw_runtime(struct surface *out, int row,
			 const struct session_totals *t)
{
	CLEANUP(buf_deinit) struct buf b = {0};

	buf_printf(&b, "#%" PRIu64 " phase %s  GOGC ",
		   t->num_gc == UINT64_MAX ? 0 : t->num_gc, t->gc_phase);
	pacing_add_gogc(&b, t);
	buf_adds(&b, "  limit ");
	pacing_add_limit(&b, t);
	buf_adds(&b, "  garbage ");
	text_size_if_known(&b, t->heap_garbage_bytes);
	line(out, row, "GC", &b);
	buf_clear(&b);
	buf_printf(&b,
		   "%" PRIu64 " (%" PRIu64 " user)  threads %" PRIu64
		   "  stacks ",
		   t->goroutines, t->user_goroutines, t->threads);
	text_size_if_known(&b, t->stack_inuse);
	line(out, row + 1, "Gors", &b);
}

static void section(struct surface *out, int row, const char *title,
		    uint32_t count, uint32_t accepted)
{
	CLEANUP(buf_deinit) struct buf text = {0};

	buf_printf(&text, " %s (%" PRIu32, title, count);
	if (accepted)
		buf_printf(&text, ", %" PRIu32 " accepted", accepted);
	buf_adds(&text, ") ");
	surface_fill(out, row, 0, out->cols, STYLE_DIM, '-');
	surface_put(out, row, 1, out->cols, STYLE_BOLD, buf_str(&text));
}

struct layout {
	int findings, findings_rows, owners, owners_rows; /* with headers */
};

static struct layout layout_of(const struct overview *o, int rows)
{
	int row = rows < SHORT_ROWS ? 2 : 6, room = rows - row - 1;
	struct layout ret = {.findings = row + 1};

	ret.findings_rows = (int)o->findings.list.count + 1;
	ret.owners_rows = room - 1 - ret.findings_rows;
	if (ret.owners_rows < 4)
		ret.owners_rows = room - 1 > 8 ? 4 : 0;
	ret.findings_rows = room - (ret.owners_rows ? ret.owners_rows + 1 : 0);
	ret.owners = ret.findings + ret.findings_rows + 1;
	return ret;
}

static void list_place(const struct screen *screen, int *line_ret,
		       int *rows_ret)
{
	const struct overview *o = screen->state;
	struct layout l = layout_of(o, screen->rows);

	*line_ret = o->below ? l.owners : l.findings;
	*rows_ret = o->below ? l.owners_rows : l.findings_rows;
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct overview *o = screen->state;
	struct layout l = layout_of(o, out->rows);
	struct session_totals t;

	session_totals(app_session(screen->app), &t);
	draw_heap(out, 0, &t);
	draw_maps(out, 1, &t);
	if (out->rows >= SHORT_ROWS)
		draw_runtime(out, 4, &t);
	section(out, l.findings - 1, "FINDINGS", o->findings.list.count,
		session_accepted(app_session(screen->app)));
	if (o->findings.list.count)
		list_view_draw(&o->findings, out, l.findings, l.findings_rows,
			       true);
	else if (*o->findings.list.filter)
		list_view_draw_none(&o->findings, out, l.findings, "");
	else
		surface_put(out, l.findings, 1, out->cols, STYLE_OK,
			    "nothing that deserves attention");
	if (!l.owners_rows)
		return;
	section(out, l.owners - 1, "TOP OWNERS BY RETAINED",
		o->owners.list.count, 0);
	list_view_draw(&o->owners, out, l.owners, l.owners_rows, true);
}

static void title(const struct screen *screen, struct buf *out)
{
	tabs_line(screen, out);
}

static void status(const struct screen *screen, struct buf *out)
{
	const struct finding *f = selected(screen);

	if (f)
		buf_printf(out, "%s: %s", f->action, f->evidence);
}

static struct list_view *list(struct screen *screen)
{
	struct overview *o = screen->state;

	return o->below ? &o->owners : &o->findings;
}

static void command(const struct screen *screen, struct buf *out)
{
	buf_printf(out, "mapscope findings %s", app_target(screen->app));
}

static uint64_t address(const struct screen *screen)
{
	const struct overview *o = screen->state;
	const struct finding *f = selected(screen);
	const struct map_group *g;
	const struct map_row *m;

	if (!o->below)
		return f ? f->addr : 0;
	m = map_groups_row(&o->groups,
			   list_row(&o->owners.list, o->owners.cursor), &g);
	return m ? m->addr : 0;
}

static const enum action hints[] = {ACTION_OPEN,   ACTION_MAPS, ACTION_RESAMPLE,
				    ACTION_FILTER, ACTION_SORT, ACTION_NONE};

const struct screen_ops overview_screen = {
	.name = "Overview",
	.state_size = sizeof(struct overview),
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
	.list_place = list_place,
	.without_memory = true,
};
