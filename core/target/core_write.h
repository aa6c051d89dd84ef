#ifndef CORE_TARGET_CORE_WRITE_H
#define CORE_TARGET_CORE_WRITE_H

/**
 * A sample as an ELF core that debuggers open: the notes of the kernel (owner
 * CORE: NT_PRSTATUS of each thread, NT_PRPSINFO, NT_SIGINFO, NT_AUXV, NT_FILE;
 * see core(5) and linux/fs/binfmt_elf.c), page-aligned segments. Code is left
 * out, pages of zeros are holes in the file.
 */
#include "core/base/error.h"
#include "core/base/job.h"
#include "core/target/sample.h"

struct core_program {	/* of the executable in the process */
	uint64_t entry; /* address of its entry point */
	uint64_t phdr;	/* address of its program headers, 0 unknown */
	uint64_t phent, phnum;
};

struct error *sample_write_core(const struct sample *sample,
				const struct core_program *program,
				const char *path, bool force, unsigned threads,
				struct job *job) MUST_CHECK;

#endif
