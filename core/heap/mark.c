#include "core/heap/mark.h"

/*
 * The breadth-first search. One level is a list of objects; every pointer
 * word of them either finds an object of an earlier level, or claims one for
 * the next level. Several claims of one object are settled by a fixed order
 * (chains that begin at package variables first, then the lower object
 * number), so parents do not depend on the threads.
 */
#include <stdlib.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/heap/typing.h"

static const uint32_t UNSET = 0xffffffff;

enum {
	INLINE_LEVEL = 2048, /* smaller levels are not worth a thread */
	CHUNK = 1024,
	AHEAD = 8,	     /* objects between prefetch and use */
	RESCANS = 8,	     /* type rescans per object, on average */
	BIG_WORDS = 1 << 16, /* larger objects are shared among threads */
	BIG_CHUNK = 1 << 13,
};

struct worker {
	struct typer typer;
	uint32_t *next;
	size_t next_count, next_cap;
	uint32_t *big;
	size_t big_count, big_cap;
	uint64_t objects, bytes, edges, wild;
};

struct mark {
	struct heap *heap;
	struct job *job;
	unsigned threads;
	struct worker *workers;
	/** Bit per object: its chain does not begin at a package variable. */
	uint64_t *weak;
	uint64_t *order; /* scratch to sort a level */
	uint32_t *level;
	size_t level_count, level_cap;
	bool types_only;
	uint64_t rescans_left;
	uint32_t big; /* object that is scanned in chunks */
};

static bool nearer(const struct mark *mark, uint32_t from, uint32_t old)
{
	bool a = heap_bit(mark->weak, from), b = heap_bit(mark->weak, old);

	return a != b ? b : from < old;
}

static void worker_push(struct worker *worker, uint32_t object)
{
	GROW_ARRAY(worker->next, worker->next_count, worker->next_cap);
	worker->next[worker->next_count++] = object;
}

static void arrive(const struct mark *mark, struct worker *worker,
		   uint32_t from, uint32_t to)
{
	uint32_t *parent = &mark->heap->parent[to];
	uint32_t old;

	if (heap_bit(mark->heap->reached, to))
		return;
	old = __atomic_load_n(parent, __ATOMIC_RELAXED);
	do {
		if (old != UNSET && !nearer(mark, from, old))
			return;
	} while (!__atomic_compare_exchange_n(
		parent, &old, from, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	if (old == UNSET)
		worker_push(worker, to);
}

static void scan_types(struct worker *worker, struct slot_cursor *cursor,
		       const struct heap_words *it, uint64_t skip,
		       const struct heap_place *place)
{
	uint64_t offset = it->offset - skip, previous = 0;
	struct go_slot slot;

	if (it->offset >= skip + 8)
		previous = heap_word(it->mem + it->offset - 8);
	if (slot_cursor_at(cursor, &worker->typer, offset, &slot))
		typer_claim_slot(&worker->typer, &slot, offset, previous,
				 place);
	else if (!cursor->plan.count)
		typer_claim_pair(&worker->typer, previous, place);
}

/** A string or bytes that begin inside an object say that it is bytes. */
static void scan_inside(struct worker *worker, struct slot_cursor *cursor,
			uint64_t offset, const struct heap_place *place)
{
	struct go_slot slot;

	if (place->span->noscan &&
	    slot_cursor_at(cursor, &worker->typer, offset, &slot))
		typer_claim_inside(&worker->typer, &slot, place);
}

/** Words [@p first, @p end) of an object. */
static void scan_words(struct mark *mark, struct worker *worker,
		       uint32_t object, uint64_t first, uint64_t end)
{
	struct heap *heap = mark->heap;
	const struct go_span *span = heap_span_of(heap, object);
	uint64_t skip = heap_header_bytes(span);
	uint32_t type = typer_settle(&worker->typer, span, object);
	struct slot_cursor cursor;
	struct heap_words it;
	struct heap_place place;
	enum heap_hit hit;

	heap_words_init(&it, heap, span, object - span->first, first, end);
	slot_cursor_init(&cursor, &worker->typer, type);
	while (heap_words_next(&it)) {
		hit = heap_locate(heap, it.value, &place);
		worker->wild += hit == HEAP_WILD && !mark->types_only;
		if (hit != HEAP_HIT || it.offset < skip)
			continue;
		if (!mark->types_only) {
			worker->edges++;
			arrive(mark, worker, object, place.object);
		}
		if (place.start)
			scan_types(worker, &cursor, &it, skip, &place);
		else
			scan_inside(worker, &cursor, it.offset - skip, &place);
	}
	if (type && it.mem && !first)
		typer_roles(&worker->typer, type, it.mem + skip,
			    heap_slot_bytes(span) - skip);
}

static void scan_object(struct mark *mark, struct worker *worker,
			uint32_t object)
{
	const struct go_span *span = heap_span_of(mark->heap, object);

	if (!mark->types_only) {
		worker->objects++;
		worker->bytes += span->elem_size;
	}
	if (span->noscan)
		return;
	if (heap_slot_bytes(span) / 8 <= BIG_WORDS) {
		scan_words(mark, worker, object, 0, UINT64_MAX);
		return;
	}
	GROW_ARRAY(worker->big, worker->big_count, worker->big_cap);
	worker->big[worker->big_count++] = object;
}

static void scan_big_range(void *arg, unsigned index, uint64_t begin,
			   uint64_t end)
{
	struct mark *mark = arg;

	scan_words(mark, &mark->workers[index], mark->big, begin, end);
}

/** The big objects that the workers have put aside, one after the other. */
static void scan_big(struct mark *mark)
{
	const struct go_span *span;
	unsigned i;

	for (i = 0; i < mark->threads; i++) {
		struct worker *worker = &mark->workers[i];

		while (worker->big_count) {
			mark->big = worker->big[--worker->big_count];
			span = heap_span_of(mark->heap, mark->big);
			job_parallel(mark->job, mark->threads,
				     heap_slot_bytes(span) / 8, BIG_CHUNK,
				     scan_big_range, mark);
		}
	}
}

static void prefetch_object(const struct mark *mark, uint32_t object)
{
	const struct go_span *span = heap_span_of(mark->heap, object);

	if (span->mem && !span->noscan)
		__builtin_prefetch(span->mem +
				   (object - span->first) * span->elem_size);
}

static void scan_range(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	struct mark *mark = arg;
	struct worker *worker = &mark->workers[index];
	uint64_t i;

	for (i = begin; i < end; i++) {
		if (i + AHEAD < end)
			prefetch_object(mark, mark->level[i + AHEAD]);
		scan_object(mark, worker, mark->level[i]);
	}
	job_advance(mark->job, end - begin);
}

/** The objects of a level are reached now, for good. */
static void settle_range(void *arg, unsigned index, uint64_t begin,
			 uint64_t end)
{
	struct mark *mark = arg;
	struct heap *heap = mark->heap;
	uint64_t i;

	(void)index;
	for (i = begin; i < end; i++) {
		uint32_t object = mark->level[i];
		uint64_t bit = 1ULL << (object % 64);

		__atomic_fetch_or(&heap->reached[object / 64], bit,
				  __ATOMIC_RELAXED);
		if (!heap_bit(heap->from_root, object) &&
		    heap_bit(mark->weak, heap->parent[object]))
			__atomic_fetch_or(&mark->weak[object / 64], bit,
					  __ATOMIC_RELAXED);
	}
}

static void level_run(struct mark *mark, job_range_fn *fn)
{
	if (mark->level_count <= INLINE_LEVEL)
		fn(mark, 0, 0, mark->level_count);
	else
		job_parallel(mark->job, mark->threads, mark->level_count, CHUNK,
			     fn, mark);
	scan_big(mark);
}

static void level_reserve(struct mark *mark, size_t count)
{
	if (count <= mark->level_cap)
		return;
	mark->level_cap = count + count / 2;
	mark->level = xreallocarray(mark->level, mark->level_cap,
				    sizeof(*mark->level));
}

/**
 * In order of address, which is the order of memory: a big level then reads
 * the heap from one end to the other instead of all over the place.
 */
static void level_sort(struct mark *mark)
{
	uint64_t words = ((uint64_t)mark->heap->count + 63) / 64, i;
	size_t k;

	if (mark->level_count < words / 16)
		return;
	for (k = 0; k < mark->level_count; k++)
		heap_bit_set(mark->order, mark->level[k]);
	for (i = 0, k = 0; i < words; i++) {
		uint64_t bits = mark->order[i];

		for (; bits; bits &= bits - 1)
			mark->level[k++] =
				(uint32_t)(i * 64 +
					   (unsigned)__builtin_ctzll(bits));
		mark->order[i] = 0;
	}
}

/** What the workers found becomes the level. */
static void level_gather(struct mark *mark)
{
	size_t count = 0;
	unsigned i;

	for (i = 0; i < mark->threads; i++)
		count += mark->workers[i].next_count;
	level_reserve(mark, count);
	mark->level_count = 0;
	for (i = 0; i < mark->threads; i++) {
		struct worker *worker = &mark->workers[i];

		if (worker->next_count)
			memcpy(mark->level + mark->level_count, worker->next,
			       worker->next_count * sizeof(*worker->next));
		mark->level_count += worker->next_count;
		worker->next_count = 0;
	}
	level_sort(mark);
}

/**
 * Settle the claims on objects that were scanned with a weaker type, and scan
 * those again, for the types of others only, until nothing changes.
 */
static void claims_run(struct mark *mark)
{
	uint32_t *level = mark->level;
	size_t level_count = mark->level_count, level_cap = mark->level_cap;
	unsigned i;

	mark->level = NULL;
	mark->level_cap = 0;
	mark->types_only = true;
	do {
		size_t j, count = 0;

		for (i = 0; i < mark->threads; i++)
			count += mark->workers[i].typer.claim_count;
		level_reserve(mark, count);
		mark->level_count = 0;
		for (i = 0; i < mark->threads; i++) {
			struct typer *typer = &mark->workers[i].typer;

			for (j = 0; j < typer->claim_count; j++) {
				struct type_claim claim = typer->claims[j];
				uint32_t *type =
					&mark->heap->type[claim.object];

				if (!typer_better(typer, claim.type, *type))
					continue;
				*type = claim.type;
				if (!mark->rescans_left)
					continue;
				mark->rescans_left--;
				mark->level[mark->level_count++] = claim.object;
			}
			typer->claim_count = 0;
		}
		level_run(mark, scan_range);
	} while (mark->level_count && !job_cancelled(mark->job));
	free(mark->level);
	mark->types_only = false;
	mark->level = level;
	mark->level_count = level_count;
	mark->level_cap = level_cap;
}

static struct error *levels_run(struct mark *mark)
{
	struct error *err = NULL;

	level_gather(mark);
	while (mark->level_count) {
		level_run(mark, settle_range);
		level_run(mark, scan_range);
		claims_run(mark);
		if ((err = job_check(mark->job)))
			break;
		level_gather(mark);
	}
	return err;
}

enum { ROOT_CLASSES = 8, CONSERVATIVE = ROOT_CLASSES - 2 };

/**
 * Is a name the runtime's own? Its variables and frames see much of what
 * belongs to the program.
 */
static bool is_runtime(const char *name)
{
	static const char runtime[] = "runtime.";
	static const char internal[] = "internal/runtime/";

	return !strncmp(name, runtime, sizeof(runtime) - 1) ||
	       !strncmp(name, internal, sizeof(internal) - 1);
}

/** Lower is a better name: roots of a lower class win at equal distance. */
static unsigned root_class(const struct go_runtime *rt,
			   const struct go_root *root)
{
	if (root->conservative)
		return root->variable ? CONSERVATIVE : CONSERVATIVE + 1;
	switch ((enum go_root_kind)root->kind) {
	case GO_ROOT_GLOBAL:
		return root->owner < rt->global_count &&
		       is_runtime(rt->globals[root->owner].name);
	case GO_ROOT_STACK:
		if (root->owner < rt->frame_count &&
		    is_runtime(rt->frames[root->owner].function))
			return 4;
		return root->variable ? 2 : 3;
	default:
		return 5;
	}
}

/** The slot of a root word, from its variable's type if need be. */
static bool root_slot(struct typer *typer, const struct go_root *root,
		      struct go_slot *slot, uint64_t *offset_ret)
{
	const struct go_runtime *rt = typer->heap->rt;
	struct slot_cursor cursor;
	uint64_t addr = 0, size = 0, part = 0;
	uint32_t type = 0;

	*slot = (struct go_slot){.target = root->target,
				 .kind = root->slot_kind};
	*offset_ret = root->slot_kind == GO_SLOT_EFACE ||
				      root->slot_kind == GO_SLOT_IFACE
			      ? 8
			      : 0;
	if (root->target || (root->slot_kind != GO_SLOT_POINTER &&
			     root->slot_kind != GO_SLOT_UNSAFE))
		return true;
	if (root->kind == GO_ROOT_GLOBAL && root->owner < rt->global_count) {
		addr = rt->globals[root->owner].addr;
		size = rt->globals[root->owner].size;
		type = rt->globals[root->owner].type;
	} else if (root->kind == GO_ROOT_STACK && root->variable &&
		   root->variable - 1 < rt->variable_count) {
		addr = rt->variables[root->variable - 1].addr;
		size = rt->variables[root->variable - 1].size;
		part = rt->variables[root->variable - 1].part;
		type = rt->variables[root->variable - 1].type;
	}
	if (!type || root->addr - addr >= size)
		return false;
	*offset_ret = root->addr - addr + part;
	slot_cursor_init(&cursor, typer, type);
	return slot_cursor_at(&cursor, typer, *offset_ret, slot);
}

/**
 * The word before a root's in its variable, which may be elsewhere if the
 * variable is in pieces; 0 if unknown.
 */
static uint64_t word_before(const struct go_runtime *rt,
			    const struct go_root *root)
{
	const struct go_variable *v, *other;
	uint64_t addr = root->addr - 8, word = 0;

	if (root->addr < 8)
		return 0;
	if (root->kind == GO_ROOT_STACK && root->variable &&
	    root->variable - 1 < rt->variable_count) {
		v = &rt->variables[root->variable - 1];
		if (root->addr - v->addr < 8) {
			if (!v->part || root->variable < 2)
				return 0;
			other = v - 1;
			if (other->frame != v->frame || other->size < 8 ||
			    other->type != v->type ||
			    other->part + other->size != v->part)
				return 0;
			addr = other->addr + other->size - 8;
		}
	}
	sample_u64(rt->sample, addr, &word);
	return word;
}

static void root_claim(struct typer *typer, const struct go_root *root,
		       const struct heap_place *place)
{
	uint64_t previous = 0, offset;
	bool found, pair;
	struct go_slot slot;

	/*
	 * Where a goroutine runs, no map tells which slots are live; a named
	 * variable that is there now, as far as its location goes, may be.
	 */
	if (root->conservative && !root->variable)
		return;
	found = root_slot(typer, root, &slot, &offset);
	if (!place->start) {
		if (found)
			typer_claim_inside(typer, &slot, place);
		return;
	}
	pair = !found || slot.kind == GO_SLOT_EFACE ||
	       slot.kind == GO_SLOT_IFACE;
	if (pair)
		previous = word_before(typer->heap->rt, root);
	if (found)
		typer_claim_slot(typer, &slot, offset, previous, place);
	else
		typer_claim_pair(typer, previous, place);
}

/** Level 0: what roots refer to. Package variables come first. */
static void roots_run(struct mark *mark)
{
	struct heap *heap = mark->heap;
	const struct go_runtime *rt = heap->rt;
	struct worker *worker = &mark->workers[0];
	struct heap_place place;
	unsigned class;
	uint32_t i;

	for (class = 0; class < ROOT_CLASSES; class ++) {
		for (i = 0; i < rt->root_count; i++) {
			const struct go_root *root = &rt->roots[i];
			enum heap_hit hit;

			if (root_class(rt, root) != class)
				continue;
			hit = heap_locate(heap, root->value, &place);
			worker->wild +=
				hit == HEAP_WILD && class < CONSERVATIVE;
			if (hit != HEAP_HIT)
				continue;
			worker->edges++;
			root_claim(&worker->typer, root, &place);
			if (heap_bit(heap->from_root, place.object))
				continue;
			heap_bit_set(heap->from_root, place.object);
			heap->parent[place.object] = i;
			if (class)
				heap_bit_set(mark->weak, place.object);
			worker_push(worker, place.object);
		}
	}
}

/** Types that a value outside the heap gives to what it points to. */
static void scan_foreign(struct typer *typer, uint32_t type, uint64_t addr,
			 uint64_t units)
{
	const struct go_type *self = go_type(typer->heap->rt->types, type);
	const uint8_t *mem;
	struct slot_cursor cursor;
	struct heap_place place;
	struct go_slot slot;
	uint64_t offset;

	if (!self->size || self->size > LIMIT_STRING / 8 / units)
		return;
	mem = sample_view(typer->heap->rt->sample, addr, self->size * units);
	if (!mem)
		return;
	slot_cursor_init(&cursor, typer, type);
	for (offset = 0; offset + 8 <= self->size * units; offset += 8) {
		uint64_t value = heap_word(mem + offset);

		if (heap_locate(typer->heap, value, &place) != HEAP_HIT ||
		    !slot_cursor_at(&cursor, typer, offset, &slot))
			continue;
		if (!place.start)
			typer_claim_inside(typer, &slot, &place);
		typer_claim_slot(typer, &slot, offset,
				 offset ? heap_word(mem + offset - 8) : 0,
				 &place);
	}
	typer_roles(typer, type, mem, self->size * units);
}

/**
 * A header on a stack types its buckets; a first bucket or group beside it
 * types what its entries hold. Both are kept alive by roots of their own.
 */
static void stack_maps_run(struct mark *mark)
{
	const struct go_runtime *rt = mark->heap->rt;
	struct typer *typer = &mark->workers[0].typer;
	uint32_t i;

	for (i = 0; i < rt->stack_map_count; i++) {
		const struct go_stack_map *map = &rt->stack_maps[i];
		const struct go_type *type = go_type(rt->types, map->type);
		const struct go_map_layout *layout = type->layout;
		uint64_t first = 0;

		if (!layout || !layout->header)
			continue;
		scan_foreign(typer, layout->header, map->header, 1);
		if (sample_u64(rt->sample, map->header + 16, &first) && first &&
		    !go_span_at(rt, first))
			scan_foreign(typer, layout->bucket, first, 1);
	}
}

static void mark_init(struct mark *mark, struct heap *heap, unsigned threads,
		      struct job *job)
{
	unsigned i;

	*mark = (struct mark){.heap = heap, .job = job};
	mark->threads = job_threads(threads);
	mark->workers = xcalloc(mark->threads, sizeof(*mark->workers));
	for (i = 0; i < mark->threads; i++)
		typer_init(&mark->workers[i].typer, heap);
	mark->weak = big_alloc(heap_bitmap_bytes(heap));
	mark->order = big_alloc(heap_bitmap_bytes(heap));
	mark->rescans_left = (uint64_t)heap->count * RESCANS;
}

static void mark_deinit(struct mark *mark)
{
	struct heap *heap = mark->heap;
	unsigned i;

	for (i = 0; i < mark->threads; i++) {
		struct worker *worker = &mark->workers[i];

		heap->reached_objects += worker->objects;
		heap->reached_bytes += worker->bytes;
		heap->edge_count += worker->edges;
		heap->wild_words += worker->wild;
		typer_deinit(&worker->typer);
		free(worker->next);
		free(worker->big);
	}
	free(mark->workers);
	free(mark->level);
	big_free(mark->order, heap_bitmap_bytes(heap));
	big_free(mark->weak, heap_bitmap_bytes(heap));
}

struct error *heap_mark(struct heap *heap, unsigned threads, struct job *job)
{
	struct error *err;
	struct mark mark;

	mark_init(&mark, heap, threads, job);
	job_phase(job, "mark", heap->count);
	memset(heap->parent, 0xff, heap->count * sizeof(*heap->parent));
	roots_run(&mark);
	stack_maps_run(&mark);
	err = levels_run(&mark);
	mark_deinit(&mark);
	return err;
}

/** Allocated objects that nothing reaches are the level. */
static void garbage_level(struct mark *mark)
{
	const struct heap *heap = mark->heap;
	uint64_t words = ((uint64_t)heap->count + 63) / 64, i;

	mark->level_count = 0;
	for (i = 0; i < words; i++) {
		uint64_t bits = heap->rt->allocated[i] & ~heap->reached[i];

		level_reserve(mark, mark->level_count + 64);
		for (; bits; bits &= bits - 1)
			mark->level[mark->level_count++] =
				(uint32_t)(i * 64 +
					   (unsigned)__builtin_ctzll(bits));
	}
}

struct error *heap_type_garbage(struct heap *heap, unsigned threads,
				struct job *job)
{
	struct mark mark;
	unsigned i;

	mark_init(&mark, heap, threads, job);
	for (i = 0; i < mark.threads; i++)
		mark.workers[i].typer.garbage = true;
	garbage_level(&mark);
	mark.types_only = true;
	level_run(&mark, scan_range);
	claims_run(&mark);
	mark_deinit(&mark);
	return job_check(job);
}
