#ifndef TUI_APP_H
#define TUI_APP_H

/** The interface: terminal, screen stack, samples taken in the background. */
#include <sys/types.h>

#include "core/session/session.h"

struct config;

struct app_options {
	pid_t pid; /* 0: a core */
	const char *exe, *core;
	pid_t base_pid; /* what Diff compares with; 0 and NULL: nothing yet */
	const char *base_exe, *base_core;
	struct session_options session;
	const struct config *config; /* NULL none */
	const char *init;	     /* commands for the prompt; NULL none */
	uint64_t every_ns;	     /* between samples by themselves; 0 none */
	bool ascii, redact;
	int color; /* 0 auto, 1 always, 2 never */
};

/** Returns the exit code of the program; messages go to stderr at the end. */
int app_run(const struct app_options *options);

#endif
