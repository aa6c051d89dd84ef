#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/session/series_store.h"
#include "core/session/stored.h"
#include "core/target/sample_store.h"

enum { ZSTD_QUICK = 1 };

static struct error *write_memory(const struct session *session, struct db *db,
				  const struct snapshot_options *options,
				  struct job *job)
{
	int level = !options->compress	    ? ZSTD_QUICK
		    : options->compress < 0 ? 0
					    : options->compress;
	struct error *err = db_exec(db, sample_store_schema);

	if (err)
		return err;
	return sample_store(session->sample, db,
			    elf_file_fd(session->program->elf), level,
			    session->options.threads, job);
}

static struct error *write_tables(const struct session *session, struct db *db,
				  const struct snapshot_options *options,
				  struct job *job)
{
	bool full = options->level == SNAPSHOT_FULL;
	struct error *err;

	db_watch(db, job);
	if ((err = db_exec(db, "PRAGMA application_id=0x6d736e70;"
			       "PRAGMA user_version=1")) ||
	    (err = snapshot_meta_write(session, db, options)))
		return err;
	if ((err = snapshot_write_stats(session, db,
					options->level != SNAPSHOT_STATS)))
		return err;
	if (options->level != SNAPSHOT_STATS &&
	    ((err = snapshot_write_maps(session, db, full, options->redactor,
					job)) ||
	     (err = snapshot_write_suspects(session, db, options))))
		return err;
	if ((err = series_store(db, options->series ? options->series
						    : session->series)))
		return err;
	return full ? write_memory(session, db, options, job) : NULL;
}

/* Of a snapshot's tables, what the level wants. */
static struct error *copy_tables(const struct session *session,
				 const char *path,
				 const struct snapshot_options *options,
				 struct job *job, struct db **ret)
{
	static const char to_stats[] =
		"UPDATE finding SET map = NULL;"
		"UPDATE meta SET value = 'stats' WHERE key = 'level';"
		"DROP VIEW IF EXISTS maps; DROP VIEW IF EXISTS top_owners;"
		"DROP TABLE IF EXISTS suspect_path;"
		"DROP TABLE IF EXISTS allocation;"
		"DROP TABLE IF EXISTS goroutine_map;"
		"DROP TABLE IF EXISTS frame; DROP TABLE IF EXISTS goroutine;"
		"DROP TABLE IF EXISTS function; DROP TABLE IF EXISTS map;"
		"DROP TABLE IF EXISTS shape; DROP TABLE IF EXISTS path;"
		"DROP TABLE IF EXISTS owner; DROP TABLE IF EXISTS type;";
	struct stored *stored = session->stored;
	struct error *err;

	if (options->level > stored->meta.level ||
	    stored->meta.level == SNAPSHOT_FULL)
		return session_needs_memory(session);
	pthread_mutex_lock(&stored->lock);
	err = db_copy(stored->db, path, options->force, job, ret);
	pthread_mutex_unlock(&stored->lock);
	if (err || options->level == stored->meta.level)
		return err;
	return db_exec(*ret, to_stats);
}

static struct error *check_level(const struct snapshot_options *options)
{
	if (options->level != SNAPSHOT_FULL ||
	    options->redactor->level == REDACT_NONE)
		return NULL;
	return error_hint(error_new(ERROR_USAGE,
				    "level 'full' holds the memory as it is: "
				    "it cannot be redacted"),
			  "--level maps and --level stats hold no data");
}

/* Nothing of them stays in unused pages of the file either. */
static struct error *drop_goroutines(struct db *db)
{
	struct error *err = db_exec(db, "DELETE FROM goroutine_map;"
					"DELETE FROM frame;"
					"DELETE FROM goroutine;"
					"DELETE FROM function;");

	return err ? err : db_compact(db);
}

static struct error *write_redacted(const struct session *session,
				    const char *path,
				    const struct snapshot_options *options,
				    struct job *job)
{
	CLEANUP(db_cleanup) struct db *db = NULL;
	struct error *err;

	if ((err = check_level(options)))
		return err;
	if (session->stored)
		err = copy_tables(session, path, options, job, &db);
	else if (!(err = db_create(path, options->force, &db)))
		err = write_tables(session, db, options, job);
	if (!err && options->no_goroutines)
		err = drop_goroutines(db);
	if (!err &&
	    (session->stored || options->redactor->level >= REDACT_NAMES))
		err = snapshot_redact(db, options->redactor);
	if (err || (err = job_check(job)))
		return err;
	job_phase(job, "sync", 0);
	err = db_publish(db);
	if (!err)
		log_info(LOG_PART_FILE, "wrote snapshot '%s'", path);
	return err;
}

struct error *snapshot_write(const struct session *session, const char *path,
			     const struct snapshot_options *options,
			     struct job *job)
{
	CLEANUP(redactor_deinit) struct redactor usual;
	struct snapshot_options all = *options;

	redactor_init(&usual,
		      options->level == SNAPSHOT_FULL ? REDACT_NONE
						      : REDACT_BASIC,
		      session_module(session));
	if (!all.redactor)
		all.redactor = &usual;
	return write_redacted(session, path, &all, job);
}
