#include "core/target/fork_seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>

#include "core/base/xalloc.h"
#include "core/target/procfs.h"

enum {
	SECCOMP_FILTERS = 64,  /* of one thread */
	SECCOMP_MODE_OFF = 0,  /* as in /proc/PID/status */
	SECCOMP_MODE_READ = 2, /* filters */
};

struct machine {
	uint32_t a, x, memory[BPF_MEMWORDS];
	const struct seccomp_data *data;
};

static bool load(struct machine *m, const struct sock_filter *op, uint32_t *ret)
{
	switch (BPF_MODE(op->code)) {
	case BPF_IMM:
		*ret = op->k;
		return true;
	case BPF_LEN:
		*ret = sizeof(*m->data);
		return true;
	case BPF_MEM:
		if (op->k >= BPF_MEMWORDS)
			return false;
		*ret = m->memory[op->k];
		return true;
	case BPF_ABS:
		if (op->k > sizeof(*m->data) - 4 || op->k % 4)
			return false;
		memcpy(ret, (const char *)m->data + op->k, 4);
		return true;
	default:
		return false;
	}
}

static bool compute(struct machine *m, const struct sock_filter *op)
{
	uint32_t b = BPF_SRC(op->code) == BPF_X ? m->x : op->k;

	switch (BPF_OP(op->code)) {
	case BPF_ADD:
		m->a += b;
		return true;
	case BPF_SUB:
		m->a -= b;
		return true;
	case BPF_MUL:
		m->a *= b;
		return true;
	case BPF_DIV:
		m->a = b ? m->a / b : 0;
		return b != 0;
	case BPF_OR:
		m->a |= b;
		return true;
	case BPF_AND:
		m->a &= b;
		return true;
	case BPF_XOR:
		m->a ^= b;
		return true;
	case BPF_LSH:
		m->a = b < 32 ? m->a << b : 0;
		return b < 32;
	case BPF_RSH:
		m->a = b < 32 ? m->a >> b : 0;
		return b < 32;
	case BPF_NEG:
		m->a = 0 - m->a;
		return true;
	default:
		return false;
	}
}

/** How far to jump beyond the next instruction; false if it is no jump. */
static bool jump(const struct machine *m, const struct sock_filter *op,
		 uint32_t *ret)
{
	uint32_t b = BPF_SRC(op->code) == BPF_X ? m->x : op->k;
	bool taken;

	switch (BPF_OP(op->code)) {
	case BPF_JA:
		*ret = op->k;
		return true;
	case BPF_JEQ:
		taken = m->a == b;
		break;
	case BPF_JGT:
		taken = m->a > b;
		break;
	case BPF_JGE:
		taken = m->a >= b;
		break;
	case BPF_JSET:
		taken = (m->a & b) != 0;
		break;
	default:
		return false;
	}
	*ret = taken ? op->jt : op->jf;
	return true;
}

static bool store(struct machine *m, const struct sock_filter *op,
		  uint32_t value)
{
	if (op->k >= BPF_MEMWORDS)
		return false;
	m->memory[op->k] = value;
	return true;
}

/** One instruction other than a return; false if it makes no sense. */
static bool step(struct machine *m, const struct sock_filter *op,
		 uint32_t *skip_ret)
{
	*skip_ret = 0;
	switch (BPF_CLASS(op->code)) {
	case BPF_LD:
		return load(m, op, &m->a);
	case BPF_LDX:
		return load(m, op, &m->x);
	case BPF_ST:
		return store(m, op, m->a);
	case BPF_STX:
		return store(m, op, m->x);
	case BPF_ALU:
		return compute(m, op);
	case BPF_JMP:
		return jump(m, op, skip_ret);
	case BPF_MISC:
		if (BPF_MISCOP(op->code) == BPF_TAX)
			m->x = m->a;
		else
			m->a = m->x;
		return true;
	default:
		return false;
	}
}

uint32_t seccomp_run(const struct sock_filter *program, size_t count,
		     const struct seccomp_data *data)
{
	struct machine m = {.data = data};
	size_t at;
	uint32_t skip;

	/* Jumps go forward only, so this ends. */
	for (at = 0; at < count; at += 1 + (size_t)skip) {
		const struct sock_filter *op = &program[at];

		if (BPF_CLASS(op->code) == BPF_RET)
			return BPF_RVAL(op->code) == BPF_A ? m.a : op->k;
		if (!step(&m, op, &skip))
			break;
	}
	return SECCOMP_RET_KILL_PROCESS;
}

static bool passes(uint32_t verdict)
{
	verdict &= SECCOMP_RET_ACTION_FULL;
	return verdict == SECCOMP_RET_ALLOW || verdict == SECCOMP_RET_LOG;
}

static long get_filter(pid_t tid, uintptr_t index, struct sock_filter *ret)
{
	return ptrace((enum __ptrace_request)PTRACE_SECCOMP_GET_FILTER, tid,
		      index, ret);
}

/** Every filter must let it pass. */
static bool all_pass(pid_t tid, const struct seccomp_data *data)
{
	uintptr_t i;

	for (i = 0; i < SECCOMP_FILTERS; i++) {
		CLEANUP(free_cleanup) struct sock_filter *program = NULL;
		long count = get_filter(tid, i, NULL);

		/* ENOENT: there are no more. */
		if (count < 0)
			return i > 0 && errno == ENOENT;
		if (!count || count > BPF_MAXINSNS)
			return false;
		program = xcalloc(BPF_MAXINSNS, sizeof(*program));
		if (get_filter(tid, i, program) != count ||
		    !passes(seccomp_run(program, (size_t)count, data)))
			return false;
	}
	return false;
}

/** The mode of one thread; threads may differ. */
static unsigned thread_mode(pid_t pid, pid_t tid)
{
	CLEANUP(free_cleanup) char *text = NULL;
	struct proc_status status = {.seccomp = 1};
	char name[64];
	size_t len;
	struct error *err;

	snprintf(name, sizeof(name), "task/%d/status", (int)tid);
	err = procfs_read(pid, name, &text, &len);
	if (!err && !procfs_parse_status(text, len, &status))
		status.seccomp = 1;
	error_free(err);
	return status.seccomp;
}

bool fork_seccomp_allows(pid_t pid, const struct fork_window *window,
			 const struct fork_call *call)
{
	struct seccomp_data data = {
		.nr = (int)call->number,
		.arch = AUDIT_ARCH_X86_64,
		.instruction_pointer = window->regs.rip,
	};
	unsigned mode = thread_mode(pid, window->tid);

	memcpy(data.args, call->args, sizeof(call->args));
	data.args[FORK_ARGS] = window->regs.r9;
	if (mode == SECCOMP_MODE_OFF)
		return true;
	return mode == SECCOMP_MODE_READ && all_pass(window->tid, &data);
}
