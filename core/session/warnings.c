#include "core/session/warnings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"

static uint64_t address_in(const char *text)
{
	const char *at = strstr(text, "0x");

	return at ? strtoull(at, NULL, 16) : 0;
}

static bool is_here(const struct warning_list *list, uint64_t time_ns)
{
	uint32_t i;

	for (i = 0; i < list->count; i++)
		if (list->rows[i].time_ns == time_ns)
			return true;
	return false;
}

void warnings_add(struct warning_list *list, const struct session *session)
{
	CLEANUP(buf_deinit) struct buf clock = {0};
	struct session_info info;
	size_t i;

	session_info(session, &info);
	if (is_here(list, info.time_ns))
		return;
	text_clock(&clock, info.time_ns);
	for (i = 0; i < info.warning_count; i++) {
		GROW_ARRAY(list->rows, list->count, list->cap);
		list->rows[list->count++] = (struct warning){
			.time_ns = info.time_ns,
			.addr = address_in(info.warnings[i]),
			.text = xstrdup(info.warnings[i]),
		};
		snprintf(list->rows[list->count - 1].clock,
			 sizeof(list->rows->clock), "%s", buf_str(&clock));
	}
}

void warnings_deinit(struct warning_list *list)
{
	uint32_t i;

	for (i = 0; i < list->count; i++)
		free(list->rows[i].text);
	free(list->rows);
	*list = (struct warning_list){0};
}

static const struct warning *row_at(const void *model, uint32_t row)
{
	const struct warning_list *list = model;

	return &list->rows[row];
}

static void get_time(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, row_at(model, row)->clock);
	ret->u = row_at(model, row)->time_ns;
}

static void get_level(const void *model, uint32_t row, struct cell *ret)
{
	(void)model;
	(void)row;
	cell_put_known(ret, SEVERITY_WARN);
}

static void get_text(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, row_at(model, row)->text);
}

static void get_address(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_known(ret, row_at(model, row)->addr);
	ret->known = ret->u != 0;
}

static const struct column columns[] = {
	{"time", "TIME", "of the sample", COLUMN_TEXT, 8, 8, 2, 't', get_time},
	{"level", "LEVEL", "severity", COLUMN_SEVERITY, 5, 5, 3, 'l',
	 get_level},
	{"what", "WHAT", "what could not be read, or looks damaged",
	 COLUMN_TEXT, 60, 20, 0, 'w', get_text},
	{"addr", "ADDR", "where", COLUMN_ADDRESS, 14, 14, 4, 'a', get_address},
};

static uint32_t count(const void *model)
{
	const struct warning_list *list = model;

	return list->count;
}

static uint64_t identity(const void *model, uint32_t row)
{
	const struct warning *w = row_at(model, row);

	return list_name_identity(w->text) ^ w->time_ns;
}

const struct list_kind warning_list_kind = {
	.name = "warnings",
	.columns = columns,
	.column_count = ARRAY_LEN(columns),
	.default_sort = "time-desc",
	.bare = "what",
	.count = count,
	.identity = identity,
};
