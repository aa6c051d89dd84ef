/*
 * Places in the source as delve writes them:
 *
 *   (nothing)        where the selected frame is
 *   +3 -3 40         lines of its file
 *   *0x48e605        an address of code
 *   main.run main.run:5   a function, or so many lines into it
 *   server.go:12     a line of a file, by the end of its path
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/deferred.h"
#include "core/session/symbols.h"
#include "tui/prompt/shell.h"

/* The longest directory that was substituted; owned. */
char *shell_local_path(const struct shell *shell, const char *file)
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

static struct error *no_place(const char *what, const char *text,
			      const char *hint)
{
	return error_hint(error_new(ERROR_NOT_FOUND, "no %s '%s'", what, text),
			  "%s", hint);
}

/* Where the frame is, or the call that it has deferred. */
static struct error *current(const struct shell *shell, const char **file,
			     uint32_t *line)
{
	struct frame_row frame;
	struct error *err;

	if (shell->deferred) {
		*file = shell->deferred->place.file;
		*line = shell->deferred->place.line;
		return NULL;
	}
	if ((err = shell_frame(shell, shell->frame, &frame)))
		return err;
	*file = frame.place.file;
	*line = frame.place.line;
	return NULL;
}

/* "+3", "-3", "40": lines of the current file. */
static struct error *line_here(const struct shell *shell, const char *args,
			       const char **file, uint32_t *line)
{
	bool relative = *args == '+' || *args == '-';
	struct error *err = current(shell, file, line);
	uint64_t n;

	if (err)
		return err;
	if (!shell_number(args + relative, &n) || n > INT32_MAX)
		return error_new(ERROR_USAGE, "'%s' is no line", args);
	if (*args == '-')
		*line = n < *line ? *line - (uint32_t)n : 1;
	else
		*line = relative ? *line + (uint32_t)n : (uint32_t)n;
	return NULL;
}

/* A file of the program by the end of its path; a name that lasts. */
static struct error *find_file(const struct shell *shell, const char *name,
			       char **ret)
{
	CLEANUP(symbol_list_deinit) struct symbol_list list = {0};
	size_t len = strlen(name);
	struct error *err;
	uint32_t i;

	if ((err = session_symbols(shell->session, SYMBOL_SOURCE, NULL, &list)))
		return err;
	for (i = 0; i < list.count; i++) {
		size_t n = strlen(list.names[i]);

		if (n < len || strcmp(list.names[i] + n - len, name) != 0 ||
		    (n > len && list.names[i][n - len - 1] != '/' &&
		     *name != '/'))
			continue;
		*ret = xstrdup(list.names[i]);
		return NULL;
	}
	return no_place("source", name, "sources lists them");
}

/* "main.run:5" or "server.go:12". */
static struct error *with_line(const struct shell *shell, const char *args,
			       char **file_ret, uint32_t *line_ret)
{
	const char *colon = strrchr(args, ':'), *file;
	CLEANUP(free_cleanup)
	char *name = xstrndup(args, (size_t)(colon - args));
	uint64_t line;

	if (!shell_number(colon + 1, &line) || line > INT32_MAX)
		return error_new(ERROR_USAGE, "'%s' is no line", colon + 1);
	if (session_function_place(shell->session, name, &file, line_ret)) {
		*file_ret = xstrdup(file);
		*line_ret += (uint32_t)line;
		return NULL;
	}
	*line_ret = (uint32_t)line;
	return find_file(shell, name, file_ret);
}

struct error *shell_location(const struct shell *shell, const char *args,
			     char **file_ret, uint32_t *line_ret)
{
	const char *file = NULL, *colon = strrchr(args, ':');
	struct error *err = NULL;
	uint64_t pc;

	*file_ret = NULL;
	if (colon && colon[1])
		return with_line(shell, args, file_ret, line_ret);
	if (!*args)
		err = current(shell, &file, line_ret);
	else if (strchr("+-0123456789", *args))
		err = line_here(shell, args, &file, line_ret);
	else if (*args == '*' &&
		 (!shell_number(args + 1, &pc) ||
		  !session_pc_line(shell->session, pc, &file, line_ret)))
		err = no_place("code at", args + 1,
			       "*ADDRESS; stack shows some");
	else if (*args != '*' &&
		 !session_function_place(shell->session, args, &file, line_ret))
		err = no_place("function", args,
			       "or no single one whose name ends so; funcs "
			       "lists them");
	if (!err)
		*file_ret = xstrdup(file);
	return err;
}
