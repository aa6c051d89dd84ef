#ifndef CORE_TARGET_FORK_GUARDIAN_H
#define CORE_TARGET_FORK_GUARDIAN_H

/** The guardian process behind a struct fork_guard. */
#include <stdatomic.h>

#include "core/target/fork_guard.h"
#include "core/target/fork_inject.h"

enum {
	GUARDIAN_MESSAGE = 512,
	GUARDIAN_THREADS = 1 << 16, /* whose registers are handed over */
};

enum guardian_phase {
	GUARDIAN_STARTING,
	GUARDIAN_HOLDING, /* there is an image */
	GUARDIAN_FAILED,  /* there is none, see the message */
	GUARDIAN_DROPPED, /* given up, see the message */
	GUARDIAN_DONE,	  /* killed and, as far as we could, reaped */
};

/** Memory of both processes; a byte on the socket follows each new phase. */
struct guardian_shared {
	_Atomic int phase;
	_Atomic uint64_t progress; /* of who reads the image */
	enum error_code code;
	int sys_errno;
	char message[GUARDIAN_MESSAGE], hint[GUARDIAN_MESSAGE];
	pid_t image;	/* as we number it */
	pid_t image_ns; /* as the target numbers it */
	struct fork_cost cost;
	struct fork_journal journal; /* for who survives the guardian */
	uint64_t thread_count;
	struct sample_thread threads[GUARDIAN_THREADS];
};

/**
 * Never returns. Descriptor @p sock is the connection to the interface; its end
 * means that the interface is gone or done. All signals are blocked.
 */
_Noreturn void guardian_main(pid_t pid, const struct fork_limits *limits,
			     int sock, struct guardian_shared *shared);

#endif
