/*
 * Most objects of most heaps are small, have all their pointer bits in one
 * word and a type that is known: their words are looked up in tables, without
 * a call for what is found there.
 */
#include "core/heap/mark_arrive.h"
#include "core/heap/type_words.h"

enum {
	AHEAD = 8,	 /* objects between prefetch and use */
	CELLS_AHEAD = 8, /* likewise for where their pointers lead */
	BITS_AHEAD = 4,
};

static void prefetch_object(const struct mark *mark, uint32_t object)
{
	const struct go_span *span = heap_span_of(mark->heap, object);

	if (span->mem && !span->noscan)
		__builtin_prefetch(span->mem +
				   (object - span->first) * span->elem_size);
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

struct quick {
	const struct type_words *words;
	const uint8_t *mem; /* of the object */
	uint32_t type;
};

/** What the tables cannot tell of a word of an object of a known type. */
static void claim_asking(struct mark_worker *worker, const struct quick *quick,
			 unsigned word, const struct heap_place *place)
{
	struct slot_cursor cursor;

	slot_cursor_init(&cursor, &worker->typer, quick->type);
	mark_scan_types(worker, &cursor, quick->mem, word * 8, place);
}

/** What a word claims when that was not asked just before. */
static __attribute__((noinline)) uint32_t claim_slowly(
	struct mark *mark, struct mark_worker *worker,
	const struct quick *quick, unsigned word)
{
	uint32_t claim = quick->words->claim[word];
	struct heap_place place;

	if (heap_locate(mark->heap, heap_word(quick->mem + word * 8), &place) !=
	    HEAP_HIT)
		return 0;
	if (!place.start) {
		claim_asking(worker, quick, word, &place);
		return 0;
	}
	if (claim == TYPE_WORDS_ASK) {
		claim_asking(worker, quick, word, &place);
		return 0;
	}
	if (!typer_fits(&worker->typer, claim, &place))
		return 0;
	return claim;
}

static inline uint32_t claim_of(struct mark *mark, struct mark_worker *worker,
				const struct quick *quick, unsigned word,
				const struct heap_spot *spot)
{
	uint32_t claim = quick->words->claim[word];
	const struct type_fit *fit = &worker->typer.fits[spot->cell->class];

	if (!spot->start)
		return quick->words->inside >> word & 1
			       ? claim_slowly(mark, worker, quick, word)
			       : 0;
	if (claim == fit->type)
		return fit->claim;
	return !claim ? 0 : claim_slowly(mark, worker, quick, word);
}

/** Its last target; itself without any. */
static inline uint32_t scan_quick(struct mark *mark, struct mark_worker *worker,
				  const struct heap_index *tables,
				  const struct quick *quick, bool near,
				  uint32_t object, uint64_t bits)
{
	struct row row = {.last = object};
	struct heap_spot spot;
	enum heap_hit hit;

	row.to = edges_row(mark->edges, &worker->block, TYPE_WORDS);
	for (; bits; bits &= bits - 1) {
		unsigned word = (unsigned)__builtin_ctzll(bits);

		hit = heap_index_find(tables, heap_word(quick->mem + word * 8),
				      &spot);
		if (hit != HEAP_HIT) {
			worker->wild += hit == HEAP_WILD;
			continue;
		}
		worker->edges++;
		mark_refer(mark, worker, &row, near, object, spot.object,
			   claim_of(mark, worker, quick, word, &spot));
	}
	if (row.to)
		edges_row_end(mark->edges, &worker->block, object, row.to,
			      row.count);
	if (quick->words->roles)
		typer_roles(&worker->typer, quick->type, quick->mem,
			    worker->in.elem_size);
	return row.last;
}

/** The tables for an object, if it has the quick way; quick->words is NULL if
 * not. */
static inline void quick_enter(struct mark_worker *worker, struct quick *quick,
			       uint32_t type)
{
	if (quick->type == type)
		return;
	quick->type = type;
	quick->words = typer_words(&worker->typer, type);
}

/** The words of an object of this span: pointers or not, fetching is safe. */
static inline void fetch_words(const struct mark_span *in,
			       const struct heap_index *tables, uint32_t object,
			       bool cells)
{
	uint32_t index = object - in->first, i;
	const uint8_t *mem = in->mem + (uint64_t)index * in->elem_size;

	if (index >= in->slots)
		return;
	for (i = 0; i < in->words; i++)
		if (cells)
			mark_fetch_cell(tables, heap_word(mem + i * 8));
		else
			mark_fetch_bits(tables, heap_word(mem + i * 8));
}

static inline void look_ahead(const struct mark *mark,
			      const struct mark_span *in,
			      const struct heap_index *tables, uint64_t i,
			      uint64_t end)
{
	if (!in->quick || end - i <= CELLS_AHEAD)
		return;
	fetch_words(in, tables, mark->level[i + CELLS_AHEAD], true);
	fetch_words(in, tables, mark->level[i + BITS_AHEAD], false);
}

static void level_prefetch(const struct mark *mark, uint64_t i, uint64_t end)
{
	if (!mark->in_order && i + AHEAD < end)
		prefetch_object(mark, mark->level[i + AHEAD]);
}

static inline void scan_level(struct mark *mark, struct mark_worker *worker,
			      uint64_t begin, uint64_t end, bool near)
{
	const struct heap_index tables = heap_index(mark->heap);
	const struct mark_span *in = &worker->in;
	struct quick quick = {0};
	uint64_t i;

	for (i = begin; i < end; i++) {
		uint32_t object = mark->level[i], index, last;

		level_prefetch(mark, i, end);
		index = mark_enter(mark, &worker->in, object);
		if (!near)
			look_ahead(mark, in, &tables, i, end);
		if (in->quick && !mark->types_only)
			quick_enter(worker, &quick, mark->heap->type[object]);
		if (!in->quick || mark->types_only || !quick.words) {
			mark_object(mark, worker, object);
			continue;
		}
		quick.mem = in->mem + (uint64_t)index * in->elem_size;
		last = scan_quick(mark, worker, &tables, &quick, near, object,
				  pointer_bits(in, index));
		if (i - begin < MARK_LOOK)
			mark_watch(worker, last);
	}
}

void mark_range(struct mark *mark, struct mark_worker *worker, uint64_t begin,
		uint64_t end)
{
	if (mark_near(mark, worker))
		scan_level(mark, worker, begin, end, true);
	else
		scan_level(mark, worker, begin, end, false);
	job_advance(mark->job, end - begin);
}
