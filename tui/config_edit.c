#include "tui/config_edit.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/new_file.h"
#include "core/base/xalloc.h"
#include "tui/config_priv.h"

enum { FILE_MAX = 1 << 22 }; /* bytes */

/* A line of the text, and what it is. */
struct line {
	size_t from, end; /* end: behind its newline */
	const char *text; /* without blanks in front; not terminated */
	size_t len;
	bool is_header, is_setting;
};

static bool next_line(const struct buf *text, size_t from, struct line *ret)
{
	const char *data = buf_str(text), *newline;

	if (from >= text->len)
		return false;
	newline = memchr(data + from, '\n', text->len - from);
	*ret = (struct line){
		.from = from,
		.end = newline ? (size_t)(newline - data) + 1 : text->len,
		.text = data + from,
	};
	ret->len = ret->end - from - (newline ? 1 : 0);
	for (; ret->len && isspace((unsigned char)*ret->text); ret->len--)
		ret->text++;
	while (ret->len && isspace((unsigned char)ret->text[ret->len - 1]))
		ret->len--;
	ret->is_header = ret->len > 1 && *ret->text == '[' &&
			 ret->text[ret->len - 1] == ']';
	ret->is_setting = !ret->is_header && ret->len && *ret->text != '#' &&
			  *ret->text != ';' && memchr(ret->text, '=', ret->len);
	return true;
}

static bool is_word(const char *text, size_t len, const char *word)
{
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	for (; len && isspace((unsigned char)*text); len--)
		text++;
	return strlen(word) == len && !memcmp(text, word, len);
}

static bool is_header_of(const struct line *line, const char *section)
{
	return is_word(line->text + 1, line->len - 2, section);
}

static bool has_key(const struct line *line, const char *key)
{
	const char *equals = memchr(line->text, '=', line->len);

	return is_word(line->text, (size_t)(equals - line->text), key);
}

/* Put @p len bytes in place of [from, end). */
static void replace(struct buf *text, size_t from, size_t end,
		    const char *bytes, size_t len)
{
	struct buf changed = {0};

	buf_add(&changed, text->data, from);
	buf_add(&changed, bytes, len);
	buf_add(&changed, text->data + end, text->len - end);
	buf_deinit(text);
	*text = changed;
}

/* Where a line for the section goes; whether it is there at all. */
struct spot {
	size_t from, end; /* of the line with the key; else equal */
	bool in_section;
};

static struct spot find_spot(const struct buf *text, const char *section,
			     const char *key)
{
	struct spot spot = {.in_section = !*section};
	bool inside = !*section, found = false;
	struct line line;
	size_t at = 0;

	for (; next_line(text, at, &line); at = line.end) {
		if (line.is_header) {
			inside = is_header_of(&line, section);
			spot.in_section |= inside;
		}
		if (!inside || !line.len)
			continue;
		if (line.is_setting && has_key(&line, key))
			found = true;
		else if (found)
			continue;
		spot.from = found ? line.from : line.end;
		spot.end = line.end;
	}
	return spot;
}

void config_edit_set(struct buf *text, const char *section, const char *key,
		     const char *value)
{
	CLEANUP(buf_deinit) struct buf line = {0};
	struct spot spot;

	if (text->len && text->data[text->len - 1] != '\n')
		buf_addc(text, '\n');
	spot = find_spot(text, section, key);
	if (!spot.in_section) {
		spot.from = spot.end = text->len;
		buf_printf(&line, "%s[%s]\n", text->len ? "\n" : "", section);
	}
	/* Quotes keep blanks, and whatever looks like quotes. */
	if (!*value || isspace((unsigned char)*value) || *value == '"' ||
	    isspace((unsigned char)value[strlen(value) - 1]))
		buf_printf(&line, "%s = \"%s\"\n", key, value);
	else
		buf_printf(&line, "%s = %s\n", key, value);
	replace(text, spot.from, spot.end, line.data, line.len);
}

void config_edit_clear(struct buf *text, const char *section)
{
	bool inside = !*section;
	struct line line;
	size_t at = 0;

	while (next_line(text, at, &line)) {
		if (line.is_header)
			inside = is_header_of(&line, section);
		at = line.end;
		if (!inside || !line.is_setting)
			continue;
		at = line.from;
		replace(text, line.from, line.end, "", 0);
	}
}

static struct error *read_text(const char *path, struct buf *text)
{
	FILE *f = fopen(path, "re");
	char block[4096];
	size_t n;
	bool bad;

	if (!f)
		return errno == ENOENT
			       ? NULL
			       : error_os(errno, "cannot open '%s'", path);
	while (text->len < FILE_MAX && (n = fread(block, 1, sizeof(block), f)))
		buf_add(text, block, n);
	bad = ferror(f) || text->len >= FILE_MAX;
	fclose(f);
	return bad ? error_new(ERROR_USAGE, "cannot read '%s'", path) : NULL;
}

struct error *config_edit_open(const struct config *config, char **path_ret,
			       struct buf *text)
{
	char *path, *real;

	if (config && config->none)
		return error_new(ERROR_USAGE, "--no-config leaves no file to "
					      "save to");
	path = config && config->named ? xstrdup(config->named)
				       : config_path("config");
	if (!path)
		return error_new(ERROR_USAGE, "there is no home directory");
	/* A link is kept, and the file that it leads to replaced. */
	real = realpath(path, NULL);
	if (real)
		free(path);
	*path_ret = real ? real : path;
	return read_text(*path_ret, text);
}

struct error *config_edit_save(const char *path, const struct buf *text)
{
	config_make_parents(path);
	return new_file_put(path, text->data, text->len, true);
}
