#include "core/target/registers.h"

void registers_set(struct sample_thread *thread,
		   const struct user_regs_struct *regs)
{
	const uint64_t dwarf[SAMPLE_REGISTERS] = {
		regs->rax, regs->rdx, regs->rcx, regs->rbx, regs->rsi,
		regs->rdi, regs->rbp, regs->rsp, regs->r8,  regs->r9,
		regs->r10, regs->r11, regs->r12, regs->r13, regs->r14,
		regs->r15, regs->rip,
	};
	unsigned i;

	for (i = 0; i < SAMPLE_REGISTERS; i++)
		thread->regs[i] = dwarf[i];
	thread->pc = regs->rip;
	thread->sp = regs->rsp;
	thread->bp = regs->rbp;
	thread->fs_base = regs->fs_base;
	thread->have_regs = true;
}
