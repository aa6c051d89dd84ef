#ifndef CORE_GO_TEXT_REFS_H
#define CORE_GO_TEXT_REFS_H

/**
 * What the instructions of a program say that its debug information does not:
 * which functions store to a word of data, and of what type closures are
 * allocated. The text of the program itself is looked through once, in its
 * file, by all threads; that of plugins in each sample.
 *
 * The compiler gives each closure object a struct type of its own, to the
 * allocator only:
 *
 *	lea  type(%rip), %rax
 *	call runtime.newobject
 *	lea  function(%rip), %reg
 *	mov  %reg, (%rax)
 *
 * Since Go 1.27 the size class has an allocator of its own, whose arguments are
 * the size in %eax, the type in %rbx and 1 in %ecx. Instructions have no fixed
 * places: what looks like one may be a part of others, so addresses are to be
 * checked by who uses them.
 */
#include <stdint.h>

#include "core/go/moduledata.h"

/** An allocation of the type at @c rtype for a closure of @c function. */
struct text_site {
	uint64_t function, rtype;
};

/** mov %reg, word(%rip) at @c at. */
struct text_store {
	uint64_t at, to;
};

struct text_refs {
	uint64_t low, high;	 /* all of the text, to be set first */
	struct text_site *sites; /* by function, then rtype */
	uint32_t site_count, site_cap;
	struct text_store *stores; /* by `at` */
	uint32_t store_count, store_cap;
};

void text_refs_deinit(struct text_refs *refs);
/**
 * Add those whose first byte is one of the first @p own of @p len at @p code,
 * which is text at @p addr. The lists are sorted if addresses rise and
 * text_refs_sort() is called at the end.
 */
void text_refs_add(struct text_refs *refs, const uint8_t *code, uint64_t addr,
		   uint64_t len, uint64_t own);
void text_refs_sort(struct text_refs *refs);

/** Of the program's own text, by link-time address; part of go_program. */
struct program_text;
struct program_text *program_text_new(void);
void program_text_free(struct program_text *text);

/** Of one module of a process: address there = address here + bias. */
struct module_text {
	const struct text_refs *refs;
	uint64_t bias;
	struct text_refs own; /* of a plugin */
};

/** Owned by the caller. What cannot be read says nothing. */
void module_text_open(const struct go_program *program,
		      const struct sample *sample,
		      const struct go_modules *modules, uint32_t index,
		      uint64_t bias, struct module_text *ret);
void module_text_close(struct module_text *text);

#endif
