#ifndef CORE_GO_GO_TYPES_PRIV_H
#define CORE_GO_GO_TYPES_PRIV_H

/** The inside of the type table; for core/go/go_*.c and rtype*.c only. */
#include <pthread.h>
#include <stdatomic.h>

#include "core/base/buf.h"
#include "core/go/go_type.h"
#include "core/go/layout.h"
#include "core/go/moduledata.h"
#include "core/go/program.h"
#include "core/go/text_refs.h"
#include "dwarf/dbg_table.h"

enum { TYPE_CHUNK = 1024, TYPE_CHUNKS = 4096, TYPE_CACHE_BITS = 18 };

struct type_chunk {
	struct go_type types[TYPE_CHUNK];
	_Atomic(struct go_slots *) slots[TYPE_CHUNK];
};

/** One remembered address: a descriptor, an itab or a closure's code. */
struct type_cache_cell {
	_Atomic uint64_t addr;
	uint32_t id;
};

struct arena {
	char *block;
	size_t used, size;
	char **blocks;
	size_t block_count, block_cap;
};

struct go_types {
	const struct go_program *program;
	const struct sample *sample;
	uint64_t bias;
	struct go_layout layout;
	struct go_modules modules;
	/** Ids below base_count are DWARF references. */
	struct go_type *base;
	_Atomic(struct go_slots *) *base_slots;
	uint32_t *canon; /* DWARF reference -> id */
	uint32_t base_count;
	struct type_chunk *chunks[TYPE_CHUNKS];
	atomic_uint count;
	struct type_cache_cell *cache; /* 1 << TYPE_CACHE_BITS */
	uint32_t cached;
	/* Everything below and every write above: under the lock. */
	pthread_mutex_t lock;
	struct arena arena;
	struct pending {
		uint64_t addr;
		uint32_t id;
	} * pending; /* descriptors being decoded */
	uint32_t pending_count, pending_cap;
	/** Units whose fields are known once a pending descriptor is read. */
	struct late_unit {
		uint32_t unit, described;
	} * late;
	uint32_t late_count, late_cap;
	/** Types whose names are made of that of a pending one, "?". */
	uint32_t *unnamed;
	uint32_t unnamed_count, unnamed_cap;
	struct dbg_table by_name;  /* base types by name; lazily */
	struct module_text *texts; /* where closures are made; lazily */
};

void *arena_alloc(struct arena *arena, size_t size);
const char *arena_string(struct arena *arena, const char *s, size_t len);
void arena_deinit(struct arena *arena);

/** Writable entry; the caller holds the lock or is alone. */
struct go_type *type_at(const struct go_types *types, uint32_t id);
/** A new entry, all zero but its id; 0 if the table is full. */
uint32_t type_new(struct go_types *types);
bool type_cache_find(const struct go_types *types, uint64_t addr,
		     uint32_t *ret);
void type_cache_add(struct go_types *types, uint64_t addr, uint32_t id);

/** Enter all types of the debug information. */
void types_load_dwarf(struct go_types *types);
/** Fill pointer_free, ptr_bytes and direct from kind and parts. */
void type_finish(const struct go_types *types, struct go_type *type);
/** Decode the descriptor at @p rtype; lock held. 0 if it is none. */
uint32_t rtype_decode(struct go_types *types, uint64_t rtype, unsigned depth);
/** Give map type @p id a layout out of its descriptor; lock held. */
void rtype_map_layout(struct go_types *types, uint32_t id, unsigned depth);
/** The name of a part of a map, from those of key and element. */
void rtype_name_part(struct go_types *types, struct go_type *type);
/** A name made of others; again later if one of them is not known yet. */
void rtype_note_name(struct go_types *types, const struct go_type *type);
/** Once no descriptor is pending any more. */
void rtype_map_finish(struct go_types *types);
uint64_t rtype_hasher(const struct go_types *types, uint64_t rtype);
/** Flatten the pointers of a type; the caller owns both blocks. */
struct go_slots *go_slots_new(const struct go_types *types, uint32_t id);
/** As go_type_find(); lock held. */
uint32_t type_find(struct go_types *types, const char *name);
/** A closure's object type by its code; lock held. */
uint32_t closure_type(struct go_types *types, uint64_t pc);
/** Descriptor of the struct that is allocated for it; 0. Lock held. */
uint64_t closure_rtype(struct go_types *types, uint64_t pc);
void closure_texts_free(struct go_types *types);

#endif
