#include "tests/support/artefacts.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "core/base/xalloc.h"
#include "tests/support/folder.h"

enum { MAX_FILES = 16, FILE_BYTES = 64 << 20 };

bool artefact_exists(const char *name)
{
	CLEANUP(free_cleanup) char *path = test_path(name);

	return !access(path, F_OK);
}

char *artefact_read(const char *name, size_t *size_ret)
{
	CLEANUP(free_cleanup) char *path = test_path(name);
	gzFile f = gzopen(path, "rbe");
	char *bytes;
	int n;

	*size_ret = 0;
	if (!f)
		return NULL;
	bytes = xmalloc(FILE_BYTES);
	n = gzread(f, bytes, FILE_BYTES - 1);
	gzclose(f);
	*size_ret = n < 0 ? 0 : (size_t)n;
	bytes[*size_ret] = '\0';
	return bytes;
}

char *artefact_get(const char *name, size_t *size_ret)
{
	char *bytes = artefact_read(name, size_ret);

	if (!bytes)
		fail_msg("no %s", name);
	return bytes;
}

bool artefact_write(const char *name, const char *text)
{
	CLEANUP(free_cleanup) char *path = test_path(name);
	FILE *f = fopen(path, "we");

	if (!f)
		return false;
	fputs(text, f);
	return !fclose(f);
}

bool artefact_holds(const char *bytes, size_t size, const char *word)
{
	return memmem(bytes, size, word, strlen(word)) != NULL;
}

const char *artefact_find(const char *bytes, size_t size,
			  const char *const *words)
{
	for (; *words; words++)
		if (artefact_holds(bytes, size, *words))
			return *words;
	return NULL;
}

void artefact_has_none(const char *what, const char *bytes, size_t size,
		       const char *const *words)
{
	const char *found = artefact_find(bytes, size, words);

	if (found)
		fail_msg("%s holds '%s'", what, found);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t list_files(const char *name, char *ret[MAX_FILES])
{
	CLEANUP(free_cleanup) char *path = test_path(name);
	DIR *dir = opendir(path);
	struct dirent *entry;
	size_t n = 0;

	while (dir && (entry = readdir(dir)) && n < MAX_FILES)
		if (*entry->d_name != '.')
			ret[n++] = xasprintf("%s/%s", name, entry->d_name);
	if (dir)
		closedir(dir);
	qsort(ret, n, sizeof(*ret), compare_names);
	return n;
}

static bool same_file(const char *a, const char *b)
{
	size_t size_a, size_b;
	CLEANUP(free_cleanup) char *x = artefact_read(a, &size_a);
	CLEANUP(free_cleanup) char *y = artefact_read(b, &size_b);

	if (!strcmp(strrchr(a, '/'), strrchr(b, '/')) && x && y &&
	    size_a == size_b && !memcmp(x, y, size_a))
		return true;
	fprintf(stderr, "%s and %s differ\n", a, b);
	return false;
}

bool artefacts_same(const char *a, const char *b)
{
	char *names_a[MAX_FILES], *names_b[MAX_FILES];
	size_t i, n = list_files(a, names_a);
	size_t m = list_files(b, names_b);
	bool same = n && n == m;

	if (!same)
		fprintf(stderr, "%s has %zu files, %s has %zu\n", a, n, b, m);
	for (i = 0; i < n; i++) {
		if (same && i < m)
			same = same_file(names_a[i], names_b[i]);
		free(names_a[i]);
	}
	for (i = 0; i < m; i++)
		free(names_b[i]);
	return same;
}
