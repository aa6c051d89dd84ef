#ifndef TUI_HELP_H
#define TUI_HELP_H

struct command;

/** Help of one command, or of the program if NULL. Returns an exit code. */
int help_command(const struct command *command);

#endif
