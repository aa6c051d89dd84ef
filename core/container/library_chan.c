/* Channels: runtime.hchan with its buffer behind it. */
#include <string.h>

#include "core/container/library.h"

static bool is_chan(const struct go_types *types, const struct go_type *type)
{
	(void)types;
	return type->role == GO_ROLE_CHAN ||
	       !strcmp(type->name, "runtime.hchan");
}

static void figures(const struct library_view *view,
		    struct library_figures *ret)
{
	const struct go_type *hchan = go_type(
		view->types, go_type_find(view->types, "runtime.hchan"));
	const struct go_type *type =
		go_type_field(view->type, "qcount") ? view->type : hchan;
	uint64_t buffer;

	ret->entries = library_word(view, type, view->addr, "qcount");
	ret->capacity = library_word(view, type, view->addr, "dataqsiz");
	buffer = library_word(view, type, view->addr, "buf");
	library_add_storage(view, view->addr, ret);
	if (ret->capacity && buffer - view->addr > 4096)
		library_add_storage(view, buffer, ret);
	ret->damaged = ret->entries > ret->capacity;
	ret->depth = 1;
}

const struct library_kind library_chan = {
	.name = "chan",
	.is = is_chan,
	.figures = figures,
	.own_object = true,
};
