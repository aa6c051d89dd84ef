#ifndef TESTS_SUPPORT_CONTROL_GROUP_H
#define TESTS_SUPPORT_CONTROL_GROUP_H

/** A control group of version 1 or 2 for one test; needs root. */
#include <stdbool.h>
#include <sys/types.h>

enum { CONTROL_GROUP_DIR = 128 };

/**
 * A new group in which @p file ("memory.limit_in_bytes") holds @p limit and
 * which holds @p pid; its folder goes to @p dir. False if that cannot be.
 */
bool control_group_limit(const char *controller, const char *file,
			 const char *limit, pid_t pid,
			 char dir[CONTROL_GROUP_DIR]);
bool control_group_write(const char *dir, const char *file, const char *text);
/** When its processes have ended; waits for that a second. */
void control_group_remove(const char *dir);

#endif
