#ifndef CORE_SESSION_SESSION_PRIV_H
#define CORE_SESSION_SESSION_PRIV_H

/** The inside of a session; for core/session only. */
#include <pthread.h>

#include <stdatomic.h>

#include "core/base/intern.h"
#include "core/container/container.h"
#include "core/go/runtime.h"
#include "core/heap/dom_tree.h"
#include "core/heap/heap.h"
#include "core/heap/reverse.h"
#include "core/session/session.h"
#include "core/session/surroundings.h"
#include "core/target/resident.h"

struct session {
	struct job *command; /* what one command does; owned, never NULL */
	atomic_uint holds;   /* session_free() calls that free nothing */
	struct session_options options;
	struct go_program *program; /* owned */
	struct sample *sample;	    /* owned */
	struct go_runtime *rt;	    /* owned */
	struct heap *heap;	    /* owned */
	struct heap_map *heap_maps; /* owned */
	uint32_t heap_map_count;
	uint64_t nil_maps;
	struct map_row *rows; /* owned, by address */
	uint32_t row_count;
	struct intern owners;
	struct finding *findings;		/* owned */
	uint32_t finding_count, accepted_count; /* those are last */
	struct go_memstats stats;
	struct resident resident; /* empty: unknown */
	uint64_t rss;		  /* right after the copy; 0 unknown */
	struct surroundings around;
	bool have_stats;
	char *name; /* last element of the executable's path */
	uint64_t analysis_ns, index_ns, copy_ns;
	struct session_times times;
	/* Built when first asked for; session_reverse(), session_dom_tree(). */
	pthread_mutex_t lazy_lock;
	struct heap_reverse *reverse;	/* owned */
	struct heap_dom_tree *dom_tree; /* owned */
	char **part_names;		/* by type id; owned, NULL unset */
	uint32_t part_count;
	struct series_set *series; /* of a snapshot, or NULL; owned */
	/** Of a snapshot without memory; then all of the above but rows,
	 * owners, findings and stats is NULL. Owned. */
	struct stored *stored;
};

enum map_detail_want { DETAIL_LIST, DETAIL_ALL };
/**
 * map_detail_load() in part: DETAIL_LIST has no occupancy and no expected
 * shares, and figures that cannot be loaded leave `typed` false.
 */
struct error *map_detail_part(const struct session *session, uint32_t row,
			      enum map_detail_want want, enum heap_want path,
			      struct map_detail *ret) MUST_CHECK;
/** Share of the live heap that @p bytes are; UINT64_MAX: not known. */
void session_put_share(const struct session *session, uint64_t bytes,
		       bool exact, struct cell *ret);
/** ERROR_USAGE: the snapshot's level holds no memory. */
struct error *session_needs_memory(const struct session *session) MUST_CHECK;
struct session *session_new(const struct session_options *options);
/** Who refers to whom. Thread safe, also on a const session. */
struct error *session_reverse(const struct session *session,
			      const struct heap_reverse **ret) MUST_CHECK;
/**
 * The name of an object's type as a person reads it: parts of maps are called
 * by the map's type, "map[string]int group". NULL for type 0; life of the
 * session; thread safe.
 */
const char *session_type_name(const struct session *session, uint32_t type);
void session_type_names_free(struct session *session);
/** ERROR_USAGE if retained sizes were not computed. */
struct error *session_dom_tree(const struct session *session,
			       const struct heap_dom_tree **ret) MUST_CHECK;

/** The binary's types and symbols into session->program. */
struct error *session_open_program(struct session *session, const char *exe,
				   struct job *job) MUST_CHECK;
/** From the sample to rows and findings: the same for every kind of target. */
struct error *session_analyse(struct session *session,
			      struct job *job) MUST_CHECK;
/** What the container layer needs to walk the map of a row. */
void session_map_view(const struct session *session, const struct map_row *row,
		      struct map_view *ret);
/** The same with its hash function in @p hasher, if that is known. */
void session_hash_view(const struct session *session, const struct map_row *row,
		       struct map_view *ret, struct map_hasher *hasher);
/** Rows, owners and flags out of heap_maps. */
struct error *map_table_build(struct session *session,
			      struct job *job) MUST_CHECK;
enum { MAP_HEADER_BYTES = 48 }; /* all releases, both families */
/** As struct heap_search's `is_header`; @p session is a const one. */
bool untyped_is_header(void *session, const struct go_span *span,
		       uint32_t object);
/** Bands of the map's figures into flags and severity. */
void map_row_judge(const struct session *session,
		   const struct map_figures *figures, struct map_row *row);
/** @p depth: of the Swiss directory; @p old, @p moved: classic buckets. */
struct map_growth map_growth_of(bool swiss, unsigned depth, uint64_t old,
				uint64_t moved, bool same_size);
/** Of two maps the one that has most to move. */
struct map_growth map_growth_most(struct map_growth a, struct map_growth b);
/** "2x 37%", "same 12%", "split depth 6", "none". */
void map_growth_put(struct map_growth growth, struct cell *ret);
/** Sort the findings out of the rows. */
struct error *findings_build(struct session *session) MUST_CHECK;
void findings_free(struct session *session);
/** enum go_root_kind as JSON names it. */
const char *root_kind_name(uint8_t kind);
/** Is the owner a package of the runtime or the standard library? */
bool owner_is_std(const char *owner, const char *module);
/** Length of the package path that an owner or type name begins with. */
size_t owner_package(const char *owner, const char **start_ret);

#endif
