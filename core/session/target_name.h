#ifndef CORE_SESSION_TARGET_NAME_H
#define CORE_SESSION_TARGET_NAME_H

#include <sys/types.h>

#include "core/base/error.h"

enum target_kind {
	TARGET_NAME_PID,
	TARGET_NAME_EXE,
	TARGET_NAME_CORE,
	TARGET_NAME_SNAPSHOT,
};

/**
 * What a person means by @p text: a process id, an executable, a core file or a
 * snapshot.
 * ERROR_NO_TARGET if it is none of them.
 */
struct error *target_name_parse(const char *text, enum target_kind *ret,
				pid_t *pid_ret) MUST_CHECK;

#endif
