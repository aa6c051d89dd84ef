#include <unistd.h>

#include "core/session/snapshot_priv.h"
#include "core/target/sample_store.h"

static struct error *write_memory(const struct session *session, struct db *db,
				  struct job *job)
{
	struct error *err = db_exec(db, sample_store_schema);

	if (err)
		return err;
	return sample_store(session->sample, db,
			    elf_file_fd(session->program->elf),
			    session->options.threads, job);
}

struct error *snapshot_write(const struct session *session, const char *path,
			     const struct snapshot_options *options,
			     struct job *job)
{
	CLEANUP(db_cleanup) struct db *db = NULL;
	struct error *err;

	if (!session_has_memory(session))
		return session_needs_memory(session);
	if ((err = db_create(path, options->force, &db)) ||
	    (err = db_exec(db, "PRAGMA application_id=0x6d736e70;"
			       "PRAGMA user_version=1")) ||
	    (err = snapshot_meta_write(session, db, options->level)))
		return err;
	if ((err = snapshot_write_stats(session, db,
					options->level != SNAPSHOT_STATS)))
		return err;
	if (options->level != SNAPSHOT_STATS &&
	    (err = snapshot_write_maps(session, db,
				       options->level == SNAPSHOT_FULL, job)))
		return err;
	if (options->level == SNAPSHOT_FULL &&
	    (err = write_memory(session, db, job)))
		return err;
	if ((err = job_check(job)))
		return err;
	job_phase(job, "sync", 0);
	return db_publish(db);
}
