#ifndef CORE_BASE_ATTR_H
#define CORE_BASE_ATTR_H

/** The caller may not drop the result. */
#define MUST_CHECK __attribute__((warn_unused_result))
/** printf-like function: format is parameter @p f, arguments start at @p a. */
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
/** Run @p fn with the address of the variable when it leaves its scope. */
#define CLEANUP(fn)  __attribute__((cleanup(fn)))
#define UNUSED	     __attribute__((unused))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
