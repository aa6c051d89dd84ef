#ifndef TESTS_SUPPORT_PROGRAM_H
#define TESTS_SUPPORT_PROGRAM_H

/** The program under test, $MAPSCOPE, run in the tests' folder (folder.h). */
#include <stdbool.h>
#include <stdio.h>

#include "core/base/attr.h"

/**
 * cmocka's set-up of a group: the folder, and $MAPSCOPE becomes an absolute
 * name. No stop is too long: a busy machine must not turn answers into partial
 * ones. Says why if there is no program or no folder.
 */
int program_set_up(void **state);
/** Its tear-down: removes the folder with the files in it. */
int program_tear_down(void **state);

/**
 * Runs a line of the shell, standard input empty. What it printed goes to
 * *@p out_ret (may be NULL), owned. Returns the exit code, 128 + signal if it
 * was killed, -1 if it could not be run.
 */
int program_shell(char **out_ret, const char *format, ...) PRINTF_LIKE(2, 3);
/** The same, to be read by lines; to be closed. NULL if it could not be run. */
FILE *program_lines(int *code_ret, const char *format, ...) PRINTF_LIKE(2, 3);
/** Is there a program of this name? */
bool program_installed(const char *name);
/**
 * Runs it with @p text, {} being @p what, in the folder; stderr goes to the
 * file "err" there. What it printed goes to *@p out_ret (may be NULL), owned.
 * Returns the exit code, 128 + signal if it was killed.
 */
int program_run(const char *text, const char *what, char **out_ret);
/** True if it ends with @p expected; else says what it did instead. */
bool program_ends(const char *text, const char *what, int expected);

#endif
