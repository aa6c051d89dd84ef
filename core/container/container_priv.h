#ifndef CORE_CONTAINER_CONTAINER_PRIV_H
#define CORE_CONTAINER_CONTAINER_PRIV_H

/** Shared by the kinds; for core/container only. */
#include "core/container/container.h"

/** Bytes of the allocation at @p addr, at least @p requested. */
uint64_t container_storage(const struct map_view *view, uint64_t addr,
			   uint64_t requested);
/** Addresses of key and element of a slot, indirections followed. */
void container_place(const struct map_view *view, uint64_t unit, unsigned slot,
		     uint64_t *key_ret, uint64_t *elem_ret);
/** Fill in what its memory @p mem says: control bytes, slots, raw bytes. */
void container_unit(const struct map_view *view, const uint8_t *mem,
		    struct map_unit *unit);
/** Count a chain of @p length >= 1 at @p index. */
void histogram_add(struct map_figures *f, uint64_t length, uint64_t index);
/** Mean and 99th percentile once all @p count chains are in. */
void histogram_finish(struct map_figures *f, uint64_t sum, uint64_t count);

/** Below are the marks of slots that are empty (0, 1) or evacuated (2..4). */
enum { CLASSIC_TOP_MIN_LIVE = 5 };

/** The byte of a slot that holds a key with @p hash. */
static inline uint8_t classic_tophash(uint64_t hash)
{
	uint8_t top = (uint8_t)(hash >> 56);

	return (uint8_t)(top < CLASSIC_TOP_MIN_LIVE ? top + CLASSIC_TOP_MIN_LIVE
						    : top);
}

static inline uint8_t swiss_h2(uint64_t hash)
{
	return hash & 0x7f;
}

/** A group's or bucket's eight control bytes as one word. */
static inline uint64_t control_word(const uint8_t *p)
{
	uint64_t v;

	__builtin_memcpy(&v, p, 8);
	return v;
}

#endif
