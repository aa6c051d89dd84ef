#ifndef CORE_SESSION_FILTER_H
#define CORE_SESSION_FILTER_H

/**
 * A compiled filter expression over the columns of one list kind. Terms are
 * joined by space (and) and `|` (or, binds weaker); `!` before a term negates:
 *
 *	column OP value    OP is one of = != > >= < <= ~ !~ (regex)
 *	column:LOW..HIGH   numbers, both ends included, either may be missing
 *	word               regex on the kind's bare column
 *
 * Numbers take K M G T (1024) and %; regexes are case-insensitive unless they
 * hold an upper-case letter; values with spaces are quoted with "".
 */
#include "core/session/list.h"

struct filter;

struct error *filter_compile(const struct list_kind *kind,
			     const char *expression,
			     struct filter **ret) MUST_CHECK;
void filter_free(struct filter *filter);
bool filter_match(struct filter *filter, const void *model, uint32_t row);

#endif
