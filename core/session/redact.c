#include "core/session/redact.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/attr.h"
#include "core/base/new_file.h"
#include "core/base/text.h"
#include "core/base/xalloc.h"

static const char *const level_names[] = {"none", "basic", "names", "full"};

/* First elements of import paths of the standard library. */
static const char STD[] =
	" archive arena bufio builtin bytes cmp compress container context "
	"crypto database debug embed encoding errors expvar flag fmt go hash "
	"html image index internal io iter log maps math mime net os path "
	"plugin reflect regexp runtime slices sort strconv strings structs "
	"sync syscall testing text time type unicode unique unsafe vendor "
	"weak ";

/* Words of the language, and of the names that are made of types. */
static const char KEPT[] =
	" any array bool bucket buckets byte cap chan code comparable complex "
	"complex128 complex64 control ctrl data dict directory elem elems "
	"error eq false float32 float64 func glob go group groups hash header "
	"hmap init int int16 int32 int64 int8 interface key keys len list "
	"local main make map new nil noalg of old overflow parts register "
	"rune shape slot slots stack string struct table tables true type "
	"uint uint16 uint32 uint64 uint8 uintptr unreachable value values "
	"var ";

const char *redact_level_name(enum redact_level level)
{
	return level_names[level];
}

bool redact_level_parse(const char *text, enum redact_level *ret)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(level_names); i++) {
		if (!strcmp(text, level_names[i])) {
			*ret = (enum redact_level)i;
			return true;
		}
	}
	return false;
}

void redactor_init(struct redactor *redactor, enum redact_level level,
		   const char *module)
{
	*redactor = (struct redactor){
		.level = level,
		.module = xstrdup(module),
	};
}

void redactor_deinit(struct redactor *redactor)
{
	free(redactor->module);
	intern_deinit(&redactor->packages);
	intern_deinit(&redactor->names);
	*redactor = (struct redactor){0};
}

static bool is_letter(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (c & 0x80);
}

static bool is_path(char c)
{
	return is_letter(c) || (c && strchr("./-~%@+", c));
}

static bool word_in(const char *words, const char *word, size_t len)
{
	const char *p = words;

	for (; len && *p == ' ' && p[1]; p += strcspn(p + 1, " ") + 1)
		if (!strncmp(p + 1, word, len) && p[1 + len] == ' ')
			return true;
	return false;
}

/* "func12", "gowrap3", "42": numbered by the compiler. */
static bool is_numbered(const char *word, size_t len)
{
	static const char *const stems[] = {"func", "gowrap", "deferwrap",
					    "range", ""};
	size_t i, n;

	for (i = 0; i < ARRAY_LEN(stems); i++) {
		n = strlen(stems[i]);
		if (len > n && !strncmp(word, stems[i], n) &&
		    strspn(word + n, "0123456789") >= len - n)
			return true;
	}
	return false;
}

static bool is_hex(const char *word, size_t len)
{
	return len > 2 && word[0] == '0' && word[1] == 'x' &&
	       strspn(word + 2, "0123456789abcdefABCDEF") >= len - 2;
}

static bool is_std(const struct redactor *r, const char *package, size_t len)
{
	size_t n = strlen(r->module), first = 0;

	if (n && len >= n && !strncmp(package, r->module, n) &&
	    (len == n || package[n] == '/'))
		return false;
	while (first < len && package[first] != '/')
		first++;
	return word_in(STD, package, first);
}

static void add_word(struct redactor *r, const char *word, size_t len,
		     struct buf *out)
{
	CLEANUP(free_cleanup) char *copy = NULL;

	if (word_in(KEPT, word, len) || is_numbered(word, len) ||
	    (r->level < REDACT_FULL && is_hex(word, len))) {
		buf_add(out, word, len);
		return;
	}
	copy = xstrndup(word, len);
	buf_printf(out, "n%" PRIu32, intern_add(&r->names, copy) + 1);
}

/* Words with whatever stands between them. */
static void add_words(struct redactor *r, const char *s, size_t len,
		      struct buf *out)
{
	size_t i = 0, n;

	while (i < len) {
		for (n = 0; i + n < len && is_letter(s[i + n]); n++)
			;
		if (n)
			add_word(r, s + i, n, out);
		else
			buf_addc(out, s[i]);
		i += n ? n : 1;
	}
}

/*
 * A run of path characters: "github.com/a/b.T", "net/http.", "field". Returns
 * whether it begins a name of the standard library.
 */
static bool add_run(struct redactor *r, const char *s, size_t len,
		    struct buf *out)
{
	CLEANUP(free_cleanup) char *copy = NULL;
	size_t slash = len, dot, i;

	for (i = 0; i < len; i++)
		if (s[i] == '/')
			slash = i;
	for (dot = slash < len ? slash : 0; dot < len && s[dot] != '.'; dot++)
		;
	if (dot == len && slash == len) {
		add_words(r, s, len, out);
		return false;
	}
	if (is_std(r, s, dot)) {
		buf_add(out, s, len);
		return true;
	}
	if (dot == 4 && !strncmp(s, "main", 4)) {
		buf_adds(out, "main");
	} else {
		copy = xstrndup(s, dot);
		buf_printf(out, "p%" PRIu32,
			   intern_add(&r->packages, copy) + 1);
	}
	add_words(r, s + dot, len - dot, out);
	return false;
}

/* Behind one dot, not behind the three of a variadic function. */
static bool is_selector(const char *start, const char *at)
{
	return at > start && at[-1] == '.' &&
	       (at - 1 == start || at[-2] != '.');
}

void redact_name(struct redactor *r, const char *name, struct buf *out)
{
	const char *start = name;
	bool std = false; /* inside net/http.(*Server).Serve */
	size_t n;

	if (r->level < REDACT_NAMES) {
		buf_adds(out, name);
		return;
	}
	while (*name) {
		if (!is_letter(*name)) {
			std = std && strchr(".(*)", *name);
			buf_addc(out, *name++);
			continue;
		}
		for (n = 0; is_path(name[n]); n++)
			;
		if (std)
			buf_add(out, name, n);
		else if (is_selector(start, name))
			add_words(r, name, n, out);
		else
			std = add_run(r, name, n, out);
		name += n;
	}
}

/* Every number after its second digit is zeros; no addresses. */
static void round_numbers(const char *s, struct buf *out)
{
	size_t n, i;

	while (*s) {
		for (n = 0; is_letter(s[n]); n++)
			;
		if (is_hex(s, n))
			buf_adds(out, "0x?");
		else
			for (i = 0; i < n; i++)
				buf_addc(
					out,
					isdigit((unsigned char)*s) &&
							isdigit((unsigned char)
									s[i]) &&
							i > 1
						? '0'
						: s[i]);
		if (!n)
			buf_addc(out, *s);
		s += n ? n : 1;
	}
}

static void add_prose(const struct redactor *r, const char *s, size_t len,
		      struct buf *out)
{
	CLEANUP(free_cleanup) char *copy = xstrndup(s, len);

	if (r->level < REDACT_FULL)
		buf_adds(out, copy);
	else
		round_numbers(copy, out);
}

void redact_prose(struct redactor *r, const char *text, const char *subject,
		  struct buf *out)
{
	size_t n = strlen(subject);
	const char *at;

	if (r->level < REDACT_NAMES) {
		buf_adds(out, text);
		return;
	}
	while (n && (at = strstr(text, subject))) {
		add_prose(r, text, (size_t)(at - text), out);
		redact_name(r, subject, out);
		text = at + n;
	}
	add_prose(r, text, strlen(text), out);
}

void redact_home(const char *path, struct buf *out)
{
	const char *rest = path;

	if (!strncmp(path, "/root/", 6))
		rest = path + 5;
	else if (!strncmp(path, "/home/", 6))
		rest = strchr(path + 6, '/');
	if (rest && rest != path)
		buf_addc(out, '~');
	buf_adds(out, rest ? rest : path);
}

void redact_homes(const struct redactor *r, const char *text, struct buf *out)
{
	const char *start = text;

	while (*text) {
		bool begins =
			text == start || (!is_path(text[-1]) && *text == '/');
		size_t n = 0;

		if (r->level >= REDACT_BASIC && begins && *text == '/') {
			if (!strncmp(text, "/root/", 6))
				n = 5;
			else if (!strncmp(text, "/home/", 6))
				n = 6 + strcspn(text + 6, "/' ");
		}
		if (n && text[n] == '/') {
			buf_addc(out, '~');
			text += n;
		}
		buf_addc(out, *text++);
	}
}

void redact_file(const struct redactor *r, const char *file,
		 const char *function, struct buf *out)
{
	size_t len = strlen(file), slashes = 0;

	if (r->level == REDACT_NONE) {
		buf_adds(out, file);
	} else if (r->level == REDACT_BASIC) {
		redact_home(file, out);
	} else if (is_std(r, function, strcspn(function, "."))) {
		/* "runtime/map.go": where Go is installed says nothing. */
		while (len && slashes < 2)
			slashes += file[--len] == '/';
		buf_adds(out, file + len + (file[len] == '/'));
	}
}

uint64_t redact_size(const struct redactor *r, uint64_t size)
{
	uint64_t unit = 1;

	if (r->level < REDACT_FULL || size == UINT64_MAX)
		return size;
	while (size / unit >= 100)
		unit *= 10;
	return size / unit * unit;
}

void redact_mapping(const struct redactor *r, struct buf *out)
{
	uint32_t i;

	for (i = 0; i < r->packages.count; i++) {
		buf_printf(out, "p%" PRIu32 " = ", i + 1);
		text_plain(out, r->packages.strings[i],
			   strlen(r->packages.strings[i]));
		buf_addc(out, '\n');
	}
	for (i = 0; i < r->names.count; i++) {
		buf_printf(out, "n%" PRIu32 " = ", i + 1);
		text_plain(out, r->names.strings[i],
			   strlen(r->names.strings[i]));
		buf_addc(out, '\n');
	}
}

struct error *redact_write_mapping(const struct redactor *r, const char *path,
				   bool force)
{
	CLEANUP(buf_deinit) struct buf text = {0};

	redact_mapping(r, &text);
	return new_file_put(path, buf_str(&text), text.len, force);
}
