#ifndef CORE_TARGET_TRACER_PRIV_H
#define CORE_TARGET_TRACER_PRIV_H

/** Inside of a tracer, for the guardian of a fork, which traces by itself. */
#include "core/target/tracer.h"

enum tracee_state { TRACEE_SEIZED, TRACEE_STOPPED, TRACEE_GONE, TRACEE_DEEP };

struct tracee {
	pid_t tid;
	enum tracee_state state;
	int signal;	  /* to deliver at detach; 0 none */
	bool job_stopped; /* stopped by SIGSTOP or a relative before us */
};

/**
 * tracer_stop() without a thread of its own: the caller becomes the tracer of
 * all threads. @p ret is set in any case, and threads may be attached even if
 * an error is returned: tracer_detach() until it says 0, then tracer_release().
 * All calls must come from one thread; its end frees what is still attached.
 */
struct error *tracer_stop_here(pid_t pid, uint64_t timeout_ns,
			       struct tracer **ret) MUST_CHECK;
/** The same for thread @p tid of @p pid alone; no registers are read. */
struct error *tracer_stop_thread(pid_t pid, pid_t tid, uint64_t timeout_ns,
				 struct tracer **ret) MUST_CHECK;
/** Detach what has stopped; how many threads have still to stop. */
size_t tracer_detach(struct tracer *tracer);
/** Detach and release all, however long it takes; returns tracer_stop_ns(). */
uint64_t tracer_settle(struct tracer *tracer);
/** From the first interrupt to the first tracer_detach(). */
uint64_t tracer_stop_ns(const struct tracer *tracer);
/** Valid until tracer_release(). */
const struct tracee *tracer_tracees(const struct tracer *tracer,
				    size_t *count_ret);

#endif
