/*
 * A snapshot's tables brought to a level of redaction. What is not named here
 * is not kept: a table that is added to the schema has to be added here too.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/json.h"
#include "core/session/json_parse.h"
#include "core/session/snapshot_priv.h"

struct step {
	const char *table; /* the step is for files that have it */
	const char *sql;
};

static const struct step basic_steps[] = {
	{"meta", "UPDATE meta SET value = redact_file(value, '')"
		 " WHERE key = 'exe'"},
	{"warning", "UPDATE warning SET text = redact_homes(text)"},
	{"function", "UPDATE function SET file = redact_file(file, name)"},
	{"allocation",
	 "UPDATE allocation SET file = redact_file(file, function)"},
	{"meta", "UPDATE meta SET value = NULL WHERE key = 'hostname'"},
};

static const struct step name_steps[] = {
	{"meta", "UPDATE meta SET value = 'target' WHERE key = 'exe'"},
	{"meta", "UPDATE meta SET value = '' WHERE key = 'module'"},
	{"warning", "UPDATE warning SET text = 'a warning, left out here'"},
	{"type", "UPDATE type SET name = redact_name(name)"},
	{"owner", "UPDATE owner SET name = redact_name(name),"
		  " package = redact_name(package)"},
	{"path", "UPDATE path SET steps = redact_steps(steps)"},
	{"suspect_path", "UPDATE suspect_path SET steps = redact_steps(steps)"},
	{"allocation",
	 "UPDATE allocation SET function = redact_name(function)"},
	{"function", "UPDATE function SET name = redact_name(name)"},
	{"finding", "UPDATE finding SET title = redact_prose(title, owner),"
		    " evidence = redact_prose(evidence, owner)"},
	{"finding", "UPDATE finding SET owner = redact_name(owner)"},
	{"series", "UPDATE series SET metric = redact_metric(metric)"},
};

/* Tables whose names the steps replace, and those without names. */
static const char *const known[] = {
	"meta",	     "warning",	      "stat",	    "finding", "type",
	"owner",     "path",	      "shape",	    "map",     "function",
	"goroutine", "goroutine_map", "frame",	    "series",  "point",
	"value",     "suspect_path",  "allocation",
};

#define ROUND(column) column " = CAST(redact_size(" column ") AS INTEGER)"
/* From the lowest of its kind; 0 is unknown. */
#define OFFSET(column, kind)                                                   \
	column " = CASE WHEN " column " > 0 THEN " column " - (SELECT " kind   \
	       " FROM lowest) + 4096 ELSE " column " END"

static const struct step full_steps[] = {
	{"meta", "UPDATE meta SET value = NULL WHERE key = 'build_id'"},
	{"meta",
	 "UPDATE meta SET " ROUND("value") " WHERE key IN "
					   "('memory_limit', 'memory_used') "
					   "AND value IS NOT NULL"},
	{"stat",
	 "UPDATE stat SET " ROUND("value") " WHERE typeof(value) = "
					   "'integer' AND name NOT IN ('gogc', "
					   "'memory_limit') AND name "
					   "NOT LIKE '%~_ns%' ESCAPE '~'"},
	{"type", "UPDATE type SET " ROUND("objects") ", " ROUND(
			 "bytes") ", " ROUND("retained_bytes")},
	{"owner",
	 "UPDATE owner SET " ROUND("entries") ", " ROUND("slots") ", " ROUND(
		 "s"
		 "t"
		 "o"
		 "r"
		 "a"
		 "g"
		 "e"
		 "_"
		 "b"
		 "y"
		 "t"
		 "e"
		 "s") ", " ROUND("waste_bytes") ", " ROUND("retained_bytes") ","
									     " " ROUND(
										     "tombst"
										     "ones") ", " ROUND("old_bytes")},
	{"shape",
	 "UPDATE shape SET " ROUND("count") ", " ROUND("live") ", " ROUND(
		 "stor"
		 "age_"
		 "byte"
		 "s") ", " ROUND("waste_bytes") ", " ROUND("tombstones") ","
									 " " ROUND(
										 "old_"
										 "bytes")},
	{"map", "UPDATE map SET " ROUND("retained_bytes")},
	{"point", "UPDATE point SET " ROUND("headroom_bytes")},
	{"value", "UPDATE value SET value = CAST(redact_size("
		  "CAST(value AS INTEGER)) AS REAL) WHERE value >= 100"},
	{"finding", "UPDATE finding SET " ROUND("bytes")},
	{"meta", "CREATE TABLE lowest(data INTEGER, code INTEGER)"},
	{"frame", "INSERT INTO lowest SELECT min("
		  " (SELECT min(addr) FROM map WHERE addr > 0),"
		  " (SELECT min(stack_lo) FROM goroutine WHERE stack_lo > 0)),"
		  " (SELECT min(pc) FROM frame WHERE pc > 0)"},
	{"finding", "UPDATE finding SET " OFFSET("addr", "data")},
	{"map", "UPDATE map SET " OFFSET("addr", "data")},
	{"goroutine",
	 "UPDATE goroutine SET " OFFSET("addr", "data") ", " OFFSET(
		 "stack_lo",
		 "data") ", " OFFSET("stack_hi",
				     "data") ", " OFFSET("start_pc",
							 "code") ", " OFFSET("c"
									     "r"
									     "e"
									     "a"
									     "t"
									     "e"
									     "d"
									     "_"
									     "p"
									     "c",
									     "c"
									     "o"
									     "d"
									     "e")},
	{"frame", "UPDATE frame SET " OFFSET("pc", "code") ", " OFFSET(
			  "sp", "data") ", " OFFSET("cfa", "data")},
	{"meta", "DROP TABLE lowest"},
};

static void call_name(void *arg, const char *const *texts, int count,
		      struct buf *out)
{
	(void)count;
	redact_name(arg, texts[0], out);
}

static void call_homes(void *arg, const char *const *texts, int count,
		       struct buf *out)
{
	(void)count;
	redact_homes(arg, texts[0], out);
}

static void call_file(void *arg, const char *const *texts, int count,
		      struct buf *out)
{
	(void)count;
	redact_file(arg, texts[0], texts[1], out);
}

static void call_prose(void *arg, const char *const *texts, int count,
		       struct buf *out)
{
	(void)count;
	redact_prose(arg, texts[0], texts[1], out);
}

static void call_size(void *arg, const char *const *texts, int count,
		      struct buf *out)
{
	(void)count;
	buf_printf(out, "%" PRIu64,
		   redact_size(arg, strtoull(texts[0], NULL, 10)));
}

/* "main.cache.entries": what stands behind the last point is ours. */
static void call_metric(void *arg, const char *const *texts, int count,
			struct buf *out)
{
	const char *point = strrchr(texts[0], '.');
	CLEANUP(free_cleanup) char *owner = NULL;

	(void)count;
	if (point)
		owner = xstrndup(texts[0], (size_t)(point - texts[0]));
	if (owner)
		redact_name(arg, owner, out);
	buf_adds(out, point ? point : texts[0]);
}

/* A JSON array of steps. */
static void call_steps(void *arg, const char *const *texts, int count,
		       struct buf *out)
{
	CLEANUP(json_deinit) struct json json = {0};
	char **steps = NULL;
	uint32_t i, n = 0;

	(void)count;
	json_parse_strings(texts[0], &steps, &n);
	json_open(&json, NULL, '[');
	for (i = 0; i < n; i++) {
		CLEANUP(buf_deinit) struct buf step = {0};

		redact_name(arg, steps[i], &step);
		json_string(&json, NULL, buf_str(&step));
		free(steps[i]);
	}
	free(steps);
	json_close(&json, ']');
	buf_add(out, json.out.data, json.out.len);
}

static struct error *add_functions(struct db *db, struct redactor *redactor)
{
	static const struct {
		const char *name;
		int count;
		db_text_fn *fn;
	} functions[] = {
		{"redact_name", 1, call_name},
		{"redact_file", 2, call_file},
		{"redact_homes", 1, call_homes},
		{"redact_size", 1, call_size},
		{"redact_prose", 2, call_prose},
		{"redact_steps", 1, call_steps},
		{"redact_metric", 1, call_metric},
	};
	struct error *err = NULL;
	size_t i;

	for (i = 0; i < ARRAY_LEN(functions) && !err; i++)
		err = db_function(db, functions[i].name, functions[i].count,
				  functions[i].fn, redactor);
	return err;
}

static struct error *query_text(struct db *db, const char *sql, const char *arg,
				char **ret)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct error *err;
	bool more;

	*ret = NULL;
	if ((err = db_prepare(db, sql, &q)) ||
	    (arg && (err = db_bind(q, "t", arg))) || (err = db_next(q, &more)))
		return err;
	*ret = more ? xstrdup(db_text(q, 0)) : NULL;
	return NULL;
}

static struct error *run_steps(struct db *db, const struct step *steps,
			       size_t count)
{
	struct error *err = NULL;
	size_t i;

	for (i = 0; i < count && !err; i++) {
		CLEANUP(free_cleanup) char *name = NULL;

		err = query_text(db,
				 "SELECT name FROM sqlite_master WHERE type = "
				 "'table' AND name = ?",
				 steps[i].table, &name);
		if (!err && name)
			err = db_exec(db, steps[i].sql);
	}
	return err;
}

/* One at a time: a table that is dropped takes its indexes along. */
static struct error *drop_unknown(struct db *db)
{
	CLEANUP(buf_deinit) struct buf sql = {0};
	struct error *err;
	size_t i;

	buf_adds(&sql, "SELECT name FROM sqlite_master WHERE type = 'table' "
		       "AND name NOT LIKE 'sqlite~_%' ESCAPE '~' AND name "
		       "NOT IN (''");
	for (i = 0; i < ARRAY_LEN(known); i++)
		buf_printf(&sql, ",'%s'", known[i]);
	buf_addc(&sql, ')');
	for (;;) {
		CLEANUP(buf_deinit) struct buf drop = {0};
		CLEANUP(free_cleanup) char *name = NULL;
		const char *p;

		if ((err = query_text(db, buf_str(&sql), NULL, &name)) || !name)
			return err;
		buf_adds(&drop, "DROP TABLE \"");
		for (p = name; *p; p++)
			buf_printf(&drop, *p == '"' ? "\"\"" : "%c", *p);
		buf_addc(&drop, '"');
		if ((err = db_exec(db, buf_str(&drop))))
			return err;
	}
}

/* What the file has lost already. */
static struct error *current_level(struct db *db, enum redact_level *ret)
{
	CLEANUP(free_cleanup) char *name = NULL;
	struct error *err;

	*ret = REDACT_NONE;
	err = query_text(db, "SELECT value FROM meta WHERE key = 'redaction'",
			 NULL, &name);
	if (!err && name && !redact_level_parse(name, ret))
		err = error_new(ERROR_CORRUPT,
				"the snapshot has no redaction level '%s'",
				name);
	return err;
}

static struct error *note_level(struct db *db, enum redact_level level)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct error *err;

	err = db_prepare(
		db, "UPDATE meta SET value = ? WHERE key = 'redaction'", &q);
	return err ? err : db_put(q, "t", redact_level_name(level));
}

struct error *snapshot_redact(struct db *db, struct redactor *redactor)
{
	enum redact_level want = redactor->level, have;
	struct error *err;

	if ((err = add_functions(db, redactor)) ||
	    (err = current_level(db, &have)))
		return err;
	if (want >= REDACT_BASIC && have < REDACT_NAMES &&
	    (err = run_steps(db, basic_steps, ARRAY_LEN(basic_steps))))
		return err;
	if (want >= REDACT_NAMES && have < REDACT_NAMES &&
	    ((err = run_steps(db, name_steps, ARRAY_LEN(name_steps))) ||
	     (err = drop_unknown(db))))
		return err;
	if (want >= REDACT_FULL && have < REDACT_FULL &&
	    (err = run_steps(db, full_steps, ARRAY_LEN(full_steps))))
		return err;
	if ((err = note_level(db, want > have ? want : have)))
		return err;
	return db_compact(db);
}
