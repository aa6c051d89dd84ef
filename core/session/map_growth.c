/* How far a map's growth is, and what its keys and elements take. */
#include <stdio.h>

#include "core/session/stored.h"

enum { GROWTH_TEXT = 24, RING = 16, ALL_MOVED = 100 };

struct map_growth map_growth_of(bool swiss, unsigned depth, uint64_t old,
				uint64_t moved, bool same_size)
{
	struct map_growth ret = {.kind = GROWTH_NONE};

	if (swiss) {
		if (depth)
			ret = (struct map_growth){GROWTH_SPLIT, (uint8_t)depth};
		return ret;
	}
	if (!old)
		return ret;
	ret.kind = same_size ? GROWTH_SAME : GROWTH_DOUBLE;
	ret.n = moved >= old
			? ALL_MOVED
			: (uint8_t)((double)moved * ALL_MOVED / (double)old);
	return ret;
}

/* Moves that are going on come first, those with most to do before others. */
static uint64_t rank(struct map_growth growth)
{
	switch (growth.kind) {
	case GROWTH_SAME:
	case GROWTH_DOUBLE:
		return UINT8_MAX + 1 + ALL_MOVED - (uint64_t)growth.n;
	case GROWTH_SPLIT:
		return growth.n;
	default:
		return 0;
	}
}

struct map_growth map_growth_most(struct map_growth a, struct map_growth b)
{
	if (a.kind == GROWTH_UNKNOWN)
		return b;
	return b.kind != GROWTH_UNKNOWN && rank(b) > rank(a) ? b : a;
}

void map_growth_put(struct map_growth growth, struct cell *ret)
{
	static const char *const words[] = {
		[GROWTH_SPLIT] = "split depth",
		[GROWTH_DOUBLE] = "2x",
		[GROWTH_SAME] = "same",
	};
	static _Thread_local char ring[RING][GROWTH_TEXT];
	static _Thread_local unsigned next;
	char *s = ring[next++ % RING];

	if (growth.kind <= GROWTH_NONE) {
		cell_put_text(ret, growth.kind ? "none" : NULL);
		return;
	}
	snprintf(s, GROWTH_TEXT, "%s %u%s", words[growth.kind],
		 (unsigned)growth.n, growth.kind == GROWTH_SPLIT ? "" : "%");
	cell_put_text(ret, s);
	ret->u = rank(growth);
}

/* Sizes of a key and an element; false if the type is not known. */
static bool sizes_of(const struct session *session, const struct map_row *row,
		     uint64_t *key, uint64_t *elem)
{
	const struct go_type *type;

	if (session->stored)
		return stored_map_sizes(session->stored, row->type, key, elem);
	type = go_type(session->rt->types, row->type);
	if (type->kind != GO_MAP || !type->key || !type->elem)
		return false;
	*key = go_type(session->rt->types, type->key)->size;
	*elem = go_type(session->rt->types, type->elem)->size;
	return true;
}

void map_row_sizes(const struct session *session, const struct map_row *row,
		   uint64_t *keys_ret, uint64_t *elems_ret)
{
	uint64_t key, elem;

	*keys_ret = *elems_ret = UINT64_MAX;
	if (row->flags & (MAP_UNTYPED | MAP_UNREADABLE) ||
	    !sizes_of(session, row, &key, &elem))
		return;
	if (__builtin_mul_overflow(row->live, key, keys_ret))
		*keys_ret = UINT64_MAX;
	if (__builtin_mul_overflow(row->live, elem, elems_ret))
		*elems_ret = UINT64_MAX;
}
