#ifndef CORE_SESSION_STORED_H
#define CORE_SESSION_STORED_H

/**
 * A session on the tables of a snapshot, without memory and without the
 * binary. Rows, owners, types, findings and totals are read at once, details
 * of a map when asked for.
 */
#include <pthread.h>

#include "core/session/goroutines.h"
#include "core/session/objects.h"
#include "core/session/snapshot_priv.h"
#include "core/session/suspects.h"

struct stored_type {
	char *name; /* owned */
	uint64_t size;
	uint32_t key, elem;   /* numbers of types, 0 none */
	struct type_row live; /* name NULL: no objects of it */
};

struct stored {
	struct snapshot_meta meta;
	struct db *db;
	pthread_mutex_t lock; /* of the queries */
	struct db_query *shape, *path;
	struct session_totals totals;
	struct intern words;	   /* rules, verbs, phases */
	struct stored_type *types; /* from 1 on */
	uint32_t type_count;	   /* the highest number + 1 */
	/* By row: */
	uint32_t *shapes, *paths;
	uint32_t *parents; /* row, UINT32_MAX none */
	/** Goroutines and frames, nothing else. */
	struct go_runtime stacks;
	/* By goroutine: */
	uint64_t *waits;		    /* ns, UINT64_MAX unknown */
	struct code_place *created, *start; /* function NULL: unknown */
	struct goroutine_maps maps;
	/** Only what the first screen shows is here; see stored_brief.c. */
	bool brief, worth;	  /* worth: the rest takes a while to read */
	struct map_group *groups; /* by owner; brief only */
	uint32_t group_count;
};

/** Fill @p session from @p db; takes @p db and @p meta, also on errors. */
struct error *stored_open(struct session *session, struct db *db,
			  struct snapshot_meta *meta,
			  struct job *job) MUST_CHECK;
void stored_free(struct stored *stored);
/** The same with totals alone, the start of both ways to open. */
struct error *stored_begin(struct session *session, struct db *db,
			   struct snapshot_meta *meta) MUST_CHECK;
struct error *stored_load_findings(struct session *session) MUST_CHECK;
/** Totals, findings and owners; nothing but totals if it is not `worth`. */
struct error *stored_open_brief(struct session *session, struct db *db,
				struct snapshot_meta *meta) MUST_CHECK;
/** The program's owners of a brief session. */
void stored_groups(const struct session *session, struct map_groups *ret);

void stored_info(const struct session *session, struct session_info *ret);
/** Figures, path and types of ret->row. */
struct error *stored_detail(const struct session *session, uint32_t row,
			    enum map_detail_want want,
			    struct map_detail *ret) MUST_CHECK;
/** Of the key and element of map type @p type; false: not in the file. */
bool stored_map_sizes(const struct stored *s, uint32_t type, uint64_t *key_ret,
		      uint64_t *elem_ret);
struct error *stored_load_goroutines(struct session *session) MUST_CHECK;
/** Where a goroutine was @p created, or its function. False: unknown. */
bool stored_place(const struct session *session, uint32_t goroutine,
		  bool created, struct code_place *ret);
void stored_goroutine_maps(const struct session *session,
			   struct goroutine_maps *ret);
/** What suspects_load() gives, as far as the file has the tables for it. */
struct error *stored_suspects(const struct session *session,
			      const struct suspect_rows *rows,
			      struct suspect_more *ret) MUST_CHECK;
/** The snapshot's own copy of @p text. */
const char *stored_word(struct stored *stored, const char *text);
struct error *stored_damaged(const char *table, int64_t id) MUST_CHECK;
const char *stored_type_name(const struct session *session, uint32_t type);
void stored_types(const struct session *session, struct type_table *ret);

#endif
