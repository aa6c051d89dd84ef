/*
 * Frames of one goroutine by pclntab alone. CFA = sp + pcsp(pc) + 8; the
 * return address lies below it, the saved rbp below that.
 */
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/go/stack.h"

static bool is_named(const struct pcln_func *func, const char *name)
{
	return !strcmp(pcln_name(func), name);
}

/* Frames that the runtime pushed on a running goroutine. */
static bool saves_registers(const struct pcln_func *func)
{
	return is_named(func, "runtime.asyncPreempt") ||
	       is_named(func, "runtime.debugCallV2");
}

static void add_frames(struct stack_reader *reader, struct stack_frame *frame,
		       bool call)
{
	struct go_runtime *rt = reader->rt;
	struct pcln_inline inlined[PCLN_INLINE_MAX];
	uint64_t pc = call ? frame->pc - 1 : frame->pc;
	uint32_t n, i;

	n = pcln_inline_frames(&priv_of(rt)->pclntab, &frame->func, pc, inlined,
			       PCLN_INLINE_MAX);
	for (i = 0; i < n; i++) {
		GROW_ARRAY(rt->frames, rt->frame_count, reader->frame_cap);
		rt->frames[rt->frame_count++] = (struct go_frame){
			.pc = frame->pc,
			.sp = frame->sp,
			.cfa = frame->fp,
			.function = inlined[i].name,
			.file = inlined[i].file,
			.line = inlined[i].line,
			.goroutine = reader->goroutine,
			.inlined = inlined[i].inlined,
			.trap = !call,
		};
	}
	frame->frame = rt->frame_count - 1;
}

/* Geometry of the frame at pc, sp. False: the tables do not cover it. */
static bool open_frame(const struct stack_reader *reader, uint64_t pc,
		       uint64_t sp, struct stack_frame *ret)
{
	int32_t delta;

	*ret = (struct stack_frame){.pc = pc, .sp = sp, .live_pc = pc};
	if (!pclntab_find(&priv_of(reader->rt)->pclntab, pc, &ret->func))
		return false;
	delta = pcln_sp_delta(&ret->func, pc);
	if (delta < 0)
		return false;
	ret->fp = sp + (uint32_t)delta + 8;
	ret->argp = ret->fp;
	ret->varp = ret->fp - 8;
	if (ret->varp > sp)
		ret->varp -= 8;
	return ret->fp > sp && ret->fp <= reader->hi;
}

struct walk {
	struct stack_frame frame;
	bool after_fault;     /* the callee was sigpanic */
	bool after_registers; /* the callee saved our registers */
	bool complete;
};

static void set_liveness(const struct stack_start *start, struct walk *walk,
			 bool innermost)
{
	struct stack_frame *f = &walk->frame;

	f->innermost = innermost;
	f->trap = (innermost && start->trap) || walk->after_fault ||
		  walk->after_registers;
	f->conservative = (innermost && start->trap) || walk->after_registers ||
			  saves_registers(&f->func);
	if (walk->after_fault)
		f->live_pc = f->func.deferreturn
				     ? f->func.entry + f->func.deferreturn + 1
				     : 0;
}

/* One frame out. False at the end of the stack. */
static bool step_out(struct stack_reader *reader, struct walk *walk)
{
	struct stack_frame *f = &walk->frame;
	uint64_t pc, sp = f->fp;

	if (f->func.flag & FUNC_TOPFRAME) {
		walk->complete = true;
		return false;
	}
	if (f->func.flag & FUNC_SPWRITE && !f->innermost)
		return false;
	if (!sample_u64(reader->rt->sample, f->fp - 8, &pc) || !pc) {
		walk->complete = !pc;
		return false;
	}
	walk->after_fault = is_named(&f->func, "runtime.sigpanic");
	walk->after_registers = saves_registers(&f->func);
	return open_frame(reader, pc, sp, f);
}

static void registers_as_roots(struct stack_reader *reader,
			       const struct sample_thread *thread,
			       uint32_t frame)
{
	unsigned i;

	for (i = 0; i < SAMPLE_REGISTERS - 1; i++) {
		struct go_root root = {
			.value = thread->regs[i],
			.kind = GO_ROOT_REGISTER,
			.owner = frame,
			.conservative = true,
		};

		root_add(reader->rt, &root);
	}
}

void stack_read(struct stack_reader *reader, const struct stack_start *start)
{
	struct go_goroutine *g = &reader->rt->goroutines[reader->goroutine];
	struct walk walk = {0};
	const uint32_t first_root = reader->rt->root_count;
	uint64_t top = start->sp;
	bool innermost = true;
	uint64_t frames;

	g->first_frame = reader->rt->frame_count;
	if (start->conservative ||
	    !open_frame(reader, start->pc, start->sp, &walk.frame)) {
		g->conservative = true;
		stack_conservative(reader, reader->lo, reader->hi, UINT32_MAX);
		stack_objects_roots(reader);
		return;
	}
	for (frames = 0; frames < LIMIT_FRAMES; frames++) {
		set_liveness(start, &walk, innermost);
		add_frames(reader, &walk.frame, !walk.frame.trap);
		stack_frame_variables(reader, &walk.frame);
		stack_frame_roots(reader, &walk.frame);
		if (innermost && start->thread)
			registers_as_roots(reader, start->thread,
					   walk.frame.frame);
		innermost = false;
		top = walk.frame.fp;
		if (!step_out(reader, &walk))
			break;
	}
	if (!walk.complete) {
		g->conservative = true;
		stack_conservative(reader, top, reader->hi,
				   reader->rt->frame_count - 1);
	}
	stack_objects_roots(reader);
	stack_waits_types(reader, first_root);
	g->frame_count = reader->rt->frame_count - g->first_frame;
}
