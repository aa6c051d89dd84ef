#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/xalloc.h"
#include "core/target/sample_priv.h"

static void sample_cleanup(struct sample **sample)
{
	sample_free(*sample);
}

static void an_overlay_adds_memory_to_a_sample(void **state)
{
	CLEANUP(sample_cleanup) struct sample *below = sample_new_fake();
	CLEANUP(sample_cleanup) struct sample *s = sample_new_overlay(below);
	static const uint8_t low[] = {1, 2, 3, 4};
	uint8_t bytes[] = {5, 6, 7};
	uint64_t a, b, none;
	uint8_t byte;

	(void)state;
	sample_fake_add(below, 0x1000, low, sizeof(low));
	a = sample_overlay_add(s, bytes, sizeof(bytes));
	none = sample_overlay_add(s, NULL, 0);
	bytes[0] = 9;
	b = sample_overlay_add(s, bytes, sizeof(bytes));
	assert_true(a >= SAMPLE_OVERLAY && none > a && b > none);
	assert_true(sample_u8(s, a, &byte) && byte == 5);
	assert_true(sample_u8(s, b, &byte) && byte == 9);
	assert_true(sample_u8(s, 0x1003, &byte) && byte == 4);
	assert_int_equal(sample_extent(s, 0x1001, 100), 3);
	assert_false(sample_u8(s, 0x1004, &byte));
	assert_false(sample_u8(s, a + 3, &byte));
	assert_false(sample_u8(below, a, &byte));
}

static void fake_bytes_are_viewed_where_they_were_added(void **state)
{
	CLEANUP(sample_cleanup) struct sample *s = sample_new_fake();
	static const uint8_t high[] = {9, 8, 7};
	static const uint8_t low[] = {1, 2, 3, 4, 5, 6, 7, 8};
	const uint8_t *p;

	(void)state;
	sample_fake_add(s, 0x2001, high, sizeof(high));
	sample_fake_add(s, 0x1000, low, sizeof(low));
	p = sample_view(s, 0x1002, 6);
	assert_non_null(p);
	assert_int_equal(p[0], 3);
	assert_null(sample_view(s, 0x1002, 7));
	assert_null(sample_view(s, 0x1002, 0));
	assert_null(sample_view(s, 0xfff, 1));
	assert_null(sample_view(s, 0x2002, UINT64_MAX));
	assert_null(sample_view(s, UINT64_MAX, 2));
	assert_int_equal(sample_extent(s, 0x1003, 100), 5);
	assert_int_equal(sample_extent(s, 0x1003, 2), 2);
	assert_int_equal(sample_extent(s, 0x3000, 2), 0);
}

static void loads_are_little_endian_and_fail_to_zero(void **state)
{
	CLEANUP(sample_cleanup) struct sample *s = sample_new_fake();
	static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
	uint64_t q = 7;
	uint32_t d = 7;
	uint16_t w = 7;
	uint8_t b = 7;

	(void)state;
	sample_fake_add(s, 0x1000, bytes, sizeof(bytes));
	assert_true(sample_u64(s, 0x1001, &q));
	assert_true(q == 0x0908070605040302ULL);
	assert_true(sample_u32(s, 0x1003, &d));
	assert_int_equal(d, 0x07060504);
	assert_true(sample_u16(s, 0x1007, &w));
	assert_int_equal(w, 0x0908);
	assert_true(sample_u8(s, 0x1008, &b));
	assert_int_equal(b, 9);
	assert_false(sample_u64(s, 0x1002, &q));
	assert_true(q == 0);
	assert_false(sample_u8(s, 0x1009, &b));
	assert_int_equal(b, 0);
}

static void reads_join_neighbouring_segments(void **state)
{
	CLEANUP(sample_cleanup) struct sample *s = sample_new_fake();
	static const uint8_t low[] = {1, 2, 3, 4}, high[] = {5, 6, 7, 8};
	uint8_t out[8];
	uint64_t q;
	struct error *err;

	(void)state;
	sample_fake_add(s, 0x1000, low, sizeof(low));
	sample_fake_add(s, 0x1004, high, sizeof(high));
	err = sample_read(s, 0x1001, out, 6);
	assert_null(err);
	assert_memory_equal(out, ((uint8_t[]){2, 3, 4, 5, 6, 7}), 6);
	assert_null(sample_view(s, 0x1001, 6));
	assert_true(sample_u64(s, 0x1000, &q));
	assert_true(q == 0x0807060504030201ULL);
	err = sample_read(s, 0x1004, out, 5);
	assert_non_null(err);
	assert_int_equal(err->code, ERROR_FAULT);
	assert_true(err->address == 0x1004);
	error_free(err);
}

static void only_pages_that_were_copied_can_be_seen(void **state)
{
	CLEANUP(sample_cleanup) struct sample *s = sample_new(SAMPLE_LIVE);
	struct segment seg, *in;

	(void)state;
	assert_null(
		segment_reserve(0x10000, 0x10000 + 200 * 4096, -1, 0, &seg));
	assert_true(sample_add_segment(s, &seg));
	in = sample_segment(s, 0x10000);
	assert_non_null(in);
	segment_set_present(in, 0x11000, 0x11000 + 130 * 4096);
	assert_null(sample_view(s, 0x10fff, 2));
	assert_null(sample_view(s, 0x10fff, 1));
	assert_non_null(sample_view(s, 0x11000, 130 * 4096));
	assert_null(sample_view(s, 0x11000, 130 * 4096 + 1));
	assert_int_equal(sample_extent(s, 0x11010, 1 << 30), 130 * 4096 - 16);
	assert_int_equal(sample_extent(s, 0x10000, 1 << 30), 0);
}

static void overlapping_segments_are_refused(void **state)
{
	CLEANUP(sample_cleanup) struct sample *s = sample_new_fake();
	static uint8_t bytes[64];
	struct segment seg = {.start = 0x1010, .end = 0x1020, .base = bytes};

	(void)state;
	assert_true(sample_add_segment(s, &seg));
	assert_false(sample_add_segment(s, &seg));
	seg.start = 0x1000;
	seg.end = 0x1011;
	assert_false(sample_add_segment(s, &seg));
	seg.start = 0x101f;
	seg.end = 0x1030;
	assert_false(sample_add_segment(s, &seg));
	seg.start = seg.end = 0x1040;
	assert_false(sample_add_segment(s, &seg));
	seg.start = 0x1020;
	assert_true(sample_add_segment(s, &seg));
}

static void file_pages_are_fetched_on_first_use(void **state)
{
	CLEANUP(sample_cleanup) struct sample *s = sample_new(SAMPLE_CORE);
	char name[] = "/tmp/test_sample_XXXXXX";
	int fd = mkstemp(name);
	struct segment seg;
	uint8_t byte = 0;
	uint64_t last = 1;

	(void)state;
	assert_true(fd >= 0);
	unlink(name);
	assert_int_equal(ftruncate(fd, 100 * 4096), 0);
	assert_int_equal(pwrite(fd, "abc", 3, 5000), 3);
	assert_null(
		segment_reserve(0x100000, 0x100000 + 64 * 4096, -1, 0, &seg));
	seg.source = SOURCE_FILE;
	seg.fd = sample_own_fd(s, fd);
	seg.file_offset = 4096;
	seg.file_bytes = 20 * 4096 + 1;
	assert_true(sample_add_segment(s, &seg));
	assert_true(sample_u8(s, 0x100000 + 5000 - 4096 + 2, &byte));
	assert_int_equal(byte, 'c');
	assert_true(sample_u64(s, 0x100000 + 64 * 4096 - 8, &last));
	assert_true(last == 0);
	assert_non_null(sample_view(s, 0x100000, 64 * 4096));
	assert_null(sample_view(s, 0x100000, 64 * 4096 + 1));
}

static void a_truncated_file_reads_as_absent_not_as_zero(void **state)
{
	CLEANUP(sample_cleanup) struct sample *s = sample_new(SAMPLE_CORE);
	char name[] = "/tmp/test_sample_XXXXXX";
	int fd = mkstemp(name);
	struct segment seg;

	(void)state;
	assert_true(fd >= 0);
	unlink(name);
	assert_int_equal(ftruncate(fd, 4096 + 10), 0);
	assert_null(
		segment_reserve(0x100000, 0x100000 + 4 * 4096, -1, 0, &seg));
	seg.source = SOURCE_FILE;
	seg.fd = sample_own_fd(s, fd);
	seg.file_bytes = 4 * 4096;
	assert_true(sample_add_segment(s, &seg));
	assert_non_null(sample_view(s, 0x100000, 4096));
	assert_null(sample_view(s, 0x101000, 1));
}

static void warnings_are_kept_in_order(void **state)
{
	CLEANUP(sample_cleanup) struct sample *s = sample_new_fake();

	(void)state;
	sample_warn(s, "first %d", 1);
	sample_warn(s, "second");
	assert_int_equal(sample_info(s)->warning_count, 2);
	assert_string_equal(sample_info(s)->warnings[0], "first 1");
	assert_string_equal(sample_info(s)->warnings[1], "second");
}

static void a_fake_cannot_be_resumed(void **state)
{
	CLEANUP(sample_cleanup) struct sample *s = sample_new_fake();
	struct error *err = sample_resume(s);

	(void)state;
	assert_non_null(err);
	error_free(err);
	assert_int_equal(sample_state(s), TARGET_FILE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_overlay_adds_memory_to_a_sample),
		cmocka_unit_test(fake_bytes_are_viewed_where_they_were_added),
		cmocka_unit_test(loads_are_little_endian_and_fail_to_zero),
		cmocka_unit_test(reads_join_neighbouring_segments),
		cmocka_unit_test(only_pages_that_were_copied_can_be_seen),
		cmocka_unit_test(overlapping_segments_are_refused),
		cmocka_unit_test(file_pages_are_fetched_on_first_use),
		cmocka_unit_test(a_truncated_file_reads_as_absent_not_as_zero),
		cmocka_unit_test(warnings_are_kept_in_order),
		cmocka_unit_test(a_fake_cannot_be_resumed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
