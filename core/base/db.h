#ifndef CORE_BASE_DB_H
#define CORE_BASE_DB_H

/**
 * A SQLite database as a file format: written once, under another name, and
 * renamed when complete; read often, never changed. Only db.c knows SQLite.
 * Use from one thread at a time unless said.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/base/job.h"

struct db;

/** Of the library. */
const char *db_library_version(void);

/**
 * Begin a new database that will be @p path: mode 0600, one transaction. An
 * existing file is refused (ERROR_USAGE) unless @p force; either way it stays
 * as it is until db_publish().
 */
struct error *db_create(const char *path, bool force,
			struct db **ret) MUST_CHECK;
/**
 * Commit, sync and rename: afterwards the file is complete under its name.
 * The database stays open for nothing but db_close().
 */
struct error *db_publish(struct db *db) MUST_CHECK;
/**
 * Open a complete database for reading. ERROR_CORRUPT if it is none, or its
 * application_id is not @p application.
 */
struct error *db_open(const char *path, uint32_t application,
		      struct db **ret) MUST_CHECK;
/**
 * From now on what takes long ends with ERROR_CANCELLED once @p job is
 * cancelled; it must outlive the database.
 */
void db_watch(struct db *db, struct job *job);
/** NULL is fine. What was not published is deleted. */
void db_close(struct db *db);
void db_cleanup(struct db **db);

/**
 * db_create(), filled with all that @p from holds; @p from must have been
 * opened by db_open(). @p job as of db_watch().
 */
struct error *db_copy(const struct db *from, const char *path, bool force,
		      struct job *job, struct db **ret) MUST_CHECK;
/**
 * Write the file anew, so that nothing of what was changed or deleted since
 * db_create() stays behind in it.
 */
struct error *db_compact(struct db *db) MUST_CHECK;
/**
 * A function of SQL: @p fn appends its result for @p count texts ("" for NULL).
 * A NULL first text is NULL without a call.
 */
typedef void db_text_fn(void *arg, const char *const *texts, int count,
			struct buf *out);
struct error *db_function(struct db *db, const char *name, int count,
			  db_text_fn *fn, void *arg) MUST_CHECK;

/** Statements without parameters and rows. */
struct error *db_exec(struct db *db, const char *sql) MUST_CHECK;
/** Quick check of the whole file's structure; ERROR_CORRUPT. */
struct error *db_check(struct db *db) MUST_CHECK;
/** PRAGMA user_version. */
struct error *db_version(struct db *db, uint32_t *ret) MUST_CHECK;
/** Rowid of the last row put. */
int64_t db_last_id(const struct db *db);

/** A prepared statement. */
struct db_query;
struct error *db_prepare(struct db *db, const char *sql,
			 struct db_query **ret) MUST_CHECK;
void db_query_free(struct db_query *query);
void db_query_cleanup(struct db_query **query);
/**
 * Bind all parameters, one letter each: i int64_t, u uint64_t (UINT64_MAX
 * becomes NULL), x uint64_t as its bits, d double, t const char * (NULL is
 * NULL; not copied), b const void *, size_t; n nothing: NULL. Strings must live
 * until the next db_bind() or db_put().
 */
struct error *db_bind(struct db_query *query, const char *letters,
		      ...) MUST_CHECK;
/** db_bind(), run to the end, ready for the next row. */
struct error *db_put(struct db_query *query, const char *letters,
		     ...) MUST_CHECK;
/** For tables of many columns: parameter @p n from 1 on, then db_run(). */
struct error *db_set_u64(struct db_query *query, int n, uint64_t v) MUST_CHECK;
struct error *db_set_real(struct db_query *query, int n, double v) MUST_CHECK;
struct error *db_set_text(struct db_query *query, int n,
			  const char *s) MUST_CHECK;
struct error *db_set_blob(struct db_query *query, int n, const void *p,
			  size_t size) MUST_CHECK;
struct error *db_run(struct db_query *query) MUST_CHECK;
/** The next row; false at the end. */
struct error *db_next(struct db_query *query, bool *more) MUST_CHECK;

bool db_is_null(const struct db_query *query, int column);
int64_t db_int(const struct db_query *query, int column);
/** UINT64_MAX for NULL. */
uint64_t db_u64(const struct db_query *query, int column);
double db_real(const struct db_query *query, int column);
/** Never NULL; valid until the next db_next() or db_bind(). */
const char *db_text(struct db_query *query, int column);
/** NULL if empty; valid until the next db_next() or db_bind(). */
const void *db_blob(struct db_query *query, int column, size_t *size_ret);

#endif
