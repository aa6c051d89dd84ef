#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/target/live_map.h"
#include "core/target/procfs.h"
#include "core/target/ranges.h"

static struct error *parse(const char *text, struct sample_mapping **maps,
			   size_t *count)
{
	return procfs_parse_maps(text, strlen(text), maps, count);
}

static void map_lines_become_mappings(void **state)
{
	static const char text[] =
		"00400000-004a0000 r-xp 00001000 fe:00 123      /usr/bin/a b\n"
		"c000000000-c004000000 rw-p 00000000 00:00 0 \n"
		"7f0000000000-7f0000001000 rw-s 00000000 00:01 9 /memfd:x\n"
		"7ffc00000000-7ffc00001000 r--p 00000000 00:00 0 [vvar]\n"
		"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 "
		"[vsyscall]";
	struct sample_mapping *maps = NULL;
	size_t n = 0;

	(void)state;
	assert_null(parse(text, &maps, &n));
	assert_int_equal(n, 5);
	assert_true(maps[0].start == 0x400000 && maps[0].end == 0x4a0000);
	assert_true(maps[0].readable && maps[0].executable);
	assert_false(maps[0].writable || maps[0].shared || maps[0].anonymous);
	assert_true(maps[0].file_offset == 0x1000);
	assert_string_equal(maps[0].path, "/usr/bin/a b");
	assert_true(maps[1].anonymous && maps[1].writable);
	assert_string_equal(maps[1].path, "");
	assert_true(maps[2].shared && !maps[2].anonymous);
	assert_int_equal(live_map_class(&maps[0]), MAP_TEXT);
	assert_int_equal(live_map_class(&maps[1]), MAP_WRITABLE);
	assert_int_equal(live_map_class(&maps[2]), MAP_SKIP);
	assert_int_equal(live_map_class(&maps[3]), MAP_SKIP);
	assert_int_equal(live_map_class(&maps[4]), MAP_SKIP);
	sample_mappings_free(maps, n);
}

static void map_lines_that_make_no_sense_are_errors(void **state)
{
	static const char *const bad[] = {
		"x",
		"1000-2000",
		"1000-2000 r",
		"1000-2000 rw-p 0 00:00",
		"2000-1000 rw-p 0 00:00 0",
		"1000-1000 rw-p 0 00:00 0",
		"-2000 rw-p 0 00:00 0",
		"11111111111111111-2 rw-p 0 00:00 0",
		"1000-3000 rw-p 0 00:00 0\n2000-4000 rw-p 0 00:00 0",
		"3000-4000 rw-p 0 00:00 0\n1000-2000 rw-p 0 00:00 0",
		"1000-2000 rw-p 0 00:00 0\n\xff\xff",
	};
	size_t i, n = 0;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sample_mapping *maps = NULL;
		struct error *err = parse(bad[i], &maps, &n);

		if (!err)
			fail_msg("accepted '%s'", bad[i]);
		assert_int_equal(err->code, ERROR_CORRUPT);
		error_free(err);
	}
}

static void a_cut_map_file_never_reads_past_its_end(void **state)
{
	static const char text[] =
		"00400000-004a0000 r-xp 00001000 fe:00 123      /a\n";
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(text); len++) {
		char *copy = malloc(len + 1);
		struct sample_mapping *maps = NULL;
		struct error *err;
		size_t n = 0;

		memcpy(copy, text, len);
		err = procfs_parse_maps(copy, len, &maps, &n);
		if (!err)
			sample_mappings_free(maps, n);
		error_free(err);
		free(copy);
	}
}

static void a_command_name_cannot_forge_the_state(void **state)
{
	static const char text[] =
		"77 (x) Z 1 (y) S 5 77 77 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 "
		"0 4242 100 200 18446744073709551615 4194304 5000000 "
		"140700000000000 0 0";
	struct proc_stat stat;

	(void)state;
	assert_true(procfs_parse_stat(text, strlen(text), &stat));
	assert_int_equal(stat.state, 'S');
	assert_int_equal(stat.ppid, 5);
	assert_true(stat.minor_faults == 1);
	assert_true(stat.user_ticks == 5);
	assert_true(stat.start_time == 4242);
	assert_true(stat.start_code == 4194304);
	assert_true(stat.start_stack == 140700000000000);
	assert_false(procfs_parse_stat("1 (x", 4, &stat));
	assert_false(procfs_parse_stat("1 (x) R 1 2", 11, &stat));
	assert_false(procfs_parse_stat("", 0, &stat));
}

static void status_lines_are_found_by_name(void **state)
{
	static const char text[] = "Name:\tserver\nTgid:\t70\nTracerPid:\t12\n"
				   "Uid:\t1000\t1001\t0\t0\nThreads:\t9\n"
				   "VmRSS:\t    2048 kB\nSeccomp:\t2\n"
				   "CapEff:\t0000000000080000\n";
	struct proc_status status;

	(void)state;
	assert_true(procfs_parse_status(text, strlen(text), &status));
	assert_string_equal(status.name, "server");
	assert_int_equal(status.tgid, 70);
	assert_int_equal(status.tracer, 12);
	assert_int_equal(status.uid, 1000);
	assert_int_equal(status.euid, 1001);
	assert_int_equal(status.threads, 9);
	assert_true(status.rss_bytes == 2048 * 1024);
	assert_int_equal(status.seccomp, 2);
	assert_true(status.cap_effective == 1 << 19);
	assert_false(procfs_parse_status("nonsense", 8, &status));
}

static void ranges_are_merged_cut_and_subtracted(void **state)
{
	CLEANUP(ranges_deinit) struct ranges set = {0};
	CLEANUP(ranges_deinit) struct ranges out = {0};

	(void)state;
	ranges_add(&set, 0x5000, 0x6000);
	ranges_add(&set, 0x1001, 0x1002);
	ranges_add(&set, 0x1002, 0x1100);
	ranges_add(&set, 0x9000, 0x9000);
	ranges_normalise(&set);
	assert_int_equal(set.n, 2);
	ranges_page_align(&set);
	assert_true(set.v[0].start == 0x1000 && set.v[0].end == 0x2000);
	assert_true(ranges_bytes(&set) == 0x2000);
	ranges_add_minus(&out, 0x800, 0x5800, &set);
	assert_int_equal(out.n, 2);
	assert_true(out.v[0].start == 0x800 && out.v[0].end == 0x1000);
	assert_true(out.v[1].start == 0x2000 && out.v[1].end == 0x5000);
	out.n = 0;
	ranges_add_common(&out, 0x1800, 0x5800, &set);
	assert_int_equal(out.n, 2);
	assert_true(out.v[0].start == 0x1800 && out.v[0].end == 0x2000);
	assert_true(out.v[1].start == 0x5000 && out.v[1].end == 0x5800);
	out.n = 0;
	ranges_add_minus(&out, 0x5100, 0x5200, &set);
	assert_int_equal(out.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_lines_become_mappings),
		cmocka_unit_test(map_lines_that_make_no_sense_are_errors),
		cmocka_unit_test(a_cut_map_file_never_reads_past_its_end),
		cmocka_unit_test(a_command_name_cannot_forge_the_state),
		cmocka_unit_test(status_lines_are_found_by_name),
		cmocka_unit_test(ranges_are_merged_cut_and_subtracted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
