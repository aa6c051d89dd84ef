/* Entries of a map in an order, or grouped by what they hold. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/entry_table.h"
#include "core/session/inspect.h"
#include "tui/background.h"
#include "tui/screen.h"

struct order {
	const struct session *session;
	struct background work;
	uint64_t addr;
	uint32_t row;
	/* What is shown, and what is being made. */
	struct entry_table table, next;
	struct error *err;
	enum entry_grouping grouping;
	enum entry_column column;
	bool descending;
	struct list_view view;
};

static void load(void *arg)
{
	struct order *o = arg;

	o->err = entry_table_load(o->session, o->row, o->grouping, o->column,
				  o->descending, &o->work.job, &o->next);
}

static void stop(struct order *o)
{
	background_stop(&o->work);
	error_free(o->err);
	o->err = NULL;
	entry_table_deinit(&o->next);
}

static void start(struct screen *screen)
{
	struct order *o = screen->state;

	stop(o);
	background_start(&o->work, load, o);
}

static struct error *find(struct screen *screen)
{
	struct order *o = screen->state;
	CLEANUP(free_cleanup) char *which = xasprintf("0x%" PRIx64, o->addr);

	o->session = app_session(screen->app);
	return session_find_map(o->session, which, &o->row);
}

static void use_list(struct order *o)
{
	bool single = o->grouping == ENTRY_SINGLE;

	list_deinit(&o->view.list);
	o->view = (struct list_view){0};
	list_init(&o->view.list,
		  single ? &entry_list_kind : &entry_group_list_kind,
		  &o->table);
	if (single)
		list_sort(&o->view.list, (int)o->column, o->descending);
}

static struct error *open(struct screen *screen, const void *arg)
{
	struct order *o = screen->state;
	const struct order_arg *a = arg;
	struct error *err;

	o->addr = a->addr;
	o->grouping = a->grouping;
	o->column = ENTRY_RETAINED;
	o->descending = true;
	if ((err = find(screen)))
		return err;
	use_list(o);
	if (a->duplicates)
		error_free(list_filter(&o->view.list, "count>1"));
	start(screen);
	return NULL;
}

static void close(struct screen *screen)
{
	struct order *o = screen->state;

	stop(o);
	list_deinit(&o->view.list);
	entry_table_deinit(&o->table);
}

/* The old session may be gone: nothing of it stays. */
static struct error *update(struct screen *screen)
{
	struct order *o = screen->state;
	struct error *err;

	stop(o);
	entry_table_deinit(&o->table);
	list_set_model(&o->view.list, &o->table);
	if ((err = find(screen)))
		return err;
	start(screen);
	return NULL;
}

/* Only what was read whole can be put into another order as it is. */
static bool other_order(const struct order *o)
{
	const struct list *list = &o->view.list;

	return o->grouping == ENTRY_SINGLE && o->table.seen > o->table.count &&
	       list->sort_column >= 0 &&
	       (list->sort_column != (int)o->column ||
		list->descending != o->descending);
}

static void finish(struct screen *screen)
{
	struct order *o = screen->state;
	struct entry_table old = o->table;

	if (o->err) {
		app_message(screen->app, "%s", o->err->message);
		error_free(o->err);
		o->err = NULL;
		return;
	}
	o->table = o->next;
	o->next = (struct entry_table){0};
	o->view.list.model = &old;
	list_view_set_model(&o->view, &o->table);
	entry_table_deinit(&old);
}

static bool poll(struct screen *screen)
{
	struct order *o = screen->state;

	if (!o->work.running && other_order(o)) {
		o->column = (enum entry_column)o->view.list.sort_column;
		if (o->column == ENTRY_POSITION)
			o->column = ENTRY_INDEX;
		o->descending = o->view.list.descending;
		if (o->view.list.sort_column == (int)ENTRY_POSITION)
			list_sort(&o->view.list, ENTRY_INDEX, o->descending);
		start(screen);
	}
	if (background_ended(&o->work)) {
		finish(screen);
		return true;
	}
	return o->work.running;
}

static void group(struct screen *screen)
{
	struct order *o = screen->state;

	stop(o);
	o->grouping = (o->grouping + 1) % ENTRY_GROUPINGS;
	entry_table_deinit(&o->table);
	use_list(o);
	start(screen);
}

static const struct entry_row *selected(const struct screen *screen)
{
	const struct order *o = screen->state;
	uint32_t row = list_row(&o->view.list, o->view.cursor);

	return row < o->table.count ? &o->table.rows[row] : NULL;
}

static void open_value(struct screen *screen)
{
	struct order *o = screen->state;
	const struct entry_row *row = selected(screen);
	CLEANUP(buf_deinit) struct buf key = {0};

	if (!row || !o->table.elem_type || !row->entry.elem_addr)
		return;
	buf_addc(&key, '[');
	entry_key_text(o->table.entries, &row->entry, app_redact(screen->app),
		       &key);
	buf_addc(&key, ']');
	app_push(screen->app, &value_screen,
		 &(struct value_arg){.type = o->table.elem_type,
				     .addr = row->entry.elem_addr,
				     .name = buf_str(&key)});
}

static bool act(struct screen *screen, enum action action)
{
	struct order *o = screen->state;
	const struct entry_row *row;

	switch (action) {
	case ACTION_GROUP:
		group(screen);
		return true;
	case ACTION_DUPLICATES:
		while (o->grouping != ENTRY_BY_VALUE)
			group(screen);
		error_free(list_filter(&o->view.list, "count>1"));
		return true;
	case ACTION_OPEN:
	case ACTION_VALUE:
		open_value(screen);
		return true;
	case ACTION_UNITS:
		row = selected(screen);
		app_push_units(screen->app, o->addr, row ? &row->entry : NULL);
		return true;
	default:
		return false;
	}
}

static void draw(const struct screen *screen, struct surface *out)
{
	struct order *o = screen->state;

	o->table.redact = app_redact(screen->app);
	list_view_draw(&o->view, out, 0, out->rows, true);
	if (!o->view.list.count && !o->work.running)
		surface_put(out, 2, 2, out->cols, STYLE_DIM, "none");
}

static void title(const struct screen *screen, struct buf *out)
{
	static const char *const names[] = {"entry", "value", "key prefix"};
	const struct order *o = screen->state;
	uint32_t count;
	const struct map_row *rows = session_maps(o->session, &count);

	buf_printf(out, "Maps > %s > entries  by:%s",
		   map_row_owner(o->session, &rows[o->row]),
		   names[o->grouping]);
}

/* A part is called a part. */
static void status(const struct screen *screen, struct buf *out)
{
	const struct order *o = screen->state;

	if (o->work.running) {
		background_progress(&o->work, out);
		return;
	}
	if (o->grouping == ENTRY_SINGLE && o->table.seen > o->table.count)
		buf_printf(out, "the first %" PRIu32 " of ", o->table.count);
	text_count(out, o->table.seen);
	buf_adds(out, " entries");
	if (o->grouping == ENTRY_SINGLE)
		return;
	buf_adds(out, " in ");
	text_count(out, o->table.count);
	buf_adds(out, " groups");
	if (!o->table.other)
		return;
	buf_adds(out, ", the rest of more groups: ");
	text_count(out, o->table.other);
}

static struct list_view *list(struct screen *screen)
{
	struct order *o = screen->state;

	return &o->view;
}

static void command(const struct screen *screen, struct buf *out)
{
	const struct order *o = screen->state;
	const struct list *l = &o->view.list;

	buf_printf(out, "mapscope entries %s 0x%" PRIx64,
		   app_target(screen->app), o->addr);
	if (o->grouping != ENTRY_SINGLE)
		buf_printf(out, " --group %s",
			   o->grouping == ENTRY_BY_VALUE ? "value" : "prefix");
	if (l->sort_column >= 0)
		buf_printf(out, " --sort %s-%s",
			   l->kind->columns[l->sort_column].key,
			   l->descending ? "desc" : "asc");
}

static uint64_t address(const struct screen *screen)
{
	const struct entry_row *row = selected(screen);

	return row ? row->entry.elem_addr : 0;
}

static const enum action hints[] = {ACTION_OPEN,   ACTION_GROUP, ACTION_SORT,
				    ACTION_FILTER, ACTION_UNITS, ACTION_CLOSE,
				    ACTION_NONE};

const struct screen_ops order_screen = {
	.name = "Entries in order",
	.state_size = sizeof(struct order),
	.open = open,
	.close = close,
	.poll = poll,
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
