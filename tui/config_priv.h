#ifndef TUI_CONFIG_PRIV_H
#define TUI_CONFIG_PRIV_H

/** The inside of the configuration; for tui/config*.c only. */
#include "core/base/near.h"
#include "tui/config.h"

/** "ORIGIN: WHAT 'NAME'; did you mean ...?" on stderr. */
void config_complain(struct config *config, const char *origin,
		     const char *what, const char *name,
		     const struct near_names *near);
/** $XDG_CONFIG_HOME/mapscope/NAME; owned; NULL without a home. */
char *config_path(const char *name);
/** Make the directories that @p path is in, as far as possible. */
void config_make_parents(const char *path);
/** Complain about every line that means nothing. */
void config_check(struct config *config);

#endif
