/* The tables `suspect_path` and `allocation`: maps that deserve more. */
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/json.h"
#include "core/session/json_parse.h"
#include "core/session/stored.h"
#include "core/session/suspects.h"

static struct error *put_path(struct db_query *q, uint32_t row, uint32_t number,
			      const struct suspect_path *path)
{
	CLEANUP(json_deinit) struct json json = {0};
	uint64_t goroutine =
		path->goroutine ? (uint64_t)path->goroutine : UINT64_MAX;
	uint32_t i;

	json_open(&json, NULL, '[');
	for (i = 0; i < path->step_count; i++)
		json_string(&json, NULL, path->steps[i]);
	json_close(&json, ']');
	return db_put(q, "iitutii", (int64_t)row, (int64_t)number, path->root,
		      goroutine, buf_str(&json.out), (int64_t)path->merged,
		      (int64_t)path->strong);
}

static struct error *put_site(struct db_query *q, uint32_t row, uint32_t number,
			      const struct suspect_site *site, uint64_t sampled,
			      const struct redactor *redactor)
{
	CLEANUP(buf_deinit) struct buf file = {0};

	redact_file(redactor, site->file, site->function, &file);
	return db_put(q, "iittiuu", (int64_t)row, (int64_t)number,
		      site->function, buf_str(&file), (int64_t)site->line,
		      site->objects, sampled);
}

static struct error *put_all(struct db *db, const struct suspect_rows *rows,
			     const struct suspect_more *more,
			     const struct redactor *redactor)
{
	CLEANUP(db_query_cleanup) struct db_query *paths = NULL;
	CLEANUP(db_query_cleanup) struct db_query *sites = NULL;
	struct error *err;
	uint32_t i, k;

	if ((err = db_prepare(db,
			      "INSERT INTO suspect_path VALUES(?,?,?,?,?,?,?)",
			      &paths)) ||
	    (err = db_prepare(db,
			      "INSERT INTO allocation VALUES(?,?,?,?,?,?,?)",
			      &sites)))
		return err;
	for (i = 0; i < rows->count; i++) {
		const struct suspect_more *m = &more[i];

		for (k = 0; k < m->path_count && !err; k++)
			err = put_path(paths, rows->rows[i], k, &m->paths[k]);
		for (k = 0; k < m->site_count && !err; k++)
			err = put_site(sites, rows->rows[i], k, &m->sites[k],
				       m->sampled, redactor);
	}
	return err;
}

struct error *snapshot_write_suspects(const struct session *session,
				      struct db *db,
				      const struct snapshot_options *options)
{
	bool keys = options->level == SNAPSHOT_FULL; /* others hold no data */
	struct suspect_rows rows;
	struct suspect_more *more;
	struct error *err;
	uint32_t i;

	if ((err = db_exec(db, snapshot_schema_suspects)))
		return err;
	suspect_rows_load(session, options->suspects, &rows);
	more = xcalloc((size_t)rows.count + 1, sizeof(*more));
	err = suspects_load(session, &rows, !keys, more);
	if (!err)
		err = put_all(db, &rows, more, options->redactor);
	for (i = 0; i < rows.count; i++)
		suspect_more_deinit(&more[i]);
	free(more);
	return err;
}

static struct error *has_tables(struct db *db, bool *ret)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct error *err;

	err = db_prepare(db,
			 "SELECT 1 FROM sqlite_master WHERE type='table' AND "
			 "name IN ('suspect_path','allocation') "
			 "LIMIT 1 OFFSET 1",
			 &q);
	return err ? err : db_next(q, ret);
}

/* A word of ours: it is printed as such. */
static const char *known_root(const char *text)
{
	uint8_t kind;

	for (kind = 0; kind < UINT8_MAX; kind++)
		if (!strcmp(root_kind_name(kind), text))
			return root_kind_name(kind);
	return "unknown";
}

static struct error *read_paths(struct db_query *q, uint32_t row,
				struct suspect_more *ret)
{
	struct error *err;
	bool more;

	if ((err = db_bind(q, "i", (int64_t)row)))
		return err;
	while (!(err = db_next(q, &more)) && more &&
	       ret->path_count < SUSPECT_PATHS) {
		struct suspect_path *path = &ret->paths[ret->path_count];

		if (!json_parse_strings(db_text(q, 2), &path->steps,
					&path->step_count))
			return stored_damaged("suspect_path", row);
		path->root = xstrdup(known_root(db_text(q, 0)));
		path->goroutine = db_int(q, 1);
		path->merged = (uint32_t)db_int(q, 3);
		path->strong = db_int(q, 4) != 0;
		ret->path_count++;
	}
	return err;
}

static struct error *read_sites(struct db_query *q, uint32_t row,
				struct suspect_more *ret)
{
	struct error *err;
	bool more;

	if ((err = db_bind(q, "i", (int64_t)row)))
		return err;
	while (!(err = db_next(q, &more)) && more &&
	       ret->site_count < SUSPECT_SITES) {
		ret->sites[ret->site_count++] = (struct suspect_site){
			.function = xstrdup(db_text(q, 0)),
			.file = xstrdup(db_text(q, 1)),
			.line = (uint32_t)db_int(q, 2),
			.objects = (uint64_t)db_int(q, 3),
		};
		ret->sampled = (uint64_t)db_int(q, 4);
	}
	return err;
}

static struct error *read_all(struct db *db, const struct suspect_rows *rows,
			      struct suspect_more *ret)
{
	CLEANUP(db_query_cleanup) struct db_query *paths = NULL;
	CLEANUP(db_query_cleanup) struct db_query *sites = NULL;
	bool there = false;
	struct error *err;
	uint32_t i;

	if ((err = has_tables(db, &there)) || !there)
		return err;
	if ((err = db_prepare(db,
			      "SELECT root,goroutine,steps,merged,strong FROM "
			      "suspect_path WHERE map=? ORDER BY number",
			      &paths)) ||
	    (err = db_prepare(db,
			      "SELECT function,file,line,objects,sampled FROM "
			      "allocation WHERE map=? ORDER BY number",
			      &sites)))
		return err;
	for (i = 0; i < rows->count && !err; i++) {
		err = read_paths(paths, rows->rows[i], &ret[i]);
		if (!err)
			err = read_sites(sites, rows->rows[i], &ret[i]);
	}
	return err;
}

struct error *stored_suspects(const struct session *session,
			      const struct suspect_rows *rows,
			      struct suspect_more *ret)
{
	struct stored *s = session->stored;
	struct error *err;

	pthread_mutex_lock(&s->lock);
	err = read_all(s->db, rows, ret);
	pthread_mutex_unlock(&s->lock);
	return err;
}
