#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <elf.h>
#include <sys/procfs.h>

#include "core/base/buf.h"
#include "core/target/core_notes.h"
#include "core/target/sample.h"

enum { CORE_DATA = 0x1000 };

/** A core with two loads (data, and a reservation) and the notes given. */
struct core_image {
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdrs[3];
	uint8_t padding[CORE_DATA - sizeof(Elf64_Ehdr) -
			3 * sizeof(Elf64_Phdr)];
	uint8_t data[2 * 4096];
	uint8_t notes[8192];
};

static void sample_cleanup(struct sample **sample)
{
	sample_free(*sample);
}

static void add_note(struct buf *out, uint32_t type, const void *desc,
		     uint32_t len)
{
	const Elf64_Nhdr header = {5, len, type};

	buf_add(out, &header, sizeof(header));
	buf_add(out, "CORE\0\0\0", 8);
	buf_add(out, desc, len);
	while (out->len % 4)
		buf_addc(out, 0);
}

static void init_core(struct core_image *core, const struct buf *notes)
{
	size_t i;

	memset(core, 0, sizeof(*core));
	memcpy(core->ehdr.e_ident, ELFMAG, SELFMAG);
	core->ehdr.e_ident[EI_CLASS] = ELFCLASS64;
	core->ehdr.e_ident[EI_DATA] = ELFDATA2LSB;
	core->ehdr.e_type = ET_CORE;
	core->ehdr.e_machine = EM_X86_64;
	core->ehdr.e_phoff = sizeof(core->ehdr);
	core->ehdr.e_phentsize = sizeof(Elf64_Phdr);
	core->ehdr.e_phnum = 3;
	core->phdrs[0] = (Elf64_Phdr){
		.p_type = PT_NOTE,
		.p_offset = offsetof(struct core_image, notes),
		.p_filesz = notes->len,
	};
	core->phdrs[1] = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W,
		.p_vaddr = 0xc000000000,
		.p_offset = CORE_DATA,
		.p_filesz = 8192,
		.p_memsz = 8192,
	};
	core->phdrs[2] = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_vaddr = 0xc000002000,
		.p_offset = CORE_DATA + 8192,
		.p_memsz = 1 << 20,
	};
	for (i = 0; i < sizeof(core->data); i++)
		core->data[i] = (uint8_t)(i * 7);
	assert_true(notes->len <= sizeof(core->notes));
	if (notes->len)
		memcpy(core->notes, notes->data, notes->len);
}

static struct error *open_image(const struct core_image *core, size_t len,
				struct sample **ret)
{
	char name[] = "/tmp/test_core_XXXXXX";
	int fd = mkstemp(name);
	struct error *err;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, core, len), len);
	close(fd);
	err = sample_open_core(name, NULL, ret);
	unlink(name);
	return err;
}

static void make_notes(struct buf *notes)
{
	struct elf_prstatus status = {.pr_pid = 77};
	struct elf_prpsinfo info = {.pr_pid = 70, .pr_fname = "server"};
	struct user_regs_struct regs = {.rip = 0x401234,
					.rsp = 0xc000001000,
					.fs_base = 0x55,
					.rdx = 9};
	const uint64_t files[] = {1, 4096, 0xc000000000, 0xc000002000, 3};

	memcpy(&status.pr_reg, &regs, sizeof(regs));
	add_note(notes, NT_PRSTATUS, &status, sizeof(status));
	add_note(notes, NT_PRPSINFO, &info, sizeof(info));
	{
		CLEANUP(buf_deinit) struct buf desc = {0};

		buf_add(&desc, files, sizeof(files));
		buf_add(&desc, "/nowhere/server", 16);
		add_note(notes, NT_FILE, desc.data, (uint32_t)desc.len);
	}
}

static void memory_threads_and_mappings_come_from_the_core(void **state)
{
	CLEANUP(sample_cleanup) struct sample *s = NULL;
	CLEANUP(buf_deinit) struct buf notes = {0};
	const struct sample_mapping *maps;
	const struct sample_thread *threads;
	struct core_image core;
	const uint8_t *p;
	size_t n;

	(void)state;
	make_notes(&notes);
	init_core(&core, &notes);
	assert_null(open_image(&core, sizeof(core), &s));
	p = sample_view(s, 0xc000000ffe, 4);
	assert_non_null(p);
	assert_int_equal(p[0], (0xffe * 7) & 0xff);
	assert_null(sample_view(s, 0xc000001fff, 2));
	assert_null(sample_view(s, 0xc000002000, 1));
	threads = sample_threads(s, &n);
	assert_int_equal(n, 1);
	assert_int_equal(threads[0].tid, 77);
	assert_true(threads[0].pc == 0x401234 &&
		    threads[0].regs[16] == 0x401234);
	assert_true(threads[0].sp == 0xc000001000 && threads[0].regs[1] == 9);
	assert_true(threads[0].fs_base == 0x55);
	maps = sample_mappings(s, &n);
	assert_int_equal(n, 2);
	assert_string_equal(maps[0].path, "/nowhere/server");
	assert_true(maps[0].file_offset == 3 * 4096);
	assert_true(maps[1].anonymous && !maps[1].readable);
	assert_int_equal(sample_info(s)->pid, 70);
	assert_string_equal(sample_info(s)->exe, "/nowhere/server");
	assert_int_equal(sample_info(s)->warning_count, 1);
	assert_int_equal(sample_state(s), TARGET_FILE);
}

static void a_core_cut_short_says_so_and_reads_as_absent(void **state)
{
	CLEANUP(sample_cleanup) struct sample *s = NULL;
	const struct buf no_notes = {0};
	struct core_image core;

	(void)state;
	init_core(&core, &no_notes);
	assert_null(open_image(&core, CORE_DATA + 5000, &s));
	assert_false(sample_info(s)->complete);
	assert_non_null(sample_view(s, 0xc000000000, 4096));
	assert_null(sample_view(s, 0xc000001000, 1));
}

static void headers_that_make_no_sense_are_errors(void **state)
{
	const struct buf no_notes = {0};
	struct core_image core;
	struct sample *s = NULL;
	struct error *err;
	unsigned i;

	(void)state;
	for (i = 0; i < 5; i++) {
		init_core(&core, &no_notes);
		if (i == 0)
			core.ehdr.e_ident[0] = 'x';
		else if (i == 1)
			core.ehdr.e_machine = EM_AARCH64;
		else if (i == 2)
			core.ehdr.e_phentsize = 1;
		else if (i == 3)
			core.ehdr.e_phoff = UINT64_MAX - 8;
		else
			core.ehdr.e_type = ET_EXEC;
		err = open_image(&core, sizeof(core), &s);
		assert_non_null(err);
		assert_null(s);
		error_free(err);
	}
}

static void loads_that_make_no_sense_are_left_out(void **state)
{
	const struct buf no_notes = {0};
	struct core_image core;
	unsigned i;

	(void)state;
	for (i = 0; i < 6; i++) {
		CLEANUP(sample_cleanup) struct sample *s = NULL;

		init_core(&core, &no_notes);
		if (i == 0)
			core.phdrs[2].p_vaddr = UINT64_MAX - 4095;
		else if (i == 1)
			core.phdrs[2].p_vaddr = 0xc000001234;
		else if (i == 2)
			core.phdrs[2].p_filesz = core.phdrs[2].p_memsz + 1;
		else if (i == 3)
			core.phdrs[2].p_offset = UINT64_MAX - 1;
		else if (i == 4)
			core.phdrs[2] = core.phdrs[1];
		else
			core.phdrs[2].p_memsz = UINT64_MAX;
		assert_null(open_image(&core, sizeof(core), &s));
		assert_non_null(sample_view(s, 0xc000000000, 8192));
	}
}

static void damaged_notes_are_reported_and_bounded(void **state)
{
	CLEANUP(buf_deinit) struct buf notes = {0};
	size_t len;

	(void)state;
	make_notes(&notes);
	for (len = 0; len < notes.len; len++) {
		struct core_notes parsed = {0};
		/* Exactly that much memory, for the address sanitizer. */
		uint8_t *copy = malloc(len ? len : 1);

		memcpy(copy, notes.data, len);
		core_notes_parse(&parsed, copy, len);
		assert_true(parsed.thread_count <= 1);
		assert_true(parsed.file_count <= 1);
		core_notes_deinit(&parsed);
		free(copy);
	}
}

static void a_file_note_may_not_claim_more_than_it_holds(void **state)
{
	CLEANUP(buf_deinit) struct buf notes = {0};
	const uint64_t claim[] = {UINT64_MAX / 24, 1, 0, 0, 0};
	const uint64_t overflow[] = {1, UINT64_MAX, 0, 4096, 2, 0};
	struct core_notes parsed = {0};

	(void)state;
	add_note(&notes, NT_FILE, claim, sizeof(claim));
	core_notes_parse(&parsed, (const uint8_t *)notes.data, notes.len);
	assert_true(parsed.damaged);
	assert_int_equal(parsed.file_count, 0);
	core_notes_deinit(&parsed);
	buf_clear(&notes);
	add_note(&notes, NT_FILE, overflow, sizeof(overflow));
	core_notes_parse(&parsed, (const uint8_t *)notes.data, notes.len);
	assert_true(parsed.damaged);
	core_notes_deinit(&parsed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			memory_threads_and_mappings_come_from_the_core),
		cmocka_unit_test(a_core_cut_short_says_so_and_reads_as_absent),
		cmocka_unit_test(headers_that_make_no_sense_are_errors),
		cmocka_unit_test(loads_that_make_no_sense_are_left_out),
		cmocka_unit_test(damaged_notes_are_reported_and_bounded),
		cmocka_unit_test(a_file_note_may_not_claim_more_than_it_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
