#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/session/stored.h"

static struct error *load_list(struct stored *s)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct go_runtime *rt = &s->stacks;
	struct error *err;
	size_t cap = 0;
	bool more;

	if ((err = db_prepare(s->db,
			      "SELECT id,goid,status,wait_reason,thread,"
			      "parent,start_pc,created_pc,system,incomplete,"
			      "addr,stack_lo,stack_hi FROM goroutine "
			      "ORDER BY id",
			      &q)))
		return err;
	while (!(err = db_next(q, &more)) && more) {
		if (db_int(q, 0) != rt->goroutine_count ||
		    rt->goroutine_count >= LIMIT_GOROUTINES)
			return stored_damaged("goroutine", db_int(q, 0));
		GROW_ARRAY(rt->goroutines, rt->goroutine_count, cap);
		rt->goroutines[rt->goroutine_count++] = (struct go_goroutine){
			.id = db_int(q, 1),
			.status_name = stored_word(s, db_text(q, 2)),
			.wait_reason = stored_word(s, db_text(q, 3)),
			.thread = (pid_t)db_int(q, 4),
			.parent = db_int(q, 5),
			.start_pc = (uint64_t)db_int(q, 6),
			.created_pc = (uint64_t)db_int(q, 7),
			.system = db_int(q, 8) != 0,
			.conservative = db_int(q, 9) != 0,
			.g = (uint64_t)db_int(q, 10),
			.stack_lo = (uint64_t)db_int(q, 11),
			.stack_hi = (uint64_t)db_int(q, 12),
		};
	}
	return err;
}

static struct code_place take_place(struct stored *s, struct db_query *q,
				    int column, uint64_t pc)
{
	struct code_place place = {.pc = pc};

	if (db_is_null(q, column))
		return place;
	place.function = stored_word(s, db_text(q, column));
	place.file = stored_word(s, db_text(q, column + 1));
	place.line = (uint32_t)db_int(q, column + 2);
	return place;
}

static struct error *load_places(struct stored *s)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	size_t count = (size_t)s->stacks.goroutine_count + 1;
	struct error *err;
	uint32_t i = 0;
	bool more;

	s->waits = xcalloc(count, sizeof(*s->waits));
	s->start = xcalloc(count, sizeof(*s->start));
	s->created = xcalloc(count, sizeof(*s->created));
	if ((err = db_prepare(s->db,
			      "SELECT g.wait_ns,a.name,a.file,g.start_line,"
			      "b.name,b.file,g.created_line FROM goroutine g "
			      "LEFT JOIN function a ON a.id=g.start "
			      "LEFT JOIN function b ON b.id=g.created_by "
			      "ORDER BY g.id",
			      &q)))
		return err;
	while (!(err = db_next(q, &more)) && more &&
	       i < s->stacks.goroutine_count) {
		const struct go_goroutine *g = &s->stacks.goroutines[i];

		s->waits[i] = db_u64(q, 0);
		s->start[i] = take_place(s, q, 1, g->start_pc);
		s->created[i] = take_place(s, q, 4, g->created_pc);
		i++;
	}
	return err;
}

/* Frames come goroutine by goroutine, innermost first. */
static struct error *load_frames(struct stored *s)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct go_runtime *rt = &s->stacks;
	struct error *err;
	size_t cap = 0;
	bool more;

	if ((err = db_prepare(s->db,
			      "SELECT f.goroutine,f.pc,f.sp,f.cfa,n.name,"
			      "n.file,f.line,f.inlined FROM frame f JOIN "
			      "function n ON n.id=f.function "
			      "ORDER BY f.goroutine,f.number",
			      &q)))
		return err;
	while (!(err = db_next(q, &more)) && more) {
		uint64_t number = db_u64(q, 0);
		struct go_goroutine *g;

		if (number >= rt->goroutine_count ||
		    rt->frame_count >= UINT32_MAX / 2)
			return stored_damaged("frame", (int64_t)number);
		g = &rt->goroutines[number];
		if (!g->frame_count++)
			g->first_frame = rt->frame_count;
		GROW_ARRAY(rt->frames, rt->frame_count, cap);
		rt->frames[rt->frame_count++] = (struct go_frame){
			.pc = (uint64_t)db_int(q, 1),
			.sp = (uint64_t)db_int(q, 2),
			.cfa = (uint64_t)db_int(q, 3),
			.function = stored_word(s, db_text(q, 4)),
			.file = stored_word(s, db_text(q, 5)),
			.line = (uint32_t)db_int(q, 6),
			.goroutine = (uint32_t)number,
			.inlined = db_int(q, 7) != 0,
		};
	}
	return err;
}

static struct error *load_maps(struct session *session)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct stored *s = session->stored;
	struct error *err;
	size_t cap = 0;
	bool more;

	if ((err = db_prepare(s->db,
			      "SELECT goroutine,map FROM goroutine_map "
			      "ORDER BY goroutine,map",
			      &q)))
		return err;
	while (!(err = db_next(q, &more)) && more) {
		uint64_t goroutine = db_u64(q, 0), map = db_u64(q, 1);

		if (goroutine >= s->stacks.goroutine_count ||
		    map >= session->row_count)
			return stored_damaged("goroutine_map",
					      (int64_t)goroutine);
		GROW_ARRAY(s->maps.list, s->maps.count, cap);
		s->maps.list[s->maps.count++] = (struct goroutine_map){
			(uint32_t)goroutine, (uint32_t)map};
	}
	return err;
}

struct error *stored_load_goroutines(struct session *session)
{
	struct stored *s = session->stored;
	struct error *err;

	if ((err = load_list(s)) || (err = load_places(s)) ||
	    (err = load_frames(s)))
		return err;
	return load_maps(session);
}

bool stored_place(const struct session *session, uint32_t goroutine,
		  bool created, struct code_place *ret)
{
	const struct stored *s = session->stored;
	const struct code_place *place =
		created ? &s->created[goroutine] : &s->start[goroutine];

	if (place->function)
		*ret = *place;
	else
		ret->pc = place->pc;
	return place->function != NULL;
}

void stored_goroutine_maps(const struct session *session,
			   struct goroutine_maps *ret)
{
	const struct goroutine_maps *maps = &session->stored->maps;

	*ret = (struct goroutine_maps){.count = maps->count};
	ret->list = xcalloc((size_t)maps->count + 1, sizeof(*ret->list));
	if (maps->count)
		memcpy(ret->list, maps->list, maps->count * sizeof(*ret->list));
}
