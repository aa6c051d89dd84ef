/*
 * The words of an object: where they lead, and what they say about the types
 * of what is there. Most objects of most heaps are small, have all their
 * pointer bits in one word and a type that is known: for them there is a
 * quick way that looks up everything in tables.
 */
#include <stdlib.h>

#include "core/heap/mark_priv.h"
#include "core/heap/type_words.h"

enum {
	BIG_WORDS = 1 << 16, /* larger objects are shared among threads */
	ARRIVED_MAX = 1 << 19,
};

/** The row of edges of the object in hand. */
struct row {
	uint32_t *to; /* NULL: no row is kept */
	uint32_t count;
	uint32_t last; /* the target before; the object itself at first */
	/** The first target is the caller's to send: it may be a repetition. */
	bool hold;
};

static bool nearer(const struct mark *mark, uint32_t from, uint32_t old)
{
	bool a = heap_bit(mark->weak, from), b = heap_bit(mark->weak, old);

	return a != b ? b : from < old;
}

static inline void arrive(struct mark *mark, struct mark_worker *worker,
			  const struct arrival *it)
{
	struct heap *heap = mark->heap;
	uint32_t to = it->to, word = to / 64;
	uint64_t bit = 1ULL << (to % 64);
	uint64_t claimed = mark->claimed[word];

	if (it->from == MARK_NOBODY) {
		typer_claim_fitting(&worker->typer, to, it->type);
		return;
	}
	if (!(claimed & bit)) {
		mark->claimed[word] = claimed | bit;
		heap->parent[to] = it->from;
		if (mark->push)
			mark_push(worker, to);
		else
			mark->order[word] |= bit;
		if (!heap->type[to] && it->type) {
			heap->type[to] = it->type;
			return;
		}
	} else {
		mark->edges->shared[word] |= bit;
		if (!(heap->reached[word] & bit) &&
		    nearer(mark, it->from, heap->parent[to]))
			heap->parent[to] = it->from;
	}
	if (it->type && it->type != heap->type[to])
		typer_claim_fitting(&worker->typer, to, it->type);
}

static inline void send(struct mark *mark, struct mark_worker *worker,
			const struct arrival *it)
{
	struct arrivals *region;

	if (mark->at_once) {
		arrive(mark, worker, it);
		return;
	}
	region = &worker->regions[it->to >> mark->region_shift];
	GROW_ARRAY(region->list, region->count, region->cap);
	region->list[region->count++] = *it;
	worker->arrived++;
}

/** A word of @p from refers to @p to and claims that it is of @p type. */
static inline void refer(struct mark *mark, struct mark_worker *worker,
			 struct row *row, uint32_t from, uint32_t to,
			 uint32_t type)
{
	struct arrival it = {to, from, type};

	if (to == row->last || to == from) {
		/* no reference of its own, but it may claim something */
		it.from = MARK_NOBODY;
		if (type)
			send(mark, worker, &it);
		return;
	}
	row->last = to;
	if (row->to)
		row->to[row->count] = to;
	if (!row->count++ && row->hold)
		return;
	send(mark, worker, &it);
}

static void claim_slot(struct mark_worker *worker, const struct go_slot *slot,
		       uint64_t offset, uint64_t previous,
		       const struct heap_place *place)
{
	if (place->start)
		typer_claim_slot(&worker->typer, slot, offset, previous, place);
	else if (place->span->noscan)
		/* a string within an object says that it is bytes */
		typer_claim_inside(&worker->typer, slot, place);
}

/** @p offset is from the start of the user's data at @p data. */
static void scan_types(struct mark_worker *worker, struct slot_cursor *cursor,
		       const uint8_t *data, uint64_t offset,
		       const struct heap_place *place)
{
	uint64_t previous = offset >= 8 ? heap_word(data + offset - 8) : 0;
	struct go_slot slot;

	if (slot_cursor_at(cursor, &worker->typer, offset, &slot))
		claim_slot(worker, &slot, offset, previous, place);
	else if (!cursor->plan.count && place->start)
		typer_claim_pair(&worker->typer, previous, place);
}

/** Words [@p first, @p end) of any object. */
static void scan_words(struct mark *mark, struct mark_worker *worker,
		       struct row *row, uint32_t object, uint64_t first,
		       uint64_t end)
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
			refer(mark, worker, row, object, place.object, 0);
		}
		scan_types(worker, &cursor, it.mem + skip, it.offset - skip,
			   &place);
	}
	if (type && it.mem && !first)
		typer_roles(&worker->typer, type, it.mem + skip,
			    heap_slot_bytes(span) - skip);
}

static void enter_span(struct mark *mark, struct mark_span *in, uint32_t object)
{
	const struct go_span *span = heap_span_of(mark->heap, object);
	uint64_t words = span->elem_size / 8;

	*in = (struct mark_span){
		.span = span,
		.mem = span->mem,
		.bits = span->heap_bits,
		.first = span->first,
		.slots = span->slots,
		.elem_size = (uint32_t)span->elem_size,
		.words = (uint32_t)words,
		.quick = span->heap_bits && span->mem && words &&
			 words <= TYPE_WORDS && !span->noscan &&
			 !span->has_header,
	};
	if (in->quick)
		in->words_mask = UINT64_MAX >> (64 - words);
}

/** As go_near_bits(). */
static inline uint64_t pointer_bits(const struct mark_span *in, uint32_t index)
{
	uint32_t at = index * in->words;
	const uint8_t *p = in->bits + at / 64 * 8;
	uint64_t bits = heap_word(p) >> (at % 64);

	if (at % 64 + in->words > 64)
		bits |= heap_word(p + 8) << (64 - at % 64);
	return bits & in->words_mask;
}

/** What the tables cannot tell of a word of an object of a known type. */
static void scan_asking(struct mark_worker *worker, uint32_t type,
			const uint8_t *mem, uint64_t offset,
			const struct heap_place *place)
{
	struct slot_cursor cursor;

	slot_cursor_init(&cursor, &worker->typer, type);
	scan_types(worker, &cursor, mem, offset, place);
}

static inline uint32_t quick_claim(struct mark_worker *worker,
				   const struct type_words *words,
				   uint32_t type, const uint8_t *mem,
				   unsigned word,
				   const struct heap_place *place)
{
	uint32_t claim = words->claim[word];
	struct mark_fit *fit = &worker->fit[place->cell->class];

	if (!place->start) {
		if (words->inside >> word & 1)
			scan_asking(worker, type, mem, word * 8, place);
		return 0;
	}
	if (!claim ||
	    (claim == fit->type && fit->elem_size == place->cell->elem_size))
		return claim;
	if (claim == TYPE_WORDS_ASK) {
		scan_asking(worker, type, mem, word * 8, place);
		return 0;
	}
	if (!typer_fits(&worker->typer, claim, place->span))
		return 0;
	/* large objects differ, those of a size class do not */
	if (place->span->size_class)
		*fit = (struct mark_fit){claim, place->cell->elem_size};
	return claim;
}

static void scan_quick(struct mark *mark, struct mark_worker *worker,
		       const struct type_words *words, uint32_t type,
		       uint32_t object)
{
	const struct mark_span *in = &worker->in;
	const struct heap *heap = mark->heap;
	uint32_t index = object - in->first;
	const uint8_t *mem = in->mem + (uint64_t)index * in->elem_size;
	uint64_t bits = pointer_bits(in, index);
	struct row row = {.last = object};
	struct heap_place place;
	enum heap_hit hit;

	row.to = edges_row(mark->edges, &worker->block, TYPE_WORDS);
	for (; bits; bits &= bits - 1) {
		unsigned word = (unsigned)__builtin_ctzll(bits);

		hit = heap_locate(heap, heap_word(mem + word * 8), &place);
		if (hit != HEAP_HIT) {
			worker->wild += hit == HEAP_WILD;
			continue;
		}
		worker->edges++;
		refer(mark, worker, &row, object, place.object,
		      quick_claim(worker, words, type, mem, word, &place));
	}
	if (row.to)
		edges_row_end(mark->edges, &worker->block, object, row.to,
			      row.count);
	if (words->roles)
		typer_roles(&worker->typer, type, mem, in->elem_size);
}

static void scan_whole(struct mark *mark, struct mark_worker *worker,
		       uint32_t object)
{
	struct row row = {.last = object};

	if (!mark->types_only)
		row.to = edges_row(mark->edges, &worker->block,
				   heap_slot_bytes(worker->in.span) / 8);
	scan_words(mark, worker, &row, object, 0, UINT64_MAX);
	if (row.to)
		edges_row_end(mark->edges, &worker->block, object, row.to,
			      row.count);
}

void mark_object(struct mark *mark, struct mark_worker *worker, uint32_t object)
{
	struct mark_span *in = &worker->in;
	const struct type_words *words;
	uint32_t type;

	if (object - in->first >= in->slots)
		enter_span(mark, in, object);
	if (!mark->types_only) {
		worker->objects++;
		worker->bytes += in->span->elem_size;
	}
	if (in->quick && !mark->types_only) {
		type = mark->heap->type[object];
		words = type ? typer_words(&worker->typer, type) : NULL;
		if (words) {
			scan_quick(mark, worker, words, type, object);
			return;
		}
	}
	if (in->span->noscan)
		return;
	if (heap_slot_bytes(in->span) / 8 <= BIG_WORDS) {
		scan_whole(mark, worker, object);
		return;
	}
	GROW_ARRAY(worker->big, worker->big_count, worker->big_cap);
	worker->big[worker->big_count++] = object;
}

static void scan_pieces(struct mark *mark, struct mark_worker *worker,
			uint64_t begin, uint64_t end)
{
	for (; begin < end; begin++) {
		struct mark_piece *piece = &mark->pieces[begin];
		uint64_t first = begin * MARK_BIG_CHUNK;
		struct row row = {.last = mark->big, .hold = true};
		uint32_t spare[MARK_BIG_CHUNK];

		row.to = mark->big_row ? mark->big_row + first : spare;
		scan_words(mark, worker, &row, mark->big, first,
			   first + MARK_BIG_CHUNK);
		*piece = (struct mark_piece){
			.first = row.count ? row.to[0] : mark->big,
			.last = row.last,
			.count = row.count,
		};
	}
}

/** The pieces' first targets are sent, their rows become one. */
static uint32_t join_pieces(struct mark *mark, uint64_t pieces)
{
	struct arrival it = {.from = mark->big};
	uint32_t last = mark->big, count = 0;
	uint64_t i;

	mark->at_once = true;
	mark->push = true;
	for (i = 0; i < pieces; i++) {
		const struct mark_piece *piece = &mark->pieces[i];
		uint32_t again = piece->first == last;

		if (!piece->count)
			continue;
		it.to = piece->first;
		if (!again)
			arrive(mark, &mark->workers[0], &it);
		if (mark->big_row)
			memmove(mark->big_row + count,
				mark->big_row + i * MARK_BIG_CHUNK + again,
				(piece->count - again) * sizeof(uint32_t));
		count += piece->count - again;
		last = piece->last;
	}
	return count;
}

static void scan_big(struct mark *mark, uint32_t object)
{
	uint64_t words = heap_slot_bytes(heap_span_of(mark->heap, object)) / 8;
	uint64_t pieces = (words + MARK_BIG_CHUNK - 1) / MARK_BIG_CHUNK;
	struct edges_block *block = &mark->workers[0].block;
	uint32_t count;

	mark->big = object;
	mark->big_row = NULL;
	if (!mark->types_only)
		mark->big_row = edges_row(mark->edges, block, words);
	mark->pieces = xcalloc(pieces, sizeof(*mark->pieces));
	mark_run(mark, pieces, 1, false, scan_pieces);
	if (!mark->types_only && !job_cancelled(mark->job)) {
		count = join_pieces(mark, pieces);
		if (mark->big_row)
			edges_row_end(mark->edges, block, object, mark->big_row,
				      count);
	}
	free(mark->pieces);
	mark->pieces = NULL;
}

void mark_big_objects(struct mark *mark)
{
	unsigned i;

	for (i = 0; i < mark->threads; i++)
		while (mark->workers[i].big_count)
			scan_big(mark,
				 mark->workers[i]
					 .big[--mark->workers[i].big_count]);
}

static void turn(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	struct mark *mark = arg;
	struct mark_worker *worker = &mark->workers[index];

	(void)begin;
	(void)end;
	while (worker->arrived < ARRIVED_MAX && !job_cancelled(mark->job)) {
		uint64_t at = atomic_fetch_add(&mark->taken, mark->chunk);
		uint64_t last = at + mark->chunk;

		if (at >= mark->count)
			return;
		if (last > mark->count)
			last = mark->count;
		mark->fn(mark, worker, at, last);
	}
}

static void apply_regions(void *arg, unsigned index, uint64_t begin,
			  uint64_t end)
{
	struct mark *mark = arg;
	struct mark_worker *worker = &mark->workers[index];
	unsigned i;
	size_t k;

	for (; begin < end; begin++)
		for (i = 0; i < mark->threads; i++) {
			struct arrivals *region =
				&mark->workers[i].regions[begin];

			for (k = 0; k < region->count; k++)
				arrive(mark, worker, &region->list[k]);
			region->count = 0;
		}
}

static void apply(struct mark *mark)
{
	unsigned i;

	job_pool_run(mark->pool, mark->job, MARK_REGIONS,
		     mark->push ? MARK_REGIONS / 8 : 1, apply_regions, mark);
	for (i = 0; i < mark->threads; i++)
		mark->workers[i].arrived = 0;
}

void mark_run(struct mark *mark, uint64_t count, uint64_t chunk, bool few,
	      mark_fn *fn)
{
	uint64_t at;

	mark->at_once = mark->threads == 1 || count <= chunk;
	mark->push = mark->at_once || few;
	if (mark->at_once) {
		for (at = 0; at < count && !job_cancelled(mark->job);
		     at += chunk)
			fn(mark, &mark->workers[0], at,
			   count - at < chunk ? count : at + chunk);
		return;
	}
	mark->fn = fn;
	mark->count = count;
	mark->chunk = chunk;
	mark->order_used = mark->order_used || !mark->push;
	atomic_store(&mark->taken, 0);
	do {
		job_pool_run(mark->pool, mark->job, mark->threads, 1, turn,
			     mark);
		if (!mark->types_only)
			apply(mark);
	} while (atomic_load(&mark->taken) < count &&
		 !job_cancelled(mark->job));
}
