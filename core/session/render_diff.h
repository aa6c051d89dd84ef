#ifndef CORE_SESSION_RENDER_DIFF_H
#define CORE_SESSION_RENDER_DIFF_H

/** JSON of a diff; part of the contract of render.h. */
#include "core/session/diff.h"
#include "core/session/json.h"

/** Everything but the rows: verdict, totals, types, goroutines. */
void render_diff_head(struct json *json, const struct diff *diff);
void render_diff_row(struct json *json, const struct diff *diff, uint32_t row);

#endif
