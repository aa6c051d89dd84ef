#ifndef TUI_PROMPT_EDITOR_H
#define TUI_PROMPT_EDITOR_H

/**
 * One line being typed, with emacs' keys: bytes of a terminal go in, the line
 * and the cursor come out. It knows no terminal.
 */
#include "core/base/buf.h"
#include "tui/prompt/prompt.h"

enum editor_event {
	EDITOR_MORE,	 /* the line may have changed */
	EDITOR_LINE,	 /* Enter */
	EDITOR_END,	 /* ^D on an empty line */
	EDITOR_CANCEL,	 /* ^C */
	EDITOR_COMPLETE, /* Tab */
	EDITOR_REDRAW,	 /* ^L */
};

struct editor {
	struct buf line;
	size_t cursor; /* byte */
	struct buf killed;
	const struct history *history;
	uint32_t at;	   /* in the history; its count: the own line */
	struct buf stash;  /* the own line meanwhile */
	struct buf search; /* ^R: what is looked for */
	bool searching, failed;
	char escape[16]; /* of an unfinished sequence */
	unsigned escape_len;
	bool changed; /* since the last Tab */
};

void editor_init(struct editor *editor, const struct history *history);
void editor_deinit(struct editor *editor);
/** For the next line. */
void editor_clear(struct editor *editor);
enum editor_event editor_input(struct editor *editor, unsigned char byte);
/** Replace the bytes [from, cursor) by @p text. */
void editor_replace(struct editor *editor, size_t from, const char *text,
		    size_t len);
/**
 * Complete the word at the cursor as far as it is sure, a command with a blank
 * behind it. False if there is nothing to add.
 */
bool editor_complete(struct editor *editor, const struct completions *words);
/**
 * What fits in @p columns with the cursor in it: the bytes to show, and the
 * column of the cursor.
 */
void editor_view(const struct editor *editor, unsigned columns,
		 size_t *from_ret, size_t *len_ret, unsigned *column_ret);

#endif
