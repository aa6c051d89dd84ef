#include "dwarf/elf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/xalloc.h"
#include "dwarf/elf_file_internal.h"

static const uint64_t PAGE = 4096;

static bool inside(uint64_t offset, uint64_t len, uint64_t size)
{
	return offset <= size && len <= size - offset;
}

struct error *elf_file_read(const struct elf_file *elf, uint64_t offset,
			    void *buf, size_t len)
{
	size_t done = 0;

	if (!inside(offset, len, elf->size))
		return error_new(ERROR_CORRUPT,
				 "'%s' ends before offset 0x%" PRIx64,
				 elf->path, offset + len);
	while (done < len) {
		ssize_t n = pread(elf->fd, (char *)buf + done, len - done,
				  (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_os(errno, "cannot read '%s'", elf->path);
		if (!n)
			return error_new(ERROR_CORRUPT, "'%s' was truncated",
					 elf->path);
		done += (size_t)n;
	}
	return NULL;
}

bool elf_file_is(const struct elf_file *elf, const char *path)
{
	struct stat a, b;

	return fstat(elf->fd, &a) == 0 && stat(path, &b) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino &&
	       a.st_size == b.st_size && (uint64_t)a.st_size == elf->size &&
	       a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
	       a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

static struct error *check_header(const struct elf_file *elf)
{
	const Elf64_Ehdr *h = &elf->header;

	if (memcmp(h->e_ident, ELFMAG, SELFMAG) != 0)
		return error_new(ERROR_UNSUPPORTED, "'%s' is not an ELF file",
				 elf->path);
	if (h->e_ident[EI_CLASS] != ELFCLASS64 ||
	    h->e_ident[EI_DATA] != ELFDATA2LSB)
		return error_hint(
			error_new(ERROR_UNSUPPORTED,
				  "'%s' is not a 64-bit little-endian ELF file",
				  elf->path),
			"mapscope reads programs for linux/amd64 only");
	return NULL;
}

/**
 * The table of @p count headers of @p entry bytes at @p offset as a new array.
 * A count beyond what the file can hold is an error before any allocation.
 */
static struct error *read_table(const struct elf_file *elf, uint64_t offset,
				uint64_t count, size_t entry, void **ret)
{
	struct error *err;
	void *table;

	*ret = NULL;
	if (!count)
		return NULL;
	if (count > elf->size / entry ||
	    !inside(offset, count * entry, elf->size))
		return error_new(ERROR_CORRUPT,
				 "'%s' claims %" PRIu64
				 " headers at offset 0x%" PRIx64,
				 elf->path, count, offset);
	table = xcalloc(count, entry);
	err = elf_file_read(elf, offset, table, count * entry);
	if (err) {
		free(table);
		return err;
	}
	*ret = table;
	return NULL;
}

/*
 * Counts that do not fit 16 bits are in section header 0: sh_size is the
 * number of sections, sh_link the index of the names, sh_info the number of
 * program headers.
 */
static struct error *first_section(const struct elf_file *elf, Elf64_Shdr *ret)
{
	*ret = (Elf64_Shdr){0};
	if (!elf->header.e_shoff)
		return NULL;
	if (elf->header.e_shentsize != sizeof(*ret))
		return error_new(ERROR_CORRUPT,
				 "'%s' has section headers of %u bytes",
				 elf->path, elf->header.e_shentsize);
	return elf_file_read(elf, elf->header.e_shoff, ret, sizeof(*ret));
}

static struct error *load_sections(struct elf_file *elf,
				   const Elf64_Shdr *first)
{
	const Elf64_Ehdr *h = &elf->header;
	uint64_t count = h->e_shnum ? h->e_shnum : first->sh_size;
	uint32_t strings =
		h->e_shstrndx == SHN_XINDEX ? first->sh_link : h->e_shstrndx;
	CLEANUP(free_cleanup) void *table = NULL;
	const uint8_t *names = NULL;
	struct error *err;
	size_t i, names_size = 0;

	if (!h->e_shoff)
		return NULL;
	err = read_table(elf, h->e_shoff, count, sizeof(Elf64_Shdr), &table);
	if (err)
		return err;
	elf->section_count = table ? count : 0;
	elf->sections = xcalloc(elf->section_count, sizeof(*elf->sections));
	elf->contents = xcalloc(elf->section_count, sizeof(*elf->contents));
	elf->links = xcalloc(elf->section_count, sizeof(*elf->links));
	for (i = 0; i < elf->section_count; i++) {
		const Elf64_Shdr *s = (const Elf64_Shdr *)table + i;

		pthread_mutex_init(&elf->contents[i].lock, NULL);
		elf->links[i] = s->sh_link;
		elf->sections[i] = (struct elf_section){
			.name = "",
			.addr = s->sh_addr,
			.offset = s->sh_offset,
			.size = s->sh_size,
			.flags = s->sh_flags,
			.type = s->sh_type,
		};
	}
	if (strings == SHN_UNDEF || strings >= elf->section_count)
		return NULL;
	err = elf_file_load(elf, &elf->sections[strings], &names, &names_size);
	if (err)
		return error_wrap(err, "section names");
	for (i = 0; i < elf->section_count; i++) {
		uint32_t at = ((const Elf64_Shdr *)table)[i].sh_name;

		if (at < names_size)
			elf->sections[i].name = (const char *)names + at;
	}
	return NULL;
}

static struct error *load_segments(struct elf_file *elf,
				   const Elf64_Shdr *first)
{
	const Elf64_Ehdr *h = &elf->header;
	uint64_t count = h->e_phnum == PN_XNUM ? first->sh_info : h->e_phnum;
	CLEANUP(free_cleanup) void *table = NULL;
	struct error *err;
	size_t i;

	if (!h->e_phoff)
		count = 0;
	if (count && h->e_phentsize != sizeof(Elf64_Phdr))
		return error_new(ERROR_CORRUPT,
				 "'%s' has program headers of %u bytes",
				 elf->path, h->e_phentsize);
	err = read_table(elf, h->e_phoff, count, sizeof(Elf64_Phdr), &table);
	if (err)
		return err;
	elf->segments = xcalloc(count, sizeof(*elf->segments));
	for (i = 0; i < count; i++) {
		const Elf64_Phdr *p = (const Elf64_Phdr *)table + i;

		if (p->p_type != PT_LOAD)
			continue;
		elf->segments[elf->segment_count++] = (struct elf_segment){
			.vaddr = p->p_vaddr,
			.mem_size = p->p_memsz,
			.offset = p->p_offset,
			.file_size = p->p_filesz,
			.flags = p->p_flags,
		};
	}
	elf->build_id = elf_note_build_id(elf, table, count);
	return NULL;
}

static struct error *load(struct elf_file *elf)
{
	struct error *err;
	struct stat st;
	Elf64_Shdr first;

	if (fstat(elf->fd, &st))
		return error_os(errno, "cannot stat '%s'", elf->path);
	if (!S_ISREG(st.st_mode))
		return error_new(ERROR_UNSUPPORTED, "'%s' is not a file",
				 elf->path);
	elf->size = (uint64_t)st.st_size;
	if (elf->size < sizeof(elf->header))
		return error_new(ERROR_UNSUPPORTED, "'%s' is not an ELF file",
				 elf->path);
	if ((err = elf_file_read(elf, 0, &elf->header, sizeof(elf->header))) ||
	    (err = check_header(elf)) || (err = first_section(elf, &first)) ||
	    (err = load_sections(elf, &first)))
		return err;
	return load_segments(elf, &first);
}

struct error *elf_file_open_fd(int fd, const char *name, struct elf_file **ret)
{
	struct elf_file *elf = xcalloc(1, sizeof(*elf));
	struct error *err;

	elf->fd = fd;
	elf->path = xstrdup(name);
	pthread_mutex_init(&elf->symbols_lock, NULL);
	err = load(elf);
	if (err) {
		elf_file_close(elf);
		return err;
	}
	*ret = elf;
	return NULL;
}

struct error *elf_file_open(const char *path, struct elf_file **ret)
{
	/* Not to hang in open() should the path be a FIFO. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 && (errno == EACCES || errno == EPERM)) {
		struct error *err = error_os(errno, "cannot open '%s'", path);

		err->code = ERROR_PERMISSION;
		return err;
	}
	if (fd < 0)
		return error_os(errno, "cannot open '%s'", path);
	return elf_file_open_fd(fd, path, ret);
}

void elf_file_close(struct elf_file *elf)
{
	if (!elf)
		return;
	elf_contents_free(elf);
	elf_symbols_free(elf->symbols);
	pthread_mutex_destroy(&elf->symbols_lock);
	if (elf->fd >= 0)
		close(elf->fd);
	free(elf->path);
	free(elf->sections);
	free(elf->contents);
	free(elf->links);
	free(elf->segments);
	free(elf->build_id);
	free(elf);
}

const char *elf_file_path(const struct elf_file *elf)
{
	return elf->path;
}

int elf_file_fd(const struct elf_file *elf)
{
	return elf->fd;
}

uint64_t elf_file_size(const struct elf_file *elf)
{
	return elf->size;
}

uint16_t elf_file_machine(const struct elf_file *elf)
{
	return elf->header.e_machine;
}

uint16_t elf_file_type(const struct elf_file *elf)
{
	return elf->header.e_type;
}

uint64_t elf_file_entry(const struct elf_file *elf)
{
	return elf->header.e_entry;
}

uint64_t elf_file_base(const struct elf_file *elf)
{
	uint64_t low = UINT64_MAX;
	size_t i;

	for (i = 0; i < elf->segment_count; i++)
		if (elf->segments[i].vaddr < low)
			low = elf->segments[i].vaddr;
	return elf->segment_count ? low & ~(PAGE - 1) : 0;
}

const char *elf_file_build_id(const struct elf_file *elf)
{
	return elf->build_id;
}

size_t elf_file_section_count(const struct elf_file *elf)
{
	return elf->section_count;
}

const struct elf_section *elf_file_section(const struct elf_file *elf, size_t i)
{
	return &elf->sections[i];
}

const struct elf_section *elf_file_find_section(const struct elf_file *elf,
						const char *name)
{
	size_t i;

	for (i = 0; i < elf->section_count; i++)
		if (!strcmp(elf->sections[i].name, name))
			return &elf->sections[i];
	return NULL;
}

size_t elf_file_segment_count(const struct elf_file *elf)
{
	return elf->segment_count;
}

const struct elf_segment *elf_file_segment(const struct elf_file *elf, size_t i)
{
	return &elf->segments[i];
}
