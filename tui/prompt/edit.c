/* edit: an editor on a place in the source. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/xalloc.h"
#include "tui/prompt/shell.h"

enum { WORDS_MAX = 16 };

static const char *editor(void)
{
	static const char *const names[] = {"DELVE_EDITOR", "VISUAL", "EDITOR"};
	const char *value;
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		value = getenv(names[i]);
		if (value && *value)
			return value;
	}
	return NULL;
}

/* The editor's words, +LINE, and the file: most editors take it so. */
struct error *shell_edit(struct shell *shell, const char *args)
{
	CLEANUP(free_cleanup) char *file = NULL, *path = NULL, *at = NULL;
	CLEANUP(free_cleanup) char *words = NULL;
	char *argv[WORDS_MAX + 3] = {0}, *save, *word;
	const char *program = editor();
	struct error *err;
	uint32_t line;
	int n = 0;

	if (!shell->spawn)
		return error_new(ERROR_USAGE,
				 "an editor needs a terminal of its own: "
				 "mapscope prompt TARGET");
	if (!program)
		return error_new(ERROR_USAGE,
				 "which editor? set DELVE_EDITOR or EDITOR");
	if ((err = shell_location(shell, args, &file, &line)))
		return err;
	path = shell_local_path(shell, file);
	if (access(path, R_OK))
		return error_hint(error_os(errno, "cannot open '%s'", path),
				  "config substitute-path FROM TO says where "
				  "sources are");
	words = xstrdup(program);
	for (word = strtok_r(words, " ", &save); word && n < WORDS_MAX;
	     word = strtok_r(NULL, " ", &save))
		argv[n++] = word;
	at = xasprintf("+%u", line);
	argv[n++] = at;
	argv[n++] = path;
	return shell->spawn(shell->spawn_arg, argv);
}
