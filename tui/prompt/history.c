#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/xalloc.h"
#include "tui/prompt/prompt.h"

enum { HISTORY_MAX = 1000 };

/* What cannot be made shows when the file is opened. */
static void make_directories(char *path)
{
	char *p;

	for (p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = 0;
		mkdir(path, 0700);
		*p = '/';
	}
	mkdir(path, 0700);
}

char *prompt_file(const char *variable, const char *directory, const char *name)
{
	const char *base = getenv(variable), *home = getenv("HOME");
	CLEANUP(free_cleanup) char *parent = NULL, *dir = NULL;

	if (base && *base == '/')
		parent = xstrdup(base);
	else if (home && *home == '/')
		parent = xasprintf("%s/%s", home, directory);
	else
		return NULL;
	dir = xasprintf("%s/mapscope", parent);
	make_directories(dir);
	return xasprintf("%s/%s", dir, name);
}

static void add(struct history *history, const char *line)
{
	if (history->count == HISTORY_MAX) {
		free(history->lines[0]);
		memmove(history->lines, history->lines + 1,
			(HISTORY_MAX - 1) * sizeof(*history->lines));
		history->count--;
	}
	GROW_ARRAY(history->lines, history->count, history->cap);
	history->lines[history->count++] = xstrdup(line);
}

void history_load(struct history *history, char *path)
{
	CLEANUP(free_cleanup) char *line = NULL;
	FILE *f = path ? fopen(path, "re") : NULL;
	size_t room = 0;

	*history = (struct history){.path = path};
	while (f && getline(&line, &room, f) > 0) {
		line[strcspn(line, "\n")] = 0;
		if (*line)
			add(history, line);
	}
	if (f)
		fclose(f);
}

/* The whole file again once in a while, so that it does not grow for ever. */
static void write_file(const struct history *history, bool whole)
{
	FILE *f;
	mode_t mask;
	uint32_t i;

	if (!history->path)
		return;
	/* Keys of maps are typed here: nobody else reads them. */
	mask = umask(077);
	f = fopen(history->path, whole ? "we" : "ae");
	umask(mask);
	if (!f)
		return;
	for (i = whole ? 0 : history->count - 1; i < history->count; i++)
		fprintf(f, "%s\n", history->lines[i]);
	fclose(f);
}

void history_add(struct history *history, const char *line)
{
	bool full = history->count == HISTORY_MAX;

	if (!*line || strchr(line, '\n') ||
	    (history->count &&
	     !strcmp(history->lines[history->count - 1], line)))
		return;
	add(history, line);
	write_file(history, full);
}

void history_deinit(struct history *history)
{
	uint32_t i;

	for (i = 0; i < history->count; i++)
		free(history->lines[i]);
	free(history->lines);
	free(history->path);
	*history = (struct history){0};
}
