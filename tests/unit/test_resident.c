#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/attr.h"
#include "core/target/resident.h"

static const char smaps[] =
	"00400000-004da000 r-xp 00000000 08:01 1311   /srv/leaky\n"
	"Size:                872 kB\n"
	"Rss:                 500 kB\n"
	"Swap:                  8 kB\n"
	"VmFlags: rd ex mr mw me dw\n"
	"c000000000-c000400000 rw-p 00000000 00:00 0  [anon: Go: heap]\n"
	"Rss:                3000 kB\n"
	"7f0000000000-7f0000021000 rw-p 00000000 00:00 0 \n"
	"Rss:                  16 kB\n"
	"7f1000000000-7f1000021000 r--p 00000000 08:01 7 /lib/a b.so\n"
	"Rss:                   4 kB\n"
	"7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0 [stack]\n"
	"Rss:                  12 kB\n"
	"7ffd00000000-7ffd00002000 r-xp 00000000 00:00 0 [vdso]\n"
	"Rss:                   0 kB\n";

static void every_mapping_has_a_kind_and_its_figures(void **state)
{
	static const struct resident_range want[] = {
		{0x400000, 0x4da000, 500 << 10, 8 << 10, RESIDENT_BINARY},
		{0xc000000000, 0xc000400000, 3000 << 10, 0, RESIDENT_ANONYMOUS},
		{0x7f0000000000, 0x7f0000021000, 16 << 10, 0,
		 RESIDENT_ANONYMOUS},
		{0x7f1000000000, 0x7f1000021000, 4 << 10, 0, RESIDENT_FILE},
		{0x7ffc00000000, 0x7ffc00021000, 12 << 10, 0, RESIDENT_C},
		{0x7ffd00000000, 0x7ffd00002000, 0, 0, RESIDENT_OTHER},
	};
	CLEANUP(resident_deinit) struct resident got = {0};
	uint32_t i;

	(void)state;
	resident_parse(smaps, "/srv/leaky", &got);
	assert_int_equal(got.count, ARRAY_LEN(want));
	for (i = 0; i < got.count; i++) {
		assert_int_equal(got.ranges[i].start, want[i].start);
		assert_int_equal(got.ranges[i].end, want[i].end);
		assert_int_equal(got.ranges[i].rss, want[i].rss);
		assert_int_equal(got.ranges[i].swap, want[i].swap);
		assert_int_equal(got.ranges[i].kind, want[i].kind);
	}
}

static void lines_that_make_no_sense_are_left_out(void **state)
{
	static const char *const texts[] = {
		"",
		"\n\n",
		"Rss: 1 kB\n",
		"zz-yy rw-p\n",
		"2000-1000 r 0 0 0\n",
		"1000-2000",
		"1000-2000 rw-p 0 00:00",
	};
	uint32_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(texts); i++) {
		CLEANUP(resident_deinit) struct resident got = {0};

		resident_parse(texts[i], NULL, &got);
		assert_int_equal(got.count, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_mapping_has_a_kind_and_its_figures),
		cmocka_unit_test(lines_that_make_no_sense_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
