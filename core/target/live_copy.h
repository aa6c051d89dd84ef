#ifndef CORE_TARGET_LIVE_COPY_H
#define CORE_TARGET_LIVE_COPY_H

/**
 * Bulk copies of another process into the segments of a sample, on all cores.
 * Pages that an anonymous private mapping never touched are not read (that
 * would make the target's page tables grow): they are zero. Fact: bits 63 and
 * 62 of /proc/PID/pagemap, Documentation/admin-guide/mm/pagemap.rst.
 */
#include "core/target/ranges.h"
#include "core/target/sample_priv.h"

/** Part of one mapping. */
struct copy_item {
	uint64_t start, end; /* whole pages */
	bool sparse;	     /* untouched pages are zero */
};

struct copy_list {
	struct copy_item *v;
	size_t n, cap;
	uint64_t bytes;
};

struct copier {
	struct sample *sample;
	const struct source *source;
	unsigned threads;
	bool reused; /* the destination holds pages of an earlier stop */
	struct job *job;
	uint64_t deadline; /* clock_now(); 0 none */
	_Atomic uint64_t copied, unreadable;
	atomic_bool gone; /* the process does not exist any more */
	atomic_bool late; /* the deadline cut the copy short */
};

/** Cuts [start, end) into chunks that one worker takes at a time. */
void copy_list_add(struct copy_list *list, uint64_t start, uint64_t end,
		   bool sparse);
void copy_list_deinit(struct copy_list *list);

/** Copy and mark present. What cannot be read stays absent and is counted. */
void copier_run(struct copier *c, const struct copy_list *list);
/** Fault the destination in, so that copier_run() does not have to. */
void copier_prefault(struct copier *c, const struct copy_list *list);

#endif
