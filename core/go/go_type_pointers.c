/* Which types can hold pointers, and which fit an interface's data word. */
#include "core/base/limits.h"
#include "core/go/go_types_priv.h"

static uint64_t struct_end(const struct go_types *types,
			   const struct go_type *type, unsigned depth);

/*
 * End of the last pointer word of a value of the type, 0 if it has none.
 * Recursion ends: a type contains itself only through a pointer, and hostile
 * descriptors are cut at LIMIT_TYPE_DEPTH. What parts said is kept: two fields
 * of a type with two fields, and so on, would double the work with each level.
 */
static uint64_t pointer_end(const struct go_types *types, struct go_type *type,
			    unsigned depth)
{
	uint64_t end = 0, offset;

	if (type->ptr_bytes || type->pointer_free || type->kind == GO_INVALID ||
	    depth > LIMIT_TYPE_DEPTH)
		return type->ptr_bytes;
	if (go_kind_refers(type->kind, &offset)) {
		end = offset + 8;
	} else if (type->kind == GO_ARRAY && type->len) {
		struct go_type *elem = type_at(types, type->elem);

		end = pointer_end(types, elem, depth + 1);
		end = end ? (type->len - 1) * elem->size + end : 0;
	} else if (type->kind == GO_STRUCT) {
		end = struct_end(types, type, depth);
	}
	type->ptr_bytes = end;
	type->pointer_free = !end;
	return end;
}

static uint64_t struct_end(const struct go_types *types,
			   const struct go_type *type, unsigned depth)
{
	uint64_t end, last = 0;
	uint32_t i;

	for (i = 0; i < type->field_count; i++) {
		const struct go_field *field = &type->fields[i];

		end = pointer_end(types, type_at(types, field->type),
				  depth + 1);
		if (end && field->offset + end > last)
			last = field->offset + end;
	}
	return last;
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
	/* It may have been asked while it was not complete. */
	type->ptr_bytes = 0;
	type->pointer_free = false;
	pointer_end(types, type, 0);
	type->direct = is_direct(types, type, 0);
}
