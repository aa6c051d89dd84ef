#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/new_file.h"
#include "core/base/xalloc.h"
#include "tests/support/folder.h"

static struct error *write_text(const char *path, const char *text, bool force)
{
	return new_file_put(path, text, strlen(text), force);
}

static void holds(const char *path, const char *text)
{
	char bytes[64] = "";
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	assert_true(fread(bytes, 1, sizeof(bytes) - 1, f) > 0);
	fclose(f);
	assert_string_equal(bytes, text);
}

static void it_appears_when_complete_for_its_owner(void **state)
{
	CLEANUP(free_cleanup) char *path = test_path("a");
	struct new_file file = {.fd = -1};
	struct stat st;

	(void)state;
	assert_null(new_file_create(path, false, &file));
	assert_null(new_file_write(&file, "x", 1, 0));
	assert_int_equal(access(path, F_OK), -1);
	new_file_deinit(&file);
	assert_int_equal(access(path, F_OK), -1);
	assert_null(write_text(path, "whole", false));
	assert_return_code(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	holds(path, "whole");
	assert_return_code(unlink(path), 0);
}

static void what_is_there_is_replaced_only_by_force(void **state)
{
	CLEANUP(free_cleanup) char *path = test_path("b");
	struct error *err;

	(void)state;
	assert_null(write_text(path, "old", false));
	err = write_text(path, "new", false);
	assert_non_null(err);
	assert_int_equal(err->code, ERROR_USAGE);
	error_free(err);
	holds(path, "old");
	assert_null(write_text(path, "new", true));
	holds(path, "new");
	assert_return_code(unlink(path), 0);
}

static void devices_pipes_and_folders_are_never_replaced(void **state)
{
	CLEANUP(free_cleanup) char *link = test_path("link");
	CLEANUP(free_cleanup) char *pipe = test_path("pipe");
	const char *const paths[] = {link, pipe, test_folder()};
	struct stat st;
	size_t i;

	(void)state;
	assert_return_code(symlink("/dev/null", link), 0);
	assert_return_code(mkfifo(pipe, 0600), 0);
	for (i = 0; i < ARRAY_LEN(paths); i++) {
		struct error *err = write_text(paths[i], "x", true);

		assert_non_null(err);
		assert_int_equal(err->code, ERROR_USAGE);
		error_free(err);
	}
	assert_return_code(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_return_code(unlink(link), 0);
	assert_return_code(unlink(pipe), 0);
}

static void a_sync_that_is_ended_leaves_nothing(void **state)
{
	CLEANUP(free_cleanup) char *path = test_path("ended");
	struct new_file file;
	struct job job = {0};
	struct error *err;

	(void)state;
	assert_null(new_file_create(path, false, &file));
	assert_null(new_file_write(&file, "text", 4, 0));
	assert_null(new_file_sync(&file, &job));
	job_end(&job);
	err = new_file_sync(&file, &job);
	assert_non_null(err);
	assert_int_equal(err->code, ERROR_CANCELLED);
	error_free(err);
	new_file_deinit(&file);
	/* A folder that is empty again. */
	assert_int_equal(rmdir(test_folder()), 0);
	assert_int_equal(mkdir(test_folder(), 0700), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_appears_when_complete_for_its_owner),
		cmocka_unit_test(what_is_there_is_replaced_only_by_force),
		cmocka_unit_test(devices_pipes_and_folders_are_never_replaced),
		cmocka_unit_test(a_sync_that_is_ended_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, test_folder_make,
				      test_folder_remove_empty);
}
