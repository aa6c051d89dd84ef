/* Level stats: totals and findings. */
#include <stdio.h>

#include "core/session/snapshot_priv.h"

static struct error *put_at(struct db_query *q, const char *name, uint32_t i,
			    uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%s[%u]", name, i);
	return db_put(q, "tu", text, value);
}

/* pause_ns[0] is of the last collection, class_mallocs[0] of large objects. */
static struct error *write_lists(const struct session *session,
				 struct db_query *q)
{
	const struct go_memstats *s = &session->stats;
	struct error *err;
	uint32_t i;

	if (!session->have_stats)
		return NULL;
	for (i = 0; i < s->pause_count; i++)
		if ((err = put_at(q, "pause_ns", i, s->pauses[i].ns)) ||
		    (err = put_at(q, "pause_end_ns", i, s->pauses[i].end_ns)))
			return err;
	for (i = 0; i < GO_SIZE_CLASSES; i++)
		if ((err = put_at(q, "class_size", i, s->by_size[i].size)) ||
		    (err = put_at(q, "class_mallocs", i,
				  s->by_size[i].mallocs)) ||
		    (err = put_at(q, "class_frees", i, s->by_size[i].frees)))
			return err;
	return NULL;
}

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
	if ((err = write_lists(session, q)))
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
