/* Columns of the findings list. The model is the session. */
#include "core/session/session_priv.h"

static const struct finding *finding_at(const void *model, uint32_t row)
{
	const struct session *session = model;

	return &session->findings[row];
}

static void get_title(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, finding_at(model, row)->title);
}

static void get_severity(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, finding_at(model, row)->severity);
}

static void get_bytes(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, finding_at(model, row)->bytes);
}

static void get_verb(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, finding_at(model, row)->verb);
}

static void get_rule(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, finding_at(model, row)->rule);
}

static void get_owner(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, finding_at(model, row)->owner);
}

static const struct column columns[] = {
	{"finding", "FINDING", "what was found", COLUMN_TEXT, 54, 36, 0, 0,
	 get_title},
	{"severity", "SEV", "info, warn or high", COLUMN_SEVERITY, 4, 4, 1, 's',
	 get_severity},
	{"bytes", "BYTES", "bytes concerned", COLUMN_BYTES, 8, 7, 2, 'b',
	 get_bytes},
	{"action", "ACTION", "what to do, in a word", COLUMN_TEXT, 8, 7, 3, 0,
	 get_verb},
	{"rule", "RULE", "name of the rule", COLUMN_TEXT, 12, 8, 4, 'r',
	 get_rule},
	{"owner", "OWNER", "owner of the maps", COLUMN_TEXT, 30, 24, 5, 'o',
	 get_owner},
};

static uint32_t count(const void *model)
{
	const struct session *session = model;

	return session->finding_count - session->accepted_count;
}

static uint32_t count_all(const void *model)
{
	const struct session *session = model;

	return session->finding_count;
}

static uint64_t identity(const void *model, uint32_t row)
{
	return finding_at(model, row)->addr;
}

const struct list_kind finding_list_kind = {
	.name = "findings",
	.columns = columns,
	.column_count = ARRAY_LEN(columns),
	.default_sort = "severity-desc",
	.bare = "finding",
	.count = count,
	.identity = identity,
};

const struct list_kind finding_all_list_kind = {
	.name = "findings",
	.columns = columns,
	.column_count = ARRAY_LEN(columns),
	.default_sort = "severity-desc",
	.bare = "finding",
	.count = count_all,
	.identity = identity,
};
