/*
 * Layouts of map types that only a descriptor describes. The slots' places are
 * in the descriptor itself; header, bucket, table and group types are made
 * here so that the heap sees the same roles as with debug information.
 */
#include <string.h>

#include "core/base/xalloc.h"
#include "core/go/go_types_priv.h"

/* Fields of a map type's descriptor, by release; sizes in bytes. */
enum {
	MAP_BUCKET = 64,
	MAP_HASHER = 72,
	CLASSIC_KEY_SIZE = 80,	  /* u8 */
	CLASSIC_ELEM_SIZE = 81,	  /* u8 */
	CLASSIC_BUCKET_SIZE = 82, /* u16 */
	CLASSIC_FLAGS = 84,	  /* u32 */
	SWISS_GROUP_SIZE = 80,
	SWISS_SLOT_SIZE = 88, /* up to Go 1.26 */
	SWISS_ELEM_OFF = 96,  /* up to Go 1.26 */
	SWISS_FLAGS = 104,    /* up to Go 1.26 */
	SPLIT_KEYS_OFF = 88,  /* since Go 1.27, as all below */
	SPLIT_KEY_STRIDE = 96,
	SPLIT_ELEMS_OFF = 104,
	SPLIT_ELEM_STRIDE = 112,
	SPLIT_FLAGS = 128,
};

static uint64_t word(const struct go_types *types, uint64_t addr)
{
	uint64_t v;

	sample_u64(types->sample, addr, &v);
	return v;
}

uint64_t rtype_hasher(const struct go_types *types, uint64_t rtype)
{
	return rtype ? word(types, rtype + MAP_HASHER) : 0;
}

static void classic(const struct go_types *types, uint64_t rtype,
		    struct go_map_layout *ret)
{
	uint8_t key = 0, elem = 0;
	uint16_t bucket = 0;
	uint32_t flags = 0;

	sample_u8(types->sample, rtype + CLASSIC_KEY_SIZE, &key);
	sample_u8(types->sample, rtype + CLASSIC_ELEM_SIZE, &elem);
	sample_u16(types->sample, rtype + CLASSIC_BUCKET_SIZE, &bucket);
	sample_u32(types->sample, rtype + CLASSIC_FLAGS, &flags);
	ret->unit = bucket;
	ret->key_stride = ret->key_slot = key;
	ret->elem_stride = ret->elem_slot = elem;
	ret->keys_off = 8;
	ret->elems_off = 8 + 8ULL * key;
	ret->overflow_off = ret->unit - 8;
	ret->indirect_key = flags & 1;
	ret->indirect_elem = flags & 2;
}

static void swiss(const struct go_types *types, uint64_t rtype,
		  struct go_map_layout *ret)
{
	bool split = types->program->build.minor >= 27;
	uint32_t flags = 0;

	ret->swiss = true;
	ret->unit = word(types, rtype + SWISS_GROUP_SIZE);
	if (split) {
		ret->keys_off = word(types, rtype + SPLIT_KEYS_OFF);
		ret->key_stride = word(types, rtype + SPLIT_KEY_STRIDE);
		ret->elems_off = word(types, rtype + SPLIT_ELEMS_OFF);
		ret->elem_stride = word(types, rtype + SPLIT_ELEM_STRIDE);
	} else {
		ret->keys_off = 8;
		ret->key_stride = ret->elem_stride =
			word(types, rtype + SWISS_SLOT_SIZE);
		ret->elems_off = 8 + word(types, rtype + SWISS_ELEM_OFF);
	}
	sample_u32(types->sample, rtype + (split ? SPLIT_FLAGS : SWISS_FLAGS),
		   &flags);
	ret->indirect_key = flags & 4;
	ret->indirect_elem = flags & 8;
}

/* All eight slots lie inside the bucket or group. */
static bool plausible(const struct go_map_layout *l)
{
	const uint64_t most = 1 << 20;

	return l->unit >= 8 && l->unit <= most && l->keys_off <= l->unit &&
	       l->elems_off <= l->unit && l->key_stride <= most &&
	       l->elem_stride <= most &&
	       l->keys_off + 7 * l->key_stride + l->key_slot <= l->unit &&
	       l->elems_off + 7 * l->elem_stride + l->elem_slot <= l->unit;
}

void rtype_name_part(struct go_types *types, struct go_type *type)
{
	static const char *const classic_names[] = {
		[GO_ROLE_MAP_HEADER] = "hash",
		[GO_ROLE_MAP_BUCKET] = "bucket",
	};
	static const char *const swiss_names[] = {
		[GO_ROLE_MAP_HEADER] = "map",
		[GO_ROLE_MAP_TABLE] = "table",
		[GO_ROLE_MAP_GROUP] = "group",
	};
	const struct go_type *map = go_type(types, type->map);
	CLEANUP(buf_deinit) struct buf name = {0};

	buf_printf(&name, "%s<%s,%s>",
		   types->program->map_impl == MAP_IMPL_SWISS
			   ? swiss_names[type->role]
			   : classic_names[type->role],
		   go_type(types, map->key)->name,
		   go_type(types, map->elem)->name);
	type->name = arena_string(&types->arena, name.data, name.len);
	rtype_note_name(types, type);
}

/* A type of our own making with role @p role of map @p map. */
static uint32_t make_part(struct go_types *types, uint32_t map,
			  enum go_role role, uint64_t size)
{
	uint32_t id = type_new(types);
	struct go_type *type;

	if (!id)
		return 0;
	type = type_at(types, id);
	type->kind = GO_STRUCT;
	type->role = role;
	type->map = map;
	type->size = size;
	rtype_name_part(types, type);
	return id;
}

static void copy_fields(struct go_types *types, uint32_t unit,
			uint32_t described)
{
	const struct go_type *from = go_type(types, described);
	struct go_type *to = type_at(types, unit);

	if (from->kind != GO_STRUCT)
		return;
	to->fields = from->fields;
	to->field_count = from->field_count;
	to->ptr_bytes = from->ptr_bytes;
	to->pointer_free = from->pointer_free;
}

void rtype_map_finish(struct go_types *types)
{
	while (types->late_count) {
		const struct late_unit *late =
			&types->late[--types->late_count];

		copy_fields(types, late->unit, late->described);
	}
}

/*
 * The bucket's or group's own descriptor tells its fields, in the end: it may
 * be the one that led here.
 */
static uint32_t make_unit(struct go_types *types, uint64_t rtype, uint32_t map,
			  const struct go_map_layout *layout, unsigned depth)
{
	uint32_t described =
		rtype_decode(types, word(types, rtype + MAP_BUCKET), depth + 1);
	uint32_t id = make_part(types, map,
				layout->swiss ? GO_ROLE_MAP_GROUP
					      : GO_ROLE_MAP_BUCKET,
				layout->unit);

	if (!id)
		return 0;
	copy_fields(types, id, described);
	GROW_ARRAY(types->late, types->late_count, types->late_cap);
	types->late[types->late_count++] = (struct late_unit){id, described};
	return id;
}

void rtype_map_layout(struct go_types *types, uint32_t id, unsigned depth)
{
	const bool is_swiss = types->program->map_impl == MAP_IMPL_SWISS;
	/* Classic headers got clearSeq in Go 1.24. */
	const bool longer = !is_swiss && types->program->build.minor >= 24;
	struct go_type *map = type_at(types, id);
	struct go_map_layout layout = {0}, *copy;
	uint64_t key = go_type(types, map->key)->size;
	uint64_t elem = go_type(types, map->elem)->size;

	if (is_swiss)
		swiss(types, map->rtype, &layout);
	else
		classic(types, map->rtype, &layout);
	layout.key_slot = layout.indirect_key ? 8 : key;
	layout.elem_slot = layout.indirect_elem ? 8 : elem;
	if (!plausible(&layout))
		return;
	layout.hasher = rtype_hasher(types, map->rtype);
	layout.bucket = make_unit(types, map->rtype, id, &layout, depth);
	layout.header =
		make_part(types, id, GO_ROLE_MAP_HEADER, longer ? 56 : 48);
	if (is_swiss)
		layout.table = make_part(types, id, GO_ROLE_MAP_TABLE, 32);
	copy = arena_alloc(&types->arena, sizeof(*copy));
	*copy = layout;
	map->layout = copy;
}
