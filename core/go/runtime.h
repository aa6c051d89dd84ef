#ifndef CORE_GO_RUNTIME_H
#define CORE_GO_RUNTIME_H

/**
 * The Go runtime of one sample as data: modules, spans, goroutines, roots. The
 * only place that knows layouts of runtime structures (core/go/layout.h: from
 * DWARF by field name, else from tables) and versions.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "core/base/error.h"
#include "core/base/job.h"
#include "core/go/go_type.h"
#include "core/go/program.h"
#include "core/target/sample.h"

/** One in-use span of the garbage-collected heap. */
struct go_span {
	uint64_t base;	    /* address of slot 0 */
	uint64_t bytes;	    /* npages * 8192 */
	uint64_t limit;	    /* no object's bytes at or past it */
	uint64_t elem_size; /* bytes of a slot */
	/** 2^32 / elem_size rounded up if multiplying by it gives the slot of
	 * every offset in the span; 0: divide. */
	uint32_t divisor;
	uint32_t first;	     /* object number of slot 0 */
	uint32_t slots;	     /* nelems, checked against bytes */
	uint64_t large_type; /* >=1.22 large objects: rtype, 0 if nil */
	uint64_t scan_words; /* <=1.21 large objects: words with pointers */
	const uint8_t *mem; /* the span's bytes in the sample, NULL if absent */
	const uint8_t *heap_bits; /* >=1.22, <=512 B: 1 bit a word, else NULL */
	uint8_t size_class;	  /* 0 = one large object */
	bool noscan;
	bool has_header; /* >=1.22, 513 B..32 KiB: word 0 is the rtype */
	bool user_arena;
	bool unswept; /* mark bits decide what is still allocated */
};

enum go_root_kind {
	GO_ROOT_GLOBAL,
	GO_ROOT_STACK,
	GO_ROOT_REGISTER,
	GO_ROOT_FINALIZER, /* object with a finalizer, or a queued one */
	GO_ROOT_CLEANUP,
	GO_ROOT_TIMER,
	GO_ROOT_RUNTIME, /* defers, panics, sudogs, weak handles' specials */
	GO_ROOT_UNKNOWN, /* data/bss word outside every known variable */
};

/**
 * One word outside the heap that keeps something alive. `type` is the type of
 * the *pointee as seen through this word* only when slot_kind says how to read
 * it; 0 when unknown.
 */
struct go_root {
	uint64_t addr;	   /* where the word is (0: a register or special) */
	uint64_t value;	   /* the pointer */
	uint32_t target;   /* as in struct go_slot; 0 unknown */
	uint8_t slot_kind; /* enum go_slot_kind */
	uint8_t kind;	   /* enum go_root_kind */
	bool conservative; /* may not be a pointer at all */
	uint32_t owner;	   /* GLOBAL: index of the variable in globals;
			    * STACK, REGISTER: index of the frame in frames;
			    * else unused */
	uint32_t variable; /* STACK: index into variables + 1, 0 unnamed */
};

struct go_global { /* package variable, address of the process */
	const char *name;
	uint64_t addr, size;
	uint32_t type;
};

struct go_frame {
	uint64_t pc, sp, cfa;
	const char *function; /* unescaped; "?" if unknown */
	const char *file;     /* "" if unknown */
	uint32_t line;
	uint32_t goroutine; /* index */
	bool inlined;	    /* shares the frame of the next one */
	bool trap;	    /* pc is the next instruction, not behind a call */
};

/**
 * A named local or parameter of a frame, in memory. Size 0: a map variable
 * without a word of its own, which may name a header in the frame.
 */
struct go_variable {
	const char *name;
	uint64_t addr, size;
	uint64_t part; /* byte of the variable at addr: it may be in pieces */
	uint32_t type;
	uint32_t frame;
	bool is_param;
};

struct go_goroutine {
	uint64_t g; /* address of its runtime.g */
	int64_t id;
	uint64_t stack_lo, stack_hi;
	uint32_t first_frame, frame_count;
	uint32_t status;
	const char *status_name; /* "waiting" */
	const char *wait_reason; /* "" if none */
	uint64_t wait_since;
	pid_t thread; /* 0 if it is on none */
	uint64_t start_pc, created_pc;
	int64_t parent;
	uint64_t labels;   /* of runtime/pprof, 0 if none */
	bool system;	   /* runtime's own */
	bool conservative; /* unwinding was incomplete */
};

/**
 * A map header found outside the heap: in a goroutine's stack frame or in
 * data/bss. Headers in the heap are found by the graph.
 */
struct go_stack_map {
	uint64_t header;
	uint32_t type; /* map type, 0 if unknown */
	uint32_t frame;
	uint32_t variable; /* index + 1, 0 unnamed */
};

enum { GO_PAGE_SHIFT = 13, GO_LEAF_SHIFT = 13 }; /* 8 KiB; 64 MiB */

/** Address -> span + 1: a leaf for each 64 MiB, an entry for each page. */
struct go_page_index {
	uint64_t low, high;
	uint32_t **leaves; /* NULL where there are no spans */
	uint64_t leaf_count;
};

struct go_runtime {
	const struct go_program *program; /* borrowed */
	const struct sample *sample;	  /* borrowed */
	uint64_t bias;
	struct go_types *types;	  /* owned */
	struct go_layout *layout; /* owned; core/go/layout.h */

	struct go_span *spans; /* sorted by base */
	uint32_t span_count;
	uint32_t slot_count; /* object numbers are 0..slot_count-1 */
	struct go_page_index pages;
	/** Bit per object number: allocated now. */
	uint64_t *allocated;

	struct go_goroutine *goroutines;
	uint32_t goroutine_count;
	struct go_frame *frames;
	uint32_t frame_count;
	struct go_variable *variables;
	uint32_t variable_count;
	struct go_global *globals; /* sorted by address */
	uint32_t global_count;
	struct go_root *roots;
	uint32_t root_count;
	struct go_stack_map *stack_maps;
	uint32_t stack_map_count;
	void *priv; /* pclntab, modules, page table: runtime_priv.h */
};

/**
 * Read everything above out of @p sample. What is damaged is left out with a
 * warning on the sample; only a missing heap is an error.
 */
struct error *go_runtime_load(const struct go_program *program,
			      struct sample *sample, unsigned threads,
			      struct job *job,
			      struct go_runtime **ret) MUST_CHECK;
void go_runtime_free(struct go_runtime *rt);
/** Does the goroutine wait on the runtime.hchan at @p chan, in a select too? */
bool go_goroutine_waits_on(const struct go_runtime *rt, uint32_t index,
			   uint64_t chan);

/**
 * The plan by which a live process of this program is sampled. The program may
 * still be read: then the plan begins with what the symbols and the table of
 * releases say, and waits for the rest before the stop.
 */
struct go_sample_plan;
struct error *go_sample_plan_new(struct go_program *program,
				 struct go_sample_plan **ret,
				 struct sample_plan *plan_ret) MUST_CHECK;
void go_sample_plan_free(struct go_sample_plan *plan);

static const uint32_t GO_NO_OBJECT = 0xffffffffu;

/** Index of the span that covers @p addr, plus 1; 0 if none. O(1). */
static inline uint32_t go_span_index(const struct go_page_index *pages,
				     uint64_t addr)
{
	const uint32_t *leaf;
	uint64_t page;

	if (addr - pages->low >= pages->high - pages->low)
		return 0;
	page = (addr - pages->low) >> GO_PAGE_SHIFT;
	leaf = pages->leaves[page >> GO_LEAF_SHIFT];
	return leaf ? leaf[page & ((1u << GO_LEAF_SHIFT) - 1)] : 0;
}
/** Span that covers @p addr, NULL if none. O(1). */
static inline const struct go_span *go_span_at(const struct go_runtime *rt,
					       uint64_t addr)
{
	uint32_t index = go_span_index(&rt->pages, addr);

	return index ? &rt->spans[index - 1] : NULL;
}
/** Number of the slot at @p offset of a span with a size class. */
static inline uint32_t go_slot_at(const struct go_span *span, uint64_t offset)
{
	if (span->divisor)
		return (uint32_t)(offset * span->divisor >> 32);
	return (uint32_t)offset / (uint32_t)span->elem_size;
}
/** Span of an object number; O(log spans). */
const struct go_span *go_span_of(const struct go_runtime *rt, uint32_t object);
/** Object number of the slot that contains @p addr; GO_NO_OBJECT. O(1). */
uint32_t go_object_at(const struct go_runtime *rt, uint64_t addr);
/** What the runtime keeps about an object without keeping it alive. */
enum go_special {
	GO_SPECIAL_FINALIZER = 1,
	GO_SPECIAL_WEAK = 2, /* weak pointers to it */
	GO_SPECIAL_CLEANUP = 4,
};
/** Flags of enum go_special. */
unsigned go_object_specials(const struct go_runtime *rt, uint32_t object);
/** Start address of the slot. */
uint64_t go_object_addr(const struct go_runtime *rt, uint32_t object);

/**
 * The first 64 pointer words of an object whose span has heap_bits; slots of
 * such spans have no more words. The bitmap is npages * 128 bytes at the end
 * of the span, so its whole words can be read.
 */
static inline uint64_t go_near_bits(const struct go_span *span, uint32_t index)
{
	uint64_t at = index * span->elem_size / 8, words = span->elem_size / 8;
	const uint8_t *p = span->heap_bits + at / 64 * 8;
	uint64_t bits, more;

	memcpy(&bits, p, sizeof(bits));
	bits >>= at % 64;
	if (at % 64 + words > 64) {
		memcpy(&more, p + 8, sizeof(more));
		bits |= more << (64 - at % 64);
	}
	return words >= 64 ? bits : bits & ((1ULL << words) - 1);
}
/**
 * Pointer words of one object: bit k of @p ret is word k from the slot's
 * start. For objects past 64 words call with increasing @p word (a multiple of
 * 64). Words past the object's end are 0. noscan objects: all 0.
 */
uint64_t go_pointer_bits(const struct go_runtime *rt,
			 const struct go_span *span, uint32_t index,
			 uint64_t word);
/**
 * rtype that the allocator recorded (malloc header or large_type); 0 if none.
 * It is the element type of an array allocation. User data starts at
 * slot + *@p offset_ret.
 */
uint64_t go_recorded_type(const struct go_runtime *rt,
			  const struct go_span *span, uint32_t index,
			  uint64_t *offset_ret);

/** Function, file and line of @p pc (link-time + bias); false if not in Go. */
bool go_pc_lookup(const struct go_runtime *rt, uint64_t pc,
		  const char **function_ret, const char **file_ret,
		  uint32_t *line_ret);
/**
 * Function number @p n of the binary's own tables, in order of address; false
 * past the last.
 */
bool go_function_at(const struct go_runtime *rt, uint64_t n,
		    const char **function_ret, const char **file_ret,
		    uint32_t *line_ret, uint64_t *entry_ret);
/** The package variable that covers @p addr, NULL if none. */
const struct go_global *go_global_at(const struct go_runtime *rt,
				     uint64_t addr);
const struct go_global *go_global_find(const struct go_runtime *rt,
				       const char *name);

enum { GO_PAUSES = 256, GO_SIZE_CLASSES = 68 };
/** runtime.ReadMemStats from raw memory. */
struct go_memstats {
	uint64_t heap_alloc, heap_inuse, heap_idle, heap_released, heap_sys;
	uint64_t heap_objects, mallocs, frees, total_alloc, sys;
	uint64_t stack_inuse, stack_sys, mspan_sys, mcache_sys, gc_sys;
	uint64_t mspan_inuse, mcache_inuse, buckhash_sys, other_sys;
	uint64_t next_gc, last_gc_ns, pause_total_ns, last_pause_ns;
	uint64_t num_gc, num_forced_gc;
	double gc_cpu_fraction;
	/** Of the last collections, the latest first. */
	struct go_pause {
		uint64_t ns, end_ns; /* end: since 1970 */
	} pauses[GO_PAUSES];
	uint32_t pause_count;
	/** Counts since the start, by size class; 0 is large objects. */
	struct go_class_counts {
		uint64_t size, mallocs, frees;
	} by_size[GO_SIZE_CLASSES];
	int64_t gogc;	      /* -1 off */
	int64_t memory_limit; /* INT64_MAX off */
	const char *gc_phase; /* "off", "mark", "mark termination" */
	uint64_t goroutines;
	uint64_t threads;
	uint64_t rss; /* 0 if unknown */
};
struct error *go_memstats_load(const struct go_runtime *rt,
			       struct go_memstats *ret) MUST_CHECK;

#endif
