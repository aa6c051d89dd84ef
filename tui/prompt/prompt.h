#ifndef TUI_PROMPT_PROMPT_H
#define TUI_PROMPT_PROMPT_H

/** The prompt on a terminal: files it keeps, completion, line editing. */
#include "core/base/near.h"
#include "tui/prompt/shell.h"

struct config;

/**
 * $VARIABLE/mapscope/NAME, or ~/DIRECTORY/mapscope/NAME; the directory is
 * made. NULL without a home. The caller frees.
 */
char *prompt_file(const char *variable, const char *directory,
		  const char *name);

/** Names of settings, by newline. */
void settings_complete(struct buf *out);
/** Is it a key of the configuration's [prompt]? Offers all of those. */
bool settings_known(const char *name, struct near_names *near);
/** As `config NAME FIRST SECOND`; @p second may be NULL. */
struct error *settings_put(struct shell *shell, const char *name,
			   const char *first, const char *second) MUST_CHECK;
/** config -save: where it went is appended to the shell's output. */
struct error *settings_save(struct shell *shell) MUST_CHECK;
/**
 * What of delve's configuration, the file @p path, are settings here too. What
 * is left out, and why, is appended to the shell's output.
 */
struct error *settings_import(struct shell *shell, const char *path) MUST_CHECK;
/** Lines of [prompt] with their defaults, commented out. */
void settings_sample(struct buf *out);
/** What the configuration says; appends lines that make no sense. */
void settings_load(struct shell *shell, const struct config *config,
		   struct buf *warnings);

/** What the word at the cursor may become. */
struct completions {
	size_t from;  /* where the word begins in the line */
	char **words; /* owned; whole words, sorted */
	uint32_t count;
};
void shell_complete(struct shell *shell, const char *line, size_t cursor,
		    struct completions *ret);
void completions_deinit(struct completions *completions);
/** Bytes that all words begin with. */
size_t completions_common(const struct completions *completions);
/** The words in columns, a hundred lines of them at most. */
void completions_list(const struct completions *completions, unsigned columns,
		      struct buf *out);

/** Lines that were typed, oldest first. */
struct history {
	char **lines; /* owned */
	uint32_t count, cap;
	char *path; /* owned; NULL: not kept */
};
/** From the file at @p path, which may not exist yet; takes @p path. */
void history_load(struct history *history, char *path);
/** In memory and in the file; empty lines and repetitions are left out. */
void history_add(struct history *history, const char *line);
void history_deinit(struct history *history);

/** Commands from a terminal until exit or end of input; an exit code. */
int prompt_interact(struct shell *shell);
/** Report an error of a command; its exit code. Frees @p err. */
int prompt_fail(const struct shell *shell, struct error *err);

#endif
