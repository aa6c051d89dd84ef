#include "tui/screens/map_grid.h"

#include <inttypes.h>

#include "core/base/text.h"

struct map_cells map_cells_of(const struct map_detail *m, bool old)
{
	struct map_cells ret = {.swiss = m->row.swiss, .old = old};

	if (old) {
		ret.cells = m->old_cells;
		ret.count = m->old_cell_count;
		ret.all = m->old_buckets;
		return ret;
	}
	ret.cells = m->cells;
	ret.fill = m->occupancy;
	ret.count = m->occupancy_count;
	ret.all = m->row.swiss ? m->tables : m->buckets;
	ret.all += !ret.all;
	return ret;
}

struct map_grid map_grid_of(const struct map_cells *cells, int cols, int lines)
{
	struct map_grid g = {.width = cols > 64 ? 64 : cols & ~7, .merge = 1};

	if (g.width < 8 || lines < 1 || !cells->count)
		return (struct map_grid){.merge = 1};
	while (cells->count > (uint32_t)(g.width * lines * g.merge))
		g.merge *= 2;
	g.shown = (cells->count + (uint32_t)g.merge - 1) / (uint32_t)g.merge;
	g.lines = ((int)g.shown + g.width - 1) / g.width;
	return g;
}

static struct map_cell sum_of(const struct map_cells *c,
			      const struct map_grid *g, uint32_t at)
{
	uint32_t i = at * (uint32_t)g->merge, end = i + (uint32_t)g->merge;
	struct map_cell sum = {0};

	if (!c->cells || i >= c->count)
		return sum;
	sum.first = c->cells[i].first;
	for (; i < end && i < c->count; i++) {
		sum.count += c->cells[i].count;
		sum.live += c->cells[i].live;
		sum.slots += c->cells[i].slots;
		sum.deleted += c->cells[i].deleted;
		sum.waiting += c->cells[i].waiting;
		sum.moved += c->cells[i].moved;
		sum.unread += c->cells[i].unread;
		if (c->cells[i].chain_max > sum.chain_max)
			sum.chain_max = c->cells[i].chain_max;
	}
	return sum;
}

/* Of snapshots without memory only the share is known. */
static uint8_t fill_of(const struct map_cells *c, const struct map_grid *g,
		       uint32_t at)
{
	uint32_t i = at * (uint32_t)g->merge, end = i + (uint32_t)g->merge;
	uint32_t sum = 0, n = 0;

	for (; i < end && i < c->count; i++, n++)
		sum += c->fill ? c->fill[i] : map_cell_fill(&c->cells[i]);
	return (uint8_t)(n ? sum / n : 0);
}

static char symbol_of(const struct map_cell *cell, uint8_t fill)
{
	static const char ramp[] = ".:-+#@";

	if (cell->unread * 2 > cell->count)
		return '!';
	if (cell->moved * 2 > cell->count)
		return 'e';
	if (cell->waiting * 2 > cell->count)
		return 'O';
	if (cell->deleted * 10 > cell->slots)
		return 'T';
	return ramp[fill * 6 / 256];
}

static char draw_cell(const struct map_cells *c, const struct map_grid *g,
		      uint32_t at, bool here, struct surface *out, int row,
		      int col)
{
	const struct map_cell cell = sum_of(c, g, at);
	uint8_t fill = fill_of(c, g, at);
	char symbol = symbol_of(&cell, fill);
	bool odd = symbol == 'T' || symbol == '!' || cell.chain_max > 3;
	enum style style = STYLE_NORMAL;

	if (symbol == 'e' || symbol == 'O')
		style = STYLE_DIM;
	else if (odd || fill < 31)
		style = STYLE_WARN;
	surface_fill(out, row, col, 1, here ? STYLE_SELECTED : style, symbol);
	return symbol;
}

static void draw_title(const struct map_cells *c, const struct map_grid *g,
		       struct surface *out, int row, int col)
{
	const char *part = c->swiss ? "table" : "bucket";
	const char *what = c->old ? "OLD TABLE" : "OCCUPANCY";
	uint64_t per = (c->all - 1) / MAP_OCCUPANCY + 1;

	per *= (uint64_t)g->merge;
	if (per == 1)
		surface_printf(out, row, col, STYLE_HEADER, "%s by %s", what,
			       part);
	else
		surface_printf(out, row, col, STYLE_HEADER,
			       "%s by %" PRIu64 " %ss", what, per, part);
}

void map_grid_draw(const struct map_cells *c, const struct map_grid *g,
		   uint32_t cell, struct surface *out, int row, int col,
		   int rows)
{
	static const struct {
		char symbol;
		const char *meaning;
	} more[] = {{'T', "deleted"},
		    {'O', "not moved yet"},
		    {'e', "moved"},
		    {'!', "unreadable"}};
	CLEANUP(buf_deinit) struct buf legend = {0};
	uint32_t at, i, seen = 0;

	draw_title(c, g, out, row, col);
	for (at = 0; at < g->shown; at++) {
		char symbol = draw_cell(
			c, g, at, at == cell / (uint32_t)g->merge, out,
			row + 1 + (int)at / g->width, col + (int)at % g->width);

		for (i = 0; i < ARRAY_LEN(more); i++)
			seen |= (uint32_t)(symbol == more[i].symbol) << i;
	}
	if (g->lines + 1 >= rows)
		return;
	buf_adds(&legend, ".:-+#@ fill");
	for (i = 0; i < ARRAY_LEN(more); i++)
		if (seen & 1u << i)
			buf_printf(&legend, ", %c %s", more[i].symbol,
				   more[i].meaning);
	surface_put(out, row + g->lines + 1, col, out->cols, STYLE_DIM,
		    buf_str(&legend));
}

static void add_state(const struct map_cells *c, const struct map_cell *cell,
		      struct buf *out)
{
	if (cell->deleted)
		buf_printf(out, ", %" PRIu64 " deleted", cell->deleted);
	if (!c->swiss)
		buf_printf(out, ", longest chain %" PRIu64, cell->chain_max);
	if (cell->moved)
		buf_printf(out, ", %" PRIu64 " moved", cell->moved);
	if (cell->waiting)
		buf_printf(out, ", %" PRIu64 " still in the old table",
			   cell->waiting);
	if (cell->unread)
		buf_printf(out, ", %" PRIu64 " unreadable", cell->unread);
}

void map_grid_status(const struct map_cells *c, const struct map_grid *g,
		     uint32_t cell, struct buf *out)
{
	const char *part = c->swiss ? "table" : "bucket";
	uint32_t at = cell / (uint32_t)g->merge;
	const struct map_cell sum = sum_of(c, g, at);

	if (!sum.count) {
		buf_printf(out, "%d%% full", fill_of(c, g, at) * 100 / 255);
		return;
	}
	if (sum.count == 1)
		buf_printf(out, "%s%s %" PRIu64, c->old ? "old " : "", part,
			   sum.first);
	else
		buf_printf(out, "%s%ss %" PRIu64 " to %" PRIu64,
			   c->old ? "old " : "", part, sum.first,
			   sum.first + sum.count - 1);
	buf_printf(out, " of %" PRIu64 ": ", c->all);
	if (sum.moved == sum.count) {
		buf_adds(out, "moved; Enter opens it");
		return;
	}
	text_count(out, sum.live);
	buf_adds(out, " of ");
	text_count(out, sum.slots);
	buf_printf(out, " slots (%" PRIu64 "%%)",
		   sum.slots ? sum.live * 100 / sum.slots : 0);
	add_state(c, &sum, out);
	buf_adds(out, "; Enter opens it");
}
