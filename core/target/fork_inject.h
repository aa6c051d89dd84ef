#ifndef CORE_TARGET_FORK_INJECT_H
#define CORE_TARGET_FORK_INJECT_H

/**
 * One system call in a stopped thread of the target, and everything put back.
 *
 * No text is written: the call runs at the `syscall` instruction that the
 * thread itself is blocked in. If the tracer is killed before the registers
 * are back, the thread goes on behind its own call, with our result in place
 * of its own; sleeps, which the rating prefers, and the futexes of Go ignore
 * it. The tracer of the stop must be the calling thread. Nothing here
 * allocates.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#include "core/target/tracer_priv.h"

enum { FORK_ARGS = 5 };

struct fork_window { /* what must be put back */
	pid_t tid;
	struct user_regs_struct regs;
	uint64_t mask; /* signals blocked */
};

struct fork_call {
	uint64_t number, args[FORK_ARGS];
	bool block_all; /* signals to the end of the call, for one that a
			   pending signal keeps from its work */
	/* answers */
	int64_t result;	  /* as the kernel returns it: -errno */
	pid_t child;	  /* born of a clone, stopped and traced by us; or 0 */
	bool gone;	  /* the thread died meanwhile */
	bool restored;	  /* registers were read again and are the old ones */
	int signal;	  /* came meanwhile: pass it on at the detach */
	uint64_t open_ns; /* how long the registers were not the thread's own */
};

/**
 * In memory shared with a process that outlives the tracer: what it has to put
 * back if the tracer is killed in the call. Registers need nothing: the thread
 * is behind its own call.
 */
struct fork_journal {
	atomic_bool open;
	pid_t tid;
	uint64_t mask;
};

/** result: a signal was due, the call was not made, and may be tried again. */
enum { FORK_TRY_AGAIN = -513 }; /* -ERESTARTNOINTR of the kernel */

/**
 * Ratings of a thread, by who would mind a wrong answer of the call that it is
 * blocked in: nobody of a sleep, glibc of a futex, the poller of epoll.
 */
enum { FORK_UNFIT, FORK_LAST, FORK_GOOD, FORK_BEST };

/**
 * Whether stopped thread @p tracee may make a call for us: blocked in a system
 * call whose result is of no value, not in a signal handler, no signal due, not
 * stopped by job control. Fills @p ret.
 */
unsigned fork_window_rate(const struct tracee *tracee, struct fork_window *ret);
/** The kernel's number of a blocking call that fork_window_rate() takes. */
unsigned fork_rate_syscall(uint64_t number);

/** Clone the target: shared descriptors, own memory, no exit signal. */
void fork_call_clone(struct fork_call *ret);
/** Reap @p child, as numbered in the target's PID namespace; never blocks. */
void fork_call_reap(struct fork_call *ret, pid_t child);
/**
 * Make the call; returns with the thread stopped as it was before, or gone. A
 * child is given PTRACE_O_EXITKILL by fork_child_hold().
 */
void fork_window_call(const struct fork_window *window, struct fork_call *call,
		      struct fork_journal *journal);
/**
 * For the survivor of a tracer that was killed: unblock the signals of the
 * thread of @p pid, if it is still as @p journal says.
 */
void fork_window_repair(pid_t pid, struct fork_journal *journal);

/** Wait for the birth stop of @p child; from here on it dies with us. */
bool fork_child_hold(pid_t child);
/** Kill and wait, so that its parent can reap it. */
void fork_child_kill(pid_t child);

#endif
