#ifndef CORE_TARGET_CGROUP_H
#define CORE_TARGET_CGROUP_H

/**
 * What the control groups of a process still allow, version 1 and 2. Facts:
 * Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst of the kernel.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum cgroup_kind { CGROUP_MEMORY, CGROUP_PIDS };

/**
 * The smallest limit minus use of the group of @p pid and all groups above it
 * that are visible here, in bytes or tasks; UINT64_MAX if nothing is limited.
 * Page cache that would be dropped first does not count as used.
 */
uint64_t cgroup_room(pid_t pid, enum cgroup_kind kind);

struct cgroup_use {
	uint64_t limit; /* UINT64_MAX none */
	uint64_t used;	/* without what room() takes for free */
};
/** The group that decides that room; false if nothing is limited. */
bool cgroup_tightest(pid_t pid, enum cgroup_kind kind, struct cgroup_use *ret);

#endif
