#ifndef TARGET_RESIDENT_H
#define TARGET_RESIDENT_H

/** What of a process is in memory, mapping by mapping: /proc/PID/smaps. */
#include <stdint.h>
#include <sys/types.h>

#include "core/base/error.h"

enum resident_kind {
	RESIDENT_ANONYMOUS, /* heap and metadata of Go, stacks of threads */
	RESIDENT_BINARY,    /* the executable's own file */
	RESIDENT_FILE,	    /* libraries and other mapped files */
	RESIDENT_C,	    /* [heap] and [stack] of C */
	RESIDENT_OTHER,	    /* of the kernel: [vdso] ... */
};

struct resident_range {
	uint64_t start, end;
	uint64_t rss, swap; /* bytes */
	enum resident_kind kind;
};

struct resident {
	struct resident_range *ranges; /* by address; owned */
	uint32_t count;
};

/** @p exe is the path of the executable as the kernel shows it; may be NULL. */
struct error *resident_load(pid_t pid, const char *exe,
			    struct resident *ret) MUST_CHECK;
/** The same of the text of smaps; lines that make no sense are left out. */
void resident_parse(const char *text, const char *exe, struct resident *ret);
void resident_deinit(struct resident *resident);

#endif
