/*
 * Maps that no type leads to: a composite literal whose address is only ever
 * an operand of an instruction has no variable, so nothing says what its words
 * are. The header is still known by its shape: a slot of 48 bytes without a
 * type whose pointer words are those of a header and whose fields agree.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/heap/heap_priv.h"
#include "core/session/session_priv.h"

enum {
	HEADER_BYTES = 48,
	SWISS_POINTERS = 1 << 2,		     /* dirPtr */
	CLASSIC_POINTERS = 1 << 2 | 1 << 3 | 1 << 5, /* buckets ... extra */
	MAX_HOLDERS = 64,
};

/** The seed of a map is random: of an empty map nothing else is set. */
static bool has_seed(const uint8_t *mem, bool swiss)
{
	uint64_t seed = 0;

	memcpy(&seed, mem + (swiss ? 8 : 12), swiss ? 8 : 4);
	return seed != 0;
}

static bool is_header(const struct session *session, const struct go_span *span,
		      uint32_t object, bool swiss)
{
	uint32_t index = object - span->first;
	uint64_t bits = go_pointer_bits(session->rt, span, index, 0);

	return span->mem &&
	       (bits & 0x3f) == (swiss ? SWISS_POINTERS : CLASSIC_POINTERS) &&
	       has_seed(span->mem + index * span->elem_size, swiss) &&
	       map_header_plausible(session->sample,
				    span->base + index * span->elem_size,
				    swiss);
}

static void add(struct session *session, const struct go_span *span,
		uint32_t object, uint32_t *cap)
{
	struct heap_ref refs[MAX_HOLDERS];
	struct heap_map map = {
		.header = span->base + (object - span->first) * span->elem_size,
		.object = object,
		.reachable = true,
	};

	error_free(heap_incoming(session->heap, object,
				 session->options.threads, refs, MAX_HOLDERS,
				 &map.holders));
	if (session->heap_map_count >= *cap) {
		*cap = session->heap_map_count + 16;
		session->heap_maps = xreallocarray(session->heap_maps, *cap,
						   sizeof(*session->heap_maps));
	}
	session->heap_maps[session->heap_map_count++] = map;
}

static int by_header(const void *a, const void *b)
{
	const struct heap_map *x = a, *y = b;

	return x->header < y->header ? -1 : x->header > y->header;
}

void untyped_maps_add(struct session *session)
{
	bool swiss = session->program->map_impl == MAP_IMPL_SWISS;
	const struct heap *heap = session->heap;
	uint32_t i, k, cap = session->heap_map_count, first = cap;

	for (i = 0; i < session->rt->span_count; i++) {
		const struct go_span *span = &session->rt->spans[i];

		if (span->elem_size != HEADER_BYTES || span->noscan)
			continue;
		for (k = span->first; k - span->first < span->slots; k++)
			if (heap_bit(heap->reached, k) && !heap->type[k] &&
			    is_header(session, span, k, swiss))
				add(session, span, k, &cap);
	}
	if (session->heap_map_count > first)
		qsort(session->heap_maps, session->heap_map_count,
		      sizeof(*session->heap_maps), by_header);
}
