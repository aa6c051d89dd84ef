/* References into and out of one object, and names for addresses. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/heap/heap_priv.h"
#include "core/heap/owner.h"
#include "core/heap/reverse.h"
#include "core/session/expr.h"
#include "core/session/references.h"
#include "core/session/session_priv.h"

static struct error *object_of(const struct session *session, uint64_t addr,
			       uint32_t *ret)
{
	*ret = go_object_at(session->rt, addr);
	if (*ret != GO_NO_OBJECT && heap_bit(session->rt->allocated, *ret))
		return NULL;
	return error_new(ERROR_NOT_FOUND, "no heap object at 0x%" PRIx64, addr);
}

static void set_other(const struct session *session, uint32_t object,
		      struct ref_row *row)
{
	const struct heap *heap = session->heap;

	row->object = object;
	row->kind = "object";
	row->retained_bytes =
		heap->retained ? heap->retained[object] : UINT64_MAX;
	row->type = session_type_name(session, heap->type[object]);
}

static char *hop_text(const struct heap *heap, uint32_t object, uint64_t offset,
		      uint32_t next)
{
	struct buf base = {0}, text = {0};

	heap_hop(heap, object, offset, next, true, &base, &text);
	buf_deinit(&base);
	if (!text.len)
		buf_printf(
			&text, "+%" PRIu64,
			offset - heap_header_bytes(heap_span_of(heap, object)));
	return buf_steal(&text);
}

static struct ref_row *add_row(struct ref_rows *rows, uint32_t max)
{
	if (rows->count >= max) {
		rows->complete = false;
		return NULL;
	}
	rows->rows = xreallocarray(rows->rows, (size_t)rows->count + 1,
				   sizeof(*rows->rows));
	rows->rows[rows->count] =
		(struct ref_row){.retained_bytes = UINT64_MAX};
	return &rows->rows[rows->count++];
}

/** Words of @p holder that refer to @p object. */
static bool add_holder(const struct session *session, uint32_t holder,
		       uint32_t object, uint32_t max, struct ref_rows *ret)
{
	struct heap_place place;
	struct heap_words it;
	struct ref_row *row;

	heap_words_all(&it, session->heap, holder);
	while (heap_words_next(&it)) {
		if (heap_locate(session->heap, it.value, &place) != HEAP_HIT ||
		    place.object != object)
			continue;
		row = add_row(ret, max);
		if (!row)
			return false;
		set_other(session, holder, row);
		row->holder = go_object_addr(session->rt, holder);
		row->addr = row->holder + it.offset;
		row->holder += heap_header_bytes(it.span);
		row->target = it.value;
		row->text = hop_text(session->heap, holder, it.offset, object);
	}
	return true;
}

static bool add_root(const struct session *session, uint32_t index,
		     uint32_t max, struct ref_rows *ret)
{
	const struct go_root *root = &session->rt->roots[index];
	struct ref_row *row = add_row(ret, max);
	struct buf name = {0};

	if (!row)
		return false;
	heap_root_name(session->heap, index, &name);
	row->addr = root->addr;
	row->target = root->value;
	row->object = UINT32_MAX;
	row->kind = root_kind_name(root->kind);
	row->text = buf_steal_or(&name, "?");
	return true;
}

struct error *refs_in(const struct session *session, uint64_t addr,
		      uint32_t max, struct ref_rows *ret)
{
	const struct heap_reverse *reverse;
	uint32_t object, count, first, i;
	const uint32_t *from;
	struct error *err;
	bool more = true;

	*ret = (struct ref_rows){.complete = true};
	if ((err = object_of(session, addr, &object)) ||
	    (err = session_reverse(session, &reverse)))
		return err;
	first = heap_reverse_roots(reverse, object, &count);
	for (i = 0; more && i < count; i++)
		more = add_root(session, reverse->roots[first + i].root, max,
				ret);
	from = heap_reverse_of(reverse, object, &count);
	for (i = 0; more && i < count; i++)
		if (!i || from[i] != from[i - 1])
			more = add_holder(session, from[i], object, max, ret);
	return NULL;
}

struct error *refs_out(const struct session *session, uint64_t addr,
		       uint32_t max, struct ref_rows *ret)
{
	struct heap_place place;
	struct heap_words it;
	struct error *err;
	uint32_t object;

	*ret = (struct ref_rows){.complete = true};
	if ((err = object_of(session, addr, &object)))
		return err;
	heap_words_all(&it, session->heap, object);
	while (heap_words_next(&it)) {
		struct ref_row *row;

		if (heap_locate(session->heap, it.value, &place) != HEAP_HIT)
			continue;
		row = add_row(ret, max);
		if (!row)
			break;
		set_other(session, place.object, row);
		row->holder = go_object_addr(session->rt, object) +
			      heap_header_bytes(it.span);
		row->addr = go_object_addr(session->rt, object) + it.offset;
		row->target = it.value;
		row->text = hop_text(session->heap, object, it.offset,
				     place.object);
	}
	return NULL;
}

void ref_rows_deinit(struct ref_rows *rows)
{
	uint32_t i;

	for (i = 0; i < rows->count; i++)
		free(rows->rows[i].text);
	free(rows->rows);
	*rows = (struct ref_rows){0};
}

/** What a package variable refers to; its own address if it is no pointer. */
static uint64_t global_target(const struct session *session,
			      const struct go_global *global)
{
	const struct go_type *type = go_type(session->rt->types, global->type);
	uint64_t offset, value = 0;

	if (!go_kind_refers(type->kind, &offset))
		return global->addr;
	sample_u64(session->sample, global->addr + offset, &value);
	return value;
}

struct error *session_find_address(const struct session *session,
				   const char *text, uint64_t *ret)
{
	const struct go_global *global;
	struct error *err, *other;
	uint32_t row;
	char *end;

	if (!strncmp(text, "0x", 2)) {
		*ret = strtoull(text, &end, 16);
		return *end || end == text + 2
			       ? error_new(ERROR_USAGE,
					   "'%s' is not an address", text)
			       : NULL;
	}
	global = go_global_find(session->rt, text);
	if (global) {
		*ret = global_target(session, global);
		return *ret ? NULL
			    : error_new(ERROR_NOT_FOUND, "%s is nil", text);
	}
	err = session_find_map(session, text, &row);
	if (!err) {
		*ret = session->rows[row].addr;
		return NULL;
	}
	other = session_eval_address(session, text, ret);
	if (other && strpbrk(text, "[*&")) {
		error_free(err);
		return other;
	}
	if (other) {
		error_free(other);
		return err;
	}
	error_free(err);
	return NULL;
}
