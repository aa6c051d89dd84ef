#include "core/session/series_store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"

static const char schema[] =
	"CREATE TABLE series("
	" id INTEGER PRIMARY KEY, metric TEXT NOT NULL UNIQUE,"
	" unit TEXT NOT NULL);"
	"CREATE TABLE point("
	" id INTEGER PRIMARY KEY, time_ns INTEGER NOT NULL,"
	" stop_ns INTEGER NOT NULL, headroom_bytes INTEGER,"
	" memory_limit TEXT);"
	"CREATE TABLE value("
	" series INTEGER NOT NULL REFERENCES series(id),"
	" point INTEGER NOT NULL REFERENCES point(id),"
	" value REAL, PRIMARY KEY(series, point)) WITHOUT ROWID;";

/* Sizes and counts are below; what is above overflows an integer. */
static const double VALUE_MAX = 0x1p63;

/* The headroom of the last point is the one that counts. */
static struct error *put_points(struct db *db, const struct series_set *set)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct error *err;
	uint32_t i;

	if ((err = db_prepare(db, "INSERT INTO point VALUES(?,?,?,?,?)", &q)))
		return err;
	for (i = 0; i < set->point_count; i++) {
		bool last = i + 1 == set->point_count;

		err = db_put(q, "iuuut", (int64_t)i, set->points[i].time_ns,
			     set->points[i].stop_ns,
			     last ? set->headroom_bytes : UINT64_MAX,
			     last ? set->limit : NULL);
		if (err)
			return err;
	}
	return NULL;
}

static struct error *put_series(struct db *db, const struct series_set *set)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct error *err;
	uint32_t i;

	if ((err = db_prepare(db, "INSERT INTO series VALUES(?,?,?)", &q)))
		return err;
	for (i = 0; i < set->count; i++)
		if ((err = db_put(q, "itt", (int64_t)i, set->series[i].metric,
				  series_unit_name(set->series[i].unit))))
			return err;
	return NULL;
}

static struct error *put_values(struct db *db, const struct series_set *set)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct error *err;
	uint32_t i, k;

	if ((err = db_prepare(db, "INSERT INTO value VALUES(?,?,?)", &q)))
		return err;
	for (i = 0; i < set->count; i++) {
		for (k = 0; k < set->point_count; k++) {
			double v = set->series[i].values[k];

			if (isnan(v))
				continue;
			if ((err = db_put(q, "iid", (int64_t)i, (int64_t)k, v)))
				return err;
		}
	}
	return NULL;
}

struct error *series_store(struct db *db, const struct series_set *set)
{
	struct error *err;

	if (!set || !set->count || !set->point_count)
		return NULL;
	if ((err = db_exec(db, schema)) || (err = put_points(db, set)) ||
	    (err = put_series(db, set)))
		return err;
	return put_values(db, set);
}

static struct error *damaged(const char *table)
{
	return error_new(ERROR_CORRUPT, "the table '%s' is damaged", table);
}

static struct error *read_points(struct db *db, struct series_set *set)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct error *err;
	bool more;

	if ((err = db_prepare(db,
			      "SELECT id,time_ns,stop_ns,headroom_bytes,"
			      "memory_limit FROM point ORDER BY id",
			      &q)))
		return err;
	while (!(err = db_next(q, &more)) && more) {
		const char *limit = db_text(q, 4);

		if (db_int(q, 0) != set->point_count ||
		    set->point_count >= SERIES_POINTS_MAX)
			return damaged("point");
		GROW_ARRAY(set->points, set->point_count, set->point_cap);
		set->points[set->point_count++] = (struct series_point){
			.time_ns = db_u64(q, 1), .stop_ns = db_u64(q, 2)};
		set->headroom_bytes = db_u64(q, 3);
		set->limit = !strcmp(limit, "cgroup")	    ? "cgroup"
			     : !strcmp(limit, "GOMEMLIMIT") ? "GOMEMLIMIT"
							    : NULL;
	}
	return err;
}

/* Names that this program does not know are damage: it wrote them itself. */
static struct error *read_names(struct db *db, struct series_set *set)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct error *err;
	bool more;

	if ((err = db_prepare(db, "SELECT id,metric FROM series ORDER BY id",
			      &q)))
		return err;
	while (!(err = db_next(q, &more)) && more) {
		const char *metric = db_text(q, 1);
		uint32_t before = set->count;

		if (db_int(q, 0) != before || before >= SERIES_MAX)
			return damaged("series");
		error_free(series_watch(set, metric));
		if (set->count != before + 1)
			return damaged("series");
	}
	return err;
}

static struct error *read_values(struct db *db, struct series_set *set)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct error *err;
	bool more;

	if ((err = db_prepare(db, "SELECT series,point,value FROM value", &q)))
		return err;
	while (!(err = db_next(q, &more)) && more) {
		uint64_t series = (uint64_t)db_int(q, 0);
		uint64_t point = (uint64_t)db_int(q, 1);

		double v = db_real(q, 2);

		if (series >= set->count || point >= set->point_count ||
		    !(fabs(v) < VALUE_MAX))
			return damaged("value");
		set->series[series].values[point] = v;
	}
	return err;
}

static struct error *has_series(struct db *db, bool *ret)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct error *err;

	*ret = false;
	if ((err = db_prepare(db,
			      "SELECT 1 FROM sqlite_master WHERE "
			      "type='table' AND name='series'",
			      &q)))
		return err;
	return db_next(q, ret);
}

struct error *series_read(struct db *db, struct series_set **ret)
{
	struct series_set *set;
	struct error *err;
	bool any;

	*ret = NULL;
	if ((err = has_series(db, &any)) || !any)
		return err;
	set = xcalloc(1, sizeof(*set));
	if ((err = read_points(db, set)) || (err = read_names(db, set)) ||
	    (err = read_values(db, set))) {
		series_deinit(set);
		free(set);
		return err;
	}
	*ret = set;
	return NULL;
}
