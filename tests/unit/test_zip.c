#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/base/xalloc.h"
#include "core/base/zip.h"
#include "tests/support/folder.h"

enum { LARGE = 200000 };
static const uint64_t SOME_TIME = 1767323045006000000; /* 2026-01-02 03:04:05 */

static void ok(struct error *err)
{
	if (err)
		fail_msg("%s", err->message);
}

static uint32_t le(const unsigned char *p, unsigned bytes)
{
	return bytes ? p[0] | le(p + 1, bytes - 1) << 8 : 0;
}

static size_t read_all(const char *path, unsigned char *ret, size_t size)
{
	FILE *f = fopen(path, "rbe");
	size_t n;

	assert_non_null(f);
	n = fread(ret, 1, size, f);
	fclose(f);
	return n;
}

/* What the local header at @p p holds, unpacked. */
static void member_is(const unsigned char *p, const char *name,
		      const unsigned char *bytes, size_t len)
{
	CLEANUP(free_cleanup) unsigned char *plain = xmalloc(len + 1);
	uint32_t packed = le(p + 18, 4), name_len = le(p + 26, 2);
	const unsigned char *data = p + 30 + name_len;
	z_stream z = {.next_in = (unsigned char *)(uintptr_t)data,
		      .avail_in = packed,
		      .next_out = plain,
		      .avail_out = (uInt)len + 1};

	assert_int_equal(le(p, 4), 0x04034b50);
	assert_int_equal(le(p + 22, 4), len);
	assert_int_equal(le(p + 14, 4), crc32_z(0, bytes, len));
	assert_memory_equal(p + 30, name, name_len);
	assert_int_equal(name_len, strlen(name));
	if (le(p + 8, 2) == 0) {
		assert_int_equal(packed, len);
		assert_memory_equal(data, bytes, len);
		return;
	}
	assert_int_equal(inflateInit2(&z, -MAX_WBITS), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.total_out, len);
	assert_memory_equal(plain, bytes, len);
	inflateEnd(&z);
}

static void members_come_back_through_the_directory(void **state)
{
	CLEANUP(free_cleanup) char *path = test_path("a.zip");
	CLEANUP(free_cleanup) unsigned char *large = xcalloc(LARGE, 1);
	CLEANUP(free_cleanup) unsigned char *file = xmalloc(LARGE);
	const unsigned char *end, *entry;
	struct zip *zip = NULL;
	struct stat st;
	size_t n;

	(void)state;
	ok(zip_create(path, false, &zip));
	ok(zip_add(zip, "d/large", large, LARGE, SOME_TIME));
	ok(zip_add(zip, "d/short", "abc", 3, SOME_TIME));
	ok(zip_add(zip, "empty", "", 0, 0));
	assert_return_code(access(test_folder(), F_OK), 0);
	assert_int_equal(access(path, F_OK), -1);
	ok(zip_publish(zip));
	zip_free(zip);
	assert_return_code(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	n = read_all(path, file, LARGE);
	assert_true(n < 2000); /* zeros deflate well */
	end = file + n - 22;
	assert_int_equal(le(end, 4), 0x06054b50);
	assert_int_equal(le(end + 10, 2), 3);
	entry = file + le(end + 16, 4);
	assert_int_equal(le(entry, 4), 0x02014b50);
	/* 2026-01-02 03:04:04, two seconds fine */
	assert_int_equal(le(entry + 12, 4), 46u << 25 | 1u << 21 | 2u << 16 |
						    3u << 11 | 4u << 5 | 2u);
	member_is(file + le(entry + 42, 4), "d/large", large, LARGE);
	entry += 46 + le(entry + 28, 2);
	member_is(file + le(entry + 42, 4), "d/short",
		  (const unsigned char *)"abc", 3);
	entry += 46 + le(entry + 28, 2);
	member_is(file + le(entry + 42, 4), "empty", (const unsigned char *)"",
		  0);
	assert_return_code(unlink(path), 0);
}

static void what_is_not_published_leaves_nothing(void **state)
{
	CLEANUP(free_cleanup) char *path = test_path("b.zip");
	struct zip *zip = NULL;

	(void)state;
	ok(zip_create(path, false, &zip));
	ok(zip_add(zip, "x", "x", 1, 0));
	zip_free(zip);
	/* test_folder_remove_empty() fails on a file left behind */
	assert_int_equal(access(path, F_OK), -1);
}

static void names_cannot_leave_the_folder(void **state)
{
	static const char *const bad[] = {"", "/x", "../x", "a/../x", "a\\b"};
	CLEANUP(free_cleanup) char *path = test_path("c.zip");
	struct zip *zip = NULL;
	size_t i;

	(void)state;
	ok(zip_create(path, false, &zip));
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct error *err = zip_add(zip, bad[i], "x", 1, 0);

		assert_non_null(err);
		error_free(err);
	}
	zip_free(zip);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_come_back_through_the_directory),
		cmocka_unit_test(what_is_not_published_leaves_nothing),
		cmocka_unit_test(names_cannot_leave_the_folder),
	};

	return cmocka_run_group_tests(tests, test_folder_make,
				      test_folder_remove_empty);
}
