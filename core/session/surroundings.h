#ifndef CORE_SESSION_SURROUNDINGS_H
#define CORE_SESSION_SURROUNDINGS_H

/**
 * Where a process runs: how long already, in how much memory, in which
 * namespaces. Noted when a live process is sampled, kept in snapshots. The
 * environment is never read.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { HOSTNAME_BYTES = 65 };

struct surroundings {
	bool known;	    /* false: of a core, or of an older snapshot */
	uint64_t uptime_ns; /* of the process; UINT64_MAX unknown */
	/** Of the control group that leaves least room; UINT64_MAX none. */
	uint64_t memory_limit, memory_used;
	/** As its own PID namespace numbers it; 0: in that of mapscope. */
	pid_t ns_pid;
	char hostname[HOSTNAME_BYTES]; /* "" unknown or redacted */
};

/** Best effort: what cannot be read is unknown. */
void surroundings_load(pid_t pid, struct surroundings *ret);

#endif
