#ifndef TUI_BACKGROUND_H
#define TUI_BACKGROUND_H

/** Work of a screen on a thread of its own; the screen polls. */
#include <pthread.h>

#include "core/base/buf.h"
#include "core/base/job.h"

struct background {
	struct job job;
	void (*fn)(void *arg);
	void *arg;
	pthread_t thread;
	bool running;
	atomic_bool done;
};

/** Not while it runs. If there is no thread, the work is done at once. */
void background_start(struct background *b, void (*fn)(void *arg), void *arg);
/** True once, when what was started has ended. */
bool background_ended(struct background *b);
/** Cancel and wait; afterwards nothing runs. */
void background_stop(struct background *b);
/** "read entries 41%" */
void background_progress(const struct background *b, struct buf *out);

#endif
