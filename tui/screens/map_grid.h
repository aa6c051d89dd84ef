#ifndef TUI_SCREENS_MAP_GRID_H
#define TUI_SCREENS_MAP_GRID_H

/** How full the parts of a map are, a character each. */
#include "core/session/session.h"
#include "tui/surface.h"

/** The parts of the current array or table, or of the old array. */
struct map_cells {
	const struct map_cell *cells; /* NULL: only `fill` is known */
	const uint8_t *fill;	      /* 0..255 each; NULL: by `cells` */
	uint32_t count;
	uint64_t all; /* tables or buckets */
	bool swiss, old;
};

/** How they are drawn: some merged if all have no room. */
struct map_grid {
	int width, lines, merge;
	uint32_t shown; /* 0: not at all */
};

struct map_cells map_cells_of(const struct map_detail *detail, bool old);
struct map_grid map_grid_of(const struct map_cells *cells, int cols, int lines);
/** A title, the grid, a legend; @p cell is the one of the cursor. */
void map_grid_draw(const struct map_cells *cells, const struct map_grid *grid,
		   uint32_t cell, struct surface *out, int row, int col,
		   int rows);
/** What the cursor is on. */
void map_grid_status(const struct map_cells *cells, const struct map_grid *grid,
		     uint32_t cell, struct buf *out);

#endif
