/* Level maps: goroutines with their stacks, functions once each. */
#include <string.h>

#include "core/session/snapshot_priv.h"

struct writer {
	const struct go_runtime *rt;
	struct db *db;
	struct intern functions; /* "name\nfile" */
	struct db_query *put_function, *put_goroutine, *put_frame;
};

static void writer_deinit(struct writer *w)
{
	intern_deinit(&w->functions);
	db_query_free(w->put_function);
	db_query_free(w->put_goroutine);
	db_query_free(w->put_frame);
}

static struct error *function_id(struct writer *w, const char *name,
				 const char *file, uint32_t *ret)
{
	CLEANUP(buf_deinit) struct buf key = {0};
	uint32_t before = w->functions.count;

	buf_printf(&key, "%s\n%s", name, file);
	*ret = intern_add(&w->functions, buf_str(&key));
	if (*ret != before)
		return NULL;
	return db_put(w->put_function, "itt", (int64_t)*ret, name, file);
}

/* The function at @p pc; UINT64_MAX if none is known. */
static struct error *function_at(struct writer *w, uint64_t pc, uint64_t *ret)
{
	const char *name, *file;
	uint32_t line, id = 0;
	struct error *err;

	*ret = UINT64_MAX;
	if (!pc || !go_pc_lookup(w->rt, pc, &name, &file, &line))
		return NULL;
	err = function_id(w, name, file, &id);
	*ret = id;
	return err;
}

static struct error *put_frames(struct writer *w, uint32_t number)
{
	const struct go_goroutine *g = &w->rt->goroutines[number];
	uint32_t i;

	for (i = 0; i < g->frame_count; i++) {
		const struct go_frame *f = &w->rt->frames[g->first_frame + i];
		struct error *err;
		uint32_t id;

		if ((err = function_id(w, f->function, f->file, &id)) ||
		    (err = db_put(w->put_frame, "iixiii", (int64_t)number,
				  (int64_t)i, f->pc, (int64_t)id,
				  (int64_t)f->line, (int64_t)f->inlined)))
			return err;
	}
	return NULL;
}

static struct error *put_goroutine(struct writer *w, uint32_t number)
{
	const struct go_goroutine *g = &w->rt->goroutines[number];
	uint64_t start, created, none = UINT64_MAX;
	struct error *err;

	if ((err = function_at(w, g->start_pc, &start)) ||
	    (err = function_at(w, g->created_pc, &created)))
		return err;
	err = db_put(w->put_goroutine, "iittuuuxxuuixx", (int64_t)number, g->id,
		     g->status_name, g->wait_reason,
		     g->wait_since ? g->wait_since : none,
		     g->thread ? (uint64_t)g->thread : none,
		     g->parent ? (uint64_t)g->parent : none, g->start_pc,
		     g->created_pc, start, created, (int64_t)g->system,
		     g->stack_lo, g->stack_hi);
	return err ? err : put_frames(w, number);
}

struct error *snapshot_write_goroutines(const struct session *session,
					struct db *db)
{
	CLEANUP(writer_deinit) struct writer w = {.rt = session->rt, .db = db};
	struct error *err;
	uint32_t i;

	if ((err = db_prepare(db, "INSERT INTO function VALUES(?,?,?)",
			      &w.put_function)) ||
	    (err = db_prepare(db,
			      "INSERT INTO goroutine VALUES(?,?,?,?,?,?,?,?,?,"
			      "?,?,?,?,?)",
			      &w.put_goroutine)) ||
	    (err = db_prepare(db, "INSERT INTO frame VALUES(?,?,?,?,?,?)",
			      &w.put_frame)))
		return err;
	for (i = 0; i < session->rt->goroutine_count && !err; i++)
		err = put_goroutine(&w, i);
	return err;
}
