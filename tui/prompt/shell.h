#ifndef TUI_PROMPT_SHELL_H
#define TUI_PROMPT_SHELL_H

/**
 * The commands of the prompt, under delve's names. One shell belongs to one
 * thread; it knows a session, which goroutine and frame are selected, and
 * where answers go. The same commands serve `mapscope stack PID` and the like.
 */
#include "core/session/json.h"
#include "core/session/print.h"

struct shell {
	struct session *session; /* borrowed */
	struct print_limits limits;
	bool json; /* one object for each command that has a form of it */
	uint32_t goroutine, frame; /* selected */
	struct buf out;
	/** Takes what is in `out` when it has grown; NULL: it all stays. */
	struct error *(*flush)(void *arg, struct buf *out);
	void *flush_arg;
	bool quit;
};

/** What a word of a command's argument may be completed with. */
enum shell_words {
	WORDS_NONE,
	WORDS_EXPRESSION,
	WORDS_COMMAND,
	WORDS_GOROUTINE,
	WORDS_TYPE,
	WORDS_FUNCTION,
	WORDS_MAP,
	WORDS_FILE,
	WORDS_SETTING,
};

struct shell_command {
	const char *name;
	const char *aliases; /* by space; "" */
	const char *args;    /* "[-full] [depth]" */
	const char *help;    /* one line */
	enum shell_words words;
	/** @p args is the line behind the name, without outer spaces. */
	struct error *(*run)(struct shell *shell, const char *args);
};

/** Ends with a NULL name. */
extern const struct shell_command shell_commands[];

void shell_init(struct shell *shell, struct session *session);
void shell_deinit(struct shell *shell);
/** By name, alias or unique prefix; the error names near ones. */
struct error *shell_find(const char *name, size_t len,
			 const struct shell_command **ret) MUST_CHECK;
/** One line; empty lines and lines that begin with # do nothing. */
struct error *shell_run(struct shell *shell, const char *line) MUST_CHECK;
/** Hand `out` on if it is longer than a page of output. */
struct error *shell_flush(struct shell *shell) MUST_CHECK;

/** Words of a line: by spaces, with '...' and "..." kept together. */
struct shell_words_list {
	char **list;
	uint32_t count;
};
void shell_split(const char *text, struct shell_words_list *ret);
void shell_words_deinit(struct shell_words_list *words);

/** "main.run" and "/src/x.go:12" of a place, safe to print. */
void shell_add_place(struct buf *out, const struct code_place *place);
void shell_json_place(struct json *json, const char *key,
		      const struct code_place *place);
/** The selected goroutine has that frame, or an error. */
struct error *shell_frame(const struct shell *shell, uint32_t frame,
			  struct frame_row *ret) MUST_CHECK;
/** "12" or "0x1f" into a number; false if it is none. */
bool shell_number(const char *text, uint64_t *ret);

/* One file a group of commands. */
struct error *shell_goroutines(struct shell *shell,
			       const char *args) MUST_CHECK;
struct error *shell_goroutine(struct shell *shell, const char *args) MUST_CHECK;
struct error *shell_stack(struct shell *shell, const char *args) MUST_CHECK;
struct error *shell_select_frame(struct shell *shell,
				 const char *args) MUST_CHECK;
struct error *shell_up(struct shell *shell, const char *args) MUST_CHECK;
struct error *shell_down(struct shell *shell, const char *args) MUST_CHECK;
struct error *shell_locals(struct shell *shell, const char *args) MUST_CHECK;
struct error *shell_args(struct shell *shell, const char *args) MUST_CHECK;
struct error *shell_vars(struct shell *shell, const char *args) MUST_CHECK;
struct error *shell_print(struct shell *shell, const char *args) MUST_CHECK;
struct error *shell_whatis(struct shell *shell, const char *args) MUST_CHECK;
struct error *shell_examine(struct shell *shell, const char *args) MUST_CHECK;
struct error *shell_help(struct shell *shell, const char *args) MUST_CHECK;
struct error *shell_exit(struct shell *shell, const char *args) MUST_CHECK;
/** Variables of a frame, indented, as `stack -full` shows them. */
struct error *shell_add_variables(struct shell *shell, uint32_t goroutine,
				  uint32_t frame,
				  const char *indent) MUST_CHECK;

void shell_json_variable(struct json *json, const struct shell *shell,
			 const struct frame_variables *variables,
			 uint32_t index);

#endif
