#ifndef TESTS_SUPPORT_TERMINAL_H
#define TESTS_SUPPORT_TERMINAL_H

/** A program in a pseudo terminal whose screen can be read. */
#include <stdbool.h>
#include <sys/types.h>

struct terminal;

/** Start @p argv[0] (PATH is searched) on a screen of that size. */
struct terminal *terminal_open(char *const argv[], int rows, int cols);
/** Kills what is left of the program. */
void terminal_close(struct terminal *terminal);
void terminal_send(struct terminal *terminal, const char *keys);
void terminal_resize(struct terminal *terminal, int rows, int cols);
/** Read the screen until @p text is on it; false after @p ms. */
bool terminal_wait_for(struct terminal *terminal, const char *text, int ms);
/** Read until the program has written nothing for @p ms. */
void terminal_settle(struct terminal *terminal, int ms);
bool terminal_wait_gone(struct terminal *terminal, const char *text, int ms);
/**
 * `R` in the interface, its question answered if it asks one, until @p text
 * is on the screen; false after @p ms.
 */
bool terminal_resample(struct terminal *terminal, const char *text, int ms);
/** The screen as lines; valid until the next call. */
const char *terminal_dump(struct terminal *terminal);
/**
 * The style of each cell as a letter: '.' none, a to h a colour of the text,
 * capital if bold; '#' reversed. Valid until the next call.
 */
const char *terminal_styles(struct terminal *terminal);
/** Every byte the program wrote so far; NUL-terminated. */
const char *terminal_raw(struct terminal *terminal);
/** Take the terminal away: the program's exit status, -1 after @p ms. */
int terminal_hang_up(struct terminal *terminal, int ms);
pid_t terminal_pid(const struct terminal *terminal);
/** Wait for the program's end: its exit status, -1 after @p ms. */
int terminal_wait_exit(struct terminal *terminal, int ms);

#endif
