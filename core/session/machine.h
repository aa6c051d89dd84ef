#ifndef CORE_SESSION_MACHINE_H
#define CORE_SESSION_MACHINE_H

/** What a front end may ask without a target: processes, preconditions. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/error.h"

struct machine_process { /* strings owned */
	pid_t pid;
	char *user, *name, *exe;
	char *go;	/* NULL if not a Go program */
	char *map_impl; /* "classic", "swiss"; NULL if unknown */
	bool dwarf;
	uint64_t rss;
	bool attachable;
	char *why_not; /* NULL if attachable */
};
/** Go processes, or with @p all every process; by PID. Caller frees. */
struct error *machine_processes(bool all, struct machine_process **ret,
				size_t *count_ret) MUST_CHECK;
void machine_processes_free(struct machine_process *list, size_t count);

/**
 * Wait for a process whose command line begins with @p prefix; look every
 * @p interval_ns, at most @p duration_ns (0: for ever). ERROR_NO_TARGET.
 */
struct error *machine_wait(const char *prefix, uint64_t interval_ns,
			   uint64_t duration_ns, pid_t *ret) MUST_CHECK;

struct machine_check { /* strings owned */
	const char *name;
	bool ok;
	char *message;
	char *hint; /* NULL */
};
/**
 * Every precondition of inspecting @p pid (0: of this machine), one a row.
 * Caller frees.
 */
struct machine_check *machine_doctor(pid_t pid, size_t *count_ret);
/** The same of a binary without a process; @p debug_dir may be NULL. */
struct machine_check *machine_doctor_binary(const char *exe,
					    const char *debug_dir,
					    size_t *count_ret);
void machine_checks_free(struct machine_check *list, size_t count);

#endif
