/*
 * The runtime's own type descriptors, a complete second type system: for the
 * dynamic types without debug information, for what reflect makes, and for
 * stripped binaries. The address may be anything at all: every field is
 * checked and recursion is bounded.
 *
 * type _type struct {           // 48 bytes since Go 1.17
 *	size, ptrdata uintptr
 *	hash uint32; tflag, align, fieldAlign, kind uint8
 *	equal func; gcdata *byte; str nameOff; ptrToThis typeOff }
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/go/go_types_priv.h"

enum {
	TFLAG_UNCOMMON = 1,
	TFLAG_EXTRA_STAR = 2,
	TFLAG_NAMED = 4,
	TFLAG_DIRECT = 32, /* since Go 1.26 */
	KIND_MASK = 31,
	KIND_DIRECT = 32, /* up to Go 1.25 */
	HEADER = 48,
	NAME_EMBEDDED = 8,
};

struct descriptor {
	uint64_t addr, size, ptr_bytes;
	uint32_t name_off;
	uint8_t tflag, kind;
};

static bool load(const struct go_types *types, uint64_t addr,
		 struct descriptor *ret)
{
	const uint8_t *p = sample_view(types->sample, addr, HEADER);
	uint8_t align;

	if (!p)
		return false;
	*ret = (struct descriptor){.addr = addr};
	memcpy(&ret->size, p, 8);
	memcpy(&ret->ptr_bytes, p + 8, 8);
	ret->tflag = p[20];
	align = p[21];
	ret->kind = p[23];
	memcpy(&ret->name_off, p + 40, 4);
	return (ret->kind & KIND_MASK) >= GO_BOOL &&
	       (ret->kind & KIND_MASK) <= GO_UNSAFE_POINTER &&
	       ret->size <= 1ULL << 47 && ret->ptr_bytes <= ret->size &&
	       ret->ptr_bytes % 8 == 0 && align && !(align & (align - 1)) &&
	       align <= 64 && ret->tflag < 64;
}

static uint64_t word(const struct go_types *types, uint64_t addr)
{
	uint64_t v;

	sample_u64(types->sample, addr, &v);
	return v;
}

/* A name is { flags byte, uvarint length, bytes }. "" if it makes no sense. */
static const char *load_name(struct go_types *types, uint64_t addr,
			     uint8_t *flags_ret)
{
	uint64_t len = 0, at = addr + 1;
	unsigned shift = 0;
	const char *s;
	uint8_t byte;

	*flags_ret = 0;
	if (!addr || !sample_u8(types->sample, addr, flags_ret))
		return "";
	do {
		if (shift > 14 || !sample_u8(types->sample, at++, &byte))
			return "";
		len |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	s = len <= LIMIT_NAME ? sample_view(types->sample, at, len) : NULL;
	return s ? arena_string(&types->arena, s, len) : "";
}

static const char *type_string(struct go_types *types,
			       const struct descriptor *d)
{
	const struct go_module *module =
		go_module_of_type(&types->modules, d->addr);
	const char *s;
	uint8_t flags;

	/* Names of heap descriptors are ids of a runtime table. */
	if (!module)
		return "";
	s = load_name(types, module->types + d->name_off, &flags);
	return d->tflag & TFLAG_EXTRA_STAR && *s == '*' ? s + 1 : s;
}

/* Size of the part that is special to the kind; the uncommon part follows. */
static uint64_t kind_size(const struct go_types *types, enum go_kind kind)
{
	int minor = types->program->build.minor;

	switch (kind) {
	case GO_ARRAY:
		return 72;
	case GO_CHAN:
		return 64;
	case GO_FUNC:
	case GO_POINTER:
	case GO_SLICE:
		return 56;
	case GO_INTERFACE:
	case GO_STRUCT:
		return 80;
	case GO_MAP:
		return types->program->map_impl != MAP_IMPL_SWISS ? 88
		       : minor >= 27				  ? 136
								  : 112;
	default:
		return HEADER;
	}
}

static const char *package_path(struct go_types *types,
				const struct descriptor *d)
{
	const struct go_module *module =
		go_module_of_type(&types->modules, d->addr);
	uint32_t off = 0;
	uint8_t flags;

	if (!module || !(d->tflag & TFLAG_UNCOMMON))
		return "";
	sample_u32(types->sample,
		   d->addr + kind_size(types, d->kind & KIND_MASK), &off);
	return off ? load_name(types, module->types + off, &flags) : "";
}

/* "yaml.Node" of package "example.com/yaml.v3" is "example.com/yaml.v3.Node" */
static const char *named_name(struct go_types *types,
			      const struct descriptor *d, const char *string)
{
	const char *path = package_path(types, d);
	const char *dot = strchr(string, '.');
	const char *bracket = strchr(string, '[');
	CLEANUP(buf_deinit) struct buf name = {0};

	if (!*path || !dot || (bracket && bracket < dot))
		return *string ? string : "?";
	buf_printf(&name, "%s%s", path, dot);
	return arena_string(&types->arena, name.data, name.len);
}

static uint32_t part(struct go_types *types, uint64_t addr, unsigned depth)
{
	uint64_t rtype = word(types, addr);
	uint32_t id;

	if (type_cache_find(types, rtype, &id))
		return id;
	return rtype_decode(types, rtype, depth + 1);
}

static const char *composed_name(struct go_types *types,
				 const struct go_type *type, const char *string)
{
	const char *elem = go_type(types, type->elem)->name;
	CLEANUP(buf_deinit) struct buf name = {0};

	switch (type->kind) {
	case GO_POINTER:
		buf_printf(&name, "*%s", elem);
		break;
	case GO_SLICE:
		buf_printf(&name, "[]%s", elem);
		break;
	case GO_ARRAY:
		buf_printf(&name, "[%llu]%s", (unsigned long long)type->len,
			   elem);
		break;
	case GO_MAP:
		buf_printf(&name, "map[%s]%s", go_type(types, type->key)->name,
			   elem);
		break;
	default:
		return *string ? string : "?";
	}
	return arena_string(&types->arena, name.data, name.len);
}

static void decode_struct(struct go_types *types, const struct descriptor *d,
			  struct go_type *type, unsigned depth)
{
	uint64_t fields = word(types, d->addr + 56), i;
	uint64_t count = word(types, d->addr + 64);
	struct go_field *copy;
	uint8_t flags;

	if (count > LIMIT_TYPE_FIELDS ||
	    !sample_view(types->sample, fields, count * 24))
		return;
	copy = arena_alloc(&types->arena, (count + 1) * sizeof(*copy));
	for (i = 0; i < count; i++) {
		uint64_t at = fields + i * 24;
		const char *name = load_name(types, word(types, at), &flags);

		copy[i] = (struct go_field){
			.name = *name ? name : "_",
			.type = part(types, at + 8, depth),
			.offset = word(types, at + 16),
			.embedded = flags & NAME_EMBEDDED,
		};
		/* Parts may not reach out of the whole. */
		if (copy[i].offset > d->size ||
		    go_type(types, copy[i].type)->size >
			    d->size - copy[i].offset)
			copy[i].type = 0;
	}
	type->fields = copy;
	type->field_count = (uint32_t)count;
}

static void decode_kind(struct go_types *types, const struct descriptor *d,
			struct go_type *type, unsigned depth)
{
	switch (type->kind) {
	case GO_ARRAY:
		type->elem = part(types, d->addr + 48, depth);
		type->len = word(types, d->addr + 64);
		if (go_type(types, type->elem)->size &&
		    type->len > d->size / go_type(types, type->elem)->size)
			type->len = 0;
		break;
	case GO_CHAN:
	case GO_POINTER:
	case GO_SLICE:
		type->elem = part(types, d->addr + 48, depth);
		break;
	case GO_INTERFACE:
		type->has_methods = word(types, d->addr + 64) != 0;
		break;
	case GO_MAP:
		type->key = part(types, d->addr + 48, depth);
		type->elem = part(types, d->addr + 56, depth);
		break;
	case GO_STRUCT:
		decode_struct(types, d, type, depth);
		break;
	default:
		break;
	}
}

static bool find_pending(const struct go_types *types, uint64_t rtype,
			 uint32_t *ret)
{
	uint32_t i;

	for (i = 0; i < types->pending_count; i++) {
		if (types->pending[i].addr == rtype) {
			*ret = types->pending[i].id;
			return true;
		}
	}
	return false;
}

/* Names of what the program defines do not depend on their parts. */
static bool set_own_name(struct go_types *types, const struct descriptor *d,
			 struct go_type *type)
{
	const char *string = type_string(types, d);

	type->named = d->tflag & TFLAG_NAMED;
	if (!type->named || !strchr(string, '.'))
		return false;
	type->name = named_name(types, d, string);
	return true;
}

void rtype_note_name(struct go_types *types, const struct go_type *type)
{
	if (!types->pending_count || !strchr(type->name, '?'))
		return;
	GROW_ARRAY(types->unnamed, types->unnamed_count, types->unnamed_cap);
	types->unnamed[types->unnamed_count++] = type->id;
}

/* All that is known of types that refer to themselves. */
static void finish(struct go_types *types)
{
	uint32_t i;

	/* in the order in which they were made: parts before the whole */
	for (i = 0; i < types->unnamed_count; i++) {
		struct go_type *type = type_at(types, types->unnamed[i]);

		if (type->role)
			rtype_name_part(types, type);
		else
			type->name = composed_name(types, type, type->name);
	}
	types->unnamed_count = 0;
	rtype_map_finish(types);
}

uint32_t rtype_decode(struct go_types *types, uint64_t rtype, unsigned depth)
{
	const struct go_module *module =
		go_module_of_type(&types->modules, rtype);
	struct descriptor d;
	struct go_type *type;
	bool has_name;
	uint32_t id;

	if (rtype < 4096 || rtype % 4 || depth > LIMIT_TYPE_DEPTH)
		return 0;
	if (module && types->program->dbg) {
		id = go_type_from_dbg(
			types, dbg_find_runtime_type(types->program->dbg,
						     rtype - module->types));
		if (id)
			return id;
	}
	if (find_pending(types, rtype, &id))
		return id;
	if (!load(types, rtype, &d) || !(id = type_new(types)))
		return 0;
	GROW_ARRAY(types->pending, types->pending_count, types->pending_cap);
	types->pending[types->pending_count].addr = rtype;
	types->pending[types->pending_count++].id = id;
	type = type_at(types, id);
	type->kind = d.kind & KIND_MASK;
	type->size = d.size;
	type->rtype = rtype;
	has_name = set_own_name(types, &d, type);
	decode_kind(types, &d, type, depth);
	if (!has_name) {
		type->name = composed_name(types, type, type_string(types, &d));
		rtype_note_name(types, type);
	}
	type->ptr_bytes = d.ptr_bytes;
	type->pointer_free = !d.ptr_bytes;
	type->direct = (d.kind & KIND_DIRECT) || (d.tflag & TFLAG_DIRECT);
	if (type->kind == GO_MAP)
		rtype_map_layout(types, id, depth);
	if (!--types->pending_count)
		finish(types);
	type_cache_add(types, rtype, id);
	return id;
}
