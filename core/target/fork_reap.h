#ifndef CORE_TARGET_FORK_REAP_H
#define CORE_TARGET_FORK_REAP_H

/**
 * Dead images of a target. A child that was born without an exit signal is
 * found by no ordinary wait of its parent, so we lead the parent to one that
 * finds it. One thread stands for a fraction of a millisecond, the others run.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct fork_journal;

struct fork_corpse {
	pid_t target;
	uint64_t target_start; /* proc_stat.start_time */
	pid_t child;	       /* as we number it */
	pid_t child_ns;	       /* as the target numbers it */
	struct fork_journal *journal;
};

/**
 * True once the child is gone, reaped by whomever. Tries for minutes if the
 * target is stopped or has no thread that can do it; @p stop_ns_ret grows by
 * the time that threads stood. For the guardian only: it becomes the tracer.
 */
bool fork_reap(const struct fork_corpse *corpse, uint64_t *stop_ns_ret);

/**
 * Reap what an earlier guardian could not, because it was killed: dead children
 * without an exit signal that never ran nor executed another program.
 */
void fork_reap_leftovers(pid_t target, uint64_t target_start,
			 struct fork_journal *journal);
/** How many there are now. */
unsigned fork_count_leftovers(pid_t target);

#endif
