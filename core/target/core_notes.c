#include "core/target/core_notes.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/target/registers.h"

struct note {
	uint32_t type;
	const uint8_t *name, *desc;
	uint64_t name_len, desc_len;
};

static uint64_t round4(uint64_t n)
{
	return (n + 3) & ~3ULL;
}

static uint64_t load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static void parse_prstatus(struct core_notes *notes, const struct note *note)
{
	struct elf_prstatus status;
	struct user_regs_struct regs;
	struct sample_thread *thread;

	_Static_assert(sizeof(status.pr_reg) == sizeof(regs),
		       "the kernel's register block");
	if (note->desc_len < sizeof(status) ||
	    notes->thread_count >= LIMIT_THREADS) {
		notes->damaged = true;
		return;
	}
	memcpy(&status, note->desc, sizeof(status));
	memcpy(&regs, &status.pr_reg, sizeof(regs));
	GROW_ARRAY(notes->threads, notes->thread_count, notes->thread_cap);
	thread = &notes->threads[notes->thread_count++];
	*thread = (struct sample_thread){.tid = status.pr_pid};
	registers_set(thread, &regs);
}

static void parse_prpsinfo(struct core_notes *notes, const struct note *note)
{
	struct elf_prpsinfo info;

	if (note->desc_len < sizeof(info)) {
		notes->damaged = true;
		return;
	}
	memcpy(&info, note->desc, sizeof(info));
	notes->pid = info.pr_pid;
	memcpy(notes->name, info.pr_fname, sizeof(notes->name) - 1);
}

static void parse_auxv(struct core_notes *notes, const struct note *note)
{
	uint64_t i;

	for (i = 0; i + 16 <= note->desc_len; i += 16) {
		uint64_t type = load64(note->desc + i);

		if (type == AT_ENTRY)
			notes->entry = load64(note->desc + i + 8);
		else if (type == AT_PHDR)
			notes->phdr = load64(note->desc + i + 8);
	}
}

static int compare_files(const void *a, const void *b)
{
	const struct core_file *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/** count, page size, count x {start, end, offset}, count strings. */
static void parse_files(struct core_notes *notes, const struct note *note)
{
	const uint8_t *end = note->desc + note->desc_len;
	const uint8_t *triple, *text;
	uint64_t count, unit, i;

	notes->damaged = true;
	if (note->desc_len < 16 || notes->files)
		return;
	count = load64(note->desc);
	unit = load64(note->desc + 8);
	if (count > (note->desc_len - 16) / 24)
		return;
	triple = note->desc + 16;
	text = triple + count * 24;
	notes->files = xcalloc(count + 1, sizeof(*notes->files));
	for (i = 0; i < count; i++, triple += 24) {
		const uint8_t *nul =
			text < end ? memchr(text, 0, (size_t)(end - text))
				   : NULL;
		struct core_file *file = &notes->files[notes->file_count];

		if (!nul)
			return;
		file->start = load64(triple);
		file->end = load64(triple + 8);
		if (__builtin_mul_overflow(load64(triple + 16), unit,
					   &file->offset))
			return;
		file->path = xstrndup((const char *)text, (size_t)(nul - text));
		notes->file_count++;
		text = nul + 1;
	}
	qsort(notes->files, notes->file_count, sizeof(*notes->files),
	      compare_files);
	notes->damaged = false;
}

static void parse_note(struct core_notes *notes, const struct note *note)
{
	bool damaged = notes->damaged;

	if (note->name_len < 4 || memcmp(note->name, "CORE", 4))
		return;
	if (note->type == NT_PRSTATUS) {
		parse_prstatus(notes, note);
	} else if (note->type == NT_PRPSINFO) {
		parse_prpsinfo(notes, note);
	} else if (note->type == NT_AUXV) {
		parse_auxv(notes, note);
	} else if (note->type == NT_FILE) {
		parse_files(notes, note);
		notes->damaged = notes->damaged || damaged;
	}
}

void core_notes_parse(struct core_notes *notes, const uint8_t *bytes,
		      uint64_t len)
{
	uint64_t at = 0;

	while (len - at >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr header;
		struct note note;
		uint64_t desc_at;

		memcpy(&header, bytes + at, sizeof(header));
		at += sizeof(header);
		desc_at = at + round4(header.n_namesz);
		if (desc_at > len || header.n_descsz > len - desc_at) {
			notes->damaged = true;
			return;
		}
		note = (struct note){
			.type = header.n_type,
			.name = bytes + at,
			.desc = bytes + desc_at,
			.name_len = header.n_namesz,
			.desc_len = header.n_descsz,
		};
		parse_note(notes, &note);
		at = desc_at + round4(header.n_descsz);
		if (at > len)
			return;
	}
}

void core_notes_deinit(struct core_notes *notes)
{
	size_t i;

	for (i = 0; i < notes->file_count; i++)
		free(notes->files[i].path);
	free(notes->files);
	free(notes->threads);
	*notes = (struct core_notes){0};
}

const struct core_file *core_notes_file(const struct core_notes *notes,
					uint64_t addr)
{
	size_t low = 0, high = notes->file_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (notes->files[mid].start <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || addr >= notes->files[low - 1].end)
		return NULL;
	return &notes->files[low - 1];
}
