#ifndef CORE_GO_MEM_PROFILE_H
#define CORE_GO_MEM_PROFILE_H

/**
 * The heap profile that the runtime keeps of itself: one record for each
 * allocation size and stack, of sampled objects. Read from runtime.mbuckets.
 */
#include "core/go/runtime.h"

struct go_profile_record {
	uint64_t size;	       /* bytes of one object */
	uint64_t allocs;       /* as runtime.MemProfile publishes them: */
	uint64_t frees;	       /* as of the last completed collection */
	uint64_t inuse_now;    /* with what happened since */
	uint32_t first, count; /* return addresses: pcs[first..first+count) */
};

struct go_profile {
	struct go_profile_record *records;
	uint32_t count;
	uint64_t *pcs;
	uint32_t pc_count;
	int64_t rate; /* bytes between samples on average; 0 off */
	/** The linker left the profile out: nothing in the program reads it. */
	bool disabled;
};
/** ERROR_NOT_FOUND: the binary does not name the runtime's variables. */
struct error *go_profile_load(const struct go_runtime *rt,
			      struct go_profile *ret) MUST_CHECK;
void go_profile_deinit(struct go_profile *profile);

/** Functions at a return address, the innermost first. */
struct go_place {
	const char *function, *file; /* life of the runtime */
	uint32_t line;
};
uint32_t go_places(const struct go_runtime *rt, uint64_t return_pc,
		   struct go_place *ret, uint32_t max);

/**
 * Objects that the profile sampled when they were allocated and that were not
 * swept since, each with the address of its bucket. There are few: one for
 * each `rate` bytes.
 */
typedef void go_sampled_fn(void *arg, uint32_t object, uint64_t bucket);
void go_sampled_objects(const struct go_runtime *rt, go_sampled_fn *fn,
			void *arg);
/**
 * Where a bucket's objects are allocated: the innermost place that is not the
 * runtime's. False if the bucket cannot be read or has none.
 */
bool go_bucket_place(const struct go_runtime *rt, uint64_t bucket,
		     struct go_place *ret);

#endif
