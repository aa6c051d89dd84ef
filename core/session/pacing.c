#include <inttypes.h>

#include "core/base/text.h"
#include "core/session/session.h"

static bool is_known(const struct session_totals *t)
{
	return t->next_gc != UINT64_MAX;
}

void pacing_add_gogc(struct buf *out, const struct session_totals *t)
{
	if (!is_known(t))
		buf_addc(out, '?');
	else if (t->gogc < 0)
		buf_adds(out, "off");
	else
		buf_printf(out, "%" PRId64, t->gogc);
}

void pacing_add_limit(struct buf *out, const struct session_totals *t)
{
	if (!is_known(t))
		buf_addc(out, '?');
	else if (t->memory_limit == INT64_MAX)
		buf_adds(out, "off");
	else
		text_size(out, (uint64_t)t->memory_limit);
}

bool pacing_has_next(const struct session_totals *t)
{
	return is_known(t) && (t->gogc >= 0 || t->memory_limit != INT64_MAX);
}

void pacing_add_next(struct buf *out, const struct session_totals *t)
{
	if (!is_known(t))
		buf_addc(out, '?');
	else if (!pacing_has_next(t))
		buf_adds(out, "off");
	else
		text_size(out, t->next_gc);
}
