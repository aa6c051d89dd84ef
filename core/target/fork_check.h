#ifndef CORE_TARGET_FORK_CHECK_H
#define CORE_TARGET_FORK_CHECK_H

/** Whether a process can be forked without harm to it or the machine. */
#include <stdint.h>
#include <sys/types.h>

#include "core/base/error.h"

struct fork_forecast {
	uint64_t headroom;    /* bytes, see fork_headroom() */
	uint64_t max_cow;     /* a quarter of it */
	uint64_t page_tables; /* what the stop has to copy */
	uint64_t huge_pages;  /* anonymous memory in transparent huge pages */
	unsigned leftovers;   /* dead images that will be reaped first */
};

/**
 * Bytes that may still be used before memory runs out for @p pid: of the
 * machine and of its control groups.
 */
uint64_t fork_headroom(pid_t pid);

/**
 * ERROR_UNSUPPORTED, with the reason and --freeze=copy as the hint, if a fork
 * might harm the target or surely fails; else NULL and @p ret is filled.
 */
struct error *fork_check(pid_t pid, struct fork_forecast *ret) MUST_CHECK;

#endif
