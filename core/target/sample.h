#ifndef CORE_TARGET_SAMPLE_H
#define CORE_TARGET_SAMPLE_H

/**
 * A sample: the bytes and registers of one process at one moment, frozen. It
 * knows nothing about Go. Backends (live process, ELF core, snapshot file)
 * differ only in how ranges come in; everything above reads through the
 * calls here. Immutable once complete; every reader is thread safe.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/error.h"
#include "core/base/job.h"

struct sample;

enum sample_kind { SAMPLE_LIVE, SAMPLE_CORE, SAMPLE_SNAPSHOT, SAMPLE_FAKE };
enum sample_freeze { FREEZE_COPY, FREEZE_STOP, FREEZE_NONSTOP, FREEZE_FORK };
/** What the target is doing now, as far as we know. */
enum sample_state {
	TARGET_RUNNING,
	TARGET_STOPPED,
	TARGET_EXITED,
	TARGET_FILE
};

enum { SAMPLE_REGISTERS = 17 }; /* DWARF numbering, amd64: 0..15, 16 = rip */

struct sample_thread {
	pid_t tid;
	uint64_t pc, sp, bp;
	uint64_t fs_base;
	uint64_t regs[SAMPLE_REGISTERS]; /* DWARF register numbers */
	bool have_regs;			 /* false in nonstop mode */
};

struct sample_mapping { /* one line of /proc/PID/maps or NT_FILE */
	uint64_t start, end, file_offset;
	bool readable, writable, executable;
	bool anonymous; /* no file behind it */
	bool shared;
	char *path; /* owned; "" if anonymous, "[stack]" ... */
};

struct sample_info {
	enum sample_kind kind;
	enum sample_freeze freeze;
	pid_t pid;	  /* 0 if unknown */
	char *exe;	  /* path as shown to people; owned */
	uint64_t time_ns; /* wall clock of the stop */
	uint64_t mono_ns; /* CLOCK_MONOTONIC then; 0 unknown */
	uint64_t stop_ns; /* attach to detach, all attempts together */
	uint64_t copied_bytes;
	uint64_t unreadable_bytes;
	unsigned attempts; /* stops made until one was clean */
	unsigned score;	   /* of the stop that was copied; 0 = clean */
	bool complete;	   /* false: --max-stop or --max-mem was hit */
	/* FREEZE_FORK, all forks together */
	uint64_t image_ns;  /* the frozen image lived */
	uint64_t cow_bytes; /* copied on write because of it */
	uint64_t reap_ns;   /* one thread stood, to reap it */
	uint64_t open_ns;   /* registers of one thread were not its own */
	char **warnings;    /* owned */
	size_t warning_count;
};

void sample_free(struct sample *sample);
const struct sample_info *sample_info(const struct sample *sample);
void sample_warn(struct sample *sample, const char *format, ...)
	PRINTF_LIKE(2, 3);

const struct sample_thread *sample_threads(const struct sample *sample,
					   size_t *count_ret);
const struct sample_mapping *sample_mappings(const struct sample *sample,
					     size_t *count_ret);

/**
 * A pointer to @p len target bytes at @p addr, valid for the life of the
 * sample, or NULL if any of them was not copied or they are not contiguous
 * here. O(log segments). Pages that the target never touched read as zero.
 */
const void *sample_view(const struct sample *sample, uint64_t addr,
			uint64_t len);
/** All or nothing; ERROR_FAULT. May join neighbouring segments. */
struct error *sample_read(const struct sample *sample, uint64_t addr, void *buf,
			  uint64_t len) MUST_CHECK;
/** How many of @p len bytes at @p addr can be viewed at once, from addr on. */
uint64_t sample_extent(const struct sample *sample, uint64_t addr,
		       uint64_t len);

/* Typed loads; false if unreadable (then *ret is 0). Little-endian. */
bool sample_u8(const struct sample *s, uint64_t addr, uint8_t *ret);
bool sample_u16(const struct sample *s, uint64_t addr, uint16_t *ret);
bool sample_u32(const struct sample *s, uint64_t addr, uint32_t *ret);
bool sample_u64(const struct sample *s, uint64_t addr, uint64_t *ret);

struct sample_range {
	uint64_t start, end;
};

/**
 * What to copy, decided by the layer above while the target is stopped.
 * `metadata` was copied first (all writable memory outside @c arenas);
 * `ranges` then names what is wanted of the arenas. Both run inside the stop:
 * no allocation storms, no logging.
 */
struct sample_plan {
	/**
	 * Before the stop: addresses that lie in big arenas, to be left to
	 * ranges(). @p peek reads the running target. May find none.
	 */
	struct error *(*arenas)(void *arg, const struct sample *peek,
				struct sample_range **ret, size_t *count_ret);
	/** In the stop: ranges to copy, sorted, disjoint; caller frees. */
	struct error *(*ranges)(void *arg, const struct sample *metadata,
				struct sample_range **ret, size_t *count_ret);
	/**
	 * In the stop, before ranges(): 0 = clean, else how dirty. Arena pages
	 * are fetched on demand here, so that a bad stop costs no big copy.
	 */
	unsigned (*score)(void *arg, const struct sample *sample);
	/**
	 * Before the stop, after arenas() and ranges() were asked: the last
	 * moment for work beside them to end, as a stop has all processors.
	 * *@p changed_ret (false) becomes true if they would answer otherwise
	 * now; then all begins again.
	 */
	struct error *(*settle)(void *arg, bool *changed_ret);
	void *arg;
};

struct sample_options {
	enum sample_freeze freeze;
	uint64_t max_stop_ns; /* budget of all attempts together */
	uint64_t max_mem;     /* bytes; past it the copy goes to a file */
	unsigned threads;     /* copy threads, 0 = all cores */
	unsigned retries;     /* extra stops when the score is bad */
	uint64_t max_cow;     /* FREEZE_FORK: bytes copied on write before the
				 image is given up; 0 a quarter of what is
				 free */
	uint64_t max_age_ns;  /* FREEZE_FORK: see struct fork_limits */
};

/**
 * Stop process @p pid, copy, resume (FREEZE_COPY), or copy and stay stopped
 * until sample_free() or sample_resume() (FREEZE_STOP), or read without
 * stopping (FREEZE_NONSTOP), or stop, make the target fork a frozen image and
 * copy from that while the target runs (FREEZE_FORK: core/target/fork_guard.h).
 * The target is detached on every path.
 */
struct error *sample_take_live(pid_t pid, const struct sample_options *options,
			       const struct sample_plan *plan, struct job *job,
			       struct sample **ret) MUST_CHECK;

/** Reads of a running target without any stop: for planning and checks. */
struct error *sample_open_peek(pid_t pid, struct sample **ret) MUST_CHECK;

/**
 * An ELF core of the kernel, gcore or `dlv dump`. What it left out of mapped
 * files is read from the executable (@p exe, or found through NT_FILE if NULL).
 */
struct error *sample_open_core(const char *core_path, const char *exe,
			       struct sample **ret) MUST_CHECK;

/** A sample made of byte arrays, for tests. Does not copy @p bytes. */
struct sample *sample_new_fake(void);
void sample_fake_add(struct sample *sample, uint64_t addr, const void *bytes,
		     uint64_t len);
/** Copies *@p thread or *@p mapping, path included. */
void sample_fake_thread(struct sample *sample,
			const struct sample_thread *thread);
void sample_fake_mapping(struct sample *sample,
			 const struct sample_mapping *mapping);

/**
 * Addresses from here on are in no process: user memory of amd64 ends at 2^47.
 */
static const uint64_t SAMPLE_OVERLAY = 0xf0f0000000000000u;
/**
 * @p below, and memory of its own at SAMPLE_OVERLAY for values that are nowhere
 * in the target: in registers, in pieces, computed. Belongs to one thread;
 * @p below must outlive it.
 */
struct sample *sample_new_overlay(const struct sample *below);
/** A copy of @p bytes in the overlay; its address. @p len may be 0. */
uint64_t sample_overlay_add(struct sample *overlay, const void *bytes,
			    uint64_t len);

/** Looked at anew with each call; TARGET_FILE of what is no process. */
enum sample_state sample_state(const struct sample *sample);
/**
 * FREEZE_STOP: let the target run; the copy stays. ERROR_USAGE if the sample
 * holds none.
 */
struct error *sample_resume(struct sample *sample) MUST_CHECK;

#endif
