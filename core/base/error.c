#include "core/base/error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"

static struct error *error_alloc(enum error_code code, char *message)
{
	struct error *err = xcalloc(1, sizeof(*err));

	err->code = code;
	err->message = message;
	return err;
}

struct error *(error_new)(enum error_code code, const char *format, ...)
{
	va_list args;
	char *message;

	va_start(args, format);
	message = xvasprintf(format, args);
	va_end(args);
	return error_alloc(code, message);
}

struct error *(error_os)(int sys_errno, const char *format, ...)
{
	char text[128];
	struct error *err;
	va_list args;
	char *what;

	va_start(args, format);
	what = xvasprintf(format, args);
	va_end(args);
	err = error_alloc(ERROR_OS, NULL);
	err->sys_errno = sys_errno;
	err->message = xasprintf("%s: %s", what,
				 strerror_r(sys_errno, text, sizeof(text)));
	free(what);
	return err;
}

struct error *error_fault(uint64_t address, uint64_t len)
{
	struct error *err = error_new(
		ERROR_FAULT, "cannot read %" PRIu64 " bytes at 0x%" PRIx64, len,
		address);

	err->address = address;
	return err;
}

struct error *error_wrap(struct error *err, const char *format, ...)
{
	va_list args;
	char *what, *joined;

	if (!err)
		return NULL;
	va_start(args, format);
	what = xvasprintf(format, args);
	va_end(args);
	joined = xasprintf("%s: %s", what, err->message);
	free(what);
	free(err->message);
	err->message = joined;
	return err;
}

struct error *(error_hint)(struct error *err, const char *format, ...)
{
	va_list args;

	if (!err)
		return NULL;
	free(err->hint);
	va_start(args, format);
	err->hint = xvasprintf(format, args);
	va_end(args);
	return err;
}

bool error_catch(struct error **err, enum error_code code)
{
	if (!*err || (*err)->code != code)
		return false;
	error_free(*err);
	*err = NULL;
	return true;
}

void error_free(struct error *err)
{
	if (!err)
		return;
	free(err->message);
	free(err->hint);
	free(err);
}

void error_cleanup(struct error **err)
{
	error_free(*err);
	*err = NULL;
}
