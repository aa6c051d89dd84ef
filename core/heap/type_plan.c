#include "core/heap/type_plan.h"

#include <stdlib.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"

static bool starts_with(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

/** What the unsafe pointer inside this library type points to; 0 if unknown. */
static uint32_t hidden_target(struct go_types *types,
			      const struct go_type *type, uint32_t any_type)
{
	const struct go_type *marker;

	if (starts_with(type->name, "sync/atomic.Pointer[") &&
	    type->field_count) {
		/* its first field is _ [0]*T */
		marker = go_type(types, type->fields[0].type);
		if (marker->kind == GO_ARRAY)
			marker = go_type(types, marker->elem);
		return marker->kind == GO_POINTER ? marker->elem : 0;
	}
	if (!strcmp(type->name, "sync.Pool")) /* local and victim */
		return go_type_find(types, "sync.poolLocal");
	return !strcmp(type->name, "sync.entry") ? any_type : 0;
}

/** The second word of an interface that sync takes apart by itself. */
static bool is_dynamic(const struct go_types *types, const struct go_type *type,
		       uint64_t offset)
{
	while (type->kind == GO_ARRAY && type->elem) {
		type = go_type(types, type->elem);
		offset = type->size ? offset % type->size : 0;
	}
	return offset == 8 && !strcmp(type->name, "sync.eface");
}

/**
 * The library type with a hidden target that covers @p offset of @p type,
 * outermost first.
 */
static uint32_t target_at(struct go_types *types, const struct go_type *type,
			  uint64_t offset, uint32_t any_type)
{
	uint64_t depth;
	uint32_t target, i;

	for (depth = 0; depth < LIMIT_TYPE_DEPTH; depth++) {
		if ((target = hidden_target(types, type, any_type)))
			return target;
		if (type->kind == GO_ARRAY && type->elem) {
			type = go_type(types, type->elem);
			if (!type->size)
				return 0;
			offset %= type->size;
			continue;
		}
		if (type->kind != GO_STRUCT)
			return 0;
		for (i = type->field_count; i > 0; i--) {
			const struct go_field *field = &type->fields[i - 1];
			const struct go_type *inner =
				go_type(types, field->type);

			if (offset >= field->offset &&
			    offset - field->offset < inner->size) {
				offset -= field->offset;
				type = inner;
				break;
			}
		}
		if (!i)
			return 0;
	}
	return 0;
}

void type_plan_init(struct type_plan *plan, struct go_types *types,
		    uint32_t type, uint32_t any_type)
{
	const struct go_slots *slots = go_type_slots(types, type);
	struct go_slot *copy = NULL;
	uint32_t i, target;
	bool dynamic;

	*plan = (struct type_plan){.type = go_type(types, type)};
	if (!slots || !plan->type->size)
		return;
	plan->slots = slots->slots;
	plan->count = slots->count;
	plan->node = starts_with(plan->type->name, "internal/sync.node[");
	plan->timer = !strcmp(plan->type->name, "time.Timer") ||
		      !strcmp(plan->type->name, "time.Ticker");
	for (i = 0; i < slots->count; i++) {
		const struct go_slot *slot = &slots->slots[i];

		if (slot->kind != GO_SLOT_UNSAFE || slot->target)
			continue;
		target = target_at(types, plan->type, slot->offset, any_type);
		dynamic = is_dynamic(types, plan->type, slot->offset);
		if (!target && !dynamic)
			continue;
		if (!copy) {
			copy = xreallocarray(NULL, slots->count, sizeof(*copy));
			memcpy(copy, slots->slots,
			       slots->count * sizeof(*copy));
		}
		copy[i].kind = dynamic ? GO_SLOT_EFACE : GO_SLOT_POINTER;
		copy[i].target = target;
		/* of the pair, whose first word stays what it is */
		copy[i].offset -= dynamic ? 8 : 0;
	}
	if (copy) {
		plan->slots = copy;
		plan->owned = true;
	}
}

void type_plan_deinit(struct type_plan *plan)
{
	if (plan->owned)
		free((void *)(uintptr_t)plan->slots);
	*plan = (struct type_plan){0};
}
