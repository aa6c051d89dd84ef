#ifndef CORE_GO_GO_TYPE_H
#define CORE_GO_GO_TYPE_H

/**
 * Go types, whichever way they are known. DWARF (named roots, locals) and the
 * runtime's own descriptors (dynamic types, stripped binaries) both end here;
 * where both exist they are one go_type, joined by DW_AT_go_runtime_type, and
 * nothing above asks which it was.
 *
 * Types are numbered densely from 1; 0 is "unknown". The table lives as long
 * as the sample it was made for. Types may be created while others read:
 * every function here is thread safe, and a `const struct go_type *` stays
 * valid and unchanged.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/base/error.h"

struct go_program;
struct sample;
struct go_types;

enum go_kind { /* reflect.Kind */
	       GO_INVALID,
	       GO_BOOL,
	       GO_INT,
	       GO_INT8,
	       GO_INT16,
	       GO_INT32,
	       GO_INT64,
	       GO_UINT,
	       GO_UINT8,
	       GO_UINT16,
	       GO_UINT32,
	       GO_UINT64,
	       GO_UINTPTR,
	       GO_FLOAT32,
	       GO_FLOAT64,
	       GO_COMPLEX64,
	       GO_COMPLEX128,
	       GO_ARRAY,
	       GO_CHAN,
	       GO_FUNC,
	       GO_INTERFACE,
	       GO_MAP,
	       GO_POINTER,
	       GO_SLICE,
	       GO_STRING,
	       GO_STRUCT,
	       GO_UNSAFE_POINTER,
};

/**
 * Objects of the runtime's own making that hold a map together. They are
 * ordinary struct types to a reader, but a heap walk must treat their pointers
 * specially (a Swiss dirPtr is a group or an array of tables).
 */
enum go_role {
	GO_ROLE_NONE,
	GO_ROLE_MAP_HEADER, /* runtime.hmap / maps.Map of one map type */
	GO_ROLE_MAP_BUCKET, /* classic bucket */
	GO_ROLE_MAP_TABLE,  /* swiss table */
	GO_ROLE_MAP_GROUP,  /* swiss group */
	GO_ROLE_CLOSURE,    /* code pointer + captured variables */
	GO_ROLE_CHAN,	    /* runtime.hchan of one element type */
};

struct go_field {
	const char *name; /* life of the table; "_" for blank */
	uint32_t type;
	bool embedded;
	uint64_t offset;
};

/** How a map type stores its slots. Offsets are bytes. */
struct go_map_layout {
	bool swiss;
	bool indirect_key, indirect_elem; /* slot holds a pointer */
	uint64_t key_slot, elem_slot;	  /* bytes a key / an element takes */
	uint64_t unit;			  /* bucket_size or group_size */
	uint64_t keys_off;		  /* first key in the bucket or group */
	uint64_t key_stride;
	uint64_t elems_off; /* first element */
	uint64_t elem_stride;
	uint64_t overflow_off; /* classic: unit - 8 */
	uint64_t hasher;       /* funcval address; 0 if unknown */
	uint32_t header;       /* type of the header, GO_ROLE_MAP_HEADER */
	uint32_t bucket;       /* classic bucket or swiss group type */
	uint32_t table;	       /* swiss table type, else 0 */
};

struct go_type {
	uint32_t id;
	enum go_kind kind;
	enum go_role role;
	/** Go syntax, full import paths, unescaped: map[string]*main.User. */
	const char *name;
	bool named;	   /* defined by the program, not composed */
	bool has_methods;  /* GO_INTERFACE: iface, else eface */
	bool pointer_free; /* no word of it can hold a pointer */
	bool direct;	   /* stored directly in an interface's data word */
	uint64_t size;
	uint64_t ptr_bytes; /* prefix that holds pointers; 0 if unknown too */
	uint64_t rtype;	    /* descriptor's address in the target, 0 if none */
	uint64_t len;	    /* GO_ARRAY */
	uint32_t elem;	    /* pointer, slice, array, chan, map */
	uint32_t key;	    /* map */
	uint32_t map;	    /* roles MAP_*: the map type they belong to */
	const struct go_field *fields; /* GO_STRUCT, in order of offset */
	uint32_t field_count;
	const struct go_map_layout *layout; /* GO_MAP; NULL if unknown */
};

/** Its field of that name, NULL if it has none. */
static inline const struct go_field *go_type_field(const struct go_type *type,
						   const char *name)
{
	uint32_t i;

	for (i = 0; i < type->field_count; i++)
		if (!strcmp(type->fields[i].name, name))
			return &type->fields[i];
	return NULL;
}

/**
 * Does a value of @p kind lead elsewhere? *@p offset_ret is where in it the
 * address stands: an interface's data word is its second.
 */
static inline bool go_kind_refers(enum go_kind kind, uint64_t *offset_ret)
{
	*offset_ret = kind == GO_INTERFACE ? 8 : 0;
	switch (kind) {
	case GO_POINTER:
	case GO_MAP:
	case GO_CHAN:
	case GO_FUNC:
	case GO_UNSAFE_POINTER:
	case GO_SLICE:
	case GO_STRING:
	case GO_INTERFACE:
		return true;
	default:
		return false;
	}
}

/** Where pointers are in a value of a type, flattened. */
enum go_slot_kind {
	GO_SLOT_POINTER, /* -> target */
	GO_SLOT_SLICE,	 /* word 0 -> array of target; len, cap follow */
	GO_SLOT_STRING,	 /* word 0 -> bytes; len follows */
	GO_SLOT_EFACE,	 /* type word, data word */
	GO_SLOT_IFACE,	 /* itab word, data word */
	GO_SLOT_MAP,	 /* -> header of map type `target` */
	GO_SLOT_CHAN,	 /* -> hchan of chan type `target` */
	GO_SLOT_FUNC,	 /* -> closure object */
	GO_SLOT_UNSAFE,	 /* unsafe.Pointer */
	GO_SLOT_ARRAY,	 /* `count` values of `target`, `stride` apart;
			  * only for arrays too long to flatten */
};

struct go_slot {
	uint64_t offset;
	uint64_t stride, count; /* GO_SLOT_ARRAY */
	uint32_t target;	/* type id, 0 if unknown */
	uint8_t kind;		/* enum go_slot_kind */
};

struct go_slots { /* sorted by offset */
	const struct go_slot *slots;
	uint32_t count;
};

/**
 * All types of the binary's debug information are entered at once;
 * descriptors are decoded when they are met. @p program and @p sample must
 * outlive the table.
 */
struct error *go_types_new(const struct go_program *program,
			   const struct sample *sample, uint64_t bias,
			   struct go_types **ret) MUST_CHECK;
void go_types_free(struct go_types *types);

/** Ids are < this; grows while descriptors are met. */
uint32_t go_type_count(const struct go_types *types);
/** Never NULL: an id out of range gives type 0, kind GO_INVALID, name "?". */
const struct go_type *go_type(const struct go_types *types, uint32_t id);
/**
 * A total order of types, < 0 if @p a is first: by name, then by address. Ids
 * are not one: they follow who met a type first, of all threads.
 */
int go_type_compare(const struct go_types *types, uint32_t a, uint32_t b);
/** 0 if the name is unknown. The name is as in struct go_type. */
uint32_t go_type_find(struct go_types *types, const char *name);
/** The type of a DWARF reference; 0 for none. */
uint32_t go_type_from_dbg(const struct go_types *types, uint32_t dbg_ref);
/**
 * The type whose descriptor is at @p rtype in the target; 0 if that is no
 * descriptor (every field is checked: the address may be anything).
 */
uint32_t go_type_from_rtype(struct go_types *types, uint64_t rtype);
/** From the first word of an eface / iface. 0 if nil or not a type. */
uint32_t go_type_from_itab(struct go_types *types, uint64_t itab);
/** Cached per type; valid for the life of the table. */
const struct go_slots *go_type_slots(struct go_types *types, uint32_t id);
/** The type of pointers to @p id / slices of it if the table has one, else 0.
 */
uint32_t go_type_pointer_to(struct go_types *types, uint32_t id);
/**
 * Pointer to @p elem, slice of it or array of @p len of it: the table's own, or
 * a new one that no variable of the program has. 0 if the table is full.
 */
uint32_t go_type_compose(struct go_types *types, enum go_kind kind,
			 uint32_t elem, uint64_t len);
/**
 * By name among all types, also those that only descriptors know; Go's basic
 * types are always there. 0 if the name is unknown.
 */
uint32_t go_type_named(struct go_types *types, const char *name);
/**
 * Does a source call @p full so? "http.Server" is "net/http.Server",
 * "caddy.Config" "example.org/caddy/v2.Config", and "yaml.Node"
 * "gopkg.in/yaml%2ev3.Node".
 */
bool go_is_short_name(const char *full, const char *name);
/**
 * The type that is called @p name without the directories of its path:
 * "http.Server" finds "net/http.Server". *@p count_ret is how many are.
 */
uint32_t go_type_short_named(const struct go_types *types, const char *name,
			     uint32_t *count_ret);
/**
 * The type of the closure objects of the function at @p pc (first word: code
 * pointer; then captured variables), 0 if its captures are unknown.
 */
uint32_t go_type_closure(struct go_types *types, uint64_t pc);
/** "pkg/path" of a named type's name: "net/http" of "*net/http.Server". */
void go_type_package(const struct go_type *type, const char **start_ret,
		     size_t *len_ret);

#endif
