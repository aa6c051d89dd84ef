#include "core/session/goroutine_list.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/session_priv.h"

static char *place_text(const struct session *session, uint32_t index,
			enum goroutine_place which)
{
	struct code_place place;
	const char *base;

	if (!session_goroutine_place(session, index, which, &place))
		return xstrdup("");
	base = strrchr(place.file, '/');
	base = base ? base + 1 : place.file;
	return *base ? xasprintf("%s %s:%u", place.function, base, place.line)
		     : xstrdup(place.function);
}

/* As bytes of the target they are no more shown than keys are. */
static char *labels_text(const struct session *session, uint32_t index)
{
	struct goroutine_labels labels = {0};
	struct buf out = {0};
	uint32_t i;

	if (!session->options.redact)
		session_goroutine_labels(session, index, &labels);
	for (i = 0; i < labels.count; i++)
		buf_printf(&out, "%s%s=%s", i ? "," : "", labels.keys[i],
			   labels.values[i]);
	goroutine_labels_deinit(&labels);
	return out.len ? buf_steal(&out) : xstrdup("");
}

static void load_line(const struct session *session, uint32_t index,
		      const struct goroutine_row *row,
		      const struct goroutine_maps *maps,
		      struct goroutine_line *ret)
{
	uint32_t i = goroutine_maps_first(maps, index);

	*ret = (struct goroutine_line){
		.user = place_text(session, index, PLACE_USER),
		.go = place_text(session, index, PLACE_GO),
		.start = place_text(session, index, PLACE_START),
		.labels = labels_text(session, index),
		.stack_bytes = row->stack_bytes,
		.state = goroutine_state(row),
		.wait_ns = row->wait_ns,
		.id = row->id,
		.first = index,
		.count = 1,
		.frames = row->frames,
		.system = row->system,
	};
	for (; i < maps->count && maps->list[i].goroutine == index; i++)
		ret->maps++;
}

static const char *group_key(const struct goroutine_table *table,
			     const struct goroutine_line *line)
{
	switch (table->by) {
	case GOROUTINES_BY_STATE:
		return line->state;
	case GOROUTINES_BY_GO:
		return line->go;
	default:
		return line->user;
	}
}

static void line_deinit(struct goroutine_line *line)
{
	free(line->user);
	free(line->go);
	free(line->start);
	free(line->labels);
}

/** Into the group's line; takes @p line. */
static void join(struct goroutine_line *into, struct goroutine_line *line)
{
	into->count++;
	into->maps += line->maps;
	if (line->stack_bytes == UINT64_MAX)
		into->stack_bytes = UINT64_MAX;
	else if (into->stack_bytes != UINT64_MAX)
		into->stack_bytes += line->stack_bytes;
	into->system &= line->system;
	if (line->wait_ns != UINT64_MAX &&
	    (into->wait_ns == UINT64_MAX || line->wait_ns > into->wait_ns))
		into->wait_ns = line->wait_ns;
	line_deinit(line);
}

static void add_line(struct goroutine_table *table, struct intern *keys,
		     struct goroutine_line *line)
{
	uint32_t number;

	if (table->by == GOROUTINES_EACH) {
		table->lines[table->count++] = *line;
		return;
	}
	number = intern_add(keys, group_key(table, line));
	if (number < table->count)
		join(&table->lines[number], line);
	else
		table->lines[table->count++] = *line;
}

void goroutine_table_load(const struct session *session,
			  enum goroutine_group by, bool system,
			  struct goroutine_table *ret)
{
	uint32_t count = session_goroutine_count(session), i;
	struct goroutine_maps maps = {0};
	struct intern keys = {0};

	*ret = (struct goroutine_table){.session = session, .by = by};
	ret->lines = xcalloc((size_t)count + 1, sizeof(*ret->lines));
	session_goroutine_maps(session, &maps);
	for (i = 0; i < count; i++) {
		struct goroutine_line line;
		struct goroutine_row row;

		session_goroutine(session, i, &row);
		if (row.system && !system)
			continue;
		load_line(session, i, &row, &maps, &line);
		add_line(ret, &keys, &line);
	}
	intern_deinit(&keys);
	goroutine_maps_deinit(&maps);
}

void goroutine_table_deinit(struct goroutine_table *table)
{
	uint32_t i;

	for (i = 0; i < table->count; i++)
		line_deinit(&table->lines[i]);
	free(table->lines);
	*table = (struct goroutine_table){0};
}

static const struct goroutine_line *line_at(const void *model, uint32_t row)
{
	const struct goroutine_table *table = model;

	return &table->lines[row];
}

static void text(struct cell *ret, const char *s)
{
	ret->text = s;
	ret->known = *s != 0;
	ret->exact = true;
}

static void get_id(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, (uint64_t)line_at(model, row)->id);
}

static void get_state(const void *model, uint32_t row, struct cell *ret)
{
	text(ret, line_at(model, row)->state);
}

/* Seconds: a column that filters and sorts. */
static void get_wait(const void *model, uint32_t row, struct cell *ret)
{
	uint64_t ns = line_at(model, row)->wait_ns;

	cell_put(ret, ns == UINT64_MAX ? ns : ns / 1000000000);
}

static void get_count(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, line_at(model, row)->count);
}

static void get_user(const void *model, uint32_t row, struct cell *ret)
{
	text(ret, line_at(model, row)->user);
}

static void get_go(const void *model, uint32_t row, struct cell *ret)
{
	text(ret, line_at(model, row)->go);
}

static void get_start(const void *model, uint32_t row, struct cell *ret)
{
	text(ret, line_at(model, row)->start);
}

static void get_stack(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, line_at(model, row)->stack_bytes);
}

static void get_labels(const void *model, uint32_t row, struct cell *ret)
{
	text(ret, line_at(model, row)->labels);
}

static void get_maps(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, line_at(model, row)->maps);
}

static void get_frames(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, line_at(model, row)->frames);
}

static const struct column each_columns[] = {
	{"gid", "GID", "id of the goroutine", COLUMN_COUNT, 8, 5, 0, 'g',
	 get_id},
	{"state", "STATE", "wait reason, or status", COLUMN_TEXT, 18, 14, 1,
	 's', get_state},
	{"wait", "WAIT", "time of waiting, as the runtime noted it: wait>1m",
	 COLUMN_TIME, 8, 6, 2, 'w', get_wait},
	{"user", "USERLOC", "innermost frame outside the runtime", COLUMN_TEXT,
	 40, 24, 0, 'u', get_user},
	{"go", "CREATED", "the go statement", COLUMN_TEXT, 30, 20, 4, 'c',
	 get_go},
	{"maps", "MAPS", "maps that its stack refers to", COLUMN_COUNT, 6, 4, 3,
	 'm', get_maps},
	{"frames", "DEPTH", "frames of the stack", COLUMN_COUNT, 6, 5, 5, 'd',
	 get_frames},
	{"stack", "STACK", "bytes of the stack", COLUMN_BYTES, 7, 6, 6, 'k',
	 get_stack},
	{"start", "STARTLOC", "the function it began with", COLUMN_TEXT, 24, 18,
	 7, 'l', get_start},
	{"labels", "LABELS", "of runtime/pprof", COLUMN_TEXT, 20, 12, 8, 'b',
	 get_labels},
};

static const struct column group_columns[] = {
	{"count", "N", "goroutines", COLUMN_COUNT, 8, 6, 0, 'n', get_count},
	{"wait", "WAIT", "longest wait", COLUMN_TIME, 8, 6, 2, 'w', get_wait},
	{"state", "STATE", "of the first", COLUMN_TEXT, 18, 14, 1, 's',
	 get_state},
	{"user", "USERLOC", "of the first", COLUMN_TEXT, 40, 24, 0, 'u',
	 get_user},
	{"go", "CREATED", "of the first", COLUMN_TEXT, 30, 20, 4, 'c', get_go},
	{"maps", "MAPS", "maps that the stacks refer to", COLUMN_COUNT, 6, 4, 3,
	 'm', get_maps},
	{"stack", "STACK", "bytes of the stacks", COLUMN_BYTES, 7, 6, 5, 'k',
	 get_stack},
};

static uint32_t count(const void *model)
{
	const struct goroutine_table *table = model;

	return table->count;
}

static uint64_t identity(const void *model, uint32_t row)
{
	return (uint64_t)line_at(model, row)->id;
}

static bool ended(const void *model)
{
	const struct goroutine_table *table = model;

	return session_ended(table->session);
}

const struct list_kind goroutine_list_kind = {
	.name = "goroutines",
	.columns = each_columns,
	.column_count = ARRAY_LEN(each_columns),
	.default_sort = "wait-desc",
	.bare = "user",
	.count = count,
	.identity = identity,
	.ended = ended,
};

const struct list_kind goroutine_group_list_kind = {
	.name = "goroutine-groups",
	.columns = group_columns,
	.column_count = ARRAY_LEN(group_columns),
	.default_sort = "count-desc",
	.bare = "user",
	.count = count,
	.identity = identity,
	.ended = ended,
};
