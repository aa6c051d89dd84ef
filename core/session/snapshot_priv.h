#ifndef CORE_SESSION_SNAPSHOT_PRIV_H
#define CORE_SESSION_SNAPSHOT_PRIV_H

/** Parts of a snapshot file; for core/session/snapshot*.c only. */
#include "core/base/db.h"
#include "core/session/session_priv.h"
#include "core/session/snapshot.h"
#include "core/session/snapshot_columns.h"
#include "core/target/sample.h"

static const uint32_t SNAPSHOT_APPLICATION = 0x6d736e70; /* "msnp" */
enum { SNAPSHOT_VERSION = 1 };

extern const char snapshot_schema_stats[], snapshot_schema_maps[],
	snapshot_schema_suspects[], snapshot_schema_indexes[];

/** The table `meta`: one row a fact about the file and its sample. */
struct snapshot_meta { /* strings owned */
	enum snapshot_level level;
	char *redaction; /* "none", "basic" */
	char *kind;	 /* of what was sampled: "live", "core" */
	char *go, *experiments, *arch, *map_impl, *build_id, *dwarf, *module;
	char *tool;
	bool retained; /* sizes are known */
	uint64_t rss;  /* UINT64_MAX unknown */
	struct surroundings around;
	struct sample_info info; /* strings and array owned */
};
void snapshot_meta_deinit(struct snapshot_meta *meta);
struct error *snapshot_meta_write(const struct session *session, struct db *db,
				  const struct snapshot_options *options)
	MUST_CHECK;
struct error *snapshot_meta_read(struct db *db,
				 struct snapshot_meta *ret) MUST_CHECK;

/** Tables of level stats; @p maps: there is a table `map` to refer to. */
struct error *snapshot_write_stats(const struct session *session, struct db *db,
				   bool maps) MUST_CHECK;
/** Tables of level maps; only without redaction paths spell out keys. */
struct error *snapshot_write_maps(const struct session *session, struct db *db,
				  bool keys, const struct redactor *redactor,
				  struct job *job) MUST_CHECK;
/** Tables of level maps about the suspects alone. */
struct error *snapshot_write_suspects(
	const struct session *session, struct db *db,
	const struct snapshot_options *options) MUST_CHECK;
struct error *snapshot_write_goroutines(
	const struct session *session, struct db *db,
	const struct redactor *redactor) MUST_CHECK;
/**
 * Bring all tables to the redactor's level and compact the file. Tables that
 * are not known here are dropped from level names on.
 */
struct error *snapshot_redact(struct db *db,
			      struct redactor *redactor) MUST_CHECK;

#endif
