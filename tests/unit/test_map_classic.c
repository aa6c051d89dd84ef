#include "tests/unit/map_world.h"

enum { LIVE = 0x80, NO_MORE = 0, EMPTY = 1, X = 2, Y = 3, WAS_EMPTY = 4 };

static void a_map_without_buckets_has_no_slots(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = classic_new(8, 8);
	struct map_figures f = map_world_figures(w);

	assert_int_equal(f.live, 0);
	assert_int_equal(f.slots, 0);
	assert_int_equal(f.buckets, 1);
	assert_int_equal(f.flags, 0);
	assert_int_equal(f.storage_bytes, 48);
	assert_int_equal(map_world_entries(w, NULL, 0), 0);
	assert_int_equal(map_unit_count(&w->view, 0), 0);
}

static void one_bucket_gives_keys_and_elements(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = classic_new(8, 16);
	uint64_t bucket = classic_buckets(w, 1);
	struct map_entry e[8];
	struct map_figures f;

	classic_header(w, 2, 0, bucket);
	map_world_slot(w, bucket, 0, EMPTY, 99);
	map_world_slot(w, bucket, 1, 5, 11); /* the least live tophash */
	map_world_slot(w, bucket, 6, 255, 12);
	f = map_world_figures(w);
	assert_int_equal(f.live, 2);
	assert_int_equal(f.slots, 8);
	assert_int_equal(f.chain_max, 1);
	assert_int_equal(f.slot_bytes, 24);
	assert_int_equal(f.flags, 0);
	assert_int_equal(f.storage_bytes, 48 + 208);
	assert_int_equal(map_world_entries(w, e, 8), 2);
	assert_int_equal(e[0].key, bucket + 8 + 8);
	assert_int_equal(e[0].elem, bucket + 8 + 64 + 16);
	assert_int_equal(e[1].slot, 6);
	assert_int_equal(map_world_get(w, e[1].key), 12);
}

static void overflow_buckets_lengthen_their_chain(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = classic_new(8, 8);
	uint64_t array = classic_buckets(w, 4), a = classic_buckets(w, 1);
	uint64_t b = classic_buckets(w, 1);
	struct map_unit units[4];
	struct map_entry e[8];
	struct map_figures f;
	struct map_cell cells[4];
	uint32_t count;

	classic_header(w, 3, 2, array);
	classic_link(w, classic_at(w, array, 2), a);
	classic_link(w, a, b);
	map_world_slot(w, classic_at(w, array, 2), 0, LIVE, 1);
	map_world_slot(w, a, 3, LIVE, 2);
	map_world_slot(w, b, 7, LIVE, 3);
	f = map_world_figures(w);
	assert_int_equal(f.live, 3);
	assert_int_equal(f.overflow_buckets, 2);
	assert_int_equal(f.slots, 8 * 6);
	assert_int_equal(f.chain_max, 3);
	assert_int_equal(f.chain_index, 2);
	assert_int_equal(f.histogram[0], 3);
	assert_int_equal(f.histogram[2], 1);
	assert_true(f.chain_mean == 1.5);
	assert_int_equal(map_world_entries(w, e, 8), 3);
	assert_int_equal(e[2].unit, 2);
	assert_int_equal(e[2].chain, 2);
	assert_null(map_units(&w->view, 0, 2, false, units, 4, &count));
	assert_int_equal(count, 3);
	assert_int_equal(units[1].addr, a);
	assert_int_equal(units[1].control[3], LIVE);
	assert_int_equal(units[1].raw_bytes, 16);
	assert_int_equal(units[1].raw[3], LIVE);
	assert_int_equal(units[1].in.addr, 0);
	assert_null(map_units(&w->view, 0, 2, false, units, 2, &count));
	assert_int_equal(count, 2);
	assert_null(map_occupancy(&w->view, false, cells, 4, &count));
	assert_int_equal(count, 4);
	assert_int_equal(map_cell_fill(&cells[0]), 0);
	assert_int_equal(map_cell_fill(&cells[2]), 3 * 255 / 24);
	assert_int_equal(cells[2].first, 2);
	assert_int_equal(cells[2].count, 1);
	assert_int_equal(cells[2].chain_max, 3);
	assert_null(map_occupancy(&w->view, false, cells, 3, &count));
	assert_int_equal(count, 2);
	assert_int_equal(cells[1].first, 2);
	assert_int_equal(cells[1].count, 2);
	assert_int_equal(cells[1].slots, 4 * 8);
	assert_int_equal(cells[1].live, 3);
}

/* Old bucket 1 was evacuated to new buckets 1 and 3, old bucket 0 was not. */
static void a_growing_map_counts_each_entry_once(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = classic_new(8, 8);
	uint64_t array = classic_buckets(w, 4), old = classic_buckets(w, 2);
	struct map_charts charts = {0};
	struct map_entry e[8];
	struct map_cell cells[4];
	struct map_figures f;
	uint32_t count;

	classic_header(w, 4, 2, array);
	map_world_set(w, w->view.header + CLASSIC_OLD, old, 8);
	map_world_slot(w, classic_at(w, old, 0), 0, LIVE, 10);
	map_world_slot(w, classic_at(w, old, 0), 1, LIVE, 11);
	map_world_slot(w, classic_at(w, old, 1), 0, X, 12);
	map_world_slot(w, classic_at(w, old, 1), 1, Y, 13);
	map_world_slot(w, classic_at(w, old, 1), 2, WAS_EMPTY, 0);
	map_world_slot(w, classic_at(w, array, 1), 0, LIVE, 12);
	map_world_slot(w, classic_at(w, array, 3), 0, LIVE, 13);
	w->view.charts = &charts;
	f = map_world_figures(w);
	w->view.charts = NULL;
	assert_int_equal(charts.miss[0], 4);
	assert_int_equal(charts.hit[0], 4);
	assert_int_equal(charts.fill[0], 2);
	assert_int_equal(charts.fill[1], 2);
	assert_int_equal(charts.old[0], 1);
	assert_int_equal(charts.old_live, 2);
	assert_null(map_occupancy(&w->view, false, cells, 4, &count));
	assert_int_equal(count, 4);
	assert_int_equal(cells[0].waiting, 1);
	assert_int_equal(cells[1].waiting, 0);
	assert_int_equal(cells[2].waiting, 1);
	assert_null(map_occupancy(&w->view, true, cells, 4, &count));
	assert_int_equal(count, 2);
	assert_int_equal(cells[0].live, 2);
	assert_int_equal(cells[0].moved, 0);
	assert_int_equal(cells[1].moved, 1);
	assert_int_equal(f.live, 4);
	assert_int_equal(f.old_buckets, 2);
	assert_int_equal(f.evacuated, 1);
	assert_int_equal(f.slots, 32);
	assert_int_equal(f.flags, CONTAINER_GROWING);
	assert_int_equal(f.old_bytes, 2 * w->layout.unit);
	assert_int_equal(f.histogram[0], 4);
	assert_int_equal(map_world_entries(w, e, 8), 4);
	assert_false(e[0].old);
	assert_true(e[2].old);
	assert_int_equal(map_world_get(w, e[2].key), 10);
	assert_int_equal(map_unit_count(&w->view, 1), 2);
	assert_int_equal(map_unit_count(&w->view, 2), 0);
}

static void an_old_array_may_be_of_the_same_size(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = classic_new(8, 8);
	uint64_t array = classic_buckets(w, 2), old = classic_buckets(w, 2);
	uint64_t spill = classic_buckets(w, 1);
	struct map_charts charts = {0};
	struct map_figures f;

	classic_header(w, 3, 1, array);
	map_world_set(w, w->view.header + CLASSIC_OLD, old, 8);
	map_world_set(w, w->view.header + CLASSIC_FLAGS, 8, 1);
	/* Half of it would leave out bucket 1. */
	map_world_slot(w, classic_at(w, old, 1), 0, LIVE, 1);
	classic_link(w, classic_at(w, old, 1), spill);
	map_world_slot(w, spill, 0, LIVE, 2);
	map_world_slot(w, classic_at(w, old, 0), 0, X, 3);
	map_world_slot(w, classic_at(w, array, 0), 0, LIVE, 3);
	w->view.charts = &charts;
	f = map_world_figures(w);
	assert_int_equal(charts.old[1], 1);
	assert_int_equal(charts.hit[0], 2);
	assert_int_equal(charts.hit[1], 1);
	assert_int_equal(f.live, 3);
	assert_int_equal(f.old_buckets, 2);
	assert_int_equal(f.old_overflow, 1);
	assert_int_equal(f.overflow_buckets, 0);
	assert_int_equal(f.evacuated, 1);
	assert_int_equal(f.flags, CONTAINER_GROWING | CONTAINER_SAME_SIZE);
	assert_int_equal(map_world_entries(w, NULL, 0), 3);
}

static void empty_buckets_are_evacuated_too(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = classic_new(8, 8);
	uint64_t array = classic_buckets(w, 4), old = classic_buckets(w, 2);

	classic_header(w, 1, 2, array);
	map_world_set(w, w->view.header + CLASSIC_OLD, old, 8);
	map_world_slot(w, classic_at(w, old, 0), 0, WAS_EMPTY, 0);
	map_world_slot(w, classic_at(w, old, 1), 0, LIVE, 1);
	assert_int_equal(map_world_figures(w).evacuated, 1);
	map_world_slot(w, classic_at(w, old, 1), 0, Y, 1);
	assert_int_equal(map_world_figures(w).evacuated, 2);
}

static void growth_from_one_bucket_has_one_old_bucket(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = classic_new(8, 8);
	uint64_t array = classic_buckets(w, 1), old = classic_buckets(w, 1);
	struct map_figures f;

	/* 2^(B-1) with B = 0 must not be 2^63. */
	classic_header(w, 1, 0, array);
	map_world_set(w, w->view.header + CLASSIC_OLD, old, 8);
	map_world_slot(w, old, 0, LIVE, 1);
	f = map_world_figures(w);
	assert_int_equal(f.old_buckets, 1);
	assert_int_equal(f.live, 1);
}

static uint64_t array_of_17(void *arg, uint64_t addr)
{
	return addr == *(const uint64_t *)arg ? 17 * 144 : 0;
}

/* What the size class rounds up is no bucket before there are 16. */
static void small_arrays_have_no_spare_buckets(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = classic_new(8, 8);
	uint64_t array = classic_buckets(w, 8), own = classic_buckets(w, 1);

	w->view.storage = array_of_17;
	w->view.storage_arg = &array;
	classic_header(w, 0, 3, array);
	classic_link(w, classic_at(w, array, 3), own);
	assert_int_equal(map_world_figures(w).storage_bytes,
			 48 + 17 * 144 + 144);
}

static void spare_buckets_come_with_the_array(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = classic_new(8, 8);
	uint64_t array = classic_buckets(w, 17), own = classic_buckets(w, 1);
	uint64_t spare = classic_at(w, array, 16);
	struct map_figures f;

	w->view.storage = array_of_17;
	w->view.storage_arg = &array;
	classic_header(w, 0, 4, array);
	/* Not handed out: the last spare one holds the array's address. */
	classic_link(w, spare, array);
	f = map_world_figures(w);
	assert_int_equal(f.overflow_buckets, 0);
	assert_int_equal(f.flags, 0);
	assert_int_equal(f.storage_bytes, 48 + 17 * 144);
	/* Handed out, and another one from the heap. */
	classic_link(w, classic_at(w, array, 3), spare);
	classic_link(w, spare, 0);
	classic_link(w, classic_at(w, array, 4), own);
	f = map_world_figures(w);
	assert_int_equal(f.overflow_buckets, 2);
	assert_int_equal(f.storage_bytes, 48 + 17 * 144 + 144);
	assert_int_equal(f.flags, 0);
}

static void lists_of_overflow_buckets_are_counted(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = classic_new(8, 8);
	uint64_t array = classic_buckets(w, 1), spill = classic_buckets(w, 1);
	uint64_t extra = map_world_alloc(w, 24), list = map_world_alloc(w, 24);
	uint64_t data = map_world_alloc(w, 64);
	struct map_figures f;

	/* Neither keys nor elements have pointers: extra.overflow. */
	classic_header(w, 1, 0, array);
	classic_link(w, array, spill);
	map_world_slot(w, spill, 0, LIVE, 1);
	map_world_set(w, w->view.header + CLASSIC_EXTRA, extra, 8);
	map_world_set(w, extra, list, 8);
	map_world_set(w, list, data, 8);
	map_world_set(w, list + 8, 1, 8);
	map_world_set(w, list + 16, 8, 8);
	map_world_set(w, data, spill, 8);
	f = map_world_figures(w);
	assert_int_equal(f.live, 1);
	assert_int_equal(f.storage_bytes, 48 + 24 + 24 + 64 + 2 * 144);
}

static void a_longer_header_has_extra_behind_the_clear_count(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = classic_new(8, 8);
	uint64_t array = classic_buckets(w, 1), extra = map_world_alloc(w, 24);

	w->view.header = map_world_alloc(w, 56);
	w->types[MAP_WORLD_HEADER].size = 56;
	classic_header(w, 0, 0, array);
	map_world_set(w, w->view.header + 40, 7, 8); /* clears */
	map_world_set(w, w->view.header + 48, extra, 8);
	assert_int_equal(map_world_figures(w).storage_bytes, 56 + 24 + 144);
}

static void indirect_keys_and_elements_are_followed(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = classic_new(8, 8);
	uint64_t bucket = classic_buckets(w, 1), key = map_world_alloc(w, 136);
	uint64_t elem = map_world_alloc(w, 200);
	struct map_entry e[2];

	w->layout.indirect_key = w->layout.indirect_elem = true;
	classic_header(w, 2, 0, bucket);
	map_world_slot(w, bucket, 2, LIVE, key);
	map_world_set(w, bucket + w->layout.elems_off + 16, elem, 8);
	/* In slot 3 the element is not stored yet. */
	map_world_slot(w, bucket, 3, LIVE, key);
	assert_int_equal(map_world_entries(w, e, 2), 2);
	assert_int_equal(e[0].key, key);
	assert_int_equal(e[0].elem, elem);
	assert_int_equal(e[1].elem, 0);
}

static void zero_size_keys_and_elements_take_no_room(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *set = classic_new(16, 0);
	CLEANUP(map_world_free) struct map_world *one = classic_new(0, 4);
	struct map_entry e[8];
	uint64_t bucket;

	assert_int_equal(set->layout.unit, 16 + 8 * 16);
	bucket = classic_buckets(set, 1);
	classic_header(set, 1, 0, bucket);
	map_world_slot(set, bucket, 5, LIVE, 1);
	assert_int_equal(map_world_entries(set, e, 8), 1);
	assert_int_equal(e[0].key, bucket + 8 + 5 * 16);

	bucket = classic_buckets(one, 1);
	classic_header(one, 1, 0, bucket);
	map_world_slot(one, bucket, 0, LIVE, 0);
	assert_int_equal(map_world_figures(one).live, 1);
	assert_int_equal(map_world_entries(one, e, 8), 1);
	assert_int_equal(e[0].key, bucket + 8);
	assert_int_equal(e[0].elem, bucket + 8);
}

static void a_map_in_the_act_of_writing_is_marked(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = classic_new(8, 8);
	uint64_t bucket = classic_buckets(w, 1);

	classic_header(w, 2, 0, bucket);
	map_world_set(w, w->view.header + CLASSIC_FLAGS, 4, 1);
	map_world_slot(w, bucket, 0, LIVE, 1);
	assert_int_equal(map_world_figures(w).flags,
			 CONTAINER_WRITING | CONTAINER_TORN);
}

static void a_chain_that_bites_its_tail_ends(void **state)
{
	unsigned tail;

	(void)state;
	/* Back to bucket `tail` of a chain of six overflow buckets. */
	for (tail = 0; tail < 6; tail++) {
		CLEANUP(map_world_free) struct map_world *w = classic_new(8, 8);
		uint64_t array = classic_buckets(w, 1);
		uint64_t spill = classic_buckets(w, 6);
		struct map_unit units[64];
		struct map_figures f;
		uint32_t i, count;

		classic_header(w, 6, 0, array);
		classic_link(w, array, spill);
		for (i = 0; i < 6; i++) {
			map_world_slot(w, classic_at(w, spill, i), 0, LIVE, i);
			classic_link(
				w, classic_at(w, spill, i),
				classic_at(w, spill, i < 5 ? i + 1 : tail));
		}
		f = map_world_figures(w);
		assert_true(f.flags & CONTAINER_CORRUPT);
		assert_in_range(f.overflow_buckets, 6, 24);
		assert_int_equal(map_world_entries(w, NULL, 0), f.live);
		assert_null(
			map_units(&w->view, 0, 0, false, units, 64, &count));
		assert_int_equal(count, f.overflow_buckets + 1);
	}
}

static void a_chain_into_the_array_is_not_followed(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = classic_new(8, 8);
	uint64_t array = classic_buckets(w, 2);
	struct map_figures f;

	classic_header(w, 1, 1, array);
	map_world_slot(w, classic_at(w, array, 1), 0, LIVE, 1);
	classic_link(w, classic_at(w, array, 0), classic_at(w, array, 1));
	f = map_world_figures(w);
	assert_int_equal(f.live, 1);
	assert_int_equal(f.flags, CONTAINER_CORRUPT);
	assert_int_equal(map_world_entries(w, NULL, 0), 1);
}

static void wild_pointers_are_marked_and_the_rest_is_read(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = classic_new(8, 8);
	uint64_t array = classic_buckets(w, 2);
	struct map_entry e[2];
	struct map_figures f;
	uint32_t count;

	classic_header(w, 2, 1, array);
	map_world_slot(w, classic_at(w, array, 0), 0, LIVE, 1);
	map_world_slot(w, classic_at(w, array, 1), 0, LIVE, 2);
	classic_link(w, classic_at(w, array, 0), MAP_WORLD_NOWHERE);
	f = map_world_figures(w);
	assert_int_equal(f.live, 2);
	assert_int_equal(f.flags, CONTAINER_UNREADABLE);
	assert_int_equal(map_world_entries(w, e, 2), 2);
	assert_null(map_units(&w->view, 0, 0, false, (struct map_unit[2]){0}, 2,
			      &count));
	assert_int_equal(count, 1);

	classic_header(w, 2, 1, MAP_WORLD_NOWHERE);
	f = map_world_figures(w);
	assert_int_equal(f.live, 0);
	assert_true(f.flags & CONTAINER_UNREADABLE);
	assert_int_equal(map_world_entries(w, e, 2), 0);
}

static void absurd_sizes_end_at_the_end_of_memory(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = classic_new(8, 8);
	uint64_t array = classic_buckets(w, 1);
	struct map_cursor cursor = {0};
	struct map_entry e;
	struct map_figures f;
	struct error *err;
	bool more;

	classic_header(w, UINT64_MAX, 40, array);
	f = map_world_figures(w);
	assert_true(f.flags & CONTAINER_UNREADABLE);
	assert_int_equal(f.count, UINT64_MAX);
	assert_int_equal(map_world_entries(w, NULL, 0), 0);

	classic_header(w, 1, 41, array);
	f = map_world_figures(w);
	assert_true(f.flags & CONTAINER_CORRUPT);
	assert_int_equal(f.live, 0);
	err = map_next(&w->view, &cursor, &e, &more);
	assert_non_null(err);
	assert_false(more);
	error_free(err);
	assert_int_equal(map_unit_count(&w->view, 0), 0);

	w->view.header = MAP_WORLD_NOWHERE;
	f = map_world_figures(w);
	assert_true(f.flags & CONTAINER_UNREADABLE);
}

static void unknown_flags_are_corruption(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = classic_new(8, 8);

	map_world_set(w, w->view.header + CLASSIC_FLAGS, 16, 1);
	assert_int_equal(map_world_figures(w).flags, CONTAINER_CORRUPT);
}

static bool is_key(void *arg, const struct map_entry *entry)
{
	return entry->key == *(const uint64_t *)arg;
}

/* The entry with @p key that a lookup of @p hash comes to. */
static bool lookup(const struct map_world *w, uint64_t hash, uint64_t key,
		   struct map_entry *ret)
{
	bool found;

	assert_null(
		map_find_by_hash(&w->view, hash, is_key, &key, ret, &found));
	return found;
}

static void a_lookup_goes_down_the_chain_of_its_bucket(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = classic_new(8, 8);
	uint64_t array = classic_buckets(w, 4), spill = classic_buckets(w, 1);
	uint64_t hash = 0x90ULL << 56 | 2, key = spill + 8 + 8 * 5;
	struct map_entry e;

	classic_header(w, 2, 2, array);
	classic_link(w, classic_at(w, array, 2), spill);
	map_world_slot(w, classic_at(w, array, 2), 0, 0x90, 1);
	map_world_slot(w, spill, 5, 0x90, 2);
	assert_true(lookup(w, hash, key, &e));
	assert_int_equal(e.unit, 2);
	assert_int_equal(e.chain, 1);
	assert_int_equal(e.slot, 5);
	assert_false(lookup(w, hash ^ 1, key, &e));
	assert_false(lookup(w, 2, key, &e)); /* another tophash */
	/* A tophash of 0..4 would be a mark: 5 is added. */
	map_world_slot(w, spill, 5, 7, 2);
	assert_true(lookup(w, 2ULL << 56 | 2, key, &e));
	/* In a circle there is an end too. */
	classic_link(w, spill, spill);
	assert_false(lookup(w, hash, 1, &e));
}

static void a_lookup_begins_in_the_old_bucket_until_it_moves(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = classic_new(8, 8);
	uint64_t array = classic_buckets(w, 4), old = classic_buckets(w, 2);
	uint64_t hash = 0x90ULL << 56 | 3;
	struct map_entry e;

	classic_header(w, 1, 2, array);
	map_world_set(w, w->view.header + CLASSIC_OLD, old, 8);
	map_world_slot(w, classic_at(w, old, 1), 0, 0x90, 1);
	assert_true(lookup(w, hash, classic_at(w, old, 1) + 8, &e));
	assert_true(e.old);
	assert_int_equal(e.unit, 1);
	map_world_slot(w, classic_at(w, old, 1), 0, Y, 1);
	map_world_slot(w, classic_at(w, array, 3), 4, 0x90, 1);
	assert_true(lookup(w, hash, classic_at(w, array, 3) + 40, &e));
	assert_false(e.old);
	assert_int_equal(e.unit, 3);
}

static bool any_key(void *arg, const struct map_entry *entry)
{
	(void)entry;
	++*(unsigned *)arg;
	return false;
}

/* Behind the tophashes come keys, which may look like one of them. */
static void eight_tophashes_are_compared(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = classic_new(8, 8);
	uint64_t array = classic_buckets(w, 1);
	struct map_entry e;
	unsigned asked = 0;
	bool found = false;

	classic_header(w, 1, 0, array);
	map_world_slot(w, array, 0, LIVE, 0x77);
	assert_null(map_find_by_hash(&w->view, 0x77ULL << 56, any_key, &asked,
				     &e, &found));
	assert_false(found);
	assert_int_equal(asked, 0);
	map_world_slot(w, array, 7, 0x77, 1);
	assert_null(map_find_by_hash(&w->view, 0x77ULL << 56, any_key, &asked,
				     &e, &found));
	assert_int_equal(asked, 1);
}

/* More than 6.5 entries a bucket, or as many overflow buckets as buckets. */
static void a_map_grows_when_the_runtime_would_grow_it(void **state)
{
	static const struct {
		uint8_t b;
		uint64_t count;
		uint16_t overflow;
		bool grows;
	} cases[] = {
		{0, 7, 0, false},     {0, 8, 0, true},	{1, 12, 0, false},
		{1, 13, 0, true},     {2, 26, 0, true}, {2, 25, 0, false},
		{2, 1, 3, false},     {2, 1, 4, true},	{16, 1, 32767, false},
		{16, 1, 32768, true},
	};
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = classic_new(8, 8);
	uint64_t array = classic_buckets(w, 4), old = classic_buckets(w, 2);
	uint64_t overflow = w->view.header + CLASSIC_NOVERFLOW;
	struct map_home home;
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		classic_header(w, cases[i].count, cases[i].b, array);
		map_world_set(w, overflow, cases[i].overflow, 2);
		assert_null(map_classic_ops.home(&w->view, 0, &home));
		assert_true(home.exists);
		assert_int_equal(home.grows, cases[i].grows);
	}
	/* It does not begin while it is at it. */
	classic_header(w, 26, 2, array);
	map_world_set(w, w->view.header + CLASSIC_OLD, old, 8);
	assert_null(map_classic_ops.home(&w->view, 0, &home));
	assert_false(home.grows);
}

static void headers_are_told_from_other_memory(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = classic_new(8, 8);
	uint64_t header = w->view.header, array = classic_buckets(w, 2);

	classic_header(w, 1, 1, array);
	assert_true(map_header_plausible(w->sample, header, false));
	assert_false(map_header_plausible(w->sample, header + 4, false));
	map_world_set(w, header + CLASSIC_FLAGS, 8, 1); /* of no old array */
	assert_false(map_header_plausible(w->sample, header, false));
	map_world_set(w, header + CLASSIC_FLAGS, 0, 1);
	map_world_set(w, header + CLASSIC_BUCKETS, MAP_WORLD_NOWHERE, 8);
	assert_false(map_header_plausible(w->sample, header, false));
	map_world_set(w, header + CLASSIC_BUCKETS, 0, 8);
	assert_false(map_header_plausible(w->sample, header, false));
	map_world_set(w, header + CLASSIC_COUNT, 0, 8);
	assert_true(map_header_plausible(w->sample, header, false));
	assert_false(map_header_plausible(w->sample, MAP_WORLD_NOWHERE, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_map_without_buckets_has_no_slots),
		cmocka_unit_test(one_bucket_gives_keys_and_elements),
		cmocka_unit_test(overflow_buckets_lengthen_their_chain),
		cmocka_unit_test(a_growing_map_counts_each_entry_once),
		cmocka_unit_test(an_old_array_may_be_of_the_same_size),
		cmocka_unit_test(empty_buckets_are_evacuated_too),
		cmocka_unit_test(growth_from_one_bucket_has_one_old_bucket),
		cmocka_unit_test(small_arrays_have_no_spare_buckets),
		cmocka_unit_test(spare_buckets_come_with_the_array),
		cmocka_unit_test(lists_of_overflow_buckets_are_counted),
		cmocka_unit_test(
			a_longer_header_has_extra_behind_the_clear_count),
		cmocka_unit_test(indirect_keys_and_elements_are_followed),
		cmocka_unit_test(zero_size_keys_and_elements_take_no_room),
		cmocka_unit_test(a_map_in_the_act_of_writing_is_marked),
		cmocka_unit_test(a_chain_that_bites_its_tail_ends),
		cmocka_unit_test(a_chain_into_the_array_is_not_followed),
		cmocka_unit_test(wild_pointers_are_marked_and_the_rest_is_read),
		cmocka_unit_test(absurd_sizes_end_at_the_end_of_memory),
		cmocka_unit_test(unknown_flags_are_corruption),
		cmocka_unit_test(a_lookup_goes_down_the_chain_of_its_bucket),
		cmocka_unit_test(
			a_lookup_begins_in_the_old_bucket_until_it_moves),
		cmocka_unit_test(eight_tophashes_are_compared),
		cmocka_unit_test(a_map_grows_when_the_runtime_would_grow_it),
		cmocka_unit_test(headers_are_told_from_other_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
