#ifndef CORE_BASE_ERROR_H
#define CORE_BASE_ERROR_H

/**
 * Errors as values. A function that can fail returns `struct error *`; NULL is
 * success. The receiver owns the error: it passes it up (wrapped or not) or
 * frees it. Messages are lower case, without a full stop, what failed first,
 * the subject in single quotes.
 */
#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"

enum error_code {
	ERROR_OS,	   /* a system call failed; sys_errno says how */
	ERROR_FAULT,	   /* target memory at `address` cannot be read */
	ERROR_CORRUPT,	   /* bytes of the target or a file make no sense */
	ERROR_NOT_FOUND,   /* a name, field, address or section is absent */
	ERROR_UNSUPPORTED, /* not a Go program, or one we do not know */
	ERROR_USAGE,	   /* the person asked for something impossible */
	ERROR_LIMIT,	   /* a bound of limits.h or of the options was hit */
	ERROR_PERMISSION,  /* the kernel refuses; hint says what would help */
	ERROR_NO_TARGET,   /* no such process, or it is gone */
	ERROR_CANCELLED,   /* the job's cancel flag was set */
};

struct error {
	enum error_code code;
	int sys_errno;	  /* 0 unless ERROR_OS or ERROR_PERMISSION */
	uint64_t address; /* of the fault, else 0 */
	char *message;	  /* owned */
	char *hint;	  /* owned; NULL, or what the person can do */
};

struct error *error_new(enum error_code code, const char *format, ...)
	PRINTF_LIKE(2, 3) MUST_CHECK;

/** ERROR_OS with errno's text appended: "cannot open 'x': No such file". */
struct error *error_os(int sys_errno, const char *format, ...)
	PRINTF_LIKE(2, 3) MUST_CHECK;

/** ERROR_FAULT for @p len bytes at @p address. */
struct error *error_fault(uint64_t address, uint64_t len) MUST_CHECK;

/** Prefix the message: "string header: cannot read ...". Takes @p err. */
struct error *error_wrap(struct error *err, const char *format, ...)
	PRINTF_LIKE(2, 3) MUST_CHECK;

/** Replace the hint. Takes and returns @p err. */
struct error *error_hint(struct error *err, const char *format, ...)
	PRINTF_LIKE(2, 3) MUST_CHECK;

/**
 * True if @p err has @p code; then the error is freed and set to NULL, for
 * callers to whom this failure is an answer.
 */
bool error_catch(struct error **err, enum error_code code);

/** NULL is fine. */
void error_free(struct error *err);
/** For CLEANUP(). */
void error_cleanup(struct error **err);

#ifdef __clang_analyzer__
/* It reads one file at a time, and would go on where these returned NULL. */
#define error_known(call)                                                      \
	__extension__({                                                        \
		struct error *known = call;                                    \
		if (!known)                                                    \
			__builtin_unreachable();                               \
		known;                                                         \
	})
#define error_new(...)	error_known((error_new)(__VA_ARGS__))
#define error_os(...)	error_known((error_os)(__VA_ARGS__))
#define error_hint(...) error_known((error_hint)(__VA_ARGS__))
#endif

#endif
