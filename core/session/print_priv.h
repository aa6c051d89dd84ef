#ifndef CORE_SESSION_PRINT_PRIV_H
#define CORE_SESSION_PRINT_PRIV_H

/** Limits of the value printer with maps in them; for core/session only. */
#include "core/go/value.h"
#include "core/session/print.h"

struct print_source {
	const struct session *session;
	const struct sample *memory;
};
/** @p source must outlive the result. */
struct value_limits print_value_limits(const struct print_limits *limits,
				       struct print_source *source);

#endif
