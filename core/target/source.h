#ifndef CORE_TARGET_SOURCE_H
#define CORE_TARGET_SOURCE_H

/**
 * Where the bytes of a process come from. A running process is read with
 * process_vm_readv(2). For an image that shares its pages with the target that
 * would be a disaster: the call pins pages, and since Linux 5.19 the kernel
 * copies every shared page before it is pinned. /proc/PID/mem does not.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

struct source {
	pid_t pid;
	int mem_fd;	/* /proc/PID/mem, or -1: process_vm_readv() */
	int pagemap_fd; /* -1: cannot be read */
	_Atomic uint64_t *progress; /* of who reads, borrowed; may be NULL */
};

/** @p shared: of an image. What cannot be opened is -1. */
void source_open(struct source *source, pid_t pid, bool shared);
void source_close(struct source *source);
/** Tell who watches the reader that it moves; every read does so itself. */
void source_move(const struct source *source);

/**
 * As process_vm_readv(): bytes read before the first that cannot be, or -1 and
 * errno; ESRCH if the process is gone. Both arrays have @p count elements of
 * the same lengths.
 */
ssize_t source_read(const struct source *source, const struct iovec *local,
		    const struct iovec *remote, size_t count);

#endif
