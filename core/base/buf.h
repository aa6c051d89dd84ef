#ifndef CORE_BASE_BUF_H
#define CORE_BASE_BUF_H

/**
 * A growing string of bytes. `{0}` is a valid empty buffer. `data` is
 * NUL-terminated whenever it is not NULL; the NUL is not counted in `len`.
 */
#include <stdarg.h>
#include <stddef.h>

#include "core/base/attr.h"

struct buf {
	char *data;
	size_t len;
	size_t cap;
};

/** Idempotent; leaves an empty buffer. */
void buf_deinit(struct buf *b);
/** Keeps the memory. */
void buf_clear(struct buf *b);
/** Cut to @p len bytes; longer than the content does nothing. */
void buf_truncate(struct buf *b, size_t len);
/** Room for @p n more bytes; write there, then buf_commit(). */
char *buf_reserve(struct buf *b, size_t n);
void buf_commit(struct buf *b, size_t n);
void buf_add(struct buf *b, const void *data, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_vprintf(struct buf *b, const char *format, va_list args)
	PRINTF_LIKE(2, 0);
/** The content as a C string, "" if empty; valid until the next change. */
const char *buf_str(const struct buf *b);
/** The content; the caller frees it. Leaves an empty buffer. */
char *buf_steal(struct buf *b);
/** The same; if it is empty, a copy of @p other. */
char *buf_steal_or(struct buf *b, const char *other);

#endif
