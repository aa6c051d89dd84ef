#ifndef CORE_BASE_LOG_H
#define CORE_BASE_LOG_H

/**
 * Log lines go where --log-dest says, never to a screen. Off costs one branch.
 * Thread safe. No line has a byte of a key or value.
 */
#include "core/base/attr.h"
#include "core/base/error.h"

enum log_level { LOG_OFF, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* What lines are about; --log=LIST chooses. */
#define LOG_PART_TABLE(PART)                                                   \
	PART(COMMAND, "command", "what was asked, and what failed")            \
	PART(PHASE, "phase", "what long work is at")                           \
	PART(TARGET, "target", "stops, copies, warnings of a sample")          \
	PART(BINARY, "binary", "the target's program, debug information")      \
	PART(ANALYSIS, "analysis", "maps and how long it took")                \
	PART(FILE, "file", "snapshots, reports, profiles")                     \
	PART(UI, "ui", "screens, messages, keys' actions")

enum log_part {
#define LOG_PART_ID(id, name, help) LOG_PART_##id,
	LOG_PART_TABLE(LOG_PART_ID)
#undef LOG_PART_ID
		LOG_PARTS
};

enum { LOG_ALL = (1 << LOG_PARTS) - 1 };

/**
 * Names by comma into a mask of 1 << enum log_part; "all" is LOG_ALL.
 * ERROR_USAGE if one is unknown.
 */
struct error *log_parts_parse(const char *list, unsigned *ret) MUST_CHECK;
/**
 * Log into a file (appended to, mode 0600) or the file descriptor that a number
 * names. NULL @p dest closes the log.
 */
struct error *log_open(const char *dest, enum log_level level,
		       unsigned parts) MUST_CHECK;
void log_warn(enum log_part part, const char *format, ...) PRINTF_LIKE(2, 3);
void log_info(enum log_part part, const char *format, ...) PRINTF_LIKE(2, 3);
void log_debug(enum log_part part, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
