#include "core/target/resident.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/target/procfs.h"

enum { RANGES_MAX = 1 << 20 };

static enum resident_kind kind_of(const char *path, size_t len, const char *exe)
{
	if (!len || (len > 6 && !strncmp(path, "[anon:", 6)))
		return RESIDENT_ANONYMOUS;
	if (!strncmp(path, "[heap]", len) || !strncmp(path, "[stack]", len))
		return RESIDENT_C;
	if (*path == '[')
		return RESIDENT_OTHER;
	return exe && strlen(exe) == len && !strncmp(path, exe, len)
		       ? RESIDENT_BINARY
		       : RESIDENT_FILE;
}

/* "c000000000-c000400000 rw-p 00000000 00:00 0   PATH" */
static bool parse_head(const char *line, size_t len, const char *exe,
		       struct resident_range *ret)
{
	unsigned long long start, end;
	int at = 0;
	size_t n;

	if (sscanf(line, "%llx-%llx %*4s %*x %*s %*u%n", &start, &end, &at) <
		    2 ||
	    !at || end <= start || (size_t)at > len)
		return false;
	for (n = (size_t)at; n < len && line[n] == ' '; n++)
		;
	*ret = (struct resident_range){
		.start = start,
		.end = end,
		.kind = kind_of(line + n, len - n, exe),
	};
	return true;
}

/* "Rss:       12 kB" */
static bool parse_kb(const char *line, const char *key, uint64_t *ret)
{
	size_t n = strlen(key);

	if (strncmp(line, key, n) != 0)
		return false;
	*ret = strtoull(line + n, NULL, 10) * 1024;
	return true;
}

void resident_parse(const char *text, const char *exe, struct resident *ret)
{
	uint32_t cap = 0;

	*ret = (struct resident){0};
	while (*text) {
		size_t len = strcspn(text, "\n");
		struct resident_range range, *last;

		last = ret->count ? &ret->ranges[ret->count - 1] : NULL;
		if (!last || (!parse_kb(text, "Rss:", &last->rss) &&
			      !parse_kb(text, "Swap:", &last->swap))) {
			/* Names of figures have a colon, headers none. */
			if (ret->count < RANGES_MAX &&
			    parse_head(text, len, exe, &range)) {
				GROW_ARRAY(ret->ranges, ret->count, cap);
				ret->ranges[ret->count++] = range;
			}
		}
		text += len;
		text += *text == '\n';
	}
}

struct error *resident_load(pid_t pid, const char *exe, struct resident *ret)
{
	CLEANUP(free_cleanup) char *text = NULL;
	struct error *err;
	size_t len;

	*ret = (struct resident){0};
	if ((err = procfs_read(pid, "smaps", &text, &len)))
		return err;
	resident_parse(text, exe, ret);
	return NULL;
}

void resident_deinit(struct resident *resident)
{
	free(resident->ranges);
	*resident = (struct resident){0};
}
