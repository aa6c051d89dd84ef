#ifndef CORE_BASE_XALLOC_H
#define CORE_BASE_XALLOC_H

/**
 * Allocation for sizes that *we* choose: never NULL. When memory runs out the
 * hook (if any) restores the terminal, a line goes to stderr and the process
 * aborts; a traced target is released by the kernel. Sizes that the target
 * chooses are checked against core/base/limits.h first.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"

void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
/** @p n * @p size with overflow checked. */
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *format, ...) PRINTF_LIKE(1, 2);
char *xvasprintf(const char *format, va_list args) PRINTF_LIKE(1, 0);

/** Called once, before the abort. */
void xalloc_set_hook(void (*hook)(void));

/**
 * Room for one more element in a growing array: `p` holds `len` elements and
 * has room for `cap`. Amortised doubling.
 */
#define GROW_ARRAY(p, len, cap)                                                \
	do {                                                                   \
		if ((len) >= (cap)) {                                          \
			(cap) = (cap) ? (cap)*2 : 16;                          \
			(p) = xreallocarray((p), (cap), sizeof(*(p)));         \
		}                                                              \
	} while (0)

/**
 * Zeroed anonymous memory of @p bytes that costs nothing until it is touched;
 * for the flat arrays of the heap. Release with big_free() and the same size.
 */
void *big_alloc(uint64_t bytes);
void big_free(void *p, uint64_t bytes);

/** free() for CLEANUP(): `CLEANUP(free_cleanup) char *s = ...`. */
void free_cleanup(void *pp);

#endif
