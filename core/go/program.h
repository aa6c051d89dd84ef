#ifndef CORE_GO_PROGRAM_H
#define CORE_GO_PROGRAM_H

/**
 * One Go binary and what it says about itself: ELF, debug information, build
 * settings, map family. Immutable after open, shared by samples of the binary.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/job.h"
#include "dwarf/build_info.h"
#include "dwarf/dbg.h"
#include "dwarf/elf_file.h"

enum map_impl { MAP_IMPL_UNKNOWN, MAP_IMPL_CLASSIC, MAP_IMPL_SWISS };

struct go_program {
	struct elf_file *elf; /* owned */
	struct dbg *dbg;      /* owned; NULL: no debug information */
	char *dbg_message;    /* why dbg is NULL; owned */
	struct build_info build;
	enum map_impl map_impl;
	uint64_t index_ns;	   /* how long the debug information took */
	struct program_text *text; /* owned: core/go/text_refs.h */
	struct program_reading *reading; /* owned; NULL: all is read */
	atomic_uint holds; /* go_program_close() left but for the last */
};

/**
 * Open @p exe. ERROR_UNSUPPORTED: not Go, or older than 1.19. Missing debug
 * information is not an error: dbg is NULL and dbg_message says so.
 */
struct error *go_program_open(const char *exe, const char *debug_dir,
			      struct job *job,
			      struct go_program **ret) MUST_CHECK;
/**
 * The same, but the debug information is read by a thread: up to
 * go_program_wait(), `dbg`, `dbg_message` and `map_impl` are not known.
 * @p job must live until then; the thread leaves its phases alone.
 */
struct error *go_program_start(const char *exe, const char *debug_dir,
			       struct job *job,
			       struct go_program **ret) MUST_CHECK;
/** Idempotent; for the thread that owns the program. ERROR_CANCELLED. */
struct error *go_program_wait(struct go_program *program) MUST_CHECK;
/**
 * @p program once more, to be closed once more, if all of it is read and
 * @p exe is the file that it was read from; else NULL.
 */
struct go_program *go_program_share(struct go_program *program,
				    const char *exe);
void go_program_close(struct go_program *program);
/** "classic", "swiss", "unknown". */
const char *map_impl_name(enum map_impl impl);

/** Minor releases of Go 1 that are known; newer ones are taken as the newest.
 */
void go_releases(int *oldest_ret, int *newest_ret);

#endif
