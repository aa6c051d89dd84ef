#ifndef CORE_HEAP_TYPE_WORDS_H
#define CORE_HEAP_TYPE_WORDS_H

/**
 * What the words of a small object say of those that they refer to: a table
 * in place of the slots of its type, for objects with all their pointer bits
 * in one word. Says the same as slot_cursor_at() and typer_claim_slot() do.
 */
#include "core/heap/typing.h"

enum { TYPE_WORDS = 64 };

/** A claim of struct type_words that depends on what the word refers to. */
static const uint32_t TYPE_WORDS_ASK = 0xffffffff;

struct type_words {
	/** By word: type of the object that it refers to the start of; 0 none.
	 */
	uint32_t claim[TYPE_WORDS];
	uint64_t inside; /* words that claim what they point into */
	bool roles;	 /* typer_roles() has something to say */
};

/** Of a type with slots; NULL without. Owned by the typer. */
static inline const struct type_words *typer_words(struct typer *typer,
						   uint32_t type)
{
	if (type < typer->word_count && typer->words[type])
		return typer->words[type];
	return typer_words_load(typer, type);
}

#endif
