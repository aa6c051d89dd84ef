#include "tests/support/program.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/xalloc.h"

char *program_folder_new(void)
{
	char template[] = "/tmp/mapscope-test-XXXXXX";
	const char *program = getenv("MAPSCOPE");
	CLEANUP(free_cleanup)
	char *whole = program ? realpath(program, NULL) : NULL;

	/* A relative name means nothing from within the folder. */
	if (!whole || access(whole, X_OK)) {
		fprintf(stderr, "MAPSCOPE=%s is no program\n",
			program ? program : "");
		return NULL;
	}
	setenv("MAPSCOPE", whole, 1);
	if (mkdtemp(template))
		return xstrdup(template);
	perror(template);
	return NULL;
}

static int remove_one(const char *path, const struct stat *st, int flag,
		      struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void program_folder_remove(char *folder)
{
	if (folder)
		nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(folder);
}

int program_shell(const char *command, char **out_ret)
{
	CLEANUP(free_cleanup)
	char *line = xasprintf("exec </dev/null; %s", command);
	CLEANUP(buf_deinit) struct buf out = {0};
	FILE *f = popen(line, "re");
	char bytes[4096];
	size_t n;
	int status;

	if (out_ret)
		*out_ret = NULL;
	if (!f)
		return -1;
	while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		buf_add(&out, bytes, n);
	status = pclose(f);
	if (out_ret)
		*out_ret = xstrdup(buf_str(&out));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int program_run(const char *folder, const char *text, const char *what,
		char **out_ret)
{
	const char *program = getenv("MAPSCOPE"), *at = strstr(text, "{}");
	CLEANUP(free_cleanup) char *command = NULL;

	if (!program)
		return -1;
	command = xasprintf("trap '' XFSZ; cd '%s'; %s %.*s%s%s 2>err", folder,
			    program, at ? (int)(at - text) : -1, text,
			    at ? what : "", at ? at + 2 : "");
	return program_shell(command, out_ret);
}

static void show_errors(const char *folder)
{
	CLEANUP(free_cleanup) char *path = xasprintf("%s/err", folder);
	char line[512];
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f))
		fprintf(stderr, "  %s", line);
	if (f)
		fclose(f);
}

bool program_ends(const char *folder, const char *text, const char *what,
		  int expected)
{
	CLEANUP(free_cleanup) char *out = NULL;
	int code = program_run(folder, text, what, &out);

	if (code == expected)
		return true;
	fprintf(stderr, "mapscope %s ({} = %s): exit code %d, not %d\n", text,
		what, code, expected);
	if (out)
		fprintf(stderr, "  %.500s\n", out);
	show_errors(folder);
	return false;
}
