#include "core/session/ref_exclude.h"

#include <stdlib.h>

#include "core/base/xalloc.h"
#include "core/heap/heap_priv.h"
#include "core/session/session_priv.h"

/* One regex match a type, not one an object. */
static void mark_objects(const struct session *session,
			 struct ref_exclusion *exclusion)
{
	const struct go_types *types = session->rt->types;
	const struct heap *heap = session->heap;
	uint32_t count = go_type_count(types), i;
	CLEANUP(free_cleanup) bool *hit = xcalloc((size_t)count + 1, 1);

	for (i = 1; i < count; i++)
		hit[i] = ref_exclusion_has(exclusion, go_type(types, i)->name);
	for (i = 0; i < heap->count; i++)
		if (heap->type[i] < count && hit[heap->type[i]])
			heap_bit_set(exclusion->objects, i);
}

struct error *ref_exclusion_load(const struct session *session,
				 const char *pattern, struct ref_exclusion *ret)
{
	char text[128];
	int rc;

	*ret = (struct ref_exclusion){0};
	if (!pattern)
		return NULL;
	rc = regcomp(&ret->re, pattern, REG_EXTENDED | REG_NOSUB);
	if (rc) {
		regerror(rc, &ret->re, text, sizeof(text));
		return error_new(ERROR_USAGE, "'%s': %s", pattern, text);
	}
	ret->any = true;
	ret->bytes = heap_bitmap_bytes(session->heap);
	ret->objects = big_alloc(ret->bytes);
	mark_objects(session, ret);
	return NULL;
}

bool ref_exclusion_has(const struct ref_exclusion *exclusion, const char *name)
{
	return exclusion->any && name &&
	       !regexec(&exclusion->re, name, 0, NULL, 0);
}

void ref_exclusion_deinit(struct ref_exclusion *exclusion)
{
	if (!exclusion->any)
		return;
	regfree(&exclusion->re);
	big_free(exclusion->objects, exclusion->bytes);
	exclusion->any = false;
}
