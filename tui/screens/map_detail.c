/* One map: figures, chain histogram beside the expected one, occupancy. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "tui/screen.h"
#include "tui/screens/map_chart.h"
#include "tui/screens/map_grid.h"

enum {
	HIST_COLUMN = 39,
	NARROW_COLS = 78,
	TALL_ROWS = 30,
	HISTOGRAM_ROWS = 8, /* with its two titles */
	LOAD_BAR = 20,
	STEPS_MAX = 1000, /* rows of a list that are no maps */
};

struct detail {
	uint64_t addr;
	uint32_t row;
	uint32_t cell; /* the grid's cursor: a cell of the occupancy */
	bool old;      /* the old array instead of the current one */
	bool chosen;   /* `chart` was, it is not just the first */
	enum map_chart_kind chart;
	struct map_detail map;
};

static struct map_cells cells_of(const struct detail *d)
{
	return map_cells_of(&d->map, d->old);
}

static enum map_chart_kind first_chart(const struct map_detail *m)
{
	return m->row.swiss && m->charts[MAP_CHART_HIT].total ? MAP_CHART_HIT
							      : MAP_CHART_MISS;
}

static struct error *load(struct screen *screen, uint64_t addr)
{
	struct detail *d = screen->state;
	const struct session *session = app_session(screen->app);
	CLEANUP(free_cleanup) char *which = NULL;
	struct error *err;
	uint32_t row;

	which = xasprintf("0x%" PRIx64, addr);
	if ((err = session_find_map(session, which, &row)))
		return err;
	map_detail_deinit(&d->map);
	if ((err = map_detail_load(session, row, &d->map)))
		return err;
	d->addr = addr;
	d->row = row;
	if (!d->map.old_cell_count)
		d->old = false;
	if (d->cell >= cells_of(d).count)
		d->cell = 0;
	if (!d->chosen || !d->map.charts[d->chart].total)
		d->chart = first_chart(&d->map);
	return NULL;
}

static struct error *open(struct screen *screen, const void *arg)
{
	const uint64_t *addr = arg;

	return load(screen, *addr);
}

static void close(struct screen *screen)
{
	struct detail *d = screen->state;

	map_detail_deinit(&d->map);
}

static struct error *update(struct screen *screen)
{
	const struct detail *d = screen->state;

	return load(screen, d->addr);
}

/* The next map of the same owner, by address. */
static uint64_t step_in_owner(const struct screen *screen, int by)
{
	const struct detail *d = screen->state;
	uint32_t count, i;
	const struct map_row *rows =
		session_maps(app_session(screen->app), &count);
	uint32_t at = d->row;

	for (i = 0; i < count; i++) {
		at = (at + count + (uint32_t)by) % count;
		if (rows[at].owner == d->map.row.owner)
			break;
	}
	return rows[at].addr;
}

/* Is there a map at the address of the row that the list below is on? */
static uint64_t map_below(const struct screen *screen)
{
	const struct screen *below = screen->below;
	uint64_t addr = below->ops->address ? below->ops->address(below) : 0;
	CLEANUP(free_cleanup) char *which = xasprintf("0x%" PRIx64, addr);
	struct error *err;
	uint32_t row;

	err = addr ? session_find_map(app_session(screen->app), which, &row)
		   : NULL;
	if (err)
		addr = 0;
	error_free(err);
	return addr;
}

/*
 * The next map of the list that one came from, whose cursor moves along; 0 at
 * its end. Rows of several maps stand for the one they name.
 */
static uint64_t step_in_list(struct screen *screen, struct list_view *view,
			     int by)
{
	const struct detail *d = screen->state;
	uint32_t before = view->cursor, last, tries;

	for (tries = 0; tries < STEPS_MAX; tries++) {
		uint64_t addr;

		last = view->cursor;
		list_view_act(view, by > 0 ? ACTION_DOWN : ACTION_UP,
			      screen->rows);
		if (view->cursor == last)
			break;
		addr = map_below(screen);
		if (addr && addr != d->addr)
			return addr;
	}
	view->cursor = before;
	return 0;
}

static void step(struct screen *screen, int by)
{
	const struct screen *below = screen->below;
	struct list_view *view = below && below->ops->list
					 ? below->ops->list(screen->below)
					 : NULL;
	uint64_t addr;

	if (view && map_below(screen))
		addr = step_in_list(screen, view, by);
	else
		addr = step_in_owner(screen, by);
	if (addr)
		error_free(load(screen, addr));
	else
		app_message(screen->app, "no more maps in the list");
}

static void next_chart(struct screen *screen)
{
	struct detail *d = screen->state;
	enum map_chart_kind kind = d->chart;

	if (d->old) {
		d->old = false;
		d->cell = 0;
		return;
	}
	do {
		kind = (kind + 1) % MAP_CHART_OLD;
	} while (kind != d->chart && !d->map.charts[kind].total);
	if (kind == d->chart)
		app_message(screen->app, "there is no other chart: %s",
			    d->map.cells ? "the map has no entries"
					 : "the snapshot holds no memory");
	d->chart = kind;
	d->chosen = true;
}

static void toggle_old(struct screen *screen)
{
	struct detail *d = screen->state;
	const struct map_detail *m = &d->map;

	if (m->row.swiss)
		app_message(screen->app, "Swiss maps have no old table: a full "
					 "table is replaced at once");
	else if (!m->old_buckets)
		app_message(screen->app,
			    "the map is not growing: it has no old table");
	else if (!m->old_cell_count)
		app_message(screen->app, "the snapshot holds no memory");
	else
		d->old = !d->old;
	d->cell = 0;
}

static enum style severity_style(uint8_t severity)
{
	static const enum style styles[] = {STYLE_OK, STYLE_INFO, STYLE_WARN,
					    STYLE_HIGH};

	return styles[severity < 4 ? severity : 0];
}

static int draw_path(const struct map_detail *m, struct surface *out, int row)
{
	CLEANUP(buf_deinit) struct buf b = {0};
	uint32_t i;

	buf_printf(&b, "root %s", m->root_kind);
	if (m->goroutine)
		buf_printf(&b, " g%" PRId64, m->goroutine);
	buf_adds(&b, ": ");
	for (i = 0; i < m->path_count; i++)
		buf_printf(&b, "%s%s", i ? " -> " : "", m->path[i]);
	buf_printf(&b, "   refs %" PRIu32, m->row.holders);
	surface_put_names(out, row, 1, out->cols - 1, STYLE_NORMAL,
			  buf_str(&b));
	return row + 1;
}

/* "load    0.547 of 0.875 (62% of the most)  [############........]" */
static void draw_load(const struct map_detail *m, struct surface *out, int row)
{
	double full = m->row.load_max > 0
			      ? (double)m->row.load / (double)m->row.load_max
			      : 0;
	int bar = (int)(full * LOAD_BAR + 0.5), col = 1;

	bar = bar > LOAD_BAR ? LOAD_BAR : bar;
	col += surface_printf(out, row, col, STYLE_NORMAL,
			      "load    %.3f of %.3f (%.0f%% of the most)  ",
			      (double)m->row.load, (double)m->row.load_max,
			      full * 100);
	if (col + LOAD_BAR + 2 > out->cols)
		return;
	surface_put(out, row, col++, 1, STYLE_NORMAL, "[");
	surface_fill(out, row, col, LOAD_BAR, STYLE_DIM, '.');
	surface_fill(out, row, col, bar, STYLE_INFO, '#');
	surface_put(out, row, col + LOAD_BAR, 1, STYLE_NORMAL, "]");
}

static void add_sizes(const struct map_detail *m, bool wide, struct buf *out)
{
	buf_adds(out, "storage ");
	text_size_if_known(out, m->row.storage_bytes);
	if (wide && m->slot_bytes) {
		buf_adds(out, "  in entries ");
		text_size(out, m->row.live * m->slot_bytes);
	}
	buf_adds(out, "  waste ");
	text_size_if_known(out, m->row.waste_bytes);
	if (wide && m->row.storage_bytes)
		buf_printf(out, " (%.0f%%)",
			   100.0 * (double)m->row.waste_bytes /
				   (double)m->row.storage_bytes);
	buf_adds(out, "  retained ");
	text_size_if_known(out, m->row.retained_bytes);
}

static int draw_numbers(const struct map_detail *m, struct surface *out,
			int row)
{
	CLEANUP(buf_deinit) struct buf b = {0};
	char flags[MAP_FLAG_TEXT];
	int col;

	map_flags_text(m->row.flags, flags);
	col = surface_printf(out, row, 1, STYLE_NORMAL, "addr 0x%" PRIx64 "  ",
			     m->row.addr);
	surface_printf(out, row++, 1 + col, severity_style(m->row.severity),
		       "%s %s", flags,
		       severity_name((enum severity)m->row.severity));
	buf_adds(&b, "entries ");
	text_count(&b, m->row.count);
	buf_adds(&b, "  live ");
	text_count(&b, m->row.live);
	buf_adds(&b, "  slots ");
	text_count(&b, m->row.slots);
	surface_put_names(out, row++, 1, out->cols, STYLE_NORMAL, buf_str(&b));
	draw_load(m, out, row++);
	buf_clear(&b);
	add_sizes(m, out->cols >= NARROW_COLS, &b);
	surface_put_names(out, row++, 1, out->cols, STYLE_NORMAL, buf_str(&b));
	surface_printf(out, row++, 1, STYLE_NORMAL,
		       "key %" PRIu64 " B %s  elem %" PRIu64 " B  slot %" PRIu64
		       " B  %s %" PRIu64 " B",
		       m->key_bytes, "", m->elem_bytes, m->slot_bytes,
		       m->row.swiss ? "group" : "bucket", m->unit_bytes);
	return row;
}

/* In a narrow pane some lines are two. */
static bool is_narrow(int rows, int cols)
{
	return cols < NARROW_COLS && rows >= TALL_ROWS;
}

static void draw_old(const struct map_detail *m, struct surface *out, int row)
{
	CLEANUP(buf_deinit) struct buf b = {0};

	buf_printf(&b,
		   "growing%s: %" PRIu64 " of %" PRIu64
		   " old buckets moved (%" PRIu64 "%%)",
		   m->same_size_grow ? " (same size)" : " 2x", m->evacuated,
		   m->old_buckets, m->evacuated * 100 / m->old_buckets);
	if (m->old_cells) {
		buf_adds(&b, ", ");
		text_count(&b, m->old_live);
		buf_adds(&b, " entries wait, ");
		text_size(&b, m->old_bytes);
		buf_adds(&b, " kept");
	}
	surface_put(out, row, 1, out->cols, STYLE_WARN, buf_str(&b));
}

static int draw_growth(const struct map_detail *m, struct surface *out, int row)
{
	if (m->row.swiss && is_narrow(out->rows, out->cols)) {
		surface_printf(out, row, 1, STYLE_NORMAL,
			       "tables %" PRIu64 " (depth %u)  groups %" PRIu64,
			       m->tables, m->global_depth, m->groups);
		surface_printf(out, row + 1, 1, STYLE_NORMAL,
			       "tombstones %" PRIu64 "  growth left %" PRIu64,
			       m->row.tombstones, m->growth_left);
		return row + 2;
	}
	if (m->row.swiss) {
		surface_printf(out, row, 1, STYLE_NORMAL,
			       "tables %" PRIu64 " (depth %u)  groups %" PRIu64
			       "  tombstones %" PRIu64
			       " (%.0f%%)  growth left %" PRIu64,
			       m->tables, m->global_depth, m->groups,
			       m->row.tombstones,
			       m->row.slots
				       ? 100.0 * (double)m->row.tombstones /
						 (double)m->row.slots
				       : 0.0,
			       m->growth_left);
		return row + 1;
	}
	surface_printf(out, row, 1, STYLE_NORMAL,
		       "buckets %" PRIu64 " (B=%u)  overflow %" PRIu64
		       " (header says %" PRIu64 ")",
		       m->buckets, m->row.b, m->overflow_buckets, m->noverflow);
	row++;
	if (m->old_buckets)
		draw_old(m, out, row++);
	return row;
}

enum { ADVICE_LABEL = 5, ADVICE_TWO_LINES = 18 };

static int lines_of_advice(const char *text, int rows, int cols)
{
	if (!*text)
		return 0;
	return rows >= ADVICE_TWO_LINES &&
			       (int)strlen(text) > cols - ADVICE_LABEL - 2
		       ? 2
		       : 1;
}

static int advice_rows(const struct map_detail *m, int rows, int cols)
{
	return lines_of_advice(m->why, rows, cols) +
	       lines_of_advice(m->fix, rows, cols);
}

/* At most two lines. Returns how many. */
static int draw_advice(const char *label, const char *text, enum style style,
		       struct surface *out, int row)
{
	int lines = lines_of_advice(text, out->rows, out->cols), i;

	if (!lines)
		return 0;
	/* With few rows it takes those of figures. */
	for (i = 0; i < lines; i++)
		surface_fill(out, row + i, 0, out->cols, STYLE_NORMAL, ' ');
	surface_printf(out, row, 1, style, "%s:", label);
	return surface_put_lines(out, row, 1 + ADVICE_LABEL,
				 out->cols - ADVICE_LABEL - 2, lines, style,
				 text);
}

struct layout {
	int top, rows, col; /* of the histogram and the grid beside it */
	int grid_top;	    /* below it in a narrow pane */
	struct map_grid grid;
};

static int head_rows(const struct map_detail *m, int rows, int cols)
{
	if (m->row.swiss)
		return 7 + is_narrow(rows, cols);
	return 7 + (m->old_buckets != 0);
}

static struct layout layout_of(const struct detail *d, int rows, int cols)
{
	const struct map_detail *m = &d->map;
	const struct map_cells cells = cells_of(d);
	int head = head_rows(m, rows, cols);
	int rest = rows - head - advice_rows(m, rows, cols);
	struct layout l = {.top = head + 1,
			   .rows = rest - 1,
			   .grid_top = head + 1,
			   .col = cols >= 100 ? 82 : HIST_COLUMN + 8};

	if (rest >= 4 && cols >= NARROW_COLS) {
		l.grid = map_grid_of(&cells, cols - l.col - 1, l.rows - 2);
	} else if (rest > HISTOGRAM_ROWS + 4 && is_narrow(rows, cols)) {
		l.col = 1;
		l.grid_top += HISTOGRAM_ROWS + 1;
		l.rows = HISTOGRAM_ROWS;
		l.grid = map_grid_of(&cells, cols - 2,
				     rest - HISTOGRAM_ROWS - 4);
	}
	return l;
}

static void open_units(struct screen *screen)
{
	const struct detail *d = screen->state;
	const struct map_cells cells = cells_of(d);
	struct units_arg arg = {.addr = d->addr, .table = d->old};

	if (cells.cells && d->cell < cells.count) {
		const struct map_cell *cell = &cells.cells[d->cell];

		if (d->map.row.swiss)
			arg.table = cell->first;
		else
			arg.index = cell->first;
	}
	app_push(screen->app, &units_screen, &arg);
}

/* False: there is no grid, or nothing in that direction. */
static bool move(struct screen *screen, int right, int down)
{
	struct detail *d = screen->state;
	const struct layout l = layout_of(d, screen->rows, screen->cols);
	int at, to;

	if (!l.grid.shown)
		return false;
	at = (int)d->cell / l.grid.merge;
	to = at + right + down * l.grid.width;
	if (to < 0 || to >= (int)l.grid.shown)
		return !right || at > 0;
	d->cell = (uint32_t)(to * l.grid.merge);
	return true;
}

static bool act(struct screen *screen, enum action action)
{
	struct detail *d = screen->state;

	switch (action) {
	case ACTION_NEXT:
		step(screen, 1);
		return true;
	case ACTION_PREVIOUS:
		step(screen, -1);
		return true;
	case ACTION_DOWN:
		move(screen, 0, 1);
		return true;
	case ACTION_UP:
		move(screen, 0, -1);
		return true;
	case ACTION_RIGHT:
		return move(screen, 1, 0);
	case ACTION_LEFT: /* from the first cell it leads back */
		return move(screen, -1, 0);
	case ACTION_HOME:
		d->cell = 0;
		return true;
	case ACTION_END:
		d->cell = cells_of(d).count ? cells_of(d).count - 1 : 0;
		return true;
	case ACTION_CLASSES:
		next_chart(screen);
		return true;
	case ACTION_CONTAINERS:
		toggle_old(screen);
		return true;
	case ACTION_ENTRIES:
		app_push(screen->app, &entries_screen, &d->addr);
		return true;
	case ACTION_OPEN:
	case ACTION_UNITS:
		open_units(screen);
		return true;
	default:
		return false;
	}
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct detail *d = screen->state;
	const struct map_detail *m = &d->map;
	struct layout l = layout_of(d, out->rows, out->cols);
	int row = draw_path(m, out, 0);

	row = draw_numbers(m, out, row);
	draw_growth(m, out, row);
	if (l.rows >= 3)
		map_chart_draw(m, d->old ? MAP_CHART_OLD : d->chart, out, l.top,
			       l.rows);
	if (l.grid.shown) {
		const struct map_cells cells = cells_of(d);

		map_grid_draw(&cells, &l.grid, d->cell, out, l.grid_top, l.col,
			      l.rows);
	}
	row = out->rows - advice_rows(m, out->rows, out->cols);
	row += draw_advice("Why", m->why, STYLE_WARN, out, row);
	draw_advice("Fix", m->fix, STYLE_OK, out, row);
}

/* What the grid's cursor is on. */
static void status(const struct screen *screen, struct buf *out)
{
	const struct detail *d = screen->state;
	const struct map_cells cells = cells_of(d);
	const struct layout l = layout_of(d, screen->rows, screen->cols);

	if (l.grid.shown)
		map_grid_status(&cells, &l.grid, d->cell, out);
}

static void title(const struct screen *screen, struct buf *out)
{
	const struct detail *d = screen->state;

	buf_printf(out, "Maps > %s%s   %s", d->map.owner,
		   d->old ? " > old table" : "",
		   d->map.type ? d->map.type : "untyped");
}

static void command(const struct screen *screen, struct buf *out)
{
	const struct detail *d = screen->state;

	buf_printf(out, "mapscope map %s 0x%" PRIx64, app_target(screen->app),
		   d->addr);
}

static uint64_t address(const struct screen *screen)
{
	const struct detail *d = screen->state;

	return d->addr;
}

static const enum action hints[] = {
	ACTION_OPEN,	  ACTION_ENTRIES,  ACTION_REFS,
	ACTION_CLASSES,	  ACTION_PREVIOUS, ACTION_NEXT,
	ACTION_DOMINATED, ACTION_CLOSE,	   ACTION_NONE};

const struct screen_ops detail_screen = {
	.name = "Map",
	.state_size = sizeof(struct detail),
	.open = open,
	.close = close,
	.act = act,
	.update = update,
	.draw = draw,
	.title = title,
	.status = status,
	.command = command,
	.address = address,
	.hints = hints,
	.without_memory = true,
};
