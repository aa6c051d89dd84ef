#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/xalloc.h"
#include "dwarf/dbg_attr.h"
#include "dwarf/dbg_scan.h"

enum { VERSION = 4, HEADER = 11, PAD = 64, SEEN_MAX = 64 };

/* A unit of DWARF 4 that is made entry by entry. */
struct made {
	struct buf info, abbrev, str;
	struct dbg_section sections[3];
	struct dbg_unit unit;
};

static void add(struct buf *b, uint64_t n, size_t bytes)
{
	buf_add(b, &n, bytes);
}

/* Pairs of attribute and form up to 0. */
static void add_abbrev(struct made *m, uint8_t code, uint8_t tag, bool children,
		       const uint8_t *pairs)
{
	add(&m->abbrev, code, 1);
	add(&m->abbrev, tag, 1);
	add(&m->abbrev, children, 1);
	for (; *pairs; pairs += 2)
		buf_add(&m->abbrev, pairs, 2);
	add(&m->abbrev, 0, 2);
}

static void begin(struct made *m)
{
	*m = (struct made){0};
	add(&m->info, 0, 4);
	add(&m->info, VERSION, 2);
	add(&m->info, 0, 4);
	add(&m->info, 8, 1);
	buf_adds(&m->str, "none");
	add(&m->str, 0, 1);
	add_abbrev(m, 1, 0x11, true, (const uint8_t[]){0});
	add(&m->info, 1, 1); /* the unit's own entry */
}

static void finish(struct made *m)
{
	struct buf *const bufs[] = {&m->info, &m->abbrev, &m->str};
	static const char *const names[] = {".debug_info", ".debug_abbrev",
					    ".debug_str"};
	static const char zeros[PAD];
	uint32_t length = (uint32_t)m->info.len - 4;
	size_t i;

	memcpy(m->info.data, &length, sizeof(length));
	add(&m->abbrev, 0, 1);
	m->unit = (struct dbg_unit){
		.next = m->info.len,
		.die = HEADER,
		.version = VERSION,
	};
	for (i = 0; i < 3; i++) {
		size_t len = bufs[i]->len;

		buf_add(bufs[i], zeros, sizeof(zeros));
		m->sections[i] = (struct dbg_section){
			names[i], (const uint8_t *)bufs[i]->data, len};
	}
}

static void end(struct made *m)
{
	buf_deinit(&m->info);
	buf_deinit(&m->abbrev);
	buf_deinit(&m->str);
}

struct seen {
	struct dbg_die dies[SEEN_MAX];
	unsigned depths[SEEN_MAX];
	size_t count;
	uint16_t closed; /* the tag whose children nobody wants */
};

static bool see(void *arg, const struct dbg_die *die, unsigned depth)
{
	struct seen *seen = arg;

	assert_true(seen->count < SEEN_MAX);
	seen->dies[seen->count] = *die;
	seen->depths[seen->count++] = depth;
	return die->tag != seen->closed;
}

static bool scan(const struct made *m, struct seen *seen)
{
	return dbg_scan_unit(m->sections, 3, &m->unit, see, seen);
}

static void same_text(const char *a, const char *b)
{
	assert_int_equal(!a, !b);
	if (a)
		assert_string_equal(a, b);
}

static void same_die(const struct dbg_die *a, const struct dbg_die *b)
{
	struct dbg_die x = *a, y = *b;

	same_text(x.name, y.name);
	x.name = y.name = NULL;
	assert_int_equal(x.location_len, y.location_len);
	assert_int_equal(!x.location, !y.location);
	if (x.location)
		assert_memory_equal(x.location, y.location, x.location_len);
	x.location = y.location = NULL;
	assert_memory_equal(&x, &y, sizeof(x));
}

/* Every known form, where libdwarf must find the same. */
static void is_read_as_by_libdwarf(const struct made *m, uint16_t closed)
{
	struct seen ours = {.closed = closed}, theirs = {.closed = closed};
	struct dbg_reader *reader;
	size_t i;

	assert_true(scan(m, &ours));
	assert_null(dbg_reader_open(m->sections, 3, &reader));
	assert_true(dbg_reader_walk(reader, m->unit.die, see, &theirs));
	assert_int_equal(ours.count, theirs.count);
	for (i = 0; i < ours.count; i++) {
		assert_int_equal(ours.depths[i], theirs.depths[i]);
		same_die(&ours.dies[i], &theirs.dies[i]);
	}
	dbg_reader_close(reader);
}

static void add_forms(struct made *m)
{
	/* name string, byte_size udata, low addr, high data4, type ref4,
	 * decl_line data2, location exprloc */
	add_abbrev(m, 2, 0x2e, false,
		   (const uint8_t[]){0x03, FORM_STRING, 0x0b, FORM_UDATA, 0x11,
				     FORM_ADDR, 0x12, FORM_DATA4, 0x49,
				     FORM_REF4, 0x3b, FORM_DATA2, 0x02,
				     FORM_EXPRLOC, 0});
	add(&m->info, 2, 1);
	buf_add(&m->info, "first", 6);
	add(&m->info, 0x018180, 3); /* 0x4080 as LEB128 */
	add(&m->info, 0x401000, 8);
	add(&m->info, 0x20, 4);
	add(&m->info, HEADER, 4);
	add(&m->info, 0xfffe, 2);
	add(&m->info, 3, 1);
	buf_add(&m->info, "abc", 3);
	/* name strp, const sdata, count data1, type ref_addr, declaration
	 * flag_present, location block1 */
	add_abbrev(m, 3, 0x34, false,
		   (const uint8_t[]){0x03, FORM_STRP, 0x1c, FORM_SDATA, 0x37,
				     FORM_DATA1, 0x49, FORM_REF_ADDR, 0x3c,
				     FORM_FLAG_PRESENT, 0x02, FORM_BLOCK1, 0});
	add(&m->info, 3, 1);
	add(&m->info, 0, 4);
	add(&m->info, 0x7f, 1);
	add(&m->info, 0xff, 1);
	add(&m->info, HEADER + 1, 4);
	add(&m->info, 2, 1);
	buf_add(&m->info, "xy", 2);
	/* const data1, upper bound data8, ranges sec_offset, location
	 * sec_offset, type ref1, output flag */
	add_abbrev(m, 4, 0x05, false,
		   (const uint8_t[]){0x1c, FORM_DATA1, 0x2f, FORM_DATA8, 0x55,
				     FORM_SEC_OFFSET, 0x02, FORM_SEC_OFFSET,
				     0x49, FORM_REF1, 0x4b, FORM_FLAG, 0});
	add(&m->info, 4, 1);
	add(&m->info, 0x80, 1);
	add(&m->info, 9, 8);
	add(&m->info, 0x1234, 4);
	add(&m->info, 0x5678, 4);
	add(&m->info, HEADER, 1);
	add(&m->info, 1, 1);
	add(&m->info, 0, 1); /* no more children of the unit */
}

static void all_forms_are_read_as_by_libdwarf(void **state)
{
	struct seen seen = {0};
	struct made m;

	(void)state;
	begin(&m);
	add_forms(&m);
	finish(&m);
	is_read_as_by_libdwarf(&m, 0);
	assert_true(scan(&m, &seen));
	assert_int_equal(seen.count, 3);
	assert_string_equal(seen.dies[0].name, "first");
	assert_int_equal(seen.dies[0].high, 0x401020);
	assert_int_equal(seen.dies[0].byte_size, 0x4080);
	assert_string_equal(seen.dies[1].name, "none");
	assert_int_equal(seen.dies[1].const_value, -1);
	assert_int_equal(seen.dies[2].const_value, -128);
	assert_int_equal(seen.dies[2].count, 10);
	end(&m);
}

/* A struct with a member, in it a struct with one; then one beside it. */
static void add_nested(struct made *m)
{
	const uint8_t name[] = {0x03, FORM_STRING, 0};

	add_abbrev(m, 2, DBG_TAG_STRUCTURE, true, name);
	add_abbrev(m, 3, DBG_TAG_MEMBER, false, name);
	add_abbrev(m, 4, DBG_TAG_UNION, true, name);
	buf_add(&m->info, "\2a", 3);
	buf_add(&m->info, "\3a1", 4);
	buf_add(&m->info, "\4u", 3);
	buf_add(&m->info, "\3u1", 4);
	add(&m->info, 0, 1);
	buf_add(&m->info, "\3a2", 4);
	add(&m->info, 0, 1);
	buf_add(&m->info, "\2b", 3);
	buf_add(&m->info, "\3b1", 4);
	add(&m->info, 0, 1);
	add(&m->info, 0, 1);
}

static void children_that_nobody_wants_are_passed_over(void **state)
{
	struct seen seen = {.closed = DBG_TAG_UNION};
	struct made m;

	(void)state;
	begin(&m);
	add_nested(&m);
	finish(&m);
	assert_true(scan(&m, &seen));
	assert_int_equal(seen.count, 6);
	assert_string_equal(seen.dies[3].name, "a2");
	assert_int_equal(seen.depths[3], 1);
	is_read_as_by_libdwarf(&m, 0);
	is_read_as_by_libdwarf(&m, DBG_TAG_UNION);
	is_read_as_by_libdwarf(&m, DBG_TAG_STRUCTURE);
	end(&m);
}

static void a_form_that_is_not_known_is_left_to_libdwarf(void **state)
{
	struct seen seen = {0};
	struct made m;

	(void)state;
	begin(&m);
	add_abbrev(&m, 2, 0x34, false, (const uint8_t[]){0x03, 0x1a, 0});
	add(&m.info, 2, 1);
	add(&m.info, 1, 1);
	add(&m.info, 0, 1);
	finish(&m);
	assert_false(scan(&m, &seen));
	assert_int_equal(seen.count, 0);
	end(&m);
}

static void a_unit_that_is_cut_anywhere_is_left_to_libdwarf(void **state)
{
	struct made m;
	size_t cut;

	(void)state;
	begin(&m);
	add_forms(&m);
	finish(&m);
	for (cut = 0; cut + 1 < m.unit.next; cut++) {
		CLEANUP(free_cleanup) uint8_t *info = xcalloc(cut + PAD, 1);
		struct seen seen = {0};
		struct made less = m;

		memcpy(info, m.info.data, cut);
		less.sections[0].data = info;
		less.sections[0].size = cut;
		assert_false(scan(&less, &seen));
		less.unit.next = cut;
		assert_false(scan(&less, &seen));
	}
	end(&m);
}

static void abbreviations_that_are_cut_are_left_to_libdwarf(void **state)
{
	struct made m;
	size_t cut;

	(void)state;
	begin(&m);
	add_forms(&m);
	finish(&m);
	for (cut = 0; cut < m.sections[1].size; cut++) {
		struct seen seen = {0};
		struct made less = m;

		less.sections[1].size = cut;
		assert_false(scan(&less, &seen));
		assert_int_equal(seen.count, 0);
	}
	end(&m);
}

static void a_string_must_end_inside_its_section(void **state)
{
	struct seen seen = {0};
	struct made m;

	(void)state;
	begin(&m);
	add_forms(&m);
	finish(&m);
	m.sections[2].size = 4;
	assert_false(scan(&m, &seen));
	end(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_forms_are_read_as_by_libdwarf),
		cmocka_unit_test(children_that_nobody_wants_are_passed_over),
		cmocka_unit_test(a_form_that_is_not_known_is_left_to_libdwarf),
		cmocka_unit_test(
			a_unit_that_is_cut_anywhere_is_left_to_libdwarf),
		cmocka_unit_test(
			abbreviations_that_are_cut_are_left_to_libdwarf),
		cmocka_unit_test(a_string_must_end_inside_its_section),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
