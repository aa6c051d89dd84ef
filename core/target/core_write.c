#include "core/target/core_write.h"

#include <elf.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/user.h>

#include "core/base/buf.h"
#include "core/base/new_file.h"
#include "core/base/xalloc.h"
#include "core/target/sample_priv.h"

enum {
	GAP = 64 << 10, /* a hole smaller than this is written as zeros */
	MAX_LOADS = 60000,
	RUN = 4 << 20, /* written by one worker at a time */
	PAGE = SAMPLE_PAGE,
};

struct load {
	uint64_t start, file_bytes, mem_bytes, offset;
	uint32_t flags;
};

struct writer {
	const struct sample *sample;
	const struct core_program *program;
	struct new_file file;
	struct load *loads;
	size_t load_count, load_cap;
	struct buf notes;
	struct sample_range *runs; /* of what is written */
	uint64_t *offsets;	   /* of runs, in the file */
	size_t run_count, run_cap, offset_cap;
	struct job *job;
	pthread_mutex_t lock; /* of err */
	struct error *err;
};

static void writer_deinit(struct writer *w)
{
	new_file_deinit(&w->file);
	free(w->loads);
	free(w->runs);
	free(w->offsets);
	buf_deinit(&w->notes);
	pthread_mutex_destroy(&w->lock);
}

static void add_note(struct buf *out, uint32_t type, const void *bytes,
		     size_t size)
{
	static const char name[8] = "CORE";
	const Elf64_Nhdr head = {
		.n_namesz = 5, .n_descsz = (uint32_t)size, .n_type = type};
	static const char zeros[4];

	buf_add(out, &head, sizeof(head));
	buf_add(out, name, sizeof(name));
	buf_add(out, bytes, size);
	buf_add(out, zeros, (4 - size % 4) % 4);
}

/* DWARF numbers of registers to the kernel's order. */
static void fill_registers(const struct sample_thread *t,
			   struct user_regs_struct *r)
{
	const uint64_t *d = t->regs;

	*r = (struct user_regs_struct){
		.rax = d[0],
		.rdx = d[1],
		.rcx = d[2],
		.rbx = d[3],
		.rsi = d[4],
		.rdi = d[5],
		.rbp = d[6],
		.rsp = d[7],
		.r8 = d[8],
		.r9 = d[9],
		.r10 = d[10],
		.r11 = d[11],
		.r12 = d[12],
		.r13 = d[13],
		.r14 = d[14],
		.r15 = d[15],
		.rip = d[16],
		.orig_rax = UINT64_MAX,
		.eflags = 0x202, /* interrupts on: nothing else is known */
		.cs = 0x33,
		.ss = 0x2b,
		.fs_base = t->fs_base,
	};
}

static void add_thread(struct writer *w, const struct sample_thread *t)
{
	struct elf_prstatus status = {.pr_pid = t->tid,
				      .pr_pgrp = w->sample->info.pid};
	struct user_regs_struct regs;

	fill_registers(t, &regs);
	_Static_assert(sizeof(regs) == sizeof(status.pr_reg), "registers");
	memcpy(&status.pr_reg, &regs, sizeof(regs));
	add_note(&w->notes, NT_PRSTATUS, &status, sizeof(status));
}

/* The name of the program, never its arguments. */
static void add_process(struct writer *w)
{
	const char *exe = w->sample->info.exe, *slash;
	struct elf_prpsinfo info = {.pr_sname = 'R',
				    .pr_pid = w->sample->info.pid,
				    .pr_pgrp = w->sample->info.pid};

	slash = exe ? strrchr(exe, '/') : NULL;
	exe = slash ? slash + 1 : exe ? exe : "?";
	memcpy(info.pr_fname, exe, strnlen(exe, sizeof(info.pr_fname) - 1));
	memcpy(info.pr_psargs, exe, strnlen(exe, sizeof(info.pr_psargs) - 1));
	add_note(&w->notes, NT_PRPSINFO, &info, sizeof(info));
}

static uint64_t vdso_start(const struct sample *s)
{
	size_t i;

	for (i = 0; i < s->mapping_count; i++)
		if (!strcmp(s->mappings[i].path, "[vdso]"))
			return s->mappings[i].start;
	return 0;
}

static void add_auxv(struct writer *w)
{
	const Elf64_auxv_t auxv[] = {
		{AT_SYSINFO_EHDR, {vdso_start(w->sample)}},
		{AT_PAGESZ, {PAGE}},
		{AT_PHDR, {w->program->phdr}},
		{AT_PHENT, {w->program->phent}},
		{AT_PHNUM, {w->program->phnum}},
		{AT_ENTRY, {w->program->entry}},
		{AT_NULL, {0}},
	};
	size_t skip = auxv[0].a_un.a_val ? 0 : 1;

	add_note(&w->notes, NT_AUXV, auxv + skip,
		 sizeof(auxv) - skip * sizeof(auxv[0]));
}

/* NT_FILE: count, page size, start end offset of each, then the names. */
static void add_files(struct writer *w)
{
	const struct sample *s = w->sample;
	CLEANUP(buf_deinit) struct buf list = {0}, names = {0};
	uint64_t head[2] = {0, PAGE};
	size_t i;

	for (i = 0; i < s->mapping_count; i++) {
		const struct sample_mapping *m = &s->mappings[i];
		const uint64_t entry[3] = {m->start, m->end,
					   m->file_offset / PAGE};

		if (m->path[0] != '/')
			continue;
		head[0]++;
		buf_add(&list, entry, sizeof(entry));
		buf_add(&names, m->path, strlen(m->path) + 1);
	}
	{
		CLEANUP(buf_deinit) struct buf note = {0};

		buf_add(&note, head, sizeof(head));
		buf_add(&note, list.data, list.len);
		buf_add(&note, names.data, names.len);
		add_note(&w->notes, NT_FILE, note.data, note.len);
	}
}

static void make_notes(struct writer *w)
{
	const struct sample *s = w->sample;
	static const siginfo_t no_signal;
	size_t i;

	for (i = 0; i < s->thread_count; i++) {
		add_thread(w, &s->threads[i]);
		if (i)
			continue;
		add_process(w);
		add_note(&w->notes, NT_SIGINFO, &no_signal, sizeof(no_signal));
		add_auxv(w);
		add_files(w);
	}
}

static uint32_t flags_of(const struct sample_mapping *m)
{
	return (m->readable ? PF_R : 0) | (m->writable ? PF_W : 0) |
	       (m->executable ? PF_X : 0);
}

static bool is_code(const struct sample_mapping *m)
{
	return m->executable && !m->writable && m->path[0] == '/';
}

static bool page_is_zero(const uint8_t *p)
{
	return !*p && !memcmp(p, p + 1, PAGE - 1);
}

static void add_load(struct writer *w, uint64_t start, uint32_t flags)
{
	GROW_ARRAY(w->loads, w->load_count, w->load_cap);
	w->loads[w->load_count++] =
		(struct load){.start = start, .flags = flags};
}

/* Pages that are here: they continue the last segment or begin one. */
static void add_pages(struct writer *w, uint64_t addr, uint64_t bytes,
		      uint64_t gap, uint32_t flags)
{
	struct load *last = w->load_count ? &w->loads[w->load_count - 1] : NULL;

	if (!last || last->mem_bytes ||
	    addr - (last->start + last->file_bytes) >= gap) {
		if (last && !last->mem_bytes)
			last->mem_bytes = addr - last->start;
		add_load(w, addr, flags);
		last = &w->loads[w->load_count - 1];
	}
	last->file_bytes = addr + bytes - last->start;
}

/* Segments of one mapping; what was not copied lies behind file_bytes. */
static void plan_mapping(struct writer *w, const struct sample_mapping *m,
			 uint64_t gap)
{
	size_t first = w->load_count;
	uint64_t at = m->start, n;

	while (!is_code(m) && at < m->end) {
		n = sample_extent(w->sample, at,
				  m->end - at < RUN ? m->end - at : RUN);
		n &= ~(uint64_t)(PAGE - 1);
		if (n)
			add_pages(w, at, n, gap, flags_of(m));
		at += n ? n : PAGE;
	}
	if (w->load_count == first)
		add_load(w, m->start, flags_of(m));
	w->loads[w->load_count - 1].mem_bytes =
		m->end - w->loads[w->load_count - 1].start;
}

static bool worth(const struct writer *w, const struct sample_mapping *m)
{
	struct segment *seg = sample_segment(w->sample, m->start);

	/* Reserved address space is no memory. */
	return m->end > m->start && (m->readable || m->writable) &&
	       m->end - m->start <= SAMPLE_SEGMENT_MAX &&
	       (seg || m->path[0] == '/') && strcmp(m->path, "[vvar]") != 0;
}

static void plan(struct writer *w)
{
	const struct sample *s = w->sample;
	uint64_t gap = GAP;
	size_t i;

	do {
		w->load_count = 0;
		for (i = 0; i < s->mapping_count; i++)
			if (worth(w, &s->mappings[i]))
				plan_mapping(w, &s->mappings[i], gap);
		gap *= 4;
	} while (w->load_count > MAX_LOADS && gap < 1ULL << 40);
}

static void place(struct writer *w)
{
	uint64_t offset = sizeof(Elf64_Ehdr) +
			  (w->load_count + 1) * sizeof(Elf64_Phdr) +
			  w->notes.len;
	uint64_t at;
	size_t i;

	offset = (offset + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	for (i = 0; i < w->load_count; i++) {
		struct load *l = &w->loads[i];

		l->offset = offset;
		for (at = 0; at < l->file_bytes; at += RUN) {
			uint64_t n = l->file_bytes - at;

			n = n < RUN ? n : RUN;
			GROW_ARRAY(w->offsets, w->run_count, w->offset_cap);
			w->offsets[w->run_count] = offset + at;
			GROW_ARRAY(w->runs, w->run_count, w->run_cap);
			w->runs[w->run_count++] = (struct sample_range){
				l->start + at, l->start + at + n};
		}
		offset += l->file_bytes;
	}
}

static struct error *write_head(struct writer *w)
{
	CLEANUP(buf_deinit) struct buf head = {0};
	uint64_t notes =
		sizeof(Elf64_Ehdr) + (w->load_count + 1) * sizeof(Elf64_Phdr);
	const Elf64_Ehdr ehdr = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			    ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = (uint16_t)(w->load_count + 1),
	};
	Elf64_Phdr ph = {.p_type = PT_NOTE,
			 .p_offset = notes,
			 .p_filesz = w->notes.len,
			 .p_align = 4};
	size_t i;

	buf_add(&head, &ehdr, sizeof(ehdr));
	buf_add(&head, &ph, sizeof(ph));
	for (i = 0; i < w->load_count; i++) {
		const struct load *l = &w->loads[i];

		ph = (Elf64_Phdr){
			.p_type = PT_LOAD,
			.p_flags = l->flags,
			.p_offset = l->offset,
			.p_vaddr = l->start,
			.p_filesz = l->file_bytes,
			.p_memsz = l->mem_bytes,
			.p_align = PAGE,
		};
		buf_add(&head, &ph, sizeof(ph));
	}
	buf_add(&head, w->notes.data, w->notes.len);
	return new_file_write(&w->file, head.data, head.len, 0);
}

/* Pages of zeros are not written: the file has a hole there. */
static struct error *write_pages(struct writer *w, const uint8_t *bytes,
				 uint64_t len, uint64_t offset)
{
	uint64_t at = 0, end;
	struct error *err;

	while (at < len) {
		if (page_is_zero(bytes + at)) {
			at += PAGE;
			continue;
		}
		for (end = at; end < len && !page_is_zero(bytes + end);)
			end += PAGE;
		err = new_file_write(&w->file, bytes + at, end - at,
				     offset + at);
		if (err)
			return err;
		at = end;
	}
	return NULL;
}

static struct error *write_run(struct writer *w, const struct sample_range *run,
			       uint64_t offset)
{
	uint64_t at = run->start, n;
	struct error *err;

	while (at < run->end) {
		const uint8_t *bytes;

		n = sample_extent(w->sample, at, run->end - at);
		n &= ~(uint64_t)(PAGE - 1);
		bytes = n ? sample_view(w->sample, at, n) : NULL;
		if (!bytes) {
			at += PAGE;
			continue;
		}
		err = write_pages(w, bytes, n, offset + (at - run->start));
		if (err)
			return err;
		at += n;
	}
	return NULL;
}

static void write_runs(void *arg, unsigned worker, uint64_t begin, uint64_t end)
{
	struct writer *w = arg;

	(void)worker;
	for (; begin < end; begin++) {
		struct error *err =
			write_run(w, &w->runs[begin], w->offsets[begin]);

		job_advance(w->job, 1);
		if (!err)
			continue;
		pthread_mutex_lock(&w->lock);
		if (w->err)
			error_free(err);
		else
			w->err = err;
		pthread_mutex_unlock(&w->lock);
		return;
	}
}

static struct error *write_memory(struct writer *w, unsigned threads)
{
	const struct load *last;
	struct error *err;

	job_phase(w->job, "write memory", w->run_count);
	job_parallel(w->job, threads, w->run_count, 1, write_runs, w);
	err = w->err;
	w->err = NULL;
	if (err || (err = job_check(w->job)))
		return err;
	/* the last pages may be a hole */
	last = w->load_count ? &w->loads[w->load_count - 1] : NULL;
	if (last && last->file_bytes) {
		static const uint8_t zero;
		uint64_t end = last->offset + last->file_bytes - 1;
		uint8_t byte = zero;

		error_free(sample_read(w->sample,
				       last->start + last->file_bytes - 1,
				       &byte, 1));
		return new_file_write(&w->file, &byte, 1, end);
	}
	return NULL;
}

struct error *sample_write_core(const struct sample *sample,
				const struct core_program *program,
				const char *path, bool force, unsigned threads,
				struct job *job)
{
	CLEANUP(writer_deinit)
	struct writer w = {.sample = sample, .program = program, .job = job};
	struct error *err;

	pthread_mutex_init(&w.lock, NULL);
	w.file.fd = -1;
	if ((err = new_file_create(path, force, &w.file)))
		return err;
	make_notes(&w);
	plan(&w);
	place(&w);
	if ((err = write_head(&w)) || (err = write_memory(&w, threads)))
		return err;
	job_phase(job, "sync", 0);
	if ((err = new_file_sync(&w.file, job)))
		return err;
	return new_file_publish(&w.file);
}
