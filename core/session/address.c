/* What lives at an address. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/heap/heap_priv.h"
#include "core/heap/owner.h"
#include "core/session/objects.h"
#include "core/session/session_priv.h"

static void load_owner(const struct session *session, uint32_t object,
		       struct address_info *ret)
{
	struct heap_map map = {.object = object, .reachable = true};
	struct heap_owner owner = {0};

	map.header = go_object_addr(session->rt, object);
	heap_owner_load(session->heap, &map, HEAP_OWNER_ONLY, &owner);
	ret->goroutine = owner.goroutine;
	ret->name = owner.name;
	owner.name = NULL;
	heap_owner_deinit(&owner);
}

static void load_object(const struct session *session, uint32_t object,
			struct address_info *ret)
{
	struct object_info info;

	object_info_load(session, object, &info);
	ret->object = object;
	ret->start = info.addr;
	ret->bytes = info.bytes;
	if (!heap_bit(session->rt->allocated, object)) {
		ret->state = "free";
		return;
	}
	ret->state = info.reachable ? "reachable" : "garbage";
	ret->type = info.type;
	ret->retained_bytes = info.retained_bytes;
	if (info.reachable)
		load_owner(session, object, ret);
}

static bool load_heap(const struct session *session, struct address_info *ret)
{
	const struct go_span *span = go_span_at(session->rt, ret->addr);
	uint32_t object;

	if (!span)
		return false;
	ret->in_heap = true;
	ret->state = "free";
	ret->span = span->base;
	ret->span_bytes = span->bytes;
	ret->slot_bytes = span->elem_size;
	ret->size_class = span->size_class;
	ret->noscan = span->noscan;
	object = go_object_at(session->rt, ret->addr);
	if (object != GO_NO_OBJECT)
		load_object(session, object, ret);
	return true;
}

static const struct go_frame *frame_at(const struct go_runtime *rt,
				       const struct go_goroutine *g,
				       uint64_t addr, uint32_t *index_ret)
{
	uint32_t i;

	for (i = 0; i < g->frame_count; i++) {
		const struct go_frame *frame = &rt->frames[g->first_frame + i];

		if (addr < frame->sp || addr >= frame->cfa)
			continue;
		*index_ret = g->first_frame + i;
		return frame;
	}
	return NULL;
}

static void load_frame(const struct go_runtime *rt,
		       const struct go_frame *frame, uint32_t index,
		       struct address_info *ret)
{
	uint32_t i;

	ret->name = xstrdup(frame->function);
	ret->place = xasprintf("%s:%" PRIu32, frame->file, frame->line);
	for (i = 0; i < rt->variable_count; i++) {
		const struct go_variable *v = &rt->variables[i];

		if (v->frame != index || ret->addr - v->addr >= v->size)
			continue;
		free(ret->name);
		ret->name = xasprintf("%s.%s", frame->function, v->name);
		ret->type = go_type(rt->types, v->type)->name;
		ret->start = v->addr;
		ret->bytes = v->size;
		return;
	}
}

static bool load_stack(const struct session *session, struct address_info *ret)
{
	const struct go_runtime *rt = session->rt;
	uint32_t i, index;

	for (i = 0; i < rt->goroutine_count; i++) {
		const struct go_goroutine *g = &rt->goroutines[i];
		const struct go_frame *frame;

		if (ret->addr < g->stack_lo || ret->addr >= g->stack_hi)
			continue;
		ret->state = "stack";
		ret->goroutine = g->id;
		frame = frame_at(rt, g, ret->addr, &index);
		if (frame)
			load_frame(rt, frame, index, ret);
		return true;
	}
	return false;
}

static bool load_global(const struct session *session, struct address_info *ret)
{
	const struct go_runtime *rt = session->rt;
	const struct go_global *global = go_global_at(rt, ret->addr);
	CLEANUP(buf_deinit) struct buf name = {0};

	if (!global)
		return false;
	buf_adds(&name, global->name);
	heap_add_parts(rt->types, go_type(rt->types, global->type),
		       ret->addr - global->addr, true, &name);
	ret->state = "data";
	ret->name = buf_steal(&name);
	ret->type =
		global->type ? go_type(rt->types, global->type)->name : NULL;
	ret->start = global->addr;
	ret->bytes = global->size;
	return true;
}

static bool load_code(const struct session *session, struct address_info *ret)
{
	const char *function, *file;
	uint32_t line;

	if (!go_pc_lookup(session->rt, ret->addr, &function, &file, &line))
		return false;
	ret->state = "text";
	ret->name = xstrdup(function);
	ret->place = xasprintf("%s:%" PRIu32, file, line);
	return true;
}

static void load_mapping(const struct session *session,
			 struct address_info *ret)
{
	size_t count, i;
	const struct sample_mapping *mappings =
		sample_mappings(session->sample, &count);

	ret->state = "unmapped";
	for (i = 0; i < count; i++) {
		const struct sample_mapping *m = &mappings[i];

		if (ret->addr < m->start || ret->addr >= m->end)
			continue;
		ret->state = "mapped";
		ret->start = m->start;
		ret->bytes = m->end - m->start;
		ret->place = xasprintf("%s %c%c%c", *m->path ? m->path : "anon",
				       m->readable ? 'r' : '-',
				       m->writable ? 'w' : '-',
				       m->executable ? 'x' : '-');
	}
}

void address_info_load(const struct session *session, uint64_t addr,
		       struct address_info *ret)
{
	*ret = (struct address_info){
		.addr = addr,
		.object = UINT32_MAX,
		.retained_bytes = UINT64_MAX,
	};
	if (!load_heap(session, ret) && !load_stack(session, ret) &&
	    !load_global(session, ret) && !load_code(session, ret))
		load_mapping(session, ret);
}

void address_info_deinit(struct address_info *info)
{
	free(info->name);
	free(info->place);
	*info = (struct address_info){0};
}
