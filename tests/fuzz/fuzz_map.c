/*
 * Each map walker over mutated memory: a good map of either family is built in
 * a fake sample, the input changes it, and whatever it is then is walked.
 *
 * Input: one byte that chooses the map, then changes of four bytes: where (two
 * bytes), how, and with what.
 */
#include "tests/unit/map_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHANGES_MAX = 64, ENTRIES_MAX = 1 << 24, UNITS = 16 };

/* Two tables of four groups, one with tombstones, in a directory of four. */
static void build_swiss(struct map_world *w)
{
	uint64_t dir = map_world_alloc(w, 32), tables[3], i;

	tables[0] = swiss_table(w, 4, 7, 20, 1, 0);
	tables[1] = swiss_table(w, 4, 9, 12, 2, 2);
	tables[2] = swiss_table(w, 2, 0, 14, 2, 3);
	for (i = 0; i < 4; i++)
		map_world_set(w, dir + 8 * i, tables[i < 2 ? 0 : i - 1], 8);
	for (i = 0; i < 7; i++)
		map_world_slot(w, swiss_at(w, tables[0], i % 4), i / 4, 1, i);
	for (i = 0; i < 16; i++)
		map_world_slot(w, swiss_at(w, tables[1], i / 8), i % 8,
			       i < 9 ? 1 : SWISS_DELETED, i);
	swiss_header(w, 16, dir, 4, 2);
}

static void build_small(struct map_world *w)
{
	uint64_t group = swiss_groups(w, 1);

	map_world_slot(w, group, 0, 1, 1);
	map_world_slot(w, group, 3, 2, 2);
	swiss_header(w, 2, group, 0, 0);
}

/* Growing from four to eight buckets, with chains in both arrays. */
static void build_classic(struct map_world *w)
{
	uint64_t array = classic_buckets(w, 9), old = classic_buckets(w, 4);
	uint64_t spill = classic_buckets(w, 3), extra = map_world_alloc(w, 24);
	uint64_t list = map_world_alloc(w, 24), data = map_world_alloc(w, 32);
	unsigned i;

	classic_header(w, 7, 3, array);
	map_world_set(w, w->view.header + CLASSIC_OLD, old, 8);
	map_world_set(w, w->view.header + CLASSIC_EXTRA, extra, 8);
	map_world_set(w, extra, list, 8);
	map_world_set(w, list, data, 8);
	map_world_set(w, list + 16, 4, 8);
	for (i = 0; i < 3; i++)
		map_world_slot(w, classic_at(w, array, i), i, 0x80, i);
	for (i = 0; i < 4; i++)
		map_world_slot(w, classic_at(w, old, i), 0, i % 2 ? 2 : 0x80,
			       i);
	for (i = 0; i < 3; i++)
		map_world_slot(w, classic_at(w, spill, i), 7, 0x90, i);
	classic_link(w, classic_at(w, array, 5), classic_at(w, array, 8));
	classic_link(w, classic_at(w, array, 8), spill);
	classic_link(w, spill, classic_at(w, spill, 1));
	classic_link(w, classic_at(w, old, 2), classic_at(w, spill, 2));
}

static struct map_world *build(uint8_t choice)
{
	static const uint8_t sizes[] = {8, 0, 16, 4};
	uint64_t key = sizes[choice >> 2 & 3], elem = sizes[choice >> 4 & 3];
	struct map_world *w;

	switch (choice & 3) {
	case 0:
		w = classic_new(key, elem);
		build_classic(w);
		break;
	case 1:
		w = swiss_new(key, elem);
		build_swiss(w);
		break;
	case 2:
		w = swiss_new_split(key, elem);
		build_swiss(w);
		break;
	default:
		w = swiss_new(key, elem);
		build_small(w);
	}
	w->layout.indirect_key = key == 8 && choice & 64;
	w->layout.indirect_elem = elem == 8 && choice & 128;
	return w;
}

static void change(struct map_world *w, const uint8_t *p)
{
	static const uint64_t extremes[] = {
		0,	    1,		8,	    UINT64_MAX, INT64_MAX,
		1ULL << 63, 1ULL << 40, UINT32_MAX, 1 << 30,	1 << 16,
	};
	uint64_t where = (p[0] | (uint64_t)p[1] << 8) % (w->used + 8);

	switch (p[2] & 3) {
	case 0:
		w->mem[where] = p[3];
		break;
	case 1: /* a pointer to somewhere in the map */
		where &= ~7ULL;
		map_world_set(w, MAP_WORLD_BASE + where,
			      MAP_WORLD_BASE +
				      (p[3] | (uint64_t)(p[2] >> 2) << 8) * 8,
			      8);
		break;
	case 2: /* a bucket's, group's or table's address plus a little */
		where &= ~7ULL;
		map_world_set(w, MAP_WORLD_BASE + where,
			      MAP_WORLD_BASE + 48 + p[3] * w->layout.unit +
				      (p[2] >> 2),
			      8);
		break;
	default:
		where &= ~7ULL;
		map_world_set(w, MAP_WORLD_BASE + where,
			      extremes[p[3] % ARRAY_LEN(extremes)], 8);
	}
}

static void walk_units(const struct map_world *w)
{
	struct map_unit units[UNITS];
	uint64_t table, i;
	uint32_t count;

	for (table = 0; table < 4; table++) {
		uint64_t n = map_unit_count(&w->view, table);

		for (i = 0; i < n && i < UNITS; i++)
			error_free(map_units(&w->view, table, i, table == 1,
					     units, UNITS, &count));
	}
}

static void walk(const struct map_world *w)
{
	struct map_figures f;
	struct map_cursor cursor = {0};
	struct map_entry entry;
	struct error *err;
	struct map_cell cells[UNITS];
	uint64_t entries = 0;
	uint32_t count;
	bool more = true;

	error_free(map_figures_load(&w->view, &f));
	for (;; entries++) {
		err = map_next(&w->view, &cursor, &entry, &more);
		if (err || !more)
			break;
		if (entries > ENTRIES_MAX)
			abort();
	}
	error_free(err);
	/* Both ways to walk a map agree unless it is damaged. */
	if (!(f.flags & (CONTAINER_UNREADABLE | CONTAINER_CORRUPT)) &&
	    entries != f.live)
		abort();
	walk_units(w);
	error_free(map_occupancy(&w->view, false, cells, UNITS, &count));
	if (count > UNITS)
		abort();
	map_header_plausible(w->sample, w->view.header, w->layout.swiss);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct map_world *w;
	size_t i;

	if (!size)
		return 0;
	w = build(data[0]);
	for (i = 0; i < CHANGES_MAX && 1 + 4 * (i + 1) <= size; i++)
		change(w, data + 1 + 4 * i);
	walk(w);
	map_world_free(&w);
	return 0;
}
