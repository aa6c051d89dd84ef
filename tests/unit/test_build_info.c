#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "dwarf/build_info_parse.h"

static void add_string(struct buf *b, const char *s, size_t len)
{
	size_t left = len;

	for (; left >= 0x80; left >>= 7)
		buf_addc(b, (char)(0x80 | (left & 0x7f)));
	buf_addc(b, (char)left);
	buf_add(b, s, len);
}

static void make(struct buf *b, char flags, const char *version,
		 const char *lines)
{
	static const char zeros[16];
	struct buf modules = {0};

	buf_add(b, "\xff Go buildinf:\x08", 15);
	buf_addc(b, flags);
	buf_add(b, zeros, 16);
	add_string(b, version, strlen(version));
	buf_adds(&modules, "0123456789abcdef");
	buf_adds(&modules, lines);
	buf_adds(&modules, "fedcba9876543210");
	add_string(b, modules.data, modules.len);
	buf_deinit(&modules);
}

static void version_is(const char *text, int minor, const char *version,
		       const char *experiments)
{
	CLEANUP(buf_deinit) struct buf b = {0};
	struct build_info info;

	make(&b, 2, text, "\n");
	assert_null(build_info_parse(b.data, b.len, &info));
	assert_int_equal(info.major, 1);
	assert_int_equal(info.minor, minor);
	assert_string_equal(info.version, version);
	assert_string_equal(info.experiments, experiments);
	build_info_deinit(&info);
}

static void every_form_of_version_is_understood(void **state)
{
	(void)state;
	version_is("go1.19", 19, "go1.19", "");
	version_is("go1.26rc1", 26, "go1.26rc1", "");
	version_is("go1.24.4 X:noswissmap", 24, "go1.24.4", "noswissmap");
	version_is("go1.27.3-X:a,b", 27, "go1.27.3", "a,b");
	version_is("devel go1.28-abc", 99, "devel go1.28-abc", "");
}

static void settings_and_module_are_read(void **state)
{
	CLEANUP(buf_deinit) struct buf b = {0};
	struct build_info info;

	(void)state;
	make(&b, 2, "go1.26.8",
	     "path\tx.org/a/cmd/b\nmod\tx.org/a\tv1.2.3\th1:=\n"
	     "dep\tx.org/c\tv1\nbuild\t-ldflags=\"-s \\\"\\x41\\n\"\n"
	     "build\tGOEXPERIMENT=none\nbuild\t-trimpath=true\n");
	assert_null(build_info_parse(b.data, b.len, &info));
	assert_string_equal(info.path, "x.org/a/cmd/b");
	assert_string_equal(info.module, "x.org/a");
	assert_string_equal(info.module_version, "v1.2.3");
	assert_int_equal(info.setting_count, 3);
	assert_string_equal(build_info_setting(&info, "-ldflags"), "-s \"A\n");
	assert_string_equal(build_info_setting(&info, "-trimpath"), "true");
	assert_null(build_info_setting(&info, "-race"));
	build_info_deinit(&info);
}

static void pointer_form_is_refused(void **state)
{
	CLEANUP(buf_deinit) struct buf b = {0};
	struct build_info info;
	struct error *err;

	(void)state;
	make(&b, 0, "go1.17", "\n");
	err = build_info_parse(b.data, b.len, &info);
	assert_non_null(err);
	assert_int_equal(err->code, ERROR_UNSUPPORTED);
	error_free(err);
}

static void every_truncation_ends_well(void **state)
{
	CLEANUP(buf_deinit) struct buf b = {0};
	size_t len, whole = 0;

	(void)state;
	make(&b, 2, "go1.26.8", "path\tx\nbuild\t\"a b\"=\"c\"\n");
	for (len = 0; len <= b.len; len++) {
		struct buf part = {0};
		struct build_info info;
		struct error *err;

		buf_add(&part, b.data, len);
		err = build_info_parse(part.data, len, &info);
		whole += !err && info.setting_count == 1;
		if (!err)
			build_info_deinit(&info);
		error_free(err);
		buf_deinit(&part);
	}
	assert_int_equal(whole, 1);
}

static void a_huge_length_is_corrupt(void **state)
{
	static const char bytes[] = "\xff Go buildinf:\x08\x02"
				    "0123456789abcdef"
				    "\xff\xff\xff\xff\xff\xff\xff\xff\x7fgo";
	struct build_info info;
	struct error *err;

	(void)state;
	err = build_info_parse(bytes, sizeof(bytes), &info);
	assert_non_null(err);
	assert_int_equal(err->code, ERROR_CORRUPT);
	error_free(err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_version_is_understood),
		cmocka_unit_test(settings_and_module_are_read),
		cmocka_unit_test(pointer_form_is_refused),
		cmocka_unit_test(every_truncation_ends_well),
		cmocka_unit_test(a_huge_length_is_corrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
