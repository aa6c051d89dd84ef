/* Level stats: totals and findings. */
#include "core/session/snapshot_priv.h"

static struct error *write_stats(const struct session *session, struct db *db)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct session_totals t;
	struct error *err;
	size_t i;

	session_totals(session, &t);
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {
#define X(name) {#name, (uint64_t)t.name},
		STAT_ROWS(X)
#undef X
			{"runtime_heap_objects",
			 session->have_stats ? session->stats.heap_objects
					     : UINT64_MAX},
		{"runtime_goroutines",
		 session->have_stats ? session->stats.goroutines : UINT64_MAX},
	};
	if ((err = db_prepare(db, "INSERT INTO stat VALUES(?,?)", &q)))
		return err;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if ((err = db_put(q, "tu", rows[i].name, rows[i].value)))
			return err;
	return db_put(q, "tt", "gc_phase", t.gc_phase);
}

static struct error *write_findings(const struct session *session,
				    struct db *db, bool maps)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	uint32_t i, count;
	const struct finding *list = session_findings(session, &count);
	struct error *err;

	if ((err = db_prepare(db,
			      "INSERT INTO finding VALUES(?,?,?,?,?,?,?,?,?,?,"
			      "?,?)",
			      &q)))
		return err;
	for (i = 0; i < count; i++) {
		const struct finding *f = &list[i];

		err = db_put(q, "itiuttttttxu", (int64_t)i, f->rule,
			     (int64_t)f->severity, f->bytes, f->title, f->owner,
			     f->evidence, f->why, f->action, f->verb, f->addr,
			     maps ? (uint64_t)f->row : UINT64_MAX);
		if (err)
			return err;
	}
	return NULL;
}

struct error *snapshot_write_stats(const struct session *session, struct db *db,
				   bool maps)
{
	struct error *err;

	if ((err = db_exec(db, snapshot_schema_stats)) ||
	    (err = write_stats(session, db)))
		return err;
	return write_findings(session, db, maps);
}
