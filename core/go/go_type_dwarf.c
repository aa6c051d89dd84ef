/* Types of the debug information, all entered in one pass. */
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/go/go_types_priv.h"

enum { TYPEDEF_CHAIN = 16 };

static const struct dbg_type *entry(const struct go_types *types, dbg_ref ref)
{
	return dbg_type(types->program->dbg, ref);
}

static bool starts_with(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

/* The linker writes dots of the last path element as %2e. */
static const char *unescape(struct go_types *types, const char *s)
{
	const char *p = strchr(s, '%');
	CLEANUP(buf_deinit) struct buf name = {0};

	/* hardly any name has one */
	p = p ? strstr(p, "%2e") : NULL;
	if (!p)
		return s;
	while (p) {
		buf_add(&name, s, (size_t)(p - s));
		buf_addc(&name, '.');
		s = p + 3;
		p = strstr(s, "%2e");
	}
	buf_adds(&name, s);
	return arena_string(&types->arena, name.data, name.len);
}

/*
 * Typedefs that carry a kind are types of their own (map, chan, interface,
 * named ones of these); all others only name what they refer to.
 */
static uint32_t canonical(const struct go_types *types, dbg_ref ref)
{
	int i;

	for (i = 0; ref && i < TYPEDEF_CHAIN; i++) {
		const struct dbg_type *t = entry(types, ref);

		if (t->tag != DBG_TYPEDEF || t->kind == GO_MAP ||
		    t->kind == GO_CHAN || t->kind == GO_INTERFACE || !t->target)
			return ref;
		ref = t->target;
	}
	return ref;
}

static enum go_kind base_kind(const struct dbg_type *t)
{
	if (t->kind >= GO_BOOL && t->kind <= GO_COMPLEX128)
		return t->kind;
	switch (t->size) {
	case 1:
		return GO_UINT8;
	case 2:
		return GO_UINT16;
	case 4:
		return GO_UINT32;
	case 8:
		return GO_UINT64;
	default:
		return GO_INVALID;
	}
}

static enum go_kind kind_of(const struct dbg_type *t)
{
	switch ((enum dbg_tag)t->tag) {
	case DBG_BASE:
		return base_kind(t);
	case DBG_STRUCT:
		return t->kind == GO_STRING || t->kind == GO_SLICE
			       ? (enum go_kind)t->kind
			       : GO_STRUCT;
	case DBG_POINTER:
		return t->target && t->kind != GO_UNSAFE_POINTER
			       ? GO_POINTER
			       : GO_UNSAFE_POINTER;
	case DBG_ARRAY:
		return GO_ARRAY;
	case DBG_TYPEDEF:
		return (enum go_kind)t->kind;
	case DBG_SUBROUTINE:
		return GO_FUNC;
	case DBG_OTHER:
		break;
	}
	return GO_INVALID;
}

static bool is_named(const char *name)
{
	static const char *const composed[] = {
		"*",	   "[",	      "map[",	    "func(", "chan ",
		"<-chan ", "struct ", "interface ", "noalg."};
	size_t i;

	for (i = 0; strchr("*[mfc<sin", *name) && i < ARRAY_LEN(composed); i++)
		if (starts_with(name, composed[i]))
			return false;
	return strchr(name, '.') != NULL;
}

static void fill_fields(struct go_types *types, const struct dbg_type *t,
			struct go_type *type)
{
	const struct dbg_member *members = dbg_members(types->program->dbg, t);
	uint32_t i, n = t->member_count;
	struct go_field *fields;

	if (!n || n > LIMIT_TYPE_FIELDS)
		return;
	fields = arena_alloc(&types->arena, n * sizeof(*fields));
	for (i = 0; i < n; i++)
		fields[i] = (struct go_field){
			.name = members[i].name ? members[i].name : "_",
			.type = types->canon[members[i].type],
			.embedded = members[i].embedded,
			.offset = members[i].offset,
		};
	type->fields = fields;
	type->field_count = n;
}

/* Is the typedef's chain of targets runtime.iface, not runtime.eface? */
static bool has_methods(const struct go_types *types, const struct dbg_type *t)
{
	int i;

	for (i = 0; t->target && i < TYPEDEF_CHAIN; i++)
		t = entry(types, t->target);
	return !strcmp(t->name, "runtime.iface");
}

static uint32_t slice_elem(const struct go_types *types,
			   const struct dbg_type *t)
{
	const struct dbg_member *members = dbg_members(types->program->dbg, t);

	if (t->elem)
		return types->canon[t->elem];
	if (!t->member_count)
		return 0;
	return types->canon[entry(types, members[0].type)->target];
}

static void fill_kind(struct go_types *types, const struct dbg_type *t,
		      struct go_type *type)
{
	switch (type->kind) {
	case GO_STRUCT:
		fill_fields(types, t, type);
		break;
	case GO_SLICE:
		type->elem = slice_elem(types, t);
		type->size = 24;
		break;
	case GO_STRING:
		type->size = 16;
		break;
	case GO_POINTER:
		type->elem = types->canon[t->target];
		type->size = 8;
		break;
	case GO_ARRAY:
		type->elem = types->canon[t->target];
		type->len = t->count;
		break;
	case GO_MAP:
		type->key = types->canon[t->key];
		type->elem = types->canon[t->elem];
		type->size = 8;
		break;
	case GO_CHAN:
		type->elem = types->canon[t->elem];
		type->size = 8;
		break;
	case GO_INTERFACE:
		type->has_methods = has_methods(types, t);
		type->size = 16;
		break;
	case GO_FUNC:
	case GO_UNSAFE_POINTER:
		type->size = 8;
		break;
	default:
		break;
	}
}

static void fill_type(struct go_types *types, dbg_ref ref)
{
	const struct dbg_type *t = entry(types, ref);
	struct go_type *type = &types->base[ref];

	*type = (struct go_type){
		.id = ref,
		.kind = kind_of(t),
		.name = *t->name ? unescape(types, t->name) : "?",
		.size = t->size,
	};
	type->named = is_named(type->name);
	/* Up to Go 1.22 uintptr has an absolute address here. */
	if (t->runtime_type && types->modules.count &&
	    t->runtime_type < types->modules.modules[0].etypes -
				      types->modules.modules[0].types)
		type->rtype = types->modules.modules[0].types + t->runtime_type;
	fill_kind(types, t, type);
}

/* The type behind a pointer field; 0 if there is none. */
static uint32_t pointee(const struct go_types *types,
			const struct go_type *type, const char *name)
{
	const struct go_field *field = go_type_field(type, name);

	return field ? types->base[field->type].elem : 0;
}

static void set_role(struct go_types *types, uint32_t id, enum go_role role,
		     uint32_t map)
{
	struct go_type *type = &types->base[id];

	if (!id || type->role != GO_ROLE_NONE)
		return;
	type->role = role;
	type->map = map;
}

static bool classic_layout(struct go_types *types, const struct go_type *map,
			   const struct go_type *header,
			   struct go_map_layout *ret)
{
	uint32_t bucket_id = pointee(types, header, "buckets");
	const struct go_type *bucket = &types->base[bucket_id];
	const struct go_field *keys = go_type_field(bucket, "keys");
	const struct go_field *elems = go_type_field(bucket, "values");
	const struct go_field *overflow = go_type_field(bucket, "overflow");

	if (!bucket_id || !keys || !overflow)
		return false;
	if (!elems)
		elems = go_type_field(bucket, "elems");
	if (!elems)
		return false;
	ret->bucket = bucket_id;
	ret->unit = bucket->size;
	ret->keys_off = keys->offset;
	ret->elems_off = elems->offset;
	ret->key_stride = (elems->offset - keys->offset) / 8;
	ret->elem_stride = (overflow->offset - elems->offset) / 8;
	ret->overflow_off = overflow->offset;
	ret->indirect_key = types->base[map->key].size > 128;
	ret->indirect_elem = types->base[map->elem].size > 128;
	return true;
}

/* Go 1.24 to 1.26 and the default of 1.27: eight { key; elem } slots. */
static bool slots_layout(const struct go_types *types,
			 const struct go_type *group, struct go_map_layout *ret)
{
	const struct go_field *slots = go_type_field(group, "slots"), *key,
			      *elem;
	const struct go_type *slot;

	if (!slots)
		return false;
	slot = &types->base[types->base[slots->type].elem];
	key = go_type_field(slot, "key");
	elem = go_type_field(slot, "elem");
	if (!key || !elem)
		return false;
	ret->keys_off = slots->offset + key->offset;
	ret->elems_off = slots->offset + elem->offset;
	ret->key_stride = ret->elem_stride = slot->size;
	return true;
}

/* GOEXPERIMENT=mapsplitgroup: eight keys, then eight elements. */
static bool split_layout(const struct go_types *types,
			 const struct go_type *group, struct go_map_layout *ret)
{
	const struct go_field *keys = go_type_field(group, "keys");
	const struct go_field *elems = go_type_field(group, "elems");

	if (!keys || !elems)
		return false;
	ret->keys_off = keys->offset;
	ret->elems_off = elems->offset;
	ret->key_stride = types->base[types->base[keys->type].elem].size;
	ret->elem_stride = types->base[types->base[elems->type].elem].size;
	return true;
}

static bool swiss_layout(struct go_types *types, const struct go_type *map,
			 const struct go_type *header,
			 struct go_map_layout *ret)
{
	uint32_t table_id = types->base[pointee(types, header, "dirPtr")].elem;
	const struct go_type *table = &types->base[table_id];
	const struct go_field *groups = go_type_field(table, "groups");
	const struct go_type *group;
	uint32_t group_id;

	if (!table_id || !groups)
		return false;
	group_id = pointee(types, &types->base[groups->type], "data");
	group = &types->base[group_id];
	ret->swiss = true;
	ret->table = table_id;
	ret->bucket = group_id;
	ret->unit = group->size;
	ret->indirect_key = types->base[map->key].size > 128;
	ret->indirect_elem = types->base[map->elem].size > 128;
	return group_id && (slots_layout(types, group, ret) ||
			    split_layout(types, group, ret));
}

static void fill_map(struct go_types *types, dbg_ref ref)
{
	struct go_type *map = &types->base[ref];
	uint32_t header_id =
		types->canon[entry(types, entry(types, ref)->target)->target];
	const struct go_type *header = &types->base[header_id];
	struct go_map_layout layout = {.header = header_id};
	struct go_map_layout *copy;

	if (!classic_layout(types, map, header, &layout) &&
	    !swiss_layout(types, map, header, &layout))
		return;
	layout.key_slot = layout.indirect_key ? 8 : types->base[map->key].size;
	layout.elem_slot =
		layout.indirect_elem ? 8 : types->base[map->elem].size;
	layout.hasher = rtype_hasher(types, map->rtype);
	copy = arena_alloc(&types->arena, sizeof(*copy));
	*copy = layout;
	map->layout = copy;
	set_role(types, header_id, GO_ROLE_MAP_HEADER, ref);
	set_role(types, layout.bucket,
		 layout.swiss ? GO_ROLE_MAP_GROUP : GO_ROLE_MAP_BUCKET, ref);
	set_role(types, layout.table, GO_ROLE_MAP_TABLE, ref);
}

static void fill_chan(struct go_types *types, dbg_ref ref)
{
	uint32_t header =
		types->canon[entry(types, entry(types, ref)->target)->target];

	set_role(types, header, GO_ROLE_CHAN, 0);
	if (!header)
		return;
	types->base[header].elem = types->base[ref].elem;
	types->base[ref].map = header;
}

void types_load_dwarf(struct go_types *types)
{
	uint32_t i;

	for (i = 1; i < types->base_count; i++)
		types->canon[i] = canonical(types, i);
	for (i = 1; i < types->base_count; i++)
		fill_type(types, i);
	/* Unnamed map types first: they name the shared headers. */
	for (i = 1; i < types->base_count; i++)
		if (types->base[i].kind == GO_MAP && !types->base[i].named)
			fill_map(types, i);
	for (i = 1; i < types->base_count; i++)
		if (types->base[i].kind == GO_MAP && types->base[i].named)
			fill_map(types, i);
	for (i = 1; i < types->base_count; i++)
		if (types->base[i].kind == GO_CHAN)
			fill_chan(types, i);
	for (i = 1; i < types->base_count; i++)
		type_finish(types, &types->base[i]);
}
