/* Go names without the directories of their packages. */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/text.h"

static bool is_path(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("/._-~$", c)) ||
	       (unsigned char)c >= 0x80;
}

/* A quoted string up to its end; other text up to the next name. */
static size_t other_length(const char *s)
{
	size_t n = 0;

	if (*s == '"') {
		for (n = 1; s[n] && s[n] != '"'; n++)
			n += s[n] == '\\' && s[n + 1];
		return n + (s[n] == '"');
	}
	while (s[n] && s[n] != '"' && !is_path(s[n]))
		n++;
	return n;
}

void text_short_names(struct buf *out, const char *text)
{
	while (*text) {
		size_t n = 0, cut = 0, i;

		while (is_path(text[n]))
			n++;
		if (!n) {
			n = other_length(text);
			buf_add(out, text, n);
			text += n;
			continue;
		}
		/* "x/y" alone may be a division or a path of files; a package
		 * has a dot behind its last slash. */
		for (i = 0; i < n; i++)
			if (text[i] == '/')
				cut = i + 1;
		if (!memchr(text + cut, '.', n - cut) || *text == '/')
			cut = 0;
		buf_add(out, text + cut, n - cut);
		text += n;
	}
}
