#include "core/heap/owner.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/text.h"

enum { KEY_BYTES = 40 };

static bool name_in(const char *name, const char *const *prefixes, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (*name == *prefixes[i] &&
		    !strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

/** Library structs whose insides are nobody's business. */
static bool is_container(const struct go_type *type)
{
	static const char *const prefixes[] = {"sync.Map",
					       "sync.readOnly",
					       "sync.entry",
					       "sync.Pool",
					       "sync.pool",
					       "sync.eface",
					       "internal/sync.",
					       "container/list.",
					       "container/ring.",
					       "time.Timer",
					       "time.Ticker",
					       "runtime.timer",
					       "runtime.timeTimer",
					       "context.valueCtx",
					       "context.cancelCtx",
					       "context.timerCtx",
					       "context.withoutCancelCtx",
					       "context.afterFuncCtx"};

	return type->kind == GO_STRUCT &&
	       name_in(type->name, prefixes,
		       sizeof(prefixes) / sizeof(prefixes[0]));
}

/** Wrappers around one value, which add nothing. */
static bool is_wrapper(const struct go_type *type)
{
	static const char *const prefixes[] = {"sync/atomic.", "runtime.hchan",
					       "runtime.sudog", "runtime.waitq",
					       "hchan<"};

	return type->role == GO_ROLE_CHAN ||
	       name_in(type->name, prefixes,
		       sizeof(prefixes) / sizeof(prefixes[0]));
}

/** Names of fields and "[]" down to @p offset of a value of @p type. */
void heap_add_parts(const struct go_types *types, const struct go_type *type,
		    uint64_t offset, enum hop_detail detail, struct buf *out)
{
	uint64_t depth;
	uint32_t i;

	for (depth = 0; depth < LIMIT_TYPE_DEPTH; depth++) {
		if (type->kind == GO_ARRAY && type->elem) {
			type = go_type(types, type->elem);
			if (!type->size)
				return;
			if (detail)
				buf_printf(out, "[%" PRIu64 "]",
					   offset / type->size);
			else
				buf_adds(out, "[]");
			offset %= type->size;
			continue;
		}
		if (type->kind != GO_STRUCT || type->role != GO_ROLE_NONE ||
		    is_container(type) || is_wrapper(type))
			return;
		for (i = type->field_count; i > 0; i--) {
			const struct go_field *field = &type->fields[i - 1];
			const struct go_type *inner =
				go_type(types, field->type);

			if (offset < field->offset ||
			    offset - field->offset >= inner->size)
				continue;
			buf_addc(out, '.');
			text_plain(out, field->name, strlen(field->name));
			offset -= field->offset;
			type = inner;
			break;
		}
		if (!i)
			return;
	}
}

static bool is_named_struct(const struct go_type *type)
{
	return type->kind == GO_STRUCT && type->named &&
	       type->role == GO_ROLE_NONE && !is_container(type) &&
	       !is_wrapper(type);
}

static void add_base(const struct go_type *type, struct buf *base)
{
	buf_adds(base, "(*");
	text_plain(base, type->name, strlen(type->name));
	buf_addc(base, ')');
}

/** Value of @p type at an offset: a field ends the name, a part does not. */
static enum hop_kind value_hop(const struct heap *heap,
			       const struct go_type *type, uint64_t offset,
			       enum hop_detail detail, struct buf *base,
			       struct buf *text)
{
	if (is_named_struct(type)) {
		add_base(type, base);
		if (!detail)
			buf_clear(text);
		heap_add_parts(heap->rt->types, type, offset, detail, text);
		return HOP_FIELD;
	}
	heap_add_parts(heap->rt->types, type, offset, detail, text);
	return HOP_PART;
}

static void add_key(const struct heap *heap, const struct go_type *type,
		    const uint8_t *mem, struct buf *text)
{
	uint64_t word = 0, len;
	const char *bytes;

	buf_addc(text, '[');
	if (type->kind == GO_STRING) {
		len = heap_word(mem + 8);
		bytes = sample_view(heap->rt->sample, heap_word(mem),
				    len < KEY_BYTES ? len : KEY_BYTES);
		if (bytes || !len) {
			buf_addc(text, '"');
			if (len)
				text_quote(text, bytes,
					   len < KEY_BYTES ? len : KEY_BYTES);
			buf_adds(text, len > KEY_BYTES ? "...\"" : "\"");
		}
	} else if (type->kind >= GO_INT && type->kind <= GO_INT64 &&
		   type->size && type->size <= 8) {
		int64_t value;

		memcpy(&word, mem, type->size);
		value = (int64_t)(word << (64 - 8 * type->size)) >>
			(64 - 8 * type->size);
		buf_printf(text, "%" PRId64, value);
	} else if (type->kind >= GO_UINT && type->kind <= GO_UINTPTR &&
		   type->size <= 8) {
		memcpy(&word, mem, type->size);
		buf_printf(text, "%" PRIu64, word);
	}
	buf_addc(text, ']');
}

/** Memory of the key of entry @p i of a unit, NULL if it cannot be read. */
static const uint8_t *key_memory(const struct heap *heap,
				 const struct go_map_layout *layout,
				 const struct go_type *key, const uint8_t *unit,
				 uint64_t i)
{
	uint64_t offset = layout->keys_off + i * layout->key_stride;

	if (offset + layout->key_slot > layout->unit)
		return NULL;
	if (layout->indirect_key)
		return sample_view(heap->rt->sample, heap_word(unit + offset),
				   key->size);
	return key->size <= layout->key_slot ? unit + offset : NULL;
}

/** A word of a bucket or group: a key, an element or a link. */
static enum hop_kind unit_hop(const struct heap *heap,
			      const struct go_type *type, const uint8_t *mem,
			      uint64_t offset, enum hop_detail detail,
			      struct buf *base, struct buf *text)
{
	const struct go_types *types = heap->rt->types;
	const struct go_type *map = go_type(types, type->map);
	const struct go_map_layout *layout = map->layout;
	const struct go_type *key = go_type(types, map->key), *elem;
	const uint8_t *bytes;
	uint64_t i;

	if (!layout || !layout->unit)
		return HOP_UNKNOWN;
	mem += offset / layout->unit * layout->unit;
	offset %= layout->unit;
	if (!layout->swiss && offset == layout->overflow_off)
		return HOP_INTERNAL;
	for (i = 0; i < 8; i++) {
		uint64_t k = layout->keys_off + i * layout->key_stride;
		uint64_t e = layout->elems_off + i * layout->elem_stride;

		if (offset >= k && offset - k < layout->key_slot) {
			buf_adds(text, "[key]");
			return HOP_PART;
		}
		if (offset < e || offset - e >= layout->elem_slot)
			continue;
		elem = go_type(types, map->elem);
		if (!strcmp(elem->name, "*sync.entry"))
			return HOP_CONTAINER;
		bytes = detail == HOP_FULL
				? key_memory(heap, layout, key, mem, i)
				: NULL;
		if (bytes)
			add_key(heap, key, bytes, text);
		else
			buf_adds(text, "[]");
		if (layout->indirect_elem)
			return HOP_PART;
		return value_hop(heap, elem, offset - e, detail, base, text);
	}
	return HOP_INTERNAL;
}

static enum hop_kind closure_hop(const struct heap *heap,
				 const struct go_type *type, const uint8_t *mem,
				 uint64_t offset, struct buf *base,
				 struct buf *text)
{
	const char *function, *file, *name;
	uint32_t line, i;

	if (!go_pc_lookup(heap->rt, heap_word(mem), &function, &file, &line))
		function = "?";
	text_plain(base, function, strlen(function));
	for (i = type->field_count; i > 0; i--) {
		const struct go_field *field = &type->fields[i - 1];
		const struct go_type *inner =
			go_type(heap->rt->types, field->type);

		if (offset < field->offset ||
		    offset - field->offset >= inner->size)
			continue;
		name = field->name + (field->name[0] == '&');
		buf_addc(text, '.');
		text_plain(text, name, strlen(name));
		heap_add_parts(heap->rt->types, inner, offset - field->offset,
			       false, text);
		return HOP_CAPTURE;
	}
	buf_adds(text, ".?");
	return HOP_CAPTURE;
}

/** A closure whose captures are unknown still says which function it is. */
static enum hop_kind unknown_hop(const struct heap *heap,
				 const struct go_type *type,
				 const struct go_span *span, const uint8_t *mem,
				 uint64_t offset, struct buf *base,
				 struct buf *text)
{
	const char *function, *file;
	uint32_t line;

	if (span->has_header || offset < 8 ||
	    !go_pc_lookup(heap->rt, heap_word(mem), &function, &file, &line))
		return HOP_UNKNOWN;
	return closure_hop(heap, type, mem, offset, base, text);
}

/** Is the object the backing of a slice or a channel, by who holds it? */
static bool is_elements(const struct heap *heap, uint32_t object)
{
	const struct go_runtime *rt = heap->rt;
	struct heap_holder holder;
	const struct go_type *type;
	struct go_slot slot;
	uint64_t skip;

	if (heap_repeat(heap, object) > 1)
		return true;
	if (!heap_holder_of(heap, object, &holder))
		return false;
	if (holder.object == GO_NO_OBJECT)
		return rt->roots[holder.root].slot_kind == GO_SLOT_SLICE;
	type = go_type(rt->types, heap->type[holder.object]);
	if (type->role == GO_ROLE_CHAN || !strcmp(type->name, "runtime.hchan"))
		return true;
	skip = heap_header_bytes(heap_span_of(heap, holder.object));
	return holder.offset >= skip &&
	       heap_slot_at(heap, type->id, holder.offset - skip, &slot) &&
	       slot.kind == GO_SLOT_SLICE;
}

static bool is_map_part(const struct go_type *type)
{
	return type->role == GO_ROLE_MAP_HEADER ||
	       type->role == GO_ROLE_MAP_TABLE ||
	       type->role == GO_ROLE_MAP_BUCKET ||
	       type->role == GO_ROLE_MAP_GROUP;
}

enum hop_kind heap_hop(const struct heap *heap, uint32_t object,
		       uint64_t offset, uint32_t next, enum hop_detail detail,
		       struct buf *base, struct buf *text)
{
	const struct go_types *types = heap->rt->types;
	const struct go_span *span = heap_span_of(heap, object);
	const struct go_type *type = go_type(types, heap->type[object]);
	const struct go_type *to = go_type(types, heap->type[next]);
	uint64_t skip = heap_header_bytes(span);
	const uint8_t *mem;

	if (!span->mem || offset < skip)
		return HOP_UNKNOWN;
	offset -= skip;
	mem = span->mem + (object - span->first) * span->elem_size + skip;
	switch (type->role) {
	case GO_ROLE_MAP_HEADER:
	case GO_ROLE_MAP_TABLE:
		return HOP_INTERNAL;
	case GO_ROLE_MAP_BUCKET:
	case GO_ROLE_MAP_GROUP:
		return unit_hop(heap, type, mem, offset, detail, base, text);
	case GO_ROLE_CLOSURE:
		return closure_hop(heap, type, mem, offset, base, text);
	default:
		break;
	}
	/* a directory of tables, a list of overflow buckets */
	if (is_map_part(to) && to->role != GO_ROLE_MAP_HEADER)
		return HOP_INTERNAL;
	if (!type->id || !type->size)
		return unknown_hop(heap, type, span, mem, offset, base, text);
	if (is_container(type))
		return HOP_CONTAINER;
	if (is_wrapper(type))
		return HOP_INTERNAL;
	if (!is_named_struct(type) && is_elements(heap, object)) {
		if (detail)
			buf_printf(text, "[%" PRIu64 "]", offset / type->size);
		else
			buf_adds(text, "[]");
	}
	return value_hop(heap, type, offset % type->size, detail, base, text);
}
