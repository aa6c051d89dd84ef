/* list: lines of the source around a frame, where the file is here. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/deferred.h"
#include "core/session/symbols.h"
#include "tui/prompt/shell.h"

enum { AROUND = 5, LINE_MAX_BYTES = 4096 };

/* The longest directory that was substituted; owned. */
static char *local_path(const struct shell *shell, const char *file)
{
	const struct shell_pairs *pairs = &shell->substitute;
	size_t best = 0;
	char *path = NULL;
	uint32_t i;

	for (i = 0; i < pairs->count; i++) {
		size_t n = strlen(pairs->from[i]);

		if (n < best || strncmp(file, pairs->from[i], n) != 0)
			continue;
		free(path);
		path = xasprintf("%s%s", pairs->to[i], file + n);
		best = n;
	}
	return path ? path : xstrdup(file);
}

static struct error *show_lines(struct shell *shell, const char *file,
				uint32_t line)
{
	CLEANUP(free_cleanup) char *path = local_path(shell, file);
	CLEANUP(free_cleanup) char *text = NULL;
	FILE *f = fopen(path, "re");
	size_t room = 0;
	ssize_t n;
	uint32_t i;

	if (!f)
		return error_hint(error_os(errno, "cannot open '%s'", path),
				  "config substitute-path FROM TO says where "
				  "sources are");
	text_plain(&shell->out, path, strlen(path));
	buf_printf(&shell->out, ":%u\n", line);
	for (i = 1; i <= line + AROUND && (n = getline(&text, &room, f)) > 0;
	     i++) {
		size_t len = (size_t)n;

		if (i + AROUND < line)
			continue;
		while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
			len--;
		len = len > LINE_MAX_BYTES ? LINE_MAX_BYTES : len;
		buf_printf(&shell->out, "%s %4u: ", i == line ? "=>" : "  ", i);
		/* Tabs are layout here, all other controls are not. */
		for (room = 0; room < len; room++)
			if (text[room] == '\t')
				text[room] = ' ';
		text_plain(&shell->out, text, len);
		buf_addc(&shell->out, '\n');
		free(text);
		text = NULL;
		room = 0;
	}
	fclose(f);
	return NULL;
}

/* "server.go:12" of the end of a path that the program knows. */
static struct error *find_file(const struct shell *shell, const char *args,
			       char **file_ret, uint32_t *line_ret)
{
	CLEANUP(symbol_list_deinit) struct symbol_list list = {0};
	const char *colon = strrchr(args, ':');
	size_t len = (size_t)(colon - args);
	struct error *err;
	uint64_t line;
	uint32_t i;

	if (!shell_number(colon + 1, &line) || line > INT32_MAX)
		return error_new(ERROR_USAGE, "'%s' is no line", colon + 1);
	if ((err = session_symbols(shell->session, SYMBOL_SOURCE, NULL, &list)))
		return err;
	for (i = 0; i < list.count; i++) {
		size_t n = strlen(list.names[i]);

		if (n < len || memcmp(list.names[i] + n - len, args, len) != 0)
			continue;
		if (n > len && list.names[i][n - len - 1] != '/' &&
		    *args != '/')
			continue;
		*file_ret = xstrdup(list.names[i]);
		*line_ret = (uint32_t)line;
		return NULL;
	}
	return error_hint(
		error_new(ERROR_NOT_FOUND, "no source '%.*s'", (int)len, args),
		"sources lists them");
}

struct error *shell_list(struct shell *shell, const char *args)
{
	CLEANUP(free_cleanup) char *owned = NULL;
	struct frame_row frame;
	const char *file;
	struct error *err;
	uint32_t line = 0;

	if (!*args && shell->deferred)
		return show_lines(shell, shell->deferred->place.file,
				  shell->deferred->place.line);
	if (!*args) {
		if ((err = shell_frame(shell, shell->frame, &frame)))
			return err;
		return show_lines(shell, frame.place.file, frame.place.line);
	}
	if (strrchr(args, ':') && strrchr(args, ':')[1]) {
		if ((err = find_file(shell, args, &owned, &line)))
			return err;
		return show_lines(shell, owned, line);
	}
	if (!session_function_place(shell->session, args, &file, &line))
		return error_hint(
			error_new(ERROR_NOT_FOUND, "no function '%s'", args),
			"funcs lists them");
	return show_lines(shell, file, line);
}
