#include "core/base/escape.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

void text_html(struct buf *out, const void *bytes, size_t len)
{
	CLEANUP(buf_deinit) struct buf plain = {0};
	size_t i;

	text_plain(&plain, bytes, len);
	for (i = 0; i < plain.len; i++) {
		switch (plain.data[i]) {
		case '&':
			buf_adds(out, "&amp;");
			break;
		case '<':
			buf_adds(out, "&lt;");
			break;
		case '>':
			buf_adds(out, "&gt;");
			break;
		case '"':
			buf_adds(out, "&quot;");
			break;
		case '\'':
			buf_adds(out, "&#39;");
			break;
		default:
			buf_addc(out, plain.data[i]);
		}
	}
}

void text_plain_short(struct buf *out, const void *bytes, size_t len,
		      size_t most)
{
	CLEANUP(buf_deinit) struct buf plain = {0};
	size_t at = 0, n, points = 0;
	uint32_t c;

	text_plain(&plain, bytes, len);
	while (most && at < plain.len && points < most) {
		n = text_decode(plain.data + at, plain.len - at, &c);
		at += n;
		points++;
	}
	if (!most || at >= plain.len) {
		buf_add(out, buf_str(&plain), plain.len);
		return;
	}
	buf_add(out, plain.data, at);
	buf_adds(out, "…");
}

static size_t longest_run(const char *s, char c)
{
	size_t run = 0, longest = 0;

	for (; *s; s++) {
		run = *s == c ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

void text_markdown_code(struct buf *out, const void *bytes, size_t len,
			bool cell, size_t most)
{
	CLEANUP(buf_deinit) struct buf plain = {0};
	size_t i, fence;
	bool pad;

	text_plain_short(&plain, bytes, len, most);
	if (!plain.len) {
		buf_adds(out, cell ? " " : "");
		return;
	}
	fence = longest_run(plain.data, '`') + 1;
	/* One space at both ends is taken away again by the reader. */
	pad = plain.data[0] == '`' || plain.data[plain.len - 1] == '`' ||
	      (plain.data[0] == ' ' && plain.data[plain.len - 1] == ' ');
	for (i = 0; i < fence; i++)
		buf_addc(out, '`');
	buf_adds(out, pad ? " " : "");
	for (i = 0; i < plain.len; i++) {
		if (cell && plain.data[i] == '|')
			buf_addc(out, '\\');
		buf_addc(out, plain.data[i]);
	}
	buf_adds(out, pad ? " " : "");
	for (i = 0; i < fence; i++)
		buf_addc(out, '`');
}

/* What hosts turn into a link or tell somebody about, escaped or not. */
static bool is_reference(const char *word, size_t len)
{
	return memchr(word, '@', len) || memchr(word, '#', len) ||
	       memmem(word, len, "://", 3) || memmem(word, len, "www.", 4);
}

void text_markdown(struct buf *out, const void *bytes, size_t len)
{
	CLEANUP(buf_deinit) struct buf plain = {0};
	const char *s, *p;
	size_t n;

	text_plain(&plain, bytes, len);
	for (s = buf_str(&plain); *s; s += n) {
		n = strcspn(s, " ");
		if (is_reference(s, n)) {
			text_markdown_code(out, s, n, true, 0);
		} else {
			for (p = s; p < s + n; p++) {
				if (strchr("\\`*_{}[]()+-!|<>~&$=", *p))
					buf_addc(out, '\\');
				buf_addc(out, *p);
			}
		}
		for (; s[n] == ' '; n++)
			buf_addc(out, ' ');
	}
}

/* "-12", "+1.5%", "-1e-05": what a spreadsheet takes for a number as well. */
static bool is_number(const char *s)
{
	static const char chars[] = "0123456789.eE+-%";
	char *end;

	if (strspn(s, chars) != strlen(s))
		return false;
	strtod(s, &end);
	return end != s && (!*end || !strcmp(end, "%"));
}

void text_csv(struct buf *out, const void *bytes, size_t len, char separator)
{
	CLEANUP(buf_deinit) struct buf plain = {0};
	bool formula, quote;
	const char *s;

	text_plain(&plain, bytes, len);
	s = buf_str(&plain);
	formula = *s && strchr("=+-@", *s) && s[1] && !is_number(s);
	/* A bar in front makes commands of old spreadsheets: |cmd. */
	formula = formula || (*s == '|' && s[1]);
	quote = separator == ',' && (formula || strpbrk(s, ",\""));
	if (quote)
		buf_addc(out, '"');
	if (formula)
		buf_addc(out, '\'');
	for (; *s; s++) {
		if (quote && *s == '"')
			buf_addc(out, '"');
		buf_addc(out, *s);
	}
	if (quote)
		buf_addc(out, '"');
}
