#ifndef TUI_SCREENS_MAP_CHART_H
#define TUI_SCREENS_MAP_CHART_H

/** Chain lengths and fills of a map beside what a good hash gives. */
#include "core/session/session.h"
#include "tui/surface.h"

/** Two titles and at most @p rows - 2 lines below them. */
void map_chart_draw(const struct map_detail *detail, enum map_chart_kind kind,
		    struct surface *out, int row, int rows);

#endif
