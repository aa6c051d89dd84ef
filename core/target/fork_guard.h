#ifndef CORE_TARGET_FORK_GUARD_H
#define CORE_TARGET_FORK_GUARD_H

/**
 * A frozen image of a process: a child of the target, made by a clone() that
 * the target is led to execute, which never runs. A guardian process of our
 * own makes, watches, kills and reaps it, so that whatever happens to us, the
 * target is put back as it was and keeps no child.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/error.h"
#include "core/target/sample.h"

struct fork_guard;

struct fork_limits {
	uint64_t timeout_ns; /* for threads to stop, all tries together */
	uint64_t max_cow;    /* bytes that may be copied on write; 0 none */
	uint64_t max_age_ns; /* then the image goes, unless it is still read;
				ten times that old it goes anyway; 0 no limit */
};

struct fork_cost {
	uint64_t stop_ns;   /* all threads stood, all tries together */
	uint64_t open_ns;   /* of it: one thread's registers were ours */
	uint64_t reap_ns;   /* one thread stood, to reap the child */
	uint64_t age_ns;    /* the image lived */
	uint64_t cow_bytes; /* copied on write at the last look */
	bool reaped;	    /* the target has no zombie of ours */
};

/**
 * Fork @p pid; it runs again when this returns. Errors as tracer_stop(), and
 * ERROR_UNSUPPORTED with --freeze=copy named if the kernel refuses the clone or
 * no thread can make it; the target is as before then.
 */
struct error *fork_guard_start(pid_t pid, const struct fork_limits *limits,
			       struct fork_guard **ret) MUST_CHECK;
/** The image: a process to read from. */
pid_t fork_guard_image(const struct fork_guard *guard);
/** Threads at the stop; valid until the release. */
const struct sample_thread *fork_guard_threads(const struct fork_guard *guard,
					       size_t *count_ret);
/** What it cost so far. */
void fork_guard_cost(const struct fork_guard *guard, struct fork_cost *ret);
/** What who reads the image has to count on; until the release. */
_Atomic uint64_t *fork_guard_progress(struct fork_guard *guard);
/** NULL, or why the image was given up (ERROR_LIMIT, ERROR_NO_TARGET). */
struct error *fork_guard_lost(const struct fork_guard *guard) MUST_CHECK;
/**
 * Kill and reap the image; waits for that a second or two at most, the guardian
 * goes on alone if it takes longer. @p cost_ret may be NULL. Takes @p guard;
 * NULL is fine.
 */
void fork_guard_release(struct fork_guard *guard, struct fork_cost *cost_ret);

#endif
