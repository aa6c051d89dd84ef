#include "tests/support/folder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/xalloc.h"

static char *folder;

int test_folder_make(void **state)
{
	char template[] = "/tmp/mapscope-test-XXXXXX";

	(void)state;
	if (!mkdtemp(template)) {
		perror(template);
		return -1;
	}
	folder = xstrdup(template);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag,
		      struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

int test_folder_remove(void **state)
{
	int bad =
		folder ? nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) : 0;

	(void)state;
	free(folder);
	folder = NULL;
	return bad;
}

int test_folder_remove_empty(void **state)
{
	int left = rmdir(folder);

	if (left) {
		perror(folder);
		return test_folder_remove(state) | left;
	}
	free(folder);
	folder = NULL;
	return 0;
}

const char *test_folder(void)
{
	return folder;
}

char *test_path(const char *name)
{
	return xasprintf("%s/%s", folder, name);
}
