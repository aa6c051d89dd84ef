#ifndef TESTS_UNIT_MAP_WORLD_H
#define TESTS_UNIT_MAP_WORLD_H

/**
 * Maps built byte by byte in a fake sample, for tests of the walkers. It
 * defines go_type(), so a test that includes it (once) stands on nothing else
 * of core/go. Layouts are those that the compiler gives the types.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/attr.h"
#include "core/base/xalloc.h"
#include "core/container/container.h"
#include "core/target/sample.h"

enum { MAP_WORLD_BYTES = 1 << 17 };

static const uint64_t MAP_WORLD_BASE = 0xc000000000;
static const uint64_t MAP_WORLD_NOWHERE = 0xc0deadbee8;

enum {
	MAP_WORLD_HEADER = 1,
	MAP_WORLD_MAP = 2,
	MAP_WORLD_KEY = 3, /* these are for the test to fill */
	MAP_WORLD_TYPES = 8
};

struct map_world {
	struct sample *sample;
	struct go_type types[MAP_WORLD_TYPES];
	struct go_map_layout layout;
	struct map_view view;
	uint64_t used; /* of mem */
	uint8_t mem[MAP_WORLD_BYTES];
};

const struct go_type *go_type(const struct go_types *types, uint32_t id)
{
	const struct go_type *all = (const struct go_type *)(const void *)types;

	return &all[id < MAP_WORLD_TYPES ? id : 0];
}

/* No interface holds anything here. */
uint32_t go_type_from_rtype(struct go_types *types, uint64_t rtype)
{
	(void)types;
	(void)rtype;
	return 0;
}

uint32_t go_type_from_itab(struct go_types *types, uint64_t itab)
{
	return go_type_from_rtype(types, itab);
}

/** Zeroed memory of the target, in a row. */
static inline uint64_t map_world_alloc(struct map_world *w, uint64_t size)
{
	uint64_t addr = MAP_WORLD_BASE + w->used;

	w->used += (size + 15) & ~15ULL;
	assert_true(w->used <= MAP_WORLD_BYTES);
	return addr;
}

static inline uint8_t *map_world_at(struct map_world *w, uint64_t addr)
{
	assert_true(addr - MAP_WORLD_BASE < MAP_WORLD_BYTES);
	return w->mem + (addr - MAP_WORLD_BASE);
}

static inline void map_world_set(struct map_world *w, uint64_t addr,
				 uint64_t value, unsigned size)
{
	memcpy(map_world_at(w, addr), &value, size);
}

static inline uint64_t map_world_get(struct map_world *w, uint64_t addr)
{
	uint64_t value;

	memcpy(&value, map_world_at(w, addr), 8);
	return value;
}

static inline struct map_world *map_world_new(uint64_t header_size)
{
	struct map_world *w = xcalloc(1, sizeof(*w));

	w->sample = sample_new_fake();
	sample_fake_add(w->sample, MAP_WORLD_BASE, w->mem, sizeof(w->mem));
	w->types[0].name = w->types[MAP_WORLD_HEADER].name = "?";
	w->types[MAP_WORLD_KEY] = (struct go_type){.id = MAP_WORLD_KEY,
						   .kind = GO_UINT64,
						   .name = "uint64",
						   .size = 8};
	w->types[MAP_WORLD_HEADER].size = header_size;
	w->types[MAP_WORLD_MAP] = (struct go_type){
		.id = MAP_WORLD_MAP,
		.kind = GO_MAP,
		.name = "map[K]V",
		.key = MAP_WORLD_KEY,
		.size = 8,
		.layout = &w->layout,
	};
	w->layout.header = MAP_WORLD_HEADER;
	w->view = (struct map_view){
		.sample = w->sample,
		.types = (struct go_types *)(void *)w->types,
		.type = &w->types[MAP_WORLD_MAP],
		.header = map_world_alloc(w, header_size),
	};
	return w;
}

static inline void map_world_free(struct map_world **w)
{
	sample_free((*w)->sample);
	free(*w);
}

/** A classic map whose slots take @p key and @p elem bytes. */
static inline struct map_world *classic_new(uint64_t key, uint64_t elem)
{
	struct map_world *w = map_world_new(48);

	w->layout = (struct go_map_layout){
		.header = MAP_WORLD_HEADER,
		.key_slot = key,
		.elem_slot = elem,
		.unit = 16 + 8 * (key + elem),
		.keys_off = 8,
		.key_stride = key,
		.elems_off = 8 + 8 * key,
		.elem_stride = elem,
		.overflow_off = 8 + 8 * (key + elem),
	};
	return w;
}

/** A Swiss map as up to Go 1.26: slots of key and element. */
static inline struct map_world *swiss_new(uint64_t key, uint64_t elem)
{
	struct map_world *w = map_world_new(48);

	/* A zero-size last field is padded. */
	uint64_t slot = key + (elem ? elem : 8);

	w->layout = (struct go_map_layout){
		.swiss = true,
		.header = MAP_WORLD_HEADER,
		.key_slot = key,
		.elem_slot = elem,
		.unit = 8 + 8 * slot,
		.keys_off = 8,
		.key_stride = slot,
		.elems_off = 8 + key,
		.elem_stride = slot,
	};
	return w;
}

/** A Swiss map of the split layout of Go 1.27: eight keys, eight elements. */
static inline struct map_world *swiss_new_split(uint64_t key, uint64_t elem)
{
	struct map_world *w = swiss_new(key, elem);

	w->layout.unit = 8 + 8 * (key + elem);
	w->layout.key_stride = key;
	w->layout.elems_off = 8 + 8 * key;
	w->layout.elem_stride = elem;
	return w;
}

enum {
	CLASSIC_COUNT = 0,
	CLASSIC_FLAGS = 8,
	CLASSIC_B = 9,
	CLASSIC_NOVERFLOW = 10,
	CLASSIC_BUCKETS = 16,
	CLASSIC_OLD = 24,
	CLASSIC_NEVACUATE = 32,
	CLASSIC_EXTRA = 40
};

static inline void classic_header(struct map_world *w, uint64_t count,
				  uint8_t b, uint64_t buckets)
{
	map_world_set(w, w->view.header + CLASSIC_COUNT, count, 8);
	map_world_set(w, w->view.header + CLASSIC_B, b, 1);
	map_world_set(w, w->view.header + CLASSIC_BUCKETS, buckets, 8);
}

/** @p n buckets in a row. */
static inline uint64_t classic_buckets(struct map_world *w, uint64_t n)
{
	return map_world_alloc(w, n * w->layout.unit);
}

/** Address of bucket @p i of an array. */
static inline uint64_t classic_at(const struct map_world *w, uint64_t array,
				  uint64_t i)
{
	return array + i * w->layout.unit;
}

/** Slot @p slot of a bucket or group: control byte and 8-byte key. */
static inline void map_world_slot(struct map_world *w, uint64_t unit,
				  unsigned slot, uint8_t control, uint64_t key)
{
	map_world_set(w, unit + slot, control, 1);
	if (w->layout.key_slot >= 8)
		map_world_set(w,
			      unit + w->layout.keys_off +
				      slot * w->layout.key_stride,
			      key, 8);
}

static inline void classic_link(struct map_world *w, uint64_t bucket,
				uint64_t next)
{
	map_world_set(w, bucket + w->layout.overflow_off, next, 8);
}

enum {
	SWISS_USED = 0,
	SWISS_DIR = 16,
	SWISS_DIR_LEN = 24,
	SWISS_DEPTH = 32,
	SWISS_SHIFT = 33,
	SWISS_WRITING = 34
};

enum { SWISS_EMPTY = 0x80, SWISS_DELETED = 0xfe };

static inline void swiss_header(struct map_world *w, uint64_t used,
				uint64_t dir, uint64_t dir_len, uint8_t depth)
{
	uint64_t header = w->view.header;

	map_world_set(w, header + SWISS_USED, used, 8);
	map_world_set(w, header + SWISS_DIR, dir, 8);
	map_world_set(w, header + SWISS_DIR_LEN, dir_len, 8);
	map_world_set(w, header + SWISS_DEPTH, depth, 1);
	map_world_set(w, header + SWISS_SHIFT, dir_len ? 64u - depth : 0, 1);
}

/** @p n groups, all slots empty. */
static inline uint64_t swiss_groups(struct map_world *w, uint64_t n)
{
	uint64_t addr = map_world_alloc(w, n * w->layout.unit), i;

	for (i = 0; i < n; i++)
		memset(map_world_at(w, addr + i * w->layout.unit), SWISS_EMPTY,
		       8);
	return addr;
}

/** A table of @p groups groups; its first directory slot is @p index. */
static inline uint64_t swiss_table(struct map_world *w, uint64_t groups,
				   uint16_t used, uint16_t growth_left,
				   uint8_t depth, uint64_t index)
{
	uint64_t addr = map_world_alloc(w, 32);

	map_world_set(w, addr, used, 2);
	map_world_set(w, addr + 2, groups * 8, 2);
	map_world_set(w, addr + 4, growth_left, 2);
	map_world_set(w, addr + 6, depth, 1);
	map_world_set(w, addr + 8, index, 8);
	map_world_set(w, addr + 16, swiss_groups(w, groups), 8);
	map_world_set(w, addr + 24, groups - 1, 8);
	return addr;
}

/** Group @p i of a table. */
static inline uint64_t swiss_at(struct map_world *w, uint64_t table, uint64_t i)
{
	return map_world_get(w, table + 16) + i * w->layout.unit;
}

static inline struct map_figures map_world_figures(struct map_world *w)
{
	struct map_figures f;

	assert_null(map_figures_load(&w->view, &f));
	return f;
}

/** All entries, up to @p max, by map_next(); returns how many there were. */
static inline uint64_t map_world_entries(struct map_world *w,
					 struct map_entry *ret, uint64_t max)
{
	struct map_cursor cursor = {0};
	struct map_entry entry;
	uint64_t n = 0;
	bool more;

	for (;; n++) {
		assert_null(map_next(&w->view, &cursor, &entry, &more));
		if (!more)
			return n;
		if (n < max)
			ret[n] = entry;
	}
}

#endif
