#ifndef CORE_SESSION_OBJECTS_H
#define CORE_SESSION_OBJECTS_H

/** Heap objects and addresses, one by one and as lists. */
#include "core/session/session.h"

/** One object of the heap. Bytes are those of its slot. */
struct object_info {
	uint64_t addr; /* of the user's data */
	uint64_t bytes;
	uint64_t retained_bytes; /* UINT64_MAX unknown */
	uint64_t count;		 /* values of its type in it */
	uint64_t len, cap;	 /* of the slice or string that holds it;
				  * UINT64_MAX unknown */
	uint64_t used_bytes;	 /* what that slice can reach; likewise */
	const char *type;	 /* NULL unknown; life of the session */
	uint32_t object;
	bool reachable;
};
/** @p object must be below session_object_count(). */
void object_info_load(const struct session *session, uint32_t object,
		      struct object_info *ret);

/** What lives at an address. */
struct address_info {
	uint64_t addr;
	/** "reachable" "garbage" "free" "stack" "data" "text" "mapped"
	 * "unmapped" */
	const char *state;
	uint64_t start, bytes; /* object, variable or function; 0 none */
	uint64_t retained_bytes;
	const char *type; /* NULL unknown */
	uint64_t span, span_bytes, slot_bytes;
	uint32_t size_class, object;
	bool in_heap, noscan;
	int64_t goroutine; /* of a stack */
	char *name;	   /* owner, variable or function; owned, may be NULL */
	char *place;	   /* file:line, mapping; owned, may be NULL */
};
void address_info_load(const struct session *session, uint64_t addr,
		       struct address_info *ret);
void address_info_deinit(struct address_info *info);

enum object_choice { OBJECTS_REACHED, OBJECTS_GARBAGE, OBJECTS_ALL };

/** A set of objects in address order; a model for object_list_kind. */
struct object_set {
	const struct session *session;
	uint32_t *objects;
	uint32_t count;
	uint64_t bytes;
	/** By row, of a dominated set: 0 not asked yet, 1 no, 2 it is an
	 * accumulation point. */
	uint8_t *points;
};
/**
 * Objects of at least @p min_bytes whose type matches the regular expression
 * @p type (NULL: any; untyped objects match only NULL and "?").
 */
struct error *object_set_load(const struct session *session,
			      enum object_choice choice, const char *type,
			      uint64_t min_bytes,
			      struct object_set *ret) MUST_CHECK;
/** Objects of type number @p type (of a struct type_row). */
void object_set_of_type(const struct session *session, uint32_t type,
			struct object_set *ret);
/** What @p object dominates directly; UINT32_MAX: what nothing dominates. */
struct error *object_set_dominated(const struct session *session,
				   uint32_t object, uint64_t min_bytes,
				   struct object_set *ret) MUST_CHECK;
/**
 * Objects of a dominated set whose type matches @p pattern give way to what
 * they dominate directly, as long as that matches too. "std" stands for types
 * of the runtime and the standard library.
 */
struct error *object_set_skip(struct object_set *set, const char *pattern,
			      uint64_t min_bytes) MUST_CHECK;
void object_set_deinit(struct object_set *set);
/**
 * Is it where retained bytes pile up: of several objects that it dominates
 * directly none retains seven tenths of what it does? *@p children_ret: how
 * many those are. False, 0 without dominators.
 */
bool object_accumulates(const struct session *session, uint32_t object,
			uint32_t *children_ret);
/** The second one has a column more: accumulation points. */
extern const struct list_kind object_list_kind, dominator_list_kind;

/** One type, with what its objects take. */
struct type_row {
	const char *name; /* "?" untyped */
	uint64_t count, bytes;
	uint64_t retained_bytes; /* UINT64_MAX unknown */
	uint32_t type;
	bool exact;	       /* retained_bytes */
	uint64_t before_bytes; /* in the table compared with; UINT64_MAX ? */
};
struct type_table {
	const struct session *session;
	struct type_row *rows;
	uint32_t count;
	uint64_t objects, bytes;
	struct intern names; /* of packages */
	bool compared;	     /* with another sample's */
};
/** Reached objects by type, or by the package of their type. */
struct error *type_table_load(const struct session *session, bool by_package,
			      struct type_table *ret) MUST_CHECK;
/**
 * The objects of @p set by type or package. Their retained bytes are added up:
 * exact for what one object dominates directly, as object_set_dominated() gives
 * it, because nothing is in two of those trees.
 */
void type_table_of_set(const struct object_set *set, bool by_package,
		       struct type_table *ret);
void type_table_deinit(struct type_table *table);
/** Rows get the bytes that @p before has under their names. */
void type_table_compare(struct type_table *table,
			const struct type_table *before);
/** The second one has a column more: the change since the other sample. */
extern const struct list_kind type_list_kind, type_sample_list_kind;

/** A match of session_find(). */
struct found {
	uint64_t addr;
	uint32_t object; /* UINT32_MAX: not in the heap */
	char *text;	 /* around the match, escaped; owned */
};
struct found_set {
	struct found *rows;
	uint32_t count;
	bool complete;
};
/** Where the bytes of @p text occur, or what matches it if it is written
 * "/RE/": heap objects, package variables, string literals. At most @p max;
 * what is reachable comes first. */
struct error *session_find(const struct session *session, const char *text,
			   uint32_t max, struct found_set *ret) MUST_CHECK;
void found_set_deinit(struct found_set *set);

/** Objects that die with @p object, itself included; UINT64_MAX unknown. */
uint64_t session_dominated_count(const struct session *session,
				 uint32_t object);
uint32_t session_object_count(const struct session *session);

#endif
