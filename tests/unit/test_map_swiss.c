#include "core/container/map_find.h"
#include "tests/unit/map_world.h"

static void a_map_without_a_group_has_no_slots(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
	struct map_figures f = map_world_figures(w);

	assert_int_equal(f.live, 0);
	assert_int_equal(f.slots, 0);
	assert_int_equal(f.groups, 0);
	assert_int_equal(f.flags, 0);
	assert_int_equal(f.storage_bytes, 48);
	assert_int_equal(map_world_entries(w, NULL, 0), 0);
	assert_int_equal(map_unit_count(&w->view, 0), 0);
}

static void a_small_map_is_one_group(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 16);
	uint64_t group = swiss_groups(w, 1);
	struct map_unit unit;
	struct map_entry e[8];
	struct map_figures f;
	uint32_t count;

	swiss_header(w, 2, group, 0, 0);
	map_world_slot(w, group, 0, 0x00, 11);
	map_world_slot(w, group, 7, 0x7f, 12);
	f = map_world_figures(w);
	assert_int_equal(f.live, 2);
	assert_int_equal(f.slots, 8);
	assert_int_equal(f.groups, 1);
	assert_int_equal(f.tables, 0);
	assert_int_equal(f.directory, 0);
	assert_int_equal(f.flags, 0);
	assert_int_equal(f.slot_bytes, 24);
	assert_int_equal(f.storage_bytes, 48 + 200);
	assert_int_equal(map_world_entries(w, e, 8), 2);
	assert_int_equal(e[0].key, group + 8);
	assert_int_equal(e[0].elem, group + 16);
	assert_int_equal(e[1].slot, 7);
	assert_int_equal(map_world_get(w, e[1].key), 12);
	assert_null(map_units(&w->view, 0, 0, false, &unit, 1, &count));
	assert_int_equal(count, 1);
	assert_int_equal(unit.control[7], 0x7f);
	assert_int_equal(unit.raw_bytes, 16);
	assert_int_equal(unit.raw[7], 0x7f);
	assert_int_equal(unit.raw[8], 11);
	assert_int_equal(unit.in.addr, 0);
	assert_int_equal(unit.elem[7], e[1].elem);
}

static void split_groups_keep_keys_before_elements(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new_split(8, 4);
	uint64_t group = swiss_groups(w, 1);
	struct map_entry e[2];

	assert_int_equal(w->layout.unit, 8 + 64 + 32);
	swiss_header(w, 1, group, 0, 0);
	map_world_slot(w, group, 3, 1, 42);
	assert_int_equal(map_world_entries(w, e, 2), 1);
	assert_int_equal(e[0].key, group + 8 + 24);
	assert_int_equal(e[0].elem, group + 8 + 64 + 12);
	assert_int_equal(map_world_get(w, e[0].key), 42);
}

/* Of eight directory slots the first four are one table. */
static uint64_t directory_of_five(struct map_world *w, uint64_t tables[5])
{
	static const uint8_t depth[] = {1, 3, 3, 3, 3};
	static const uint8_t index[] = {0, 4, 5, 6, 7};
	uint64_t dir = map_world_alloc(w, 64), i;

	for (i = 0; i < 5; i++)
		tables[i] = swiss_table(w, 2, 0, 14, depth[i], index[i]);
	for (i = 0; i < 8; i++)
		map_world_set(w, dir + 8 * i, tables[i < 4 ? 0 : i - 3], 8);
	swiss_header(w, 0, dir, 8, 3);
	return dir;
}

static void a_repeated_table_is_walked_once(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
	struct map_charts charts = {0};
	struct map_entry e[8];
	struct map_figures f;
	uint64_t tables[5];
	struct map_cell cells[8];
	struct map_unit unit;
	uint32_t count;

	directory_of_five(w, tables);
	map_world_set(w, w->view.header + SWISS_USED, 3, 8);
	map_world_slot(w, swiss_at(w, tables[0], 1), 2, 7, 100);
	map_world_slot(w, swiss_at(w, tables[3], 0), 0, 7, 103);
	map_world_slot(w, swiss_at(w, tables[4], 1), 7, 7, 104);
	w->view.charts = &charts;
	f = map_world_figures(w);
	w->view.charts = NULL;
	assert_int_equal(charts.miss[0], 10);
	assert_int_equal(charts.fill[0], 7);
	assert_int_equal(charts.fill[1], 3);
	/* Without hashes nothing is known of hits. */
	assert_int_equal(charts.hit[0], 0);
	assert_null(map_occupancy(&w->view, true, cells, 8, &count));
	assert_int_equal(count, 0);
	assert_int_equal(f.live, 3);
	assert_int_equal(f.directory, 8);
	assert_int_equal(f.global_depth, 3);
	assert_int_equal(f.tables, 5);
	assert_int_equal(f.groups, 10);
	assert_int_equal(f.slots, 80);
	assert_int_equal(f.growth_left, 70);
	assert_int_equal(f.flags, 0);
	assert_int_equal(f.storage_bytes, 48 + 64 + 5 * (32 + 2 * 136));
	assert_int_equal(f.histogram[0], 10);
	assert_int_equal(map_world_entries(w, e, 8), 3);
	assert_int_equal(e[0].table, 0);
	assert_int_equal(e[0].unit, 1);
	assert_int_equal(e[1].table, 3);
	assert_int_equal(e[2].table, 4);
	assert_int_equal(map_world_get(w, e[2].key), 104);
	assert_int_equal(map_unit_count(&w->view, 4), 2);
	assert_int_equal(map_unit_count(&w->view, 5), 0);
	assert_null(map_units(&w->view, 0, 1, false, &unit, 1, &count));
	assert_int_equal(unit.in.addr, tables[0]);
	assert_int_equal(unit.in.local_depth, 1);
	assert_int_equal(unit.in.growth_left, 14);
	assert_int_equal(unit.in.slots, 16);
	assert_null(map_units(&w->view, 4, 1, false, &unit, 1, &count));
	assert_int_equal(unit.in.addr, tables[4]);
	assert_int_equal(unit.in.local_depth, 3);
	assert_null(map_occupancy(&w->view, false, cells, 8, &count));
	assert_int_equal(count, 5);
	assert_int_equal(map_cell_fill(&cells[0]), 255 / 16);
	assert_int_equal(map_cell_fill(&cells[1]), 0);
	assert_null(map_occupancy(&w->view, false, cells, 4, &count));
	assert_int_equal(count, 3);
	assert_int_equal(cells[1].first, 2);
	assert_int_equal(cells[1].count, 2);
	assert_int_equal(cells[1].live, 1);
	assert_int_equal(cells[2].count, 1);
	assert_int_equal(cells[2].live, 1);
	assert_null(map_occupancy(&w->view, false, cells, 5, &count));
	assert_int_equal(count, 5);
	assert_null(map_occupancy(&w->view, false, cells, 2, &count));
	assert_int_equal(count, 2);
}

/* One table of @p groups groups in a directory of one. */
static uint64_t one_table(struct map_world *w, uint64_t groups, uint16_t used,
			  uint16_t growth_left)
{
	uint64_t dir = map_world_alloc(w, 8);
	uint64_t table = swiss_table(w, groups, used, growth_left, 0, 0);

	map_world_set(w, dir, table, 8);
	swiss_header(w, used, dir, 1, 0);
	return table;
}

static void each_step_of_a_search_is_longer_than_the_last(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
	uint64_t table = one_table(w, 4, 24, 4);
	struct map_figures f;
	uint8_t slot;

	/* Full but for group 3: 0, 1, 3 and 1, 2, 0, 3. */
	for (slot = 0; slot < 24; slot++)
		map_world_slot(w, swiss_at(w, table, slot / 8), slot % 8, slot,
			       slot);
	f = map_world_figures(w);
	assert_int_equal(f.chain_max, 4);
	assert_int_equal(f.chain_index, 1);
	assert_int_equal(f.histogram[2], 1);
}

static void tombstones_lengthen_the_search_for_absent_keys(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
	uint64_t table = one_table(w, 4, 9, 3);
	struct map_figures f;
	uint8_t slot;

	/* Groups 0 and 1 have no empty slot; a search goes 0, 1, 3. */
	for (slot = 0; slot < 8; slot++) {
		map_world_slot(w, swiss_at(w, table, 0), slot, slot, slot);
		map_world_slot(w, swiss_at(w, table, 1), slot, SWISS_DELETED,
			       slot);
	}
	map_world_slot(w, swiss_at(w, table, 0), 0, SWISS_DELETED, 0);
	map_world_slot(w, swiss_at(w, table, 1), 0, 1, 0);
	map_world_slot(w, swiss_at(w, table, 1), 1, 1, 0);
	f = map_world_figures(w);
	assert_int_equal(f.live, 9);
	assert_int_equal(f.tombstones, 7);
	assert_int_equal(f.growth_left, 3);
	assert_int_equal(f.full_groups, 2);
	assert_int_equal(f.chain_max, 3);
	assert_int_equal(f.chain_index, 0);
	assert_int_equal(f.histogram[0], 2); /* from 2 and 3 */
	assert_int_equal(f.histogram[1], 1); /* from 1: 1, 2 */
	assert_int_equal(f.histogram[2], 1); /* from 0: 0, 1, 3 */
	assert_true(f.chain_mean == 7.0 / 4);
	assert_false(f.chain_hits);
	assert_int_equal(f.flags, 0);
	assert_int_equal(map_world_entries(w, NULL, 0), 9);
}

static void a_table_without_an_empty_slot_ends_the_search(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
	uint64_t table = one_table(w, 4, 0, 0);
	struct map_figures f;
	unsigned group;

	for (group = 0; group < 4; group++)
		memset(map_world_at(w, swiss_at(w, table, group)),
		       SWISS_DELETED, 8);
	f = map_world_figures(w);
	assert_int_equal(f.tombstones, 32);
	assert_int_equal(f.chain_max, 4);
	assert_int_equal(f.histogram[3], 4);
}

static void a_full_table_of_the_largest_size_is_read(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
	uint64_t table = one_table(w, 128, 896, 0);
	struct map_figures f;
	unsigned i;

	for (i = 0; i < 896; i++)
		map_world_slot(w, swiss_at(w, table, i / 7), i % 7, i & 0x7f,
			       i);
	f = map_world_figures(w);
	assert_int_equal(f.live, 896);
	assert_int_equal(f.slots, 1024);
	assert_int_equal(f.flags, 0);
	assert_int_equal(f.full_groups, 0);
	assert_int_equal(map_world_entries(w, NULL, 0), 896);
}

static void indirect_keys_and_elements_are_followed(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
	uint64_t group = swiss_groups(w, 1), key = map_world_alloc(w, 136);
	uint64_t elem = map_world_alloc(w, 200);
	struct map_entry e[2];

	w->layout.indirect_key = w->layout.indirect_elem = true;
	swiss_header(w, 1, group, 0, 0);
	map_world_slot(w, group, 2, 1, key);
	map_world_set(w, group + 8 + 2 * 16 + 8, elem, 8);
	assert_int_equal(map_world_entries(w, e, 2), 1);
	assert_int_equal(e[0].key, key);
	assert_int_equal(e[0].elem, elem);
}

static void zero_size_elements_have_padded_slots(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(16, 0);
	CLEANUP(map_world_free) struct map_world *one = swiss_new_split(0, 0);
	uint64_t group = swiss_groups(w, 1);
	struct map_entry e[2];

	assert_int_equal(w->layout.unit, 200);
	swiss_header(w, 1, group, 0, 0);
	map_world_slot(w, group, 7, 1, 5);
	assert_int_equal(map_world_entries(w, e, 2), 1);
	assert_int_equal(e[0].key, group + 8 + 7 * 24);

	group = swiss_groups(one, 1);
	swiss_header(one, 1, group, 0, 0);
	map_world_slot(one, group, 0, 1, 0);
	assert_int_equal(one->layout.unit, 8);
	assert_int_equal(map_world_figures(one).live, 1);
	assert_int_equal(map_world_figures(one).slot_bytes, 0);
	assert_int_equal(map_world_entries(one, e, 2), 1);
}

static void a_map_in_the_act_of_writing_is_marked(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
	uint64_t group = swiss_groups(w, 1);

	swiss_header(w, 0, group, 0, 0);
	map_world_set(w, w->view.header + SWISS_WRITING, 1, 1);
	map_world_slot(w, group, 0, 1, 1);
	assert_int_equal(map_world_figures(w).flags,
			 CONTAINER_WRITING | CONTAINER_TORN);
}

static void a_stale_or_damaged_table_is_left_out(void **state)
{
	static const struct {
		unsigned offset, size;
		uint64_t value;
	} damage[] = {
		{8, 8, UINT64_MAX},  /* index: replaced by a larger one */
		{8, 8, 6},	     /* index of another slot */
		{6, 1, 4},	     /* deeper than the directory */
		{24, 8, 2},	     /* mask that is none */
		{24, 8, UINT64_MAX}, /* mask + 1 is 0 */
		{24, 8, 0},	     /* fewer groups than slots say */
		{2, 2, 0},	     /* no slots */
		{2, 2, 0xfff8},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(damage); i++) {
		CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
		struct map_figures f;
		uint64_t tables[5];

		directory_of_five(w, tables);
		map_world_set(w, w->view.header + SWISS_USED, 1, 8);
		map_world_slot(w, swiss_at(w, tables[4], 0), 0, 7, 1);
		map_world_set(w, tables[2] + damage[i].offset, damage[i].value,
			      damage[i].size);
		f = map_world_figures(w);
		assert_int_equal(f.tables, 4);
		assert_int_equal(f.live, 1);
		assert_int_equal(f.flags, CONTAINER_CORRUPT);
		assert_int_equal(map_world_entries(w, NULL, 0), 1);
	}
}

static void wild_pointers_are_marked_and_the_rest_is_read(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
	struct map_unit unit;
	struct map_figures f;
	struct error *err;
	uint64_t tables[5];
	uint32_t count;

	directory_of_five(w, tables);
	map_world_set(w, w->view.header + SWISS_USED, 1, 8);
	map_world_slot(w, swiss_at(w, tables[4], 0), 0, 7, 1);
	map_world_set(w, tables[1] + 16, MAP_WORLD_NOWHERE, 8);
	f = map_world_figures(w);
	assert_int_equal(f.live, 1);
	assert_int_equal(f.tables, 5);
	assert_int_equal(f.flags, CONTAINER_UNREADABLE);
	assert_int_equal(map_world_entries(w, NULL, 0), 1);
	err = map_units(&w->view, 1, 0, false, &unit, 1, &count);
	assert_non_null(err);
	error_free(err);

	swiss_header(w, 1, MAP_WORLD_NOWHERE, 8, 3);
	f = map_world_figures(w);
	assert_int_equal(f.live, 0);
	assert_true(f.flags & CONTAINER_CORRUPT);
	assert_int_equal(map_world_entries(w, NULL, 0), 0);

	swiss_header(w, 1, MAP_WORLD_NOWHERE, 0, 0);
	f = map_world_figures(w);
	assert_int_equal(f.live, 0);
	assert_true(f.flags & CONTAINER_UNREADABLE);
	assert_int_equal(map_world_entries(w, NULL, 0), 0);
}

static void a_directory_in_a_circle_ends(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
	struct map_figures f;
	uint64_t tables[5], dir, i;

	/* Its own address, the header's, and two tables in turns. */
	dir = directory_of_five(w, tables);
	map_world_set(w, dir, dir, 8);
	map_world_set(w, dir + 8, w->view.header, 8);
	for (i = 2; i < 8; i++)
		map_world_set(w, dir + 8 * i, tables[i & 1], 8);
	f = map_world_figures(w);
	assert_int_equal(f.tables, 0);
	assert_int_equal(f.flags, CONTAINER_CORRUPT);
	assert_int_equal(map_world_entries(w, NULL, 0), 0);
}

static void absurd_sizes_end_in_a_flag(void **state)
{
	static const struct {
		uint64_t len;
		uint8_t depth;
	} sizes[] = {
		{UINT64_MAX, 64}, {1ULL << 40, 40}, {1 << 30, 30}, {8, 2},
		{7, 3},		  {1 << 16, 16},    {0, 32},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
		uint64_t dir = map_world_alloc(w, 4096);
		struct map_figures f;

		swiss_header(w, UINT64_MAX, dir, sizes[i].len, sizes[i].depth);
		f = map_world_figures(w);
		assert_true(f.flags & CONTAINER_CORRUPT);
		assert_int_equal(f.live, 0);
	}
}

static bool same_key(void *arg, const struct map_entry *entry)
{
	return map_world_get(arg, entry->key) == 99;
}

/* A hasher that hashes nothing: the seed, zero here, is the hash. */
static void hash_with(struct map_world *w, struct map_hasher *hasher)
{
	*hasher = (struct map_hasher){.kind = MAP_HASH_NONE,
				      .types = w->view.types,
				      .sample = w->sample,
				      .key = MAP_WORLD_KEY};
	w->view.hasher = hasher;
}

static void hits_are_told_where_each_key_is_on_its_path(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
	uint64_t table = one_table(w, 4, 10, 18);
	struct map_hasher hasher;
	struct map_figures f;
	uint8_t i;

	/* All keys have hash 0: group 0 is full, then 1 is used. */
	hash_with(w, &hasher);
	for (i = 0; i < 10; i++)
		map_world_slot(w, swiss_at(w, table, i / 8), i % 8, 0, i);
	f = map_world_figures(w);
	assert_true(f.chain_hits);
	assert_int_equal(f.histogram[0], 8);
	assert_int_equal(f.histogram[1], 2);
	assert_int_equal(f.chain_max, 2);
	assert_int_equal(f.chain_index, 1);
	assert_true(f.chain_mean == 1.2);
	assert_true(map_hash_verify(&w->view));
}

static void a_path_begins_where_the_upper_bits_of_the_hash_say(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
	uint64_t table = one_table(w, 4, 10, 18);
	struct map_hasher hasher;
	struct map_figures f;
	uint8_t i;

	/* Group 2 and, behind it, 3; the lower seven bits are 1. */
	hash_with(w, &hasher);
	map_world_set(w, w->view.header + 8, 2 << 7 | 1, 8);
	for (i = 0; i < 10; i++)
		map_world_slot(w, swiss_at(w, table, 2 + i / 8), i % 8, 1, i);
	f = map_world_figures(w);
	assert_true(f.chain_hits);
	assert_int_equal(f.histogram[0], 8);
	assert_int_equal(f.histogram[1], 2);
	assert_int_equal(f.chain_index, 3);
}

static void a_hash_that_is_not_the_maps_is_not_used(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
	uint64_t table = one_table(w, 4, 1, 27);
	struct map_hasher hasher;
	struct map_entry e;
	uint64_t key = 7;
	bool found;

	hash_with(w, &hasher);
	map_world_slot(w, swiss_at(w, table, 0), 0, 1, key); /* wrong H2 */
	assert_false(map_world_figures(w).chain_hits);
	assert_false(map_hash_verify(&w->view));
	/* All entries are compared then. */
	assert_null(map_find_key(&w->view, &key, &e, &found));
	assert_true(found);
	/* Right H2, but behind a group with room: no lookup comes there. */
	map_world_slot(w, swiss_at(w, table, 0), 0, SWISS_EMPTY, 0);
	map_world_slot(w, swiss_at(w, table, 1), 0, 0, key);
	assert_false(map_world_figures(w).chain_hits);
	/* An empty map tells nothing about a hash. */
	map_world_slot(w, swiss_at(w, table, 1), 0, SWISS_EMPTY, 0);
	assert_false(map_world_figures(w).chain_hits);
	assert_false(map_hash_verify(&w->view));
}

static void a_lookup_takes_the_table_of_the_hashs_top_bits(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
	uint64_t hash = 6ULL << 61 | 1 << 7 | 0x33, key, tables[5];
	struct map_entry e;
	bool found;

	directory_of_five(w, tables);
	map_world_slot(w, swiss_at(w, tables[3], 1), 4, 0x33, 99);
	key = 99;
	assert_null(map_find_by_hash(&w->view, hash, same_key, w, &e, &found));
	assert_true(found);
	assert_int_equal(e.table, 3);
	assert_int_equal(e.unit, 1);
	assert_int_equal(e.slot, 4);
	assert_int_equal(map_world_get(w, e.key), key);
	assert_null(map_find_by_hash(&w->view, hash ^ 1ULL << 63, same_key, w,
				     &e, &found));
	assert_false(found);
	assert_null(
		map_find_by_hash(&w->view, hash ^ 1, same_key, w, &e, &found));
	assert_false(found);
	/* The first four slots are one table. */
	map_world_slot(w, swiss_at(w, tables[0], 0), 0, 0x33, 99);
	assert_null(map_find_by_hash(&w->view, 3ULL << 61 | 0x33, same_key, w,
				     &e, &found));
	assert_true(found);
	assert_int_equal(e.table, 0);
}

static void a_lookup_may_end_in_the_last_group(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
	uint64_t table = one_table(w, 2, 9, 5);
	struct map_hasher hasher;
	struct map_entry e;
	bool found;
	uint8_t i;

	hash_with(w, &hasher);
	for (i = 0; i < 9; i++)
		map_world_slot(w, swiss_at(w, table, i / 8), i % 8, 0, 91 + i);
	assert_null(map_find_by_hash(&w->view, 0, same_key, w, &e, &found));
	assert_true(found);
	assert_int_equal(e.unit, 1);
	assert_int_equal(e.slot, 0);
	assert_true(map_world_figures(w).chain_hits);
	/* And it ends where the key is, though that group is full. */
	map_world_slot(w, swiss_at(w, table, 0), 3, 0, 99);
	map_world_slot(w, swiss_at(w, table, 1), 0, 0, 5);
	assert_null(map_find_by_hash(&w->view, 0, same_key, w, &e, &found));
	assert_true(found);
	assert_int_equal(e.unit, 0);
	assert_int_equal(e.slot, 3);
}

/* Behind the control bytes come keys, which may look like one of them. */
static void eight_control_bytes_are_compared(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
	uint64_t group = swiss_groups(w, 1), far = group + 8 + 8 * 16;
	struct map_entry e;
	bool found;

	swiss_header(w, 1, group, 0, 0);
	map_world_alloc(w, 64);
	map_world_slot(w, group, 0, 0x11, 0x33);
	map_world_set(w, far, 99, 8); /* where a ninth key would be */
	assert_null(map_find_by_hash(&w->view, 0x33, same_key, w, &e, &found));
	assert_false(found);
}

static void groups_end_with_their_table(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
	struct map_unit unit;
	struct error *err;
	uint32_t count;

	one_table(w, 2, 0, 14);
	assert_null(map_units(&w->view, 0, 1, false, &unit, 1, &count));
	err = map_units(&w->view, 0, 2, false, &unit, 1, &count);
	assert_non_null(err);
	error_free(err);
	err = map_units(&w->view, 1, 0, false, &unit, 1, &count);
	assert_non_null(err);
	error_free(err);
}

/* A directory of which only entry @p at is a table. */
static uint64_t tables_behind_damage(uint64_t at)
{
	enum { DEPTH = 13 };
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
	uint64_t dir = map_world_alloc(w, 8ULL << DEPTH), i;

	for (i = 0; i < 1ULL << DEPTH; i++)
		map_world_set(w, dir + 8 * i, MAP_WORLD_NOWHERE + 8 * (i % 2),
			      8);
	map_world_set(w, dir + 8 * at, swiss_table(w, 1, 0, 7, DEPTH, at), 8);
	swiss_header(w, 0, dir, 1ULL << DEPTH, DEPTH);
	return map_world_figures(w).tables;
}

static void much_damage_ends_the_walk(void **state)
{
	(void)state;
	assert_int_equal(tables_behind_damage(0), 1);
	assert_int_equal(tables_behind_damage(4096), 1);
	assert_int_equal(tables_behind_damage(4097), 0);
}

static void the_largest_directory_is_believed(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);

	swiss_header(w, 0, MAP_WORLD_NOWHERE, 1ULL << 30, 30);
	assert_int_equal(map_world_figures(w).directory, 1ULL << 30);
	swiss_header(w, 0, MAP_WORLD_NOWHERE, 1ULL << 31, 31);
	assert_int_equal(map_world_figures(w).directory, 0);
}

static struct map_home home_of(struct map_world *w, uint64_t hash)
{
	struct map_home home = {0};

	assert_null(map_swiss_ops.home(&w->view, hash, &home));
	return home;
}

static void a_small_map_grows_with_its_ninth_entry(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
	uint64_t group = swiss_groups(w, 1);

	assert_false(home_of(w, 0).exists);
	swiss_header(w, 7, group, 0, 0);
	assert_true(home_of(w, 0).small);
	assert_false(home_of(w, 0).grows);
	swiss_header(w, 8, group, 0, 0);
	assert_true(home_of(w, 0).grows);
}

static void a_hash_has_its_home_in_the_table_that_grows(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
	uint64_t tables[5];
	struct map_home home;

	directory_of_five(w, tables);
	map_world_set(w, tables[3] + 4, 0, 2); /* growth left */
	home = home_of(w, 6ULL << 61 | 1 << 7);
	assert_true(home.exists);
	assert_false(home.small);
	assert_true(home.grows);
	assert_int_equal(home.table, 3);
	assert_int_equal(home.unit, 1);
	home = home_of(w, 3ULL << 61);
	assert_false(home.grows);
	assert_int_equal(home.table, 0);
	assert_int_equal(home.unit, 0);
}

static void headers_are_told_from_other_memory(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
	uint64_t header = w->view.header, tables[5];

	directory_of_five(w, tables);
	assert_true(map_header_plausible(w->sample, header, true));
	map_world_set(w, header + SWISS_SHIFT, 60, 1);
	assert_false(map_header_plausible(w->sample, header, true));
	map_world_set(w, header + SWISS_SHIFT, 61, 1);
	map_world_set(w, header + SWISS_WRITING, 2, 1);
	assert_false(map_header_plausible(w->sample, header, true));
	swiss_header(w, 9, swiss_groups(w, 1), 0, 0);
	map_world_set(w, header + SWISS_WRITING, 0, 1);
	assert_false(map_header_plausible(w->sample, header, true));
	map_world_set(w, header + SWISS_USED, 8, 8);
	assert_true(map_header_plausible(w->sample, header, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_map_without_a_group_has_no_slots),
		cmocka_unit_test(a_small_map_is_one_group),
		cmocka_unit_test(split_groups_keep_keys_before_elements),
		cmocka_unit_test(a_repeated_table_is_walked_once),
		cmocka_unit_test(each_step_of_a_search_is_longer_than_the_last),
		cmocka_unit_test(
			tombstones_lengthen_the_search_for_absent_keys),
		cmocka_unit_test(a_table_without_an_empty_slot_ends_the_search),
		cmocka_unit_test(a_full_table_of_the_largest_size_is_read),
		cmocka_unit_test(indirect_keys_and_elements_are_followed),
		cmocka_unit_test(zero_size_elements_have_padded_slots),
		cmocka_unit_test(a_map_in_the_act_of_writing_is_marked),
		cmocka_unit_test(a_stale_or_damaged_table_is_left_out),
		cmocka_unit_test(wild_pointers_are_marked_and_the_rest_is_read),
		cmocka_unit_test(a_directory_in_a_circle_ends),
		cmocka_unit_test(absurd_sizes_end_in_a_flag),
		cmocka_unit_test(hits_are_told_where_each_key_is_on_its_path),
		cmocka_unit_test(
			a_path_begins_where_the_upper_bits_of_the_hash_say),
		cmocka_unit_test(a_hash_that_is_not_the_maps_is_not_used),
		cmocka_unit_test(
			a_lookup_takes_the_table_of_the_hashs_top_bits),
		cmocka_unit_test(a_lookup_may_end_in_the_last_group),
		cmocka_unit_test(eight_control_bytes_are_compared),
		cmocka_unit_test(groups_end_with_their_table),
		cmocka_unit_test(much_damage_ends_the_walk),
		cmocka_unit_test(the_largest_directory_is_believed),
		cmocka_unit_test(a_small_map_grows_with_its_ninth_entry),
		cmocka_unit_test(a_hash_has_its_home_in_the_table_that_grows),
		cmocka_unit_test(headers_are_told_from_other_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
