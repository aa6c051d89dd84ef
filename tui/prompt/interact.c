/* The prompt on a terminal: raw mode, drawing, history, completion. */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "tui/cli.h"
#include "tui/prompt/editor.h"
#include "tui/prompt/prompt.h"

enum { COLUMNS_DEFAULT = 80, CTRL_C = 3, AHEAD_MAX = 1 << 16 };

struct terminal {
	struct termios saved;
	struct buf ahead; /* typed while a command worked */
	bool interrupt;	  /* ^C was among it */
	struct history history;
	struct editor editor;
	struct shell *shell;
};

static unsigned terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col < 8)
		return COLUMNS_DEFAULT;
	return size.ws_col;
}

static bool raw_mode(const struct terminal *t)
{
	struct termios raw = t->saved;

	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
	raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL | INLCR);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	return !tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

static void cooked_mode(const struct terminal *t)
{
	tcsetattr(STDIN_FILENO, TCSADRAIN, &t->saved);
}

/*
 * While a command works ^C is a signal, and what is typed is for later. A ^C
 * that was faster than the change of modes is among the bytes that wait.
 */
static void busy_mode(struct terminal *t)
{
	struct termios busy = t->saved;
	unsigned char byte;

	busy.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	busy.c_iflag &= ~(tcflag_t)(ICRNL | INLCR);
	busy.c_cc[VSUSP] = busy.c_cc[VQUIT] = _POSIX_VDISABLE;
	busy.c_cc[VMIN] = busy.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &busy);
	t->interrupt = false;
	while (read(STDIN_FILENO, &byte, 1) == 1) {
		t->interrupt |= byte == CTRL_C;
		if (byte == CTRL_C)
			buf_clear(&t->ahead);
		else if (t->ahead.len < AHEAD_MAX)
			buf_addc(&t->ahead, (char)byte);
	}
}

/* The next byte that was typed; as read(). */
static ssize_t next_byte(struct terminal *t, unsigned char *ret)
{
	if (!t->ahead.len)
		return read(STDIN_FILENO, ret, 1);
	*ret = (unsigned char)t->ahead.data[0];
	memmove(t->ahead.data, t->ahead.data + 1, t->ahead.len - 1);
	buf_truncate(&t->ahead, t->ahead.len - 1);
	return 1;
}

static const char *prompt_text(const struct shell *shell)
{
	return shell->prompt ? shell->prompt : "(mapscope) ";
}

static void draw(const struct terminal *t)
{
	const struct editor *e = &t->editor;
	CLEANUP(buf_deinit) struct buf out = {0}, head = {0};
	unsigned columns = terminal_columns(), column;
	size_t from, len, wide;

	if (e->searching)
		buf_printf(&head,
			   "(%ssearch)'%s': ", e->failed ? "failed " : "",
			   buf_str(&e->search));
	else
		buf_adds(&head, prompt_text(t->shell));
	wide = head.len;
	if (wide + 8 > columns)
		wide = 0;
	editor_view(e, columns - (unsigned)wide, &from, &len, &column);
	buf_adds(&out, "\r\033[K");
	if (wide)
		text_plain(&out, head.data, head.len);
	text_plain(&out, buf_str(&e->line) + from, len);
	buf_addc(&out, '\r');
	if (wide + column)
		buf_printf(&out, "\033[%zuC", wide + column);
	fwrite(out.data, 1, out.len, stdout);
	fflush(stdout);
}

/* In raw mode lines end with a return as well. */
static void list_words(const struct completions *c)
{
	CLEANUP(buf_deinit) struct buf out = {0};
	const char *p;

	completions_list(c, terminal_columns(), &out);
	fputs("\r\n", stdout);
	for (p = buf_str(&out); *p; p++) {
		if (*p == '\n')
			putchar('\r');
		putchar(*p);
	}
}

/* The first Tab completes what is sure, a second one lists the rest. */
static void complete(struct terminal *t)
{
	struct editor *e = &t->editor;
	struct completions c;

	shell_complete(t->shell, buf_str(&e->line), e->cursor, &c);
	if (!editor_complete(e, &c)) {
		if (c.count > 1 && !e->changed)
			list_words(&c);
		else
			putchar('\a');
	}
	e->changed = false;
	completions_deinit(&c);
}

/* One line; false at the end of input. */
static bool read_line(struct terminal *t, bool *cancelled)
{
	editor_clear(&t->editor);
	*cancelled = false;
	for (;;) {
		unsigned char byte;
		ssize_t n;

		draw(t);
		n = next_byte(t, &byte);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		switch (editor_input(&t->editor, byte)) {
		case EDITOR_LINE:
			t->editor.searching = false;
			t->editor.cursor = t->editor.line.len;
			draw(t);
			fputs("\r\n", stdout);
			return true;
		case EDITOR_END:
			fputs("\r\n", stdout);
			return false;
		case EDITOR_CANCEL:
			fputs("^C\r\n", stdout);
			*cancelled = true;
			return true;
		case EDITOR_COMPLETE:
			complete(t);
			break;
		case EDITOR_REDRAW:
			fputs("\033[H\033[2J", stdout);
			break;
		default:
			break;
		}
	}
}

/* ^C, which is blocked meanwhile: it ends the command, not the program. */
static bool interrupted(void *arg)
{
	const struct timespec now = {0};
	struct terminal *t = arg;
	bool was = t->interrupt;
	sigset_t signals;

	t->interrupt = false;
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	return sigtimedwait(&signals, NULL, &now) == SIGINT || was;
}

/* The program gets the terminal, and ^C, as it was. */
static struct error *spawn(void *arg, char *const argv[])
{
	struct terminal *t = arg;
	posix_spawnattr_t attr;
	sigset_t none;
	int e, status = 0;
	pid_t pid;

	sigemptyset(&none);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	fflush(stdout);
	cooked_mode(t);
	e = posix_spawnp(&pid, argv[0], NULL, &attr, argv, environ);
	while (!e && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	posix_spawnattr_destroy(&attr);
	busy_mode(t);
	if (e)
		return error_os(e, "cannot run '%s'", argv[0]);
	return status ? error_new(ERROR_OS, "'%s' failed", argv[0]) : NULL;
}

/* The signal is blocked for as long as the terminal may send one. */
static void run_line(struct terminal *t)
{
	const char *line = buf_str(&t->editor.line);
	struct error *err, *flush;
	sigset_t interrupt, before;

	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	history_add(&t->history, line);
	sigprocmask(SIG_BLOCK, &interrupt, &before);
	busy_mode(t);
	if (t->shell->transcript)
		fprintf(t->shell->transcript, "%s%s\n", prompt_text(t->shell),
			line);
	t->shell->ask = interrupted;
	t->shell->ask_arg = t;
	t->shell->spawn = spawn;
	t->shell->spawn_arg = t;
	err = shell_run_asking(t->shell, line);
	flush = shell_flush_all(t->shell);
	fflush(stdout);
	if (err)
		prompt_fail(t->shell, err);
	if (flush)
		prompt_fail(t->shell, flush);
	raw_mode(t);
	(void)interrupted(t);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

int prompt_interact(struct shell *shell)
{
	struct terminal t = {.shell = shell};
	bool cancelled;

	setlocale(LC_CTYPE, "");
	history_load(&t.history,
		     prompt_file("XDG_STATE_HOME", ".local/state", "history"));
	editor_init(&t.editor, &t.history);
	if (tcgetattr(STDIN_FILENO, &t.saved) || !raw_mode(&t))
		return EXIT_ERROR;
	while (!shell->quit && read_line(&t, &cancelled))
		if (!cancelled)
			run_line(&t);
	cooked_mode(&t);
	buf_deinit(&t.ahead);
	editor_deinit(&t.editor);
	history_deinit(&t.history);
	return EXIT_OK;
}
