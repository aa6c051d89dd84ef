#ifndef CORE_BASE_LOG_H
#define CORE_BASE_LOG_H

/**
 * Log lines go to a file only (--log-dest), never to the terminal. Off costs
 * one branch. Thread safe.
 */
#include "core/base/attr.h"
#include "core/base/error.h"

enum log_level { LOG_OFF, LOG_WARN, LOG_INFO, LOG_DEBUG };

/** NULL @p path closes the log. */
struct error *log_open(const char *path, enum log_level level) MUST_CHECK;
void log_warn(const char *format, ...) PRINTF_LIKE(1, 2);
void log_info(const char *format, ...) PRINTF_LIKE(1, 2);
void log_debug(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
