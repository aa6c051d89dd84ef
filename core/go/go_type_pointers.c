/* Which types can hold pointers, and which fit an interface's data word. */
#include "core/base/limits.h"
#include "core/go/go_types_priv.h"

/*
 * End of the last pointer word of a value of type @p id, 0 if it has none.
 * Recursion ends: a type contains itself only through a pointer, and hostile
 * descriptors are cut at LIMIT_TYPE_DEPTH.
 */
static uint64_t pointer_end(const struct go_types *types, uint32_t id,
			    unsigned depth)
{
	const struct go_type *type = type_at(types, id), *elem;
	uint64_t end, last = 0;
	uint32_t i;

	if (depth > LIMIT_TYPE_DEPTH)
		return 0;
	switch (type->kind) {
	case GO_POINTER:
	case GO_MAP:
	case GO_CHAN:
	case GO_FUNC:
	case GO_UNSAFE_POINTER:
	case GO_SLICE:
	case GO_STRING:
		return 8;
	case GO_INTERFACE:
		return 16;
	case GO_ARRAY:
		elem = type_at(types, type->elem);
		end = type->len ? pointer_end(types, type->elem, depth + 1) : 0;
		return end ? (type->len - 1) * elem->size + end : 0;
	case GO_STRUCT:
		for (i = 0; i < type->field_count; i++) {
			end = pointer_end(types, type->fields[i].type,
					  depth + 1);
			if (end && type->fields[i].offset + end > last)
				last = type->fields[i].offset + end;
		}
		return last;
	default:
		return 0;
	}
}

static bool is_direct(const struct go_types *types, const struct go_type *type,
		      unsigned depth)
{
	if (depth > LIMIT_TYPE_DEPTH)
		return false;
	switch (type->kind) {
	case GO_POINTER:
	case GO_MAP:
	case GO_CHAN:
	case GO_FUNC:
	case GO_UNSAFE_POINTER:
		return true;
	case GO_ARRAY:
		return type->len == 1 &&
		       is_direct(types, type_at(types, type->elem), depth + 1);
	case GO_STRUCT:
		return type->field_count == 1 &&
		       is_direct(types, type_at(types, type->fields[0].type),
				 depth + 1);
	default:
		return false;
	}
}

void type_finish(const struct go_types *types, struct go_type *type)
{
	type->ptr_bytes = pointer_end(types, type->id, 0);
	type->pointer_free = type->kind != GO_INVALID && !type->ptr_bytes;
	type->direct = is_direct(types, type, 0);
}
