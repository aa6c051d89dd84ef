#ifndef CORE_SESSION_GOROUTINES_H
#define CORE_SESSION_GOROUTINES_H

/**
 * Goroutines of a session, their stacks and the variables of their frames.
 * Goroutines are numbered from 0 in the order of the runtime's list, frames of
 * one goroutine from 0, the innermost; inlined calls are frames of their own.
 */
#include "core/session/session.h"

enum { GOROUTINE_NONE = -1 };

/** Strings live as long as the session. */
struct goroutine_row {
	int64_t id;
	uint64_t addr;		 /* of its runtime.g */
	const char *status;	 /* "waiting", "running" ... */
	const char *wait_reason; /* "" if none */
	uint64_t wait_ns;	 /* UINT64_MAX: the runtime did not note it */
	pid_t thread;		 /* 0 if it is on none */
	int64_t parent;		 /* id of the one that started it, 0 unknown */
	uint32_t frames;
	uint64_t stack_bytes; /* of its stack's memory; UINT64_MAX unknown */
	bool system;	      /* the runtime's own */
	bool incomplete;      /* the stack could not be unwound to its end */
};
uint32_t session_goroutine_count(const struct session *session);
void session_goroutine(const struct session *session, uint32_t index,
		       struct goroutine_row *ret);
/** UINT32_MAX if there is none with that id. */
uint32_t session_goroutine_find(const struct session *session, int64_t id);
/** "chan receive", else the status: what runtime.Stack says in brackets. */
const char *goroutine_state(const struct goroutine_row *row);

/** Does it wait to send to or receive from the channel at @p chan? */
bool session_goroutine_waits_on(const struct session *session, uint32_t index,
				uint64_t chan);

/** A place in the code. */
struct code_place {
	uint64_t pc;	      /* 0 unknown */
	const char *function; /* "?" if unknown */
	const char *file;     /* "" if unknown */
	uint32_t line;
};
enum goroutine_place {
	PLACE_USER,    /* innermost frame that is not of the runtime */
	PLACE_CURRENT, /* innermost frame */
	PLACE_GO,      /* the go statement that started it */
	PLACE_START,   /* its function */
};
/** False if nothing is known of it. */
bool session_goroutine_place(const struct session *session, uint32_t index,
			     enum goroutine_place which,
			     struct code_place *ret);

/** runtime/pprof labels, in the order of the runtime. */
struct goroutine_labels {
	char **keys, **values; /* owned */
	uint32_t count;
};
void session_goroutine_labels(const struct session *session, uint32_t index,
			      struct goroutine_labels *ret);
void goroutine_labels_deinit(struct goroutine_labels *labels);

/**
 * Which goroutine refers to which map: by a word of its stack or registers, or
 * because the map's header is in a frame.
 */
struct goroutine_map {
	uint32_t goroutine, map; /* map: row of session_maps() */
};
struct goroutine_maps {
	struct goroutine_map *list; /* owned; sorted, each pair once */
	uint32_t count;
};
void session_goroutine_maps(const struct session *session,
			    struct goroutine_maps *ret);
void goroutine_maps_deinit(struct goroutine_maps *maps);
/** The first pair of @p goroutine, or where it would be. */
uint32_t goroutine_maps_first(const struct goroutine_maps *maps,
			      uint32_t goroutine);

struct frame_row {
	struct code_place place;
	uint64_t sp, cfa;
	bool inlined; /* shares the physical frame of the next one */
};
/** False past the last frame. */
bool session_frame(const struct session *session, uint32_t goroutine,
		   uint32_t frame, struct frame_row *ret);

/** A variable of a frame. */
struct variable_row {
	const char *name;
	const char *type; /* "?" if unknown */
	const char *why;  /* "optimized out" ...; NULL: it has a value */
	uint32_t type_id;
	uint64_t addr; /* of the value; above SAMPLE_OVERLAY not in the target
			*/
	uint32_t line; /* of its declaration, 0 unknown */
	bool is_arg, is_result, shadowed, escaped;
};
struct frame_variables {
	const struct session *session;
	struct variable_row *list;
	uint32_t count;
	struct sample *memory; /* the target's and values of registers; owned */
};
/** ERROR_NOT_FOUND: no such frame, or no debug information of it. */
struct error *session_frame_variables(const struct session *session,
				      uint32_t goroutine, uint32_t frame,
				      struct frame_variables *ret) MUST_CHECK;
/**
 * The program's package variables, by name; @p with_c: those of C code too.
 * ERROR_NOT_FOUND: the binary has no debug information.
 */
struct error *session_package_variables(const struct session *session,
					bool with_c,
					struct frame_variables *ret) MUST_CHECK;
void frame_variables_deinit(struct frame_variables *variables);

#endif
