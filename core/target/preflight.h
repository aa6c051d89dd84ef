#ifndef CORE_TARGET_PREFLIGHT_H
#define CORE_TARGET_PREFLIGHT_H

/**
 * Whether we may attach to a process, and what would help if not. Says nothing
 * that was not read from the kernel.
 */
#include <stdbool.h>
#include <sys/types.h>

#include "core/base/error.h"

/**
 * NULL if nothing known speaks against it. ERROR_NO_TARGET: no such process,
 * or it has exited. ERROR_PERMISSION: another user's, traced already, Yama.
 * ERROR_UNSUPPORTED: a kernel thread.
 */
struct error *preflight_check(pid_t pid) MUST_CHECK;
/** The same for a stop: also ERROR_PERMISSION if it is traced already. */
struct error *preflight_attach(pid_t pid) MUST_CHECK;
/**
 * Whether a process that is no ancestor of its target may attach, as the
 * guardian of a fork is none: ERROR_UNSUPPORTED if Yama forbids it.
 */
struct error *preflight_fork(void) MUST_CHECK;
/** Turn what a refused system call said into why. Takes @p err. */
struct error *preflight_explain(pid_t pid, struct error *err) MUST_CHECK;

/** What the machine and our own rights say, for people to read. */
struct preflight_facts {
	int yama_scope;	     /* -1: no Yama; 0 all .. 3 nobody */
	bool ptrace_capable; /* we have CAP_SYS_PTRACE */
	unsigned seccomp;    /* ours: 2 = a filter, as in containers */
	bool ptrace_works;   /* seen on a child of ours */
	bool vm_readv_works; /* process_vm_readv() is not refused */
};
void preflight_facts(struct preflight_facts *ret);

#endif
