/* Objects of a type, or what an object keeps alive alone (Dominators). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/objects.h"
#include "tui/screen.h"
#include "tui/tabs.h"

struct objects {
	bool dominators;
	uint32_t type;
	uint64_t top; /* address of the dominator; 0 the roots */
	bool no_std;  /* Dominators: what the standard library has holds */
	double least; /* of them: only what retains this share */
	struct object_set set;
	struct list_view view;
	/* Dominators: the same added up. */
	enum { BY_OBJECT, BY_TYPE, BY_PACKAGE, BY_COUNT } by;
	struct type_table groups;
	struct list_view group_view;
};

static const struct session *session_of(const struct screen *screen)
{
	return app_session(screen->app);
}

static uint64_t least_bytes(const struct screen *screen)
{
	const struct objects *o = screen->state;
	struct session_totals totals;

	session_totals(session_of(screen), &totals);
	return (uint64_t)(o->least * (double)totals.heap_live_bytes);
}

static struct error *fill(struct screen *screen, struct object_set *ret)
{
	struct objects *o = screen->state;
	struct address_info at = {.object = UINT32_MAX};
	struct error *err;
	uint64_t least;

	if (!o->dominators) {
		object_set_of_type(session_of(screen), o->type, ret);
		return NULL;
	}
	if (o->top) {
		address_info_load(session_of(screen), o->top, &at);
		free(at.name);
		free(at.place);
		if (at.object == UINT32_MAX)
			return error_new(ERROR_NOT_FOUND,
					 "no heap object at 0x%" PRIx64,
					 o->top);
	}
	least = least_bytes(screen);
	err = object_set_dominated(session_of(screen), at.object, least, ret);
	if (!err && o->no_std)
		err = object_set_skip(ret, "std", least);
	return err;
}

static void load_groups(struct objects *o)
{
	list_deinit(&o->group_view.list);
	type_table_deinit(&o->groups);
	o->group_view = (struct list_view){0};
	if (o->by == BY_OBJECT)
		return;
	type_table_of_set(&o->set, o->by == BY_PACKAGE, &o->groups);
	list_init(&o->group_view.list, &type_list_kind, &o->groups);
	error_free(list_sort_by(&o->group_view.list, "retained-desc"));
}

static const struct list_kind *kind_of(const struct objects *o)
{
	return o->dominators ? &dominator_list_kind : &object_list_kind;
}

static struct error *load(struct screen *screen)
{
	struct objects *o = screen->state;
	struct error *err = fill(screen, &o->set);

	if (!err)
		list_init(&o->view.list, kind_of(o), &o->set);
	return err;
}

static struct error *open_objects(struct screen *screen, const void *arg)
{
	struct objects *o = screen->state;
	const struct objects_arg *a = arg;

	o->type = a->type;
	return load(screen);
}

static struct error *open_dominators(struct screen *screen, const void *arg)
{
	struct objects *o = screen->state;

	o->dominators = true;
	o->top = arg ? *(const uint64_t *)arg : 0;
	return load(screen);
}

static void close(struct screen *screen)
{
	struct objects *o = screen->state;

	list_deinit(&o->view.list);
	list_deinit(&o->group_view.list);
	type_table_deinit(&o->groups);
	object_set_deinit(&o->set);
}

static struct error *update(struct screen *screen)
{
	struct objects *o = screen->state;
	struct object_set set = {0}, old = o->set;
	struct error *err = fill(screen, &set);

	if (err)
		return err;
	o->set = set;
	(void)old.objects;
	list_deinit(&o->view.list);
	object_set_deinit(&old);
	list_init(&o->view.list, kind_of(o), &o->set);
	o->view.cursor = o->view.top = 0;
	load_groups(o);
	return NULL;
}

static uint64_t selected(const struct screen *screen)
{
	const struct objects *o = screen->state;
	uint32_t row = list_row(&o->view.list, o->view.cursor);
	struct object_info info;

	if (row >= o->set.count || o->by != BY_OBJECT)
		return 0;
	object_info_load(session_of(screen), o->set.objects[row], &info);
	return info.addr;
}

/* A type leads to its objects; a package to nothing. */
static void open_group(struct objects *o)
{
	uint32_t row = list_row(&o->group_view.list, o->group_view.cursor);
	CLEANUP(free_cleanup) char *filter = NULL;

	if (row >= o->groups.count || o->by != BY_TYPE)
		return;
	filter = xasprintf("type=\"%s\"", o->groups.rows[row].name);
	o->by = BY_OBJECT;
	error_free(list_filter(&o->view.list, filter));
	o->view.cursor = o->view.top = 0;
}

/* Things only the list of dominators has. */
static bool act_dominators(struct screen *screen, enum action action)
{
	struct objects *o = screen->state;

	switch (action) {
	case ACTION_GROUP:
		o->by = (o->by + 1) % BY_COUNT;
		load_groups(o);
		return true;
	case ACTION_STD:
		o->no_std = !o->no_std;
		error_free(update(screen));
		return true;
	case ACTION_LEAST:
		app_ask(screen->app, action,
			"only what retains this share of the heap (1%): ");
		return true;
	default:
		return false;
	}
}

static void answer(struct screen *screen, enum action action, const char *text)
{
	struct objects *o = screen->state;
	char *end;
	double share = strtod(text, &end);

	(void)action;
	end += *end == '%';
	if (*end || share < 0 || share > 100) {
		app_message(screen->app, "no share in percent: %s", text);
		return;
	}
	o->least = share / 100;
	error_free(update(screen));
}

static bool act(struct screen *screen, enum action action)
{
	struct objects *o = screen->state;
	uint64_t addr = selected(screen);

	if (o->dominators && act_dominators(screen, action))
		return true;
	if (action != ACTION_OPEN)
		return false;
	if (o->by != BY_OBJECT)
		open_group(o);
	if (addr)
		app_push(screen->app,
			 o->dominators ? &dominators_screen : &refs_screen,
			 &addr);
	return true;
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct objects *o = screen->state;

	if (o->by != BY_OBJECT) {
		list_view_draw(&o->group_view, out, 0, out->rows, true);
		return;
	}
	list_view_draw(&o->view, out, 0, out->rows, true);
	list_view_draw_none(&o->view, out, 2,
			    !o->dominators ? "no objects"
			    : o->least > 0
				    ? "nothing retains that much"
				    : "it keeps nothing else alive alone");
}

static void title(const struct screen *screen, struct buf *out)
{
	static const char *const names[] = {"object", "type", "package"};
	const struct objects *o = screen->state;
	struct address_info at;

	if (!o->dominators) {
		struct object_info info = {0};

		if (o->set.count)
			object_info_load(session_of(screen), o->set.objects[0],
					 &info);
		buf_printf(out, "Types > %s", info.type ? info.type : "?");
		return;
	}
	if (!o->top) {
		tabs_line(screen, out);
		buf_printf(out, " by:%s", names[o->by]);
	} else {
		address_info_load(session_of(screen), o->top, &at);
		buf_printf(out, "Dominators > %s 0x%" PRIx64,
			   at.type ? at.type : "?", o->top);
		address_info_deinit(&at);
	}
	if (o->no_std)
		buf_adds(out, " std:skip");
	if (o->least > 0)
		buf_printf(out, " >=%g%%", o->least * 100);
}

/* Who it is, and whether its bytes are spread below it. */
static void status(const struct screen *screen, struct buf *out)
{
	const struct objects *o = screen->state;
	uint32_t row = list_row(&o->view.list, o->view.cursor), children;
	struct object_info info;
	struct address_info at;
	bool spread;

	if (row >= o->set.count || o->by != BY_OBJECT)
		return;
	object_info_load(session_of(screen), o->set.objects[row], &info);
	address_info_load(session_of(screen), info.addr, &at);
	buf_printf(out, "0x%" PRIx64 "  %s", info.addr, at.name ? at.name : "");
	address_info_deinit(&at);
	if (!o->dominators || info.retained_bytes == UINT64_MAX)
		return;
	spread = object_accumulates(session_of(screen), info.object, &children);
	buf_printf(out, "  dominates %" PRIu32 " directly", children);
	if (spread)
		buf_adds(out, "  << accumulation point");
}

static struct list_view *list(struct screen *screen)
{
	struct objects *o = screen->state;

	return o->by == BY_OBJECT ? &o->view : &o->group_view;
}

static void command(const struct screen *screen, struct buf *out)
{
	const struct objects *o = screen->state;

	if (!o->dominators)
		buf_printf(out, "mapscope objects %s", app_target(screen->app));
	else if (o->top)
		buf_printf(out, "mapscope retained %s 0x%" PRIx64,
			   app_target(screen->app), o->top);
	else
		buf_printf(out, "mapscope retained %s",
			   app_target(screen->app));
	if (o->dominators && o->no_std)
		buf_adds(out, " --skip std");
	if (o->dominators && o->least > 0)
		buf_printf(out, " --threshold %g%%", o->least * 100);
	if (o->by != BY_OBJECT)
		buf_printf(out, " --by %s",
			   o->by == BY_TYPE ? "type" : "package");
}

static const enum action object_hints[] = {
	ACTION_OPEN, ACTION_REFS,  ACTION_DOMINATED, ACTION_FILTER,
	ACTION_SORT, ACTION_CLOSE, ACTION_NONE};

static const enum action dominator_hints[] = {
	ACTION_OPEN,   ACTION_GROUP, ACTION_STD,   ACTION_LEAST, ACTION_REFS,
	ACTION_FILTER, ACTION_SORT,  ACTION_CLOSE, ACTION_NONE};

const struct screen_ops objects_screen = {
	.name = "Objects",
	.state_size = sizeof(struct objects),
	.open = open_objects,
	.close = close,
	.act = act,
	.update = update,
	.draw = draw,
	.title = title,
	.status = status,
	.list = list,
	.command = command,
	.address = selected,
	.hints = object_hints,
	.beside = {&refs_screen},
};

const struct screen_ops dominators_screen = {
	.name = "Dominators",
	.state_size = sizeof(struct objects),
	.open = open_dominators,
	.close = close,
	.act = act,
	.update = update,
	.draw = draw,
	.title = title,
	.status = status,
	.list = list,
	.command = command,
	.address = selected,
	.answer = answer,
	.hints = dominator_hints,
	.beside = {&refs_screen},
};
