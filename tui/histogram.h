#ifndef TUI_HISTOGRAM_H
#define TUI_HISTOGRAM_H

/** Chain lengths as lines of text: `[4, 8)  633 |@@@   |`. */
#include "core/session/session.h"

/** @p expected: shares of a good hash beside it, or NULL. */
void histogram_text(struct buf *out, const uint64_t *histogram,
		    const double *expected, size_t cells);
/** Buckets or groups by the entries in them, none to eight. */
void histogram_fill_text(struct buf *out, const struct map_chart *chart);
/** The histogram of all maps of @p list (or of its groups) together. */
struct error *histogram_print(const struct session *session,
			      const struct list *list,
			      const struct map_groups *groups) MUST_CHECK;

#endif
