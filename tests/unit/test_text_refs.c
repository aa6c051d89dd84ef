#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/attr.h"
#include "core/go/text_refs.h"

enum { TEXT_AT = 0x401000, ROOM = 4096 };

struct code {
	uint8_t bytes[ROOM];
	uint64_t len;
};

static void add(struct code *code, const void *bytes, size_t len)
{
	memcpy(code->bytes + code->len, bytes, len);
	code->len += len;
}

/** An instruction of 7 bytes that refers to @p to. */
static void refer(struct code *code, uint8_t rex, uint8_t op, uint8_t modrm,
		  uint64_t to)
{
	uint8_t bytes[7] = {rex, op, modrm};
	int32_t rel = (int32_t)(int64_t)(to - (TEXT_AT + code->len + 7));

	memcpy(bytes + 3, &rel, 4);
	add(code, bytes, sizeof(bytes));
}

static void end(struct code *code)
{
	memset(code->bytes + code->len, 0xcc, 100);
	code->len += 100;
}

static struct text_refs read_all(const struct code *code)
{
	struct text_refs refs = {.low = TEXT_AT, .high = TEXT_AT + ROOM};

	text_refs_add(&refs, code->bytes, TEXT_AT, code->len, code->len);
	text_refs_sort(&refs);
	return refs;
}

static void the_allocation_of_a_closure_tells_its_type(void **state)
{
	static const struct {
		const char *between; /* the lea of the type and the call */
		size_t len;
		uint8_t modrm; /* which register has the type */
	} forms[] = {
		{"", 0, 0x05},
		{"\x90", 1, 0x05},
		{"\x66\x90", 2, 0x05},
		{"\x0f\x1f\x44\x00\x00", 5, 0x05},
		{"\x66\x0f\x1f\x84\x00\x00\x00\x00\x00", 9, 0x05},
		/* since Go 1.27: mov $24, %eax; mov $1, %ecx */
		{"\xb8\x18\x00\x00\x00\xb9\x01\x00\x00\x00", 10, 0x1d},
		{"\xb8\x18\x00\x00\x00\xb9\x01\x00\x00\x00\x90", 11, 0x1d},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(forms); i++) {
		struct code code = {.len = 13};

		refer(&code, 0x48, 0x8d, forms[i].modrm, 0x500000 + i);
		add(&code, forms[i].between, forms[i].len);
		add(&code, "\xe8\x00\x01\x00\x00", 5);
		refer(&code, 0x48, 0x8d, 0x0d, TEXT_AT + 0x800);
		add(&code, "\x48\x89\x08", 3); /* mov %rcx, (%rax) */
		end(&code);

		struct text_refs refs = read_all(&code);

		assert_int_equal(refs.site_count, 1);
		assert_int_equal(refs.sites[0].function, TEXT_AT + 0x800);
		assert_int_equal(refs.sites[0].rtype, 0x500000 + i);
		text_refs_deinit(&refs);
	}
}

static void what_is_stored_first_must_be_code(void **state)
{
	struct code code = {.len = 1};
	struct text_refs refs;

	(void)state;
	refer(&code, 0x48, 0x8d, 0x05, 0x500000);
	add(&code, "\xe8\x00\x01\x00\x00", 5);
	refer(&code, 0x48, 0x8d, 0x0d, 0x600000); /* data */
	add(&code, "\x48\x89\x08", 3);
	refer(&code, 0x4c, 0x8d, 0x05, TEXT_AT + 0x900);
	add(&code, "\x4c\x89\x00", 3); /* mov %r8, (%rax) */
	end(&code);
	refs = read_all(&code);
	assert_int_equal(refs.site_count, 1);
	assert_int_equal(refs.sites[0].function, TEXT_AT + 0x900);
	text_refs_deinit(&refs);

	/* another allocation comes between */
	code = (struct code){.len = 1};
	refer(&code, 0x48, 0x8d, 0x05, 0x500000);
	add(&code, "\xe8\x00\x01\x00\x00", 5);
	refer(&code, 0x48, 0x8d, 0x05, 0x500100);
	refer(&code, 0x48, 0x8d, 0x0d, TEXT_AT + 0x800);
	add(&code, "\x48\x89\x08", 3);
	end(&code);
	refs = read_all(&code);
	assert_int_equal(refs.site_count, 0);
	text_refs_deinit(&refs);
}

static void stores_to_data_are_found_in_order(void **state)
{
	struct code code = {.len = 3};
	struct text_refs refs;

	(void)state;
	refer(&code, 0x48, 0x89, 0x05, 0x700000); /* %rax */
	refer(&code, 0x48, 0x8b, 0x05, 0x700008); /* a load */
	refer(&code, 0x4c, 0x89, 0x3d, 0x700010); /* %r15 */
	refer(&code, 0x40, 0x89, 0x05, 0x700018); /* 32 bits */
	code.len += 40;
	refer(&code, 0x48, 0x89, 0x0d, 0x700020); /* up to the very end */
	refs = read_all(&code);
	assert_int_equal(refs.store_count, 3);
	assert_int_equal(refs.stores[0].at, TEXT_AT + 3);
	assert_int_equal(refs.stores[0].to, 0x700000);
	assert_int_equal(refs.stores[1].at, TEXT_AT + 17);
	assert_int_equal(refs.stores[1].to, 0x700010);
	assert_int_equal(refs.stores[2].to, 0x700020);
	text_refs_deinit(&refs);
}

/** Bytes of which many look like the instructions looked for. */
static void fill(struct code *code, uint32_t seed)
{
	static const uint8_t likely[] = {0x48, 0x4c, 0x8d, 0x89, 0x05, 0x1d,
					 0xe8, 0x08, 0x00, 0x90, 0x0d, 0x66,
					 0x0f, 0x1f, 0xb8, 0xff};

	for (code->len = 0; code->len < ROOM; code->len++) {
		seed = seed * 1664525 + 1013904223;
		code->bytes[code->len] = likely[seed >> 28];
	}
}

static void pieces_say_what_the_whole_says(void **state)
{
	static const uint64_t sizes[] = {1, 15, 16, 17, 100, 1000, ROOM};
	struct code code;
	uint64_t found = 0, at;
	uint32_t seed;
	size_t i;

	(void)state;
	for (seed = 0; seed < 64; seed++) {
		fill(&code, seed);
		struct text_refs whole = read_all(&code);

		found += whole.store_count;
		for (i = 0; i < ARRAY_LEN(sizes); i++) {
			struct text_refs refs = {.low = TEXT_AT,
						 .high = TEXT_AT + ROOM};

			for (at = 0; at < ROOM; at += sizes[i])
				text_refs_add(&refs, code.bytes + at,
					      TEXT_AT + at, ROOM - at,
					      sizes[i]);
			text_refs_sort(&refs);
			assert_int_equal(refs.store_count, whole.store_count);
			assert_int_equal(refs.site_count, whole.site_count);
			assert_memory_equal(refs.stores, whole.stores,
					    refs.store_count *
						    sizeof(*refs.stores));
			text_refs_deinit(&refs);
		}
		text_refs_deinit(&whole);
	}
	assert_true(found > 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_allocation_of_a_closure_tells_its_type),
		cmocka_unit_test(what_is_stored_first_must_be_code),
		cmocka_unit_test(stores_to_data_are_found_in_order),
		cmocka_unit_test(pieces_say_what_the_whole_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
