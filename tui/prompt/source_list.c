/* list: lines of the source around a frame, where the file is here. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "tui/prompt/shell.h"

enum { AROUND = 5, LINE_MAX_BYTES = 4096 };

static struct error *show_lines(struct shell *shell, const char *file,
				uint32_t line)
{
	CLEANUP(free_cleanup) char *path = shell_local_path(shell, file);
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

struct error *shell_list(struct shell *shell, const char *args)
{
	CLEANUP(free_cleanup) char *file = NULL;
	struct error *err;
	uint32_t line;

	if ((err = shell_location(shell, args, &file, &line)))
		return err;
	return show_lines(shell, file, line);
}
