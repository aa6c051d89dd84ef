/*
 * Pages of a map's entries. The walk remembers its cursor every PAGE entries,
 * so that going back costs one page and going forward costs the distance.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "core/base/xalloc.h"
#include "core/go/value.h"
#include "core/session/session_priv.h"

enum { PAGE = 4096, CHECK_EVERY = 1024 };

struct entries {
	const struct session *session;
	struct map_view view;
	uint64_t live;
	struct map_cursor *marks; /* before entry i * PAGE */
	uint64_t mark_count, mark_cap;
	struct map_cursor cursor; /* before entry `next` */
	uint64_t next;
	bool at_end;
	uint32_t key_type, elem_type;
};

struct entries *entries_open(const struct session *session, uint32_t row)
{
	struct entries *e = xcalloc(1, sizeof(*e));

	e->session = session;
	if (session->stored)
		return e;
	session_map_view(session, &session->rows[row], &e->view);
	e->live = session->rows[row].live;
	e->key_type = e->view.type->key;
	e->elem_type = e->view.type->elem;
	GROW_ARRAY(e->marks, e->mark_count, e->mark_cap);
	e->marks[e->mark_count++] = (struct map_cursor){0};
	return e;
}

void entries_close(struct entries *entries)
{
	if (!entries)
		return;
	free(entries->marks);
	free(entries);
}

uint64_t entries_count(const struct entries *entries)
{
	return entries->live;
}

static struct error *step(struct entries *e, struct map_entry *ret)
{
	bool more = false;
	struct error *err;

	if (e->next % CHECK_EVERY == 0 &&
	    (err = job_check(e->session->command)))
		return err;
	err = map_next(&e->view, &e->cursor, ret, &more);
	if (err)
		return err;
	if (!more) {
		e->at_end = true;
		return error_new(ERROR_NOT_FOUND,
				 "no entry number %" PRIu64 " in this map",
				 e->next);
	}
	e->next++;
	if (e->next == e->mark_count * PAGE) {
		GROW_ARRAY(e->marks, e->mark_count, e->mark_cap);
		e->marks[e->mark_count++] = e->cursor;
	}
	return NULL;
}

static void seek(struct entries *e, uint64_t index)
{
	uint64_t mark = index / PAGE;

	if (mark >= e->mark_count)
		mark = e->mark_count - 1;
	if (index >= e->next && mark * PAGE <= e->next)
		return;
	e->cursor = e->marks[mark];
	e->next = mark * PAGE;
	e->at_end = false;
}

struct error *entries_get(struct entries *entries, uint64_t index,
			  struct entry *ret)
{
	struct map_entry entry = {0};
	struct error *err;

	if (entries->session->stored)
		return session_needs_memory(entries->session);
	if (!entries->view.type->layout)
		return error_new(ERROR_NOT_FOUND, "the map's type is unknown");
	seek(entries, index);
	do {
		if ((err = step(entries, &entry)))
			return err;
	} while (entries->next <= index);
	*ret = (struct entry){
		.key_addr = entry.key,
		.elem_addr = entry.elem,
		.table = entry.table,
		.unit = entry.unit,
		.chain = entry.chain,
		.slot = entry.slot,
		.old = entry.old,
	};
	return NULL;
}

static struct value_limits limits_for(bool redact)
{
	struct value_limits limits = value_limits_default();

	limits.redact = redact;
	return limits;
}

static void add_text(const struct entries *e, uint32_t type, uint64_t addr,
		     bool redact, struct buf *out)
{
	struct value_limits limits = limits_for(redact);

	value_text(out, e->session->rt->types, e->session->sample, type, addr,
		   &limits);
}

static void add_json(const struct entries *e, uint32_t type, uint64_t addr,
		     bool redact, struct buf *out)
{
	struct value_limits limits = limits_for(redact);

	value_json(out, e->session->rt->types, e->session->sample, type, addr,
		   &limits);
}

void entry_key_text(const struct entries *entries, const struct entry *entry,
		    bool redact, struct buf *out)
{
	add_text(entries, entries->key_type, entry->key_addr, redact, out);
}

void entry_value_text(const struct entries *entries, const struct entry *entry,
		      bool redact, struct buf *out)
{
	add_text(entries, entries->elem_type, entry->elem_addr, redact, out);
}

void entry_key_json(const struct entries *entries, const struct entry *entry,
		    bool redact, struct buf *out)
{
	add_json(entries, entries->key_type, entry->key_addr, redact, out);
}

void entry_value_json(const struct entries *entries, const struct entry *entry,
		      bool redact, struct buf *out)
{
	add_json(entries, entries->elem_type, entry->elem_addr, redact, out);
}
