#include "dwarf/debug_link.h"

#include <elf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "core/base/xalloc.h"

enum { CRC_CHUNK = 1 << 20 };

/* What to look for, and where the binary is. */
struct search {
	struct elf_file *elf;
	const char *dirs[2]; /* the first may be NULL */
	char *root;	     /* "/proc/7/root" for a process, else "" */
	char *folder;	     /* of the binary, without a slash at the end */
	const char *link;    /* name in .gnu_debuglink; NULL if none */
	uint32_t crc;
};

bool debug_link_has_info(const struct elf_file *elf)
{
	const struct elf_section *s = elf_file_find_section(elf, ".debug_info");

	return s && s->type != SHT_NOBITS && s->size;
}

/** A candidate that can be opened and holds debug information. */
static struct elf_file *open_candidate(const char *path)
{
	struct elf_file *file = NULL;
	struct error *err = elf_file_open(path, &file);

	if (err) {
		/* Most candidates do not exist. */
		error_free(err);
		return NULL;
	}
	if (debug_link_has_info(file))
		return file;
	elf_file_close(file);
	return NULL;
}

static bool same_build(const struct elf_file *a, const struct elf_file *b)
{
	const char *x = elf_file_build_id(a), *y = elf_file_build_id(b);

	return x && y && !strcmp(x, y);
}

static bool has_checksum(const struct elf_file *file, uint32_t want)
{
	CLEANUP(free_cleanup) void *chunk = xmalloc(CRC_CHUNK);
	uint64_t at, size = elf_file_size(file);
	uLong crc = crc32(0, NULL, 0);

	for (at = 0; at < size; at += CRC_CHUNK) {
		size_t n =
			size - at < CRC_CHUNK ? (size_t)(size - at) : CRC_CHUNK;
		struct error *err = elf_file_read(file, at, chunk, n);

		if (err) {
			error_free(err);
			return false;
		}
		crc = crc32(crc, chunk, (uInt)n);
	}
	return crc == want;
}

static struct elf_file *by_build_id(const struct search *s)
{
	const char *id = elf_file_build_id(s->elf);
	size_t i;

	if (!id || strlen(id) < 3)
		return NULL;
	for (i = 0; i < ARRAY_LEN(s->dirs); i++) {
		CLEANUP(free_cleanup) char *path = NULL;
		struct elf_file *file;

		if (!s->dirs[i])
			continue;
		path = xasprintf("%s/.build-id/%.2s/%s.debug", s->dirs[i], id,
				 id + 2);
		file = open_candidate(path);
		if (file && same_build(file, s->elf))
			return file;
		elf_file_close(file);
	}
	return NULL;
}

/** Takes @p path. */
static struct elf_file *by_checksum(const struct search *s, char *path)
{
	struct elf_file *file = open_candidate(path);

	free(path);
	if (file && has_checksum(file, s->crc))
		return file;
	elf_file_close(file);
	return NULL;
}

static struct elf_file *by_link(const struct search *s)
{
	struct elf_file *file;
	size_t i;

	if (!s->link)
		return NULL;
	file = by_checksum(s,
			   xasprintf("%s%s/%s", s->root, s->folder, s->link));
	if (!file)
		file = by_checksum(s, xasprintf("%s%s/.debug/%s", s->root,
						s->folder, s->link));
	for (i = 0; i < ARRAY_LEN(s->dirs) && !file; i++) {
		if (!s->dirs[i])
			continue;
		file = by_checksum(s, xasprintf("%s%s/%s", s->dirs[i],
						s->folder, s->link));
		if (!file)
			file = by_checksum(
				s, xasprintf("%s/%s", s->dirs[i], s->link));
	}
	return file;
}

/* The name, NUL, padding to 4 bytes, CRC-32 of the file. */
static void read_link(struct search *s)
{
	const struct elf_section *section =
		elf_file_find_section(s->elf, ".gnu_debuglink");
	const uint8_t *data;
	struct error *err;
	size_t size, len;

	if (!section)
		return;
	err = elf_file_load(s->elf, section, &data, &size);
	if (err) {
		error_free(err);
		return;
	}
	len = strnlen((const char *)data, size);
	if (!len || len > NAME_MAX || memchr(data, '/', len) || size < 4 ||
	    ((len + 4) & ~(size_t)3) > size - 4)
		return;
	memcpy(&s->crc, data + ((len + 4) & ~(size_t)3), sizeof(s->crc));
	s->link = (const char *)data;
}

/* "/proc/7/exe" is a link out of the process's own file system. */
static void locate(struct search *s)
{
	const char *path = elf_file_path(s->elf);
	char target[PATH_MAX];
	unsigned pid;
	int used = 0;
	char *slash;

	s->root = xstrdup("");
	if (sscanf(path, "/proc/%u/exe%n", &pid, &used) == 1 && used &&
	    !path[used]) {
		ssize_t n = readlink(path, target, sizeof(target) - 1);

		if (n > 0) {
			target[n] = '\0';
			free(s->root);
			s->root = xasprintf("/proc/%u/root", pid);
			path = target;
		}
	}
	s->folder = xstrdup(path);
	slash = strrchr(s->folder, '/');
	if (slash) {
		*slash = '\0';
	} else {
		free(s->folder);
		s->folder = xstrdup(".");
	}
}

struct error *debug_link_open(struct elf_file *elf, const char *debug_dir,
			      struct elf_file **ret)
{
	struct search s = {
		.elf = elf,
		.dirs = {debug_dir, "/usr/lib/debug"},
	};
	struct elf_file *file;

	read_link(&s);
	locate(&s);
	file = by_build_id(&s);
	if (!file)
		file = by_link(&s);
	free(s.root);
	free(s.folder);
	if (!file)
		return error_new(ERROR_NOT_FOUND,
				 "'%s' has no debug information",
				 elf_file_path(elf));
	*ret = file;
	return NULL;
}
