#ifndef CORE_BASE_TEXT_H
#define CORE_BASE_TEXT_H

/**
 * Bytes of the target on their way to a person. Nothing that came from the
 * target is printed without passing through one of these.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"

/** True if @p len bytes are valid UTF-8 (no surrogates, no overlong forms). */
bool text_is_utf8(const void *bytes, size_t len);

/**
 * Decode one code point. Returns the bytes consumed (1 with *@p ret = 0xfffd
 * for an invalid byte); 0 only if @p len is 0.
 */
size_t text_decode(const void *bytes, size_t len, uint32_t *ret);

/** Append the UTF-8 of a code point. */
void text_encode(struct buf *out, uint32_t code_point);

/** C0, C1, DEL, bidi overrides and isolates, line/paragraph separators. */
bool text_is_control(uint32_t code_point);

/**
 * Append @p bytes as the inside of a double-quoted Go string: controls, bidi
 * overrides, quotes and invalid bytes become escapes (\n, \x1b, \u202e).
 */
void text_quote(struct buf *out, const void *bytes, size_t len);

/** Append with controls and invalid bytes replaced by '?', for names. */
void text_plain(struct buf *out, const void *bytes, size_t len);

/** Append @p bytes as a JSON string with quotes; invalid UTF-8 as \ufffd. */
void text_json(struct buf *out, const void *bytes, size_t len);

/** Is @p word one of @p words, which have blanks between them? */
bool text_has_word(const char *words, const char *word);

/** How text_size() writes: one choice for the whole program. */
enum text_units { TEXT_IEC, TEXT_SI, TEXT_BYTES, TEXT_UNITS_COUNT };
void text_set_units(enum text_units units);
enum text_units text_units(void);
/** "iec", "si", "bytes" */
const char *text_units_name(enum text_units units);
/**
 * "1.67M", "336", "26.8M": at most 5 characters, powers of 1024; "1.75MB" with
 * powers of 1000 after text_set_units(TEXT_SI); all digits with TEXT_BYTES.
 */
void text_size(struct buf *out, uint64_t bytes);
/** The same; '?' for UINT64_MAX, which stands for what is not known. */
void text_size_if_known(struct buf *out, uint64_t bytes);
/** Always by 1024: for places that are too narrow for another form. */
void text_size_iec(struct buf *out, uint64_t bytes);
/**
 * Names with the directories of package paths left out, for narrow places:
 * "(*github.com/a/b.T).f" -> "(*b.T).f", "map[x/y.K]z/w.V" -> "map[y.K]w.V".
 * Quoted strings stay as they are.
 */
void text_short_names(struct buf *out, const char *text);
/** "50,005". */
void text_count(struct buf *out, uint64_t n);
/** "50.0K", "1.67M", "336": at most 5 characters, powers of 1000. */
void text_count_short(struct buf *out, uint64_t n);
/** As Go prints it: the shortest digits that read back as the same number. */
void text_float(struct buf *out, double v);
void text_float32(struct buf *out, float v);
/** Exactly, as time.Duration.String() does: "1h0m0.5s", "1.5µs". */
void text_exact_duration(struct buf *out, int64_t ns);
/** "2026-01-02 03:04:05.006 UTC" */
void text_time(struct buf *out, uint64_t wall_ns);
/** "15:04:05", of the local time zone. */
void text_clock(struct buf *out, uint64_t wall_ns);
/** "20260102T030405Z", for names of files. */
void text_stamp(struct buf *out, uint64_t wall_ns);
/** "212ms", "41m", "3.1s". */
void text_duration(struct buf *out, uint64_t ns);

#endif
