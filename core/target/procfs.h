#ifndef CORE_TARGET_PROCFS_H
#define CORE_TARGET_PROCFS_H

/**
 * /proc/PID as plain structs. The text is partly chosen by the target (command
 * names, paths), so every parser takes bytes of any content and is bounded.
 * Facts: proc(5), Documentation/filesystems/proc.rst of the kernel.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/error.h"
#include "core/target/sample.h"

/** PF_KTHREAD and PF_FORKNOEXEC in proc_stat.flags. */
static const uint64_t PROC_KERNEL_THREAD = 0x00200000;
static const uint64_t PROC_NEVER_EXECED = 0x00000040;

struct proc_stat {
	char state; /* R S D T t Z X I; 0 unknown */
	pid_t ppid;
	uint64_t flags;	     /* kernel PF_ bits */
	uint64_t start_time; /* ticks since boot: tells reused PIDs apart */
	uint64_t start_code; /* changes at execve; 0 if not permitted */
	uint64_t start_stack;
	uint64_t minor_faults; /* of its own, not its children's */
	uint64_t user_ticks;   /* used so far, in user mode */
	int exit_signal;       /* sent to the parent at the end; 0 none */
};

struct proc_status {
	char name[64];
	uid_t uid, euid;
	pid_t tgid;
	pid_t tracer;	    /* 0: nobody traces it */
	uint64_t rss_bytes; /* 0 for kernel threads and zombies */
	uint64_t cap_effective;
	unsigned seccomp; /* 0 off, 1 strict, 2 filter */
	unsigned threads;
	uint64_t data_bytes; /* private and writable, as far as accounted */
	uint64_t page_table_bytes, hugetlb_bytes;
};

/**
 * The lines of /proc/PID/maps in @p text. ERROR_CORRUPT on a line that is not
 * one, on unsorted or overlapping ranges.
 */
struct error *procfs_parse_maps(const char *text, size_t len,
				struct sample_mapping **ret,
				size_t *count_ret) MUST_CHECK;
/** False if @p text has not the shape of /proc/PID/stat. */
bool procfs_parse_stat(const char *text, size_t len, struct proc_stat *ret);
bool procfs_parse_status(const char *text, size_t len, struct proc_status *ret);

/* All: ERROR_NO_TARGET if the process is gone, ERROR_PERMISSION. */
struct error *procfs_maps(pid_t pid, struct sample_mapping **ret,
			  size_t *count_ret) MUST_CHECK;
/** @p tid 0 is the process itself. */
struct error *procfs_stat(pid_t pid, pid_t tid,
			  struct proc_stat *ret) MUST_CHECK;
struct error *procfs_status(pid_t pid, struct proc_status *ret) MUST_CHECK;
/** Thread ids; the caller frees them. */
struct error *procfs_tasks(pid_t pid, pid_t **ret,
			   size_t *count_ret) MUST_CHECK;
/** Target of /proc/PID/exe; the caller frees it; NULL if not readable. */
char *procfs_exe(pid_t pid);
/** Whole file /proc/PID/@p name; the caller frees @p *ret. */
struct error *procfs_read(pid_t pid, const char *name, char **ret,
			  size_t *len_ret) MUST_CHECK;

/**
 * The value of line @p key ("Private_Dirty:") of smaps_rollup in bytes; 0 if it
 * cannot be read. Walks the page tables of the process.
 */
uint64_t procfs_rollup(pid_t pid, const char *key);
/** As process @p pid is numbered in its own PID namespace; 0 if unknown. */
pid_t procfs_ns_pid(pid_t pid);
/** Best effort. */
void procfs_set_oom_score(pid_t pid, int score);

#endif
