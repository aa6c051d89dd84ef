#ifndef CORE_TARGET_LIVE_MAP_H
#define CORE_TARGET_LIVE_MAP_H

/**
 * Which mappings of a process are mirrored, and where. Neighbours of one class
 * share a segment, so that an object across two of them is one piece here too;
 * writable segments get room on both sides for mappings that grow until the
 * stop.
 */
#include "core/target/sample_priv.h"

enum map_class {
	MAP_SKIP,     /* devices, [vvar], reservations, shared files */
	MAP_WRITABLE, /* can change: copied in the stop */
	MAP_CONSTANT, /* read-only data: copied before the stop */
	MAP_TEXT,     /* code: read from its file when somebody looks */
	MAP_RESERVED, /* no access, between writable neighbours */
};

struct live_map {
	struct sample *sample;
	pid_t pid;
	int backing_fd; /* -1: memory; else the copy lies in this file */
	uint64_t backing_bytes;
	enum segment_source source; /* of writable and constant segments */
	struct segment *replaced;   /* to be freed after the stop */
	size_t replaced_count, replaced_cap;
};

enum map_class live_map_class(const struct sample_mapping *mapping);
/** Segments for every mapping that is not skipped. */
struct error *live_map_build(struct live_map *map,
			     const struct sample_mapping *maps,
			     size_t count) MUST_CHECK;
/** The same in the stop: only what no segment holds yet is added. */
struct error *live_map_update(struct live_map *map,
			      const struct sample_mapping *maps,
			      size_t count) MUST_CHECK;
/** Forget all pages of writable segments. */
void live_map_forget(struct live_map *map, const struct sample_mapping *maps,
		     size_t count);
/** Pages that are absent now stay so. */
void live_map_seal(struct live_map *map);
void live_map_deinit(struct live_map *map);

#endif
