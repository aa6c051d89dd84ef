#ifndef CORE_SESSION_SNAPSHOT_H
#define CORE_SESSION_SNAPSHOT_H

/**
 * Snapshot files: a session written to a SQLite database that anyone can query
 * and that opens as a session again. Schema: snapshot_tables,
 * SNAPSHOTS in the man page; PRAGMA user_version is its version.
 */
#include "core/session/redact.h"
#include "core/session/series.h"
#include "core/session/suspects.h"

enum snapshot_level {
	SNAPSHOT_STATS, /* totals and findings */
	SNAPSHOT_MAPS,	/* and maps, owners, types, goroutines, paths */
	SNAPSHOT_FULL,	/* and memory and registers */
};
/** "stats", "maps", "full". */
const char *snapshot_level_name(enum snapshot_level level);
bool snapshot_level_parse(const char *text, enum snapshot_level *ret);

struct snapshot_options {
	enum snapshot_level level;
	bool force; /* replace an existing file */
	/** Level full: zstd's level of the memory; 0 quick, -1 none. */
	int compress;
	/** No stacks: nothing is told of the goroutines. Not in level full. */
	bool no_goroutines;
	/** What names and paths become; NULL: level none for snapshots of
	 * level full, which can have no other, else level basic. */
	struct redactor *redactor;
	uint64_t written_ns; /* time to note; 0 now */
	/** Figures over time to keep in it; NULL: those that the session was
	 * opened with, if any. */
	const struct series_set *series;
	/** Maps to tell more of; NULL: those with findings, and the largest. */
	const struct suspect_rows *suspects;
};

/**
 * Write @p session as @p path, mode 0600, complete or not at all. ERROR_USAGE
 * if the file exists, or if the session holds less than the level wants. What
 * a snapshot has lost to redaction stays lost.
 */
struct error *snapshot_write(const struct session *session, const char *path,
			     const struct snapshot_options *options,
			     struct job *job) MUST_CHECK;

/** The sample as an ELF core for gdb and delve; all of its memory is in it. */
struct error *snapshot_write_core(const struct session *session,
				  const char *path, bool force,
				  struct job *job) MUST_CHECK;

/** A table or view of the file; columns by space, in their order. */
struct snapshot_table {
	const char *name;
	enum snapshot_level level; /* from which on it is there */
	const char *columns, *help;
};
/** Ends with a NULL name. */
extern const struct snapshot_table snapshot_tables[];

/** Is there a snapshot's magic at @p path? */
bool snapshot_recognise(const char *path);

/**
 * Totals, findings and owners of a snapshot that takes a while to open, for
 * a first screen until session_open_file() is done. *@p ret is NULL where that
 * is quick, and for files that are no snapshots.
 */
struct error *session_open_brief(const char *path,
				 const struct session_options *options,
				 struct session **ret) MUST_CHECK;
/**
 * ERROR_CORRUPT: no snapshot, or damaged; ERROR_UNSUPPORTED: of a newer
 * version or another architecture. The binary of level full is looked for at
 * options->exe, then where it was, beside the file, and at the process if it
 * still runs.
 */
struct error *session_open_snapshot(const char *path,
				    const struct session_options *options,
				    struct job *job,
				    struct session **ret) MUST_CHECK;
/** A core or a snapshot, as the file says; @p exe as in the two. */
struct error *session_open_file(const char *exe, const char *path,
				const struct session_options *options,
				struct job *job,
				struct session **ret) MUST_CHECK;

#endif
