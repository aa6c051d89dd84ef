#ifndef DWARF_ELF_FILE_H
#define DWARF_ELF_FILE_H

/**
 * One ELF file, opened once and read on demand: sections, segments, symbols,
 * build-id. Not the debug information (dbg.h) and not a process. Thread safe
 * after open. Every offset and size in the file is checked.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

struct elf_file;

struct elf_section {
	const char *name; /* life of the elf_file */
	uint64_t addr;	  /* link-time address, 0 if not loaded */
	uint64_t offset;
	uint64_t size; /* in the file (compressed size) */
	uint64_t flags;
	uint32_t type;
};

struct elf_segment { /* PT_LOAD only */
	uint64_t vaddr, mem_size, offset, file_size;
	uint32_t flags; /* PF_R | PF_W | PF_X */
};

struct elf_symbol {
	const char *name;
	uint64_t addr, size;
};

/** Open by path; the path may be /proc/PID/exe. */
struct error *elf_file_open(const char *path, struct elf_file **ret) MUST_CHECK;
/** Takes @p fd. @p name is for messages. */
struct error *elf_file_open_fd(int fd, const char *name,
			       struct elf_file **ret) MUST_CHECK;
void elf_file_close(struct elf_file *elf);

const char *elf_file_path(const struct elf_file *elf);
int elf_file_fd(const struct elf_file *elf);
uint64_t elf_file_size(const struct elf_file *elf);
uint16_t elf_file_machine(const struct elf_file *elf); /* EM_X86_64 ... */
uint16_t elf_file_type(const struct elf_file *elf);    /* ET_EXEC ... */
uint64_t elf_file_entry(const struct elf_file *elf);
/** Lowest PT_LOAD vaddr, rounded down to a page (0x400000 for Go PIE). */
uint64_t elf_file_base(const struct elf_file *elf);
/** Lower-case hex of NT_GNU_BUILD_ID, else of the Go build id; NULL if none. */
const char *elf_file_build_id(const struct elf_file *elf);

size_t elf_file_section_count(const struct elf_file *elf);
const struct elf_section *elf_file_section(const struct elf_file *elf,
					   size_t i);
/** NULL if there is none of that name. */
const struct elf_section *elf_file_find_section(const struct elf_file *elf,
						const char *name);
/** Is @p path, perhaps of another name, this file as it was opened? */
bool elf_file_is(const struct elf_file *elf, const char *path);

size_t elf_file_segment_count(const struct elf_file *elf);
const struct elf_segment *elf_file_segment(const struct elf_file *elf,
					   size_t i);

/** Exactly @p len bytes at file offset @p offset. */
struct error *elf_file_read(const struct elf_file *elf, uint64_t offset,
			    void *buf, size_t len) MUST_CHECK;
/**
 * The bytes of a section, inflated if SHF_COMPRESSED; loaded once and kept for
 * the life of the file. Thread safe. At least 64 zero bytes follow them.
 */
struct error *elf_file_load(struct elf_file *elf,
			    const struct elf_section *section,
			    const uint8_t **data_ret,
			    size_t *size_ret) MUST_CHECK;

/** A symbol of .symtab by exact name. ERROR_NOT_FOUND. */
struct error *elf_file_symbol(struct elf_file *elf, const char *name,
			      struct elf_symbol *ret) MUST_CHECK;
/** The object symbol that covers link-time @p addr; ERROR_NOT_FOUND. */
struct error *elf_file_symbol_at(struct elf_file *elf, uint64_t addr,
				 struct elf_symbol *ret) MUST_CHECK;

#endif
