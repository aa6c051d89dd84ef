/*
 * Swiss maps, since Go 1.24.
 *
 * type Map struct { used uint64; seed uintptr; dirPtr unsafe.Pointer
 *	dirLen int; globalDepth, globalShift, writing, ... uint8; clearSeq }
 * type table struct { used, capacity, growthLeft uint16; localDepth uint8
 *	index int; groups struct { data *group; lengthMask uint64 } }
 * A group is eight control bytes and eight slots. A small map has no table:
 * dirLen is 0 and dirPtr its only group.
 */
#include <string.h>

#include "core/base/limits.h"
#include "core/container/container_priv.h"

enum {
	MAP_BYTES = 48,
	TABLE_BYTES = 32,
	TABLE_SLOTS_MAX = 1024, /* then it is split */
	DAMAGED_MAX = 4096,	/* tables; the rest is not worth the time */
};

static const uint64_t TOP_BITS = 0x8080808080808080;

struct swiss {
	uint64_t used, dir, dir_len;
	uint8_t depth, shift, writing;
};

struct table {
	uint64_t addr, groups, group_count;
	int64_t index;
	uint16_t used, capacity, growth_left;
	uint8_t local_depth;
};

static bool load(const struct map_view *view, struct swiss *m)
{
	const uint8_t *p = sample_view(view->sample, view->header, MAP_BYTES);

	if (!p)
		return false;
	memcpy(&m->used, p, 8);
	memcpy(&m->dir, p + 16, 8);
	memcpy(&m->dir_len, p + 24, 8);
	m->depth = p[32];
	m->shift = p[33];
	m->writing = p[34];
	return m->dir_len <= LIMIT_SWISS_DIR && m->depth < 32 &&
	       (!m->dir_len || m->dir_len == 1ULL << m->depth);
}

static bool load_table(const struct map_view *view, uint64_t addr,
		       struct table *t)
{
	const uint8_t *p = sample_view(view->sample, addr, TABLE_BYTES);
	uint64_t mask;

	if (!p)
		return false;
	*t = (struct table){.addr = addr, .local_depth = p[6]};
	memcpy(&t->used, p, 2);
	memcpy(&t->capacity, p + 2, 2);
	memcpy(&t->growth_left, p + 4, 2);
	memcpy(&t->index, p + 8, 8);
	memcpy(&t->groups, p + 16, 8);
	memcpy(&mask, p + 24, 8);
	t->group_count = mask + 1;
	return mask < TABLE_SLOTS_MAX / 8 && !(mask & t->group_count) &&
	       t->group_count * 8 == t->capacity;
}

/*
 * Tables in directory order, each once: a table of smaller depth fills several
 * neighbouring slots. A small map is one table of one group.
 */
struct tables {
	const struct map_view *view;
	const struct swiss *m;
	uint64_t slot;	 /* next directory slot */
	uint64_t number; /* of the table last given */
	uint64_t last;	 /* address of it */
	bool started;
	unsigned damaged;
};

static bool small_table(const struct swiss *m, struct table *ret)
{
	*ret = (struct table){
		.groups = m->dir,
		.group_count = 1,
		.capacity = 8,
		.used = (uint16_t)m->used,
	};
	return m->dir != 0;
}

static bool next_table(struct tables *it, struct table *ret)
{
	uint64_t addr;

	if (!it->m->dir_len) {
		if (it->started)
			return false;
		it->started = true;
		return small_table(it->m, ret);
	}
	while (it->slot < it->m->dir_len) {
		uint64_t here = it->slot++;

		if (!sample_u64(it->view->sample, it->m->dir + here * 8,
				&addr)) {
			it->damaged++;
			return false;
		}
		if (it->started && addr == it->last)
			continue;
		it->last = addr;
		it->number += it->started;
		it->started = true;
		if (load_table(it->view, addr, ret) &&
		    ret->index == (int64_t)here &&
		    ret->local_depth <= it->m->depth)
			return true;
		if (++it->damaged > DAMAGED_MAX)
			return false;
	}
	return false;
}

/* The groups of a table, NULL if not all of them are readable. */
static const uint8_t *groups_of(const struct map_view *view,
				const struct table *t)
{
	return sample_view(view->sample, t->groups,
			   t->group_count * view->type->layout->unit);
}

/*
 * How many groups a lookup of an absent key reads from each home group: it
 * stops at the first one with an empty slot. The probe goes g, g+1, g+3, ...
 */
static uint64_t add_probes(const uint8_t *mem, uint64_t unit,
			   const struct table *t, uint64_t base,
			   struct map_figures *f)
{
	uint64_t mask = t->group_count - 1, sum = 0, home;

	for (home = 0; home < t->group_count; home++) {
		uint64_t g = home, step = 0, length = 1;

		/* The last group of a probe is read whatever it holds. */
		while (length < t->group_count) {
			uint64_t c = control_word(mem + g * unit);

			/* Empty is 0x80: its low bits are all off. */
			if (c & ~(c << 6) & TOP_BITS)
				break;
			g = (g + ++step) & mask;
			length++;
		}
		histogram_add(f, length, base + home);
		sum += length;
	}
	return sum;
}

struct counts {
	uint64_t live, deleted, full_groups;
};

/* How many of TOP_BITS are set, with one multiplication. */
static unsigned top_bits(uint64_t bits)
{
	return (unsigned)((bits >> 7) * 0x0101010101010101ULL >> 56);
}

static struct counts count_group(uint64_t c)
{
	uint64_t not_live = c & TOP_BITS;
	uint64_t empty = c & ~(c << 6) & TOP_BITS;

	return (struct counts){
		.live = 8 - top_bits(not_live),
		.deleted = top_bits(not_live & ~empty),
		.full_groups = !empty,
	};
}

static void add_table(const struct map_view *view, const struct table *t,
		      struct map_figures *f, uint64_t *sum)
{
	const uint64_t unit = view->type->layout->unit;
	const uint8_t *mem = groups_of(view, t);
	uint64_t i;

	f->slots += t->capacity;
	f->growth_left += t->growth_left;
	f->storage_bytes +=
		container_storage(view, t->groups, t->group_count * unit);
	if (t->addr) {
		f->storage_bytes +=
			container_storage(view, t->addr, TABLE_BYTES);
		f->tables++;
	}
	if (!mem) {
		f->flags |= CONTAINER_UNREADABLE;
		return;
	}
	for (i = 0; i < t->group_count; i++) {
		struct counts c = count_group(control_word(mem + i * unit));

		f->live += c.live;
		f->tombstones += c.deleted;
		f->full_groups += c.full_groups;
		if (view->charts)
			view->charts->fill[c.live]++;
	}
	*sum += add_probes(mem, unit, t, f->groups, f);
	f->groups += t->group_count;
}

/* Groups that a lookup reads until it is at @p group; 0: it never comes. */
static uint64_t hit_length(const struct table *t, const uint8_t *mem,
			   uint64_t unit, uint64_t hash, uint64_t group)
{
	uint64_t mask = t->group_count - 1, g = hash >> 7 & mask, n;

	for (n = 1; n <= t->group_count; n++) {
		uint64_t c = control_word(mem + g * unit);

		if (g == group)
			return n;
		if (c & ~(c << 6) & TOP_BITS)
			return 0;
		g = (g + n) & mask;
	}
	return 0;
}

/* What all entries of the map tell of its hits. */
struct hits {
	struct map_figures figures; /* the chain part only */
	uint64_t sum, count;
};

/* The key's bytes: in the group, or where it points to. */
static const uint8_t *key_bytes(const struct map_view *view,
				const uint8_t *group, unsigned slot)
{
	const struct go_map_layout *l = view->type->layout;
	const uint8_t *at = group + l->keys_off + slot * l->key_stride;
	uint64_t addr;

	if (!l->indirect_key)
		return at;
	memcpy(&addr, at, 8);
	return sample_view(view->sample, addr,
			   go_type(view->types, view->type->key)->size);
}

static bool add_hit(const struct map_view *view, const struct table *t,
		    const uint8_t *mem, uint64_t base, uint64_t seed,
		    uint64_t slot, struct hits *hits)
{
	const uint64_t unit = view->type->layout->unit;
	const uint8_t *group = mem + slot / 8 * unit;
	const uint8_t *key = key_bytes(view, group, slot % 8);
	uint64_t hash, length = 1;

	/* No lookup finds a NaN; a small map is not probed. */
	if (!key || !map_hash(view->hasher, key, seed, &hash))
		return true;
	if (swiss_h2(hash) != group[slot % 8])
		return false;
	if (t->addr)
		length = hit_length(t, mem, unit, hash, slot / 8);
	if (!length)
		return false;
	histogram_add(&hits->figures, length, base + slot / 8);
	hits->sum += length;
	hits->count++;
	return true;
}

static bool add_hits(const struct map_view *view, const struct table *t,
		     uint64_t base, uint64_t seed, struct hits *hits)
{
	const uint64_t unit = view->type->layout->unit;
	const uint8_t *mem = groups_of(view, t);
	uint64_t i;

	for (i = 0; mem && i < 8 * t->group_count; i++)
		if (!(mem[i / 8 * unit + i % 8] & 0x80) &&
		    !add_hit(view, t, mem, base, seed, i, hits))
			return false;
	return mem != NULL;
}

/*
 * Replace the lengths of misses by those of hits, if each entry is where its
 * hash says; else the hash is not what we think.
 */
static void tell_hits(const struct map_view *view, const struct swiss *m,
		      struct map_figures *f)
{
	struct tables it = {.view = view, .m = m};
	struct hits hits = {0};
	struct map_figures *from = &hits.figures;
	struct table table;
	uint64_t base = 0, seed;

	if (!map_seed(view, &seed))
		return;
	while (!job_cancelled(view->job) && next_table(&it, &table)) {
		if (!add_hits(view, &table, base, seed, &hits))
			return;
		base += table.group_count;
	}
	if (!hits.count)
		return;
	histogram_finish(from, hits.sum, hits.count);
	memcpy(f->histogram, from->histogram, sizeof(f->histogram));
	f->chain_max = from->chain_max;
	f->chain_index = from->chain_index;
	f->chain_mean = from->chain_mean;
	f->chain_p99 = from->chain_p99;
	f->chain_hits = true;
	if (view->charts)
		memcpy(view->charts->hit, f->histogram, sizeof(f->histogram));
}

static struct error *figures(const struct map_view *view,
			     struct map_figures *ret)
{
	const struct go_map_layout *l = view->type->layout;
	struct swiss m = {0};
	struct tables it = {.view = view, .m = &m};
	struct table table;
	uint64_t sum = 0;

	if (!load(view, &m)) {
		ret->flags |= CONTAINER_UNREADABLE | CONTAINER_CORRUPT;
		return NULL;
	}
	ret->count = m.used;
	ret->directory = m.dir_len;
	ret->global_depth = m.depth;
	ret->slot_bytes = l->unit > 8 ? (l->unit - 8) / 8 : 0;
	ret->storage_bytes = container_storage(view, view->header, MAP_BYTES);
	if (m.dir_len)
		ret->storage_bytes +=
			container_storage(view, m.dir, m.dir_len * 8);
	while (!job_cancelled(view->job) && next_table(&it, &table))
		add_table(view, &table, ret, &sum);
	histogram_finish(ret, sum, ret->groups);
	if (view->charts)
		memcpy(view->charts->miss, ret->histogram,
		       sizeof(ret->histogram));
	if (view->hasher)
		tell_hits(view, &m, ret);
	if (it.damaged)
		ret->flags |= CONTAINER_CORRUPT;
	if (m.writing)
		ret->flags |= CONTAINER_WRITING;
	if (ret->live != ret->count && !(ret->flags & CONTAINER_UNREADABLE))
		ret->flags |= CONTAINER_TORN;
	return job_check(view->job);
}

/* Table number @p number in directory order. */
static bool table_number(const struct map_view *view, const struct swiss *m,
			 uint64_t number, struct table *ret)
{
	struct tables it = {.view = view, .m = m};

	while (next_table(&it, ret))
		if (it.number == number)
			return true;
	return false;
}

/* The cursor: index is the directory slot, table its number, unit the group,
 * slot the next slot; chain_addr the groups of the table, steps their count. */
static bool open_table(const struct map_view *view, const struct swiss *m,
		       struct map_cursor *c)
{
	struct tables it = {
		.view = view,
		.m = m,
		.slot = c->index,
		.number = c->table,
		.last = c->chain_addr,
		.started = c->phase != 0,
	};
	struct table t;

	while (next_table(&it, &t)) {
		c->index = it.slot;
		c->table = it.number;
		c->chain_addr = it.last;
		c->phase = 1;
		c->unit = c->slot = 0;
		if (groups_of(view, &t)) {
			c->steps = t.group_count;
			return true;
		}
		it.started = true;
	}
	return false;
}

static const uint8_t *cursor_groups(const struct map_view *view,
				    const struct swiss *m,
				    const struct map_cursor *c,
				    struct table *ret)
{
	if (!m->dir_len)
		return small_table(m, ret) ? groups_of(view, ret) : NULL;
	if (!load_table(view, c->chain_addr, ret))
		return NULL;
	return groups_of(view, ret);
}

static struct error *next(const struct map_view *view, struct map_cursor *c,
			  struct map_entry *ret, bool *more)
{
	const uint64_t unit = view->type->layout->unit;
	struct swiss m = {0};
	struct table t;
	const uint8_t *mem;

	*more = false;
	if (!load(view, &m))
		return error_fault(view->header, MAP_BYTES);
	if (!c->phase && !open_table(view, &m, c))
		return NULL;
	do {
		mem = cursor_groups(view, &m, c, &t);
		for (; mem && c->unit < t.group_count; c->unit++, c->slot = 0) {
			const uint8_t *group = mem + c->unit * unit;

			while (c->slot < 8 && group[c->slot] & 0x80)
				c->slot++;
			if (c->slot == 8)
				continue;
			*ret = (struct map_entry){
				.table = c->table,
				.unit = c->unit,
				.slot = (uint8_t)c->slot,
			};
			container_place(view, t.groups + c->unit * unit,
					c->slot, &ret->key, &ret->elem);
			c->slot++;
			*more = true;
			return NULL;
		}
	} while (open_table(view, &m, c));
	return NULL;
}

static struct error *units(const struct map_view *view, uint64_t table,
			   uint64_t index, bool old, struct map_unit *ret,
			   uint32_t max, uint32_t *count_ret)
{
	const uint64_t unit = view->type->layout->unit;
	struct swiss m = {0};
	struct table t;
	const uint8_t *mem;

	(void)old;
	if (!load(view, &m))
		return error_fault(view->header, MAP_BYTES);
	if (!max || !table_number(view, &m, table, &t) ||
	    index >= t.group_count)
		return error_new(ERROR_NOT_FOUND, "no such group");
	mem = sample_view(view->sample, t.groups + index * unit, unit);
	if (!mem)
		return error_fault(t.groups + index * unit, unit);
	*ret = (struct map_unit){
		.addr = t.groups + index * unit,
		.table = table,
	};
	if (t.addr)
		ret->in = (struct map_unit_table){
			.addr = t.addr,
			.used = t.used,
			.slots = t.capacity,
			.growth_left = t.growth_left,
			.local_depth = t.local_depth,
		};
	container_unit(view, mem, ret);
	*count_ret = 1;
	return NULL;
}

static void add_to_cell(const struct map_view *view, const struct table *t,
			struct map_cell *cell)
{
	const uint64_t unit = view->type->layout->unit;
	const uint8_t *mem = groups_of(view, t);
	uint64_t i;

	cell->count++;
	if (!mem) {
		cell->unread++;
		return;
	}
	cell->slots += t->capacity;
	for (i = 0; i < t->group_count; i++) {
		struct counts c = count_group(control_word(mem + i * unit));

		cell->live += c.live;
		cell->deleted += c.deleted;
	}
}

static struct error *occupancy(const struct map_view *view, bool old,
			       struct map_cell *ret, uint32_t cells,
			       uint32_t *count_ret)
{
	struct swiss m = {0};
	struct tables it = {.view = view, .m = &m}, count;
	uint64_t tables = 0, per, n = 0;
	struct table t;

	if (old || !load(view, &m))
		return NULL;
	count = it;
	while (next_table(&count, &t))
		tables++;
	per = tables ? (tables + cells - 1) / cells : 1;
	for (; !job_cancelled(view->job) && next_table(&it, &t); n++) {
		if (n % per == 0)
			ret[(*count_ret)++] = (struct map_cell){.first = n};
		add_to_cell(view, &t, &ret[*count_ret - 1]);
	}
	return job_check(view->job);
}

static bool seed(const struct map_view *view, uint64_t *ret)
{
	return sample_u64(view->sample, view->header + 8, ret);
}

/* The table that keys with @p hash are in; false if it is damaged. */
static bool table_for(const struct map_view *view, const struct swiss *m,
		      uint64_t hash, struct table *ret, uint64_t *number_ret)
{
	struct tables it = {.view = view, .m = m};
	uint64_t slot = m->depth ? hash >> (64 - m->depth) : 0;

	/* The number is known only by counting. */
	while (next_table(&it, ret)) {
		uint64_t first = ret->addr ? (uint64_t)ret->index : 0;

		*number_ret = it.number;
		if (slot - first < 1ULL << (m->depth - ret->local_depth))
			return true;
	}
	return false;
}

static struct error *home(const struct map_view *view, uint64_t hash,
			  struct map_home *ret)
{
	struct swiss m = {0};
	struct table t;

	if (!load(view, &m))
		return error_fault(view->header, MAP_BYTES);
	if (!m.dir && !m.dir_len)
		return NULL;
	if (!table_for(view, &m, hash, &t, &ret->table))
		return error_new(ERROR_CORRUPT, "the table is damaged");
	ret->exists = true;
	ret->small = !m.dir_len;
	ret->unit = hash >> 7 & (t.group_count - 1);
	ret->grows = ret->small ? m.used >= 8 : !t.growth_left;
	return NULL;
}

/* Slots of one group whose control byte is right. */
static bool find_in_group(const struct map_view *view, const uint8_t *group,
			  uint64_t addr, uint8_t h2, map_same_fn *same,
			  void *arg, struct map_entry *ret)
{
	for (ret->slot = 0; ret->slot < 8; ret->slot++) {
		if (group[ret->slot] != h2)
			continue;
		container_place(view, addr, ret->slot, &ret->key, &ret->elem);
		if (same(arg, ret))
			return true;
	}
	return false;
}

static struct error *find(const struct map_view *view, uint64_t hash,
			  map_same_fn *same, void *arg, struct map_entry *ret,
			  bool *found)
{
	const uint64_t unit = view->type->layout->unit;
	struct swiss m = {0};
	struct table t;
	const uint8_t *mem;
	uint64_t g, n;

	*ret = (struct map_entry){0};
	if (!load(view, &m))
		return error_fault(view->header, MAP_BYTES);
	if (!table_for(view, &m, hash, &t, &ret->table))
		return NULL;
	mem = groups_of(view, &t);
	if (!mem)
		return error_fault(t.groups, t.group_count * unit);
	g = hash >> 7 & (t.group_count - 1);
	for (n = 1; n <= t.group_count; n++) {
		uint64_t c = control_word(mem + g * unit);

		ret->unit = g;
		*found =
			find_in_group(view, mem + g * unit, t.groups + g * unit,
				      swiss_h2(hash), same, arg, ret);
		if (*found || c & ~(c << 6) & TOP_BITS)
			return NULL;
		g = (g + n) & (t.group_count - 1);
	}
	return NULL;
}

static uint64_t unit_count(const struct map_view *view, uint64_t table)
{
	struct swiss m = {0};
	struct table t;

	if (!load(view, &m) || !table_number(view, &m, table, &t))
		return 0;
	return t.group_count;
}

const struct container_ops map_swiss_ops = {
	.name = "swiss",
	.figures = figures,
	.next = next,
	.units = units,
	.occupancy = occupancy,
	.unit_count = unit_count,
	.seed = seed,
	.find = find,
	.home = home,
};
