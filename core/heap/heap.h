#ifndef CORE_HEAP_HEAP_H
#define CORE_HEAP_HEAP_H

/**
 * The heap as a graph. Vertices are object numbers of go_runtime (slots of
 * in-use spans); there is no struct per object, only parallel arrays. One
 * breadth-first search from all roots decides what is reachable, gives each
 * object its type and the parent on a shortest strong path; dominators give
 * retained sizes.
 */
#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/job.h"
#include "core/go/runtime.h"

/** Arrays are by object number, of `count` elements or bits. */
struct heap {
	const struct go_runtime *rt; /* borrowed */
	uint32_t count;		     /* = rt->slot_count */
	uint64_t *reached;	     /* bit per object */
	uint32_t *type;		     /* type id, 0 unknown */
	uint32_t *parent;	     /* object, or root index if from_root */
	uint64_t *from_root;	     /* bit per object: parent is a root */
	uint64_t reached_objects, reached_bytes;
	uint64_t edge_count;
	/** Precise words past span.limit, or to slots that are free. */
	uint64_t wild_words;

	/* dominators; NULL until heap_dominators() */
	uint32_t *idom;	    /* object, or HEAP_NO_IDOM */
	uint64_t *retained; /* bytes of slots */

	struct heap_priv *priv; /* heap_priv.h */
};

static const uint32_t HEAP_NO_IDOM = 0xffffffffu;

/**
 * Search from all roots. Memory: 13.5 bytes per slot of the heap's spans and 4
 * per reference of objects that have several; while it runs 4 bytes per object
 * of the widest level. Names of owners may touch 12 more bytes per slot, for
 * the objects on the paths to maps only.
 * The result does not depend on @p threads.
 */
struct error *heap_load(const struct go_runtime *rt, unsigned threads,
			struct job *job, struct heap **ret) MUST_CHECK;
void heap_free(struct heap *heap);
/**
 * Fill idom and retained, unless done before. ERROR_LIMIT if there are 2^32
 * references or more. Exact over the strong graph:
 * weak handles do not count, conservative words do. Memory: 12 bytes per slot
 * to keep; while it runs 44 per object from which something with two holders
 * can be reached, and 12 per reference between such that the search does not
 * enter.
 */
struct error *heap_dominators(struct heap *heap, unsigned threads,
			      struct job *job) MUST_CHECK;

/**
 * How many values of its type the object holds: 1 for a plain object, more for
 * the backing array of a slice, a bucket array.
 */
uint64_t heap_repeat(const struct heap *heap, uint32_t object);

/** One map header, wherever it is. */
struct heap_map {
	uint64_t header;
	uint32_t object;  /* GO_NO_OBJECT: not a heap object of its own */
	uint32_t type;	  /* map type, 0 if unknown */
	uint32_t root;	  /* stack headers: index into rt->stack_maps + 1 */
	uint32_t holders; /* distinct words that refer to the header */
	bool reachable;
};

enum heap_find {
	HEAP_FIND_GARBAGE = 1, /* maps in unreachable memory too */
};

struct heap_search {
	unsigned how; /* of enum heap_find */
	/**
	 * NULL, or whether a reached object without a type is a header by its
	 * shape. Asked of slots of @c shape_bytes with pointers only, by all
	 * threads.
	 */
	bool (*is_header)(void *arg, const struct go_span *span,
			  uint32_t object);
	void *arg;
	uint64_t shape_bytes;
};

struct heap_found {
	struct heap_map *maps; /* by address; owned by the caller */
	uint32_t count;
	/**
	 * Typed nil map words met: in package variables, in single objects, in
	 * live map entries (what lies behind a slice's length is not told from
	 * what is in it, so slices do not count).
	 */
	uint64_t nils;
};

/**
 * Every map header once: typed objects, values of pointers, interior headers
 * and stack headers.
 */
struct error *heap_find_maps(struct heap *heap,
			     const struct heap_search *search, unsigned threads,
			     struct job *job,
			     struct heap_found *ret) MUST_CHECK;

/** One step of a path, root first. */
struct heap_step {
	uint64_t addr;	 /* start of the object, or of the root's variable */
	uint32_t object; /* GO_NO_OBJECT for the root step */
	uint32_t type;	 /* of the object */
	uint64_t offset; /* of the word that leads on */
};

/**
 * A shortest strong path to @p addr (an object's or a stack header's address),
 * root first. Returns the steps, 0 if unreachable; at most @p max. *@p root_ret
 * is the root's index.
 */
uint32_t heap_path(const struct heap *heap, uint64_t addr,
		   struct heap_step *ret, uint32_t max, uint32_t *root_ret);

/**
 * Names of a path: the short owner ("main.cache", "(*main.Session).Attrs",
 * "main.(*worker).run.local", grammar in core/heap/owner.h) and, if wanted, one
 * string per step; each owned by the caller.
 */
enum heap_want {
	HEAP_OWNER_ONLY,
	HEAP_PATH,
	HEAP_PATH_REDACTED, /* no bytes of map keys in the steps */
};
struct heap_owner {
	char *name;
	uint8_t root_kind; /* enum go_root_kind */
	bool reachable;
	int64_t goroutine; /* stack roots: goroutine id, else 0 */
	char **path;
	uint32_t path_count;
};
void heap_owner_load(const struct heap *heap, const struct heap_map *map,
		     enum heap_want want, struct heap_owner *ret);
void heap_owner_deinit(struct heap_owner *owner);

/**
 * Every word that refers into object @p object: roots first, then by address.
 * Of more than @p max the first are kept; *@p count_ret is how many those are.
 */
struct heap_ref {
	uint64_t addr;	 /* of the referring word; 0 register */
	uint32_t object; /* that holds it; GO_NO_OBJECT: root */
	uint32_t root;	 /* root index if so */
};
struct error *heap_incoming(const struct heap *heap, uint32_t object,
			    unsigned threads, struct heap_ref *ret,
			    uint32_t max, uint32_t *count_ret) MUST_CHECK;

#endif
