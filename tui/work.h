#ifndef TUI_WORK_H
#define TUI_WORK_H

/**
 * Long work of a command: on a thread, while this one shows progress and turns
 * SIGINT, SIGTERM and SIGHUP into a cancelled job, so that targets are detached
 * and files cleared away in the ordinary way.
 */
#include <signal.h>
#include <stdbool.h>

#include "core/base/job.h"
#include "tui/cli.h"

/** Returns the signal that asked to stop, 0 none. */
int work_run(void (*fn)(void *arg), void *arg, struct job *job, bool progress);
/**
 * Block the signals that end the program, or let them through again; the mask
 * before goes to @p old.
 */
void work_block_signals(sigset_t *old, bool block);
/** Progress goes to stderr when that is a terminal and --quiet is not given. */
bool work_progress(const struct cli *cli);

#endif
