#include "core/container/library.h"

#include <string.h>

#include "core/base/attr.h"

static const struct library_kind *const kinds[] = {
	&library_trie, &library_sync_map, &library_list, &library_chan};

const struct library_kind *library_kind_of(const struct go_types *types,
					   const struct go_type *type)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i]->is(types, type))
			return kinds[i];
	return NULL;
}

uint64_t library_word(const struct library_view *view,
		      const struct go_type *type, uint64_t addr,
		      const char *name)
{
	const struct go_field *field = go_type_field(type, name);
	const struct go_type *inner;
	uint64_t word = 0, size;

	if (!field)
		return 0;
	inner = go_type(view->types, field->type);
	/* a wrapper like atomic.Pointer[T] keeps its word last */
	size = inner->size < 8 ? inner->size : 8;
	addr += field->offset + (inner->size > 8 && inner->kind == GO_STRUCT
					 ? inner->size - 8
					 : 0);
	if (size == 8)
		sample_u64(view->sample, addr, &word);
	else if (size == 1) {
		uint8_t byte = 0;

		sample_u8(view->sample, addr, &byte);
		word = byte;
	} else if (size == 4) {
		uint32_t half = 0;

		sample_u32(view->sample, addr, &half);
		word = half;
	}
	return word;
}

void library_add_storage(const struct library_view *view, uint64_t addr,
			 struct library_figures *ret)
{
	ret->nodes++;
	ret->storage += view->storage(view->storage_arg, addr);
}
