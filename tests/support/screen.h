#ifndef TESTS_SUPPORT_SCREEN_H
#define TESTS_SUPPORT_SCREEN_H

/** The interface in a terminal, as a test speaks of it; fails the test. */
#include "tests/support/terminal.h"

/** Waits for @p text; says what is on the screen instead. */
void see(struct terminal *terminal, const char *text);
/** Leaves the program: its exit code is 0. Closes the terminal. */
void leave(struct terminal *terminal);
/** The same; nothing holds process @p pid then. */
void leave_free(struct terminal *terminal, pid_t pid);

#endif
