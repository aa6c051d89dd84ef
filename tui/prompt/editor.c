#include "tui/prompt/editor.h"

#include <string.h>
#include <wchar.h>

#include "core/base/text.h"

enum {
	CTRL_A = 1,
	CTRL_B,
	CTRL_C,
	CTRL_D,
	CTRL_E,
	CTRL_F,
	CTRL_G,
	CTRL_H,
	TAB,
	NEWLINE,
	CTRL_K,
	CTRL_L,
	ENTER,
	CTRL_N,
	CTRL_O,
	CTRL_P,
	CTRL_Q,
	CTRL_R,
	CTRL_S,
	CTRL_T,
	CTRL_U,
	CTRL_V,
	CTRL_W,
	CTRL_X,
	CTRL_Y,
	ESCAPE = 27,
	DELETE = 127,
	LINE_MAX_BYTES = 1 << 16,
};

void editor_init(struct editor *e, const struct history *history)
{
	*e = (struct editor){.history = history, .at = history->count};
}

void editor_deinit(struct editor *e)
{
	buf_deinit(&e->line);
	buf_deinit(&e->killed);
	buf_deinit(&e->stash);
	buf_deinit(&e->search);
}

void editor_clear(struct editor *e)
{
	buf_clear(&e->line);
	buf_clear(&e->stash);
	buf_clear(&e->search);
	e->cursor = 0;
	e->at = e->history->count;
	e->searching = e->failed = false;
	e->escape_len = 0;
}

static bool is_middle(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static size_t before(const struct editor *e, size_t at)
{
	const char *s = buf_str(&e->line);

	if (at)
		at--;
	while (at && is_middle(s[at]))
		at--;
	return at;
}

static size_t behind(const struct editor *e, size_t at)
{
	const char *s = buf_str(&e->line);

	if (at < e->line.len)
		at++;
	while (at < e->line.len && is_middle(s[at]))
		at++;
	return at;
}

static bool is_word(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

static size_t word_start(const struct editor *e)
{
	const char *s = buf_str(&e->line);
	size_t at = e->cursor;

	while (at && !is_word(s[at - 1]))
		at--;
	while (at && is_word(s[at - 1]))
		at--;
	return at;
}

static size_t word_end(const struct editor *e)
{
	const char *s = buf_str(&e->line);
	size_t at = e->cursor;

	while (at < e->line.len && !is_word(s[at]))
		at++;
	while (at < e->line.len && is_word(s[at]))
		at++;
	return at;
}

/* Replace [from, to); the cursor goes behind the new text. */
static void change(struct editor *e, size_t from, size_t to, const char *text,
		   size_t len)
{
	struct buf line = {0};

	buf_add(&line, e->line.data, from);
	buf_add(&line, text, len);
	buf_add(&line, buf_str(&e->line) + to, e->line.len - to);
	buf_deinit(&e->line);
	e->line = line;
	e->cursor = from + len;
}

void editor_replace(struct editor *e, size_t from, const char *text, size_t len)
{
	change(e, from, e->cursor, text, len);
}

static void kill_range(struct editor *e, size_t from, size_t to)
{
	if (from == to)
		return;
	buf_clear(&e->killed);
	buf_add(&e->killed, buf_str(&e->line) + from, to - from);
	change(e, from, to, "", 0);
}

static void set_line(struct editor *e, const char *text)
{
	buf_clear(&e->line);
	buf_adds(&e->line, text);
	e->cursor = e->line.len;
}

static void go_history(struct editor *e, uint32_t at)
{
	if (at > e->history->count)
		return;
	if (e->at == e->history->count) {
		buf_clear(&e->stash);
		buf_add(&e->stash, e->line.data, e->line.len);
	}
	e->at = at;
	set_line(e, at < e->history->count ? e->history->lines[at]
					   : buf_str(&e->stash));
}

/* The nearest older line with the text; *e->at is where to begin, inclusive. */
static void search_from(struct editor *e, uint32_t at)
{
	uint32_t i;

	e->failed = true;
	for (i = at + 1; i-- > 0;) {
		const char *hit;

		if (i >= e->history->count)
			continue;
		hit = strstr(e->history->lines[i], buf_str(&e->search));
		if (!hit)
			continue;
		e->at = i;
		e->failed = false;
		set_line(e, e->history->lines[i]);
		e->cursor = (size_t)(hit - e->history->lines[i]);
		return;
	}
}

/* True if the byte belonged to the search. */
static bool search_input(struct editor *e, unsigned char c)
{
	if (c == CTRL_R) {
		if (e->at && e->search.len)
			search_from(e, e->at - 1);
		return true;
	}
	if (c == CTRL_H || c == DELETE) {
		if (e->search.len)
			buf_truncate(&e->search, e->search.len - 1);
		search_from(e, e->history->count);
		return true;
	}
	if (c == CTRL_G) {
		e->searching = false;
		e->at = e->history->count;
		set_line(e, buf_str(&e->stash));
		return true;
	}
	if (c >= 32) {
		buf_addc(&e->search, (char)c);
		search_from(e, e->at < e->history->count ? e->at
							 : e->history->count);
		return true;
	}
	e->searching = false;
	return false;
}

static void begin_search(struct editor *e)
{
	e->searching = true;
	e->failed = false;
	buf_clear(&e->search);
	if (e->at == e->history->count) {
		buf_clear(&e->stash);
		buf_add(&e->stash, e->line.data, e->line.len);
	}
}

/* Finished sequences: "[A", "OH", "[3~", "b". */
static void escape_key(struct editor *e, const char *key)
{
	static const struct {
		const char *key;
		char as;
	} keys[] = {
		{"[A", CTRL_P},	 {"[B", CTRL_N},  {"[C", CTRL_F},
		{"[D", CTRL_B},	 {"[H", CTRL_A},  {"[F", CTRL_E},
		{"OA", CTRL_P},	 {"OB", CTRL_N},  {"OC", CTRL_F},
		{"OD", CTRL_B},	 {"OH", CTRL_A},  {"OF", CTRL_E},
		{"[1~", CTRL_A}, {"[4~", CTRL_E}, {"[7~", CTRL_A},
		{"[8~", CTRL_E},
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(keys); i++) {
		if (!strcmp(keys[i].key, key)) {
			(void)editor_input(e, (unsigned char)keys[i].as);
			return;
		}
	}
	if (!strcmp(key, "[3~"))
		change(e, e->cursor, behind(e, e->cursor), "", 0);
	else if (!strcmp(key, "b") || !strcmp(key, "[1;5D"))
		e->cursor = word_start(e);
	else if (!strcmp(key, "f") || !strcmp(key, "[1;5C"))
		e->cursor = word_end(e);
	else if (!strcmp(key, "d"))
		kill_range(e, e->cursor, word_end(e));
	else if (key[0] == DELETE || key[0] == CTRL_H)
		kill_range(e, word_start(e), e->cursor);
}

static enum editor_event escape_input(struct editor *e, unsigned char c)
{
	char key[16];
	bool ends;

	/* Of what is too long only the last byte counts: it ends it. */
	if (e->escape_len + 2 < sizeof(e->escape))
		e->escape_len++;
	e->escape[e->escape_len - 1] = (char)c;
	e->escape[e->escape_len] = 0;
	/* ESC, then one byte, or [ or O and a final byte from @ to ~. */
	if (e->escape_len == 2)
		ends = c != '[' && c != 'O';
	else
		ends = c >= 0x40 && c <= 0x7e;
	if (!ends)
		return EDITOR_MORE;
	memcpy(key, e->escape + 1, e->escape_len);
	e->escape_len = 0;
	escape_key(e, key);
	return EDITOR_MORE;
}

static void swap_characters(struct editor *e)
{
	size_t a = before(e, e->cursor), b = behind(e, e->cursor);
	size_t middle = e->cursor;
	struct buf text = {0};

	if (!e->cursor)
		return;
	if (middle == e->line.len) {
		middle = a;
		a = before(e, a);
		b = e->line.len;
	}
	if (a == middle)
		return;
	buf_add(&text, buf_str(&e->line) + middle, b - middle);
	buf_add(&text, buf_str(&e->line) + a, middle - a);
	change(e, a, b, buf_str(&text), text.len);
	buf_deinit(&text);
}

static void insert(struct editor *e, unsigned char c)
{
	char byte = (char)c;

	if (e->line.len < LINE_MAX_BYTES)
		change(e, e->cursor, e->cursor, &byte, 1);
}

static void control(struct editor *e, unsigned char c)
{
	switch (c) {
	case CTRL_A:
		e->cursor = 0;
		break;
	case CTRL_E:
		e->cursor = e->line.len;
		break;
	case CTRL_B:
		e->cursor = before(e, e->cursor);
		break;
	case CTRL_F:
		e->cursor = behind(e, e->cursor);
		break;
	case CTRL_H:
	case DELETE:
		change(e, before(e, e->cursor), e->cursor, "", 0);
		break;
	case CTRL_K:
		kill_range(e, e->cursor, e->line.len);
		break;
	case CTRL_U:
		kill_range(e, 0, e->cursor);
		break;
	case CTRL_W:
		kill_range(e, word_start(e), e->cursor);
		break;
	case CTRL_Y:
		change(e, e->cursor, e->cursor, buf_str(&e->killed),
		       e->killed.len);
		break;
	case CTRL_T:
		swap_characters(e);
		break;
	case CTRL_P:
		if (e->at)
			go_history(e, e->at - 1);
		break;
	case CTRL_N:
		go_history(e, e->at + 1);
		break;
	case CTRL_R:
		begin_search(e);
		break;
	default:
		break;
	}
}

enum editor_event editor_input(struct editor *e, unsigned char c)
{
	if (e->escape_len)
		return escape_input(e, c);
	e->changed |= c != TAB;
	if (e->searching && search_input(e, c))
		return EDITOR_MORE;
	switch (c) {
	case ENTER:
	case NEWLINE:
		return EDITOR_LINE;
	case TAB:
		return EDITOR_COMPLETE;
	case CTRL_C:
		return EDITOR_CANCEL;
	case CTRL_L:
		return EDITOR_REDRAW;
	case CTRL_D:
		if (!e->line.len)
			return EDITOR_END;
		change(e, e->cursor, behind(e, e->cursor), "", 0);
		return EDITOR_MORE;
	case ESCAPE:
		e->escape[0] = ESCAPE;
		e->escape_len = 1;
		return EDITOR_MORE;
	default:
		break;
	}
	if (c >= 32 && c != DELETE)
		insert(e, c);
	else
		control(e, c);
	return EDITOR_MORE;
}

/* Columns of one character; what cannot be shown takes one. */
static unsigned columns_of(uint32_t c)
{
	int n = wcwidth((wchar_t)c);

	return n < 0 ? 1 : (unsigned)n;
}

static unsigned width(const char *s, size_t len)
{
	unsigned n = 0;
	uint32_t c;

	while (len) {
		size_t bytes = text_decode(s, len, &c);

		n += columns_of(c);
		s += bytes;
		len -= bytes;
	}
	return n;
}

bool editor_complete(struct editor *e, const struct completions *words)
{
	size_t common = completions_common(words);
	bool command = words->count == 1 && !words->from;

	if (!words->count || common <= e->cursor - words->from)
		return false;
	editor_replace(e, words->from, words->words[0], common);
	if (command)
		editor_replace(e, e->cursor, " ", 1);
	return true;
}

void editor_view(const struct editor *e, unsigned columns, size_t *from_ret,
		 size_t *len_ret, unsigned *column_ret)
{
	const char *s = buf_str(&e->line);
	size_t from = 0, end;

	if (columns < 2)
		columns = 2;
	/* Half a screen to the left whenever the cursor leaves on the right. */
	while (width(s + from, e->cursor - from) >= columns) {
		unsigned gone = 0;

		while (from < e->cursor && gone < columns / 2) {
			size_t next = behind(e, from);

			gone += width(s + from, next - from);
			from = next;
		}
	}
	for (end = from; end < e->line.len;) {
		size_t next = behind(e, end);

		if (width(s + from, next - from) > columns - 1)
			break;
		end = next;
	}
	*from_ret = from;
	*len_ret = end - from;
	*column_ret = width(s + from, e->cursor - from);
}
