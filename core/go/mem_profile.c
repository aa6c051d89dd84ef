#include "core/go/mem_profile.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/go/runtime_priv.h"

/* runtime.bucket: a header, return addresses, a memRecord; fact of all
 * versions from 1.19 on. */
enum {
	BUCKET_ALLNEXT = 8,
	BUCKET_TYPE = 16,
	BUCKET_SIZE = 32,
	BUCKET_NSTK = 40,
	BUCKET_HEADER = 48,
	TYPE_MEMORY = 1,
	FUTURES = 3,
	MAX_STACK = 4096,
	MAX_BUCKETS = 1 << 24,
};

struct cycle { /* a memRecordCycle */
	uint64_t allocs, frees;
};

struct reader {
	const struct go_runtime *rt;
	struct go_profile *profile;
	uint32_t record_cap, pc_cap;
	uint64_t cycle_bytes; /* 16 since Go 1.27, 32 before */
	uint64_t cycle;
	bool flushed;
	bool any;	   /* a published record is not zero */
	struct cycle *all; /* by record: active and all futures */
	uint32_t all_cap;
};

static struct cycle read_cycle(const struct reader *r, uint64_t addr)
{
	return (struct cycle){
		.allocs = rt_word(r->rt->sample, addr),
		.frees = rt_word(r->rt->sample, addr + 8),
	};
}

/** What follows the stack: active, then three futures. */
static void read_counts(struct reader *r, uint64_t addr,
			struct go_profile_record *record, struct cycle *all)
{
	struct cycle active = read_cycle(r, addr);
	unsigned i;

	record->allocs = active.allocs;
	record->frees = active.frees;
	*all = active;
	for (i = 0; i < FUTURES; i++) {
		struct cycle future =
			read_cycle(r, addr + (i + 1) * r->cycle_bytes);

		all->allocs += future.allocs;
		all->frees += future.frees;
		if (i == r->cycle % FUTURES && !r->flushed) {
			record->allocs += future.allocs;
			record->frees += future.frees;
		}
	}
	record->inuse_now =
		all->allocs > all->frees ? all->allocs - all->frees : 0;
	r->any |= record->allocs || record->frees;
}

static bool read_stack(struct reader *r, uint64_t bucket, uint64_t depth,
		       struct go_profile_record *record)
{
	struct go_profile *p = r->profile;
	uint64_t i;

	if (depth > MAX_STACK)
		return false;
	record->first = p->pc_count;
	record->count = (uint32_t)depth;
	for (i = 0; i < depth; i++) {
		GROW_ARRAY(p->pcs, p->pc_count, r->pc_cap);
		p->pcs[p->pc_count++] =
			rt_word(r->rt->sample, bucket + BUCKET_HEADER + 8 * i);
	}
	return true;
}

static void read_bucket(struct reader *r, uint64_t bucket)
{
	const struct sample *sample = r->rt->sample;
	uint64_t depth = rt_word(sample, bucket + BUCKET_NSTK);
	struct go_profile_record record = {
		.size = rt_word(sample, bucket + BUCKET_SIZE)};
	struct go_profile *p = r->profile;
	struct cycle all;

	if (rt_word(sample, bucket + BUCKET_TYPE) != TYPE_MEMORY ||
	    !read_stack(r, bucket, depth, &record))
		return;
	read_counts(r, bucket + BUCKET_HEADER + 8 * depth, &record, &all);
	GROW_ARRAY(r->all, p->count, r->all_cap);
	r->all[p->count] = all;
	GROW_ARRAY(p->records, p->count, r->record_cap);
	p->records[p->count++] = record;
}

/** Before the first collection nothing is published: then all counts. */
static void publish_all(struct reader *r)
{
	uint32_t i;

	for (i = 0; !r->any && r->all && i < r->profile->count; i++) {
		r->profile->records[i].allocs = r->all[i].allocs;
		r->profile->records[i].frees = r->all[i].frees;
	}
}

static void read_state(struct reader *r)
{
	const struct go_runtime *rt = r->rt;
	uint64_t rate = rt_symbol(rt, "runtime.MemProfileRate");
	uint64_t off = rt_symbol(rt, "runtime.disableMemoryProfiling");
	uint64_t cycle = rt_symbol(rt, "runtime.mProfCycle");
	uint32_t value = 0;
	uint8_t flag = 0;

	if (rate)
		r->profile->rate = (int64_t)rt_word(rt->sample, rate);
	if (off && sample_u8(rt->sample, off, &flag))
		r->profile->disabled = flag != 0;
	if (cycle)
		sample_u32(rt->sample, cycle, &value);
	r->cycle = value >> 1;
	r->flushed = value & 1;
	r->cycle_bytes = priv_of(rt)->minor >= 27 ? 16 : 32;
}

struct error *go_profile_load(const struct go_runtime *rt,
			      struct go_profile *ret)
{
	struct reader r = {.rt = rt, .profile = ret};
	uint64_t head = rt_symbol(rt, "runtime.mbuckets"), bucket;
	uint32_t steps;

	*ret = (struct go_profile){0};
	if (!head)
		return error_hint(
			error_new(ERROR_NOT_FOUND,
				  "runtime.mbuckets has no symbol"),
			"the binary is stripped: the profile is not found");
	read_state(&r);
	bucket = rt_word(rt->sample, head);
	for (steps = 0; bucket && steps < MAX_BUCKETS; steps++) {
		read_bucket(&r, bucket);
		bucket = rt_word(rt->sample, bucket + BUCKET_ALLNEXT);
	}
	publish_all(&r);
	free(r.all);
	return NULL;
}

void go_profile_deinit(struct go_profile *profile)
{
	free(profile->records);
	free(profile->pcs);
	*profile = (struct go_profile){0};
}

bool go_bucket_place(const struct go_runtime *rt, uint64_t bucket,
		     struct go_place *ret)
{
	static const char runtime[] = "runtime.",
			  internal[] = "internal/runtime/";
	uint64_t depth = rt_word(rt->sample, bucket + BUCKET_NSTK), i;

	if (rt_word(rt->sample, bucket + BUCKET_TYPE) != TYPE_MEMORY ||
	    depth > MAX_STACK)
		return false;
	for (i = 0; i < depth; i++) {
		uint64_t pc =
			rt_word(rt->sample, bucket + BUCKET_HEADER + 8 * i);

		/* Callers of an inlined function have addresses of their
		 * own. */
		if (go_places(rt, pc, ret, 1) &&
		    strncmp(ret->function, runtime, sizeof(runtime) - 1) &&
		    strncmp(ret->function, internal, sizeof(internal) - 1))
			return true;
	}
	return false;
}

uint32_t go_places(const struct go_runtime *rt, uint64_t return_pc,
		   struct go_place *ret, uint32_t max)
{
	const struct pclntab *tab = &priv_of(rt)->pclntab;
	struct pcln_inline frames[PCLN_INLINE_MAX];
	uint64_t pc = return_pc ? return_pc - 1 : 0;
	struct pcln_func func;
	uint32_t n, i;

	if (!pclntab_find(tab, pc, &func))
		return 0;
	n = pcln_inline_frames(tab, &func, pc, frames, PCLN_INLINE_MAX);
	for (i = 0; i < n && i < max; i++)
		ret[i] = (struct go_place){frames[i].name, frames[i].file,
					   frames[i].line};
	return i;
}
