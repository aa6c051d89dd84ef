#ifndef CORE_BASE_NEW_FILE_H
#define CORE_BASE_NEW_FILE_H

/**
 * A file that appears under its name only when it is complete: written under
 * another name in the same folder, synced, renamed. Mode 0600.
 */
#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/job.h"

struct new_file {
	char *path, *temporary; /* owned; temporary NULL: nothing to undo */
	int fd;			/* -1 closed */
	bool force;
};

/**
 * Begin @p path. An existing file is refused (ERROR_USAGE) unless @p force;
 * either way it stays as it is until new_file_publish().
 */
struct error *new_file_create(const char *path, bool force,
			      struct new_file *ret) MUST_CHECK;
/**
 * What is in it goes to the disk, which takes long: ERROR_CANCELLED once @p job
 * is cancelled. new_file_publish() has less to do then.
 */
struct error *new_file_sync(const struct new_file *file,
			    struct job *job) MUST_CHECK;
/** Sync and rename; the descriptor is closed. */
struct error *new_file_publish(struct new_file *file) MUST_CHECK;
/** All of @p len bytes at @p offset. */
struct error *new_file_write(const struct new_file *file, const void *bytes,
			     uint64_t len, uint64_t offset) MUST_CHECK;
/** A whole file at once. */
struct error *new_file_put(const char *path, const void *bytes, uint64_t len,
			   bool force) MUST_CHECK;
/** What was not published is deleted. */
void new_file_deinit(struct new_file *file);

#endif
