#ifndef CORE_HEAP_MARK_PRIV_H
#define CORE_HEAP_MARK_PRIV_H

/**
 * What the parts of the search share: the levels (mark.c), where it begins
 * (mark_roots.c), one round of all workers (mark_run.c), what the words of an
 * object say (mark_scan.c, most of them mark_quick.c), what happens when one
 * refers to an object (mark_arrive.h).
 *
 * A word that refers to an object is an arrival there. Each worker owns a part
 * of the heap for a round and lets arrivals in it take effect at once. Others
 * it puts into the list of the region of the heap that the object is in; when
 * all have scanned, each region's lists are taken by one thread. So nothing has
 * to be atomic, and what is written lies close together.
 */
#include "core/base/xalloc.h"
#include "core/heap/edges.h"
#include "core/heap/typing.h"

enum {
	MARK_REGIONS = 128,
	MARK_BIG_CHUNK = 1 << 13, /* words */
	MARK_WAITING = 32,	  /* arrivals: what a core fetches at once */
	MARK_RECENT = 16,	  /* blocks */
	MARK_LOOK = 16,		  /* references watched between decisions */
};

static const uint32_t MARK_NOBODY = 0xffffffff;

struct arrival {
	uint32_t to, from; /* from MARK_NOBODY: only the claim counts */
	uint32_t type;	   /* claimed, 0 none */
};

struct arrivals {
	struct arrival *list;
	size_t count, cap;
};

/** The span that a worker is in, as far as quick scans need it. */
struct mark_span {
	const struct go_span *span;
	const uint8_t *mem, *bits;
	uint64_t words_mask; /* of an object's pointer bits */
	uint32_t first, slots;
	uint32_t elem_size, words;
	bool quick; /* all pointer bits of an object in one word */
};

/** Of the objects of a round: those a worker begins with. */
struct mark_share {
	_Atomic uint64_t next;
	uint64_t end;
};

struct mark_worker {
	struct mark *mark;
	/** Arrivals that wait for the memory they need, the oldest next. */
	struct arrival waiting[MARK_WAITING];
	unsigned waiting_at, waiting_count;
	/** Blocks of objects that were referred to lately. */
	uint32_t recent[MARK_RECENT];
	/** References watched, and those that led to other blocks, since the
	 * last look: if many do, it is worth fetching what they need ahead. */
	uint32_t watched, jumps;
	bool anywhere;
	struct typer typer;
	unsigned index;
	uint32_t own_first, own_count; /* objects that only it writes to */
	struct mark_share share;
	struct mark_span in;
	struct edges_block block;
	uint32_t *next; /* objects of the next level */
	size_t next_count, next_cap;
	uint32_t *big; /* objects that are left for all to share */
	size_t big_count, big_cap;
	struct arrivals *regions;
	size_t arrived; /* in all of them */
	uint64_t edges, wild;
};

/** A piece of the row of an object that is scanned by all workers. */
struct mark_piece {
	uint32_t first, count;
	uint32_t last;
};

struct mark;
typedef void mark_fn(struct mark *mark, struct mark_worker *worker,
		     uint64_t begin, uint64_t end);

struct mark {
	struct heap *heap;
	struct job *job;
	unsigned threads;
	struct job_pool *pool;
	struct mark_worker *workers;
	struct edges *edges;
	/** Bit per object: somebody has arrived. Claimed and not reached: it is
	 * of the next level. */
	uint64_t *claimed;
	/** Bit per object: its chain does not begin at a package variable. */
	uint64_t *weak;
	atomic_bool any_weak; /* in this level */
	/** By chunk of a bitmap: objects of the level before. */
	uint64_t *level_start;
	bool unlisted; /* some of the next level are in no worker's list */
	uint32_t *level;
	size_t level_count, level_cap;
	bool in_order;	  /* the level is */
	bool striped;	  /* blocks of objects are dealt out to the workers */
	atomic_bool full; /* a worker has posted enough for this round */
	bool types_only;
	bool push; /* into lists too, not only into `claimed` */
	unsigned region_shift;
	/* of mark_run() */
	mark_fn *fn;
	uint64_t chunk;
	uint64_t rescans_left;
	/* the object that is scanned in chunks */
	uint32_t big;
	uint32_t *big_row; /* NULL: no row */
	struct mark_piece *pieces;
};

static inline void mark_push(struct mark_worker *worker, uint32_t object)
{
	GROW_ARRAY(worker->next, worker->next_count, worker->next_cap);
	worker->next[worker->next_count++] = object;
}

/** Level 0: what roots refer to, package variables first. */
void mark_roots(struct mark *mark);
/**
 * A header on a stack types its buckets; a first bucket or group beside it
 * types what its entries hold. Both are kept alive by roots of their own.
 */
void mark_stack_maps(struct mark *mark);

void mark_enter_span(struct mark *mark, struct mark_span *in, uint32_t object);
/** Be in the span of @p object; its slot there. */
static inline uint32_t mark_enter(struct mark *mark, struct mark_span *in,
				  uint32_t object)
{
	if (object - in->first >= in->slots)
		mark_enter_span(mark, in, object);
	return object - in->first;
}

/** mark_fn: objects of the level. */
void mark_range(struct mark *mark, struct mark_worker *worker, uint64_t begin,
		uint64_t end);
/**
 * What a word claims of what is at @p place, where it leads; @p offset is from
 * the start of the user's data at @p data.
 */
void mark_scan_types(struct mark_worker *worker, struct slot_cursor *cursor,
		     const uint8_t *data, uint64_t offset,
		     const struct heap_place *place);
/** What @p object's words say; big ones are put aside. */
void mark_object(struct mark *mark, struct mark_worker *worker,
		 uint32_t object);
/** Those that were put aside, one after the other. */
void mark_big_objects(struct mark *mark);
/** As struct typer's `claim`: hand it to who owns the object. */
void mark_claim(void *worker, uint32_t object, uint32_t type);
/** Let the arrivals that wait take effect: at the end of a piece of work. */
void mark_settle(struct mark *mark, struct mark_worker *worker);
/** The first worker owns everything. */
void mark_alone(struct mark *mark);
/**
 * Run @p fn over [0, @p count), by all threads if it is more than a chunk, and
 * let all arrivals take effect. @p few: there are not many for the size of the
 * heap.
 */
void mark_run(struct mark *mark, uint64_t count, uint64_t chunk, bool few,
	      mark_fn *fn);

#endif
