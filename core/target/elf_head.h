#ifndef CORE_TARGET_ELF_HEAD_H
#define CORE_TARGET_ELF_HEAD_H

/**
 * ELF header and program headers by plain pread(): all that a core file and the
 * executable behind it need. The file may be hostile or cut short.
 */
#include <elf.h>
#include <stddef.h>

#include "core/base/error.h"

struct elf_head {
	Elf64_Ehdr ehdr;
	Elf64_Phdr *phdrs; /* owned */
	size_t phdr_count;
	uint64_t file_size;
	int64_t mtime_ns;
};

/**
 * ERROR_CORRUPT if @p fd is no 64-bit little-endian ELF, ERROR_UNSUPPORTED if
 * it is of another machine than amd64. @p name is for messages.
 */
struct error *elf_head_read(int fd, const char *name,
			    struct elf_head *ret) MUST_CHECK;
void elf_head_deinit(struct elf_head *head);

#endif
