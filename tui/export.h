#ifndef TUI_EXPORT_H
#define TUI_EXPORT_H

/** A view as a file: .csv, .tsv, .md, .json of a list, .txt of any screen. */
#include "core/base/error.h"
#include "core/session/list.h"
#include "tui/surface.h"

/**
 * The ending of @p path chooses the form; .txt is what @p screen shows, the
 * others need @p list (NULL none). The file must not exist and is made
 * readable for its owner only. The rows written in *@p ret.
 */
struct error *export_view(const char *path, const struct list *list,
			  const struct surface *screen,
			  uint32_t *ret) MUST_CHECK;

#endif
