#include "tests/support/terminal.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <vterm.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/xalloc.h"
#include "tests/support/patience.h"

struct terminal {
	VTerm *vterm;
	VTermScreen *screen;
	pid_t pid;
	int fd, rows, cols, status;
	bool ended;
	struct buf text, raw;
};

struct terminal *terminal_open(char *const argv[], int rows, int cols)
{
	struct terminal *t = xcalloc(1, sizeof(*t));
	struct winsize size = {.ws_row = (unsigned short)rows,
			       .ws_col = (unsigned short)cols};

	t->rows = rows;
	t->cols = cols;
	t->pid = forkpty(&t->fd, NULL, NULL, &size);
	if (!t->pid) {
		setenv("TERM", "xterm-256color", 1);
		setenv("LC_ALL", "C.UTF-8", 1);
		execvp(argv[0], argv);
		_exit(127);
	}
	t->vterm = vterm_new(rows, cols);
	vterm_set_utf8(t->vterm, 1);
	t->screen = vterm_obtain_screen(t->vterm);
	vterm_screen_enable_altscreen(t->screen, 1);
	vterm_screen_reset(t->screen, 1);
	return t;
}

void terminal_close(struct terminal *t)
{
	if (!t)
		return;
	if (!t->ended) {
		kill(t->pid, SIGKILL);
		waitpid(t->pid, NULL, 0);
	}
	if (t->fd >= 0)
		close(t->fd);
	vterm_free(t->vterm);
	buf_deinit(&t->text);
	buf_deinit(&t->raw);
	free(t);
}

int terminal_hang_up(struct terminal *t, int ms)
{
	const struct timespec tick = {.tv_nsec = 1000000};
	int status = -1;

	close(t->fd);
	t->fd = -1;
	for (ms *= PATIENCE; ms > 0 && !t->ended; ms--) {
		t->ended = waitpid(t->pid, &status, WNOHANG) == t->pid;
		nanosleep(&tick, NULL);
	}
	return t->ended && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void terminal_send(struct terminal *t, const char *keys)
{
	size_t n = strlen(keys);

	if (write(t->fd, keys, n) != (ssize_t)n)
		buf_adds(&t->raw, "(write failed)");
}

void terminal_resize(struct terminal *t, int rows, int cols)
{
	struct winsize size = {.ws_row = (unsigned short)rows,
			       .ws_col = (unsigned short)cols};

	t->rows = rows;
	t->cols = cols;
	vterm_set_size(t->vterm, rows, cols);
	ioctl(t->fd, TIOCSWINSZ, &size);
}

/* Take what the program wrote; false if nothing came within @p ms. */
static bool take(struct terminal *t, int ms)
{
	struct pollfd poll_fd = {.fd = t->fd, .events = POLLIN};
	char bytes[4096];
	ssize_t n;

	if (poll(&poll_fd, 1, ms) <= 0)
		return false;
	n = read(t->fd, bytes, sizeof(bytes));
	if (n <= 0) {
		usleep(10000);
		return false;
	}
	buf_add(&t->raw, bytes, (size_t)n);
	vterm_input_write(t->vterm, bytes, (size_t)n);
	return true;
}

void terminal_settle(struct terminal *t, int ms)
{
	while (take(t, ms))
		;
}

const char *terminal_dump(struct terminal *t)
{
	char line[8192];
	int row;

	buf_clear(&t->text);
	for (row = 0; row < t->rows; row++) {
		VTermRect rect = {row, row + 1, 0, t->cols};
		size_t n = vterm_screen_get_text(t->screen, line,
						 sizeof(line) - 1, rect);

		buf_add(&t->text, line, n);
		buf_addc(&t->text, '\n');
	}
	return buf_str(&t->text);
}

static char style_of(const VTermScreenCell *cell)
{
	int color = VTERM_COLOR_IS_INDEXED(&cell->fg) ? cell->fg.indexed.idx % 8
						      : -1;

	if (cell->attrs.reverse)
		return '#';
	if (color < 0)
		return cell->attrs.bold ? '!' : '.';
	return (char)((cell->attrs.bold ? 'A' : 'a') + color);
}

const char *terminal_styles(struct terminal *t)
{
	VTermScreenCell cell;
	VTermPos pos;

	buf_clear(&t->text);
	for (pos.row = 0; pos.row < t->rows; pos.row++) {
		for (pos.col = 0; pos.col < t->cols; pos.col++) {
			vterm_screen_get_cell(t->screen, pos, &cell);
			buf_addc(&t->text, style_of(&cell));
		}
		buf_addc(&t->text, '\n');
	}
	return buf_str(&t->text);
}

static bool wait_until(struct terminal *t, const char *text, bool shown, int ms)
{
	uint64_t end = clock_now() + (uint64_t)ms * 1000000 * PATIENCE;

	do {
		terminal_settle(t, 20);
		if ((strstr(terminal_dump(t), text) != NULL) == shown)
			return true;
	} while (clock_now() < end);
	return false;
}

bool terminal_wait_for(struct terminal *t, const char *text, int ms)
{
	return wait_until(t, text, true, ms);
}

bool terminal_resample(struct terminal *t, const char *text, int ms)
{
	uint64_t end = clock_now() + (uint64_t)ms * 1000000 * PATIENCE;
	bool asked = false;

	terminal_send(t, "R");
	do {
		terminal_settle(t, 20);
		if (strstr(terminal_dump(t), text))
			return true;
		/* An answer without a question would open the row. */
		if (!asked && strstr(terminal_dump(t), "a new sample stops")) {
			terminal_send(t, "\r");
			asked = true;
		}
	} while (clock_now() < end);
	return false;
}

bool terminal_wait_gone(struct terminal *t, const char *text, int ms)
{
	return wait_until(t, text, false, ms);
}

const char *terminal_raw(struct terminal *t)
{
	return buf_str(&t->raw);
}

pid_t terminal_pid(const struct terminal *t)
{
	return t->pid;
}

int terminal_wait_exit(struct terminal *t, int ms)
{
	uint64_t end = clock_now() + (uint64_t)ms * 1000000 * PATIENCE;

	while (!t->ended && clock_now() < end) {
		take(t, 10);
		if (waitpid(t->pid, &t->status, WNOHANG) == t->pid)
			t->ended = true;
	}
	while (take(t, 10))
		;
	if (!t->ended)
		return -1;
	return WIFEXITED(t->status) ? WEXITSTATUS(t->status)
				    : 128 + WTERMSIG(t->status);
}
