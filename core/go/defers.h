#ifndef CORE_GO_DEFERS_H
#define CORE_GO_DEFERS_H

/**
 * Calls that the frames of a goroutine have deferred and that have not begun.
 * The runtime keeps a list of records; the compiler keeps no record of those
 * that it writes into the function itself ("open-coded", most of them), but
 * tells the runtime for a panic where the frame has its bits and closures.
 */
#include "core/go/runtime.h"

enum go_defer_kind {
	GO_DEFER_OPEN,	/* in the code; the frame has the closure */
	GO_DEFER_STACK, /* a record in the frame */
	GO_DEFER_HEAP,
	GO_DEFER_RANGE, /* of the body of a range over a function */
};

struct go_defer {
	uint64_t record;  /* address of its runtime._defer; 0 none */
	uint64_t closure; /* the function value; 0 unreadable */
	uint64_t entry;	  /* of the function; 0 unreadable */
	uint64_t pc;	  /* behind the call that deferred it; 0 unknown */
	uint32_t frame;	  /* in rt->frames; UINT32_MAX: no frame has it */
	uint8_t kind;	  /* enum go_defer_kind */
};

struct go_defers {
	struct go_defer *list; /* by frame from the innermost, next to run
				  first */
	uint32_t count, cap;
	bool incomplete; /* something was damaged or unreadable */
};

void go_defers_load(const struct go_runtime *rt, uint32_t goroutine,
		    struct go_defers *ret);
void go_defers_deinit(struct go_defers *defers);

/**
 * The function that the compiler's wrapper with that entry is there to call;
 * NULL if it is no such wrapper or its code does not tell.
 */
const char *go_defer_wrapped(const struct go_runtime *rt, uint64_t entry);

/**
 * What the runtime keeps of the goroutines that started this one, if it was
 * told to (GODEBUG=tracebackancestors=N): the parent first.
 */
struct go_ancestor {
	int64_t id;
	const uint8_t *pcs; /* 8 bytes each, in the sample */
	uint64_t count;
};
/** False past the last. */
bool go_ancestor_at(const struct go_runtime *rt, uint32_t goroutine, uint32_t n,
		    struct go_ancestor *ret);

#endif
