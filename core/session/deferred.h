#ifndef CORE_SESSION_DEFERRED_H
#define CORE_SESSION_DEFERRED_H

/**
 * Calls that frames have deferred and that have not begun, and the goroutines
 * that started a goroutine where the runtime was told to keep them.
 */
#include "core/session/goroutines.h"

/** Strings live as long as the session. */
struct deferred_row {
	struct code_place place; /* the function's beginning */
	struct code_place by;	 /* the defer statement; pc 0 unknown */
	const char *calls; /* what the compiler's wrapper calls; NULL: none */
	const char *kind;  /* "open-coded", "stack", "heap", "range" */
	uint64_t closure;  /* address of the function value; 0 unreadable */
	uint64_t record;   /* of its runtime._defer; 0 none */
	uint32_t frame;	   /* of the goroutine; UINT32_MAX: of none */
};

struct deferred_calls {
	struct deferred_row *list; /* by frame; next to run first */
	uint32_t count;
	bool incomplete; /* something was damaged or unreadable */
};

/** All of a goroutine. It needs memory, which a snapshot may not have. */
struct error *session_deferred(const struct session *session,
			       uint32_t goroutine,
			       struct deferred_calls *ret) MUST_CHECK;
void deferred_calls_deinit(struct deferred_calls *calls);
/** The first of @p frame, or where it would be. */
uint32_t deferred_calls_first(const struct deferred_calls *calls,
			      uint32_t frame);

/** What the call has captured; it has no arguments and no locals yet. */
struct error *session_deferred_variables(
	const struct session *session, const struct deferred_row *row,
	struct frame_variables *ret) MUST_CHECK;

/** A goroutine that started another one, as it was then. */
struct ancestor {
	int64_t id;
	struct code_place *frames; /* owned */
	uint32_t count;
};
/** A snapshot may lack the memory that they are in. */
struct error *session_check_ancestors(const struct session *session) MUST_CHECK;
/**
 * Number @p n, the parent is 0, at most @p depth frames of it. False if it is
 * not kept: the target has to run with GODEBUG=tracebackancestors=N.
 */
bool session_ancestor(const struct session *session, uint32_t goroutine,
		      uint32_t n, uint32_t depth, struct ancestor *ret);
void ancestor_deinit(struct ancestor *ancestor);

#endif
