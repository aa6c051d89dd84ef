/* One value, opened step by step. */
#include <inttypes.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/inspect.h"
#include "core/session/objects.h"
#include "tui/screen.h"

enum { MAX_PARTS = 200, MAX_DEPTH = 30, OPEN_MOST = 2000 };

struct node {
	struct value_part part;
	uint8_t depth;
	bool open, more; /* more: there are parts behind the last shown */
};

struct value {
	struct value_arg arg; /* name is in `name` */
	char *name;
	struct frame_variables variables; /* keeps values of registers */
	struct node *nodes;
	uint32_t count, cap, cursor, top;
};

static struct print_limits limits_of(const struct screen *screen)
{
	struct print_limits limits = print_limits_default();

	limits.depth = 1;
	limits.elements = 8;
	limits.string = 200;
	limits.redact = app_redact(screen->app);
	return limits;
}

static void drop_nodes(struct value *v, uint32_t first, uint32_t count)
{
	uint32_t i;

	if (!count)
		return;
	for (i = first; i < first + count; i++)
		value_part_deinit(&v->nodes[i].part);
	memmove(v->nodes + first, v->nodes + first + count,
		(v->count - first - count) * sizeof(*v->nodes));
	v->count -= count;
}

/** Nodes below node @p at. */
static uint32_t below(const struct value *v, uint32_t at)
{
	uint32_t end = at + 1;

	while (end < v->count && v->nodes[end].depth > v->nodes[at].depth)
		end++;
	return end - at - 1;
}

static void insert_parts(struct value *v, uint32_t at,
			 struct value_parts *parts)
{
	uint32_t i, need = v->count + parts->count;

	while (v->cap < need)
		v->cap = v->cap ? v->cap * 2 : 64;
	v->nodes = xreallocarray(v->nodes, v->cap, sizeof(*v->nodes));
	memmove(v->nodes + at + 1 + parts->count, v->nodes + at + 1,
		(v->count - at - 1) * sizeof(*v->nodes));
	for (i = 0; i < parts->count; i++)
		v->nodes[at + 1 + i] = (struct node){
			.part = parts->list[i],
			.depth = (uint8_t)(v->nodes[at].depth + 1)};
	v->count = need;
	v->nodes[at].open = true;
	v->nodes[at].more = !parts->complete;
	free(parts->list);
	*parts = (struct value_parts){0};
}

static void open_node(struct screen *screen, uint32_t at)
{
	struct value *v = screen->state;
	struct print_limits limits = limits_of(screen);
	const struct node *node = &v->nodes[at];
	struct value_parts parts = {0};
	struct error *err;

	if (!node->part.opens || node->depth >= MAX_DEPTH)
		return;
	err = value_parts_load(app_session(screen->app), v->variables.memory,
			       node->part.type_id, node->part.addr, MAX_PARTS,
			       &limits, &parts);
	if (err) {
		app_message(screen->app, "%s", err->message);
		error_free(err);
		return;
	}
	insert_parts(v, at, &parts);
}

/** Values of registers live in the variables of their frame. */
static void load_memory(struct screen *screen)
{
	struct value *v = screen->state;
	uint32_t index = session_goroutine_find(app_session(screen->app),
						v->arg.goroutine);
	uint32_t i;

	frame_variables_deinit(&v->variables);
	if (!v->arg.goroutine || index == UINT32_MAX)
		return;
	error_free(session_frame_variables(app_session(screen->app), index,
					   v->arg.frame, &v->variables));
	for (i = 0; i < v->variables.count; i++)
		if (!strcmp(v->variables.list[i].name, v->name) &&
		    v->variables.list[i].type_id == v->arg.type)
			v->arg.addr = v->variables.list[i].addr;
}

static struct error *update(struct screen *screen)
{
	struct value *v = screen->state;
	struct print_limits limits = limits_of(screen);
	struct value_part part = {0};
	struct error *err;

	drop_nodes(v, 0, v->count);
	load_memory(screen);
	err = value_part_load(app_session(screen->app), v->variables.memory,
			      v->arg.type, v->arg.addr, &limits, &part);
	if (err)
		return err;
	GROW_ARRAY(v->nodes, v->count, v->cap);
	v->nodes[v->count++] = (struct node){.part = part};
	v->cursor = v->top = 0;
	open_node(screen, 0);
	return NULL;
}

static struct error *open(struct screen *screen, const void *arg)
{
	struct value *v = screen->state;
	struct address_info at;

	v->arg = *(const struct value_arg *)arg;
	if (v->arg.name) {
		v->name = xstrdup(v->arg.name);
	} else {
		address_info_load(app_session(screen->app), v->arg.addr, &at);
		v->name = xstrdup(at.name ? at.name : "");
		address_info_deinit(&at);
	}
	v->arg.name = NULL;
	return update(screen);
}

static void close(struct screen *screen)
{
	struct value *v = screen->state;

	drop_nodes(v, 0, v->count);
	free(v->nodes);
	free(v->name);
	frame_variables_deinit(&v->variables);
}

static void move_by(struct screen *screen, int64_t step)
{
	struct value *v = screen->state;
	int64_t to = (int64_t)v->cursor + step;

	to = to >= v->count ? (int64_t)v->count - 1 : to;
	v->cursor = (uint32_t)(to < 0 ? 0 : to);
}

static void toggle(struct screen *screen)
{
	struct value *v = screen->state;

	if (v->cursor >= v->count)
		return;
	if (!v->nodes[v->cursor].open) {
		open_node(screen, v->cursor);
		return;
	}
	drop_nodes(v, v->cursor + 1, below(v, v->cursor));
	v->nodes[v->cursor].open = false;
}

/** What the row refers to, or where it is. */
static uint64_t address(const struct screen *screen)
{
	const struct value *v = screen->state;
	const struct value_part *part;

	if (v->cursor >= v->count)
		return 0;
	part = &v->nodes[v->cursor].part;
	return part->target ? part->target : part->addr;
}

/* Everything that is shown, one step further. */
static void open_all(struct screen *screen)
{
	struct value *v = screen->state;
	uint32_t i, before = v->count;

	for (i = v->count; i-- > 0 && v->count < before + OPEN_MOST;)
		if (v->nodes[i].part.opens && !v->nodes[i].open)
			open_node(screen, i);
}

static void follow(struct screen *screen)
{
	const struct value *v = screen->state;
	const struct value_part *part;

	if (v->cursor >= v->count)
		return;
	part = &v->nodes[v->cursor].part;
	if (part->target)
		app_push(screen->app, &value_screen,
			 &(struct value_arg){.addr = part->target});
	else
		app_message(screen->app, "it refers to nothing");
}

static void copy_expression(struct screen *screen)
{
	const struct value *v = screen->state;
	CLEANUP(buf_deinit) struct buf text = {0};
	const struct value_part *part;

	if (v->cursor >= v->count)
		return;
	part = &v->nodes[v->cursor].part;
	buf_printf(&text, "*(*\"%s\")(0x%" PRIx64 ")", part->type, part->addr);
	app_copy(screen->app, buf_str(&text));
}

static void close_node(struct value *v)
{
	if (v->cursor < v->count && v->nodes[v->cursor].open) {
		drop_nodes(v, v->cursor + 1, below(v, v->cursor));
		v->nodes[v->cursor].open = false;
	}
}

static bool act_on_node(struct screen *screen, enum action action)
{
	struct value *v = screen->state;

	switch (action) {
	case ACTION_EXPAND:
		if (v->cursor < v->count && !v->nodes[v->cursor].open)
			open_node(screen, v->cursor);
		return true;
	case ACTION_COLLAPSE:
		close_node(v);
		return true;
	case ACTION_EXPAND_ALL:
		open_all(screen);
		return true;
	case ACTION_FOLLOW:
		follow(screen);
		return true;
	case ACTION_EXPRESSION:
		copy_expression(screen);
		return true;
	default:
		return false;
	}
}

static bool search(struct screen *screen, const char *text, bool backward)
{
	struct value *v = screen->state;
	uint32_t i, at = v->cursor;
	bool found = false;
	regex_t regex;

	if (!v->count || regcomp(&regex, text, REG_EXTENDED | REG_NOSUB))
		return false;
	for (i = 0; i < v->count && !found; i++) {
		const struct value_part *part;

		at = (at + (backward ? v->count - 1 : 1)) % v->count;
		part = &v->nodes[at].part;
		found = !regexec(&regex, part->name, 0, NULL, 0) ||
			!regexec(&regex, part->text, 0, NULL, 0);
	}
	regfree(&regex);
	if (found)
		v->cursor = at;
	return found;
}

static bool act(struct screen *screen, enum action action)
{
	const int64_t page = screen->rows > 1 ? screen->rows - 1 : 1;
	int64_t step;

	if (action_moves(action, page, &step)) {
		move_by(screen, step);
		return true;
	}
	switch (action) {
	case ACTION_OPEN:
		toggle(screen);
		return true;
	default:
		return act_on_node(screen, action);
	}
}

static void draw_node(const struct value *v, struct surface *out, int row,
		      uint32_t index)
{
	const struct node *node = &v->nodes[index];
	CLEANUP(buf_deinit) struct buf text = {0};
	enum style style = STYLE_NORMAL;
	int col = 1 + 2 * node->depth;

	if (index == v->cursor) {
		style = STYLE_SELECTED;
		surface_fill(out, row, 0, out->cols, style, ' ');
	}
	if (col > out->cols / 2)
		col = out->cols / 2;
	buf_printf(&text, "%s %s  %s%s  %s",
		   !node->part.opens ? " "
		   : node->open	     ? "-"
				     : "+",
		   index || !*v->name ? node->part.name : v->name,
		   node->part.text, node->more ? " ..." : "", node->part.type);
	surface_put_names(out, row, col, out->cols - col, style,
			  buf_str(&text));
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct value *v = screen->state;
	uint32_t rows = (uint32_t)out->rows, first = 0, i;

	if (v->cursor >= rows)
		first = v->cursor - rows + 1;
	for (i = first; i < v->count && i < first + rows; i++)
		draw_node(v, out, (int)(i - first), i);
}

static void title(const struct screen *screen, struct buf *out)
{
	const struct value *v = screen->state;

	buf_printf(out, "Value > %s", v->name);
	if (v->count)
		buf_printf(out, "  %s  0x%" PRIx64, v->nodes[0].part.type,
			   v->nodes[0].part.addr);
}

static void status(const struct screen *screen, struct buf *out)
{
	const struct value *v = screen->state;
	const struct value_part *part;

	if (v->cursor >= v->count)
		return;
	part = &v->nodes[v->cursor].part;
	buf_printf(out, "%s at 0x%" PRIx64, part->type, part->addr);
	if (part->target)
		buf_printf(out, " -> 0x%" PRIx64, part->target);
}

static void command(const struct screen *screen, struct buf *out)
{
	const struct value *v = screen->state;

	if (!v->count)
		return;
	buf_printf(out, "mapscope print %s '*(*\"%s\")(0x%" PRIx64 ")'",
		   app_target(screen->app), v->nodes[0].part.type,
		   v->nodes[0].part.addr);
}

static const enum action hints[] = {
	ACTION_OPEN,	  ACTION_FOLLOW, ACTION_SEARCH, ACTION_REFS,
	ACTION_DOMINATED, ACTION_CLOSE,	 ACTION_NONE};

const struct screen_ops value_screen = {
	.name = "Value",
	.state_size = sizeof(struct value),
	.open = open,
	.close = close,
	.act = act,
	.update = update,
	.draw = draw,
	.title = title,
	.status = status,
	.command = command,
	.address = address,
	.search = search,
	.hints = hints,
};
