#ifndef CORE_GO_VALUE_PRIV_H
#define CORE_GO_VALUE_PRIV_H

/** Shared by the text and JSON forms of a value; for core/go only. */
#include "core/go/go_type.h"
#include "core/go/value.h"
#include "core/target/sample.h"

struct value_ctx {
	struct buf *out;
	struct go_types *types;
	const struct sample *sample;
	const struct value_limits *limits;
};

/**
 * A value that is one token: bool, number, time.Duration, time.Time, func,
 * chan, map (its length). False if the kind is none of these.
 */
bool value_scalar(const struct value_ctx *ctx, const struct go_type *type,
		  uint64_t addr, struct buf *ret);
/** Header words of a string or slice; false if unreadable or absurd. */
bool value_header(const struct value_ctx *ctx, uint64_t addr, uint64_t *data,
		  uint64_t *len);
/** Dynamic type and address of an interface's value; 0 if nil or unknown. */
uint32_t value_dynamic(const struct value_ctx *ctx, const struct go_type *type,
		       uint64_t addr, uint64_t *addr_ret);
/**
 * Header of the map at @p addr and how many entries it says it has; false if
 * they are not to be shown here, or it is nil or of unknown layout.
 */
bool value_map_open(const struct value_ctx *ctx, const struct go_type *type,
		    uint64_t addr, unsigned depth, uint64_t *header_ret,
		    uint64_t *count_ret);
/** Eight hex digits that stand for redacted bytes, keyed by the limits. */
void value_digest(const struct value_ctx *ctx, const void *bytes, size_t len,
		  char ret[9]);
/** Bytes as text: the whole of a []byte or string up to the limit. */
const void *value_bytes(const struct value_ctx *ctx, uint64_t data,
			uint64_t len, uint64_t *shown_ret);

#endif
