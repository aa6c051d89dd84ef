#ifndef CORE_HEAP_TYPING_H
#define CORE_HEAP_TYPING_H

/**
 * Types of objects, inferred from who points to them. A word whose slot says
 * "pointer to T" makes the object that starts there a T (or several); when two
 * words disagree the better claim stands, by a total order, so that the result
 * does not depend on the order of arrival:
 *
 *   1. parts of a map (header, bucket, table, group);
 *   2. the type that the allocator recorded, which is never in doubt;
 *   3. the larger type, a struct before others, a named one before others,
 *      the name that sorts first.
 *
 * Pointers into the middle of an object claim nothing, but for strings and
 * byte slices: an object without pointers that they begin in is bytes unless
 * somebody knows better.
 *
 * One typer belongs to one thread. Types of objects that the search has
 * already settled are not changed at once but noted in `claims`, because other
 * threads read them: who owns the typers settles those when all have scanned.
 */
#include "core/heap/heap_priv.h"

/** The slots of a type, with what generic code hides put right. */
struct type_plan {
	const struct go_type *type;
	const struct go_slot *slots;
	uint32_t count;
	bool owned; /* slots are ours */
	bool node;  /* internal/sync.node: look at the object itself */
	bool timer; /* since Go 1.23 the head of a runtime.timeTimer */
};

struct type_word { /* cache: word of the target -> type id */
	uint64_t word;
	uint32_t type;
	bool valid;
};

struct type_claim {
	uint32_t object, type;
};

struct typer {
	struct heap *heap;
	struct type_plan *plans; /* by type id */
	uint32_t plan_count;
	struct type_words **words; /* by type id; type_words.h */
	uint32_t word_count;
	struct type_word *dynamic;  /* type words and itabs */
	struct type_word *closures; /* code pointers */
	struct type_claim *claims;
	size_t claim_count, claim_cap;
	uint32_t byte_type, any_type, hchan_type, timer_type;
	/**
	 * What to do with a claim: typer_claim_fitting(), or hand it to the
	 * thread that may do that.
	 */
	void (*claim)(void *arg, uint32_t object, uint32_t type);
	void *claim_arg;
	/** Claims on unreached objects only: types of garbage. */
	bool garbage;
	/** By class of cells: the type that was last claimed, and again if it
	 * fits, 0 if not. */
	struct type_fit {
		uint32_t type, claim;
	} fits[HEAP_CLASSES];
};

void typer_init(struct typer *typer, struct heap *heap);
void typer_deinit(struct typer *typer);

const struct type_plan *typer_plan_load(struct typer *typer, uint32_t type);
/** Never NULL; type 0 has no slots. Valid until the next call. */
static inline const struct type_plan *typer_plan(struct typer *typer,
						 uint32_t type)
{
	if (type < typer->plan_count && typer->plans[type].type)
		return &typer->plans[type];
	return typer_plan_load(typer, type);
}

const struct type_words *typer_words_load(struct typer *typer, uint32_t type);

/** The type from an interface's first word; 0 if it is none. Cached. */
uint32_t typer_dynamic(struct typer *typer, uint64_t word);

/** Walks the slots of a type along ascending offsets of an object. */
struct slot_cursor {
	struct type_plan plan;
	uint64_t start; /* of the current repetition, from the user's data */
	uint32_t slot;
};

void slot_cursor_init(struct slot_cursor *cursor, struct typer *typer,
		      uint32_t type);
/**
 * The slot that covers @p offset (from the start of the user's data), with
 * its offset made absolute; false if none does.
 */
bool slot_cursor_at(struct slot_cursor *cursor, struct typer *typer,
		    uint64_t offset, struct go_slot *ret);

/**
 * Claim the object at @p place, to which a word in slot @p slot points.
 * @p word_offset is the word's offset in the same measure as the slot's;
 * @p previous is the word in front of it (0 if none).
 */
void typer_claim_slot(struct typer *typer, const struct go_slot *slot,
		      uint64_t word_offset, uint64_t previous,
		      const struct heap_place *place);
/** The same for a word that points behind the start of an object. */
void typer_claim_inside(struct typer *typer, const struct go_slot *slot,
			const struct heap_place *place);
/** A word without a type: only an interface pair can tell. */
void typer_claim_pair(struct typer *typer, uint64_t previous,
		      const struct heap_place *place);
/** Claim by type alone; @p place must be a start. */
void typer_claim(struct typer *typer, const struct heap_place *place,
		 uint32_t type);
/**
 * The same if a type like that is known to fit where the object is. Only by
 * the one thread that may change the object's type now.
 */
void typer_claim_fitting(struct typer *typer, uint32_t object, uint32_t type);
/** Can the object there be of the type? */
bool typer_fits(struct typer *typer, uint32_t type,
		const struct heap_place *place);

/** What the object's type is when it is scanned: recorded or claimed. */
uint32_t typer_settle(struct typer *typer, const struct go_span *span,
		      uint32_t object);

/**
 * Everything that the role of an object says about others: buckets of a
 * header, tables of a directory, overflow buckets that the collector cannot
 * see. @p type is the object's, @p mem its user data of @p size bytes.
 */
void typer_roles(struct typer *typer, uint32_t type, const uint8_t *mem,
		 uint64_t size);

/** Is claim @p a better than @p b for the same object? */
bool typer_better(struct typer *typer, uint32_t a, uint32_t b);

#endif
