/* The profile that the runtime keeps, as pprof shows it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/go/mem_profile.h"
#include "core/session/profile.h"
#include "core/session/session_priv.h"

enum value { ALLOC_OBJECTS, ALLOC_SPACE, INUSE_OBJECTS, INUSE_SPACE };

/** Locations by address, open addressing. */
struct place_table {
	uint32_t *slots; /* location + 1 */
	uint32_t size;	 /* a power of two */
};

static uint32_t *find_place(const struct profile *profile,
			    const struct place_table *table, uint64_t pc)
{
	uint32_t at = (uint32_t)((pc * 0x9e3779b97f4a7c15ULL) >> 32);

	for (;; at++) {
		uint32_t *slot = &table->slots[at & (table->size - 1)];

		if (!*slot || profile->locations[*slot - 1].addr == pc)
			return slot;
	}
}

static uint32_t location_of(const struct session *session,
			    struct profile *profile,
			    const struct place_table *table, uint64_t pc)
{
	uint32_t *slot = find_place(profile, table, pc);
	struct go_place place;

	if (*slot)
		return *slot - 1;
	*slot = profile_add_location(profile, pc) + 1;
	/* callers of an inlined function have addresses of their own */
	if (go_places(session->rt, pc, &place, 1))
		profile_add_frame(profile, place.function, place.file,
				  place.line);
	else
		profile_add_frame(profile, "?", "", 0);
	return *slot - 1;
}

/** All names of a location begin with @p prefix. */
static bool all_begin(const struct profile *profile, uint32_t location,
		      const char *prefix)
{
	const struct profile_location *l = &profile->locations[location];
	uint32_t i;

	for (i = 0; i < l->count; i++)
		if (strncmp(profile->strings.strings
				    [profile->frames[l->first + i].name],
			    prefix, strlen(prefix)) != 0)
			return false;
	return true;
}

/**
 * pprof leaves out the allocator's own frames at the leaf; since Go 1.24 maps
 * are of internal/runtime.
 */
static bool is_allocator(const struct profile *profile, uint32_t location)
{
	return all_begin(profile, location, "runtime.") ||
	       all_begin(profile, location, "internal/runtime/");
}

/** From a sample of objects to an estimate of all, as pprof does it. */
static uint64_t scaled(uint64_t n, uint64_t size, int64_t rate, bool bytes)
{
	double scale = 1;

	if (rate > 1 && size)
		scale = 1 / (1 - exp(-(double)size / (double)rate));
	return (uint64_t)((double)n * (bytes ? (double)size : 1) * scale);
}

static void add_record(const struct session *session, struct profile *profile,
		       const struct place_table *table,
		       const struct go_profile *source,
		       const struct go_profile_record *r, uint32_t *stack)
{
	uint64_t inuse = r->allocs > r->frees ? r->allocs - r->frees : 0;
	struct profile_sample *sample;
	uint32_t i, first = 0, count = r->count;

	for (i = 0; i < count; i++)
		stack[i] = location_of(session, profile, table,
				       source->pcs[r->first + i]);
	/* Nor does it show what every stack begins with. */
	if (count > 1 && all_begin(profile, stack[count - 1], "runtime.goexit"))
		count--;
	while (first < count && is_allocator(profile, stack[first]))
		first++;
	if (first == count)
		first = 0;
	sample = profile_add_sample(profile, stack + first, count - first);
	sample->bytes = r->size;
	sample->raw[ALLOC_OBJECTS] = r->allocs;
	sample->raw[ALLOC_SPACE] = r->allocs * r->size;
	sample->raw[INUSE_OBJECTS] = inuse;
	sample->raw[INUSE_SPACE] = inuse * r->size;
	for (i = 0; i < PROFILE_VALUES; i++)
		sample->values[i] =
			scaled(i < INUSE_OBJECTS ? r->allocs : inuse, r->size,
			       source->rate, i % 2);
}

static void convert(const struct session *session,
		    const struct go_profile *source, struct profile *ret)
{
	struct place_table table = {.size = 64};
	uint32_t i, deepest = 1;
	uint32_t *stack;

	while (table.size < (source->pc_count + 1) * 2)
		table.size *= 2;
	table.slots = xcalloc(table.size, sizeof(*table.slots));
	for (i = 0; i < source->count; i++)
		if (source->records[i].count > deepest)
			deepest = source->records[i].count;
	stack = xcalloc(deepest, sizeof(*stack));
	for (i = 0; i < source->count; i++)
		add_record(session, ret, &table, source, &source->records[i],
			   stack);
	free(stack);
	free(table.slots);
}

static struct error *no_profile(const struct go_profile *source)
{
	struct error *err = error_new(ERROR_UNSUPPORTED,
				      "the program keeps no heap profile");

	if (source->disabled)
		return error_hint(err,
				  "the linker switched it off, because "
				  "nothing in the program reads it: import "
				  "runtime/pprof's heap profile or "
				  "net/http/pprof");
	return error_hint(err, "runtime.MemProfileRate is 0");
}

struct error *heap_profile_load(const struct session *session,
				struct profile *ret)
{
	struct go_profile source = {0};
	struct error *err = go_profile_load(session->rt, &source);

	*ret = (struct profile){
		.types = {"alloc_objects", "alloc_space", "inuse_objects",
			  "inuse_space"},
		.units = {"count", "bytes", "count", "bytes"},
		.default_type = INUSE_SPACE,
		.period = source.rate,
		.time_ns = sample_info(session->sample)->time_ns,
	};
	if (err)
		return err;
	if (source.disabled || source.rate <= 0) {
		err = no_profile(&source);
		go_profile_deinit(&source);
		return err;
	}
	intern_add(&ret->strings, "");
	convert(session, &source, ret);
	go_profile_deinit(&source);
	return NULL;
}
