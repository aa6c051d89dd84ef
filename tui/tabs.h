#ifndef TUI_TABS_H
#define TUI_TABS_H

/** The top screens, by digit. To add one: a line in tabs.c. */
#include "core/base/buf.h"
#include "tui/screen.h"

struct tab {
	enum action action;
	const struct screen_ops *ops;
	const char *name;  /* "Overview" */
	const char *brief; /* "Over", for the line of tabs */
};

/** NULL if the action names no tab. */
const struct tab *tab_of_action(enum action action);
/** By name or its beginning, "mem"; NULL if that names none. */
const struct tab *tab_named(const char *name);
/** Their names, by space. */
void tabs_names(struct buf *out);
/** The tab of a screen, NULL if it is none. */
const struct tab *tab_of_screen(const struct screen_ops *ops);
/** The next one in the line, round at its ends. */
const struct tab *tab_step(const struct tab *tab, int step);
/** "1Over [2Maps] 3Types": what is open is in brackets. */
void tabs_line(const struct screen *screen, struct buf *out);

#endif
