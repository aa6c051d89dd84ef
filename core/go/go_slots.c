/* Where pointers are in a value: the type's tree flattened once. */
#include <stdlib.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/go/go_types_priv.h"

enum { FLATTEN_ELEMENTS = 64, FLATTEN_SLOTS = 4096 };

struct flat {
	const struct go_types *types;
	struct go_slot *slots;
	uint32_t count, cap;
};

static void add(struct flat *flat, uint64_t offset, enum go_slot_kind kind,
		uint32_t target)
{
	GROW_ARRAY(flat->slots, flat->count, flat->cap);
	flat->slots[flat->count++] = (struct go_slot){
		.offset = offset,
		.target = target,
		.kind = (uint8_t)kind,
	};
}

static void flatten(struct flat *flat, uint32_t id, uint64_t offset,
		    unsigned depth);

static void flatten_array(struct flat *flat, const struct go_type *type,
			  uint64_t offset, unsigned depth)
{
	const struct go_type *elem = go_type(flat->types, type->elem);
	uint64_t i;

	if (elem->pointer_free || !elem->size)
		return;
	if (type->len > FLATTEN_ELEMENTS || flat->count > FLATTEN_SLOTS) {
		add(flat, offset, GO_SLOT_ARRAY, type->elem);
		flat->slots[flat->count - 1].stride = elem->size;
		flat->slots[flat->count - 1].count = type->len;
		return;
	}
	for (i = 0; i < type->len; i++)
		flatten(flat, type->elem, offset + i * elem->size, depth + 1);
}

static void flatten(struct flat *flat, uint32_t id, uint64_t offset,
		    unsigned depth)
{
	const struct go_type *type = go_type(flat->types, id);
	uint32_t i;

	if (type->pointer_free || depth > LIMIT_TYPE_DEPTH ||
	    flat->count > LIMIT_TYPE_FIELDS)
		return;
	switch (type->kind) {
	case GO_POINTER:
		add(flat, offset, GO_SLOT_POINTER, type->elem);
		break;
	case GO_SLICE:
		add(flat, offset, GO_SLOT_SLICE, type->elem);
		break;
	case GO_STRING:
		add(flat, offset, GO_SLOT_STRING, 0);
		break;
	case GO_INTERFACE:
		add(flat, offset,
		    type->has_methods ? GO_SLOT_IFACE : GO_SLOT_EFACE, 0);
		break;
	case GO_MAP:
		add(flat, offset, GO_SLOT_MAP, id);
		break;
	case GO_CHAN:
		add(flat, offset, GO_SLOT_CHAN, id);
		break;
	case GO_FUNC:
		add(flat, offset, GO_SLOT_FUNC, 0);
		break;
	case GO_UNSAFE_POINTER:
		add(flat, offset, GO_SLOT_UNSAFE, 0);
		break;
	case GO_ARRAY:
		flatten_array(flat, type, offset, depth);
		break;
	case GO_STRUCT:
		for (i = 0; i < type->field_count; i++)
			flatten(flat, type->fields[i].type,
				offset + type->fields[i].offset, depth + 1);
		break;
	default:
		break;
	}
}

static int by_offset(const void *a, const void *b)
{
	const struct go_slot *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

struct go_slots *go_slots_new(const struct go_types *types, uint32_t id)
{
	struct go_slots *slots = xcalloc(1, sizeof(*slots));
	struct flat flat = {.types = types};

	flatten(&flat, id, 0, 0);
	if (flat.count)
		qsort(flat.slots, flat.count, sizeof(*flat.slots), by_offset);
	slots->slots = flat.slots;
	slots->count = flat.count;
	return slots;
}
