#ifndef CORE_SESSION_SUSPECTS_H
#define CORE_SESSION_SUSPECTS_H

/**
 * Maps worth a page of their own, and what is told about them only: several
 * ways from roots, and where what they keep alive was allocated, as far as the
 * runtime's heap profile sampled it. Snapshots keep both.
 */
#include "core/session/session.h"

enum {
	SUSPECT_PATHS = 3,
	SUSPECT_SITES = 3,
	SUSPECTS_BY_FINDING = 12, /* at most, unless chosen by hand */
	SUSPECTS_AT_LEAST = 3,	  /* the largest owners fill up */
	SUSPECTS_MAX = 100,
};

struct suspect_path { /* strings owned */
	char *root;   /* kind, as JSON names it */
	char **steps; /* root first */
	uint32_t step_count;
	int64_t goroutine; /* of a stack root, else 0 */
	uint32_t merged;   /* paths of this shape that were met */
	bool strong;	   /* false: held for a finalizer or cleanup */
};

struct suspect_site { /* strings owned */
	char *function, *file;
	uint32_t line;
	uint64_t objects; /* sampled ones that were allocated there */
};

struct suspect_more {
	struct suspect_path paths[SUSPECT_PATHS]; /* shortest first */
	uint32_t path_count;
	struct suspect_site sites[SUSPECT_SITES]; /* most objects first */
	uint32_t site_count;
	uint64_t sampled; /* objects that it keeps alive, by any site */
};

/** Row numbers; owned. Those @p chosen, or else found by findings and size. */
struct suspect_rows {
	uint32_t rows[SUSPECTS_MAX];
	uint32_t count;
};
void suspect_rows_load(const struct session *session,
		       const struct suspect_rows *chosen,
		       struct suspect_rows *ret);
/**
 * The rows that a person names, by comma: addresses, owners (the map of it
 * that retains most), expressions. ERROR_NOT_FOUND, ERROR_USAGE.
 */
struct error *suspect_rows_parse(const struct session *session,
				 const char *list,
				 struct suspect_rows *ret) MUST_CHECK;

/**
 * One result a row, into @p ret[0..rows->count). With @p redact no bytes of
 * keys. Of a snapshot without memory: what it keeps.
 */
struct error *suspects_load(const struct session *session,
			    const struct suspect_rows *rows, bool redact,
			    struct suspect_more *ret) MUST_CHECK;
void suspect_more_deinit(struct suspect_more *more);

#endif
