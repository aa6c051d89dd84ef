#include "core/target/elf_head.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/xalloc.h"

enum { ELF_HEAD_PHDRS_MAX = 1 << 20 };

static bool read_exactly(int fd, void *to, size_t len, uint64_t offset)
{
	size_t done = 0;

	if (offset > INT64_MAX - len)
		return false;
	while (done < len) {
		ssize_t n = pread(fd, (char *)to + done, len - done,
				  (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

/** More than 65534 headers: the count is in the first section header. */
static bool phdr_count(int fd, const Elf64_Ehdr *ehdr, uint64_t *ret)
{
	Elf64_Shdr shdr;

	*ret = ehdr->e_phnum;
	if (ehdr->e_phnum != PN_XNUM)
		return true;
	if (!ehdr->e_shoff ||
	    !read_exactly(fd, &shdr, sizeof(shdr), ehdr->e_shoff))
		return false;
	*ret = shdr.sh_info;
	return true;
}

static struct error *check_ehdr(const Elf64_Ehdr *ehdr, const char *name)
{
	if (memcmp(ehdr->e_ident, ELFMAG, SELFMAG))
		return error_new(ERROR_CORRUPT, "'%s' is not an ELF file",
				 name);
	if (ehdr->e_ident[EI_CLASS] != ELFCLASS64 ||
	    ehdr->e_ident[EI_DATA] != ELFDATA2LSB ||
	    ehdr->e_machine != EM_X86_64)
		return error_new(ERROR_UNSUPPORTED,
				 "'%s' is not of a machine we know (amd64)",
				 name);
	if (ehdr->e_phentsize != sizeof(Elf64_Phdr))
		return error_new(ERROR_CORRUPT, "'%s' has no program headers",
				 name);
	return NULL;
}

struct error *elf_head_read(int fd, const char *name, struct elf_head *ret)
{
	struct error *err;
	struct stat st;
	uint64_t count;

	*ret = (struct elf_head){0};
	if (fstat(fd, &st) < 0)
		return error_os(errno, "cannot read '%s'", name);
	if (!S_ISREG(st.st_mode))
		return error_new(ERROR_USAGE, "'%s' is not a regular file",
				 name);
	ret->file_size = (uint64_t)st.st_size;
	ret->mtime_ns = st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	if (!read_exactly(fd, &ret->ehdr, sizeof(ret->ehdr), 0))
		return error_new(ERROR_CORRUPT, "'%s' is not an ELF file",
				 name);
	err = check_ehdr(&ret->ehdr, name);
	if (err)
		return err;
	if (!phdr_count(fd, &ret->ehdr, &count) || !count ||
	    count > ELF_HEAD_PHDRS_MAX)
		return error_new(ERROR_CORRUPT, "'%s' has no program headers",
				 name);
	ret->phdrs = xreallocarray(NULL, count, sizeof(*ret->phdrs));
	if (!read_exactly(fd, ret->phdrs, count * sizeof(*ret->phdrs),
			  ret->ehdr.e_phoff)) {
		elf_head_deinit(ret);
		return error_new(ERROR_CORRUPT,
				 "'%s' is truncated in its headers", name);
	}
	ret->phdr_count = count;
	return NULL;
}

void elf_head_deinit(struct elf_head *head)
{
	free(head->phdrs);
	head->phdrs = NULL;
	head->phdr_count = 0;
}
