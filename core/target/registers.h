#ifndef CORE_TARGET_REGISTERS_H
#define CORE_TARGET_REGISTERS_H

/**
 * The kernel's register block (PTRACE_GETREGSET and NT_PRSTATUS share it) as
 * DWARF numbers. Fact: System V AMD64 psABI, figure 3.36.
 */
#include <sys/user.h>

#include "core/target/sample.h"

void registers_set(struct sample_thread *thread,
		   const struct user_regs_struct *regs);

#endif
