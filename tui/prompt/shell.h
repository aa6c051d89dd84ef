#ifndef TUI_PROMPT_SHELL_H
#define TUI_PROMPT_SHELL_H

/**
 * The commands of the prompt, under delve's names. One shell belongs to one
 * thread; it knows a session, which goroutine and frame are selected, and
 * where answers go. The same commands serve `mapscope stack PID` and the like,
 * and any screen that takes commands.
 */
#include <stdio.h>

#include "core/session/json.h"
#include "core/session/print.h"

struct cli;
struct config;
struct tab;

/** Pairs of words: aliases and their commands, directories and others. */
struct shell_pairs {
	char **from, **to; /* owned */
	uint32_t count;
};

struct shell {
	struct session *session; /* borrowed; resample replaces it */
	const struct cli *cli;	 /* options of the command line; may be NULL */
	const struct config *config; /* where settings are saved; may be NULL */
	struct print_limits limits;
	bool json; /* one object for each command that has a form of it */
	uint32_t goroutine, frame; /* selected */
	/** Instead of the frame a call that it has deferred, or NULL. */
	const struct deferred_row *deferred;
	struct buf out;
	/** Takes what is in `out` when it has grown; NULL: it all stays. */
	struct error *(*flush)(void *arg, struct buf *out);
	void *flush_arg;
	/** Asked on and off while a command works: is it to end? NULL nobody.
	 */
	bool (*ask)(void *arg);
	void *ask_arg;
	/** Not even commands of the command line may print to stdout. */
	bool caught;
	/**
	 * Take a new sample; NULL: there is no way to. The shell's session is
	 * then *@p ret, and frees the old one.
	 */
	struct error *(*resample)(void *arg, struct session **ret);
	void *resample_arg;
	/** Run a program that has the terminal; NULL: there is none. */
	struct error *(*spawn)(void *arg, char *const argv[]);
	void *spawn_arg;
	struct shell_pairs aliases;    /* alias -> command */
	struct shell_pairs substitute; /* directory of sources -> ours */
	struct shell_pairs displays;   /* expression -> format */
	char *prompt;		       /* owned */
	bool show_location;	       /* whatis says where a value is */
	FILE *transcript;
	bool quiet;	/* the transcript takes all of the output */
	unsigned depth; /* of sourced files */
	/** A list is walked and a command run on each: the sample stays. */
	unsigned on_each;
	bool quit;
	/** In the interface: `screen` sets which one to leave for. */
	bool has_screens;
	const struct tab *screen;
};

/** What a word of a command's argument may be completed with. */
enum shell_words {
	WORDS_NONE,
	WORDS_EXPRESSION,
	WORDS_COMMAND,
	WORDS_GOROUTINE,
	WORDS_TYPE,
	WORDS_FUNCTION,
	WORDS_PACKAGE,
	WORDS_VARIABLE,
	WORDS_MAP,
	WORDS_FILE,
	WORDS_SETTING,
	WORDS_THREAD,
};

struct shell_command {
	const char *name;
	const char *aliases; /* by space; "" */
	const char *args;    /* "[-full] [depth]" */
	const char *help;    /* one line */
	enum shell_words words;
	/** @p args is the line behind the name, without outer spaces. */
	struct error *(*run)(struct shell *shell, const char *args);
	const char *cli; /* NULL, or the command of the command line it is */
};

/** Ends with a NULL name. */
extern const struct shell_command shell_commands[];

void shell_init(struct shell *shell, struct session *session);
void shell_deinit(struct shell *shell);
/** By name, alias or unique prefix; the error names near ones. */
struct error *shell_find(const struct shell *shell, const char *name,
			 size_t len,
			 const struct shell_command **ret) MUST_CHECK;
/** One line; empty lines and lines that begin with # do nothing. */
struct error *shell_run(struct shell *shell, const char *line) MUST_CHECK;
/** shell_run() of what a person typed: `ask` may end it. */
struct error *shell_run_asking(struct shell *shell,
			       const char *line) MUST_CHECK;
/** Another sample of the same target: select again, show the displays. */
struct error *shell_use(struct shell *shell,
			struct session *session) MUST_CHECK;
/** Hand `out` on if it is longer than a page of output. */
struct error *shell_flush(struct shell *shell) MUST_CHECK;
/** Hand on all of it, to the transcript too. */
struct error *shell_flush_all(struct shell *shell) MUST_CHECK;
/** Is the line `resample` or another name of it? */
bool shell_is_resample(const struct shell *shell, const char *line);
/** Why delve's @p name is not here; NULL if delve has no such command. */
const char *shell_refusal(const char *name, size_t len);

/** Words of a line: by spaces, with '...' and "..." kept together. */
struct shell_words_list {
	char **list;
	uint32_t count;
};
void shell_split(const char *text, struct shell_words_list *ret);
void shell_words_deinit(struct shell_words_list *words);

/** Add a pair, or replace the one with that @p from. */
void shell_pairs_set(struct shell_pairs *pairs, const char *from,
		     const char *to);
bool shell_pairs_remove(struct shell_pairs *pairs, const char *from);
const char *shell_pairs_find(const struct shell_pairs *pairs, const char *from,
			     size_t len);
void shell_pairs_deinit(struct shell_pairs *pairs);

/** "main.run" and "/src/x.go:12" of a place, safe to print. */
void shell_add_place(struct buf *out, const struct code_place *place);
void shell_json_place(struct json *json, const char *key,
		      const struct code_place *place);
/** "[chan receive 25m] (thread 7)". */
void shell_add_state(struct buf *out, const struct goroutine_row *row);
/** The selected goroutine has that frame, or an error. */
struct error *shell_frame(const struct shell *shell, uint32_t frame,
			  struct frame_row *ret) MUST_CHECK;
/**
 * A place as delve writes them: "main.run:5", "server.go:12", "+3". The file's
 * name is the program's; the caller frees *@p file_ret.
 */
struct error *shell_location(const struct shell *shell, const char *args,
			     char **file_ret, uint32_t *line_ret) MUST_CHECK;
/** Where that file is here; owned. */
char *shell_local_path(const struct shell *shell, const char *file);
/** "12" or "0x1f" into a number; false if it is none. */
bool shell_number(const char *text, uint64_t *ret);
/** Variables of a frame, indented, as `stack -full` shows them. */
struct error *shell_add_variables(struct shell *shell, uint32_t goroutine,
				  uint32_t frame,
				  const char *indent) MUST_CHECK;
/** Deferred calls of a frame, as `stack -defer` shows them. */
struct deferred_calls;
void shell_add_deferred(struct shell *shell, const struct deferred_calls *calls,
			uint32_t frame);
void shell_json_deferred(struct json *json, const struct deferred_calls *calls,
			 uint32_t frame);
/** The goroutines that started the selected one, @p count at most. */
struct error *shell_add_ancestors(struct shell *shell, uint32_t count,
				  uint32_t depth) MUST_CHECK;
struct error *shell_json_ancestors(struct json *json, const struct shell *shell,
				   uint32_t count, uint32_t depth) MUST_CHECK;
void shell_json_variable(struct json *json, const struct shell *shell,
			 const struct frame_variables *variables,
			 uint32_t index);

/* One file a group of commands. */
typedef struct error *shell_fn(struct shell *shell, const char *args);
shell_fn shell_goroutines, shell_goroutine, shell_thread, shell_threads;
shell_fn shell_stack, shell_select_frame, shell_up, shell_down, shell_regs;
shell_fn shell_locals, shell_args, shell_vars, shell_deferred;
shell_fn shell_libraries, shell_print, shell_whatis, shell_examine,
	shell_display;
shell_fn shell_types, shell_funcs, shell_packages, shell_sources, shell_list,
	shell_edit;
shell_fn shell_config, shell_source, shell_transcript, shell_target;
shell_fn shell_resample, shell_continue, shell_screen;
shell_fn shell_help, shell_exit;
/** A command of the command line on the shell's session; by `cli`. */
struct error *shell_cli(struct shell *shell,
			const struct shell_command *command,
			const char *args) MUST_CHECK;
/** Show the display list. */
struct error *shell_show_displays(struct shell *shell) MUST_CHECK;

#endif
