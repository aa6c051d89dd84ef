#include "core/session/inspect.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/container/container.h"
#include "core/go/value.h"
#include "core/heap/heap_priv.h"
#include "core/session/print_priv.h"
#include "core/session/session_priv.h"

enum { KEY_BYTES = 80 };

struct inspect {
	const struct session *session;
	struct go_types *types;
	struct sample *memory;
	const struct print_limits *limits;
	uint32_t max;
	struct value_parts *parts;
	uint32_t cap;
};

static struct inspect inspect_new(const struct session *session,
				  struct sample *memory,
				  const struct print_limits *limits)
{
	return (struct inspect){
		.session = session,
		.types = session->rt->types,
		.memory = memory ? memory : session->sample,
		.limits = limits,
	};
}

/** The dynamic value of an interface; its address in @p addr_ret. */
static uint32_t dynamic(const struct inspect *in, const struct go_type *type,
			uint64_t addr, uint64_t *addr_ret)
{
	uint64_t word, data;
	uint32_t id;

	if (!sample_u64(in->memory, addr, &word) || !word ||
	    !sample_u64(in->memory, addr + 8, &data))
		return 0;
	id = type->has_methods ? go_type_from_itab(in->types, word)
			       : go_type_from_rtype(in->types, word);
	*addr_ret = go_type(in->types, id)->direct ? addr + 8 : data;
	return id;
}

static uint64_t target_of(const struct inspect *in, const struct go_type *type,
			  uint64_t addr)
{
	uint64_t offset, value = 0;

	if (go_kind_refers(type->kind, &offset))
		sample_u64(in->memory, addr + offset, &value);
	return value;
}

/** The header of a map stands for the map. */
static bool is_map_header(const struct inspect *in, const struct go_type *type)
{
	return type->role == GO_ROLE_MAP_HEADER &&
	       go_type(in->types, type->map)->layout;
}

static bool opens(const struct inspect *in, const struct go_type *type,
		  uint64_t addr)
{
	if (is_map_header(in, type))
		return true;
	switch (type->kind) {
	case GO_STRUCT:
		return type->field_count > 0;
	case GO_ARRAY:
		return type->len > 0;
	case GO_POINTER:
	case GO_MAP:
	case GO_SLICE:
	case GO_INTERFACE:
		return target_of(in, type, addr) != 0;
	default:
		return false;
	}
}

static void fill(const struct inspect *in, char *name, uint32_t id,
		 uint64_t addr, struct value_part *ret)
{
	struct print_source source = {in->session, in->memory};
	struct value_limits limits = print_value_limits(in->limits, &source);
	const struct go_type *type = go_type(in->types, id);
	struct buf text = {0};
	uint64_t count = 0;

	if (is_map_header(in, type)) {
		type = go_type(in->types, type->map);
		sample_u64(in->memory, addr, &count);
		buf_printf(&text, "%" PRIu64 " entries", count);
	} else {
		value_text(&text, in->types, in->memory, id, addr, &limits);
	}
	*ret = (struct value_part){
		.name = name,
		.text = buf_steal(&text),
		.type = type->name,
		.type_id = id,
		.addr = addr,
		.target = target_of(in, go_type(in->types, id), addr),
		.opens = opens(in, go_type(in->types, id), addr),
	};
	buf_deinit(&text);
}

/** False when there are enough. Takes @p name. */
static bool add(struct inspect *in, char *name, uint32_t id, uint64_t addr)
{
	struct value_parts *parts = in->parts;

	if (parts->count >= in->max) {
		parts->complete = false;
		free(name);
		return false;
	}
	GROW_ARRAY(parts->list, parts->count, in->cap);
	fill(in, name, id, addr, &parts->list[parts->count++]);
	return true;
}

static void add_fields(struct inspect *in, const struct go_type *type,
		       uint64_t addr)
{
	uint32_t i;

	for (i = 0; i < type->field_count; i++) {
		const struct go_field *field = &type->fields[i];
		struct buf name = {0};

		buf_addc(&name, '.');
		text_plain(&name, field->name, strlen(field->name));
		if (!add(in, buf_steal(&name), field->type,
			 addr + field->offset))
			return;
	}
}

static void add_elements(struct inspect *in, uint32_t elem, uint64_t addr,
			 uint64_t count)
{
	uint64_t size = go_type(in->types, elem)->size, i;

	for (i = 0; i < count; i++)
		if (!add(in, xasprintf("[%" PRIu64 "]", i), elem,
			 addr + i * size))
			return;
}

static void add_slice(struct inspect *in, const struct go_type *type,
		      uint64_t addr)
{
	uint64_t data, len;

	if (sample_u64(in->memory, addr, &data) &&
	    sample_u64(in->memory, addr + 8, &len))
		add_elements(in, type->elem, data, len);
}

static char *key_name(const struct inspect *in, uint32_t key, uint64_t addr)
{
	struct value_limits limits = value_limits_default();
	struct buf name = {0};

	limits.string = KEY_BYTES;
	limits.depth = 1;
	limits.redact = in->limits->redact;
	buf_addc(&name, '[');
	value_text(&name, in->types, in->memory, key, addr, &limits);
	buf_addc(&name, ']');
	return buf_steal(&name);
}

static void add_entries(struct inspect *in, const struct go_type *type,
			uint64_t header)
{
	struct map_view view = {.sample = in->memory,
				.types = in->types,
				.type = type,
				.header = header};
	struct map_cursor cursor = {0};
	struct map_entry entry;
	bool more = type->layout && header;

	while (more) {
		struct error *err = map_next(&view, &cursor, &entry, &more);

		if (err || !more) {
			error_free(err);
			return;
		}
		if (!add(in, key_name(in, type->key, entry.key), type->elem,
			 entry.elem))
			return;
	}
}

static void add_parts(struct inspect *in, uint32_t id, uint64_t addr)
{
	const struct go_type *type = go_type(in->types, id), *elem;
	uint64_t target = target_of(in, type, addr);
	uint32_t dynamic_id;

	if (is_map_header(in, type)) {
		add_entries(in, go_type(in->types, type->map), addr);
		return;
	}
	switch (type->kind) {
	case GO_STRUCT:
		add_fields(in, type, addr);
		break;
	case GO_ARRAY:
		add_elements(in, type->elem, addr, type->len);
		break;
	case GO_SLICE:
		add_slice(in, type, addr);
		break;
	case GO_MAP:
		add_entries(in, type, target);
		break;
	case GO_POINTER:
		elem = go_type(in->types, type->elem);
		if (elem->kind == GO_STRUCT && target)
			add_fields(in, elem, target);
		else if (target)
			add(in, xstrdup("*"), type->elem, target);
		break;
	case GO_INTERFACE:
		dynamic_id = dynamic(in, type, addr, &target);
		if (dynamic_id)
			add(in,
			    xasprintf(".(%s)",
				      go_type(in->types, dynamic_id)->name),
			    dynamic_id, target);
		break;
	default:
		break;
	}
}

/** What the heap, the package variables or the maps say of an address. */
static uint32_t type_at(const struct session *session, uint64_t *addr)
{
	const struct heap *heap = session->heap;
	uint32_t object = go_object_at(session->rt, *addr);
	const struct go_global *global;

	if (object != GO_NO_OBJECT) {
		const struct go_span *span = heap_span_of(heap, object);

		*addr = span->base + (object - span->first) * span->elem_size +
			heap_header_bytes(span);
		return heap->type[object];
	}
	global = go_global_at(session->rt, *addr);
	if (global)
		*addr = global->addr;
	return global ? global->type : 0;
}

uint32_t map_value_type(const struct session *session, uint32_t row)
{
	uint32_t type = row < session->row_count ? session->rows[row].type : 0;

	return go_type(session->rt->types, type)->elem;
}

struct error *value_part_load(const struct session *session,
			      struct sample *memory, uint32_t type_id,
			      uint64_t addr, const struct print_limits *limits,
			      struct value_part *ret)
{
	struct inspect in = inspect_new(session, memory, limits);

	if (!type_id)
		type_id = type_at(session, &addr);
	if (!type_id)
		return error_new(ERROR_NOT_FOUND,
				 "the type of what is at 0x%" PRIx64
				 " is not known",
				 addr);
	fill(&in, xasprintf("0x%" PRIx64, addr), type_id, addr, ret);
	return NULL;
}

struct error *value_parts_load(const struct session *session,
			       struct sample *memory, uint32_t type_id,
			       uint64_t addr, uint32_t max,
			       const struct print_limits *limits,
			       struct value_parts *ret)
{
	struct inspect in = inspect_new(session, memory, limits);

	*ret = (struct value_parts){.complete = true};
	in.parts = ret;
	in.max = max;
	add_parts(&in, type_id, addr);
	return NULL;
}

void value_part_deinit(struct value_part *part)
{
	free(part->name);
	free(part->text);
	*part = (struct value_part){0};
}

void value_parts_deinit(struct value_parts *parts)
{
	uint32_t i;

	for (i = 0; i < parts->count; i++)
		value_part_deinit(&parts->list[i]);
	free(parts->list);
	*parts = (struct value_parts){0};
}
