#include "tests/support/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/xalloc.h"
#include "tests/support/program.h"

enum { FLAGS = JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL };

static int ask(const char *arguments, const char *errors, json_t **answer_ret)
{
	const char *program = getenv("MAPSCOPE");
	CLEANUP(free_cleanup) char *out = NULL;
	int code;

	assert_non_null(program);
	code = program_shell(&out, "%s %s%s", program, arguments, errors);
	*answer_ret = out ? json_loads(out, FLAGS, NULL) : NULL;
	return code;
}

int answer_any(json_t **answer_ret, const char *format, ...)
{
	CLEANUP(free_cleanup) char *arguments = NULL;
	va_list args;

	va_start(args, format);
	arguments = xvasprintf(format, args);
	va_end(args);
	return ask(arguments, " 2>/dev/null", answer_ret);
}

static json_t *accept(const char *arguments, int code, json_t *answer)
{
	if (code || !answer)
		fail_msg("mapscope %s: exit code %d, %s", arguments, code,
			 answer ? "JSON" : "no JSON");
	return answer;
}

json_t *answer_to(const char *format, ...)
{
	CLEANUP(free_cleanup) char *arguments = NULL;
	json_t *answer;
	va_list args;
	int code;

	va_start(args, format);
	arguments = xvasprintf(format, args);
	va_end(args);
	code = ask(arguments, "", &answer);
	return accept(arguments, code, answer);
}

json_t *answer_of(const char *text, const char *what)
{
	CLEANUP(free_cleanup) char *out = NULL;
	int code = program_run(text, what, &out);

	return accept(text, code, out ? json_loads(out, FLAGS, NULL) : NULL);
}

json_t *answer_row(const json_t *answer, const char *list, const char *key,
		   const char *text)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(answer, list), i, row)
	{
		const char *s = json_string_value(json_object_get(row, key));

		if (s && !strcmp(s, text))
			return row;
	}
	return NULL;
}
