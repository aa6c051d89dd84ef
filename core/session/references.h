#ifndef CORE_SESSION_REFERENCES_H
#define CORE_SESSION_REFERENCES_H

/** Why an object is alive, and what would die with it. */
#include "core/session/session.h"

struct ref_step {
	uint64_t addr;	  /* of the holder's data */
	const char *type; /* of the holder; NULL unknown; life of the session */
	char *text;	  /* ".sessions", "[\"id-17\"]"; owned */
	uint64_t retained_bytes; /* of the holder; UINT64_MAX unknown */
};

/** One way from a root to the object, root first. */
struct ref_path {
	const char *kind; /* "global", "stack", ... as JSON names them */
	char *name;	  /* "main.srv.sessions"; owned */
	int64_t goroutine;
	const char *function; /* of a stack root; NULL; life of the session */
	const char *file;     /* likewise */
	uint32_t line;
	uint64_t addr; /* of the root word, 0 register */
	struct ref_step *steps;
	uint32_t step_count;
	uint32_t distance; /* objects on the way, the target included */
	uint32_t merged;   /* paths of the same shape that this stands for */
	bool strong;	   /* false: held for a finalizer or cleanup */
	bool conservative; /* the root word may be no pointer */
};

struct refs {
	uint64_t addr; /* of the object */
	uint32_t object;
	const char *type; /* NULL unknown */
	uint64_t bytes, retained_bytes;
	struct ref_path *paths;
	uint32_t count;
	uint32_t strong, weak; /* of the paths */
	uint32_t holders;      /* distinct objects and roots that refer to it */
	uint64_t visited;
	uint64_t ignored; /* references and roots left out as asked */
	/** Roots that do not keep it alive: */
	bool weak_pointer, finalizer, cleanup;
	bool complete; /* there are no other paths */
	char *verdict; /* what clearing frees; owned */
};

/**
 * At most @p max paths to the object at @p addr, shortest first; with
 * @p merge paths that differ only in keys and indices are one.
 * ERROR_NOT_FOUND if there is no object.
 */
struct error *refs_load(const struct session *session, uint64_t addr,
			uint32_t max, bool merge, struct refs *ret) MUST_CHECK;
/**
 * The same without paths through objects whose type matches the regular
 * expression @p exclude, and from roots whose name or function does.
 */
struct error *refs_load_without(const struct session *session, uint64_t addr,
				uint32_t max, bool merge, const char *exclude,
				struct refs *ret) MUST_CHECK;
/** The same; with @p redact no bytes of map keys are in the steps. */
struct error *refs_load_as(const struct session *session, uint64_t addr,
			   uint32_t max, bool merge, const char *exclude,
			   bool redact, struct refs *ret) MUST_CHECK;
/** Only paths of at most @p distance objects stay; the others are counted. */
uint32_t refs_shorten(struct refs *refs, uint32_t distance);
void refs_deinit(struct refs *refs);

/** One reference from or to an object. */
struct ref_row {
	uint64_t addr;	  /* of the word; 0 register */
	uint64_t target;  /* out: what it points to */
	uint64_t holder;  /* in: the object it is in; 0 root */
	uint32_t object;  /* at the other end; UINT32_MAX root */
	const char *type; /* of the other end; NULL unknown */
	const char *kind; /* "object", or the root's */
	char *text;	  /* field, variable; owned */
	uint64_t retained_bytes;
};
struct ref_rows {
	struct ref_row *rows;
	uint32_t count;
	bool complete;
};
/**
 * Who refers to the object at @p addr, roots first, and to whom it refers, in
 * the order of its words: at most @p max rows. ERROR_NOT_FOUND if there is no
 * object.
 */
struct error *refs_in(const struct session *session, uint64_t addr,
		      uint32_t max, struct ref_rows *ret) MUST_CHECK;
struct error *refs_out(const struct session *session, uint64_t addr,
		       uint32_t max, struct ref_rows *ret) MUST_CHECK;
void ref_rows_deinit(struct ref_rows *rows);

/**
 * The address that @p text means: 0x..., a map's owner, a package variable
 * (what it points to, if it is a pointer). ERROR_NOT_FOUND names near ones.
 */
struct error *session_find_address(const struct session *session,
				   const char *text, uint64_t *ret) MUST_CHECK;

#endif
