#ifndef CORE_CONTAINER_LIBRARY_H
#define CORE_CONTAINER_LIBRARY_H

/**
 * Containers of the library that are not maps: sync.Map, container/list.List,
 * channels. To add one: a file with a `const struct library_kind` and a line
 * in library.c. All fields are found by name in the debug information.
 */
#include <stdbool.h>
#include <stdint.h>

#include "core/go/go_type.h"
#include "core/target/sample.h"

struct library_view {
	const struct sample *sample;
	struct go_types *types;
	const struct go_type *type;
	uint64_t addr; /* of the value of that type */
	/** Size of the allocation that holds an address, 0 if unknown. */
	uint64_t (*storage)(void *arg, uint64_t addr);
	void *storage_arg;
};

struct library_figures {
	uint64_t entries;
	uint64_t capacity; /* UINT64_MAX: it has none */
	uint64_t storage;  /* bytes of its own nodes, as allocated */
	uint64_t nodes;
	uint32_t depth; /* of a tree or chain of nodes */
	bool damaged;	/* cycle, wild pointer: figures are what was seen */
};

struct library_kind {
	const char *name;
	/** Is a value of @p type one of these? */
	bool (*is)(const struct go_types *types, const struct go_type *type);
	void (*figures)(const struct library_view *view,
			struct library_figures *ret);
	/** Lives on the heap by itself: what points to it is a reference. */
	bool own_object;
};

/** NULL if @p type is no such container. */
const struct library_kind *library_kind_of(const struct go_types *types,
					   const struct go_type *type);

/* For the kinds. */
/** The word at the field, following embedded structs of one word; 0. */
uint64_t library_word(const struct library_view *view,
		      const struct go_type *type, uint64_t addr,
		      const char *field);
void library_add_storage(const struct library_view *view, uint64_t addr,
			 struct library_figures *ret);

extern const struct library_kind library_trie, library_sync_map, library_list,
	library_chan;

#endif
