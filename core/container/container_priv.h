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
/** Count a chain of @p length >= 1 at @p index. */
void histogram_add(struct map_figures *f, uint64_t length, uint64_t index);
/** Mean and 99th percentile once all @p count chains are in. */
void histogram_finish(struct map_figures *f, uint64_t sum, uint64_t count);

/** A group's or bucket's eight control bytes as one word. */
static inline uint64_t control_word(const uint8_t *p)
{
	uint64_t v;

	__builtin_memcpy(&v, p, 8);
	return v;
}

#endif
