#include "tui/tabs.h"

#include <string.h>
#include <strings.h>

enum { NAMES_COLS = 120 };

static const struct tab tabs[] = {
	{ACTION_OVERVIEW, &overview_screen, "Overview", "Over"},
	{ACTION_MAPS, &maps_screen, "Maps", "Maps"},
	{ACTION_TYPES, &types_screen, "Types", "Types"},
	{ACTION_DOMINATORS, &dominators_screen, "Dominators", "Dom"},
	{ACTION_GOROUTINES, &goroutines_screen, "Goroutines", "Gor"},
	{ACTION_PROFILE, &profile_screen, "Profile", "Prof"},
	{ACTION_MEMORY, &memory_screen, "Memory", "Mem"},
	{ACTION_DIFF, &diff_screen, "Diff", "Diff"},
	{ACTION_WATCH, &watch_screen, "Watch", "Watch"},
	{ACTION_LOG, &log_screen, "Log", "Log"},
};

const struct tab *tab_of_action(enum action action)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(tabs); i++)
		if (tabs[i].action == action)
			return &tabs[i];
	return NULL;
}

const struct tab *tab_named(const char *name)
{
	size_t i;

	for (i = 0; *name && i < ARRAY_LEN(tabs); i++)
		if (!strncasecmp(tabs[i].name, name, strlen(name)))
			return &tabs[i];
	return NULL;
}

void tabs_names(struct buf *out)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(tabs); i++)
		buf_printf(out, "%s%s", i ? " " : "", tabs[i].name);
}

const struct tab *tab_of_screen(const struct screen_ops *ops)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(tabs); i++)
		if (tabs[i].ops == ops)
			return &tabs[i];
	return NULL;
}

const struct tab *tab_step(const struct tab *tab, int step)
{
	size_t at = tab ? (size_t)(tab - tabs) : 0;

	return &tabs[(at + ARRAY_LEN(tabs) + (size_t)(step + 1) - 1) %
		     ARRAY_LEN(tabs)];
}

/* Names take a whole narrow line; there only the Overview has room for them,
 * other screens show the digits and say more about themselves. */
void tabs_line(const struct screen *screen, struct buf *out)
{
	bool names =
		screen->ops == &overview_screen || screen->cols >= NAMES_COLS;
	size_t i;

	for (i = 0; i < ARRAY_LEN(tabs); i++) {
		char key = (char)action_info(tabs[i].action)->keys[0];
		bool here = tabs[i].ops == screen->ops;

		buf_printf(out, here ? "[%c%s] " : "%c%s ", key,
			   here || names ? tabs[i].brief : "");
	}
}
