#include "tui/term_curses.h"

#include <langinfo.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NCURSES_WIDECHAR 1
#include <curses.h>

#include "core/base/xalloc.h"
#include "tui/action.h"

static SCREEN *screen;
static bool ascii_only, colors;
static attr_t styles[STYLE_COUNT];
static int mouse_row, mouse_col;
/* Typed while term_interrupted() looked. */
static int waiting[64];
static size_t waiting_count;

bool term_usable(const char **why_ret)
{
	const char *term = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		*why_ret = "input or output is no terminal";
	else if (!term || !*term || !strcmp(term, "dumb"))
		*why_ret = "TERM names no terminal for full screens";
	else
		return true;
	return false;
}

static bool want_color(int color)
{
	const char *no_color = getenv("NO_COLOR");

	if (color)
		return color == 1;
	return !(no_color && *no_color);
}

/* Every colour is doubled by an attribute, for terminals without colours. */
static struct look {
	const char *name;
	short fg, bg;
	attr_t mono, with_color;
} looks[STYLE_COUNT] = {
	[STYLE_NORMAL] = {"normal", -1, -1, A_NORMAL, A_NORMAL},
	[STYLE_BOLD] = {"bold", -1, -1, A_BOLD, A_BOLD},
	[STYLE_DIM] = {"dim", -1, -1, A_DIM, A_DIM},
	[STYLE_TITLE] = {"title", COLOR_CYAN, -1, A_BOLD, A_BOLD},
	[STYLE_HEADER] = {"header", -1, -1, A_BOLD, A_BOLD},
	[STYLE_SELECTED] = {"selected", -1, -1, A_REVERSE, A_REVERSE},
	[STYLE_OK] = {"ok", COLOR_GREEN, -1, A_NORMAL, A_NORMAL},
	[STYLE_INFO] = {"info", COLOR_CYAN, -1, A_BOLD, A_BOLD},
	[STYLE_WARN] = {"warn", COLOR_YELLOW, -1, A_BOLD, A_BOLD},
	[STYLE_HIGH] = {"high", COLOR_WHITE, COLOR_RED, A_REVERSE, A_BOLD},
	[STYLE_TAGGED] = {"tagged", COLOR_MAGENTA, -1, A_BOLD, A_BOLD},
	[STYLE_STOPPED] = {"stopped", COLOR_WHITE, COLOR_RED, A_REVERSE,
			   A_BOLD},
};

static const char *const color_names[] = {"black",  "red",   "green",
					  "yellow", "blue",  "magenta",
					  "cyan",   "white", "default"};
static const struct {
	const char *name;
	attr_t attr;
} attr_names[] = {
	{"bold", A_BOLD},
	{"dim", A_DIM},
	{"reverse", A_REVERSE},
	{"underline", A_UNDERLINE},
};

static void init_styles(void)
{
	int i;

	for (i = 0; i < STYLE_COUNT; i++) {
		styles[i] = looks[i].mono;
		if (!colors)
			continue;
		init_pair((short)(i + 1), looks[i].fg, looks[i].bg);
		styles[i] = looks[i].with_color | (attr_t)COLOR_PAIR(i + 1);
	}
}

/* One word of a look: the first colour is the foreground. */
static bool parse_look(const char *word, struct look *look, int *color_count)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(attr_names); i++) {
		if (!strcmp(word, attr_names[i].name)) {
			look->with_color |= attr_names[i].attr;
			return true;
		}
	}
	for (i = 0; i < ARRAY_LEN(color_names); i++) {
		short color = i == ARRAY_LEN(color_names) - 1 ? -1 : (short)i;

		if (strcmp(word, color_names[i]) != 0)
			continue;
		*(*color_count ? &look->bg : &look->fg) = color;
		return ++*color_count <= 2;
	}
	return false;
}

bool term_set_style(const char *name, const char *value, bool apply)
{
	struct look look = {.fg = -1, .bg = -1};
	CLEANUP(free_cleanup) char *copy = xstrdup(value);
	char *save, *word;
	int count = 0, i;

	for (i = 0; i < STYLE_COUNT; i++)
		if (!strcmp(looks[i].name, name))
			break;
	if (i == STYLE_COUNT)
		return false;
	for (word = strtok_r(copy, " ", &save); word;
	     word = strtok_r(NULL, " ", &save))
		if (!parse_look(word, &look, &count))
			return false;
	if (!apply)
		return true;
	look.name = looks[i].name;
	look.mono = looks[i].mono;
	looks[i] = look;
	return true;
}

static const char *color_name(short color)
{
	return color_names[color < 0 ? ARRAY_LEN(color_names) - 1
				     : (size_t)color];
}

void term_sample_styles(struct buf *out)
{
	size_t i, k;

	for (i = 0; i < STYLE_COUNT; i++) {
		buf_printf(out, "#%s = %s %s", looks[i].name,
			   color_name(looks[i].fg), color_name(looks[i].bg));
		for (k = 0; k < ARRAY_LEN(attr_names); k++)
			if (looks[i].with_color & attr_names[k].attr)
				buf_printf(out, " %s", attr_names[k].name);
		buf_addc(out, '\n');
	}
}

struct error *term_open(bool ascii, int color)
{
	/* Esc alone must not wait for the rest of a sequence. */
	setenv("ESCDELAY", "25", 0);
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return error_hint(
			error_new(ERROR_USAGE, "cannot use the terminal '%s'",
				  getenv("TERM") ? getenv("TERM") : ""),
			"set TERM to one that `infocmp` knows; "
			"`mapscope maps` needs none");
	xalloc_set_hook(term_close);
	ascii_only = ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	raw();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	curs_set(0);
	mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
	mouseinterval(0);
	colors = want_color(color) && has_colors();
	if (colors) {
		start_color();
		use_default_colors();
	}
	init_styles();
	return NULL;
}

void term_close(void)
{
	if (!screen)
		return;
	endwin();
	delscreen(screen);
	screen = NULL;
}

void term_size(int *rows_ret, int *cols_ret)
{
	getmaxyx(stdscr, *rows_ret, *cols_ret);
}

bool term_is_ascii(void)
{
	return ascii_only;
}

static void draw_line(const struct surface *s, int row)
{
	int col;

	for (col = 0; col < s->cols; col++) {
		const struct surface_cell *cell =
			&s->cells[row * s->cols + col];
		wchar_t text[2] = {(wchar_t)cell->c, 0};
		attr_t style = styles[cell->style];
		cchar_t out;

		if (!cell->c)
			continue;
		setcchar(&out, text, style & ~(attr_t)A_COLOR,
			 (short)(colors ? cell->style + 1 : 0), NULL);
		mvadd_wch(row, col, &out);
	}
}

void term_draw(const struct surface *s, int row, int col)
{
	int i;

	for (i = 0; i < s->rows; i++)
		draw_line(s, i);
	curs_set(row >= 0);
	if (row >= 0)
		move(row, col);
	refresh();
}

void term_redraw(void)
{
	clearok(stdscr, TRUE);
}

static void add_base64(const char *text, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t i;

	for (i = 0; i < len; i += 3) {
		unsigned v = (unsigned)(unsigned char)text[i] << 16;

		v |= i + 1 < len ? (unsigned)(unsigned char)text[i + 1] << 8
				 : 0;
		v |= i + 2 < len ? (unsigned char)text[i + 2] : 0;
		putc(digits[v >> 18], stdout);
		putc(digits[v >> 12 & 63], stdout);
		putc(i + 1 < len ? digits[v >> 6 & 63] : '=', stdout);
		putc(i + 2 < len ? digits[v & 63] : '=', stdout);
	}
}

void term_copy(const char *text, size_t len)
{
	static const char *const able[] = {"xterm", "tmux",	 "screen",
					   "rxvt",  "alacritty", "foot",
					   "kitty", "st"};
	const char *term = getenv("TERM");
	size_t i;

	for (i = 0; term && i < ARRAY_LEN(able); i++)
		if (!strncmp(term, able[i], strlen(able[i])))
			break;
	if (!term || i == ARRAY_LEN(able))
		return;
	fputs("\033]52;c;", stdout);
	add_base64(text, len);
	putc('\a', stdout);
	fflush(stdout);
}

static int special_key(int key)
{
	static const struct {
		int curses, key;
	} keys[] = {
		{KEY_UP, TKEY_UP},
		{KEY_DOWN, TKEY_DOWN},
		{KEY_LEFT, TKEY_LEFT},
		{KEY_RIGHT, TKEY_RIGHT},
		{KEY_PPAGE, TKEY_PAGE_UP},
		{KEY_NPAGE, TKEY_PAGE_DOWN},
		{KEY_HOME, TKEY_HOME},
		{KEY_END, TKEY_END},
		{KEY_BACKSPACE, TKEY_BACKSPACE},
		{KEY_DC, TKEY_DELETE},
		{KEY_ENTER, TKEY_ENTER},
		{KEY_BTAB, TKEY_BACKTAB},
		{KEY_F(1), TKEY_F1},
		{KEY_F(4), TKEY_F4},
		{KEY_F(5), TKEY_F5},
		{KEY_F(6), TKEY_F6},
		{KEY_F(7), TKEY_F7},
		{KEY_F(8), TKEY_F8},
		{KEY_F(9), TKEY_F9},
		{KEY_F(10), TKEY_F10},
		{KEY_RESIZE, TKEY_RESIZE},
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(keys); i++)
		if (keys[i].curses == key)
			return keys[i].key;
	return 0;
}

void term_mouse(int *row_ret, int *col_ret)
{
	*row_ret = mouse_row;
	*col_ret = mouse_col;
}

static int mouse_key(void)
{
	MEVENT event;

	if (getmouse(&event) != OK)
		return 0;
	mouse_row = event.y;
	mouse_col = event.x;
	if (event.bstate & BUTTON4_PRESSED)
		return TKEY_WHEEL_UP;
	if (event.bstate & BUTTON5_PRESSED)
		return TKEY_WHEEL_DOWN;
	return event.bstate & BUTTON1_PRESSED ? TKEY_CLICK : 0;
}

static int read_key(int timeout_ms)
{
	wint_t c;
	int kind;

	timeout(timeout_ms);
	kind = get_wch(&c);
	if (kind == ERR)
		return 0;
	if (kind == KEY_CODE_YES)
		return c == KEY_MOUSE ? mouse_key() : special_key((int)c);
	switch (c) {
	case '\r':
	case '\n':
		return TKEY_ENTER;
	case '\t':
		return TKEY_TAB;
	case 27:
		return TKEY_ESCAPE;
	case 8:
	case 127:
		return TKEY_BACKSPACE;
	default:
		return c < 32 ? TKEY_CTRL + 'a' + (int)c - 1 : (int)c;
	}
}

int term_key(int timeout_ms)
{
	int key;

	if (!waiting_count)
		return read_key(timeout_ms);
	key = waiting[0];
	memmove(waiting, waiting + 1, --waiting_count * sizeof(*waiting));
	return key;
}

void term_wait(int wake_fd, int timeout_ms)
{
	struct pollfd fds[] = {
		{.fd = STDIN_FILENO, .events = POLLIN},
		{.fd = wake_fd, .events = POLLIN},
	};

	if (!waiting_count)
		(void)poll(fds, ARRAY_LEN(fds), timeout_ms);
}

bool term_gone(void)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&input, 1, 0) > 0 &&
	       input.revents & (POLLHUP | POLLERR | POLLNVAL);
}

bool term_interrupted(void)
{
	int key;

	if (screen && term_gone())
		return true;
	while (screen && waiting_count < ARRAY_LEN(waiting) &&
	       (key = read_key(0))) {
		if (key == TKEY_CTRL + 'c') {
			waiting_count = 0;
			return true;
		}
		waiting[waiting_count++] = key;
	}
	return false;
}

bool term_has_key(void)
{
	return waiting_count > 0;
}

const char *term_library_version(void)
{
	return curses_version();
}
