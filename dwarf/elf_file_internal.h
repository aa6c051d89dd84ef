#ifndef DWARF_ELF_FILE_INTERNAL_H
#define DWARF_ELF_FILE_INTERNAL_H

/** Shared by the elf_*.c files only. */
#include <elf.h>
#include <pthread.h>

#include "dwarf/elf_file.h"

enum { ELF_PAD = 64 }; /* zero bytes behind loaded sections */

/** The bytes of one section once somebody asked for them. */
struct elf_content {
	pthread_mutex_t lock;
	uint8_t *data; /* NULL until loaded */
	size_t size;
};

struct elf_symbols;

struct elf_file {
	char *path;
	int fd;
	uint64_t size;
	Elf64_Ehdr header;
	struct elf_section *sections;
	struct elf_content *contents; /* parallel to sections */
	uint32_t *links;	      /* sh_link, parallel to sections */
	size_t section_count;
	struct elf_segment *segments; /* PT_LOAD */
	size_t segment_count;
	char *build_id;
	pthread_mutex_t symbols_lock;
	struct elf_symbols *symbols; /* NULL until loaded */
	unsigned searches;	     /* for symbols, before that */
};

/** NULL is fine. */
void elf_symbols_free(struct elf_symbols *symbols);
/** Frees what elf_file_load() kept. */
void elf_contents_free(struct elf_file *elf);
/** The build-id string (malloc'ed), NULL if the file has none. */
char *elf_note_build_id(struct elf_file *elf, const Elf64_Phdr *headers,
			size_t count);

#endif
