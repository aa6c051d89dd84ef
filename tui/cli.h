#ifndef TUI_CLI_H
#define TUI_CLI_H

/** The command line: what was asked, and how answers and errors leave. */
#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"
#include "core/session/redact.h"
#include "core/session/session.h"
#include "tui/options.h"

/** What scripts rely on: numbers keep their meaning. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_ERROR = 1,
	EXIT_USAGE = 2,
	EXIT_NO_TARGET = 3,
	EXIT_PERMISSION = 4,
	EXIT_UNSUPPORTED = 5,
	EXIT_CORRUPT = 6,
	EXIT_PARTIAL = 7,
	EXIT_NOT_FOUND = 8,
	EXIT_CONDITION = 10,
};

struct cli;
struct config;
struct list;

struct command {
	const char *name;
	const char *usage; /* "maps TARGET [flags]" */
	const char *help;  /* one line */
	/** Arguments with one dash are the command's own, as delve's. */
	bool dashes;
	/** Returns an exit code; errors through cli_fail(). */
	int (*run)(struct cli *cli);
	bool without_memory; /* works on snapshots of any level */
	bool redacts_names;  /* knows --redact names and full */
};

struct cli {
	const struct command *command;
	struct options options;
	struct config *config;	 /* borrowed */
	const char *const *args; /* behind the command's name */
	int arg_count;
	int next_arg;		/* targets take theirs from here */
	struct session *shared; /* cli_open() gives this one; no target */
	bool condition_held;	/* of --fail-on */
	const char *commit;	/* of the program's sources; NULL unknown */
};

/** All commands, in the order of help; ends with a NULL name. */
extern const struct command *const commands[];
const struct command *command_find(const char *name);

/**
 * Parses, runs, returns the exit code. @p commit is what the program was made
 * from, "" if unknown.
 */
int cli_main(int argc, char **argv, const char *commit);

/**
 * Run "NAME ARGUMENTS..." of the command line on an open session, with the
 * form of output that @p from asks for. Returns the exit code.
 */
int cli_run_shared(const struct cli *from, struct session *session, int argc,
		   char **argv);

/** "64:128" or "64:"; NULL is all. @p to_ret is not part of it. */
struct error *cli_parse_range(const char *text, uint64_t *from_ret,
			      uint64_t *to_ret) MUST_CHECK;
int exit_code_of(const struct error *err);
/** Report @p err (stderr, and JSON on stdout if asked) and free it. */
int cli_fail(const struct cli *cli, struct error *err);
/** ERROR_USAGE report with the command's usage as the hint. */
int cli_usage(const struct cli *cli, const char *message);
/** The next positional argument, NULL if there is none. */
const char *cli_take_arg(struct cli *cli);
struct error *cli_session_options(const struct cli *cli,
				  struct session_options *ret) MUST_CHECK;
/**
 * Open the target named by the next arguments: PID, EXE CORE, CORE or a
 * snapshot. Progress goes to stderr when that is a terminal; SIGINT and
 * SIGTERM cancel.
 */
struct error *cli_open(struct cli *cli, struct session **ret) MUST_CHECK;
/**
 * A new sample of a process. *@p signal_ret is the signal that asked to end
 * meanwhile, or 0; then the session may still be whole.
 */
struct error *cli_open_pid(const struct cli *cli, pid_t pid,
			   const struct session_options *options,
			   int *signal_ret, struct session **ret) MUST_CHECK;
/** The target of the next arguments without opening it; strings borrowed. */
struct error *cli_parse_target(struct cli *cli, pid_t *pid_ret,
			       const char **exe_ret, const char **core_ret,
			       struct session_options *options_ret) MUST_CHECK;
/**
 * Open the target, call @p fn with the next argument (NULL if there is none;
 * with @p missing not NULL that is a usage error), close. Returns the exit
 * code, EXIT_CONDITION if @p fn found that the condition held.
 */
int cli_run_on(struct cli *cli, const char *missing,
	       struct error *(*fn)(struct cli *cli,
				   const struct session *session,
				   const char *which));
/** Does a row of @p list match --fail-on? Then the exit code says so. */
struct error *cli_check_fail_on(struct cli *cli, struct list *list) MUST_CHECK;
/** EXIT_OK, or EXIT_PARTIAL if the sample is not complete. */
int cli_done(const struct session *session);
bool cli_redact(const struct cli *cli);
/** --ascii, or a locale that is not UTF-8. */
bool cli_ascii(const struct cli *cli);
/** --redact, or @p usual. */
struct error *cli_redact_level(const struct cli *cli, enum redact_level usual,
			       enum redact_level *ret) MUST_CHECK;
/** "500ms", "1s", "2m" -> nanoseconds. */
bool parse_duration(const char *text, uint64_t *ret);

#endif
