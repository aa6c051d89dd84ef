#include "tests/support/program.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/xalloc.h"
#include "tests/support/folder.h"

int program_set_up(void **state)
{
	const char *program = getenv("MAPSCOPE");
	CLEANUP(free_cleanup)
	char *whole = program ? realpath(program, NULL) : NULL;

	/* A relative name means nothing from within the folder. */
	if (!whole || access(whole, X_OK)) {
		fprintf(stderr, "MAPSCOPE=%s is no program\n",
			program ? program : "");
		return -1;
	}
	setenv("MAPSCOPE", whole, 1);
	setenv("MAPSCOPE_MAX_STOP", "30s", 1);
	return test_folder_make(state);
}

int program_tear_down(void **state)
{
	return test_folder_remove(state);
}

/* The end of a pipe to read what @p line prints; -1 if it cannot be run. */
static int spawn_shell(char *line, pid_t *pid_ret)
{
	char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, line, NULL};
	posix_spawn_file_actions_t actions;
	int out[2], bad;

	if (pipe2(out, O_CLOEXEC))
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
					 O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	bad = posix_spawn(pid_ret, "/bin/sh", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(out[1]);
	if (!bad)
		return out[0];
	close(out[0]);
	return -1;
}

static int run_line(char *line, struct buf *out)
{
	char bytes[4096];
	int fd, status;
	pid_t pid;
	ssize_t n;

	fd = spawn_shell(line, &pid);
	if (fd < 0)
		return -1;
	while ((n = TEMP_FAILURE_RETRY(read(fd, bytes, sizeof(bytes)))) > 0)
		buf_add(out, bytes, (size_t)n);
	close(fd);
	if (TEMP_FAILURE_RETRY(waitpid(pid, &status, 0)) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int program_shell(char **out_ret, const char *format, ...)
{
	CLEANUP(free_cleanup) char *line = NULL;
	CLEANUP(buf_deinit) struct buf out = {0};
	va_list args;
	int code;

	va_start(args, format);
	line = xvasprintf(format, args);
	va_end(args);
	code = run_line(line, &out);
	if (out_ret)
		*out_ret = code < 0 ? NULL : buf_steal(&out);
	return code;
}

FILE *program_lines(int *code_ret, const char *format, ...)
{
	CLEANUP(free_cleanup) char *line = NULL;
	CLEANUP(buf_deinit) struct buf out = {0};
	va_list args;
	FILE *f;

	va_start(args, format);
	line = xvasprintf(format, args);
	va_end(args);
	*code_ret = run_line(line, &out);
	f = *code_ret < 0 ? NULL : tmpfile();
	if (!f)
		return NULL;
	fwrite(buf_str(&out), 1, out.len, f);
	rewind(f);
	return f;
}

bool program_installed(const char *name)
{
	return !program_shell(NULL, "command -v %s", name);
}

int program_run(const char *text, const char *what, char **out_ret)
{
	const char *program = getenv("MAPSCOPE"), *at = strstr(text, "{}");

	if (!program)
		return -1;
	return program_shell(out_ret,
			     "trap '' XFSZ; cd '%s'; %s %.*s%s%s 2>err",
			     test_folder(), program, at ? (int)(at - text) : -1,
			     text, at ? what : "", at ? at + 2 : "");
}

static void show_errors(void)
{
	CLEANUP(free_cleanup) char *path = test_path("err");
	char line[512];
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f))
		fprintf(stderr, "  %s", line);
	if (f)
		fclose(f);
}

bool program_ends(const char *text, const char *what, int expected)
{
	CLEANUP(free_cleanup) char *out = NULL;
	int code = program_run(text, what, &out);

	if (code == expected)
		return true;
	fprintf(stderr, "mapscope %s ({} = %s): exit code %d, not %d\n", text,
		what, code, expected);
	if (out)
		fprintf(stderr, "  %.500s\n", out);
	show_errors();
	return false;
}
