#include "core/target/sample.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/xalloc.h"
#include "core/target/core_notes.h"
#include "core/target/elf_head.h"
#include "core/target/ranges.h"
#include "core/target/sample_priv.h"

static const uint64_t CORE_NOTES_MAX = 1ULL << 30;
static const uint64_t PAGE_MASK = SAMPLE_PAGE - 1;

struct core_reader {
	struct sample *sample;
	int fd;
	const char *path;
	struct elf_head head;
	struct core_notes notes;
	struct ranges covered;
	bool cut; /* the file is shorter than its headers say */
};

static void reader_deinit(struct core_reader *r)
{
	elf_head_deinit(&r->head);
	core_notes_deinit(&r->notes);
	ranges_deinit(&r->covered);
	sample_free(r->sample);
}

static int compare_vaddr(const void *a, const void *b)
{
	const Elf64_Phdr *x = a, *y = b;

	return (x->p_vaddr > y->p_vaddr) - (x->p_vaddr < y->p_vaddr);
}

static struct error *read_notes(struct core_reader *r)
{
	size_t i;

	for (i = 0; i < r->head.phdr_count; i++) {
		const Elf64_Phdr *ph = &r->head.phdrs[i];
		CLEANUP(free_cleanup) uint8_t *bytes = NULL;
		uint64_t len = ph->p_filesz;
		ssize_t n;

		if (ph->p_type != PT_NOTE)
			continue;
		if (ph->p_offset > r->head.file_size)
			continue;
		if (len > r->head.file_size - ph->p_offset) {
			len = r->head.file_size - ph->p_offset;
			r->cut = true;
		}
		if (len > CORE_NOTES_MAX)
			return error_new(ERROR_LIMIT,
					 "the notes of '%s' are too long",
					 r->path);
		bytes = xmalloc(len + 1);
		n = pread(r->fd, bytes, len, (off_t)ph->p_offset);
		if (n < 0)
			return error_os(errno, "cannot read '%s'", r->path);
		core_notes_parse(&r->notes, bytes, (uint64_t)n);
	}
	if (r->notes.damaged)
		sample_warn(r->sample, "a note of '%s' is damaged", r->path);
	return NULL;
}

static bool phdr_sane(const Elf64_Phdr *ph)
{
	return ph->p_type == PT_LOAD && ph->p_memsz &&
	       !(ph->p_vaddr & PAGE_MASK) &&
	       ph->p_memsz <= UINT64_MAX - SAMPLE_PAGE - ph->p_vaddr &&
	       ph->p_filesz <= ph->p_memsz &&
	       ph->p_offset <= INT64_MAX - ph->p_memsz;
}

static uint64_t page_up(uint64_t n)
{
	return (n + PAGE_MASK) & ~PAGE_MASK;
}

static void add_mapping(struct core_reader *r, const Elf64_Phdr *ph)
{
	const struct core_file *file = core_notes_file(&r->notes, ph->p_vaddr);
	struct sample *s = r->sample;
	struct sample_mapping *m = &s->mappings[s->mapping_count++];

	*m = (struct sample_mapping){
		.start = ph->p_vaddr,
		.end = page_up(ph->p_vaddr + ph->p_memsz),
		.readable = ph->p_flags & PF_R,
		.writable = ph->p_flags & PF_W,
		.executable = ph->p_flags & PF_X,
		.anonymous = !file,
		.path = xstrdup(file ? file->path : ""),
	};
	if (file)
		m->file_offset = file->offset + (m->start - file->start);
}

static struct error *add_file_segment(struct core_reader *r, int fd,
				      uint64_t start, uint64_t bytes,
				      uint64_t offset)
{
	struct segment seg;
	struct error *err =
		segment_reserve(start, page_up(start + bytes), -1, 0, &seg);

	if (err && err->code == ERROR_LIMIT) {
		sample_warn(r->sample, "%s", err->message);
		error_free(err);
		return NULL;
	}
	if (err)
		return err;
	seg.source = SOURCE_FILE;
	seg.fd = fd;
	seg.file_offset = offset;
	seg.file_bytes = bytes;
	if (!sample_add_segment(r->sample, &seg)) {
		segment_deinit(&seg);
		sample_warn(r->sample,
			    "'%s' describes 0x%" PRIx64 " more than once",
			    r->path, start);
		return NULL;
	}
	ranges_add(&r->covered, start, page_up(start + bytes));
	return NULL;
}

/** Neighbours in memory that are neighbours in the file are one segment. */
static size_t joined(const struct elf_head *head, size_t i)
{
	while (i + 1 < head->phdr_count) {
		const Elf64_Phdr *a = &head->phdrs[i], *b = a + 1;

		if (!phdr_sane(b) || a->p_filesz != a->p_memsz ||
		    b->p_vaddr != a->p_vaddr + a->p_memsz ||
		    b->p_offset != a->p_offset + a->p_filesz)
			break;
		i++;
	}
	return i;
}

static struct error *add_loads(struct core_reader *r)
{
	struct elf_head *head = &r->head;
	size_t i, last;

	qsort(head->phdrs, head->phdr_count, sizeof(*head->phdrs),
	      compare_vaddr);
	r->sample->mappings =
		xcalloc(head->phdr_count, sizeof(*r->sample->mappings));
	for (i = 0; i < head->phdr_count; i = last + 1) {
		const Elf64_Phdr *first = &head->phdrs[i];
		struct error *err;
		uint64_t bytes;
		size_t k;

		last = i;
		if (!phdr_sane(first))
			continue;
		last = joined(head, i);
		for (k = i; k <= last; k++)
			add_mapping(r, &head->phdrs[k]);
		bytes = head->phdrs[last].p_vaddr - first->p_vaddr +
			head->phdrs[last].p_filesz;
		if (first->p_offset + bytes > head->file_size)
			r->cut = true;
		if (!bytes)
			continue;
		err = add_file_segment(r, r->fd, first->p_vaddr, bytes,
				       first->p_offset);
		if (err)
			return err;
	}
	ranges_normalise(&r->covered);
	return NULL;
}

/** The executable's own name for itself, from the mapping of its entry. */
static const char *find_exe(const struct core_reader *r)
{
	const struct core_file *file = NULL;

	if (r->notes.entry)
		file = core_notes_file(&r->notes, r->notes.entry);
	if (!file && r->notes.phdr)
		file = core_notes_file(&r->notes, r->notes.phdr);
	if (!file && r->notes.file_count)
		file = &r->notes.files[0];
	return file ? file->path : NULL;
}

/** The kernel keeps the first page of every ELF mapping: compare it. */
static bool same_program(const struct core_reader *r, int fd, uint64_t at)
{
	uint8_t in_file[SAMPLE_PAGE];
	const void *in_core = sample_view(r->sample, at, SAMPLE_PAGE);

	if (!in_core)
		return true;
	return pread(fd, in_file, sizeof(in_file), 0) ==
		       (ssize_t)sizeof(in_file) &&
	       !memcmp(in_core, in_file, sizeof(in_file));
}

static int compare_mappings(const void *a, const void *b)
{
	const struct sample_mapping *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/** gcore has no program header at all for what it left out. */
static void note_exe_mapping(struct core_reader *r, const Elf64_Phdr *ph,
			     uint64_t start, uint64_t end)
{
	struct sample *s = r->sample;
	struct sample_mapping *m;
	size_t i;

	for (i = 0; i < s->mapping_count; i++)
		if (s->mappings[i].start < end && s->mappings[i].end > start)
			return;
	s->mappings = xreallocarray(s->mappings, s->mapping_count + 1,
				    sizeof(*s->mappings));
	m = &s->mappings[s->mapping_count++];
	*m = (struct sample_mapping){
		.start = start,
		.end = end,
		.file_offset = ph->p_offset & ~PAGE_MASK,
		.readable = true,
		.executable = ph->p_flags & PF_X,
		.path = xstrdup(s->info.exe),
	};
	qsort(s->mappings, s->mapping_count, sizeof(*s->mappings),
	      compare_mappings);
}

/** Serve read-only parts of the program that the core left out. */
static struct error *add_exe(struct core_reader *r, int fd,
			     const struct elf_head *exe)
{
	uint64_t bias = 0;
	size_t i, k;

	if (exe->ehdr.e_type == ET_DYN)
		bias = r->notes.entry - exe->ehdr.e_entry;
	if (bias & PAGE_MASK)
		return error_new(ERROR_USAGE,
				 "the executable is not the one of the core");
	for (i = 0; i < exe->phdr_count; i++) {
		const Elf64_Phdr *ph = &exe->phdrs[i];
		CLEANUP(ranges_deinit) struct ranges missing = {0};
		uint64_t shift = ph->p_vaddr & PAGE_MASK;
		uint64_t start = ph->p_vaddr - shift + bias;

		if (ph->p_type != PT_LOAD || ph->p_flags & PF_W ||
		    !ph->p_filesz || ph->p_offset < shift ||
		    ph->p_offset > exe->file_size ||
		    ph->p_filesz > exe->file_size - ph->p_offset ||
		    start > UINT64_MAX / 2)
			continue;
		if (ph->p_offset == shift && !same_program(r, fd, start))
			return error_new(ERROR_USAGE,
					 "the executable is not the one of "
					 "the core");
		ranges_add_minus(&missing, start,
				 page_up(start + shift + ph->p_filesz),
				 &r->covered);
		note_exe_mapping(r, ph, start,
				 page_up(start + shift + ph->p_filesz));
		for (k = 0; k < missing.n; k++) {
			uint64_t from = missing.v[k].start;
			uint64_t n = missing.v[k].end - from;
			uint64_t all = shift + ph->p_filesz - (from - start);
			struct error *err = add_file_segment(
				r, fd, from, n < all ? n : all,
				ph->p_offset - shift + (from - start));

			if (err)
				return err;
		}
	}
	return NULL;
}

static struct error *use_exe(struct core_reader *r, const char *given)
{
	const char *path = given ? given : find_exe(r);
	struct elf_head exe = {0};
	struct error *err;
	int fd;

	r->sample->info.exe = xstrdup(path ? path : r->notes.name);
	if (!path)
		return NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		if (given)
			return error_os(errno, "cannot open '%s'", path);
		sample_warn(r->sample,
			    "the executable '%s' cannot be read: name it with "
			    "--exe",
			    path);
		return NULL;
	}
	sample_own_fd(r->sample, fd);
	err = elf_head_read(fd, path, &exe);
	if (!err)
		err = add_exe(r, fd, &exe);
	elf_head_deinit(&exe);
	if (err && !given) {
		sample_warn(r->sample, "'%s' was not used: %s", path,
			    err->message);
		error_free(err);
		return NULL;
	}
	return error_hint(err, "name the executable that wrote the core: "
			       "mapscope core EXE CORE");
}

static void take_notes(struct core_reader *r)
{
	struct sample *s = r->sample;

	s->threads = r->notes.threads;
	s->thread_count = r->notes.thread_count;
	r->notes.threads = NULL;
	r->notes.thread_count = 0;
	s->info.pid = r->notes.pid;
	if (!s->info.pid && s->thread_count)
		s->info.pid = s->threads[0].tid;
	s->info.time_ns = (uint64_t)r->head.mtime_ns;
	s->info.attempts = 1;
	if (!r->cut)
		return;
	s->info.complete = false;
	sample_warn(s, "'%s' is truncated: what is missing reads as absent",
		    r->path);
}

struct error *sample_open_core(const char *core_path, const char *exe,
			       struct sample **ret)
{
	CLEANUP(reader_deinit) struct core_reader r = {.path = core_path};
	struct error *err;

	*ret = NULL;
	r.sample = sample_new(SAMPLE_CORE);
	r.fd = open(core_path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (r.fd < 0)
		return error_os(errno, "cannot open '%s'", core_path);
	sample_own_fd(r.sample, r.fd);
	err = elf_head_read(r.fd, core_path, &r.head);
	if (err)
		return err;
	if (r.head.ehdr.e_type != ET_CORE)
		return error_new(ERROR_USAGE, "'%s' is not a core file",
				 core_path);
	err = read_notes(&r);
	if (!err)
		err = add_loads(&r);
	if (!err)
		err = use_exe(&r, exe);
	if (err)
		return err;
	take_notes(&r);
	*ret = r.sample;
	r.sample = NULL;
	return NULL;
}
