#ifndef CORE_TARGET_CORE_NOTES_H
#define CORE_TARGET_CORE_NOTES_H

/**
 * The notes of an ELF core that we understand. Facts: the kernel's
 * fs/binfmt_elf.c writes NT_FILE offsets in units of its page field (4096),
 * gdb's gcore in units of 1; the thread that died comes first.
 */
#include "core/target/sample.h"

struct core_file { /* one entry of NT_FILE */
	uint64_t start, end, offset;
	char *path; /* owned */
};

struct core_notes {
	struct sample_thread *threads;
	size_t thread_count, thread_cap;
	struct core_file *files; /* sorted by start */
	size_t file_count;
	pid_t pid;	/* 0 unknown */
	uint64_t entry; /* AT_ENTRY, 0 unknown */
	uint64_t phdr;	/* AT_PHDR */
	char name[17];	/* of NT_PRPSINFO */
	bool damaged;	/* a note was cut short or made no sense */
};

/** Add the notes in @p len bytes of one PT_NOTE segment. */
void core_notes_parse(struct core_notes *notes, const uint8_t *bytes,
		      uint64_t len);
void core_notes_deinit(struct core_notes *notes);
/** The file mapped at @p addr, or NULL. */
const struct core_file *core_notes_file(const struct core_notes *notes,
					uint64_t addr);

#endif
