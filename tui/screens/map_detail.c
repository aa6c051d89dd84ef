/* One map: figures, chain histogram beside the expected one, occupancy. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "tui/screen.h"

enum {
	HIST_COLUMN = 39,
	NARROW_COLS = 78,
	TALL_ROWS = 30,
	HISTOGRAM_ROWS = 8, /* with its two titles */
};

struct detail {
	uint64_t addr;
	uint32_t row;
	uint32_t cell; /* the grid's cursor: a cell of the occupancy */
	struct map_detail map;
};

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
	if (d->cell >= d->map.occupancy_count)
		d->cell = 0;
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
static void step(struct screen *screen, int by)
{
	struct detail *d = screen->state;
	const struct session *session = app_session(screen->app);
	uint32_t count, i;
	const struct map_row *rows = session_maps(session, &count);
	uint32_t at = d->row;

	for (i = 0; i < count; i++) {
		at = (at + count + (uint32_t)by) % count;
		if (rows[at].owner == d->map.row.owner)
			break;
	}
	error_free(load(screen, rows[at].addr));
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

static int draw_numbers(const struct map_detail *m, struct surface *out,
			int row)
{
	CLEANUP(buf_deinit) struct buf b = {0};
	char flags[MAP_FLAG_TEXT];
	double full = m->row.load_max > 0
			      ? (double)m->row.load / (double)m->row.load_max
			      : 0;
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
	surface_printf(out, row++, 1, STYLE_NORMAL,
		       "load    %.3f of %.3f (%.0f%% of the most)",
		       (double)m->row.load, (double)m->row.load_max,
		       full * 100);
	buf_clear(&b);
	buf_adds(&b, "storage ");
	text_size_if_known(&b, m->row.storage_bytes);
	buf_adds(&b, "  waste ");
	text_size_if_known(&b, m->row.waste_bytes);
	buf_adds(&b, "  retained ");
	text_size_if_known(&b, m->row.retained_bytes);
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
			       "  tombstones %" PRIu64 "  growth left %" PRIu64,
			       m->tables, m->global_depth, m->groups,
			       m->row.tombstones, m->growth_left);
		return row + 1;
	}
	surface_printf(out, row, 1, STYLE_NORMAL,
		       "buckets %" PRIu64 " (B=%u)  overflow %" PRIu64
		       " (header says %" PRIu64 ")",
		       m->buckets, m->row.b, m->overflow_buckets, m->noverflow);
	row++;
	if (m->old_buckets)
		surface_printf(out, row++, 1, STYLE_WARN,
			       "growing%s: %" PRIu64 " of %" PRIu64
			       " old buckets evacuated (%" PRIu64 "%%)",
			       m->same_size_grow ? " (same size)" : " 2x",
			       m->evacuated, m->old_buckets,
			       m->evacuated * 100 / m->old_buckets);
	return row;
}

static void draw_bar(struct surface *out, int row, int col, int width,
		     uint64_t n, uint64_t most)
{
	int bar = most ? (int)((double)n * width / (double)most + 0.5) : 0;

	surface_fill(out, row, col, bar, STYLE_INFO, '#');
}

static void draw_histogram(const struct map_detail *m, struct surface *out,
			   int row, int rows)
{
	static const struct {
		unsigned from, to;
		const char *label;
	} ranges[] = {{1, 2, "  1"},  {2, 3, "  2"},	{3, 4, "  3"},
		      {4, 8, " 4-7"}, {8, 16, " 8-15"}, {16, 33, ">=16"}};
	int wide = out->cols >= 100 ? 48 : out->cols / 2 - 26, i;
	bool known = false;
	unsigned k;

	for (k = 0; k < MAP_HISTOGRAM; k++)
		known |= m->expected[k] > 0;
	surface_printf(out, row, 1, STYLE_HEADER, "CHAIN %s",
		       !strcmp(m->metric, "buckets")	  ? "buckets"
		       : !strcmp(m->metric, "hit_groups") ? "groups per hit"
							  : "groups per miss");
	surface_put(out, row + 1, 1, out->cols, STYLE_DIM,
		    " len       n     %  expect");
	for (i = 0; i < 6 && i + 2 < rows; i++) {
		uint64_t n = 0;
		double expect = 0;

		for (k = ranges[i].from; k < ranges[i].to; k++) {
			n += m->histogram[k - 1 < 31 ? k - 1 : 31];
			expect += m->expected[k - 1 < 31 ? k - 1 : 31];
			if (k >= MAP_HISTOGRAM)
				break;
		}
		surface_printf(out, row + 2 + i, 1, STYLE_NORMAL,
			       known ? "%5s %9" PRIu64 " %5.1f  %5.1f"
				     : "%5s %9" PRIu64 " %5.1f      -",
			       ranges[i].label, n,
			       m->histogram_total
				       ? 100.0 * (double)n /
						 (double)m->histogram_total
				       : 0.0,
			       expect * 100);
		draw_bar(out, row + 2 + i, 30, wide < 2 ? 2 : wide, n,
			 m->histogram_total);
	}
}

/* How the grid of cells is shown: some cells merged if all have no room. */
struct grid {
	int width, lines, merge;
	uint32_t shown;
};

static struct grid grid_of(const struct map_detail *m, int cols, int lines)
{
	struct grid g = {.width = cols > 64 ? 64 : cols & ~7, .merge = 1};

	if (g.width < 8 || lines < 1 || !m->occupancy_count)
		return (struct grid){.merge = 1};
	while (m->occupancy_count > (uint32_t)(g.width * lines * g.merge))
		g.merge *= 2;
	g.shown = (m->occupancy_count + (uint32_t)g.merge - 1) /
		  (uint32_t)g.merge;
	g.lines = ((int)g.shown + g.width - 1) / g.width;
	return g;
}

static struct map_cell cell_of(const struct map_detail *m, const struct grid *g,
			       uint32_t at)
{
	uint32_t i = at * (uint32_t)g->merge, end = i + (uint32_t)g->merge;
	struct map_cell sum = {0};

	if (!m->cells || i >= m->occupancy_count)
		return sum;
	sum.first = m->cells[i].first;
	for (; i < end && i < m->occupancy_count; i++) {
		sum.count += m->cells[i].count;
		sum.live += m->cells[i].live;
		sum.slots += m->cells[i].slots;
		sum.deleted += m->cells[i].deleted;
		if (m->cells[i].chain_max > sum.chain_max)
			sum.chain_max = m->cells[i].chain_max;
	}
	return sum;
}

/* Of snapshots without memory only the share is known. */
static uint8_t fill_of(const struct map_detail *m, const struct grid *g,
		       uint32_t at)
{
	uint32_t i = at * (uint32_t)g->merge, end = i + (uint32_t)g->merge;
	uint32_t sum = 0, n = 0;

	for (; i < end && i < m->occupancy_count; i++, n++)
		sum += m->occupancy[i];
	return (uint8_t)(n ? sum / n : 0);
}

static void draw_cell(const struct detail *d, const struct grid *g, uint32_t at,
		      struct surface *out, int row, int col)
{
	static const char ramp[] = ".:-+#@";
	const struct map_cell cell = cell_of(&d->map, g, at);
	uint8_t v = fill_of(&d->map, g, at);
	bool odd = cell.deleted * 10 > cell.slots || cell.chain_max > 3;
	enum style style = odd || v < 31 ? STYLE_WARN : STYLE_NORMAL;

	surface_fill(out, row, col, 1,
		     at == d->cell / (uint32_t)g->merge ? STYLE_SELECTED
							: style,
		     cell.deleted * 10 > cell.slots ? 'T' : ramp[v * 6 / 256]);
}

static void draw_occupancy(const struct detail *d, const struct grid *g,
			   struct surface *out, int row, int col, int rows)
{
	const struct map_detail *m = &d->map;
	const char *part = m->row.swiss ? "table" : "bucket";
	uint64_t all = m->row.swiss ? m->tables : m->buckets;
	uint64_t per = ((all ? all : 1) - 1) / MAP_OCCUPANCY + 1;
	uint32_t at;

	per *= (uint64_t)g->merge;
	if (per == 1)
		surface_printf(out, row, col, STYLE_HEADER, "OCCUPANCY by %s",
			       part);
	else
		surface_printf(out, row, col, STYLE_HEADER,
			       "OCCUPANCY by %" PRIu64 " %ss", per, part);
	for (at = 0; at < g->shown; at++)
		draw_cell(d, g, at, out, row + 1 + (int)at / g->width,
			  col + (int)at % g->width);
	if (g->lines + 1 < rows)
		surface_put(out, row + g->lines + 1, col, out->cols, STYLE_DIM,
			    m->cells && m->row.swiss
				    ? ".:-+#@ empty to full, T deleted"
				    : ".:-+#@ empty to full");
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
	int lines = lines_of_advice(text, out->rows, out->cols);

	if (!lines)
		return 0;
	surface_printf(out, row, 1, style, "%s:", label);
	return surface_put_lines(out, row, 1 + ADVICE_LABEL,
				 out->cols - ADVICE_LABEL - 2, lines, style,
				 text);
}

struct layout {
	int top, rows, col; /* of the histogram and the grid beside it */
	int grid_top;	    /* below it in a narrow pane */
	struct grid grid;
};

static int head_rows(const struct map_detail *m, int rows, int cols)
{
	if (m->row.swiss)
		return 7 + is_narrow(rows, cols);
	return 7 + (m->old_buckets != 0);
}

static struct layout layout_of(const struct map_detail *m, int rows, int cols)
{
	int head = head_rows(m, rows, cols);
	int rest = rows - head - advice_rows(m, rows, cols);
	struct layout l = {.top = head + 1,
			   .rows = rest - 1,
			   .grid_top = head + 1,
			   .col = cols >= 100 ? 82 : HIST_COLUMN + 8};

	if (rest >= 4 && cols >= NARROW_COLS) {
		l.grid = grid_of(m, cols - l.col - 1, l.rows - 2);
	} else if (rest > HISTOGRAM_ROWS + 4 && is_narrow(rows, cols)) {
		l.col = 1;
		l.grid_top += HISTOGRAM_ROWS + 1;
		l.rows = HISTOGRAM_ROWS;
		l.grid = grid_of(m, cols - 2, rest - HISTOGRAM_ROWS - 4);
	}
	return l;
}

static void open_units(struct screen *screen)
{
	const struct detail *d = screen->state;
	struct units_arg arg = {.addr = d->addr};

	if (d->map.cells && d->cell < d->map.occupancy_count) {
		const struct map_cell *cell = &d->map.cells[d->cell];

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
	const struct layout l = layout_of(&d->map, screen->rows, screen->cols);
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
		d->cell =
			d->map.occupancy_count ? d->map.occupancy_count - 1 : 0;
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
	struct layout l = layout_of(m, out->rows, out->cols);
	int row = draw_path(m, out, 0);

	row = draw_numbers(m, out, row);
	draw_growth(m, out, row);
	if (l.rows >= 3)
		draw_histogram(m, out, l.top, l.rows);
	if (l.grid.shown)
		draw_occupancy(d, &l.grid, out, l.grid_top, l.col, l.rows);
	row = out->rows - advice_rows(m, out->rows, out->cols);
	row += draw_advice("Why", m->why, STYLE_WARN, out, row);
	draw_advice("Fix", m->fix, STYLE_OK, out, row);
}

/* What the grid's cursor is on. */
static void status(const struct screen *screen, struct buf *out)
{
	const struct detail *d = screen->state;
	const struct map_detail *m = &d->map;
	const struct layout l = layout_of(m, screen->rows, screen->cols);
	const char *part = m->row.swiss ? "table" : "bucket";
	struct map_cell c;

	if (!l.grid.shown)
		return;
	c = cell_of(m, &l.grid, d->cell / (uint32_t)l.grid.merge);
	if (!c.count) {
		buf_printf(
			out, "%d%% full",
			fill_of(m, &l.grid, d->cell / (uint32_t)l.grid.merge) *
				100 / 255);
		return;
	}
	if (c.count == 1)
		buf_printf(out, "%s %" PRIu64, part, c.first);
	else
		buf_printf(out, "%ss %" PRIu64 " to %" PRIu64, part, c.first,
			   c.first + c.count - 1);
	buf_printf(out, " of %" PRIu64 ": ",
		   m->row.swiss ? m->tables ? m->tables : 1 : m->buckets);
	text_count(out, c.live);
	buf_adds(out, " of ");
	text_count(out, c.slots);
	buf_printf(out, " slots (%" PRIu64 "%%)",
		   c.slots ? c.live * 100 / c.slots : 0);
	if (c.deleted)
		buf_printf(out, ", %" PRIu64 " deleted", c.deleted);
	if (!m->row.swiss)
		buf_printf(out, ", longest chain %" PRIu64, c.chain_max);
	buf_adds(out, "; Enter opens it");
}

static void title(const struct screen *screen, struct buf *out)
{
	const struct detail *d = screen->state;

	buf_printf(out, "Maps > %s   %s", d->map.owner,
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
	ACTION_OPEN,	 ACTION_ENTRIES, ACTION_REFS,  ACTION_DOMINATED,
	ACTION_PREVIOUS, ACTION_NEXT,	 ACTION_CLOSE, ACTION_NONE};

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
