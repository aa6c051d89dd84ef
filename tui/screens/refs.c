/* Paths from roots to an object; Tab turns to single references in and out. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/references.h"
#include "tui/screen.h"

enum { PATHS = 20, MORE_PATHS = 500, ROWS = 2000 };
enum { LEAST_TEXT = 15, LEAST_TYPE = 9 };
enum mode { MODE_PATHS, MODE_IN, MODE_OUT, MODE_COUNT };

struct line { /* of the body */
	uint64_t addr;
	uint32_t path, step; /* step UINT32_MAX: the root's line */
};

struct refs_state {
	uint64_t addr;
	enum mode mode;
	bool merge;
	uint32_t max;
	char *exclude; /* regular expression; NULL nothing */
	struct refs refs;
	struct ref_rows rows;
	struct line *lines;
	uint32_t count, cap, cursor, top;
};

static void add_line(struct refs_state *r, struct line line)
{
	GROW_ARRAY(r->lines, r->count, r->cap);
	r->lines[r->count++] = line;
}

static void build_lines(struct refs_state *r)
{
	uint32_t i, k;

	r->count = 0;
	for (i = 0; i < r->rows.count; i++)
		add_line(r,
			 (struct line){.addr = r->mode == MODE_OUT
						       ? r->rows.rows[i].target
						       : r->rows.rows[i].holder,
				       .path = i});
	for (i = 0; i < r->refs.count; i++) {
		const struct ref_path *path = &r->refs.paths[i];

		add_line(r, (struct line){.path = i, .step = UINT32_MAX});
		for (k = 0; k < path->step_count; k++)
			add_line(r, (struct line){.addr = path->steps[k].addr,
						  .path = i,
						  .step = k});
	}
	if (r->cursor >= r->count)
		r->cursor = r->count ? r->count - 1 : 0;
}

static struct error *load(struct screen *screen)
{
	struct refs_state *r = screen->state;
	const struct session *session = app_session(screen->app);
	struct error *err;

	refs_deinit(&r->refs);
	ref_rows_deinit(&r->rows);
	if (r->mode == MODE_PATHS)
		err = refs_load_without(session, r->addr, r->max, r->merge,
					r->exclude, &r->refs);
	else if (r->mode == MODE_IN)
		err = refs_in(session, r->addr, ROWS, &r->rows);
	else
		err = refs_out(session, r->addr, ROWS, &r->rows);
	build_lines(r);
	return err;
}

static struct error *open(struct screen *screen, const void *arg)
{
	struct refs_state *r = screen->state;

	r->addr = *(const uint64_t *)arg;
	r->merge = true;
	r->max = PATHS;
	return load(screen);
}

static void close(struct screen *screen)
{
	struct refs_state *r = screen->state;

	refs_deinit(&r->refs);
	ref_rows_deinit(&r->rows);
	free(r->lines);
	free(r->exclude);
}

static void reload(struct screen *screen)
{
	struct error *err = load(screen);

	if (err)
		app_message(screen->app, "%s", err->message);
	error_free(err);
}

static uint64_t selected(const struct screen *screen)
{
	const struct refs_state *r = screen->state;

	return r->cursor < r->count && r->lines[r->cursor].addr
		       ? r->lines[r->cursor].addr
		       : r->addr;
}

static void move_to(struct refs_state *r, int64_t to, int rows)
{
	int64_t page = rows > 8 ? rows - 7 : 1;

	if (to >= r->count)
		to = (int64_t)r->count - 1;
	if (to < 0)
		to = 0;
	r->cursor = (uint32_t)to;
	if (r->cursor < r->top)
		r->top = r->cursor;
	if (r->cursor >= r->top + page)
		r->top = r->cursor - (uint32_t)page + 1;
}

static void set_exclude(struct screen *screen, char *exclude)
{
	struct refs_state *r = screen->state;
	char *before = r->exclude;
	struct error *err;

	r->exclude = exclude;
	if (!(err = load(screen))) {
		free(before);
		return;
	}
	app_message(screen->app, "%s", err->message);
	error_free(err);
	free(exclude);
	r->exclude = before;
	reload(screen);
}

/* No paths through what the row shows. */
static void ignore(struct screen *screen)
{
	const struct refs_state *r = screen->state;
	CLEANUP(buf_deinit) struct buf text = {0};
	const struct ref_path *path;
	const char *name;

	if (r->mode != MODE_PATHS || r->cursor >= r->count)
		return;
	path = &r->refs.paths[r->lines[r->cursor].path];
	name = r->lines[r->cursor].step == UINT32_MAX
		       ? path->name
		       : path->steps[r->lines[r->cursor].step].type;
	if (!name) {
		app_message(screen->app, "the row has no type");
		return;
	}
	if (r->exclude)
		buf_printf(&text, "%s|", r->exclude);
	screen_add_literal(&text, name);
	set_exclude(screen, buf_steal(&text));
}

static void answer(struct screen *screen, enum action action, const char *text)
{
	(void)action;
	set_exclude(screen, *text ? xstrdup(text) : NULL);
}

static void open_line(struct screen *screen)
{
	const struct refs_state *r = screen->state;
	uint64_t addr = selected(screen);
	const struct line *line =
		r->cursor < r->count ? &r->lines[r->cursor] : NULL;

	/* Of a root on a stack there is the goroutine to see. */
	if (line && r->mode == MODE_PATHS && line->step == UINT32_MAX) {
		const struct ref_path *path = &r->refs.paths[line->path];

		if (path->goroutine)
			app_push(screen->app, &stack_screen, &path->goroutine);
		else
			app_message(screen->app, "no goroutine's: a %s",
				    path->kind);
		return;
	}
	if (addr != r->addr)
		app_push(screen->app, &refs_screen, &addr);
}

static bool act(struct screen *screen, enum action action)
{
	struct refs_state *r = screen->state;
	int64_t page = screen->rows > 8 ? screen->rows - 8 : 1, step;

	if (action_moves(action, page, &step)) {
		move_to(r, r->cursor + step, screen->rows);
		return true;
	}
	switch (action) {
	case ACTION_NEXT_SCREEN:
		r->mode = (enum mode)((r->mode + 1) % MODE_COUNT);
		r->cursor = r->top = 0;
		reload(screen);
		return true;
	case ACTION_GROUP:
		r->merge = !r->merge;
		reload(screen);
		return true;
	case ACTION_MORE:
		r->max = r->max == PATHS ? MORE_PATHS : PATHS;
		reload(screen);
		return true;
	case ACTION_IGNORE:
		ignore(screen);
		return true;
	case ACTION_EXCLUDE:
		app_ask(screen->app, action, "no paths through: ");
		return true;
	case ACTION_UNTAG:
		set_exclude(screen, NULL);
		return true;
	case ACTION_OPEN:
		open_line(screen);
		return true;
	default:
		return false;
	}
}

static void add_known_size(struct buf *out, uint64_t bytes)
{
	CLEANUP(buf_deinit) struct buf size = {0};

	if (bytes == UINT64_MAX)
		buf_addc(&size, '-');
	else
		text_size(&size, bytes);
	buf_printf(out, "%8s", buf_str(&size));
}

static void root_text(const struct ref_path *path, struct buf *out)
{
	const char *p;

	for (p = path->kind; *p; p++)
		buf_addc(out, (char)(*p >= 'a' && *p <= 'z' ? *p - 32 : *p));
	buf_printf(out, " %s", path->name);
	if (path->goroutine)
		buf_printf(out, "  [g%" PRId64 "]", path->goroutine);
	if (path->file && *path->file) {
		const char *base = strrchr(path->file, '/');

		buf_printf(out, "  (%s:%" PRIu32 ")",
			   base ? base + 1 : path->file, path->line);
	}
	if (path->merged > 1)
		buf_printf(out, "  x%" PRIu32, path->merged);
	if (!path->strong)
		buf_adds(out, "  excluded");
	if (path->conservative)
		buf_adds(out, "  ?");
}

/*
 * A line in parts: the type and the step (a field, a key that may be long) give
 * way to what stands around them.
 */
struct parts {
	struct buf before, after;
	const char *type, *text;
};

static void parts_deinit(struct parts *p)
{
	buf_deinit(&p->before);
	buf_deinit(&p->after);
}

static int width_of_one(const char *at, size_t bytes)
{
	char one[8] = "";

	memcpy(one, at, bytes < sizeof(one) ? bytes : sizeof(one) - 1);
	return surface_text_width(one);
}

/* Bytes of as many characters as have @p width columns, or behind those. */
static size_t bytes_of(const char *text, int width)
{
	size_t len = strlen(text), at, n;
	uint32_t c;
	int used = 0;

	for (at = 0; at < len; at += n) {
		if (!(n = text_decode(text + at, len - at, &c)))
			n = 1;
		used += width_of_one(text + at, n);
		if (used > width)
			break;
	}
	return at;
}

/* With a mark instead of its middle, if it is wider than @p width. */
static void add_middle_cut(struct buf *out, const char *text, int width)
{
	int head = (width - 1) / 2;
	int all = surface_text_width(text);

	if (all <= width) {
		buf_adds(out, text);
		return;
	}
	buf_add(out, text, bytes_of(text, head));
	buf_addc(out, '~');
	buf_adds(out, text + bytes_of(text, all - (width - 1 - head)));
}

static int at_least(int width, int least)
{
	return width < least ? least : width;
}

static void join(const struct parts *p, int room, struct buf *out)
{
	int around = surface_text_width(buf_str(&p->before)) +
		     surface_text_width(buf_str(&p->after)) + 2;
	CLEANUP(buf_deinit) struct buf type = {0};
	int type_width, text_width = surface_text_width(p->text);

	buf_adds(&type, p->type);
	if (around + surface_text_width(p->type) + text_width > room) {
		buf_clear(&type);
		text_short_names(&type, p->type);
	}
	type_width = surface_text_width(buf_str(&type));
	if (around + type_width + text_width > room) {
		int left = at_least(room - around - type_width, LEAST_TEXT);

		text_width = text_width < left ? text_width : left;
		left = at_least(room - around - text_width, LEAST_TYPE);
		type_width = type_width < left ? type_width : left;
	}
	buf_adds(out, buf_str(&p->before));
	add_middle_cut(out, buf_str(&type), type_width);
	buf_adds(out, "  ");
	add_middle_cut(out, p->text, text_width);
	buf_adds(out, buf_str(&p->after));
}

static void step_text(const struct refs_state *r, const struct ref_path *path,
		      uint32_t k, int room, struct buf *out)
{
	const struct ref_step *step = &path->steps[k];
	CLEANUP(parts_deinit)
	struct parts p = {.type = step->type ? step->type : "?",
			  .text = step->text};

	buf_printf(&p.before, "  %2" PRIu32 " ", path->distance - k - 1);
	add_known_size(&p.before, step->retained_bytes);
	buf_printf(&p.before, "  0x%" PRIx64 "  ", step->addr);
	if (k + 1 == path->step_count)
		buf_adds(&p.after, r->refs.addr == step->addr
					   ? "  <== this object"
					   : "  <== inside");
	join(&p, room, out);
}

static void row_text(const struct refs_state *r, const struct ref_row *row,
		     int room, struct buf *out)
{
	CLEANUP(parts_deinit)
	struct parts p = {.type = row->type ? row->type : "",
			  .text = row->text};

	buf_printf(&p.before, "%-9s ", row->kind);
	add_known_size(&p.before, row->retained_bytes);
	buf_printf(&p.before, "  0x%" PRIx64 "  ",
		   r->mode == MODE_IN ? row->addr : row->target);
	join(&p, room, out);
}

static int draw_head(const struct refs_state *r, struct surface *out)
{
	CLEANUP(buf_deinit) struct buf text = {0};
	const char *verdict = r->refs.verdict;
	int row = 0, room = out->cols - 2;

	if (r->mode != MODE_PATHS) {
		surface_printf(out, row, 1, STYLE_HEADER,
			       "%" PRIu32 " reference%s %s it%s", r->rows.count,
			       r->rows.count == 1 ? "" : "s",
			       r->mode == MODE_IN ? "to" : "from",
			       r->rows.complete ? "" : " and more");
		return row + 1;
	}
	buf_printf(&text, "%" PRIu32 " strong path%s, %" PRIu32 " excluded%s",
		   r->refs.strong, r->refs.strong == 1 ? "" : "s", r->refs.weak,
		   r->refs.complete ? "" : "; there are more (m)");
	if (r->refs.weak_pointer)
		buf_adds(&text, "; weak pointers too");
	if (r->refs.finalizer || r->refs.cleanup)
		buf_printf(&text, "; has a %s",
			   r->refs.finalizer ? "finalizer" : "cleanup");
	surface_put_names(out, row++, 1, room, STYLE_HEADER, buf_str(&text));
	while (verdict && *verdict && row < out->rows - 4) {
		int n = (int)strlen(verdict), cut = n;

		if (n > room) {
			for (cut = room; cut > 0 && verdict[cut] != ' '; cut--)
				;
			if (!cut)
				cut = room;
		}
		buf_clear(&text);
		buf_add(&text, verdict, (size_t)cut);
		surface_put(out, row++, 1, room, STYLE_OK, buf_str(&text));
		verdict += cut;
		verdict += strspn(verdict, " ");
	}
	return row;
}

static void draw_line(const struct refs_state *r, struct surface *out, int row,
		      uint32_t index)
{
	const struct line *line = &r->lines[index];
	CLEANUP(buf_deinit) struct buf text = {0};
	enum style style = STYLE_NORMAL;

	if (r->mode != MODE_PATHS) {
		row_text(r, &r->rows.rows[line->path], out->cols - 2, &text);
	} else if (line->step == UINT32_MAX) {
		style = STYLE_TITLE;
		root_text(&r->refs.paths[line->path], &text);
	} else {
		step_text(r, &r->refs.paths[line->path], line->step,
			  out->cols - 2, &text);
	}
	if (index == r->cursor) {
		style = STYLE_SELECTED;
		surface_fill(out, row, 0, out->cols, style, ' ');
	}
	surface_put_names(out, row, 1, out->cols - 1, style, buf_str(&text));
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct refs_state *r = screen->state;
	int row = draw_head(r, out) + 1;
	uint32_t i = r->top;

	if (r->cursor >= r->top + (uint32_t)(out->rows - row))
		i = r->cursor - (uint32_t)(out->rows - row) + 1;
	for (; i < r->count && row < out->rows; i++)
		draw_line(r, out, row++, i);
}

static void title(const struct screen *screen, struct buf *out)
{
	static const char *const names[] = {"Paths to roots", "Incoming",
					    "Outgoing"};
	const struct refs_state *r = screen->state;

	buf_printf(out, "References > 0x%" PRIx64 " %s   %s%s", r->addr,
		   r->refs.type ? r->refs.type : "", names[r->mode],
		   r->mode == MODE_PATHS && !r->merge ? " (not merged)" : "");
	if (r->exclude)
		buf_printf(out, "  without %s", r->exclude);
}

static void status(const struct screen *screen, struct buf *out)
{
	const struct refs_state *r = screen->state;
	const struct ref_path *path;

	if (r->mode != MODE_PATHS || r->cursor >= r->count)
		return;
	path = &r->refs.paths[r->lines[r->cursor].path];
	buf_printf(out, "root word 0x%" PRIx64, path->addr);
	if (path->function)
		buf_printf(out, "  %s  %s:%" PRIu32, path->function, path->file,
			   path->line);
}

static void command(const struct screen *screen, struct buf *out)
{
	static const char *const flags[] = {"", " --in", " --out"};
	const struct refs_state *r = screen->state;

	buf_printf(out, "mapscope refs %s 0x%" PRIx64 "%s",
		   app_target(screen->app), r->addr, flags[r->mode]);
	if (r->exclude)
		buf_printf(out, " --exclude '%s'", r->exclude);
}

static const enum action hints[] = {
	ACTION_OPEN,   ACTION_NEXT_SCREEN, ACTION_GROUP, ACTION_MORE,
	ACTION_IGNORE, ACTION_DOMINATED,   ACTION_CLOSE, ACTION_NONE};

const struct screen_ops refs_screen = {
	.name = "References",
	.state_size = sizeof(struct refs_state),
	.open = open,
	.close = close,
	.act = act,
	.update = load,
	.draw = draw,
	.title = title,
	.status = status,
	.command = command,
	.address = selected,
	.answer = answer,
	.hints = hints,
};
