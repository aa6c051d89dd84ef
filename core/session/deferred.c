#include "core/session/deferred.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/go/defers.h"
#include "core/session/session_priv.h"

static struct code_place place_of(const struct session *session, uint64_t pc,
				  uint64_t look)
{
	struct code_place place = {.pc = pc, .function = "?", .file = ""};

	if (pc)
		go_pc_lookup(session->rt, look, &place.function, &place.file,
			     &place.line);
	return place;
}

/* @p before is the row before, of the same function as a rule, or NULL. */
static void fill(const struct session *session, uint32_t goroutine,
		 const struct go_defer *d, const struct deferred_row *before,
		 struct deferred_row *ret)
{
	static const char *const kinds[] = {
		[GO_DEFER_OPEN] = "open-coded",
		[GO_DEFER_STACK] = "stack",
		[GO_DEFER_HEAP] = "heap",
		[GO_DEFER_RANGE] = "range",
	};
	const struct go_runtime *rt = session->rt;

	*ret = (struct deferred_row){
		.place = place_of(session, d->entry, d->entry),
		.by = place_of(session, d->pc, d->pc - 1),
		.calls = before && before->place.pc == d->entry
				 ? before->calls
				 : go_defer_wrapped(rt, d->entry),
		.kind = kinds[d->kind],
		.closure = d->closure,
		.record = d->record,
		.frame = UINT32_MAX,
	};
	if (d->frame != UINT32_MAX)
		ret->frame = d->frame - rt->goroutines[goroutine].first_frame;
}

struct error *session_deferred(const struct session *session,
			       uint32_t goroutine, struct deferred_calls *ret)
{
	struct go_defers defers;
	uint32_t i;

	*ret = (struct deferred_calls){0};
	if (session->stored)
		return session_needs_memory(session);
	go_defers_load(session->rt, goroutine, &defers);
	ret->list = xcalloc(defers.count + 1, sizeof(*ret->list));
	ret->incomplete = defers.incomplete;
	for (i = 0; i < defers.count && !session_ended(session); i++) {
		fill(session, goroutine, &defers.list[i],
		     i ? &ret->list[i - 1] : NULL, &ret->list[i]);
		ret->count++;
	}
	go_defers_deinit(&defers);
	return job_check(session->command);
}

void deferred_calls_deinit(struct deferred_calls *calls)
{
	free(calls->list);
	*calls = (struct deferred_calls){0};
}

uint32_t deferred_calls_first(const struct deferred_calls *calls,
			      uint32_t frame)
{
	uint32_t i = 0;

	while (i < calls->count && calls->list[i].frame < frame)
		i++;
	return i;
}

/* "&x" is the address of x, which is shared with the function around. */
static void fill_variable(const struct frame_variables *v,
			  const struct go_field *field, uint64_t closure,
			  struct variable_row *ret)
{
	const struct go_types *types = v->session->rt->types;
	uint32_t id = field->type;

	*ret = (struct variable_row){
		.name = field->name,
		.addr = closure + field->offset,
	};
	if (*field->name == '&' && go_type(types, id)->kind == GO_POINTER) {
		ret->name++;
		ret->escaped = true;
		id = go_type(types, id)->elem;
		if (!sample_u64(v->session->sample, ret->addr, &ret->addr) ||
		    !ret->addr)
			ret->why = "unreadable";
	}
	ret->type_id = id;
	ret->type = go_type(types, id)->name;
}

struct error *session_deferred_variables(const struct session *session,
					 const struct deferred_row *row,
					 struct frame_variables *ret)
{
	struct go_types *types = session->rt->types;
	const struct go_type *type;
	uint32_t i;

	*ret = (struct frame_variables){.session = session};
	ret->memory = sample_new_overlay(session->sample);
	if (!row->closure)
		return NULL;
	type = go_type(types, go_type_closure(types, row->place.pc));
	ret->list = xcalloc(type->field_count + 1, sizeof(*ret->list));
	for (i = 0; i < type->field_count; i++)
		fill_variable(ret, &type->fields[i], row->closure,
			      &ret->list[ret->count++]);
	return NULL;
}

struct error *session_check_ancestors(const struct session *session)
{
	return session->stored ? session_needs_memory(session) : NULL;
}

bool session_ancestor(const struct session *session, uint32_t goroutine,
		      uint32_t n, uint32_t depth, struct ancestor *ret)
{
	struct go_ancestor found;
	uint32_t i;

	*ret = (struct ancestor){0};
	if (session->stored ||
	    !go_ancestor_at(session->rt, goroutine, n, &found))
		return false;
	ret->id = found.id;
	ret->frames = xcalloc(found.count + 1, sizeof(*ret->frames));
	for (i = 0; i < found.count && i < depth; i++) {
		uint64_t pc;

		memcpy(&pc, found.pcs + 8ULL * i, sizeof(pc));
		ret->frames[ret->count++] = place_of(session, pc, pc - 1);
	}
	return true;
}

void ancestor_deinit(struct ancestor *ancestor)
{
	free(ancestor->frames);
	*ancestor = (struct ancestor){0};
}
