#ifndef CORE_TARGET_RIVAL_H
#define CORE_TARGET_RIVAL_H

/**
 * Another mapscope at the same target. A process has one tracer at a time, but
 * ours hold it for milliseconds: the guardian of an interface that is gone, the
 * copy of a colleague. So a refused attach is worth another try.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/error.h"

struct rival_wait {
	pid_t tracer;	       /* seen last; another one is waited for anew */
	uint64_t until, limit; /* clock_now(); 0 until the first refusal */
	unsigned quick;	       /* tries since anybody was in sight */
};

/**
 * Whether to attach to @p pid again after @p err, which is freed then, and
 * after a short sleep: only if we were refused while another mapscope traces a
 * thread of it, or might have a moment ago. @p wait begins zeroed.
 */
bool rival_try_again(struct rival_wait *wait, pid_t pid, struct error *err);

/** preflight_attach() once no other mapscope holds @p pid, if it lets go. */
struct error *rival_preflight(pid_t pid) MUST_CHECK;

#endif
