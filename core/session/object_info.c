/* One object, and the slice or string that made it. */
#include "core/heap/path.h"
#include "core/session/objects.h"
#include "core/session/session_priv.h"

uint32_t session_object_count(const struct session *session)
{
	return session->heap ? session->heap->count : 0;
}

uint64_t session_dominated_count(const struct session *session, uint32_t object)
{
	const struct heap_dom_tree *tree;
	struct error *err = session_dom_tree(session, &tree);

	if (err || object >= session->heap->count ||
	    !heap_bit(session->heap->reached, object)) {
		error_free(err);
		return UINT64_MAX;
	}
	return heap_dom_count(tree, object);
}

/** The words behind the first word that refers to the object. */
struct holder_words {
	struct go_slot slot;
	uint64_t value, len, cap;
};

static bool root_words(const struct heap *heap, uint32_t index,
		       struct holder_words *ret)
{
	const struct go_root *root = &heap->rt->roots[index];

	ret->slot = (struct go_slot){.kind = root->slot_kind,
				     .target = root->target};
	ret->value = root->value;
	return root->addr && !root->conservative &&
	       sample_u64(heap->rt->sample, root->addr + 8, &ret->len) &&
	       (root->slot_kind != GO_SLOT_SLICE ||
		sample_u64(heap->rt->sample, root->addr + 16, &ret->cap));
}

static bool object_words(const struct heap *heap,
			 const struct heap_holder *holder,
			 struct holder_words *ret)
{
	const struct go_span *span = heap_span_of(heap, holder->object);
	uint64_t skip = heap_header_bytes(span), size = heap_slot_bytes(span);
	const uint8_t *mem;

	if (!span->mem || holder->offset < skip || size < 24 ||
	    !heap_slot_at(heap, heap->type[holder->object],
			  holder->offset - skip, &ret->slot))
		return false;
	mem = span->mem + (holder->object - span->first) * span->elem_size;
	if (holder->offset + 16 > size)
		return false;
	ret->value = heap_word(mem + holder->offset);
	ret->len = heap_word(mem + holder->offset + 8);
	if (ret->slot.kind == GO_SLOT_SLICE && holder->offset + 24 > size)
		return false;
	if (ret->slot.kind == GO_SLOT_SLICE)
		ret->cap = heap_word(mem + holder->offset + 16);
	return true;
}

static void load_length(const struct heap *heap, uint32_t object,
			struct object_info *ret)
{
	struct holder_words words = {0};
	struct heap_holder holder;
	uint64_t elem = 1, offset;

	if (!heap_holder_of(heap, object, &holder) ||
	    !(holder.object == GO_NO_OBJECT
		      ? root_words(heap, holder.root, &words)
		      : object_words(heap, &holder, &words)))
		return;
	offset = words.value - ret->addr;
	if (offset >= ret->bytes)
		return;
	if (words.slot.kind == GO_SLOT_SLICE) {
		elem = go_type(heap->rt->types, words.slot.target)->size;
		if (words.len > words.cap)
			return;
		ret->cap = words.cap;
	} else if (words.slot.kind != GO_SLOT_STRING) {
		return;
	} else {
		words.cap = words.len;
	}
	if (!elem || words.cap > (ret->bytes - offset) / elem) {
		ret->cap = UINT64_MAX;
		return;
	}
	ret->len = words.len;
	ret->used_bytes = words.cap * elem;
}

void object_info_load(const struct session *session, uint32_t object,
		      struct object_info *ret)
{
	const struct heap *heap = session->heap;
	const struct go_span *span = heap_span_of(heap, object);
	uint64_t skip = heap_header_bytes(span);

	*ret = (struct object_info){
		.addr = span->base + (object - span->first) * span->elem_size +
			skip,
		.bytes = span->elem_size,
		.retained_bytes = UINT64_MAX,
		.count = 1,
		.len = UINT64_MAX,
		.cap = UINT64_MAX,
		.used_bytes = UINT64_MAX,
		.object = object,
		.reachable = heap_bit(heap->reached, object),
	};
	if (heap->type[object]) {
		ret->type = session_type_name(session, heap->type[object]);
		ret->count = heap_repeat(heap, object);
	}
	if (!ret->reachable)
		return;
	if (heap->retained)
		ret->retained_bytes = heap->retained[object];
	load_length(heap, object, ret);
}
