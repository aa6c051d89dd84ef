/* Who allocated (the program's own heap profile), or who holds. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/profile.h"
#include "tui/screen.h"
#include "tui/tabs.h"

enum { DEPTH = 256 };

struct state {
	bool references;
	unsigned type;
	struct profile profile;
	struct profile_top top;
	struct profile_calls calls;
	bool tree;
	struct list_view view;
	char *why;	      /* there is none; owned */
	char *focus, *ignore; /* owned; NULL none */
	struct buf peek; /* callers and callees of one name; empty: not shown */
	int peek_top, peek_lines;
};

static void unload(struct state *p)
{
	list_deinit(&p->view.list);
	profile_top_deinit(&p->top);
	profile_calls_deinit(&p->calls);
	profile_deinit(&p->profile);
	free(p->why);
	p->why = NULL;
}

static void show(struct state *p)
{
	buf_clear(&p->peek);
	list_deinit(&p->view.list);
	profile_top_deinit(&p->top);
	profile_calls_deinit(&p->calls);
	p->view.cursor = p->view.top = 0;
	if (p->tree) {
		profile_calls_load(&p->profile, p->type, &p->calls);
		list_init(&p->view.list,
			  profile_calls_kind(&p->profile, p->type), &p->calls);
		return;
	}
	error_free(profile_top_load(&p->profile, p->type, p->focus, p->ignore,
				    &p->top));
	list_init(&p->view.list, profile_list_kind(&p->profile, p->type),
		  &p->top);
}

static void load(struct screen *screen)
{
	struct state *p = screen->state;
	const struct session *session = app_session(screen->app);
	struct error *err;

	err = p->references ? ref_profile_load(session, DEPTH, &p->profile)
			    : heap_profile_load(session, &p->profile);
	if (err)
		p->why = xasprintf("%s: %s", err->message,
				   err->hint ? err->hint : "");
	error_free(err);
	p->type = p->profile.default_type;
	show(p);
}

static struct error *open(struct screen *screen, const void *arg)
{
	(void)arg;
	load(screen);
	return NULL;
}

static void close(struct screen *screen)
{
	struct state *p = screen->state;

	unload(p);
	free(p->focus);
	free(p->ignore);
	buf_deinit(&p->peek);
}

static struct error *update(struct screen *screen)
{
	struct state *p = screen->state;

	buf_clear(&p->peek);
	unload(screen->state);
	load(screen);
	return NULL;
}

static const char *selected_name(const struct state *p)
{
	uint32_t row = list_row(&p->view.list, p->view.cursor);
	uint32_t node;

	if (p->why)
		return NULL;
	if (!p->tree)
		return row < p->top.count ? p->top.rows[row].name : NULL;
	if (row >= p->calls.visible_count)
		return NULL;
	node = p->calls.visible[row];
	return p->profile.strings.strings[p->calls.nodes[node].name];
}

static void peek(struct screen *screen)
{
	struct state *p = screen->state;
	const char *name = selected_name(p), *at;
	CLEANUP(buf_deinit) struct buf pattern = {0};
	struct error *err;

	if (!name)
		return;
	screen_add_literal(&pattern, name);
	buf_clear(&p->peek);
	err = profile_peek(&p->profile, p->type, buf_str(&pattern), &p->peek);
	if (err) {
		app_message(screen->app, "%s", err->message);
		error_free(err);
		buf_clear(&p->peek);
		return;
	}
	p->peek_top = p->peek_lines = 0;
	for (at = buf_str(&p->peek); (at = strchr(at, '\n')); at++)
		p->peek_lines++;
}

/* While it is shown it is scrolled, and what leads back closes it. */
static bool act_on_peek(struct screen *screen, enum action action)
{
	struct state *p = screen->state;
	int last = p->peek_lines - screen->rows;
	int64_t step, top;

	switch (action) {
	case ACTION_CLOSE:
	case ACTION_BACK:
	case ACTION_ESCAPE:
	case ACTION_LEFT:
	case ACTION_EXPRESSION:
		buf_clear(&p->peek);
		return true;
	default:
		break;
	}
	if (!action_moves(action, screen->rows > 2 ? screen->rows - 1 : 1,
			  &step))
		return false;
	top = p->peek_top + step;
	top = top > last ? last : top;
	p->peek_top = top < 0 ? 0 : (int)top;
	return true;
}

static void draw_peek(const struct state *p, struct surface *out)
{
	const char *at = buf_str(&p->peek);
	int row, skip;

	for (skip = 0; skip < p->peek_top && at; skip++)
		if ((at = strchr(at, '\n')))
			at++;
	for (row = 0; row < out->rows && at && *at; row++) {
		CLEANUP(free_cleanup)
		char *line = xstrndup(at, strcspn(at, "\n"));
		enum style style = STYLE_NORMAL;

		if (!strncmp(line, "-----", 5) || !(row + p->peek_top))
			style = STYLE_DIM;
		else if (strstr(line, "| ") && !strstr(line, "|   "))
			style = STYLE_BOLD;
		surface_put_names(out, row, 0, out->cols, style, line);
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
}

static void write_file(struct screen *screen, const char *path)
{
	const struct state *p = screen->state;
	struct error *err = profile_write(&p->profile, path, false);

	app_message(screen->app, err ? "%s" : "written: go tool pprof %s",
		    err ? err->message : path);
	error_free(err);
}

/* A name that is no regular expression leaves everything as it was. */
static void narrow(struct screen *screen, char **by, const char *text)
{
	struct state *p = screen->state;
	struct profile_top top = {0};
	struct error *err =
		profile_top_load(&p->profile, p->type, text, NULL, &top);

	profile_top_deinit(&top);
	if (err) {
		app_message(screen->app, "%s", err->message);
		error_free(err);
		return;
	}
	free(*by);
	*by = *text ? xstrdup(text) : NULL;
	show(p);
}

static void answer(struct screen *screen, enum action action, const char *text)
{
	struct state *p = screen->state;

	if (action == ACTION_FOCUS)
		narrow(screen, &p->focus, text);
	else if (action == ACTION_IGNORE)
		narrow(screen, &p->ignore, text);
	else if (*text)
		write_file(screen, text);
}

/* The tree's own keys: its rows change. */
static bool act_on_tree(struct state *p, enum action action)
{
	uint32_t row = list_row(&p->view.list, p->view.cursor);
	bool open = row < p->calls.visible_count &&
		    p->calls.nodes[p->calls.visible[row]].open;

	switch (action) {
	case ACTION_OPEN:
		profile_calls_open(&p->calls, row, !open);
		break;
	case ACTION_EXPAND:
	case ACTION_COLLAPSE:
		profile_calls_open(&p->calls, row, action == ACTION_EXPAND);
		break;
	case ACTION_EXPAND_ALL:
		profile_calls_open_all(&p->calls, !open);
		break;
	default:
		return false;
	}
	list_set_model(&p->view.list, &p->calls);
	if (p->view.cursor >= p->view.list.count)
		p->view.cursor = p->view.top = 0;
	return true;
}

static bool act(struct screen *screen, enum action action)
{
	struct state *p = screen->state;

	if (p->peek.len && act_on_peek(screen, action))
		return true;
	if (p->tree && act_on_tree(p, action))
		return true;
	switch (action) {
	case ACTION_TREE:
		p->tree = !p->tree;
		show(p);
		return true;
	case ACTION_GROUP:
		p->references = !p->references;
		unload(p);
		load(screen);
		return true;
	case ACTION_FOCUS:
		app_ask(screen->app, action, "only stacks with: ");
		return true;
	case ACTION_IGNORE:
		app_ask(screen->app, action, "no stacks with: ");
		return true;
	case ACTION_EXPRESSION:
		peek(screen);
		return true;
	case ACTION_PROFILE_FILE:
		if (!p->why)
			app_ask(screen->app, action, "write to: ");
		return true;
	case ACTION_CLASSES:
		p->type = (p->type + 1) % PROFILE_VALUES;
		show(p);
		return true;
	default:
		return false;
	}
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct state *p = screen->state;
	int row;

	if (p->peek.len) {
		draw_peek(p, out);
		return;
	}
	list_view_draw(&p->view, out, 0, out->rows, true);
	if (!p->why)
		return;
	row = 3 + surface_put_lines(out, 2, 2, out->cols - 3, 4, STYLE_WARN,
				    p->why);
	surface_put(out, row, 2, out->cols - 2, STYLE_DIM,
		    ", shows who holds the live heap instead");
}

static void title(const struct screen *screen, struct buf *out)
{
	const struct state *p = screen->state;

	tabs_line(screen, out);
	buf_printf(out, " %s %s", p->references ? "references" : "allocations",
		   p->profile.types[p->type]);
	if (p->focus && !p->tree)
		buf_printf(out, " focus %s", p->focus);
	if (p->ignore && !p->tree)
		buf_printf(out, " ignore %s", p->ignore);
	if (p->tree)
		buf_adds(out, " tree");
	if (p->peek.len)
		buf_adds(out, " peek");
}

static void status(const struct screen *screen, struct buf *out)
{
	const struct state *p = screen->state;
	uint32_t row = list_row(&p->view.list, p->view.cursor);

	if (p->peek.len) {
		buf_adds(out, "its callers above, its callees below; q closes");
		return;
	}
	if (!p->tree && row < p->top.count && *p->top.rows[row].file)
		buf_printf(out, "%s:%" PRIu32, p->top.rows[row].file,
			   p->top.rows[row].line);
}

static struct list_view *list(struct screen *screen)
{
	struct state *p = screen->state;

	return p->peek.len ? NULL : &p->view;
}

static void command(const struct screen *screen, struct buf *out)
{
	const struct state *p = screen->state;

	buf_printf(out, "mapscope %s %s --sample-index %s",
		   p->references ? "refprofile" : "heapprofile",
		   app_target(screen->app), p->profile.types[p->type]);
	if (p->tree)
		buf_adds(out, " --tree");
	else if (p->focus)
		buf_printf(out, " --focus '%s'", p->focus);
	if (!p->tree && p->ignore)
		buf_printf(out, " --ignore '%s'", p->ignore);
}

static const enum action hints[] = {
	ACTION_GROUP,	     ACTION_TREE,   ACTION_CLASSES, ACTION_FOCUS,
	ACTION_PROFILE_FILE, ACTION_FILTER, ACTION_SEARCH,  ACTION_SORT,
	ACTION_CLOSE,	     ACTION_NONE};

const struct screen_ops profile_screen = {
	.name = "Profile",
	.state_size = sizeof(struct state),
	.open = open,
	.close = close,
	.act = act,
	.update = update,
	.draw = draw,
	.title = title,
	.status = status,
	.list = list,
	.command = command,
	.answer = answer,
	.hints = hints,
};
