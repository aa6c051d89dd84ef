#ifndef TESTS_SUPPORT_COUNTER_H
#define TESTS_SUPPORT_COUNTER_H

/**
 * A target made of this very process: threads of a child count in memory that
 * it shares with the test. All fail the test.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/target/sample.h"

enum { COUNTERS = 4, UNTOUCHED = 64 << 20, PATTERN = 8 << 20 };

struct shared { /* between test and target */
	_Atomic uint64_t counters[COUNTERS];
	_Atomic uint64_t signals, threads;
	atomic_bool ready, let_go;
	uint8_t *pattern, *untouched;
};

struct target {
	pid_t pid;
	struct shared *shared;
};

/** Of the process that asks: for handlers of signals. */
struct shared **current_shared(void);
void nap_ms(long ms);
/** With @p spawns threads come and go in it. */
struct target start_target(bool spawns);
void stop_target(struct target *target);
/** What each of its threads does, for ever. */
void *count_on(void *counter);
/** Is a thread of @p pid in one of these states of /proc? */
bool any_thread_in(pid_t pid, const char *states);
/** It is not traced, no thread is stopped, and all count on. */
void assert_untouched(const struct target *target);
/** For CLEANUP(). */
void sample_cleanup(struct sample **sample);
/** Mappings that only a sanitizer makes; room for one more in the list. */
struct error *list_shadow(void *arg, const struct sample *peek,
			  struct sample_range **ret, size_t *count_ret);
/** The plan that copies all but those, NULL (all) without a sanitizer. */
const struct sample_plan *plan_everything(void);
struct sample *take(pid_t pid, enum sample_freeze freeze);

#endif
