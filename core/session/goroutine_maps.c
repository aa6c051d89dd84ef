/* Which goroutine refers to which map. */
#include <stdlib.h>

#include "core/base/xalloc.h"
#include "core/session/goroutines.h"
#include "core/session/stored.h"

static int compare(const void *a, const void *b)
{
	const struct goroutine_map *x = a, *y = b;

	if (x->goroutine != y->goroutine)
		return x->goroutine < y->goroutine ? -1 : 1;
	return x->map < y->map ? -1 : x->map > y->map;
}

/* The row of a map header, UINT32_MAX if there is none. */
static uint32_t row_at(const struct session *session, uint64_t addr)
{
	uint32_t low = 0, high = session->row_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (session->rows[middle].addr < addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low < session->row_count && session->rows[low].addr == addr
		       ? low
		       : UINT32_MAX;
}

static void add(const struct session *session, struct goroutine_maps *ret,
		uint32_t *cap, uint32_t frame, uint64_t header)
{
	const struct go_runtime *rt = session->rt;
	uint32_t row = row_at(session, header);

	if (row == UINT32_MAX || frame >= rt->frame_count)
		return;
	GROW_ARRAY(ret->list, ret->count, *cap);
	ret->list[ret->count++] = (struct goroutine_map){
		.goroutine = rt->frames[frame].goroutine,
		.map = row,
	};
}

void session_goroutine_maps(const struct session *session,
			    struct goroutine_maps *ret)
{
	const struct go_runtime *rt = session->rt;
	uint32_t cap = 0, i, n = 0;

	*ret = (struct goroutine_maps){0};
	if (session->stored) {
		stored_goroutine_maps(session, ret);
		return;
	}
	for (i = 0; i < rt->root_count; i++) {
		const struct go_root *root = &rt->roots[i];

		if (root->kind == GO_ROOT_STACK ||
		    root->kind == GO_ROOT_REGISTER)
			add(session, ret, &cap, root->owner, root->value);
	}
	for (i = 0; i < rt->stack_map_count; i++)
		add(session, ret, &cap, rt->stack_maps[i].frame,
		    rt->stack_maps[i].header);
	if (ret->count)
		qsort(ret->list, ret->count, sizeof(*ret->list), compare);
	for (i = 0; i < ret->count; i++)
		if (!i || compare(&ret->list[i], &ret->list[i - 1]))
			ret->list[n++] = ret->list[i];
	ret->count = n;
}

void goroutine_maps_deinit(struct goroutine_maps *maps)
{
	free(maps->list);
	*maps = (struct goroutine_maps){0};
}

uint32_t goroutine_maps_first(const struct goroutine_maps *maps,
			      uint32_t goroutine)
{
	uint32_t low = 0, high = maps->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (maps->list[middle].goroutine < goroutine)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
