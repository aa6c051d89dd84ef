#ifndef CORE_SESSION_RENDER_PROM_H
#define CORE_SESSION_RENDER_PROM_H

/**
 * Totals, and the owners that hold the most, in the text format of Prometheus
 * (exposition format 0.0.4). Unknown figures are left out.
 */
#include "core/session/session.h"

struct error *render_prom(const struct session *session,
			  struct buf *out) MUST_CHECK;

#endif
