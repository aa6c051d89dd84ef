#ifndef CORE_HEAP_OWNER_H
#define CORE_HEAP_OWNER_H

/**
 * The name of what holds a map. It is a short answer to "whose is it?", the
 * same for all maps that the same line of source holds, found by climbing the
 * shortest path from the map until something has a name:
 *
 *   owner     = variable | field | capture | special ;
 *   variable  = package "." var { part }            package variable
 *             | function "." local { part }         local or parameter
 *             | function ".?"                       unnamed stack slot
 *             | function ".(reg)" ;                 register
 *   field     = "(*" type ")" part { part } ;       of a heap object
 *   capture   = closure "." var { part } ;          of a closure object
 *   special   = "(finalizer)" | "(cleanup)" | "(timer)" | "(runtime)"
 *             | function ".(defer)"
 *             | symbol { part } | "?0x" address     unknown word of data
 *             | "(unreachable)" ;
 *   part      = "." name | "[]" | "[key]" ;
 *
 * A field part goes into structs and promoted (embedded) fields by name; "[]"
 * is any element of an array, slice, map or channel; "[key]" is a map's key.
 * Types, functions and packages are named with full import paths.
 *
 * Pointers, interfaces, cells of escaped variables, sync/atomic values and
 * channels themselves add nothing. The insides of library containers (sync.Map
 * and its tries, container/list, container/ring, sync.Pool, timers, contexts)
 * together add one "[]". Objects of unknown type add ".?".
 */
#include "core/base/buf.h"
#include "core/heap/path.h"

/** How much of a step is spelled out. */
enum hop_detail {
	HOP_SHORT,    /* as in owners: "[]" */
	HOP_FULL,     /* keys and indices */
	HOP_REDACTED, /* indices, but no bytes of keys */
};

enum hop_kind {
	HOP_INTERNAL,  /* machinery: no text */
	HOP_PART,      /* text is parts; climb on */
	HOP_FIELD,     /* a field of a named struct: the name can end here */
	HOP_CAPTURE,   /* a captured variable: likewise */
	HOP_CONTAINER, /* inside of a library container */
	HOP_UNKNOWN,   /* untyped */
};

/**
 * What the word at @p offset (from the slot's start) of @p object adds to a
 * path that leads on to @p next. @p text gets the parts; @p base, for FIELD and
 * CAPTURE, what stands before them.
 */
enum hop_kind heap_hop(const struct heap *heap, uint32_t object,
		       uint64_t offset, uint32_t next, enum hop_detail detail,
		       struct buf *base, struct buf *text);

/** The name of a root word: variable with parts, or special. */
void heap_root_name(const struct heap *heap, uint32_t root, struct buf *out);
/** As an owner: words of data outside every variable have one together. */
void heap_root_owner(const struct heap *heap, uint32_t root, struct buf *out);
/** "function.variable" of a map on a stack. */
void heap_stack_map_name(const struct heap *heap,
			 const struct go_stack_map *map, struct buf *out);

/**
 * Names of fields and "[]" (with @p detail, indices) down to @p offset of a
 * value of @p type. Library containers are not entered.
 */
void heap_add_parts(const struct go_types *types, const struct go_type *type,
		    uint64_t offset, enum hop_detail detail, struct buf *out);

#endif
