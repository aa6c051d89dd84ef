#ifndef CORE_SESSION_MACHINE_PRIV_H
#define CORE_SESSION_MACHINE_PRIV_H

/** Shared by the checks of a doctor; for core/session/machine*.c only. */
#include "core/session/machine.h"

struct machine_checks {
	struct machine_check *list;
	size_t count, cap;
};

/** One more; its message is the caller's to set. */
struct machine_check *machine_check_add(struct machine_checks *checks,
					const char *name, bool ok);
/** What the binary says of itself, and what can be shown of its processes. */
void machine_check_binary(struct machine_checks *checks, const char *exe,
			  const char *debug_dir);

#endif
