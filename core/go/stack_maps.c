/*
 * Maps that do not escape: header and first bucket are objects of a frame. The
 * code reaches both by their addresses, so that neither a pointer nor a
 * location in the debug information leads to them. What can tell the type of
 * such a header, each checked against the size of its first bucket:
 *
 * - an iterator in the frame, { key, elem, map type, header, ... };
 * - the code: maps are read and written by calls of the runtime with the map
 *   type in rax and the header's address in rbx;
 * - the function's variables of map type that have no place of their own.
 *
 * The code also tells which unnamed slots of a frame hold a pointer to a map.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/go/stack.h"

enum {
	SWISS_SMALL = 8,  /* slots of the only group */
	BUCKET_BITS = 40, /* no process has more buckets than 1 << 40 */
	CODE_MAX = 1 << 20,
	CODE_REACH = 48, /* bytes from the type's load to the call */
	LEA_RIP = 7,
	FITS_MAX = 8,
};

/* The distinct types that fit. */
struct fits {
	uint32_t types[FITS_MAX];
	uint32_t count;
};

static bool is_swiss(const struct stack_reader *reader)
{
	return reader->rt->program->map_impl == MAP_IMPL_SWISS;
}

bool stack_map_shape(const struct stack_reader *reader,
		     const struct stack_object *o)
{
	const uint8_t *mask =
		o->mask ? sample_view(reader->rt->sample, o->mask, 1) : NULL;

	if (!mask)
		return false;
	/* maps.Map: dirPtr at 16 */
	if (is_swiss(reader))
		return o->size == 48 && o->ptr_bytes == 24 && *mask == 0x04;
	/* hmap: buckets 16, oldbuckets 24, extra 40; with clearSeq 48 */
	return (o->size == 48 && o->ptr_bytes == 48 && *mask == 0x2c) ||
	       (o->size == 56 && o->ptr_bytes == 56 && *mask == 0x4c);
}

static bool swiss_in_use(const struct sample *sample, const uint8_t *header)
{
	uint64_t used, seed, directory, length, ctrl, full;

	memcpy(&used, header, 8);
	memcpy(&seed, header + 8, 8);
	memcpy(&directory, header + 16, 8);
	memcpy(&length, header + 24, 8);
	if (!seed || directory % 8 || header[34] > 1 || header[35] > 1)
		return false;
	if (length)
		return header[32] < 32 && length == 1ULL << header[32] &&
		       header[33] == 64 - header[32] &&
		       sample_view(sample, directory, length * 8);
	if (header[32] || header[33] || used > SWISS_SMALL)
		return false;
	if (!directory)
		return !used;
	if (!sample_u64(sample, directory, &ctrl))
		return false;
	full = (uint64_t)__builtin_popcountll(~ctrl & 0x8080808080808080u);
	return full == used || header[34];
}

static bool classic_in_use(const struct sample *sample, const uint8_t *header)
{
	uint64_t count, buckets, old;
	uint32_t seed;

	memcpy(&count, header, 8);
	memcpy(&seed, header + 12, 4);
	memcpy(&buckets, header + 16, 8);
	memcpy(&old, header + 24, 8);
	if (!seed || header[8] & ~15 || header[9] > BUCKET_BITS ||
	    buckets % 8 || old % 8 || count > 1ULL << (BUCKET_BITS + 4))
		return false;
	if (!buckets)
		return !count && !old;
	return sample_view(sample, buckets, 8) != NULL;
}

static bool in_use(const struct stack_reader *reader, uint64_t header)
{
	const struct sample *sample = reader->rt->sample;
	const uint8_t *p = sample_view(sample, header, 48);

	if (!p)
		return false;
	return is_swiss(reader) ? swiss_in_use(sample, p)
				: classic_in_use(sample, p);
}

void stack_map_add(struct stack_reader *reader, const struct go_stack_map *map)
{
	struct go_runtime *rt = reader->rt;
	uint32_t i;

	for (i = rt->stack_map_count; i > 0; i--) {
		struct go_stack_map *old = &rt->stack_maps[i - 1];

		if (old->header != map->header)
			continue;
		if (!old->type)
			old->type = map->type;
		if (!old->variable && map->frame == old->frame)
			old->variable = map->variable;
		return;
	}
	GROW_ARRAY(rt->stack_maps, rt->stack_map_count, reader->stack_map_cap);
	rt->stack_maps[rt->stack_map_count++] = *map;
}

uint32_t stack_first_variable(const struct go_runtime *rt, uint32_t frame)
{
	uint32_t low = 0, high = rt->variable_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (rt->variables[middle].frame < frame)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The first bucket: beside the header in the frame, or a heap object. */
static uint64_t bucket_room(const struct stack_reader *reader, uint64_t addr)
{
	const struct go_span *span = go_span_at(reader->rt, addr);
	uint32_t i;

	if (span)
		return span->elem_size;
	for (i = 0; i < reader->object_count; i++)
		if (reader->objects[i].addr == addr)
			return reader->objects[i].size;
	return 0;
}

/* Is @p room what the allocator gives for @p need bytes? */
static bool is_room_for(const struct stack_reader *reader, uint64_t addr,
			uint64_t need, uint64_t most)
{
	const struct go_span *span = go_span_at(reader->rt, addr);
	uint64_t room = bucket_room(reader, addr);

	if (!span)
		return !room || room == need;
	if (need < 16 || need > 1ULL << BUCKET_BITS || room < need)
		return false;
	/* Size classes waste an eighth at most, big objects a part page. */
	return span->size_class ? room <= most + most / 4 + 16
				: room < most + 2ULL * GO_PAGE;
}

static bool swiss_fits(const struct stack_reader *reader, uint64_t header,
		       uint64_t unit)
{
	const struct sample *sample = reader->rt->sample;
	uint64_t first = rt_word(sample, header + 16), table, need;

	if (!rt_word(sample, header + 24))
		return is_room_for(reader, first, unit, unit);
	table = rt_word(sample, first);
	need = rt_word(sample, table + 24) + 1; /* groups: a mask */
	if (!need || need > 1024 / SWISS_SMALL)
		return false;
	need *= unit;
	return is_room_for(reader, rt_word(sample, table + 16), need, need);
}

static bool type_fits(const struct stack_reader *reader, uint64_t header,
		      uint32_t type)
{
	const struct go_runtime *rt = reader->rt;
	const struct go_map_layout *layout = go_type(rt->types, type)->layout;
	uint64_t first = rt_word(rt->sample, header + 16), need;
	uint8_t bits = 0;

	if (go_type(rt->types, type)->kind != GO_MAP || !layout)
		return false;
	if (!first)
		return true;
	if (is_swiss(reader))
		return swiss_fits(reader, header, layout->unit);
	sample_u8(rt->sample, header + 9, &bits);
	if (bits > BUCKET_BITS || layout->unit > 1 << 20)
		return false;
	need = layout->unit << bits;
	/* Overflow buckets for one bucket of 16 come with the array. */
	return is_room_for(reader, first, need,
			   bits < 4 ? need : need + need / 16);
}

static void fits_add(struct fits *fits, const struct stack_reader *reader,
		     uint64_t header, uint32_t type)
{
	uint32_t i;

	if (!type_fits(reader, header, type))
		return;
	for (i = 0; i < fits->count; i++)
		if (fits->types[i] == type)
			return;
	if (fits->count < FITS_MAX)
		fits->types[fits->count++] = type;
}

static uint32_t map_type_at(const struct stack_reader *reader, uint64_t rtype)
{
	const struct go_runtime *rt = reader->rt;
	uint32_t type;

	if (!go_module_of_type(&priv_of(rt)->modules, rtype))
		return 0;
	type = go_type_from_rtype(rt->types, rtype);
	return go_type(rt->types, type)->kind == GO_MAP ? type : 0;
}

static void from_iterators(const struct stack_reader *reader,
			   const struct stack_object *o,
			   const struct go_frame *frame, struct fits *fits)
{
	const struct sample *sample = reader->rt->sample;
	uint64_t at = frame->sp < reader->lo ? reader->lo : frame->sp;
	uint64_t end = frame->cfa > reader->hi ? reader->hi : frame->cfa;

	for (at += 8; at + 8 <= end; at += 8)
		if (rt_word(sample, at) == o->addr)
			fits_add(fits, reader, o->addr,
				 map_type_at(reader, rt_word(sample, at - 8)));
}

/*
 * lea or mov disp(%rsp), %rbx: the header's address or the slot that holds it;
 * lea also to %rcx, for makemap (where other calls have an iterator).
 */
static bool frame_operand(const uint8_t *code, struct code_map *ret)
{
	if (code[0] != 0x48 || (code[1] != 0x8d && code[1] != 0x8b) ||
	    code[3] != 0x24)
		return false;
	ret->in_slot = code[1] == 0x8b;
	switch (code[2]) {
	case 0x8c:
	case 0x9c:
		memcpy(&ret->offset, code + 4, 4);
		return code[2] == 0x9c || !ret->in_slot;
	case 0x4c:
	case 0x5c:
		ret->offset = code[4];
		return code[4] < 0x80 && (code[2] == 0x5c || !ret->in_slot);
	default:
		return false;
	}
}

static bool loads_map_type(const uint8_t *code)
{
	return !memcmp(code, "\x48\x8d\x05", 3); /* lea disp(%rip), %rax */
}

static bool is_call(const struct stack_reader *reader, const uint8_t *code,
		    uint64_t addr)
{
	int32_t displacement;

	if (*code != 0xe8)
		return false;
	memcpy(&displacement, code + 1, 4);
	return go_module_of_pc(&priv_of(reader->rt)->modules,
			       addr + 5 + (uint64_t)(int64_t)displacement);
}

/* The operands between two calls, around the load of the type at @p at. */
static void read_operands(const struct stack_reader *reader,
			  const uint8_t *code, uint64_t at, uint32_t type,
			  struct code_maps *ret)
{
	uint64_t from = at, to = at + LEA_RIP, i;
	struct code_map map = {.type = type};

	while (from && at - from < CODE_REACH &&
	       !is_call(reader, code + from - 1, ret->entry + from - 1))
		from--;
	while (to < at + CODE_REACH &&
	       !is_call(reader, code + to, ret->entry + to))
		to++;
	for (i = from; i < to; i++) {
		if (!frame_operand(code + i, &map))
			continue;
		GROW_ARRAY(ret->list, ret->count, ret->cap);
		ret->list[ret->count++] = map;
	}
}

static void read_code(const struct stack_reader *reader, const uint8_t *code,
		      uint64_t len, struct code_maps *ret)
{
	uint64_t i;

	for (i = 0; i + CODE_REACH + 8 <= len; i++) {
		int32_t displacement;
		uint32_t type;

		if (!loads_map_type(code + i))
			continue;
		memcpy(&displacement, code + i + 3, 4);
		type = map_type_at(reader,
				   ret->entry + i + LEA_RIP +
					   (uint64_t)(int64_t)displacement);
		if (type)
			read_operands(reader, code, i, type, ret);
	}
}

static uint64_t code_length(const struct go_runtime *rt,
			    const struct pcln_func *func)
{
	struct pcln_func other;
	uint64_t low = 1, high = CODE_MAX;

	/* The function's end: pcs of one function have one entry. */
	while (low < high) {
		uint64_t middle = (low + high + 1) / 2;

		if (pclntab_find(&priv_of(rt)->pclntab,
				 func->entry + middle - 1, &other) &&
		    other.entry == func->entry)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

static struct code_maps *code_cell(const struct stack_reader *reader,
				   uint64_t entry)
{
	uint32_t mask = reader->code_size - 1;
	uint32_t i = (uint32_t)(entry * 0x9e3779b97f4a7c15u >> 33) & mask;

	while (reader->code[i].entry && reader->code[i].entry != entry)
		i = (i + 1) & mask;
	return &reader->code[i];
}

static void grow_code(struct stack_reader *reader)
{
	struct code_maps *old = reader->code;
	uint32_t n = reader->code_size, i;

	reader->code_size = n ? n * 2 : 256;
	reader->code = xcalloc(reader->code_size, sizeof(*reader->code));
	for (i = 0; i < n; i++)
		if (old[i].entry)
			*code_cell(reader, old[i].entry) = old[i];
	free(old);
}

static const struct code_maps *code_of(struct stack_reader *reader, uint64_t pc)
{
	const struct go_runtime *rt = reader->rt;
	struct pcln_func func;
	struct code_maps *maps;
	const uint8_t *code;
	uint64_t len;

	if (!pclntab_find(&priv_of(rt)->pclntab, pc, &func) || !func.entry)
		return NULL;
	if (reader->code_count * 2 >= reader->code_size)
		grow_code(reader);
	maps = code_cell(reader, func.entry);
	if (maps->entry)
		return maps;
	reader->code_count++;
	maps->entry = func.entry;
	len = code_length(rt, &func);
	code = sample_view(rt->sample, func.entry, len);
	if (code)
		read_code(reader, code, len, maps);
	return maps;
}

static void from_code(struct stack_reader *reader, const struct stack_object *o,
		      const struct go_frame *frame, struct fits *fits)
{
	const struct code_maps *maps = code_of(reader, frame->pc - 1);
	uint32_t i;

	for (i = 0; maps && i < maps->count; i++)
		if (!maps->list[i].in_slot &&
		    frame->sp + maps->list[i].offset == o->addr)
			fits_add(fits, reader, o->addr, maps->list[i].type);
}

/* Since Go 1.24 such variables are left out: another one may fit by chance. */
static bool names_all_variables(const struct go_runtime *rt)
{
	return rt->program->build.minor < 24;
}

static void from_variables(const struct stack_reader *reader,
			   const struct stack_object *o, struct fits *fits)
{
	const struct go_runtime *rt = reader->rt;
	uint32_t i = stack_first_variable(rt, o->frame);

	if (!names_all_variables(rt))
		return;
	for (; i < rt->variable_count && rt->variables[i].frame == o->frame;
	     i++)
		if (!rt->variables[i].size)
			fits_add(fits, reader, o->addr, rt->variables[i].type);
}

/* The only placeless variable of the type; 0 if there are more. */
static uint32_t variable_of(const struct go_runtime *rt, uint32_t frame,
			    uint32_t type)
{
	uint32_t i = stack_first_variable(rt, frame), found = 0;

	if (!names_all_variables(rt))
		return 0;
	for (; i < rt->variable_count && rt->variables[i].frame == frame; i++) {
		if (rt->variables[i].size || rt->variables[i].type != type)
			continue;
		if (found)
			return 0;
		found = i + 1;
	}
	return found;
}

void stack_map_consider(struct stack_reader *reader,
			const struct stack_object *o)
{
	struct go_runtime *rt = reader->rt;
	struct go_stack_map map = {.header = o->addr, .frame = o->frame};
	struct fits fits = {0};

	if (!stack_map_shape(reader, o) || !in_use(reader, o->addr) ||
	    o->frame >= rt->frame_count)
		return;
	from_iterators(reader, o, &rt->frames[o->frame], &fits);
	from_code(reader, o, &rt->frames[o->frame], &fits);
	if (!fits.count)
		from_variables(reader, o, &fits);
	if (fits.count == 1) {
		map.type = fits.types[0];
		map.variable = variable_of(rt, o->frame, map.type);
	}
	stack_map_add(reader, &map);
}

/* Sizes of the allocator's slots for map headers. */
static bool may_be_header(const struct stack_reader *reader, uint64_t addr)
{
	const struct go_span *span = go_span_at(reader->rt, addr);

	if (!span)
		return addr >= reader->lo && addr < reader->hi;
	return !span->noscan &&
	       (span->elem_size == 48 || span->elem_size == 64) &&
	       (addr - span->base) % span->elem_size == 0;
}

uint32_t stack_map_slot_type(struct stack_reader *reader, uint32_t frame,
			     uint64_t slot, uint64_t value)
{
	const struct go_runtime *rt = reader->rt;
	const struct code_maps *maps;
	struct fits fits = {0};
	uint32_t i;

	if (frame >= rt->frame_count || !may_be_header(reader, value))
		return 0;
	maps = code_of(reader, rt->frames[frame].pc - 1);
	for (i = 0; maps && i < maps->count; i++)
		if (maps->list[i].in_slot &&
		    rt->frames[frame].sp + maps->list[i].offset == slot)
			fits_add(&fits, reader, value, maps->list[i].type);
	/* Slots are shared: what is there now must be a map, of that type. */
	return fits.count == 1 && in_use(reader, value) ? fits.types[0] : 0;
}

void stack_maps_deinit(struct stack_reader *reader)
{
	uint32_t i;

	for (i = 0; i < reader->code_size; i++)
		free(reader->code[i].list);
	free(reader->code);
}
