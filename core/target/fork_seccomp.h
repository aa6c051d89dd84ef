#ifndef CORE_TARGET_FORK_SECCOMP_H
#define CORE_TARGET_FORK_SECCOMP_H

/**
 * What the seccomp filters of a thread would say to a call. It has to be known
 * before the call is made: a filter may kill the process for it.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/target/fork_inject.h"

/**
 * The verdict of one filter, SECCOMP_RET_*; SECCOMP_RET_KILL_PROCESS for a
 * program that makes no sense. Fact: bpf(4) and seccomp(2).
 */
uint32_t seccomp_run(const struct sock_filter *program, size_t count,
		     const struct seccomp_data *data);

/**
 * Whether stopped thread window->tid of @p pid may make @p call and is sure to
 * survive it; false if its filters cannot be read, which takes CAP_SYS_ADMIN.
 */
bool fork_seccomp_allows(pid_t pid, const struct fork_window *window,
			 const struct fork_call *call);

#endif
