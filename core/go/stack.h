#ifndef CORE_GO_STACK_H
#define CORE_GO_STACK_H

/** One goroutine's stack while it is read; for core/go only. */
#include "core/go/runtime_priv.h"

/** Where a walk begins. */
struct stack_start {
	uint64_t pc, sp;
	bool trap;	   /* registers of a running thread: not a call */
	bool conservative; /* no trustworthy start: scan the whole stack */
	const struct sample_thread *thread; /* running here, or NULL */
};

/** A physical frame. Offsets as in runtime/stkframe.go. */
struct stack_frame {
	struct pcln_func func;
	uint64_t pc, sp, fp; /* fp: the caller's sp, the CFA */
	uint64_t varp, argp;
	uint64_t live_pc;  /* pc of the liveness tables; 0: nothing lives */
	bool conservative; /* every word may be a pointer */
	bool innermost, trap;
	uint32_t frame; /* index of the physical frame in rt->frames */
};

/** Variables of the frames at one pc, as offsets from the CFA. */
struct pc_var {
	const char *name;
	int64_t offset;
	uint64_t size, part; /* part: as in struct go_variable */
	uint32_t type;
	bool is_param;
};
struct pc_vars {
	uint64_t pc;
	struct pc_var *vars;
	uint32_t count, cap;
};

struct stack_reader {
	struct go_runtime *rt;
	uint32_t goroutine; /* index */
	uint64_t lo, hi;
	/* caches and growth over all goroutines */
	struct pc_vars **vars_by_pc; /* open addressing, power of two */
	uint32_t vars_count, vars_size;
	uint32_t frame_cap, variable_cap, stack_map_cap;
	/* stack objects of this goroutine */
	struct stack_object *objects;
	uint32_t object_count, object_cap;
	uint64_t *pending; /* pointers into the stack still to follow */
	uint32_t pending_count, pending_cap;
	struct code_maps *code; /* by function; open addressing */
	uint32_t code_count, code_size;
};

struct stack_object {
	uint64_t addr;
	uint64_t size, ptr_bytes;
	uint64_t mask; /* address of the pointer mask; 0: every word */
	uint32_t frame;
	bool live;
};

/** Where a function's code passes a map header of its own frame. */
struct code_map {
	uint32_t type;
	uint32_t offset; /* from sp */
	bool in_slot;	 /* there is a pointer to it, not the header */
};
struct code_maps {
	uint64_t entry;
	struct code_map *list;
	uint32_t count, cap;
};

void stack_reader_deinit(struct stack_reader *reader);
/** Frames, variables and roots of one goroutine. */
void stack_read(struct stack_reader *reader, const struct stack_start *start);
/** Live slots of a frame become roots. */
void stack_frame_roots(struct stack_reader *reader,
		       const struct stack_frame *frame);
/** Follow pointers into the stack through the live stack objects. */
void stack_objects_roots(struct stack_reader *reader);
/** Type the roots from @p first_root on that are values on their way. */
void stack_waits_types(struct stack_reader *reader, uint32_t first_root);
/**
 * Add @p o to the maps on stacks if it is a map header in use; its type only
 * if nothing else fits. The frame's variables are known.
 */
void stack_map_consider(struct stack_reader *reader,
			const struct stack_object *o);
/** Whether only a map header has the object's size and pointer words. */
bool stack_map_shape(const struct stack_reader *reader,
		     const struct stack_object *o);
/**
 * The map type that the code gives an unnamed slot at @p slot, if its @p value
 * points to a map of that type; 0.
 */
uint32_t stack_map_slot_type(struct stack_reader *reader, uint32_t frame,
			     uint64_t slot, uint64_t value);
void stack_maps_deinit(struct stack_reader *reader);
/** Index of the first variable of @p frame or of a later one. */
uint32_t stack_first_variable(const struct go_runtime *rt, uint32_t frame);
/** Remember a map header on the stack, once. */
void stack_map_add(struct stack_reader *reader, const struct go_stack_map *map);
/** Every word of [from, to) may be a pointer. */
void stack_conservative(struct stack_reader *reader, uint64_t from, uint64_t to,
			uint32_t frame);
/** Named variables of the frame into rt->variables. */
void stack_frame_variables(struct stack_reader *reader,
			   const struct stack_frame *frame);

#endif
