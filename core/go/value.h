#ifndef CORE_GO_VALUE_H
#define CORE_GO_VALUE_H

/**
 * A value of the target as a person reads it, decoded by its type: text for
 * screens and JSON for scripts ({"type", "text"} and the like). Bounded in
 * depth, elements and bytes; what is cut says so. Output is always safe to
 * print: controls and invalid bytes are escaped.
 */
#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"

struct go_types;
struct sample;

struct go_type;

/** A walk over a map; {0} is the start. */
struct value_map_walk {
	uint64_t key, elem; /* addresses of the entry that was reached */
	uint64_t state[8];  /* of who walks */
};
/** The next entry of the map at @p header; false at the end. */
typedef bool value_entry_fn(void *arg, const struct go_type *type,
			    uint64_t header, struct value_map_walk *walk);

struct value_limits {
	unsigned depth;		/* pointers and structs followed, default 2 */
	unsigned elements;	/* of arrays, slices, maps; default 64 */
	unsigned string;	/* bytes of a string; default 1024 */
	bool redact;		/* keep types and lengths, drop bytes */
	uint64_t redact_key[2]; /* salt of the hash that stands for a value */
	value_entry_fn *next_entry; /* NULL: of maps only the length */
	void *entry_arg;
};

struct value_limits value_limits_default(void);

/** One line: `"sess-1"`, `42`, `main.P{x: 1, y: 2}`, `*main.Item 0xc000...`. */
void value_text(struct buf *out, struct go_types *types,
		const struct sample *sample, uint32_t type, uint64_t addr,
		const struct value_limits *limits);
/**
 * A JSON object. All have "type"; scalars "text"; strings and bytes "len" and
 * "text" or "b64"; structs "fields" [{"name", "value"}]; arrays and slices
 * "len" and "elements"; maps "text", "len" and "entries" [{"key", "value"}];
 * interfaces "dynamic"; pointers "addr" and "value". "truncated", "unreadable"
 * and "redacted" (with "h", a digest) are true or absent.
 */
void value_json(struct buf *out, struct go_types *types,
		const struct sample *sample, uint32_t type, uint64_t addr,
		const struct value_limits *limits);

#endif
