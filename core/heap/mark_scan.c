/*
 * The words of an object, whatever it is: where they lead, and what they say
 * about the types of what is there. mark_quick.c does the same for most.
 */
#include <stdlib.h>

#include "core/heap/mark_arrive.h"
#include "core/heap/type_words.h"

enum {
	BIG_WORDS = 1 << 16, /* larger objects are shared among threads */
	CELLS_AHEAD = 32,    /* words between prefetch and use */
	BITS_AHEAD = 16,
};

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

void mark_scan_types(struct mark_worker *worker, struct slot_cursor *cursor,
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

/** Up to which words it was fetched where they lead. */
struct fetched {
	uint64_t cells, bits;
};

/** The words that come soon, pointers or not: fetch where they lead. */
static void look_ahead(const struct heap_index *tables,
		       const struct heap_words *it, struct fetched *fetched)
{
	uint64_t word = it->offset / 8;

	for (; fetched->cells < it->end && fetched->cells < word + CELLS_AHEAD;
	     fetched->cells++)
		mark_fetch_cell(tables,
				heap_word(it->mem + fetched->cells * 8));
	for (; fetched->bits < it->end && fetched->bits < word + BITS_AHEAD;
	     fetched->bits++)
		mark_fetch_bits(tables, heap_word(it->mem + fetched->bits * 8));
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
	const struct heap_index tables = heap_index(heap);
	struct fetched fetched = {first, first};
	struct slot_cursor cursor;
	struct heap_words it;
	struct heap_place place;
	enum heap_hit hit;

	heap_words_init(&it, heap, span, object - span->first, first, end);
	slot_cursor_init(&cursor, &worker->typer, type);
	while (heap_words_next(&it)) {
		if (worker->anywhere)
			look_ahead(&tables, &it, &fetched);
		hit = heap_locate(heap, it.value, &place);
		worker->wild += hit == HEAP_WILD && !mark->types_only;
		if (hit != HEAP_HIT || it.offset < skip)
			continue;
		if (!mark->types_only) {
			worker->edges++;
			mark_watch(worker, place.object);
			mark_refer(mark, worker, row, false, object,
				   place.object, 0);
		}
		mark_scan_types(worker, &cursor, it.mem + skip,
				it.offset - skip, &place);
	}
	if (type && it.mem && !first)
		typer_roles(&worker->typer, type, it.mem + skip,
			    heap_slot_bytes(span) - skip);
}

void mark_enter_span(struct mark *mark, struct mark_span *in, uint32_t object)
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

	mark_enter(mark, in, object);
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
	uint32_t last = mark->big, count = 0;
	uint64_t i;

	mark_alone(mark);
	mark->push = true;
	for (i = 0; i < pieces; i++) {
		const struct mark_piece *piece = &mark->pieces[i];
		uint32_t again = piece->first == last;

		if (!piece->count)
			continue;
		if (!again)
			mark_arrive(mark, &mark->workers[0], piece->first,
				    mark->big, 0);
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
