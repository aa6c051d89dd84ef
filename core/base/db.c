#include "core/base/db.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "core/base/buf.h"
#include "core/base/new_file.h"
#include "core/base/xalloc.h"

enum {
	ASK_EVERY = 10000, /* instructions of SQLite's machine */
	COPY_PAGES = 256,
};

struct db {
	sqlite3 *handle;
	char *path;
	struct new_file file; /* while writing */
	struct job *job;      /* borrowed */
};

struct db_query {
	struct db *db;
	sqlite3_stmt *stmt;
};

static struct error *failed(const struct db *db, int code)
{
	const char *path = db->path;
	int e = db->handle ? sqlite3_system_errno(db->handle) : 0;

	switch (code & 0xff) {
	case SQLITE_INTERRUPT:
		return error_new(ERROR_CANCELLED, "cancelled");
	case SQLITE_FULL:
		return error_new(ERROR_OS,
				 "cannot write '%s': no space is left", path);
	case SQLITE_IOERR:
		if (e == ENOSPC || e == EDQUOT || e == EFBIG)
			return error_os(e, "cannot write '%s'", path);
		return error_os(e ? e : EIO, "'%s'", path);
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_READONLY:
		return error_os(e ? e : EACCES, "cannot open '%s'", path);
	case SQLITE_NOTADB:
		return error_new(ERROR_CORRUPT, "'%s' is not a database", path);
	case SQLITE_NOMEM:
		return error_new(ERROR_LIMIT, "'%s': out of memory", path);
	default:
		return error_new(ERROR_CORRUPT, "'%s' is damaged: %s", path,
				 db->handle ? sqlite3_errmsg(db->handle)
					    : sqlite3_errstr(code));
	}
}

void db_close(struct db *db)
{
	if (!db)
		return;
	sqlite3_close(db->handle);
	new_file_deinit(&db->file);
	free(db->path);
	free(db);
}

void db_cleanup(struct db **db)
{
	db_close(*db);
}

static int is_cancelled(void *job)
{
	return job_cancelled(job);
}

void db_watch(struct db *db, struct job *job)
{
	db->job = job;
	sqlite3_progress_handler(db->handle, ASK_EVERY, is_cancelled, job);
}

struct error *db_exec(struct db *db, const char *sql)
{
	int code;

	assert(db);
	code = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
	return code == SQLITE_OK ? NULL : failed(db, code);
}

/*
 * The journal is off: a crash leaves the temporary file, never a torn one
 * under the name that was asked for.
 */
static const char WRITER_PRAGMAS[] = "PRAGMA page_size=8192;"
				     "PRAGMA journal_mode=OFF;"
				     "PRAGMA synchronous=OFF;"
				     "PRAGMA locking_mode=EXCLUSIVE;"
				     "PRAGMA foreign_keys=OFF;"
				     "PRAGMA cache_size=-65536;"
				     "PRAGMA encoding='UTF-8';"
				     "BEGIN";

struct error *db_create(const char *path, bool force, struct db **ret)
{
	CLEANUP(db_cleanup) struct db *db = xcalloc(1, sizeof(*db));
	struct error *err;
	int code;

	db->path = xstrdup(path);
	db->file.fd = -1;
	if ((err = new_file_create(path, force, &db->file)))
		return err;
	code = sqlite3_open_v2(db->file.temporary, &db->handle,
			       SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			       NULL);
	if (code != SQLITE_OK)
		return failed(db, code);
	if ((err = db_exec(db, WRITER_PRAGMAS)))
		return err;
	*ret = db;
	db = NULL;
	return NULL;
}

struct error *db_copy(const struct db *from, const char *path, bool force,
		      struct job *job, struct db **ret)
{
	CLEANUP(db_cleanup) struct db *db = NULL;
	sqlite3_backup *backup;
	struct error *err;
	int code;

	if ((err = db_create(path, force, &db)) ||
	    (err = db_exec(db, "COMMIT")))
		return err;
	db_watch(db, job);
	backup = sqlite3_backup_init(db->handle, "main", from->handle, "main");
	if (backup) {
		while (!job_cancelled(job) &&
		       sqlite3_backup_step(backup, COPY_PAGES) == SQLITE_OK)
			;
		code = sqlite3_backup_finish(backup);
	} else {
		code = sqlite3_errcode(db->handle);
	}
	if (code != SQLITE_OK)
		return failed(db, code);
	if ((err = job_check(job)) || (err = db_exec(db, "BEGIN")))
		return err;
	*ret = db;
	db = NULL;
	return NULL;
}

struct error *db_compact(struct db *db)
{
	return db_exec(db, "COMMIT; VACUUM; BEGIN");
}

enum { MAX_TEXTS = 4 };

struct text_function {
	db_text_fn *fn;
	void *arg;
};

static void call_function(sqlite3_context *context, int count,
			  sqlite3_value **values)
{
	const struct text_function *f = sqlite3_user_data(context);
	CLEANUP(buf_deinit) struct buf out = {0};
	const char *texts[MAX_TEXTS];
	int i;

	for (i = 0; i < count && i < MAX_TEXTS; i++) {
		const unsigned char *s = sqlite3_value_text(values[i]);

		if (!s && !i) {
			sqlite3_result_null(context);
			return;
		}
		texts[i] = s ? (const char *)s : "";
	}
	f->fn(f->arg, texts, i, &out);
	sqlite3_result_text64(context, buf_str(&out), out.len, SQLITE_TRANSIENT,
			      SQLITE_UTF8);
}

struct error *db_function(struct db *db, const char *name, int count,
			  db_text_fn *fn, void *arg)
{
	struct text_function *f = xmalloc(sizeof(*f));
	int code;

	*f = (struct text_function){.fn = fn, .arg = arg};
	/* frees f, also when it fails */
	code = sqlite3_create_function_v2(db->handle, name, count, SQLITE_UTF8,
					  f, call_function, NULL, NULL, free);
	return code == SQLITE_OK ? NULL : failed(db, code);
}

struct error *db_publish(struct db *db)
{
	struct error *err = db_exec(db, "COMMIT");
	int code;

	if (err)
		return err;
	code = sqlite3_close(db->handle);
	if (code != SQLITE_OK)
		return failed(db, code);
	db->handle = NULL;
	if ((err = new_file_sync(&db->file, db->job)))
		return err;
	return new_file_publish(&db->file);
}

static struct error *check_head(struct db *db, uint32_t application)
{
	unsigned char head[100];
	int fd = open(db->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	uint32_t id;
	ssize_t n;

	if (fd < 0)
		return error_os(errno, "cannot open '%s'", db->path);
	n = read(fd, head, sizeof(head));
	close(fd);
	if (n < 16 || memcmp(head, "SQLite format 3", 16) != 0)
		return error_new(ERROR_CORRUPT, "'%s' is not a snapshot",
				 db->path);
	if (n != (ssize_t)sizeof(head))
		return error_new(ERROR_CORRUPT, "'%s' is truncated", db->path);
	id = (uint32_t)head[68] << 24 | (uint32_t)head[69] << 16 |
	     (uint32_t)head[70] << 8 | head[71];
	if (id != application)
		return error_new(ERROR_CORRUPT,
				 "'%s' is a database of another program",
				 db->path);
	return NULL;
}

/* A URI, so that "immutable" can be said: no locks, no journal looked for. */
static void make_uri(const char *path, struct buf *out)
{
	buf_adds(out, *path == '/' ? "file://" : "file:");
	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;

		if (c == '%' || c == '?' || c == '#' || c < 0x20)
			buf_printf(out, "%%%02X", c);
		else
			buf_addc(out, (char)c);
	}
	buf_adds(out, "?immutable=1");
}

struct error *db_open(const char *path, uint32_t application, struct db **ret)
{
	CLEANUP(db_cleanup) struct db *db = xcalloc(1, sizeof(*db));
	CLEANUP(buf_deinit) struct buf uri = {0};
	struct error *err;
	int code;

	make_uri(path, &uri);
	db->path = xstrdup(path);
	db->file.fd = -1;
	if ((err = check_head(db, application)))
		return err;
	code = sqlite3_open_v2(buf_str(&uri), &db->handle,
			       SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX |
				       SQLITE_OPEN_URI,
			       NULL);
	if (code != SQLITE_OK)
		return failed(db, code);
	/* The file may be hostile: no functions or tables of its schema run. */
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	err = db_exec(db, "PRAGMA cell_size_check=ON;"
			  "PRAGMA cache_size=-16384");
	if (err)
		return err;
	*ret = db;
	db = NULL;
	return NULL;
}

struct error *db_version(struct db *db, uint32_t *ret)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct error *err;
	bool more = false;

	*ret = 0;
	if ((err = db_prepare(db, "PRAGMA user_version", &q)) ||
	    (err = db_next(q, &more)))
		return err;
	if (more)
		*ret = (uint32_t)db_int(q, 0);
	return NULL;
}

struct error *db_check(struct db *db)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct error *err;
	bool more = false;

	if ((err = db_prepare(db, "PRAGMA quick_check(1)", &q)) ||
	    (err = db_next(q, &more)))
		return err;
	if (more && !strcmp(db_text(q, 0), "ok"))
		return NULL;
	return error_new(ERROR_CORRUPT, "'%s' is damaged: %s", db->path,
			 more ? db_text(q, 0) : "no answer");
}

int64_t db_last_id(const struct db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}

struct error *db_prepare(struct db *db, const char *sql, struct db_query **ret)
{
	struct db_query *q = xcalloc(1, sizeof(*q));
	int code;

	q->db = db;
	code = sqlite3_prepare_v2(db->handle, sql, -1, &q->stmt, NULL);
	if (code != SQLITE_OK) {
		free(q);
		return failed(db, code);
	}
	*ret = q;
	return NULL;
}

void db_query_free(struct db_query *query)
{
	if (!query)
		return;
	sqlite3_finalize(query->stmt);
	free(query);
}

void db_query_cleanup(struct db_query **query)
{
	db_query_free(*query);
}

static int bind_u64(sqlite3_stmt *stmt, int n, uint64_t v, bool bits)
{
	if (v == UINT64_MAX && !bits)
		return sqlite3_bind_null(stmt, n);
	return sqlite3_bind_int64(stmt, n, (int64_t)v);
}

static int bind_text(sqlite3_stmt *stmt, int n, const char *s)
{
	if (!s)
		return sqlite3_bind_null(stmt, n);
	return sqlite3_bind_text(stmt, n, s, -1, SQLITE_STATIC);
}

static int bind_blob(sqlite3_stmt *stmt, int n, const void *p, size_t size)
{
	if (!size)
		return sqlite3_bind_zeroblob(stmt, n, 0);
	return sqlite3_bind_blob64(stmt, n, p, size, SQLITE_STATIC);
}

static struct error *bind_all(struct db_query *q, const char *letters,
			      va_list args)
{
	int code = SQLITE_OK, n = 1;

	sqlite3_reset(q->stmt);
	for (; *letters && code == SQLITE_OK; letters++, n++) {
		switch (*letters) {
		case 'i':
			code = sqlite3_bind_int64(q->stmt, n,
						  va_arg(args, int64_t));
			break;
		case 'u':
		case 'x':
			code = bind_u64(q->stmt, n, va_arg(args, uint64_t),
					*letters == 'x');
			break;
		case 'd':
			code = sqlite3_bind_double(q->stmt, n,
						   va_arg(args, double));
			break;
		case 't':
			code = bind_text(q->stmt, n, va_arg(args, char *));
			break;
		case 'b': {
			const void *p = va_arg(args, void *);

			code = bind_blob(q->stmt, n, p, va_arg(args, size_t));
			break;
		}
		default:
			code = sqlite3_bind_null(q->stmt, n);
		}
	}
	return code == SQLITE_OK ? NULL : failed(q->db, code);
}

struct error *db_bind(struct db_query *query, const char *letters, ...)
{
	struct error *err;
	va_list args;

	va_start(args, letters);
	err = bind_all(query, letters, args);
	va_end(args);
	return err;
}

struct error *db_run(struct db_query *query)
{
	int code = sqlite3_step(query->stmt);

	if (code != SQLITE_DONE)
		return failed(query->db, code);
	sqlite3_reset(query->stmt);
	return NULL;
}

struct error *db_put(struct db_query *query, const char *letters, ...)
{
	struct error *err;
	va_list args;

	va_start(args, letters);
	err = bind_all(query, letters, args);
	va_end(args);
	return err ? err : db_run(query);
}

static struct error *check(const struct db_query *query, int code)
{
	return code == SQLITE_OK ? NULL : failed(query->db, code);
}

struct error *db_set_u64(struct db_query *query, int n, uint64_t v)
{
	return check(query, bind_u64(query->stmt, n, v, false));
}

struct error *db_set_real(struct db_query *query, int n, double v)
{
	return check(query, sqlite3_bind_double(query->stmt, n, v));
}

struct error *db_set_text(struct db_query *query, int n, const char *s)
{
	return check(query, bind_text(query->stmt, n, s));
}

struct error *db_set_blob(struct db_query *query, int n, const void *p,
			  size_t size)
{
	return check(query, bind_blob(query->stmt, n, p, size));
}

struct error *db_next(struct db_query *query, bool *more)
{
	int code;

	assert(query);
	code = sqlite3_step(query->stmt);
	*more = code == SQLITE_ROW;
	if (code == SQLITE_ROW || code == SQLITE_DONE)
		return NULL;
	return failed(query->db, code);
}

bool db_is_null(const struct db_query *query, int column)
{
	return sqlite3_column_type(query->stmt, column) == SQLITE_NULL;
}

int64_t db_int(const struct db_query *query, int column)
{
	return sqlite3_column_int64(query->stmt, column);
}

uint64_t db_u64(const struct db_query *query, int column)
{
	return db_is_null(query, column) ? UINT64_MAX
					 : (uint64_t)db_int(query, column);
}

double db_real(const struct db_query *query, int column)
{
	return sqlite3_column_double(query->stmt, column);
}

const char *db_text(struct db_query *query, int column)
{
	const unsigned char *s = sqlite3_column_text(query->stmt, column);

	return s ? (const char *)s : "";
}

const void *db_blob(struct db_query *query, int column, size_t *size_ret)
{
	const void *p = sqlite3_column_blob(query->stmt, column);

	*size_ret = (size_t)sqlite3_column_bytes(query->stmt, column);
	return p;
}

const char *db_library_version(void)
{
	return sqlite3_libversion();
}
