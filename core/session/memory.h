#ifndef CORE_SESSION_MEMORY_H
#define CORE_SESSION_MEMORY_H

/** Where the memory of a process is: parts of it, and size classes. */
#include "core/session/session.h"

/** A part of the process's memory. Parts of parts are indented in `name`. */
struct memory_row {
	const char *name, *note; /* constants */
	uint64_t bytes;		 /* UINT64_MAX unknown */
	double share;		 /* of the part it belongs to; 0 top */
};

/** Spans of one size class; class 0 is large objects. */
struct size_class_row {
	uint32_t size_class;
	uint64_t size; /* bytes of a slot; 0: large objects, each its own */
	uint64_t spans, span_bytes, slots, allocated, live;
	uint64_t mallocs, frees; /* since the start; UINT64_MAX unknown */
	uint64_t free_bytes;	 /* slots that are free */
	uint64_t tail_bytes;	 /* ends of spans that hold no slot */
};

/** Spans of one span class: a size class, with pointers or without. */
struct span_class_row {
	uint32_t size_class;
	bool noscan;   /* the collector never looks into its objects */
	uint64_t size; /* bytes of a slot; 0: large objects */
	uint64_t spans, bytes, slots, objects, live;
	uint64_t used;	/* bytes of the slots that hold objects */
	uint64_t waste; /* the rest: free slots and ends of spans */
};

enum { MEMORY_ROWS = 32, MEMORY_CLASSES = 68 };

struct memory_table {
	struct memory_row rows[MEMORY_ROWS];
	uint32_t count;
	struct size_class_row classes[MEMORY_CLASSES];
	uint32_t class_count;
	struct span_class_row spans[2 * MEMORY_CLASSES];
	uint32_t span_count;
	char *pacing; /* one line on the collector; owned */
};
/** Resident bytes by what they are. */
struct memory_resident {
	uint64_t all;
	uint64_t heap;	   /* arenas: objects and goroutine stacks */
	uint64_t metadata; /* other anonymous memory */
	uint64_t binary, files;
	uint64_t c;    /* [heap], [stack], [vdso] */
	uint64_t swap; /* not resident */
};
/** False if that is not known. */
bool memory_resident_load(const struct session *session,
			  struct memory_resident *ret);
/** Never fails: what is not known says so in its row. */
void memory_table_load(const struct session *session, struct memory_table *ret);
void memory_table_deinit(struct memory_table *table);
/** The models are struct memory_table. */
extern const struct list_kind memory_list_kind, size_class_list_kind,
	span_class_list_kind;
/** Size and span classes of @p table; internal to memory_table_load(). */
void memory_classes_load(const struct session *session,
			 struct memory_table *table);

#endif
