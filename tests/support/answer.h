#ifndef TESTS_SUPPORT_ANSWER_H
#define TESTS_SUPPORT_ANSWER_H

/** What the program, $MAPSCOPE, answers as JSON. */
#include <jansson.h>

#include "core/base/attr.h"

/**
 * Runs it with the arguments that @p format gives, --json among them. Returns
 * the exit code, 128 + signal if it was killed; what it printed is in
 * *@p answer_ret, owned, or NULL if that is no JSON. stderr is left out.
 */
int answer_any(json_t **answer_ret, const char *format, ...) PRINTF_LIKE(2, 3);
/** The same with an answer; fails the test if there is none or a code. */
json_t *answer_to(const char *format, ...) PRINTF_LIKE(1, 2);
/** As program_run() with @p text and @p what; fails as above. */
json_t *answer_of(const char *text, const char *what);

/**
 * The row of the answer's list @p list whose @p key is @p text; borrowed, NULL
 * if there is none.
 */
json_t *answer_row(const json_t *answer, const char *list, const char *key,
		   const char *text);

#endif
