#include "core/base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Length of the sequence that lead byte @p c starts; 0 if it starts none. */
static size_t sequence_length(uint8_t c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	if (c >= 0xf0 && c <= 0xf4)
		return 4;
	return 0;
}

/* 0 if the bytes are not one valid sequence. */
static size_t decode_valid(const uint8_t *s, size_t len, uint32_t *ret)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t i, n = len ? sequence_length(s[0]) : 0;
	uint32_t c;

	if (!n || n > len)
		return 0;
	c = n == 1 ? s[0] : s[0] & (0xffu >> (n + 1));
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret = c;
	return n;
}

size_t text_decode(const void *bytes, size_t len, uint32_t *ret)
{
	size_t n;

	if (!len)
		return 0;
	n = decode_valid(bytes, len, ret);
	if (n)
		return n;
	*ret = 0xfffd;
	return 1;
}

bool text_is_utf8(const void *bytes, size_t len)
{
	const uint8_t *s = bytes;
	uint32_t c;

	while (len) {
		size_t n = decode_valid(s, len, &c);

		if (!n)
			return false;
		s += n;
		len -= n;
	}
	return true;
}

void text_encode(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_addc(out, (char)c);
	} else if (c < 0x800) {
		buf_addc(out, (char)(0xc0 | c >> 6));
		buf_addc(out, (char)(0x80 | (c & 63)));
	} else if (c < 0x10000) {
		buf_addc(out, (char)(0xe0 | c >> 12));
		buf_addc(out, (char)(0x80 | (c >> 6 & 63)));
		buf_addc(out, (char)(0x80 | (c & 63)));
	} else {
		buf_addc(out, (char)(0xf0 | c >> 18));
		buf_addc(out, (char)(0x80 | (c >> 12 & 63)));
		buf_addc(out, (char)(0x80 | (c >> 6 & 63)));
		buf_addc(out, (char)(0x80 | (c & 63)));
	}
}

bool text_is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	       (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

static void quote_code_point(struct buf *out, uint32_t c)
{
	static const char short_form[] = "\aa\bb\tt\nn\vv\ff\rr\"\"\\\\";
	const char *p;

	for (p = short_form; *p; p += 2) {
		if (c == (uint8_t)p[0]) {
			buf_addc(out, '\\');
			buf_addc(out, p[1]);
			return;
		}
	}
	if (c < 0x80)
		buf_printf(out, "\\x%02" PRIx32, c);
	else if (c < 0x10000)
		buf_printf(out, "\\u%04" PRIx32, c);
	else
		buf_printf(out, "\\U%08" PRIx32, c);
}

void text_quote(struct buf *out, const void *bytes, size_t len)
{
	const uint8_t *s = bytes;
	uint32_t c;

	while (len) {
		size_t n = decode_valid(s, len, &c);

		if (!n) {
			buf_printf(out, "\\x%02x", *s);
			n = 1;
		} else if (text_is_control(c) || c == '"' || c == '\\') {
			quote_code_point(out, c);
		} else {
			buf_add(out, s, n);
		}
		s += n;
		len -= n;
	}
}

/** Bytes of ASCII that no format changes. */
static size_t plain_run(const uint8_t *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] >= ' ' && s[n] < 0x7f && s[n] != '"' &&
	       s[n] != '\\')
		n++;
	return n;
}

void text_plain(struct buf *out, const void *bytes, size_t len)
{
	const uint8_t *s = bytes;
	uint32_t c;

	while (len) {
		size_t n = plain_run(s, len);

		if (n) {
			buf_add(out, s, n);
			s += n;
			len -= n;
			continue;
		}
		n = decode_valid(s, len, &c);
		if (!n || text_is_control(c))
			buf_addc(out, '?');
		else
			buf_add(out, s, n);
		n = n ? n : 1;
		s += n;
		len -= n;
	}
}

static void json_code_point(struct buf *out, uint32_t c)
{
	if (c == '\n')
		buf_adds(out, "\\n");
	else if (c == '\t')
		buf_adds(out, "\\t");
	else if (c == '"' || c == '\\')
		buf_printf(out, "\\%c", (char)c);
	else if (c < 0x10000)
		buf_printf(out, "\\u%04" PRIx32, c);
	else
		buf_printf(out, "\\u%04" PRIx32 "\\u%04" PRIx32,
			   0xd800 + ((c - 0x10000) >> 10),
			   0xdc00 + ((c - 0x10000) & 0x3ff));
}

void text_json(struct buf *out, const void *bytes, size_t len)
{
	const uint8_t *s = bytes;
	uint32_t c;

	buf_addc(out, '"');
	while (len) {
		size_t n = plain_run(s, len);

		if (n) {
			buf_add(out, s, n);
			s += n;
			len -= n;
			continue;
		}
		n = text_decode(s, len, &c);
		if (c == 0xfffd && n == 1)
			buf_adds(out, "\\ufffd");
		else if (text_is_control(c) || c == '"' || c == '\\')
			json_code_point(out, c);
		else
			buf_add(out, s, n);
		s += n;
		len -= n;
	}
	buf_addc(out, '"');
}

void text_count(struct buf *out, uint64_t n)
{
	char digits[24];
	int i, len = snprintf(digits, sizeof(digits), "%" PRIu64, n);

	for (i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			buf_addc(out, ',');
		buf_addc(out, digits[i]);
	}
}

void text_duration(struct buf *out, uint64_t ns)
{
	double s = (double)ns / 1e9;

	if (ns < 1000000)
		buf_printf(out, "%.2fms", s * 1e3);
	else if (ns < 10000000)
		buf_printf(out, "%.1fms", s * 1e3);
	else if (ns < 1000000000)
		buf_printf(out, "%.0fms", s * 1e3);
	else if (s < 100)
		buf_printf(out, "%.1fs", s);
	else if (s < 6000)
		buf_printf(out, "%.0fm", s / 60);
	else
		buf_printf(out, "%.0fh", s / 3600);
}

bool text_has_word(const char *words, const char *word)
{
	size_t n = strlen(word);
	const char *p = words;

	while ((p = strstr(p, word))) {
		if ((p == words || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return true;
		p += n;
	}
	return false;
}
