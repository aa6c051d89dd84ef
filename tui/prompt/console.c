#include "tui/prompt/console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "tui/action.h"
#include "tui/cli.h"
#include "tui/prompt/editor.h"
#include "tui/prompt/scrollback.h"

struct console {
	struct shell shell;
	struct cli cli;
	struct history history;
	struct editor editor;
	struct scrollback lines;
	bool (*poll)(void *arg);
	void *poll_arg;
	bool resampling; /* asked for; others may take samples too */
};

/* All that is printed ends here; errors of commands do not. */
static struct error *take_output(void *arg, struct buf *out)
{
	struct console *console = arg;

	scrollback_add(&console->lines, STYLE_NORMAL, buf_str(out), out->len);
	buf_clear(out);
	if (session_ended(console->shell.session) ||
	    (console->poll && console->poll(console->poll_arg)))
		return error_new(ERROR_CANCELLED, "cancelled");
	return NULL;
}

static void say(struct console *console, enum style style, const char *text)
{
	scrollback_add(&console->lines, style, text, strlen(text));
	scrollback_add(&console->lines, style, "\n", 1);
}

static void end_line(struct console *console)
{
	if (console->lines.open)
		scrollback_add(&console->lines, STYLE_NORMAL, "\n", 1);
}

/* A new sample is taken in the background, which no script waits for. */
static struct error *no_resample(void *arg, struct session **ret)
{
	(void)arg;
	*ret = NULL;
	return error_new(ERROR_USAGE, "resample stands alone on a line");
}

struct console *console_new(struct session *session,
			    const struct config *config,
			    bool (*poll)(void *arg), void *arg)
{
	struct console *console = xcalloc(1, sizeof(*console));
	CLEANUP(buf_deinit) struct buf warnings = {0};

	shell_init(&console->shell, session);
	console->poll = poll;
	console->poll_arg = arg;
	console->cli.command = command_find("prompt");
	console->shell.cli = &console->cli;
	console->shell.ask = poll;
	console->shell.ask_arg = arg;
	console->shell.flush = take_output;
	console->shell.flush_arg = console;
	console->shell.caught = true;
	console->shell.has_screens = true;
	console->shell.resample = no_resample;
	settings_load(&console->shell, config, &warnings);
	history_load(&console->history,
		     prompt_file("XDG_STATE_HOME", ".local/state", "history"));
	editor_init(&console->editor, &console->history);
	scrollback_add(&console->lines, STYLE_WARN, buf_str(&warnings),
		       warnings.len);
	say(console, STYLE_DIM,
	    "delve's read-only commands and mapscope's own; "
	    "help lists them, Tab completes, Esc leaves");
	return console;
}

void console_free(struct console *console)
{
	if (!console)
		return;
	shell_deinit(&console->shell);
	editor_deinit(&console->editor);
	history_deinit(&console->history);
	scrollback_deinit(&console->lines);
	free(console);
}

void console_redact(struct console *console, bool redact)
{
	console->shell.limits.redact = redact;
	console->cli.options.redact = redact ? "basic" : NULL;
}

static void fail(struct console *console, struct error *err)
{
	CLEANUP(buf_deinit) struct buf line = {0};

	text_plain(&line, err->message, strlen(err->message));
	end_line(console);
	say(console, STYLE_WARN, buf_str(&line));
	if (console->shell.transcript)
		fprintf(console->shell.transcript, "mapscope: %s\n",
			buf_str(&line));
	if (err->hint) {
		buf_clear(&line);
		buf_adds(&line, "  ");
		text_plain(&line, err->hint, strlen(err->hint));
		say(console, STYLE_DIM, buf_str(&line));
	}
	error_free(err);
}

/* The error of the command matters more than that of its last output. */
static void finish(struct console *console, struct error *err)
{
	struct error *flush = shell_flush_all(&console->shell);

	end_line(console);
	if (err)
		error_free(flush);
	else
		err = flush;
	if (err)
		fail(console, err);
}

void console_use(struct console *console, struct session *session)
{
	struct shell *shell = &console->shell;

	if (console->resampling || shell->displays.count) {
		finish(console, shell_use(shell, session));
	} else {
		error_free(shell_use(shell, session));
		buf_clear(&shell->out);
	}
	console->resampling = false;
}

static const char *prompt_text(const struct console *console)
{
	return console->shell.prompt ? console->shell.prompt : "(mapscope) ";
}

static enum console_event run_line(struct console *console)
{
	CLEANUP(free_cleanup)
	char *line = xstrdup(buf_str(&console->editor.line));
	CLEANUP(buf_deinit) struct buf echo = {0};
	struct shell *shell = &console->shell;
	struct session_info info;

	buf_printf(&echo, "%s%s", prompt_text(console), line);
	say(console, STYLE_BOLD, buf_str(&echo));
	if (shell->transcript)
		fprintf(shell->transcript, "%s\n", buf_str(&echo));
	history_add(&console->history, line);
	editor_clear(&console->editor);
	session_info(shell->session, &info);
	if (!strcmp(info.kind, "live") && shell_is_resample(shell, line)) {
		console->resampling = true;
		return CONSOLE_RESAMPLE;
	}
	shell->screen = NULL;
	finish(console, shell_run_asking(shell, line));
	if (shell->screen)
		return CONSOLE_SCREEN;
	if (!shell->quit)
		return CONSOLE_MORE;
	shell->quit = false;
	return CONSOLE_LEAVE;
}

/* Tab completes what is sure, a second one lists the rest. */
static void complete(struct console *console, int cols)
{
	struct editor *e = &console->editor;
	struct completions c;

	shell_complete(&console->shell, buf_str(&e->line), e->cursor, &c);
	if (!editor_complete(e, &c) && c.count > 1 && !e->changed) {
		CLEANUP(buf_deinit) struct buf list = {0};

		completions_list(&c, (unsigned)cols, &list);
		end_line(console);
		scrollback_add(&console->lines, STYLE_INFO, buf_str(&list),
			       list.len);
	}
	e->changed = false;
	completions_deinit(&c);
}

/* The bytes a terminal would have sent. */
static void key_bytes(int key, struct buf *out)
{
	static const struct {
		int key;
		const char *bytes;
	} keys[] = {
		{TKEY_UP, "\033[A"},	  {TKEY_DOWN, "\033[B"},
		{TKEY_RIGHT, "\033[C"},	  {TKEY_LEFT, "\033[D"},
		{TKEY_HOME, "\033[H"},	  {TKEY_END, "\033[F"},
		{TKEY_DELETE, "\033[3~"}, {TKEY_BACKSPACE, "\177"},
		{TKEY_ENTER, "\r"},	  {TKEY_TAB, "\t"},
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(keys); i++)
		if (keys[i].key == key)
			buf_adds(out, keys[i].bytes);
	if (key >= TKEY_CTRL + 'a' && key <= TKEY_CTRL + 'z')
		buf_addc(out, (char)(key - TKEY_CTRL - 'a' + 1));
	else if (key < 0x80)
		buf_addc(out, (char)key);
	else if (key < 0x800)
		buf_printf(out, "%c%c", 0xc0 | key >> 6, 0x80 | (key & 63));
	else if (key < 0x10000)
		buf_printf(out, "%c%c%c", 0xe0 | key >> 12,
			   0x80 | (key >> 6 & 63), 0x80 | (key & 63));
	else if (key < 0x110000)
		buf_printf(out, "%c%c%c%c", 0xf0 | key >> 18,
			   0x80 | (key >> 12 & 63), 0x80 | (key >> 6 & 63),
			   0x80 | (key & 63));
}

static enum console_event on_editor(struct console *console,
				    enum editor_event event, int cols)
{
	switch (event) {
	case EDITOR_LINE:
		return run_line(console);
	case EDITOR_END:
		return CONSOLE_LEAVE;
	case EDITOR_CANCEL:
		editor_clear(&console->editor);
		return CONSOLE_MORE;
	case EDITOR_COMPLETE:
		complete(console, cols);
		return CONSOLE_MORE;
	case EDITOR_REDRAW:
		scrollback_clear(&console->lines);
		return CONSOLE_REDRAW;
	default:
		return CONSOLE_MORE;
	}
}

enum console_event console_key(struct console *console, int key, int rows,
			       int cols)
{
	CLEANUP(buf_deinit) struct buf bytes = {0};
	enum console_event event = CONSOLE_MORE;
	size_t i;

	if (key == TKEY_PAGE_UP || key == TKEY_PAGE_DOWN) {
		int page = rows > 2 ? rows - 2 : 1;

		console_scroll(console, key == TKEY_PAGE_UP ? page : -page,
			       rows, cols);
		return CONSOLE_MORE;
	}
	if (key == TKEY_ESCAPE) {
		if (!console->editor.searching)
			return CONSOLE_LEAVE;
		key = TKEY_CTRL + 'g';
	}
	key_bytes(key, &bytes);
	for (i = 0; i < bytes.len && event == CONSOLE_MORE; i++)
		event = on_editor(console,
				  editor_input(&console->editor,
					       (unsigned char)bytes.data[i]),
				  cols);
	if (bytes.len)
		console->lines.up = 0;
	return event;
}

const struct tab *console_screen(const struct console *console)
{
	return console->shell.screen;
}

void console_scroll(struct console *console, int by, int rows, int cols)
{
	scrollback_move(&console->lines, by, rows - 1, cols);
}

void console_draw(const struct console *console, struct surface *out,
		  int *row_ret, int *col_ret)
{
	const struct editor *e = &console->editor;
	CLEANUP(buf_deinit) struct buf head = {0};
	CLEANUP(free_cleanup) char *part = NULL;
	int row = scrollback_draw(&console->lines, out, out->rows - 1), col;
	unsigned column;
	size_t from, len;

	if (e->searching)
		buf_printf(&head,
			   "(%ssearch)'%s': ", e->failed ? "failed " : "",
			   buf_str(&e->search));
	else
		buf_adds(&head, prompt_text(console));
	if (surface_text_width(buf_str(&head)) + 8 > out->cols)
		buf_clear(&head);
	col = surface_put(out, row, 0, out->cols, STYLE_BOLD, buf_str(&head));
	editor_view(e, (unsigned)(out->cols - col), &from, &len, &column);
	part = xstrndup(buf_str(&e->line) + from, len);
	surface_put(out, row, col, out->cols - col, STYLE_NORMAL, part);
	*row_ret = row;
	*col_ret = col + (int)column;
}

void console_status(const struct console *console, struct buf *out)
{
	const struct shell *shell = &console->shell;
	struct goroutine_row row;
	struct frame_row frame;

	if (console->lines.up)
		buf_printf(out, "%llu rows further down  ",
			   (unsigned long long)console->lines.up);
	if (shell->goroutine >= session_goroutine_count(shell->session))
		return;
	session_goroutine(shell->session, shell->goroutine, &row);
	buf_printf(out, "goroutine %lld frame %u", (long long)row.id,
		   shell->frame);
	if (session_frame(shell->session, shell->goroutine, shell->frame,
			  &frame)) {
		buf_addc(out, ' ');
		shell_add_place(out, &frame.place);
	}
}
