#ifndef CORE_SESSION_JSON_PARSE_H
#define CORE_SESSION_JSON_PARSE_H

/** Reading JSON. Kept apart from json.h: the library's names are like ours. */
#include <stdbool.h>
#include <stdint.h>

/** An array of strings; false if @p text is none. All owned by the caller. */
bool json_parse_strings(const char *text, char ***ret, uint32_t *count_ret);

#endif
