#ifndef CORE_GO_RUNTIME_PRIV_H
#define CORE_GO_RUNTIME_PRIV_H

/** The inside of go_runtime; for core/go only. */
#include <pthread.h>
#include <stdatomic.h>

#include "core/go/layout.h"
#include "core/go/moduledata.h"
#include "core/go/pclntab.h"
#include "core/go/runtime.h"

enum {
	GO_PAGE = 8192,
	ARENA_SHIFT = 26, /* 64 MiB */
	ARENA_PAGES = 1 << (ARENA_SHIFT - 13),
	MASK_CACHE_BITS = 16,
	STATUS_SCAN = 0x1000,
};

enum go_status { /* runtime/runtime2.go */
		 GSTATUS_IDLE = 0,
		 GSTATUS_RUNNABLE = 1,
		 GSTATUS_RUNNING = 2,
		 GSTATUS_SYSCALL = 3,
		 GSTATUS_WAITING = 4,
		 GSTATUS_DEAD = 6,
		 GSTATUS_COPYSTACK = 8,
		 GSTATUS_PREEMPTED = 9,
		 GSTATUS_LEAKED = 10,	 /* since Go 1.26 */
		 GSTATUS_DEADEXTRA = 11, /* since Go 1.26 */
};

/** Pointer mask of one type: bit a word, for `words` words of `period`. */
struct type_mask {
	const uint8_t *bits;
	uint64_t words;	 /* PtrBytes / 8 */
	uint64_t period; /* Size / 8, at least 1 */
};

struct mask_cell {
	_Atomic uint64_t rtype;
	struct type_mask mask;
};

/** Bitmaps of one arena, up to Go 1.21. */
struct arena_bitmap {
	const uint8_t *bitmap;
	const uint8_t *no_more; /* 1.20, 1.21 */
};

struct runtime_priv {
	struct go_layout layout;
	struct go_modules modules;
	struct pclntab pclntab;
	uint64_t mheap; /* addresses in the process; 0 unknown */
	int minor;
	bool green_tea;
	struct arena_bitmap
		*arenas;    /* parallel to the leaves of the page index */
	uint64_t *specials; /* one a span: first special's address */
	struct mask_cell *masks;
	uint32_t mask_count;
	pthread_mutex_t mask_lock;
	char **strings; /* texts that others point to; few and short */
	uint32_t string_count, string_cap;
	uint32_t root_cap, global_cap;
};

/** A NUL-terminated copy that lives as long as the runtime; one per text. */
const char *keep_string(struct runtime_priv *priv, const char *s, size_t len);

static inline struct runtime_priv *priv_of(const struct go_runtime *rt)
{
	return rt->priv;
}

uint64_t rt_word(const struct sample *sample, uint64_t addr);
/** A field of a runtime structure as a word; 0 if absent or unreadable. */
uint64_t rt_field(const struct go_runtime *rt, uint64_t base,
		  enum layout_id id);
uint32_t rt_field32(const struct go_runtime *rt, uint64_t base,
		    enum layout_id id);
/** Address in the process of a runtime variable; 0 if unknown. */
uint64_t rt_symbol(const struct go_runtime *rt, const char *name);

struct error *spans_load(struct go_runtime *rt, unsigned threads,
			 struct job *job) MUST_CHECK;
void spans_free(struct go_runtime *rt);
/** Up to Go 1.21: leading words of an object that may hold pointers. */
uint64_t arena_scan_words(const struct go_runtime *rt, uint64_t start,
			  uint64_t most);
/** Mask of a type, NULL if the address holds no usable one. */
bool type_mask_load(const struct go_runtime *rt, uint64_t rtype,
		    struct type_mask *ret);

/** Add a root if @p root.value lies in an in-use span. */
void root_add(struct go_runtime *rt, const struct go_root *root);
void globals_load(struct go_runtime *rt);
/** Enter @p count more; keeps the order. Their names are kept, not copied. */
void globals_add(struct go_runtime *rt, const struct go_global *globals,
		 uint32_t count);
/** Enter the literals in data that variables refer to. */
void statics_load(struct go_runtime *rt);
/** Enter the words of those that nothing but the code refers to. */
void literals_load(struct go_runtime *rt);
/** Each pointer word of data and bss, by the modules' own masks. */
typedef void data_word_fn(struct go_runtime *rt, uint64_t addr, void *arg);
void data_words_visit(struct go_runtime *rt, data_word_fn *fn, void *arg);
void roots_load_modules(struct go_runtime *rt);
void roots_load_specials(struct go_runtime *rt);
struct error *goroutines_load(struct go_runtime *rt,
			      struct job *job) MUST_CHECK;

/** n bits of an LSB-first bit array from bit @p at; n <= 64. */
uint64_t bits_at(const uint8_t *bits, uint64_t at, unsigned n);

#endif
