#ifndef CORE_TARGET_PROCESS_LIST_H
#define CORE_TARGET_PROCESS_LIST_H

/** The processes of this machine, and which of them can be inspected. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/error.h"

struct process_entry { /* strings are owned, bytes unfiltered */
	pid_t pid;
	uid_t uid;
	char *user;	/* name, or the number as text */
	char *exe;	/* "" if not readable */
	char *name;	/* last element of exe, else the command name */
	uint64_t rss;	/* bytes */
	uint64_t start; /* wall clock, ns; 0 unknown */
	unsigned threads;
	bool is_go;
	char *go;     /* "go1.26.8", NULL if not Go */
	char *module; /* main module or package, NULL if unknown */
	bool attachable;
	char *why_not; /* one line, NULL if attachable */
};

struct process_list {
	struct process_entry *v; /* by PID */
	size_t n, cap;
};

/**
 * All processes, or with @p only_go those made by Go. Processes that end
 * meanwhile and kernel threads are left out; so is the caller.
 */
struct error *process_list_load(bool only_go,
				struct process_list *ret) MUST_CHECK;
void process_list_deinit(struct process_list *list);

#endif
