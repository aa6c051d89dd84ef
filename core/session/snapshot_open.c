#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/xalloc.h"
#include "core/session/series_store.h"
#include "core/session/stored.h"
#include "core/target/sample_store.h"

bool snapshot_recognise(const char *path)
{
	static const char magic[] = "SQLite format 3";
	char head[sizeof(magic)];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, head, sizeof(head));
	close(fd);
	return n == (ssize_t)sizeof(head) && !memcmp(head, magic, sizeof(head));
}

/* Nothing but plain tables, indexes and views: a foreign schema runs nothing */
static struct error *check_schema(struct db *db, const char *path)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct error *err;
	uint32_t version;
	bool more;

	if ((err = db_version(db, &version)))
		return err;
	if (version > SNAPSHOT_VERSION)
		return error_hint(
			error_new(ERROR_UNSUPPORTED,
				  "'%s' has schema version %u, this program "
				  "knows %d",
				  path, version, SNAPSHOT_VERSION),
			"a newer mapscope opens it");
	if ((err = db_prepare(db,
			      "SELECT name FROM sqlite_master WHERE type "
			      "NOT IN ('table','index','view') OR "
			      "(type='view' AND name NOT IN "
			      "('top_owners','suspects','maps')) OR "
			      "(type='table' AND upper(sql) LIKE "
			      "'CREATE VIRTUAL%')",
			      &q)) ||
	    (err = db_next(q, &more)))
		return err;
	if (more)
		return error_new(ERROR_CORRUPT,
				 "'%s' holds what no snapshot holds", path);
	return NULL;
}

static bool is_binary(const char *path, const char *build_id)
{
	struct elf_file *elf = NULL;
	struct error *err = elf_file_open(path, &elf);
	const char *id = err ? NULL : elf_file_build_id(elf);
	bool same = !err && id && build_id && !strcmp(id, build_id);

	error_free(err);
	elf_file_close(elf);
	return same;
}

/* Beside the snapshot, under its own name. */
static char *beside(const char *path, const char *exe)
{
	const char *slash = strrchr(path, '/'), *name = strrchr(exe, '/');

	name = name ? name + 1 : exe;
	if (!slash)
		return xstrdup(name);
	return xasprintf("%.*s/%s", (int)(slash - path), path, name);
}

/** Where the binary is now; NULL if nowhere. Caller frees. */
static char *find_binary(const char *path, const struct snapshot_meta *meta)
{
	char *candidates[3];
	char *found = NULL;
	size_t i;

	candidates[0] = xstrdup(meta->info.exe);
	candidates[1] = beside(path, meta->info.exe);
	candidates[2] = xasprintf("/proc/%d/exe", (int)meta->info.pid);
	for (i = 0; i < ARRAY_LEN(candidates); i++) {
		if (!found && is_binary(candidates[i], meta->build_id))
			found = candidates[i];
		else
			free(candidates[i]);
	}
	return found;
}

static struct error *use_given(const char *exe, const struct snapshot_meta *m,
			       char **ret)
{
	if (access(exe, R_OK))
		return error_os(errno, "cannot open '%s'", exe);
	if (!is_binary(exe, m->build_id))
		return error_hint(error_new(ERROR_USAGE,
					    "'%s' is not the binary of the "
					    "snapshot",
					    exe),
				  "its build id is %s",
				  m->build_id ? m->build_id : "unknown");
	*ret = xstrdup(exe);
	return NULL;
}

static struct error *open_full(struct session *session, struct db *db,
			       const struct snapshot_meta *meta,
			       const char *exe, struct job *job)
{
	struct error *err;

	if ((err = sample_open_store(db, &meta->info, exe,
				     session->options.threads, job,
				     &session->sample)) ||
	    (err = session_open_program(session, exe, job)) ||
	    (err = session_analyse(session, job)))
		return err;
	session->around = meta->around;
	session->stats.rss = meta->rss == UINT64_MAX ? 0 : meta->rss;
	return NULL;
}

static void warn_no_binary(struct snapshot_meta *meta)
{
	struct sample_info *info = &meta->info;

	info->warnings = xreallocarray(info->warnings, info->warning_count + 1,
				       sizeof(*info->warnings));
	info->warnings[info->warning_count++] = xasprintf(
		"the binary '%s' is not here: the snapshot's memory stays "
		"closed, name the binary with --exe",
		info->exe);
}

static struct error *open_level(struct session *session, const char *path,
				struct db **db, struct snapshot_meta *meta,
				struct job *job)
{
	CLEANUP(free_cleanup) char *exe = NULL;
	struct db *taken = *db;
	struct error *err;

	if (meta->level == SNAPSHOT_FULL) {
		if (!session->options.exe)
			exe = find_binary(path, meta);
		else if ((err = use_given(session->options.exe, meta, &exe)))
			return err;
		if (exe)
			return open_full(session, *db, meta, exe, job);
		warn_no_binary(meta);
	}
	*db = NULL;
	return stored_open(session, taken, meta, job);
}

static void session_cleanup(struct session **session)
{
	session_free(*session);
}

static struct error *open_tables(const char *path, struct db **db,
				 struct snapshot_meta *meta)
{
	struct error *err;

	if ((err = db_open(path, SNAPSHOT_APPLICATION, db)) ||
	    (err = check_schema(*db, path)))
		return err;
	return snapshot_meta_read(*db, meta);
}

struct error *session_open_brief(const char *path,
				 const struct session_options *options,
				 struct session **ret)
{
	CLEANUP(session_cleanup) struct session *session = NULL;
	CLEANUP(snapshot_meta_deinit) struct snapshot_meta meta = {0};
	CLEANUP(db_cleanup) struct db *db = NULL;
	struct db *taken;
	struct error *err;

	*ret = NULL;
	if (!snapshot_recognise(path))
		return NULL;
	session = session_new(options);
	if ((err = open_tables(path, &db, &meta)))
		return err;
	taken = db;
	db = NULL;
	if ((err = stored_open_brief(session, taken, &meta)) ||
	    !session->stored->worth)
		return err;
	*ret = session;
	session = NULL;
	return NULL;
}

struct error *session_open_snapshot(const char *path,
				    const struct session_options *options,
				    struct job *job, struct session **ret)
{
	CLEANUP(session_cleanup) struct session *session = NULL;
	CLEANUP(snapshot_meta_deinit) struct snapshot_meta meta = {0};
	CLEANUP(db_cleanup) struct db *db = NULL;
	struct error *err;

	session = session_new(options);
	job_phase(job, "open the snapshot", 0);
	log_info(LOG_PART_FILE, "reading snapshot '%s'", path);
	if ((err = open_tables(path, &db, &meta)))
		return err;
	if ((err = series_read(db, &session->series)) ||
	    (err = open_level(session, path, &db, &meta, job)))
		return err;
	*ret = session;
	session = NULL;
	return NULL;
}

struct error *session_open_file(const char *exe, const char *path,
				const struct session_options *options,
				struct job *job, struct session **ret)
{
	struct session_options with_exe = *options;

	if (!snapshot_recognise(path))
		return session_open_core(exe ? exe : options->exe, path,
					 options, job, ret);
	if (exe)
		with_exe.exe = exe;
	return session_open_snapshot(path, &with_exe, job, ret);
}
