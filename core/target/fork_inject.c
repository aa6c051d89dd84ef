#include "core/target/fork_inject.h"

#include <elf.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "core/base/clock.h"

enum {
	SYSCALL_BYTES = 2,
	SYSCALL_CODE = 0x050f, /* 0f 05, read as a little-endian number */
	USER_CODE_SEGMENT = 0x33,
	SYSCALL_STOP = SIGTRAP | 0x80, /* PTRACE_O_TRACESYSGOOD */
	KERNEL_SIGSET = 8,
	RESTART_FIRST = -512, /* codes of the kernel for calls to be made */
	RESTART_LAST = -516,  /* again */
	BLOCKED_MAX = 24,     /* a thread in a handler blocks nearly all */
};

static const uint64_t REPAIR_NS = 5000000000;

/** An address that is never mapped: the child can run no code of the target. */
static const uint64_t CHILD_STACK = 8;

static long trace(int request, pid_t tid, uintptr_t addr, const void *data)
{
	return ptrace((enum __ptrace_request)request, tid, addr, data);
}

unsigned fork_rate_syscall(uint64_t number)
{
	switch (number) {
	case SYS_nanosleep:
	case SYS_clock_nanosleep:
		return FORK_BEST;
	case SYS_futex:
	case SYS_restart_syscall:
		return FORK_GOOD;
	case SYS_epoll_wait:
	case SYS_epoll_pwait:
		return FORK_LAST;
	default:
		return FORK_UNFIT;
	}
}

static bool at_syscall(pid_t tid, uint64_t pc)
{
	long word;

	errno = 0;
	word = trace(PTRACE_PEEKTEXT, tid, pc - SYSCALL_BYTES, NULL);
	return !errno && (word & 0xffff) == SYSCALL_CODE;
}

static bool get_regs(pid_t tid, struct user_regs_struct *ret)
{
	return trace(PTRACE_GETREGS, tid, 0, ret) == 0;
}

unsigned fork_window_rate(const struct tracee *tracee, struct fork_window *ret)
{
	unsigned rate;

	ret->tid = tracee->tid;
	if (tracee->state != TRACEE_STOPPED || tracee->signal ||
	    tracee->job_stopped || !get_regs(ret->tid, &ret->regs) ||
	    ret->regs.cs != USER_CODE_SEGMENT)
		return FORK_UNFIT;
	rate = fork_rate_syscall(ret->regs.orig_rax);
	if (!rate || !at_syscall(ret->tid, ret->regs.rip) ||
	    trace(PTRACE_GETSIGMASK, ret->tid, KERNEL_SIGSET, &ret->mask) < 0 ||
	    __builtin_popcountll(ret->mask) > BLOCKED_MAX)
		return FORK_UNFIT;
	return rate;
}

void fork_call_clone(struct fork_call *ret)
{
	/*
	 * The descriptor table is shared, not copied: a copied socket would
	 * stay open when the target closes it. No exit signal: the target is
	 * not told of the child, and its own waits do not find it.
	 */
	*ret = (struct fork_call){
		.number = SYS_clone,
		.args = {CLONE_FILES | CLONE_FS | CLONE_SYSVSEM, CHILD_STACK},
	};
}

void fork_call_reap(struct fork_call *ret, pid_t child)
{
	*ret = (struct fork_call){
		.number = SYS_wait4,
		.args = {(uint64_t)child, 0, (uint64_t)(__WALL | WNOHANG), 0},
	};
}

/** Blocks until thread @p tid stops; false if it is gone. */
static bool wait_stop(pid_t tid, int *status_ret)
{
	pid_t got;

	do
		got = waitpid(tid, status_ret, __WALL);
	while (got < 0 && errno == EINTR);
	return got == tid && WIFSTOPPED(*status_ret);
}

/**
 * Run to the next stop at a system call. Events on the way are noted: a child,
 * a SIGSTOP, which cannot be blocked.
 */
static bool run_to_syscall(pid_t tid, struct fork_call *call)
{
	int status;

	for (;;) {
		unsigned long message = 0;

		if (trace(PTRACE_SYSCALL, tid, 0, NULL) < 0 ||
		    !wait_stop(tid, &status))
			return false;
		if (WSTOPSIG(status) == SYSCALL_STOP)
			return true;
		if (status >> 16 == PTRACE_EVENT_CLONE &&
		    trace(PTRACE_GETEVENTMSG, tid, 0, &message) == 0)
			call->child = (pid_t)message;
		else if (status >> 16 == 0)
			call->signal = WSTOPSIG(status);
	}
}

/** From the exit of the call to a stop like the one it began with. */
static bool stop_again(pid_t tid, struct fork_call *call)
{
	int status;

	/*
	 * Only a thread that leaves a signal stop has its interrupted call
	 * restarted by the kernel. Nothing of the target runs in between.
	 */
	if (trace(PTRACE_INTERRUPT, tid, 0, NULL) < 0 ||
	    trace(PTRACE_CONT, tid, 0, NULL) < 0 || !wait_stop(tid, &status))
		return false;
	if (status >> 16 == 0)
		call->signal = WSTOPSIG(status);
	return true;
}

static bool set_call(const struct fork_window *window,
		     const struct fork_call *call)
{
	const uint64_t all = ~0ULL;
	struct user_regs_struct regs = window->regs;

	regs.orig_rax = ~0ULL; /* no restart of the interrupted call */
	regs.rax = call->number;
	regs.rip -= SYSCALL_BYTES;
	regs.rdi = call->args[0];
	regs.rsi = call->args[1];
	regs.rdx = call->args[2];
	regs.r10 = call->args[3];
	regs.r8 = call->args[4];
	return trace(PTRACE_SETOPTIONS, window->tid, 0,
		     (const void *)(uintptr_t)(PTRACE_O_TRACESYSGOOD |
					       PTRACE_O_TRACECLONE)) == 0 &&
	       trace(PTRACE_SETSIGMASK, window->tid, KERNEL_SIGSET, &all) ==
		       0 &&
	       trace(PTRACE_SETREGS, window->tid, 0, &regs) == 0;
}

static uint64_t signal_bit(int signal)
{
	return 1ULL << (signal - 1);
}

/**
 * Once in the kernel, only what a fault of the child would raise need be
 * blocked, so that it dies of it. A clone takes long: should the tracer be
 * killed in it, the thread goes on with nearly the mask it had, and the Go
 * runtime can still preempt it.
 */
static uint64_t eased(uint64_t mask)
{
	return mask | signal_bit(SIGSEGV) | signal_bit(SIGBUS) |
	       signal_bit(SIGILL) | signal_bit(SIGFPE) | signal_bit(SIGTRAP);
}

static bool ease_mask(const struct fork_window *window)
{
	const uint64_t mask = eased(window->mask);

	return trace(PTRACE_SETSIGMASK, window->tid, KERNEL_SIGSET, &mask) == 0;
}

static bool put_back(const struct fork_window *window)
{
	bool regs = trace(PTRACE_SETREGS, window->tid, 0, &window->regs) == 0;

	return trace(PTRACE_SETSIGMASK, window->tid, KERNEL_SIGSET,
		     &window->mask) == 0 &&
	       regs;
}

static bool is_restored(const struct fork_window *window)
{
	struct user_regs_struct now;

	return get_regs(window->tid, &now) &&
	       !memcmp(&now, &window->regs, sizeof(now));
}

static void make_call(const struct fork_window *window, struct fork_call *call)
{
	struct user_regs_struct after = {0};
	uint64_t since = clock_now();
	bool ok;

	if (!set_call(window, call)) {
		call->result = -EPERM;
		call->restored = put_back(window) && is_restored(window);
		return;
	}
	ok = run_to_syscall(window->tid, call) &&
	     (call->block_all || ease_mask(window)) &&
	     run_to_syscall(window->tid, call) && get_regs(window->tid, &after);
	call->result = (int64_t)after.rax;
	ok = put_back(window) && ok;
	call->open_ns = clock_now() - since;
	ok = ok && stop_again(window->tid, call);
	call->gone = !ok;
	call->restored = ok && is_restored(window);
}

void fork_window_call(const struct fork_window *window, struct fork_call *call,
		      struct fork_journal *journal)
{
	journal->tid = window->tid;
	journal->mask = window->mask;
	atomic_store(&journal->open, true);
	make_call(window, call);
	atomic_store(&journal->open, false);
}

static bool is_our_mask(uint64_t mask, uint64_t before)
{
	const uint64_t always = signal_bit(SIGKILL) | signal_bit(SIGSTOP);

	return mask == eased(before) || (mask | always) == ~0ULL;
}

static bool is_our_call(uint64_t number)
{
	return number == SYS_clone || number == SYS_wait4;
}

/**
 * To stop the thread may have interrupted our call, which would begin again,
 * and with a clone a child that does not die of its first fault.
 */
static void cancel_call(pid_t tid)
{
	struct user_regs_struct regs;
	int64_t result;

	if (!get_regs(tid, &regs))
		return;
	result = (int64_t)regs.rax;
	if (result <= RESTART_FIRST && result >= RESTART_LAST &&
	    is_our_call(regs.orig_rax))
		regs.orig_rax = ~0ULL;
	else if (regs.orig_rax == ~0ULL && is_our_call(regs.rax) &&
		 at_syscall(tid, regs.rip + SYSCALL_BYTES))
		regs.rip += SYSCALL_BYTES; /* not made yet */
	else
		return;
	regs.rax = (uint64_t)-EINTR;
	trace(PTRACE_SETREGS, tid, 0, &regs);
}

void fork_window_repair(pid_t pid, struct fork_journal *journal)
{
	struct tracer *t = NULL;
	struct error *err;
	uint64_t mask = 0;

	if (!atomic_exchange(&journal->open, false))
		return;
	err = tracer_stop_thread(pid, journal->tid, REPAIR_NS, &t);
	if (!err &&
	    trace(PTRACE_GETSIGMASK, journal->tid, KERNEL_SIGSET, &mask) == 0 &&
	    is_our_mask(mask, journal->mask)) {
		cancel_call(journal->tid);
		trace(PTRACE_SETSIGMASK, journal->tid, KERNEL_SIGSET,
		      &journal->mask);
	}
	error_free(err);
	tracer_settle(t);
}

bool fork_child_hold(pid_t child)
{
	int status;

	return wait_stop(child, &status) &&
	       trace(PTRACE_SETOPTIONS, child, 0,
		     (const void *)(uintptr_t)PTRACE_O_EXITKILL) == 0;
}

void fork_child_kill(pid_t child)
{
	int status;

	kill(child, SIGKILL);
	while (wait_stop(child, &status))
		;
}
