#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <elf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <zlib.h>

#include "core/base/buf.h"
#include "dwarf/dbg.h"
#include "dwarf/elf_file.h"

/* Header, one segment, a note, names, a symbol table, data, sections. */
enum { SECTIONS = 7, NOTE = 1, SYMTAB, STRTAB, DATA, NAMES, PACKED };

static const char section_names[] =
	"\0.note\0.symtab\0.strtab\0.data\0.shstrtab\0.packed";
static const char symbol_names[] = "\0main.a\0main.b\0main.f";
static const char text[] = "sixteen bytes of sixteen bytes of text";

struct image {
	struct buf bytes;
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	Elf64_Shdr sections[SECTIONS];
};

static void add_section(struct image *im, int index, const char *name,
			uint32_t type, struct buf *content)
{
	Elf64_Shdr *s = &im->sections[index];
	size_t at;

	for (at = 1; strcmp(section_names + at, name) != 0;)
		at += strlen(section_names + at) + 1;
	s->sh_name = (Elf64_Word)at;
	s->sh_type = type;
	s->sh_offset = im->bytes.len;
	s->sh_size = content->len;
	buf_add(&im->bytes, content->data, content->len);
	buf_deinit(content);
}

static void add_note(struct image *im)
{
	static const Elf64_Nhdr gnu = {4, 3, NT_GNU_BUILD_ID};
	static const Elf64_Nhdr other = {4, 8, NT_GNU_ABI_TAG};
	struct buf b = {0};

	buf_add(&b, &other, sizeof(other));
	buf_add(&b, "GNU\0abcdefgh", 12);
	buf_add(&b, &gnu, sizeof(gnu));
	buf_add(&b, "GNU\0\xde\xad\x01\0", 8);
	add_section(im, NOTE, ".note", SHT_NOTE, &b);
}

static void add_symbols(struct image *im)
{
	static const unsigned char object = ELF64_ST_INFO(1, STT_OBJECT);
	static const unsigned char func = ELF64_ST_INFO(1, STT_FUNC);
	const Elf64_Sym symbols[] = {
		{0},
		{1, object, 0, 1, 0x500010, 16},
		{8, object, 0, 1, 0x500000, 8},
		{15, func, 0, 1, 0x400000, 64},
		{0x7fffffff, object, 0, 1, 0x600000, 8},
	};
	struct buf b = {0};

	buf_add(&b, symbols, sizeof(symbols));
	add_section(im, SYMTAB, ".symtab", SHT_SYMTAB, &b);
	im->sections[SYMTAB].sh_link = STRTAB;
	buf_add(&b, symbol_names, sizeof(symbol_names));
	add_section(im, STRTAB, ".strtab", SHT_STRTAB, &b);
}

static void add_packed(struct image *im, uint64_t claim)
{
	Elf64_Chdr header = {ELFCOMPRESS_ZLIB, 0, claim, 1};
	uLongf len = 256;
	char out[256];
	struct buf b = {0};

	assert_int_equal(
		compress((Bytef *)out, &len, (const Bytef *)text, sizeof(text)),
		Z_OK);
	buf_add(&b, &header, sizeof(header));
	buf_add(&b, out, len);
	add_section(im, PACKED, ".packed", SHT_PROGBITS, &b);
	im->sections[PACKED].sh_flags = SHF_COMPRESSED;
}

static void make(struct image *im)
{
	struct buf b = {0};

	*im = (struct image){
		.header =
			{
				.e_ident = ELFMAG,
				.e_type = ET_EXEC,
				.e_machine = EM_X86_64,
				.e_entry = 0x401000,
				.e_phoff = sizeof(Elf64_Ehdr),
				.e_phentsize = sizeof(Elf64_Phdr),
				.e_phnum = 1,
				.e_shentsize = sizeof(Elf64_Shdr),
				.e_shnum = SECTIONS,
				.e_shstrndx = NAMES,
			},
		.segment =
			{
				.p_type = PT_LOAD,
				.p_flags = PF_R,
				.p_vaddr = 0x400123,
				.p_filesz = 32,
				.p_memsz = 64,
			},
	};
	im->header.e_ident[EI_CLASS] = ELFCLASS64;
	im->header.e_ident[EI_DATA] = ELFDATA2LSB;
	buf_add(&im->bytes, &im->header, sizeof(im->header));
	buf_add(&im->bytes, &im->segment, sizeof(im->segment));
	add_note(im);
	add_symbols(im);
	buf_adds(&b, "plain");
	add_section(im, DATA, ".data", SHT_PROGBITS, &b);
	buf_add(&b, section_names, sizeof(section_names));
	add_section(im, NAMES, ".shstrtab", SHT_STRTAB, &b);
	add_packed(im, sizeof(text));
}

/** Headers into the bytes, which become a file. */
static struct error *open_image(struct image *im, struct elf_file **ret)
{
	int fd = memfd_create("elf", MFD_CLOEXEC);

	assert_true(fd >= 0);
	if (!im->header.e_shoff) {
		im->header.e_shoff = im->bytes.len;
		buf_add(&im->bytes, im->sections, sizeof(im->sections));
	}
	memcpy(im->bytes.data, &im->header, sizeof(im->header));
	memcpy(im->bytes.data + sizeof(im->header), &im->segment,
	       sizeof(im->segment));
	assert_int_equal(write(fd, im->bytes.data, im->bytes.len),
			 im->bytes.len);
	return elf_file_open_fd(fd, "test", ret);
}

static struct elf_file *open_good(struct image *im)
{
	struct elf_file *elf = NULL;

	assert_null(open_image(im, &elf));
	return elf;
}

static void open_fails(struct image *im, enum error_code code)
{
	struct elf_file *elf;
	struct error *err = open_image(im, &elf);

	assert_non_null(err);
	assert_int_equal(err->code, code);
	error_free(err);
	buf_deinit(&im->bytes);
}

static void load_fails(struct elf_file *elf, int index, enum error_code code)
{
	const uint8_t *data;
	struct error *err;
	size_t size;

	err = elf_file_load(elf, elf_file_section(elf, (size_t)index), &data,
			    &size);
	assert_non_null(err);
	assert_int_equal(err->code, code);
	error_free(err);
}

static void headers_are_read(void **state)
{
	struct elf_file *elf;
	struct image im;

	(void)state;
	make(&im);
	elf = open_good(&im);
	assert_int_equal(elf_file_entry(elf), 0x401000);
	assert_int_equal(elf_file_base(elf), 0x400000);
	assert_int_equal(elf_file_machine(elf), EM_X86_64);
	assert_int_equal(elf_file_section_count(elf), SECTIONS);
	assert_int_equal(elf_file_segment_count(elf), 1);
	assert_string_equal(elf_file_build_id(elf), "dead01");
	assert_non_null(elf_file_find_section(elf, ".strtab"));
	assert_null(elf_file_find_section(elf, ".text"));
	elf_file_close(elf);
	buf_deinit(&im.bytes);
}

static void sections_are_inflated_once_and_padded(void **state)
{
	static const uint8_t zeros[64];
	const uint8_t *data, *again;
	const struct elf_section *s;
	struct elf_file *elf;
	struct image im;
	size_t size;

	(void)state;
	make(&im);
	elf = open_good(&im);
	s = elf_file_find_section(elf, ".packed");
	assert_null(elf_file_load(elf, s, &data, &size));
	assert_int_equal(size, sizeof(text));
	assert_memory_equal(data, text, sizeof(text));
	assert_memory_equal(data + size, zeros, sizeof(zeros));
	assert_null(elf_file_load(elf, s, &again, &size));
	assert_ptr_equal(data, again);
	s = elf_file_find_section(elf, ".data");
	assert_null(elf_file_load(elf, s, &data, &size));
	assert_int_equal(size, 5);
	assert_memory_equal(data, "plain", 5);
	elf_file_close(elf);
	buf_deinit(&im.bytes);
}

static void symbols_are_found_by_name_and_address(void **state)
{
	struct elf_symbol symbol;
	struct elf_file *elf;
	struct error *err;
	struct image im;

	(void)state;
	make(&im);
	elf = open_good(&im);
	assert_null(elf_file_symbol(elf, "main.f", &symbol));
	assert_int_equal(symbol.addr, 0x400000);
	assert_null(elf_file_symbol_at(elf, 0x50001f, &symbol));
	assert_string_equal(symbol.name, "main.a");
	assert_null(elf_file_symbol_at(elf, 0x500007, &symbol));
	assert_string_equal(symbol.name, "main.b");
	/* Between the two, behind the last, and a function. */
	err = elf_file_symbol_at(elf, 0x500008, &symbol);
	assert_true(error_catch(&err, ERROR_NOT_FOUND));
	err = elf_file_symbol_at(elf, 0x500020, &symbol);
	assert_true(error_catch(&err, ERROR_NOT_FOUND));
	err = elf_file_symbol_at(elf, 0x400000, &symbol);
	assert_true(error_catch(&err, ERROR_NOT_FOUND));
	err = elf_file_symbol(elf, "main.c", &symbol);
	assert_true(error_catch(&err, ERROR_NOT_FOUND));
	elf_file_close(elf);
	buf_deinit(&im.bytes);
}

static void what_is_not_elf_is_refused(void **state)
{
	struct image im;

	(void)state;
	make(&im);
	im.header.e_ident[0] = 'E';
	open_fails(&im, ERROR_UNSUPPORTED);
	make(&im);
	im.header.e_ident[EI_CLASS] = ELFCLASS32;
	open_fails(&im, ERROR_UNSUPPORTED);
	make(&im);
	im.header.e_ident[EI_DATA] = ELFDATA2MSB;
	open_fails(&im, ERROR_UNSUPPORTED);
}

static void huge_counts_and_offsets_are_corrupt(void **state)
{
	struct image im;

	(void)state;
	make(&im);
	im.header.e_shoff = UINT64_MAX - 8;
	open_fails(&im, ERROR_CORRUPT);
	make(&im);
	im.header.e_phoff = UINT64_MAX - 8;
	open_fails(&im, ERROR_CORRUPT);
	make(&im);
	im.header.e_phnum = 0xfffe;
	open_fails(&im, ERROR_CORRUPT);
	make(&im);
	im.header.e_shentsize = 1;
	open_fails(&im, ERROR_CORRUPT);
	make(&im);
	im.header.e_shnum = 0;
	im.sections[0].sh_size = UINT64_MAX / 2;
	open_fails(&im, ERROR_CORRUPT);
}

static void section_bounds_are_checked(void **state)
{
	struct elf_file *elf;
	struct image im;

	(void)state;
	make(&im);
	im.sections[DATA].sh_size = UINT64_MAX;
	im.sections[STRTAB].sh_type = SHT_NOBITS;
	im.sections[NOTE].sh_offset = UINT64_MAX;
	elf = open_good(&im);
	load_fails(elf, DATA, ERROR_CORRUPT);
	load_fails(elf, STRTAB, ERROR_NOT_FOUND);
	assert_null(elf_file_build_id(elf));
	elf_file_close(elf);
	buf_deinit(&im.bytes);
}

static void false_sizes_of_compressed_data_are_refused(void **state)
{
	static const struct {
		uint64_t claim;
		enum error_code code;
	} cases[] = {
		{sizeof(text) + 1, ERROR_CORRUPT},
		{sizeof(text) - 1, ERROR_CORRUPT},
		{0, ERROR_CORRUPT},
		{1 << 20, ERROR_LIMIT},
		{UINT64_MAX, ERROR_LIMIT},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct elf_file *elf;
		struct image im;

		make(&im);
		add_packed(&im, cases[i].claim);
		elf = open_good(&im);
		load_fails(elf, PACKED, cases[i].code);
		elf_file_close(elf);
		buf_deinit(&im.bytes);
	}
}

static void every_truncation_of_the_file_ends_well(void **state)
{
	size_t len, opened = 0;
	struct elf_file *elf;
	struct image im;

	(void)state;
	make(&im);
	elf_file_close(open_good(&im));
	for (len = 0; len <= im.bytes.len; len++) {
		int fd = memfd_create("elf", MFD_CLOEXEC);
		struct error *err;

		assert_int_equal(write(fd, im.bytes.data, len), len);
		err = elf_file_open_fd(fd, "test", &elf);
		if (!err) {
			opened++;
			elf_file_close(elf);
		}
		error_free(err);
	}
	assert_int_equal(opened, 1);
	buf_deinit(&im.bytes);
}

static void a_file_without_debug_information_says_so(void **state)
{
	struct elf_file *elf;
	struct error *err;
	struct image im;
	struct dbg *dbg;

	(void)state;
	make(&im);
	elf = open_good(&im);
	err = dbg_open(elf, "/nonexistent", NULL, &dbg);
	assert_true(error_catch(&err, ERROR_NOT_FOUND));
	elf_file_close(elf);
	buf_deinit(&im.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_read),
		cmocka_unit_test(sections_are_inflated_once_and_padded),
		cmocka_unit_test(symbols_are_found_by_name_and_address),
		cmocka_unit_test(what_is_not_elf_is_refused),
		cmocka_unit_test(huge_counts_and_offsets_are_corrupt),
		cmocka_unit_test(section_bounds_are_checked),
		cmocka_unit_test(false_sizes_of_compressed_data_are_refused),
		cmocka_unit_test(every_truncation_of_the_file_ends_well),
		cmocka_unit_test(a_file_without_debug_information_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
