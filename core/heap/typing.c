#include "core/heap/typing.h"

#include <stdlib.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/heap/type_plan.h"

enum { CACHE_SIZE = 4096 };

static void claim_at_once(void *typer, uint32_t object, uint32_t type)
{
	typer_claim_fitting(typer, object, type);
}

void typer_init(struct typer *typer, struct heap *heap)
{
	struct go_types *types = heap->rt->types;

	*typer = (struct typer){.heap = heap};
	typer->claim = claim_at_once;
	typer->claim_arg = typer;
	typer->dynamic = xcalloc(CACHE_SIZE, sizeof(*typer->dynamic));
	typer->closures = xcalloc(CACHE_SIZE, sizeof(*typer->closures));
	typer->byte_type = go_type_find(types, "uint8");
	typer->any_type = go_type_find(types, "interface {}");
	typer->timer_type = go_type_find(types, "runtime.timeTimer");
	typer->hchan_type = go_type_find(types, "runtime.hchan");
}

void typer_deinit(struct typer *typer)
{
	uint32_t i;

	for (i = 0; i < typer->plan_count; i++)
		type_plan_deinit(&typer->plans[i]);
	for (i = 0; i < typer->word_count; i++)
		free(typer->words[i]);
	free(typer->words);
	free(typer->plans);
	free(typer->dynamic);
	free(typer->closures);
	free(typer->claims);
	*typer = (struct typer){0};
}

const struct type_plan *typer_plan_load(struct typer *typer, uint32_t type)
{
	uint32_t count = typer->plan_count;

	if (type >= count) {
		typer->plan_count = go_type_count(typer->heap->rt->types) + 64;
		if (typer->plan_count <= type)
			typer->plan_count = type + 64;
		typer->plans = xreallocarray(typer->plans, typer->plan_count,
					     sizeof(*typer->plans));
		memset(typer->plans + count, 0,
		       (typer->plan_count - count) * sizeof(*typer->plans));
	}
	if (!typer->plans[type].type)
		type_plan_init(&typer->plans[type], typer->heap->rt->types,
			       type, typer->any_type);
	return &typer->plans[type];
}

static struct type_word *cache_slot(struct type_word *cache, uint64_t word)
{
	return &cache[(word * 0x9e3779b97f4a7c15ULL) >> 52];
}

uint32_t typer_dynamic(struct typer *typer, uint64_t word)
{
	struct type_word *cached = cache_slot(typer->dynamic, word);
	struct go_types *types = typer->heap->rt->types;
	uint32_t type;

	if (cached->valid && cached->word == word)
		return cached->type;
	/* this order: an itab's address, once refused as a type, stays so */
	type = go_type_from_itab(types, word);
	if (!type)
		type = go_type_from_rtype(types, word);
	*cached = (struct type_word){word, type, true};
	return type;
}

static uint32_t closure_type(struct typer *typer, uint64_t pc)
{
	struct type_word *cached = cache_slot(typer->closures, pc);
	uint32_t type;

	if (cached->valid && cached->word == pc)
		return cached->type;
	type = go_type_closure(typer->heap->rt->types, pc);
	*cached = (struct type_word){pc, type, true};
	return type;
}

bool typer_better(struct typer *typer, uint32_t a, uint32_t b)
{
	const struct go_types *types = typer->heap->rt->types;
	const struct go_type *x, *y;

	if (!a || a == b)
		return false;
	if (!b)
		return true;
	x = go_type(types, a);
	y = go_type(types, b);
	if ((x->role != GO_ROLE_NONE) != (y->role != GO_ROLE_NONE))
		return x->role != GO_ROLE_NONE;
	if (x->size != y->size)
		return x->size > y->size;
	if ((x->kind == GO_STRUCT) != (y->kind == GO_STRUCT))
		return x->kind == GO_STRUCT;
	if (x->named != y->named)
		return x->named;
	return go_type_compare(types, a, b) < 0;
}

/** Can an object of this span be of the type at all? */
static bool claim_fits(const struct type_plan *plan, const struct go_span *span)
{
	uint64_t room = heap_slot_bytes(span) - heap_header_bytes(span);

	if (!plan->type->size || plan->type->size > room)
		return false;
	/* A group may be free of pointers, what refers to it is not. */
	if (plan->type->role == GO_ROLE_MAP_HEADER ||
	    plan->type->role == GO_ROLE_MAP_TABLE)
		return !span->noscan;
	if (plan->type->role != GO_ROLE_NONE)
		return true;
	if (span->has_header || span->large_type)
		return false;
	return !span->noscan || plan->type->pointer_free || !plan->count;
}

bool typer_fits(struct typer *typer, uint32_t type,
		const struct heap_place *place)
{
	struct type_fit *last = &typer->fits[place->cell->class];

	/* large objects differ, those of a size class do not */
	if (place->cell->class < 2)
		return claim_fits(typer_plan(typer, type), place->span);
	if (last->type != type) {
		bool fits = claim_fits(typer_plan(typer, type), place->span);

		*last = (struct type_fit){type, fits ? type : 0};
	}
	return last->claim;
}

void typer_claim_fitting(struct typer *typer, uint32_t object, uint32_t type)
{
	struct heap *heap = typer->heap;
	uint32_t *slot = &heap->type[object];
	uint32_t old = __atomic_load_n(slot, __ATOMIC_RELAXED);
	bool settled = heap_bit(heap->reached, object);

	if (!type || type == old || (typer->garbage && settled))
		return;
	if (!typer_better(typer, type, old))
		return;
	if (settled || typer->garbage) {
		GROW_ARRAY(typer->claims, typer->claim_count, typer->claim_cap);
		typer->claims[typer->claim_count++] =
			(struct type_claim){object, type};
		return;
	}
	__atomic_store_n(slot, type, __ATOMIC_RELAXED);
}

void typer_claim(struct typer *typer, const struct heap_place *place,
		 uint32_t type)
{
	/* what it is already is not asked: that would wait for memory */
	if (type && typer_fits(typer, type, place))
		typer->claim(typer->claim_arg, place->object, type);
}

uint32_t typer_settle(struct typer *typer, const struct go_span *span,
		      uint32_t object)
{
	struct heap *heap = typer->heap;
	uint32_t *slot = &heap->type[object];
	uint32_t type = __atomic_load_n(slot, __ATOMIC_RELAXED);
	uint64_t rtype, offset;

	if (type || !(span->has_header || span->large_type) || span->user_arena)
		return type;
	rtype = go_recorded_type(heap->rt, span, object - span->first, &offset);
	if (rtype)
		type = typer_dynamic(typer, rtype);
	if (type && go_type(heap->rt->types, type)->size >
			    heap_slot_bytes(span) - offset)
		type = 0;
	if (type)
		__atomic_store_n(slot, type, __ATOMIC_RELAXED);
	return type;
}

void slot_cursor_init(struct slot_cursor *cursor, struct typer *typer,
		      uint32_t type)
{
	*cursor = (struct slot_cursor){.plan = *typer_plan(typer, type)};
}

/** Index of the last slot at or before @p offset, plus 1; 0 if none. */
static uint32_t slot_search(const struct type_plan *plan, uint32_t low,
			    uint64_t offset)
{
	uint32_t high = plan->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (plan->slots[middle].offset <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/** Into the elements of an array too long to flatten. */
static bool slot_descend(struct typer *typer, uint64_t offset,
			 struct go_slot *slot)
{
	const struct type_plan *plan;
	uint64_t base, rel, depth;
	uint32_t found;

	for (depth = 0; slot->kind == GO_SLOT_ARRAY; depth++) {
		if (!slot->stride || depth > LIMIT_TYPE_DEPTH)
			return false;
		rel = offset - slot->offset;
		if (rel / slot->stride >= slot->count)
			return false;
		base = slot->offset + rel / slot->stride * slot->stride;
		rel = offset - base;
		plan = typer_plan(typer, slot->target);
		found = slot_search(plan, 0, rel);
		if (!found)
			return false;
		*slot = plan->slots[found - 1];
		slot->offset += base;
	}
	return true;
}

/** Forward to the last slot at or before @p offset, which is usually near. */
static void slot_cursor_seek(struct slot_cursor *cursor, uint64_t offset)
{
	enum { NEAR = 8 };
	const struct type_plan *plan = &cursor->plan;
	unsigned steps = 0;

	while (cursor->slot + 1 < plan->count &&
	       plan->slots[cursor->slot + 1].offset <= offset) {
		cursor->slot++;
		if (++steps == NEAR) {
			cursor->slot = slot_search(plan, cursor->slot, offset);
			cursor->slot -= cursor->slot > 0;
			return;
		}
	}
}

bool slot_cursor_at(struct slot_cursor *cursor, struct typer *typer,
		    uint64_t offset, struct go_slot *ret)
{
	const struct type_plan *plan = &cursor->plan;
	uint64_t size = plan->type->size, width;

	if (!plan->count)
		return false;
	if (offset - cursor->start >= size) {
		cursor->start = offset / size * size;
		cursor->slot = 0;
	}
	offset -= cursor->start;
	slot_cursor_seek(cursor, offset);
	*ret = plan->slots[cursor->slot];
	if (ret->offset > offset)
		return false;
	if (ret->kind == GO_SLOT_ARRAY && !slot_descend(typer, offset, ret))
		return false;
	width = ret->kind == GO_SLOT_EFACE || ret->kind == GO_SLOT_IFACE ? 16
									 : 8;
	if (offset - ret->offset >= width)
		return false;
	ret->offset += cursor->start;
	return true;
}

/** First @p bytes of the user's data, NULL if the slot is smaller. */
static const uint8_t *place_data(const struct heap_place *place, uint64_t bytes)
{
	uint64_t skip = heap_header_bytes(place->span);

	if (!place->span->mem || heap_slot_bytes(place->span) < skip + bytes)
		return NULL;
	return place->span->mem + place->index * place->span->elem_size + skip;
}

static void claim_at(struct typer *typer, uint64_t value, uint32_t type)
{
	struct heap_place place;

	if (value && type &&
	    heap_locate(typer->heap, value, &place) == HEAP_HIT && place.start)
		typer_claim(typer, &place, type);
}

static void claim_chan(struct typer *typer, uint32_t chan,
		       const struct heap_place *place)
{
	enum { HCHAN_BUF = 16 };
	const struct go_type *type = go_type(typer->heap->rt->types, chan);
	const uint8_t *mem = place_data(place, HCHAN_BUF + 8);

	typer_claim(typer, place, type->map ? type->map : typer->hchan_type);
	if (mem && type->kind == GO_CHAN)
		claim_at(typer, heap_word(mem + HCHAN_BUF), type->elem);
}

static void claim_func(struct typer *typer, const struct heap_place *place)
{
	const uint8_t *mem = place_data(place, 8);

	if (mem)
		typer_claim(typer, place, closure_type(typer, heap_word(mem)));
}

/**
 * A node of a HashTrieMap is seen through pointers to its first field; its
 * first byte says what it is.
 */
static uint32_t node_type(struct typer *typer, const struct go_type *type,
			  const struct heap_place *place)
{
	const uint8_t *mem = place_data(place, 8);
	const char *args = strchr(type->name, '[');
	uint32_t ret;
	char *name;

	if (!mem || !args)
		return type->id;
	name = xasprintf("internal/sync.%s%s", *mem ? "entry" : "indirect",
			 args);
	ret = go_type_find(typer->heap->rt->types, name);
	free(name);
	return ret ? ret : type->id;
}

static void claim_pointee(struct typer *typer, uint32_t target,
			  const struct heap_place *place)
{
	const struct type_plan *plan;

	if (!target)
		return;
	plan = typer_plan(typer, target);
	if (plan->node)
		target = node_type(typer, plan->type, place);
	else if (plan->timer && typer->timer_type)
		target = typer->timer_type;
	typer_claim(typer, place, target);
}

static void claim_dynamic(struct typer *typer, uint32_t type,
			  const struct heap_place *place)
{
	const struct type_plan *plan;
	struct go_slot slot;

	if (!type)
		return;
	plan = typer_plan(typer, type);
	if (!plan->type->direct) {
		claim_pointee(typer, type, place);
		return;
	}
	if (!plan->count)
		return;
	slot = plan->slots[0];
	if (!slot.offset && slot.kind != GO_SLOT_EFACE &&
	    slot.kind != GO_SLOT_IFACE && slot.kind != GO_SLOT_ARRAY)
		typer_claim_slot(typer, &slot, 0, 0, place);
}

void typer_claim_slot(struct typer *typer, const struct go_slot *slot,
		      uint64_t word_offset, uint64_t previous,
		      const struct heap_place *place)
{
	const struct go_type *type;

	if (!place->start)
		return;
	switch ((enum go_slot_kind)slot->kind) {
	case GO_SLOT_POINTER:
	case GO_SLOT_SLICE:
		claim_pointee(typer, slot->target, place);
		break;
	case GO_SLOT_STRING:
		typer_claim(typer, place, typer->byte_type);
		break;
	case GO_SLOT_EFACE:
	case GO_SLOT_IFACE:
		if (word_offset == slot->offset + 8)
			claim_dynamic(typer, typer_dynamic(typer, previous),
				      place);
		break;
	case GO_SLOT_MAP:
		type = go_type(typer->heap->rt->types, slot->target);
		if (type->layout)
			typer_claim(typer, place, type->layout->header);
		break;
	case GO_SLOT_CHAN:
		claim_chan(typer, slot->target, place);
		break;
	case GO_SLOT_FUNC:
		claim_func(typer, place);
		break;
	case GO_SLOT_UNSAFE:
	case GO_SLOT_ARRAY:
		break;
	}
}

void typer_claim_inside(struct typer *typer, const struct go_slot *slot,
			const struct heap_place *place)
{
	if (place->span->noscan &&
	    (slot->kind == GO_SLOT_STRING ||
	     (slot->kind == GO_SLOT_SLICE && slot->target &&
	      slot->target == typer->byte_type)))
		typer_claim(typer, place, typer->byte_type);
}

void typer_claim_pair(struct typer *typer, uint64_t previous,
		      const struct heap_place *place)
{
	struct heap_place other;

	if (!place->start || previous < 4096 || previous % 8)
		return;
	if (heap_locate(typer->heap, previous, &other) == HEAP_OUTSIDE)
		claim_dynamic(typer, typer_dynamic(typer, previous), place);
}

/* classic: hmap.extra -> mapextra {overflow, oldoverflow, nextOverflow},
 * where the first two are *[]*bmap. */
static void claim_overflow_list(struct typer *typer, uint64_t list,
				uint32_t bucket)
{
	struct heap_place place;
	const uint8_t *mem;
	uint64_t data, len, i;

	if (heap_locate(typer->heap, list, &place) != HEAP_HIT ||
	    !(mem = place_data(&place, 24)))
		return;
	data = heap_word(mem);
	len = heap_word(mem + 8);
	if (heap_locate(typer->heap, data, &place) != HEAP_HIT ||
	    !place.start || len > heap_slot_bytes(place.span) / 8 ||
	    !(mem = place_data(&place, len * 8)))
		return;
	for (i = 0; i < len; i++)
		claim_at(typer, heap_word(mem + i * 8), bucket);
}

static uint64_t extra_offset(const struct go_type *header)
{
	uint32_t i;

	for (i = 0; i < header->field_count; i++)
		if (!strcmp(header->fields[i].name, "extra"))
			return header->fields[i].offset;
	return 40;
}

static void classic_header(struct typer *typer, const struct go_type *header,
			   const struct go_map_layout *layout,
			   const uint8_t *mem, uint64_t size)
{
	uint64_t offset = extra_offset(header);
	struct heap_place place;

	if (size < 48)
		return;
	claim_at(typer, heap_word(mem + 16), layout->bucket);
	claim_at(typer, heap_word(mem + 24), layout->bucket);
	if (offset + 8 > size ||
	    heap_locate(typer->heap, heap_word(mem + offset), &place) !=
		    HEAP_HIT ||
	    !(mem = place_data(&place, 24)))
		return;
	claim_overflow_list(typer, heap_word(mem), layout->bucket);
	claim_overflow_list(typer, heap_word(mem + 8), layout->bucket);
}

/* swiss: Map {used, seed, dirPtr @16, dirLen @24}: without a directory
 * dirPtr is the only group, else an array of *table. */
static void swiss_header(struct typer *typer,
			 const struct go_map_layout *layout, const uint8_t *mem,
			 uint64_t size)
{
	struct go_types *types = typer->heap->rt->types;
	uint64_t directory, len, i;
	struct heap_place place;

	if (size < 32)
		return;
	directory = heap_word(mem + 16);
	len = heap_word(mem + 24);
	if (!len) {
		claim_at(typer, directory, layout->bucket);
		return;
	}
	if (!layout->table ||
	    heap_locate(typer->heap, directory, &place) != HEAP_HIT ||
	    !place.start || len > heap_slot_bytes(place.span) / 8 ||
	    !(mem = place_data(&place, len * 8)))
		return;
	typer_claim(typer, &place, go_type_pointer_to(types, layout->table));
	for (i = 0; i < len; i++)
		claim_at(typer, heap_word(mem + i * 8), layout->table);
}

/** Overflow words of a bucket array. */
static void classic_buckets(struct typer *typer,
			    const struct go_map_layout *layout,
			    const uint8_t *mem, uint64_t size)
{
	uint64_t offset = layout->overflow_off;

	if (layout->unit < 16 || offset > layout->unit - 8)
		return;
	for (; size >= layout->unit; size -= layout->unit) {
		claim_at(typer, heap_word(mem + offset), layout->bucket);
		mem += layout->unit;
	}
}

/** Children of an indirect node, or the chain of an entry. */
static void trie_node(struct typer *typer, uint32_t type, const uint8_t *mem,
		      uint64_t size)
{
	enum { CHILDREN = 24, OVERFLOW = 8 };
	struct heap_place place;
	uint64_t offset, end;

	if (size < 32)
		return;
	offset = mem[0] ? OVERFLOW : CHILDREN;
	end = mem[0] ? OVERFLOW + 8 : CHILDREN + 16 * 8;
	for (; offset < end && offset + 8 <= size; offset += 8)
		if (heap_locate(typer->heap, heap_word(mem + offset), &place) ==
			    HEAP_HIT &&
		    place.start)
			claim_pointee(typer, type, &place);
}

void typer_roles(struct typer *typer, uint32_t type, const uint8_t *mem,
		 uint64_t size)
{
	enum { GROUPS_DATA = 16 };
	const struct type_plan *plan = typer_plan(typer, type);
	const struct go_type *self = plan->type;
	const struct go_map_layout *layout;

	if (plan->node)
		trie_node(typer, type, mem, size);
	if (self->role == GO_ROLE_NONE || !self->map)
		return;
	layout = go_type(typer->heap->rt->types, self->map)->layout;
	if (!layout)
		return;
	if (self->role == GO_ROLE_MAP_HEADER && layout->swiss)
		swiss_header(typer, layout, mem, size);
	else if (self->role == GO_ROLE_MAP_HEADER)
		classic_header(typer, self, layout, mem, size);
	else if (self->role == GO_ROLE_MAP_BUCKET)
		classic_buckets(typer, layout, mem, size);
	else if (self->role == GO_ROLE_MAP_TABLE && size >= GROUPS_DATA + 8)
		claim_at(typer, heap_word(mem + GROUPS_DATA), layout->bucket);
}
