#ifndef CORE_GO_VALUE_H
#define CORE_GO_VALUE_H

/**
 * A value of the target as a person reads it, decoded by its type: text for
 * screens and JSON for scripts (../design json.md, "A value is"). Bounded in
 * depth, elements and bytes; what is cut says so. Output is always safe to
 * print: controls and invalid bytes are escaped.
 */
#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"

struct go_types;
struct sample;

struct value_limits {
	unsigned depth;		/* pointers and structs followed, default 2 */
	unsigned elements;	/* of arrays, slices, maps; default 64 */
	unsigned string;	/* bytes of a string; default 1024 */
	bool redact;		/* keep types and lengths, drop bytes */
	uint64_t redact_key[2]; /* salt of the hash that stands for a value */
};

struct value_limits value_limits_default(void);

/** One line: `"sess-1"`, `42`, `main.P{x: 1, y: 2}`, `*main.Item 0xc000...`. */
void value_text(struct buf *out, struct go_types *types,
		const struct sample *sample, uint32_t type, uint64_t addr,
		const struct value_limits *limits);
/** A JSON object as json.md defines it. */
void value_json(struct buf *out, struct go_types *types,
		const struct sample *sample, uint32_t type, uint64_t addr,
		const struct value_limits *limits);

#endif
