/* container/list.List: a ring of elements through a root in the list. */
#include <string.h>

#include "core/container/library.h"

enum { MAX_ELEMENTS = 1 << 27 };

static bool is_list(const struct go_types *types, const struct go_type *type)
{
	(void)types;
	return type->kind == GO_STRUCT &&
	       !strcmp(type->name, "container/list.List");
}

static void figures(const struct library_view *view,
		    struct library_figures *ret)
{
	const struct go_field *root = go_type_field(view->type, "root");
	uint64_t len = library_word(view, view->type, view->addr, "len"), at;
	const struct go_type *element;
	uint64_t head;

	ret->capacity = UINT64_MAX;
	if (!root)
		return;
	head = view->addr + root->offset;
	element = go_type(view->types, root->type);
	at = library_word(view, element, head, "next");
	while (at && at != head && ret->entries < MAX_ELEMENTS &&
	       ret->entries <= len) {
		ret->entries++;
		library_add_storage(view, at, ret);
		at = library_word(view, element, at, "next");
	}
	ret->damaged = ret->entries != len;
	ret->depth = 1;
}

const struct library_kind library_list = {
	.name = "list",
	.is = is_list,
	.figures = figures,
};
