/*
 * Classic maps, up to Go 1.23 (1.24 and 1.25 with GOEXPERIMENT=noswissmap).
 *
 * type hmap struct { count int; flags, B uint8; noverflow uint16; hash0 uint32
 *	buckets, oldbuckets unsafe.Pointer; nevacuate uintptr
 *	[clearSeq uint64]; extra *mapextra }
 * A bucket is { tophash [8]uint8; keys; elems; overflow }.
 */
#include <string.h>

#include "core/base/limits.h"
#include "core/container/container_priv.h"
#include "core/go/go_type.h"

enum {
	FLAG_HASH_WRITING = 4,
	FLAG_SAME_SIZE = 8,
	FLAGS_KNOWN = 15,
	TOP_MIN_LIVE = CLASSIC_TOP_MIN_LIVE,
	EVACUATED_MIN = 2,
	EVACUATED_MAX = 4,
	HMAP_BYTES = 48,
	MAPEXTRA_BYTES = 24,
	CHECK_EVERY = 4096,
};

struct hmap {
	uint64_t count, buckets, old, nevacuate, extra;
	uint64_t n, old_n; /* buckets of the arrays; old_n 0 without one */
	uint8_t flags, b;
	uint16_t noverflow;
	uint64_t bytes; /* of the header */
};

static bool load(const struct map_view *view, struct hmap *h)
{
	const struct go_type *header =
		go_type(view->types, view->type->layout->header);
	const uint8_t *p;

	/* clearSeq in front of extra came with Go 1.24. */
	h->bytes = header->size == 56 ? 56 : HMAP_BYTES;
	p = sample_view(view->sample, view->header, h->bytes);
	if (!p)
		return false;
	memcpy(&h->count, p, 8);
	h->flags = p[8];
	h->b = p[9];
	memcpy(&h->noverflow, p + 10, 2);
	memcpy(&h->buckets, p + 16, 8);
	memcpy(&h->old, p + 24, 8);
	memcpy(&h->nevacuate, p + 32, 8);
	memcpy(&h->extra, p + h->bytes - 8, 8);
	if (h->b > LIMIT_MAP_B)
		return false;
	h->n = h->buckets ? 1ULL << h->b : 0;
	h->old_n = !h->old		       ? 0
		   : h->flags & FLAG_SAME_SIZE ? 1ULL << h->b
		   : h->b		       ? 1ULL << (h->b - 1)
					       : 1;
	return true;
}

/* An array in the sample, viewed as far as it is readable at once. */
struct array {
	const struct sample *sample;
	const uint8_t *mem; /* of bucket `first`; NULL if unreadable */
	uint64_t base, n, unit, first, count;
};

/* The bytes of bucket @p i; NULL if unreadable. */
static const uint8_t *bucket_at(struct array *a, uint64_t i)
{
	uint64_t addr = a->base + i * a->unit, bytes;

	if (a->mem && i - a->first < a->count)
		return a->mem + (i - a->first) * a->unit;
	bytes = sample_extent(a->sample, addr, (a->n - i) * a->unit);
	a->first = i;
	a->count = bytes / a->unit;
	a->mem = a->count ? sample_view(a->sample, addr, a->count * a->unit)
			  : NULL;
	if (!a->mem)
		a->count = 0;
	return a->mem;
}

static unsigned live_slots(const uint8_t *bucket)
{
	unsigned i, n = 0;

	for (i = 0; i < 8; i++)
		n += bucket[i] >= TOP_MIN_LIVE;
	return n;
}

struct chain_walk {
	const struct map_view *view;
	const struct hmap *h;
	struct map_figures *f;
	uint64_t live, overflow, overflow_bytes;
	uint64_t budget; /* buckets this map may still have */
	bool old;	 /* of the old array */
};

static uint64_t overflow_of(const struct map_view *view, const uint8_t *bucket)
{
	uint64_t next;

	memcpy(&next, bucket + view->type->layout->overflow_off, 8);
	return next;
}

/*
 * Is @p next, which follows @p length buckets, no overflow bucket? Either it is
 * a main bucket (those end no chain: the last spare one holds the array's
 * address) or the chain has met it: @p mark is a bucket of the chain, another
 * one each time its length doubles (Brent).
 */
static bool chain_ends_badly(const struct hmap *h, uint64_t unit, uint64_t next,
			     uint64_t length, uint64_t *mark)
{
	if (next - h->buckets < h->n * unit || next - h->old < h->old_n * unit)
		return true;
	if (next == *mark || length > LIMIT_CHAIN)
		return true;
	if (!(length & (length - 1)))
		*mark = next;
	return false;
}

/* A bucket after @p before others of its chain. */
static void count_bucket(struct chain_walk *w, const uint8_t *bucket,
			 uint64_t before)
{
	struct map_charts *charts = w->view->charts;
	unsigned live = live_slots(bucket);

	w->live += live;
	if (!charts)
		return;
	if (before >= CONTAINER_HISTOGRAM)
		before = CONTAINER_HISTOGRAM - 1;
	charts->hit[before] += live;
	if (w->old)
		charts->old_live += live;
	else
		charts->fill[live]++;
}

/* Length of the chain that begins with @p bucket. */
static uint64_t walk_chain(struct chain_walk *w, const uint8_t *bucket)
{
	const uint64_t unit = w->view->type->layout->unit;
	uint64_t length = 1, next, mark = 0;

	count_bucket(w, bucket, 0);
	while ((next = overflow_of(w->view, bucket))) {
		if (!w->budget ||
		    chain_ends_badly(w->h, unit, next, length, &mark)) {
			w->f->flags |= CONTAINER_CORRUPT;
			break;
		}
		bucket = sample_view(w->view->sample, next, unit);
		if (!bucket) {
			w->f->flags |= CONTAINER_UNREADABLE;
			break;
		}
		w->budget--;
		count_bucket(w, bucket, length++);
		w->overflow++;
	}
	return length;
}

static bool is_evacuated(const uint8_t *bucket)
{
	return bucket[0] >= EVACUATED_MIN && bucket[0] <= EVACUATED_MAX;
}

static void count_old(struct chain_walk *w, const uint8_t *bucket,
		      uint64_t length)
{
	struct map_charts *charts = w->view->charts;

	if (is_evacuated(bucket))
		w->f->evacuated++;
	else if (charts)
		charts->old[length < CONTAINER_HISTOGRAM
				    ? length - 1
				    : CONTAINER_HISTOGRAM - 1]++;
}

/* Chains of one array; of the old one evacuated ones instead of lengths. */
static void walk_array(struct chain_walk *w, struct array *a, uint64_t *sum)
{
	uint64_t i;

	for (i = 0; i < a->n; i++) {
		const uint8_t *bucket = bucket_at(a, i);
		uint64_t length;

		if (i % CHECK_EVERY == 0 && job_cancelled(w->view->job))
			return;
		if (!bucket) {
			/* Nothing more of it can be told cheaply. */
			w->f->flags |= CONTAINER_UNREADABLE;
			return;
		}
		length = walk_chain(w, bucket);
		if (w->old) {
			count_old(w, bucket, length);
		} else {
			histogram_add(w->f, length, i);
			*sum += length;
		}
	}
}

static struct array array_of(const struct map_view *view, uint64_t base,
			     uint64_t n)
{
	return (struct array){
		.sample = view->sample,
		.base = base,
		.n = n,
		.unit = view->type->layout->unit,
	};
}

/*
 * Overflow buckets allocated with the array are part of it; others are objects
 * of their own. From B = 4 on 2^(B-4) come with the array and are used first.
 */
static uint64_t array_bytes(const struct map_view *view, uint64_t base,
			    uint64_t n, uint64_t overflow)
{
	const uint64_t unit = view->type->layout->unit;
	uint64_t bytes = container_storage(view, base, n * unit);
	uint64_t spare = bytes / unit > n ? bytes / unit - n : 0;

	/* Of one bucket the rounding up is not room for another. */
	if (n < 16)
		spare = 0;
	if (overflow > spare)
		bytes += (overflow - spare) * unit;
	return bytes;
}

static uint64_t extra_bytes(const struct map_view *view, const struct hmap *h)
{
	uint64_t bytes = 0, slice, len, data;
	unsigned i;

	if (!h->extra)
		return 0;
	bytes = container_storage(view, h->extra, MAPEXTRA_BYTES);
	/* overflow and oldoverflow point to slices of bucket pointers. */
	for (i = 0; i < 2; i++) {
		if (!sample_u64(view->sample, h->extra + 8ULL * i, &slice) ||
		    !slice || !sample_u64(view->sample, slice, &data) ||
		    !sample_u64(view->sample, slice + 16, &len) ||
		    len > LIMIT_MAP_SLOTS)
			continue;
		bytes += container_storage(view, slice, 24);
		if (data)
			bytes += container_storage(view, data, len * 8);
	}
	return bytes;
}

static void add_storage(const struct map_view *view, const struct hmap *h,
			struct map_figures *f)
{
	f->storage_bytes = container_storage(view, view->header, h->bytes) +
			   extra_bytes(view, h);
	if (h->n)
		f->storage_bytes += array_bytes(view, h->buckets, h->n,
						f->overflow_buckets);
	if (h->old_n)
		f->old_bytes =
			array_bytes(view, h->old, h->old_n, f->old_overflow);
	f->storage_bytes += f->old_bytes;
}

static void set_flags(const struct hmap *h, struct map_figures *f)
{
	if (h->old_n)
		f->flags |= CONTAINER_GROWING;
	if (h->flags & FLAG_SAME_SIZE)
		f->flags |= CONTAINER_SAME_SIZE;
	if (h->flags & FLAG_HASH_WRITING)
		f->flags |= CONTAINER_WRITING;
	if (h->flags & ~FLAGS_KNOWN)
		f->flags |= CONTAINER_CORRUPT;
	if (f->live != f->count && !(f->flags & CONTAINER_UNREADABLE))
		f->flags |= CONTAINER_TORN;
}

static struct error *figures(const struct map_view *view,
			     struct map_figures *ret)
{
	const struct go_map_layout *l = view->type->layout;
	struct hmap h = {0};
	struct chain_walk w = {.view = view, .h = &h, .f = ret};
	struct array array;
	uint64_t sum = 0;

	if (!load(view, &h)) {
		ret->flags |= CONTAINER_UNREADABLE | CONTAINER_CORRUPT;
		return NULL;
	}
	ret->count = h.count;
	ret->b = h.b;
	ret->hmap_flags = h.flags;
	ret->noverflow_header = h.noverflow;
	ret->buckets = 1ULL << h.b;
	ret->old_buckets = h.old_n;
	ret->slot_bytes = l->key_stride + l->elem_stride;
	/* No map has more overflow buckets than entries could ever fill. */
	w.budget = (h.n + h.old_n + 8) * 64 + LIMIT_CHAIN;
	array = array_of(view, h.buckets, h.n);
	walk_array(&w, &array, &sum);
	ret->overflow_buckets = w.overflow;
	histogram_finish(ret, sum, h.n);
	if (view->charts)
		memcpy(view->charts->miss, ret->histogram,
		       sizeof(ret->histogram));
	w.overflow = 0;
	w.old = true;
	array = array_of(view, h.old, h.old_n);
	walk_array(&w, &array, &sum);
	ret->old_overflow = w.overflow;
	ret->live = w.live;
	ret->slots = h.n ? 8 * (h.n + ret->overflow_buckets) : 0;
	add_storage(view, &h, ret);
	set_flags(&h, ret);
	return job_check(view->job);
}

/* To the next main bucket of an array; past an unreadable one nothing is. */
static bool main_bucket(const struct map_view *view, uint64_t base, uint64_t n,
			struct map_cursor *c)
{
	const uint64_t unit = view->type->layout->unit;

	if (c->unit >= n ||
	    !sample_view(view->sample, base + c->unit * unit, unit))
		return false;
	c->chain_addr = base + c->unit * unit;
	return true;
}

/* The cursor: phase 0 current array, 1 old array, 2 end; unit is the chain's
 * number, chain_addr the bucket in it, index the chain's mark, slot the next
 * slot. */
static bool next_bucket(const struct map_view *view, const struct hmap *h,
			struct map_cursor *c)
{
	const uint64_t unit = view->type->layout->unit;
	uint64_t next = 0;

	if (c->chain_addr) {
		const uint8_t *bucket =
			sample_view(view->sample, c->chain_addr, unit);

		next = bucket ? overflow_of(view, bucket) : 0;
		if (next &&
		    !chain_ends_badly(h, unit, next, c->chain + 1, &c->index)) {
			c->chain_addr = next;
			c->chain++;
			c->slot = 0;
			return true;
		}
		c->unit++;
	}
	c->chain = c->slot = 0;
	c->chain_addr = c->index = 0;
	if (!c->phase && !main_bucket(view, h->buckets, h->n, c)) {
		c->phase = 1;
		c->unit = 0;
	}
	if (c->phase == 1 && !main_bucket(view, h->old, h->old_n, c))
		c->phase = 2;
	return c->phase < 2;
}

static struct error *next(const struct map_view *view, struct map_cursor *c,
			  struct map_entry *ret, bool *more)
{
	const uint64_t unit = view->type->layout->unit;
	struct hmap h = {0};
	uint64_t budget;

	if (!load(view, &h))
		return error_fault(view->header, HMAP_BYTES);
	budget = (h.n + h.old_n + 8) * 64 + LIMIT_CHAIN;
	while (c->steps < budget) {
		const uint8_t *bucket =
			c->chain_addr
				? sample_view(view->sample, c->chain_addr, unit)
				: NULL;

		for (; bucket && c->slot < 8; c->slot++) {
			if (bucket[c->slot] < TOP_MIN_LIVE)
				continue;
			*ret = (struct map_entry){
				.unit = c->unit,
				.chain = c->chain,
				.slot = (uint8_t)c->slot,
				.old = c->phase == 1,
			};
			container_place(view, c->chain_addr, c->slot, &ret->key,
					&ret->elem);
			c->slot++;
			*more = true;
			return NULL;
		}
		c->steps++;
		if (!next_bucket(view, &h, c))
			break;
	}
	*more = false;
	return NULL;
}

static struct error *units(const struct map_view *view, uint64_t table,
			   uint64_t index, bool old, struct map_unit *ret,
			   uint32_t max, uint32_t *count_ret)
{
	const uint64_t unit = view->type->layout->unit;
	struct hmap h = {0};
	uint64_t addr, mark = 0;

	(void)table;
	if (!load(view, &h))
		return error_fault(view->header, HMAP_BYTES);
	if (index >= (old ? h.old_n : h.n))
		return error_new(ERROR_NOT_FOUND, "no such bucket");
	addr = (old ? h.old : h.buckets) + index * unit;
	while (addr && *count_ret < max) {
		const uint8_t *bucket = sample_view(view->sample, addr, unit);
		struct map_unit *u = &ret[*count_ret];

		if (!bucket)
			return *count_ret ? NULL : error_fault(addr, unit);
		*u = (struct map_unit){
			.addr = addr,
			.table = *count_ret,
			.old = old,
		};
		container_unit(view, bucket, u);
		addr = overflow_of(view, bucket);
		++*count_ret;
		if (addr && chain_ends_badly(&h, unit, addr, *count_ret, &mark))
			break;
	}
	return NULL;
}

/* Are the entries of bucket @p i still in the old array? */
static bool waits(const struct hmap *h, struct array *old, uint64_t i)
{
	const uint8_t *bucket =
		h->old_n ? bucket_at(old, i & (h->old_n - 1)) : NULL;

	return bucket && !is_evacuated(bucket);
}

static void fill_cell(struct chain_walk *w, struct array *array,
		      struct array *old, struct map_cell *cell)
{
	uint64_t end = cell->first + cell->count, i, length;

	for (i = cell->first; i < end; i++) {
		const uint8_t *bucket = bucket_at(array, i);

		if (!bucket) {
			cell->unread += end - i;
			break;
		}
		length = walk_chain(w, bucket);
		if (length > cell->chain_max)
			cell->chain_max = length;
		if (old)
			cell->waiting += waits(w->h, old, i);
		else
			cell->moved += is_evacuated(bucket);
	}
	cell->live = w->live;
	cell->slots = 8 * (cell->count - cell->unread + w->overflow);
}

static struct error *occupancy(const struct map_view *view, bool of_old,
			       struct map_cell *ret, uint32_t cells,
			       uint32_t *count_ret)
{
	struct map_figures unused = {0};
	struct hmap h = {0};
	struct array array, old;
	uint64_t per, i, n;

	if (!load(view, &h))
		return NULL;
	n = of_old ? h.old_n : h.n;
	if (!n)
		return NULL;
	per = (n - 1) / cells + 1;
	array = array_of(view, of_old ? h.old : h.buckets, n);
	old = array_of(view, h.old, h.old_n);
	for (i = 0; i < n && !job_cancelled(view->job); i += per) {
		struct chain_walk w = {.view = view,
				       .h = &h,
				       .f = &unused,
				       .budget = LIMIT_CHAIN,
				       .old = of_old};
		struct map_cell *cell = &ret[(*count_ret)++];

		*cell = (struct map_cell){.first = i,
					  .count = n - i > per ? per : n - i};
		fill_cell(&w, &array, of_old ? NULL : &old, cell);
	}
	return job_check(view->job);
}

static bool seed(const struct map_view *view, uint64_t *ret)
{
	uint32_t word;

	if (!sample_u32(view->sample, view->header + 12, &word))
		return false;
	*ret = word;
	return true;
}

/* The old bucket as long as it is not evacuated, then the new one. */
static uint64_t home_of(const struct map_view *view, const struct hmap *h,
			uint64_t hash, struct map_entry *at)
{
	const uint64_t unit = view->type->layout->unit;
	uint64_t i = hash & (h->old_n - 1);
	const uint8_t *bucket =
		h->old_n ? sample_view(view->sample, h->old + i * unit, unit)
			 : NULL;

	at->old = bucket && !is_evacuated(bucket);
	at->unit = at->old ? i : hash & (h->n - 1);
	return (at->old ? h->old : h->buckets) + at->unit * unit;
}

/* As the runtime asks before it adds a key: entries and overflow buckets. */
static bool insert_grows(const struct hmap *h)
{
	uint64_t many = 1ULL << (h->b < 15 ? h->b : 15);

	return !h->old_n &&
	       ((h->count + 1 > 8 && h->count + 1 > 13 * (h->n / 2)) ||
		h->noverflow >= many);
}

static struct error *home(const struct map_view *view, uint64_t hash,
			  struct map_home *ret)
{
	struct map_entry at = {0};
	struct hmap h = {0};

	if (!load(view, &h))
		return error_fault(view->header, HMAP_BYTES);
	if (!h.n)
		return NULL;
	home_of(view, &h, hash, &at);
	*ret = (struct map_home){
		.table = at.old,
		.unit = at.unit,
		.old = at.old,
		.moved_unit = hash & (h.n - 1),
		.exists = true,
		.grows = insert_grows(&h),
	};
	return NULL;
}

static struct error *find(const struct map_view *view, uint64_t hash,
			  map_same_fn *same, void *arg, struct map_entry *ret,
			  bool *found)
{
	const uint64_t unit = view->type->layout->unit;
	const uint8_t top = classic_tophash(hash);
	struct map_entry at = {0};
	struct hmap h = {0};
	uint64_t addr, mark = 0;

	if (!load(view, &h))
		return error_fault(view->header, HMAP_BYTES);
	addr = h.n ? home_of(view, &h, hash, &at) : 0;
	for (; addr; at.chain++) {
		const uint8_t *bucket = sample_view(view->sample, addr, unit);

		if (!bucket)
			return error_fault(addr, unit);
		for (at.slot = 0; at.slot < 8; at.slot++) {
			if (bucket[at.slot] != top)
				continue;
			container_place(view, addr, at.slot, &at.key, &at.elem);
			*ret = at;
			if ((*found = same(arg, ret)))
				return NULL;
		}
		addr = overflow_of(view, bucket);
		if (addr &&
		    chain_ends_badly(&h, unit, addr, at.chain + 1, &mark))
			break;
	}
	return NULL;
}

static uint64_t unit_count(const struct map_view *view, uint64_t table)
{
	struct hmap h = {0};

	if (!load(view, &h) || table > 1)
		return 0;
	return table ? h.old_n : h.n;
}

const struct container_ops map_classic_ops = {
	.name = "classic",
	.figures = figures,
	.next = next,
	.units = units,
	.occupancy = occupancy,
	.unit_count = unit_count,
	.seed = seed,
	.find = find,
	.home = home,
};
