#ifndef CORE_GO_FRAME_VARS_H
#define CORE_GO_FRAME_VARS_H

/**
 * Parameters, results and locals of one frame, inlined calls apart, out of the
 * debug information's location lists: those that are in memory, in registers
 * that were saved, in pieces, and those that are nowhere.
 */
#include "core/go/runtime.h"

enum frame_var_state {
	FRAME_VAR_MEMORY,	 /* at `addr` of the target */
	FRAME_VAR_BYTES,	 /* put together in `bytes` */
	FRAME_VAR_OPTIMIZED_OUT, /* it has no value at this pc */
	FRAME_VAR_PARTLY,	 /* some of its words are nowhere */
	FRAME_VAR_REGISTER,	 /* in a register that nobody saved */
	FRAME_VAR_UNREADABLE,	 /* damaged, or its memory is absent */
};

struct frame_var {
	const char *name; /* life of the program */
	uint32_t type;	  /* 0 unknown */
	uint32_t decl_line;
	uint64_t addr;
	uint8_t *bytes; /* owned; the type's size */
	uint8_t state;	/* enum frame_var_state */
	uint8_t block_depth;
	bool is_param, is_output;
	bool escaped;  /* moved to the heap: addr is there */
	bool shadowed; /* an inner block has the same name */
};

struct frame_vars {
	struct frame_var *list;
	uint32_t count, cap;
};

/**
 * Variables of rt->frames[@p frame], in the order of the source.
 * ERROR_NOT_FOUND: no debug information covers the function.
 */
struct error *frame_vars_load(const struct go_runtime *rt, uint32_t frame,
			      struct frame_vars *ret) MUST_CHECK;
void frame_vars_deinit(struct frame_vars *vars);
/** "optimized out" and the like; NULL for values that are there. */
const char *frame_var_why(const struct frame_var *var);

#endif
