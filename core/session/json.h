#ifndef CORE_SESSION_JSON_H
#define CORE_SESSION_JSON_H

/**
 * A streaming JSON writer: commas and nesting are its business, so that a
 * million rows need no tree. Output collects in a buf that the caller flushes.
 */
#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"

struct json {
	struct buf out;
	uint64_t comma; /* bit per depth: a value was written there */
	unsigned depth;
};

void json_deinit(struct json *json);
void json_open(struct json *json, const char *key, char bracket);
void json_close(struct json *json, char bracket);
/** @p key NULL inside arrays; @p s NULL gives null. */
void json_string(struct json *json, const char *key, const char *s);
void json_u64(struct json *json, const char *key, uint64_t v);
/** null for UINT64_MAX, our mark of "unknown". */
void json_u64_or_null(struct json *json, const char *key, uint64_t v);
void json_i64(struct json *json, const char *key, int64_t v);
void json_double(struct json *json, const char *key, double v);
void json_bool(struct json *json, const char *key, bool v);
void json_null(struct json *json, const char *key);
/** "0x1f" */
void json_address(struct json *json, const char *key, uint64_t addr);
/** RFC 3339 UTC with milliseconds. */
void json_time(struct json *json, const char *key, uint64_t wall_ns);
/** Where a caller appends a complete value of its own to `out`. */
void json_raw(struct json *json, const char *key);

#endif
