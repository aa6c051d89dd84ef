#ifndef TESTS_SUPPORT_PROGRAM_H
#define TESTS_SUPPORT_PROGRAM_H

/** The program under test, $MAPSCOPE, run in a folder of its own. */
#include <stdbool.h>
#include <stddef.h>

/**
 * A new folder below /tmp; owned. $MAPSCOPE becomes an absolute name. NULL,
 * and a line that says why, if there is no program or no folder.
 */
char *program_folder_new(void);
/** Removes it with the files in it and frees the name. */
void program_folder_remove(char *folder);

/**
 * Runs a line of the shell, standard input empty. What it printed goes to
 * *@p out_ret (may be NULL), owned. Returns the exit code, 128 + signal if it
 * was killed, -1 if it could not be run.
 */
int program_shell(const char *command, char **out_ret);
/**
 * Runs it with @p text, {} being @p what, in @p folder; stderr goes to the file
 * "err" there. What it printed goes to *@p out_ret (may be NULL), owned.
 * Returns the exit code, 128 + signal if it was killed.
 */
int program_run(const char *folder, const char *text, const char *what,
		char **out_ret);
/** True if it ends with @p expected; else says what it did instead. */
bool program_ends(const char *folder, const char *text, const char *what,
		  int expected);

#endif
