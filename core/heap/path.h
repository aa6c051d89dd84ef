#ifndef CORE_HEAP_PATH_H
#define CORE_HEAP_PATH_H

/** The way up: from an object to the word that keeps it. */
#include "core/base/buf.h"
#include "core/heap/heap_priv.h"

struct heap_holder {
	uint32_t root;	 /* index, if object is GO_NO_OBJECT */
	uint32_t object; /* the parent */
	uint64_t offset; /* of the word, from the slot's start */
};

/** False if @p object is unreachable. */
bool heap_holder_of(const struct heap *heap, uint32_t object,
		    struct heap_holder *ret);

/** Offset, from the slot's start, of the first word of @p parent that refers
 * into @p object; 0 if there is none. */
uint64_t heap_word_to(const struct heap *heap, uint32_t parent,
		      uint32_t object);

/**
 * How the word at @p offset (from the user's data) of an object of type
 * @p type is to be read; false if its type does not say.
 */
bool heap_slot_at(const struct heap *heap, uint32_t type, uint64_t offset,
		  struct go_slot *ret);

#endif
