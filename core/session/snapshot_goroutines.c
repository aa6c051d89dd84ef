/* Level maps: goroutines with their stacks, functions once each. */
#include <string.h>

#include "core/session/goroutines.h"
#include "core/session/snapshot_priv.h"

struct writer {
	const struct session *session;
	struct db *db;
	struct intern functions; /* "name\nfile" */
	const struct redactor *redactor;
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
	CLEANUP(buf_deinit) struct buf shown = {0};
	uint32_t before = w->functions.count;

	buf_printf(&key, "%s\n%s", name, file);
	*ret = intern_add(&w->functions, buf_str(&key));
	if (*ret != before)
		return NULL;
	redact_file(w->redactor, file, name, &shown);
	return db_put(w->put_function, "itt", (int64_t)*ret, name,
		      buf_str(&shown));
}

/* A place's function; UINT64_MAX if it is not known. */
static struct error *place_id(struct writer *w, uint32_t number,
			      enum goroutine_place which,
			      struct code_place *place, uint64_t *ret)
{
	struct error *err;
	uint32_t id = 0;

	*ret = UINT64_MAX;
	if (!session_goroutine_place(w->session, number, which, place))
		return NULL;
	err = function_id(w, place->function, place->file, &id);
	*ret = id;
	return err;
}

static struct error *put_frames(struct writer *w, uint32_t number)
{
	struct frame_row f;
	uint32_t i;

	for (i = 0; session_frame(w->session, number, i, &f); i++) {
		struct error *err;
		uint32_t id;

		if ((err = function_id(w, f.place.function, f.place.file,
				       &id)) ||
		    (err = db_put(w->put_frame, "iixxxiii", (int64_t)number,
				  (int64_t)i, f.place.pc, f.sp, f.cfa,
				  (int64_t)id, (int64_t)f.place.line,
				  (int64_t)f.inlined)))
			return err;
	}
	return NULL;
}

static struct error *put_goroutine(struct writer *w, uint32_t number)
{
	const struct go_goroutine *g = &w->session->rt->goroutines[number];
	struct code_place start = {0}, created = {0};
	uint64_t start_id, created_id, none = UINT64_MAX;
	struct goroutine_row row;
	struct error *err;

	session_goroutine(w->session, number, &row);
	if ((err = place_id(w, number, PLACE_START, &start, &start_id)) ||
	    (err = place_id(w, number, PLACE_GO, &created, &created_id)))
		return err;
	err = db_put(w->put_goroutine, "iittuuuxuixuiiixxx", (int64_t)number,
		     row.id, row.status, row.wait_reason, row.wait_ns,
		     row.thread ? (uint64_t)row.thread : none,
		     row.parent ? (uint64_t)row.parent : none, g->start_pc,
		     start_id, (int64_t)start.line, g->created_pc, created_id,
		     (int64_t)created.line, (int64_t)row.system,
		     (int64_t)row.incomplete, row.addr, g->stack_lo,
		     g->stack_hi);
	return err ? err : put_frames(w, number);
}

static struct error *put_maps(const struct session *session, struct db *db)
{
	CLEANUP(goroutine_maps_deinit) struct goroutine_maps maps = {0};
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct error *err;
	uint32_t i;

	session_goroutine_maps(session, &maps);
	if ((err = db_prepare(db, "INSERT INTO goroutine_map VALUES(?,?)", &q)))
		return err;
	for (i = 0; i < maps.count && !err; i++)
		err = db_put(q, "ii", (int64_t)maps.list[i].goroutine,
			     (int64_t)maps.list[i].map);
	return err;
}

struct error *snapshot_write_goroutines(const struct session *session,
					struct db *db,
					const struct redactor *redactor)
{
	CLEANUP(writer_deinit)
	struct writer w = {.session = session, .db = db, .redactor = redactor};
	uint32_t i, count = session_goroutine_count(session);
	struct error *err;

	if ((err = db_prepare(db, "INSERT INTO function VALUES(?,?,?)",
			      &w.put_function)) ||
	    (err = db_prepare(db,
			      "INSERT INTO goroutine VALUES(?,?,?,?,?,?,?,?,?,"
			      "?,?,?,?,?,?,?,?,?)",
			      &w.put_goroutine)) ||
	    (err = db_prepare(db, "INSERT INTO frame VALUES(?,?,?,?,?,?,?,?)",
			      &w.put_frame)))
		return err;
	for (i = 0; i < count && !err; i++)
		err = put_goroutine(&w, i);
	return err ? err : put_maps(session, db);
}
