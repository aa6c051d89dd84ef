#ifndef CORE_BASE_ZIP_H
#define CORE_BASE_ZIP_H

/**
 * A zip archive, written once: deflated members, or stored where that is
 * shorter. At most 4 GB and 1,000 members. The bytes depend on what is put in
 * alone.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

struct zip;

/** Mode 0600, complete under its name or not at all; see new_file.h. */
struct error *zip_create(const char *path, bool force,
			 struct zip **ret) MUST_CHECK;
/**
 * A member called @p name (relative, UTF-8), readable by its owner alone.
 * @p wall_ns is its time in UTC.
 */
struct error *zip_add(struct zip *zip, const char *name, const void *bytes,
		      size_t len, uint64_t wall_ns) MUST_CHECK;
/** Write the directory, sync, rename. */
struct error *zip_publish(struct zip *zip) MUST_CHECK;
/** NULL is fine. What was not published is deleted. */
void zip_free(struct zip *zip);
void zip_cleanup(struct zip **zip);

#endif
