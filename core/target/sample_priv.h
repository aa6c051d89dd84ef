#ifndef CORE_TARGET_SAMPLE_PRIV_H
#define CORE_TARGET_SAMPLE_PRIV_H

/**
 * Inside of a sample, for the backends of this directory. A sample is a sorted
 * array of disjoint segments. A segment is target address space [start, end)
 * behind one local pointer, so that translation is a binary search and one
 * subtraction; a bit per 4 KiB page says which of it is here. Pages may be
 * fetched on first use (executable, core, running process): the bit is set
 * only after the bytes are in place and they never change afterwards.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "core/target/sample.h"
#include "core/target/source.h"

enum {
	SAMPLE_PAGE_SHIFT = 12,
	SAMPLE_PAGE = 1 << SAMPLE_PAGE_SHIFT,
	SAMPLE_FETCH_PAGES = 16, /* fetched at once: 64 KiB */
	SAMPLE_FETCH_LOCKS = 64,
};

/** Past this, one mapping of the target is not mirrored at all. */
static const uint64_t SAMPLE_SEGMENT_MAX = 1ULL << 42;

/** Where the pages of a segment come from when they are first used. */
enum segment_source { SOURCE_NONE, SOURCE_FILE, SOURCE_PROCESS };

struct segment {
	uint64_t start, end;	   /* any alignment if `present` is NULL */
	uint8_t *base;		   /* the byte at start */
	uint64_t map_bytes;	   /* not 0: base is a mapping of ours */
	_Atomic uint64_t *present; /* NULL: all of it */
	enum segment_source source;
	int fd;		      /* SOURCE_FILE, borrowed from the sample */
	uint64_t file_offset; /* of start */
	uint64_t file_bytes;  /* from start on; zero after them */
};

struct sample_ops {
	enum sample_state (*state)(const struct sample *sample);
	struct error *(*resume)(struct sample *sample);
	void (*free)(struct sample *sample); /* of `backend` */
};

struct sample {
	struct sample_info info;
	struct sample_thread *threads;
	size_t thread_count;
	struct sample_mapping *mappings;
	size_t mapping_count;
	struct segment *segments; /* sorted by start, disjoint */
	size_t segment_count, segment_cap;
	int *fds; /* owned, behind SOURCE_FILE */
	size_t fd_count, fd_cap;
	const struct sample_ops *ops; /* NULL: a file */
	void *backend;
	const struct sample *below; /* of an overlay; else NULL */
	struct source source; /* behind SOURCE_PROCESS: the target, its image */
	pthread_mutex_t warn_lock;
	pthread_mutex_t *fetch_locks; /* SAMPLE_FETCH_LOCKS, by chunk */
};

struct sample *sample_new(enum sample_kind kind);
/** Keep @p fd open as long as the sample; returns it. */
int sample_own_fd(struct sample *sample, int fd);
/**
 * Add a segment; takes the mapping and the bitmap of @p segment. False, and
 * everything is still the caller's, if it overlaps another.
 */
bool sample_add_segment(struct sample *sample, const struct segment *segment);
/**
 * A segment of reserved, untouched memory for [start, end), page aligned, with
 * no page present. @p backing_fd is -1 or a file (of at least end - start bytes
 * past @p backing_offset) that holds the copy instead of memory.
 */
struct error *segment_reserve(uint64_t start, uint64_t end, int backing_fd,
			      uint64_t backing_offset,
			      struct segment *ret) MUST_CHECK;
void segment_deinit(struct segment *segment);
/** The segment that holds @p addr, or NULL. */
struct segment *sample_segment(const struct sample *sample, uint64_t addr);
/** Declare whole pages of [start, end) present; the range is in @p seg. */
void segment_set_present(struct segment *seg, uint64_t start, uint64_t end);
bool segment_page_present(const struct segment *seg, uint64_t addr);

/** Free the strings and the array. */
void sample_mappings_free(struct sample_mapping *mappings, size_t count);
/** Replace the mappings of the sample; takes the array. */
void sample_set_mappings(struct sample *sample, struct sample_mapping *mappings,
			 size_t count);

#endif
