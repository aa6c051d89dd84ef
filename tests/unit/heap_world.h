#ifndef TESTS_UNIT_HEAP_WORLD_H
#define TESTS_UNIT_HEAP_WORLD_H

/**
 * A hand-made Go runtime for tests of core/heap: spans over a byte array, types
 * from a table. It defines the functions of core/go/runtime.h and go_type.h
 * that core/heap calls, so a test that includes it (once) stands on nothing
 * else of core/go.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/base/xalloc.h"
#include "core/heap/edges.h"
#include "core/heap/heap.h"
#include "core/target/sample.h"

enum {
	WORLD_PAGES = 96,
	WORLD_SPANS = 32,
	WORLD_TYPES = 40,
	WORLD_SLOTS = 24,
	WORLD_ROOTS = 32,
	WORLD_PAGE = 8192,
};

static const uint64_t WORLD_BASE = 0x153000000000;
static const uint64_t WORLD_DATA = 0x500000;  /* package variables */
static const uint64_t WORLD_STACK = 0x600000; /* frames */
static const uint64_t WORLD_RTYPE = 0x400000; /* + 64 * type id */
static const uint64_t WORLD_CODE = 0x300000;

struct world {
	struct go_runtime rt;
	struct sample *sample;
	uint8_t heap[WORLD_PAGES * WORLD_PAGE];
	uint8_t data[4096], stack[4096];
	uint8_t pointers[WORLD_PAGES * WORLD_PAGE / 64 + 16]; /* all ones */
	uint64_t allocated[WORLD_PAGES * WORLD_PAGE / 8 / 64 + 1];
	uint32_t page_span[WORLD_PAGES]; /* + 1 */
	uint32_t *leaf;			 /* the only one of the page index */
	uint32_t next_slot[WORLD_SPANS];
	uint64_t recorded[WORLD_SPANS]; /* rtype in malloc headers */
	bool header_bits; /* malloc headers are said to be pointers */
	uint32_t pages;
	struct go_span spans[WORLD_SPANS];
	struct go_root roots[WORLD_ROOTS];
	struct go_global globals[8];
	struct go_frame frames[4];
	struct go_variable variables[8];
	struct go_goroutine goroutines[2];
	struct go_stack_map stack_maps[4];
};

/* struct go_types is opaque to core/heap, so it may be ours */
struct go_types {
	struct go_type types[WORLD_TYPES];
	struct go_slot slots[WORLD_TYPES][WORLD_SLOTS];
	struct go_slots lists[WORLD_TYPES];
	uint32_t count;
};

static inline const struct world *world_of(const struct go_runtime *rt)
{
	return (const struct world *)(const void *)rt;
}

const struct go_span *go_span_of(const struct go_runtime *rt, uint32_t object)
{
	uint32_t i;

	for (i = 0; i < rt->span_count; i++)
		if (object - rt->spans[i].first < rt->spans[i].slots)
			return &rt->spans[i];
	return NULL;
}

uint32_t go_object_at(const struct go_runtime *rt, uint64_t addr)
{
	const struct go_span *span = go_span_at(rt, addr);
	uint64_t index;

	if (!span || addr >= span->limit)
		return GO_NO_OBJECT;
	index = (addr - span->base) / span->elem_size;
	return index < span->slots ? span->first + (uint32_t)index
				   : GO_NO_OBJECT;
}

uint64_t go_object_addr(const struct go_runtime *rt, uint32_t object)
{
	const struct go_span *span = go_span_of(rt, object);

	return span->base + (object - span->first) * span->elem_size;
}

/** Every word but a malloc header may be a pointer, or that too. */
uint64_t go_pointer_bits(const struct go_runtime *rt,
			 const struct go_span *span, uint32_t index,
			 uint64_t word)
{
	uint64_t count = span->elem_size / 8, bits = ~0ULL;

	(void)index;
	if (span->noscan || word >= count)
		return 0;
	if (count - word < 64)
		bits = (1ULL << (count - word)) - 1;
	if (span->has_header && !word && !world_of(rt)->header_bits)
		bits &= ~1ULL;
	return bits;
}

uint64_t go_recorded_type(const struct go_runtime *rt,
			  const struct go_span *span, uint32_t index,
			  uint64_t *offset_ret)
{
	(void)index;
	*offset_ret = span->has_header ? 8 : 0;
	if (span->large_type)
		return span->large_type;
	return world_of(rt)->recorded[span - rt->spans];
}

uint32_t go_type_count(const struct go_types *types)
{
	return types->count;
}

const struct go_type *go_type(const struct go_types *types, uint32_t id)
{
	return &types->types[id < types->count ? id : 0];
}

int go_type_compare(const struct go_types *types, uint32_t a, uint32_t b)
{
	int order = strcmp(types->types[a].name, types->types[b].name);

	return order ? order : a < b ? -1 : a > b;
}

uint32_t go_type_find(struct go_types *types, const char *name)
{
	uint32_t i;

	for (i = 1; i < types->count; i++)
		if (!strcmp(types->types[i].name, name))
			return i;
	return 0;
}

uint32_t go_type_from_rtype(struct go_types *types, uint64_t rtype)
{
	uint64_t id = (rtype - WORLD_RTYPE) / 64;

	return rtype % 64 || id >= types->count ? 0 : (uint32_t)id;
}

uint32_t go_type_from_itab(struct go_types *types, uint64_t itab)
{
	(void)types;
	(void)itab;
	return 0;
}

const struct go_slots *go_type_slots(struct go_types *types, uint32_t id)
{
	return &types->lists[id < types->count ? id : 0];
}

uint32_t go_type_pointer_to(struct go_types *types, uint32_t id)
{
	uint32_t i;

	for (i = 1; i < types->count; i++)
		if (types->types[i].kind == GO_POINTER &&
		    types->types[i].elem == id)
			return i;
	return 0;
}

uint32_t go_type_closure(struct go_types *types, uint64_t pc)
{
	uint32_t i;

	for (i = 1; i < types->count && pc == WORLD_CODE; i++)
		if (types->types[i].role == GO_ROLE_CLOSURE)
			return i;
	return 0;
}

bool go_pc_lookup(const struct go_runtime *rt, uint64_t pc,
		  const char **function_ret, const char **file_ret,
		  uint32_t *line_ret)
{
	(void)rt;
	*function_ret = "main.outer.func1";
	*file_ret = "main.go";
	*line_ret = 1;
	return pc == WORLD_CODE;
}

const struct go_global *go_global_at(const struct go_runtime *rt, uint64_t addr)
{
	uint32_t i;

	for (i = 0; i < rt->global_count; i++)
		if (addr - rt->globals[i].addr < rt->globals[i].size)
			return &rt->globals[i];
	return NULL;
}

/** A number below @p n, the same in every run. */
static inline uint32_t world_random(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)(*seed >> 4) * n) >> 28);
}

static inline struct world *world_new(void)
{
	struct world *world = xcalloc(1, sizeof(*world));

	world->sample = sample_new_fake();
	sample_fake_add(world->sample, WORLD_BASE, world->heap,
			sizeof(world->heap));
	sample_fake_add(world->sample, WORLD_DATA, world->data,
			sizeof(world->data));
	sample_fake_add(world->sample, WORLD_STACK, world->stack,
			sizeof(world->stack));
	world->rt = (struct go_runtime){
		.sample = world->sample,
		.types = xcalloc(1, sizeof(struct go_types)),
		.spans = world->spans,
		.allocated = world->allocated,
		.roots = world->roots,
		.globals = world->globals,
		.frames = world->frames,
		.variables = world->variables,
		.goroutines = world->goroutines,
		.stack_maps = world->stack_maps,
	};
	memset(world->pointers, 0xff, sizeof(world->pointers));
	world->leaf = world->page_span;
	world->rt.pages = (struct go_page_index){
		.low = WORLD_BASE,
		.high = WORLD_BASE + sizeof(world->heap),
		.leaves = &world->leaf,
		.leaf_count = 1,
	};
	world->rt.types->count = 1;
	world->rt.types->types[0].name = "?";
	return world;
}

static inline void world_free(struct world **world)
{
	sample_free((*world)->sample);
	free((*world)->rt.types);
	free(*world);
}

/** A span of @p pages pages; all its slots are free. Returns its index. */
static inline uint32_t world_span(struct world *world, uint64_t elem_size,
				  uint32_t pages)
{
	uint32_t index = world->rt.span_count++, i;
	uint64_t bytes = (uint64_t)pages * WORLD_PAGE;
	uint64_t offset = (uint64_t)world->pages * WORLD_PAGE;
	struct go_span *span = &world->spans[index];

	*span = (struct go_span){
		.base = WORLD_BASE + offset,
		.bytes = bytes,
		.limit = WORLD_BASE + offset + bytes,
		.elem_size = elem_size,
		.first = world->rt.slot_count,
		.slots = (uint32_t)(bytes / elem_size),
		.mem = world->heap + offset,
		.size_class = elem_size < bytes ? 1 : 0,
	};
	if (span->size_class && elem_size <= 512)
		span->heap_bits = world->pointers;
	for (i = 0; i < pages; i++)
		world->page_span[world->pages + i] = index + 1;
	world->pages += pages;
	assert_true(world->pages <= WORLD_PAGES);
	world->rt.slot_count += span->slots;
	return index;
}

static inline void world_set(struct world *world, uint64_t addr, uint64_t value)
{
	if (addr - WORLD_BASE <= sizeof(world->heap) - 8)
		memcpy(world->heap + (addr - WORLD_BASE), &value, 8);
	else if (addr - WORLD_STACK <= sizeof(world->stack) - 8)
		memcpy(world->stack + (addr - WORLD_STACK), &value, 8);
	else if (addr - WORLD_DATA <= sizeof(world->data) - 8)
		memcpy(world->data + (addr - WORLD_DATA), &value, 8);
	else
		fail_msg("no memory at %llx", (unsigned long long)addr);
}

/** The next slot of a span: address of the user's data. */
static inline uint64_t world_alloc(struct world *world, uint32_t index)
{
	struct go_span *span = &world->spans[index];
	uint32_t slot = world->next_slot[index]++, object = span->first + slot;

	assert_true(slot < span->slots);
	world->allocated[object / 64] |= 1ULL << (object % 64);
	return span->base + slot * span->elem_size + (span->has_header ? 8 : 0);
}

static inline uint32_t world_type(struct world *world, struct go_type type)
{
	struct go_types *types = world->rt.types;
	uint32_t id = types->count++;

	assert_true(id < WORLD_TYPES);
	type.id = id;
	type.rtype = WORLD_RTYPE + 64 * id;
	types->types[id] = type;
	types->lists[id].slots = types->slots[id];
	return id;
}

static inline void world_slot(struct world *world, uint32_t type,
			      uint64_t offset, enum go_slot_kind kind,
			      uint32_t target)
{
	struct go_slots *list = &world->rt.types->lists[type];

	world->rt.types->slots[type][list->count++] = (struct go_slot){
		.offset = offset, .kind = (uint8_t)kind, .target = target};
}

static inline uint32_t world_struct(struct world *world, const char *name,
				    uint64_t size)
{
	return world_type(world, (struct go_type){.kind = GO_STRUCT,
						  .name = name,
						  .named = true,
						  .size = size});
}

/** The pointer type, with its slot. */
static inline uint32_t world_pointer(struct world *world, const char *name,
				     uint32_t elem)
{
	uint32_t id = world_type(world, (struct go_type){.kind = GO_POINTER,
							 .name = name,
							 .direct = true,
							 .size = 8,
							 .elem = elem});

	world_slot(world, id, 0, GO_SLOT_POINTER, elem);
	return id;
}

static inline struct go_root *world_root(struct world *world, uint64_t value,
					 enum go_root_kind kind)
{
	struct go_root *root = &world->roots[world->rt.root_count++];

	*root = (struct go_root){
		.value = value, .kind = (uint8_t)kind, .owner = UINT32_MAX};
	return root;
}

/** A package variable of one word, with its root. */
static inline struct go_root *world_global(struct world *world,
					   const char *name, uint64_t value,
					   enum go_slot_kind kind,
					   uint32_t target)
{
	uint32_t index = world->rt.global_count++;
	struct go_root *root = world_root(world, value, GO_ROOT_GLOBAL);

	root->addr = WORLD_DATA + 64 * index;
	root->slot_kind = (uint8_t)kind;
	root->target = target;
	root->owner = index;
	world->globals[index] = (struct go_global){
		.name = name, .addr = root->addr, .size = 64};
	world_set(world, root->addr, value);
	return root;
}

/** Objects of known types have a quick way of their own: does it agree? */
static inline void world_check_slow(const struct world *world,
				    const struct heap *quick)
{
	struct world *slow = xreallocarray(NULL, 1, sizeof(*slow));
	struct heap *heap = NULL;
	const uint32_t *a, *b;
	uint32_t i, count;

	memcpy(slow, world, sizeof(*slow));
	slow->rt.spans = slow->spans;
	for (i = 0; i < slow->rt.span_count; i++)
		slow->spans[i].heap_bits = NULL;
	assert_null(heap_load(&slow->rt, 1, NULL, &heap));
	assert_int_equal(heap->edge_count, quick->edge_count);
	assert_int_equal(heap->wild_words, quick->wild_words);
	for (i = 0; i < heap->count; i++) {
		assert_int_equal(heap_bit(heap->reached, i),
				 heap_bit(quick->reached, i));
		assert_int_equal(heap->type[i], quick->type[i]);
		assert_int_equal(heap->parent[i], quick->parent[i]);
		a = edges_of(heap->priv->edges, i, &count);
		assert_int_equal(edges_count(quick->priv->edges, i), count);
		b = edges_of(quick->priv->edges, i, &count);
		assert_memory_equal(a, b, count * sizeof(*a));
		assert_int_equal(heap_bit(heap->priv->edges->shared, i),
				 heap_bit(quick->priv->edges->shared, i));
	}
	heap_free(heap);
	free(slow);
}

static inline struct heap *world_heap(const struct world *world,
				      unsigned threads)
{
	struct heap *heap = NULL;

	assert_null(heap_load(&world->rt, threads, NULL, &heap));
	world_check_slow(world, heap);
	return heap;
}

static inline void heap_cleanup(struct heap **heap)
{
	heap_free(*heap);
}

static inline bool world_reached(const struct heap *heap, uint64_t addr)
{
	uint32_t object = go_object_at(heap->rt, addr);

	return heap->reached[object / 64] >> (object % 64) & 1;
}

static inline uint32_t world_type_of(const struct heap *heap, uint64_t addr)
{
	return heap->type[go_object_at(heap->rt, addr)];
}

/**
 * A Swiss map type from string to @p elem (of 8 bytes, in slots of kind
 * @p kind): groups of 200 bytes.
 */
static inline uint32_t world_swiss(struct world *world, const char *name,
				   struct go_map_layout *layout,
				   enum go_slot_kind kind, uint32_t elem)
{
	uint32_t string = go_type_find(world->rt.types, "string"), map, i;

	if (!string) {
		string = world_type(world, (struct go_type){.kind = GO_STRING,
							    .name = "string",
							    .size = 16});
		world_slot(world, string, 0, GO_SLOT_STRING, 0);
	}
	map = world_type(world, (struct go_type){.kind = GO_MAP,
						 .name = name,
						 .size = 8,
						 .direct = true,
						 .key = string,
						 .elem = elem,
						 .layout = layout});
	world_slot(world, map, 0, GO_SLOT_MAP, map);
	*layout = (struct go_map_layout){.swiss = true,
					 .key_slot = 16,
					 .elem_slot = 8,
					 .unit = 200,
					 .keys_off = 8,
					 .key_stride = 24,
					 .elems_off = 24,
					 .elem_stride = 24};
	layout->header = world_struct(world, "maps.Map", 48);
	layout->bucket = world_struct(world, "group", 200);
	layout->table = world_struct(world, "maps.table", 32);
	world->rt.types->types[layout->header].role = GO_ROLE_MAP_HEADER;
	world->rt.types->types[layout->bucket].role = GO_ROLE_MAP_GROUP;
	world->rt.types->types[layout->table].role = GO_ROLE_MAP_TABLE;
	for (i = layout->header; i <= layout->table; i++)
		world->rt.types->types[i].map = map;
	for (i = 0; i < 8; i++) {
		world_slot(world, layout->bucket, 8 + 24 * i, GO_SLOT_STRING,
			   0);
		world_slot(world, layout->bucket, 24 + 24 * i, kind, elem);
	}
	return map;
}

#endif
