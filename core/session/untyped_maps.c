/*
 * Maps that no type leads to: a composite literal whose address is only ever
 * an operand of an instruction has no variable, so nothing says what its words
 * are. The header is still known by its shape: a slot of 48 bytes without a
 * type whose pointer words are those of a header and whose fields agree.
 */
#include <string.h>

#include "core/heap/heap_priv.h"
#include "core/session/session_priv.h"

enum {
	SWISS_POINTERS = 1 << 2,		     /* dirPtr */
	CLASSIC_POINTERS = 1 << 2 | 1 << 3 | 1 << 5, /* buckets ... extra */
};

/** The seed of a map is random: of an empty map nothing else is set. */
static bool has_seed(const uint8_t *mem, bool swiss)
{
	uint64_t seed = 0;

	memcpy(&seed, mem + (swiss ? 8 : 12), swiss ? 8 : 4);
	return seed != 0;
}

bool untyped_is_header(void *arg, const struct go_span *span, uint32_t object)
{
	const struct session *session = arg;
	bool swiss = session->program->map_impl == MAP_IMPL_SWISS;
	uint32_t index = object - span->first;
	uint64_t bits = go_pointer_bits(session->rt, span, index, 0);

	return span->mem &&
	       (bits & 0x3f) == (swiss ? SWISS_POINTERS : CLASSIC_POINTERS) &&
	       has_seed(span->mem + index * span->elem_size, swiss) &&
	       map_header_plausible(session->sample,
				    span->base + index * span->elem_size,
				    swiss);
}
