#ifndef CORE_BASE_ESCAPE_H
#define CORE_BASE_ESCAPE_H

/**
 * Bytes of the target inside the markup of documents. All of these first do
 * what text_plain() does: controls, bidi overrides and invalid UTF-8 become
 * '?', so the result is one line of valid UTF-8.
 */
#include <stdbool.h>
#include <stddef.h>

#include "core/base/buf.h"

/** Text or the inside of a quoted attribute: & < > " ' as entities. */
void text_html(struct buf *out, const void *bytes, size_t len);
/**
 * A sentence in a line or a cell: nothing of it is markup. Words that hosts
 * would link or that mention somebody become code.
 */
void text_markdown(struct buf *out, const void *bytes, size_t len);
/**
 * A code span, in which hosts see no mentions, issues and links. In a table
 * (@p cell) bars are escaped too. Longer than @p most code points ends in an
 * ellipsis; 0 no bound.
 */
void text_markdown_code(struct buf *out, const void *bytes, size_t len,
			bool cell, size_t most);
/**
 * One cell of CSV (@p separator ',') or TSV ('\t'), quoted where needed. What
 * a spreadsheet would run as a formula gets an apostrophe in front; numbers
 * stay numbers.
 */
void text_csv(struct buf *out, const void *bytes, size_t len, char separator);
/** text_plain(), cut to @p most code points with an ellipsis. */
void text_plain_short(struct buf *out, const void *bytes, size_t len,
		      size_t most);

#endif
