/* The list of goroutines, where each one's stack walk begins, and its roots. */
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/go/find.h"
#include "core/go/stack.h"

enum { DEFERS_MAX = 1 << 20, UCONTEXT_REGS = 40 };

/* An M and the thread that runs it. */
struct machine {
	uint64_t m, curg, gsignal_lo, gsignal_hi;
	const struct sample_thread *thread; /* NULL: not started, or gone */
};

struct machines {
	struct machine *list;
	uint32_t count, cap;
};

static const struct sample_thread *thread_of(const struct sample *sample,
					     uint64_t tid)
{
	const struct sample_thread *threads;
	size_t count, i;

	threads = sample_threads(sample, &count);
	for (i = 0; i < count; i++)
		if ((uint64_t)threads[i].tid == tid)
			return &threads[i];
	return NULL;
}

static void load_machines(const struct go_runtime *rt, struct machines *ret)
{
	uint64_t m = rt_word(rt->sample, find_allm(rt));

	while (m && ret->count < LIMIT_THREADS) {
		uint64_t gsignal = rt_field(rt, m, L_M_GSIGNAL);
		struct machine machine = {
			.m = m,
			.curg = rt_field(rt, m, L_M_CURG),
			.thread = thread_of(rt->sample,
					    rt_field(rt, m, L_M_PROCID)),
		};

		if (gsignal) {
			uint64_t at =
				gsignal +
				(uint64_t)priv_of(rt)->layout.off[L_G_STACK];

			machine.gsignal_lo = rt_word(rt->sample, at);
			machine.gsignal_hi = rt_word(rt->sample, at + 8);
		}
		GROW_ARRAY(ret->list, ret->count, ret->cap);
		ret->list[ret->count++] = machine;
		m = rt_field(rt, m, L_M_ALLLINK);
	}
}

static const struct machine *machine_of(const struct machines *machines,
					uint64_t g)
{
	uint32_t i;

	for (i = 0; i < machines->count; i++)
		if (machines->list[i].curg == g)
			return &machines->list[i];
	return NULL;
}

static const char *status_name(uint32_t status)
{
	static const char *const names[] = {
		[GSTATUS_IDLE] = "idle",
		[GSTATUS_RUNNABLE] = "runnable",
		[GSTATUS_RUNNING] = "running",
		[GSTATUS_SYSCALL] = "syscall",
		[GSTATUS_WAITING] = "waiting",
		[GSTATUS_DEAD] = "dead",
		[GSTATUS_COPYSTACK] = "copystack",
		[GSTATUS_PREEMPTED] = "preempted",
		[GSTATUS_LEAKED] = "leaked",
		[GSTATUS_DEADEXTRA] = "dead",
	};

	return status < ARRAY_LEN(names) && names[status] ? names[status] : "?";
}

/* The reason's text is in the target: its numbering changes with releases. */
static const char *wait_reason(const struct go_runtime *rt, uint64_t g,
			       uint64_t strings)
{
	uint8_t reason = 0;
	uint64_t data, len;
	const char *s;

	if (priv_of(rt)->layout.off[L_G_WAITREASON] < 0 || !strings)
		return "";
	sample_u8(rt->sample,
		  g + (uint64_t)priv_of(rt)->layout.off[L_G_WAITREASON],
		  &reason);
	data = rt_word(rt->sample, strings + reason * 16ULL);
	len = rt_word(rt->sample, strings + reason * 16ULL + 8);
	if (!reason || len > 64)
		return "";
	/* Reasons are constants of the binary, not NUL-terminated there. */
	s = sample_view(rt->sample, data, len);
	return s ? keep_string(priv_of(rt), s, len) : "";
}

static bool is_system(const struct go_runtime *rt, uint64_t start_pc)
{
	static const char *const user[] = {"runtime.main", "runtime.corostart",
					   "runtime.handleAsyncEvent"};
	struct pcln_func func;
	const char *name;
	size_t i;

	if (!pclntab_find(&priv_of(rt)->pclntab, start_pc, &func))
		return false;
	name = pcln_name(&func);
	for (i = 0; i < ARRAY_LEN(user); i++)
		if (!strcmp(name, user[i]))
			return false;
	return !strncmp(name, "runtime.", 8);
}

static bool load_goroutine(const struct go_runtime *rt, uint64_t g,
			   uint64_t strings, struct go_goroutine *ret)
{
	uint32_t status =
		rt_field32(rt, g, L_G_STATUS) & ~(uint32_t)STATUS_SCAN;
	uint64_t stack = g + (uint64_t)priv_of(rt)->layout.off[L_G_STACK];

	if (status == GSTATUS_IDLE || status == GSTATUS_DEAD ||
	    status == GSTATUS_DEADEXTRA)
		return false;
	*ret = (struct go_goroutine){
		.g = g,
		.id = (int64_t)rt_field(rt, g, L_G_GOID),
		.stack_lo = rt_word(rt->sample, stack),
		.stack_hi = rt_word(rt->sample, stack + 8),
		.status = status,
		.status_name = status_name(status),
		.wait_reason = "",
		.wait_since = rt_field(rt, g, L_G_WAITSINCE),
		.start_pc = rt_field(rt, g, L_G_STARTPC),
		.created_pc = rt_field(rt, g, L_G_GOPC),
		.parent = (int64_t)rt_field(rt, g, L_G_PARENT),
		.labels = rt_field(rt, g, L_G_LABELS),
	};
	if (status == GSTATUS_WAITING || status == GSTATUS_LEAKED)
		ret->wait_reason = wait_reason(rt, g, strings);
	ret->system = is_system(rt, ret->start_pc);
	return ret->stack_lo < ret->stack_hi &&
	       ret->stack_hi - ret->stack_lo <= 1ULL << 32;
}

static bool inside(const struct go_goroutine *g, uint64_t sp)
{
	return sp > g->stack_lo && sp <= g->stack_hi;
}

/*
 * A thread inside a signal handler: unwind the signal stack to the frame whose
 * caller the kernel made, there lies the interrupted context.
 */
static bool interrupted_context(const struct stack_reader *reader,
				const struct machine *machine, uint64_t *pc_ret,
				uint64_t *sp_ret)
{
	const struct go_runtime *rt = reader->rt;
	uint64_t pc = machine->thread->pc, sp = machine->thread->sp, regs;
	struct pcln_func func;
	int depth;

	for (depth = 0; depth < 256; depth++) {
		int32_t delta;

		if (!pclntab_find(&priv_of(rt)->pclntab, pc, &func) ||
		    (delta = pcln_sp_delta(&func, pc)) < 0)
			return false;
		sp += (uint32_t)delta + 8;
		if (!strcmp(pcln_name(&func), "runtime.sigtramp") ||
		    !strcmp(pcln_name(&func), "runtime.cgoSigtramp"))
			break;
		pc = rt_word(rt->sample, sp - 8);
	}
	/* gregs: r8..r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip */
	regs = sp + UCONTEXT_REGS;
	*sp_ret = rt_word(rt->sample, regs + 120);
	*pc_ret = rt_word(rt->sample, regs + 128);
	return true;
}

static bool on_signal_stack(const struct machine *machine)
{
	return machine->thread && machine->thread->have_regs &&
	       machine->thread->sp > machine->gsignal_lo &&
	       machine->thread->sp <= machine->gsignal_hi;
}

static void find_start(const struct stack_reader *reader,
		       const struct go_goroutine *g,
		       const struct machine *machine, struct stack_start *ret)
{
	const struct go_runtime *rt = reader->rt;
	uint64_t sched = g->g + (uint64_t)priv_of(rt)->layout.off[L_G_SCHED];
	uint64_t syscall_sp = rt_field(rt, g->g, L_G_SYSCALLSP);

	*ret = (struct stack_start){
		.sp = rt_field(rt, sched, L_GOBUF_SP),
		.pc = rt_field(rt, sched, L_GOBUF_PC),
	};
	if (syscall_sp && inside(g, syscall_sp)) {
		ret->sp = syscall_sp;
		ret->pc = rt_field(rt, g->g, L_G_SYSCALLPC);
	} else if (machine && machine->thread && machine->thread->have_regs &&
		   inside(g, machine->thread->sp)) {
		ret->sp = machine->thread->sp;
		ret->pc = machine->thread->pc;
		ret->trap = true;
		ret->thread = machine->thread;
	} else if (machine && on_signal_stack(machine) &&
		   interrupted_context(reader, machine, &ret->pc, &ret->sp)) {
		ret->trap = inside(g, ret->sp);
	}
	ret->conservative =
		!inside(g, ret->sp) || g->status == GSTATUS_COPYSTACK ||
		(machine && machine->thread && !machine->thread->have_regs &&
		 g->status == GSTATUS_RUNNING);
}

static void add_runtime_root(struct go_runtime *rt, uint64_t addr,
			     uint32_t frame)
{
	struct go_root root = {
		.addr = addr,
		.kind = GO_ROOT_RUNTIME,
		.owner = frame,
	};

	if (sample_u64(rt->sample, addr, &root.value))
		root_add(rt, &root);
}

/* What else a g keeps: its context word, its defers. */
static void extra_roots(struct go_runtime *rt, const struct go_goroutine *g)
{
	const struct go_layout *l = &priv_of(rt)->layout;
	uint64_t sched = g->g + (uint64_t)l->off[L_G_SCHED];
	uint64_t record = rt_field(rt, g->g, L_G_DEFER);
	uint32_t i;

	add_runtime_root(rt, sched + (uint64_t)l->off[L_GOBUF_CTXT],
			 g->first_frame);
	for (i = 0; record && i < DEFERS_MAX; i++) {
		uint8_t on_heap = 0;
		struct go_root root = {
			.value = record,
			.kind = GO_ROOT_RUNTIME,
			.owner = g->first_frame,
		};

		sample_u8(rt->sample, record + (uint64_t)l->off[L_DEFER_HEAP],
			  &on_heap);
		if (on_heap)
			root_add(rt, &root);
		add_runtime_root(rt, record + (uint64_t)l->off[L_DEFER_FN],
				 g->first_frame);
		record = rt_field(rt, record, L_DEFER_LINK);
	}
}

static void read_one(struct stack_reader *reader,
		     const struct machines *machines, uint32_t index)
{
	struct go_runtime *rt = reader->rt;
	struct go_goroutine *g = &rt->goroutines[index];
	const struct machine *machine = machine_of(machines, g->g);
	struct stack_start start;

	reader->goroutine = index;
	reader->lo = g->stack_lo;
	reader->hi = g->stack_hi;
	if (machine && machine->thread)
		g->thread = machine->thread->tid;
	find_start(reader, g, machine, &start);
	stack_read(reader, &start);
	extra_roots(rt, g);
}

static bool list_goroutines(struct go_runtime *rt)
{
	uint64_t allgs = find_allgs(rt);
	uint64_t strings = find_wait_reasons(rt);
	uint64_t list = rt_word(rt->sample, allgs);
	uint64_t n = rt_word(rt->sample, allgs + 8), i;

	if (n > LIMIT_GOROUTINES || !sample_view(rt->sample, list, n * 8))
		return false;
	rt->goroutines = xreallocarray(NULL, n, sizeof(*rt->goroutines));
	for (i = 0; i < n; i++) {
		uint64_t g = rt_word(rt->sample, list + i * 8);

		if (!g || !load_goroutine(rt, g, strings,
					  &rt->goroutines[rt->goroutine_count]))
			continue;
		rt->goroutine_count++;
	}
	return true;
}

struct error *goroutines_load(struct go_runtime *rt, struct job *job)
{
	struct sample *sample = (struct sample *)(uintptr_t)rt->sample;
	struct stack_reader reader = {.rt = rt};
	struct machines machines = {0};
	uint32_t i;

	if (!list_goroutines(rt)) {
		sample_warn(sample, "the list of goroutines is unreadable");
		return NULL;
	}
	load_machines(rt, &machines);
	job_phase(job, "goroutines", rt->goroutine_count);
	for (i = 0; i < rt->goroutine_count && !job_cancelled(job); i++) {
		read_one(&reader, &machines, i);
		job_advance(job, 1);
	}
	stack_reader_deinit(&reader);
	free(machines.list);
	return job_check(job);
}
