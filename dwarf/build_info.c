#include "dwarf/build_info.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/xalloc.h"
#include "dwarf/build_info_parse.h"

/*
 * The section (or its place in the data segment) begins with
 *	magic[14], pointer size u8, flags u8, 16 bytes unused
 * and, if flags has INLINE (since Go 1.18), two strings with uvarint lengths.
 */
enum {
	HEADER_SIZE = 32,
	HEADER_ALIGN = 16,
	FLAG_INLINE = 2,
	SENTINEL = 16, /* bytes around the module information */
	DEVEL_MINOR = 99,
	INFO_MAX = 1 << 20,   /* bytes of .go.buildinfo we look at */
	SEARCH_MAX = 1 << 26, /* bytes of a segment we search */
};

static const char magic[] = "\xff Go buildinf:";

struct slice {
	const char *data;
	size_t len;
};

static bool get_uvarint(struct slice *in, uint64_t *ret)
{
	uint64_t value = 0;
	unsigned shift;

	for (shift = 0; shift < 63 && in->len; shift += 7) {
		uint8_t byte = (uint8_t)*in->data++;

		in->len--;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = value;
			return true;
		}
	}
	return false;
}

static bool get_string(struct slice *in, struct slice *ret)
{
	uint64_t len;

	if (!get_uvarint(in, &len) || len > in->len)
		return false;
	*ret = (struct slice){in->data, (size_t)len};
	in->data += len;
	in->len -= (size_t)len;
	return true;
}

/** The part of @p in before @p delimiter; @p in becomes what follows. */
static struct slice cut(struct slice *in, char delimiter)
{
	const char *end = in->len ? memchr(in->data, delimiter, in->len) : NULL;
	struct slice part = *in;

	if (!end) {
		*in = (struct slice){in->data + in->len, 0};
		return part;
	}
	part.len = (size_t)(end - in->data);
	in->data = end + 1;
	in->len -= part.len + 1;
	return part;
}

static char *copy(struct slice s)
{
	return xstrndup(s.len ? s.data : "", s.len);
}

static bool equals(struct slice s, const char *text)
{
	return s.len == strlen(text) && !memcmp(s.data, text, s.len);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* "go1.27.3", "go1.26rc1", "go1.24.4 X:a,b", "go1.27.3-X:a", "devel ..." */
static void parse_version(struct slice s, struct build_info *ret)
{
	const char *mark = NULL;
	char *end;
	size_t i;

	for (i = 1; i + 2 < s.len && !mark; i++)
		if ((s.data[i - 1] == ' ' || s.data[i - 1] == '-') &&
		    s.data[i] == 'X' && s.data[i + 1] == ':')
			mark = s.data + i;
	ret->experiments =
		mark ? xstrndup(mark + 2, s.len - i - 1) : xstrdup("");
	if (mark)
		s.len = (size_t)(mark - 1 - s.data);
	ret->version = copy(s);
	if (!strncmp(ret->version, "devel", 5)) {
		ret->major = 1;
		ret->minor = DEVEL_MINOR;
		return;
	}
	if (strncmp(ret->version, "go", 2) != 0)
		return;
	ret->major = (int)strtol(ret->version + 2, &end, 10);
	if (*end == '.')
		ret->minor = (int)strtol(end + 1, NULL, 10);
}

/* Undo strconv.Quote, which cmd/go applies to unusual keys and values. */
static char *unquote(struct slice s)
{
	struct buf out = {0};
	size_t i;

	if (s.len < 2 || s.data[0] != '"' || s.data[s.len - 1] != '"')
		return copy(s);
	for (i = 1; i + 1 < s.len; i++) {
		char c = s.data[i];

		if (c != '\\' || i + 2 >= s.len) {
			buf_addc(&out, c);
			continue;
		}
		c = s.data[++i];
		if (c == 'x' && i + 3 < s.len &&
		    hex_digit(s.data[i + 1]) >= 0 &&
		    hex_digit(s.data[i + 2]) >= 0) {
			buf_addc(&out, (char)(hex_digit(s.data[i + 1]) * 16 +
					      hex_digit(s.data[i + 2])));
			i += 2;
			continue;
		}
		buf_addc(&out, c == 'n' ? '\n' : c == 't' ? '\t' : c);
	}
	return buf_steal(&out);
}

/* key=value; a key or value with odd characters is quoted. */
static void add_setting(struct slice line, struct build_info *ret)
{
	struct slice key = {line.data, 0};
	struct build_setting *setting;

	if (line.len && line.data[0] == '"') {
		for (key.len = 1; key.len < line.len; key.len++)
			if (line.data[key.len] == '"' &&
			    line.data[key.len - 1] != '\\')
				break;
		if (key.len < line.len)
			key.len++;
		line.data += key.len;
		line.len -= key.len;
		cut(&line, '=');
	} else {
		key = cut(&line, '=');
	}
	ret->settings = xreallocarray(ret->settings, ret->setting_count + 1,
				      sizeof(*ret->settings));
	setting = &ret->settings[ret->setting_count++];
	setting->key = unquote(key);
	setting->value = unquote(line);
}

static void replace(char **field, struct slice value)
{
	free(*field);
	*field = copy(value);
}

/* Lines "path\tP", "mod\tP\tV\tsum", "dep\t...", "build\tkey=value". */
static void parse_modules(struct slice info, struct build_info *ret)
{
	while (info.len) {
		struct slice line = cut(&info, '\n');
		struct slice word = cut(&line, '\t');

		if (equals(word, "path")) {
			replace(&ret->path, line);
		} else if (equals(word, "mod")) {
			replace(&ret->module, cut(&line, '\t'));
			replace(&ret->module_version, cut(&line, '\t'));
		} else if (equals(word, "build")) {
			add_setting(line, ret);
		}
	}
}

struct error *build_info_parse(const void *bytes, size_t len,
			       struct build_info *ret)
{
	struct slice in = {bytes, len}, version, modules;
	uint8_t flags;

	*ret = (struct build_info){0};
	if (len < HEADER_SIZE || memcmp(bytes, magic, sizeof(magic) - 1))
		return error_new(ERROR_UNSUPPORTED, "no Go build information");
	flags = (uint8_t)in.data[15];
	if (!(flags & FLAG_INLINE))
		return error_new(ERROR_UNSUPPORTED,
				 "made by a Go older than 1.18");
	in.data += HEADER_SIZE;
	in.len -= HEADER_SIZE;
	if (!get_string(&in, &version) || !version.len)
		return error_new(ERROR_CORRUPT, "Go build information is cut");
	if (!get_string(&in, &modules))
		modules = (struct slice){"", 0};
	ret->path = xstrdup("");
	ret->module = xstrdup("");
	ret->module_version = xstrdup("");
	parse_version(version, ret);
	if (modules.len > 2 * SENTINEL &&
	    modules.data[modules.len - SENTINEL - 1] == '\n') {
		modules.data += SENTINEL;
		modules.len -= 2 * SENTINEL;
		parse_modules(modules, ret);
	}
	return NULL;
}

/** Where the magic is in a segment, as a file offset; 0 if nowhere. */
static struct error *search_segment(struct elf_file *elf,
				    const struct elf_segment *segment,
				    uint64_t *ret)
{
	uint64_t size = segment->file_size, file = elf_file_size(elf);
	CLEANUP(buf_deinit) struct buf b = {0};
	struct error *err;
	size_t at;

	*ret = 0;
	if (segment->offset >= file)
		return NULL;
	if (size > file - segment->offset)
		size = file - segment->offset;
	if (size > SEARCH_MAX)
		size = SEARCH_MAX;
	err = elf_file_read(elf, segment->offset, buf_reserve(&b, size), size);
	if (err)
		return err;
	buf_commit(&b, size);
	for (at = 0; at + HEADER_SIZE <= size; at += HEADER_ALIGN)
		if (!memcmp(b.data + at, magic, sizeof(magic) - 1)) {
			*ret = segment->offset + at;
			return NULL;
		}
	return NULL;
}

static struct error *find_magic(struct elf_file *elf, uint64_t *ret)
{
	const struct elf_section *section;
	struct error *err = NULL;
	size_t i;

	section = elf_file_find_section(elf, ".go.buildinfo");
	if (section && section->type != SHT_NOBITS) {
		*ret = section->offset;
		return NULL;
	}
	*ret = 0;
	for (i = 0; i < elf_file_segment_count(elf) && !*ret && !err; i++)
		if (elf_file_segment(elf, i)->flags & PF_W)
			err = search_segment(elf, elf_file_segment(elf, i),
					     ret);
	return err;
}

struct error *build_info_load(struct elf_file *elf, struct build_info *ret)
{
	CLEANUP(buf_deinit) struct buf b = {0};
	uint64_t offset = 0, len;
	struct error *err;

	*ret = (struct build_info){0};
	err = find_magic(elf, &offset);
	if (err)
		return err;
	if (!offset || offset >= elf_file_size(elf))
		return error_hint(error_new(ERROR_UNSUPPORTED,
					    "'%s' was not made by Go",
					    elf_file_path(elf)),
				  "mapscope reads Go programs only");
	len = elf_file_size(elf) - offset;
	if (len > INFO_MAX)
		len = INFO_MAX;
	err = elf_file_read(elf, offset, buf_reserve(&b, len), len);
	if (err)
		return err;
	buf_commit(&b, len);
	err = build_info_parse(b.data, b.len, ret);
	return err ? error_wrap(err, "'%s'", elf_file_path(elf)) : NULL;
}

void build_info_deinit(struct build_info *info)
{
	size_t i;

	for (i = 0; i < info->setting_count; i++) {
		free(info->settings[i].key);
		free(info->settings[i].value);
	}
	free(info->settings);
	free(info->version);
	free(info->experiments);
	free(info->path);
	free(info->module);
	free(info->module_version);
	*info = (struct build_info){0};
}

const char *build_info_setting(const struct build_info *info, const char *key)
{
	size_t i;

	for (i = 0; i < info->setting_count; i++)
		if (!strcmp(info->settings[i].key, key))
			return info->settings[i].value;
	return NULL;
}
