#ifndef CORE_TARGET_TRACER_H
#define CORE_TARGET_TRACER_H

/**
 * Stopping a process and letting it go.
 *
 * Every stop has a thread of its own, which seizes and interrupts all threads
 * of the target, sleeps while others copy, and detaches. It then ends, and the
 * kernel releases whatever an explicit detach could not: a tracee belongs to
 * the thread that seized it, not to the process (ptrace(2)). So a target runs
 * on after every exit path, kill -9 of the whole process included.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/error.h"
#include "core/target/sample.h"

struct tracer;

/**
 * Stop all threads of @p pid; gives up @p timeout_ns after the first interrupt.
 * ERROR_NO_TARGET, ERROR_PERMISSION, ERROR_LIMIT (timed out); nothing of the
 * target is stopped then. Threads in uninterruptible sleep count as stopped,
 * without registers: they run no code of the target.
 */
struct error *tracer_stop(pid_t pid, uint64_t timeout_ns,
			  struct tracer **ret) MUST_CHECK;
/** Monotonic time of the first interrupt. */
uint64_t tracer_since(const struct tracer *tracer);
/** Threads with registers; valid until tracer_release(). */
const struct sample_thread *tracer_threads(const struct tracer *tracer,
					   size_t *count_ret);
/**
 * Detach all; signals that came meanwhile are delivered. Returns how long the
 * target stood, in ns. Takes @p tracer; NULL is fine.
 */
uint64_t tracer_release(struct tracer *tracer);
/** For CLEANUP(). */
void tracer_cleanup(struct tracer **tracer);

/**
 * From a handler of a fatal signal: let any stopped target go now, since a core
 * dump of ours may take long. Async-signal-safe; waits at most 200 ms.
 */
void tracer_emergency_detach(void);

/** Whether the kernel lets us trace at all: tried on a child of ours. */
bool tracer_works(void);

#endif
