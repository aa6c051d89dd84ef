#include "core/session/target_name.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SQLITE_BYTES = 16 }; /* of the magic, its NUL included */

static struct error *file_kind(const char *path, enum target_kind *ret)
{
	unsigned char head[EI_NIDENT + 2];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return error_hint(
			error_new(ERROR_NO_TARGET, "no target '%s': %s", path,
				  strerror(errno)),
			"a target is a process id, EXE CORE, a core file "
			"or a snapshot; `mapscope ps` lists Go processes");
	n = read(fd, head, sizeof(head));
	close(fd);
	if (n >= SQLITE_BYTES &&
	    !memcmp(head, "SQLite format 3", SQLITE_BYTES)) {
		*ret = TARGET_NAME_SNAPSHOT;
		return NULL;
	}
	if (n != (ssize_t)sizeof(head) || memcmp(head, ELFMAG, SELFMAG) != 0)
		return error_new(ERROR_CORRUPT,
				 "'%s' is no core, executable or snapshot",
				 path);
	*ret = head[EI_NIDENT] == ET_CORE ? TARGET_NAME_CORE : TARGET_NAME_EXE;
	return NULL;
}

struct error *target_name_parse(const char *text, enum target_kind *ret,
				pid_t *pid_ret)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (end == text || *end)
		return file_kind(text, ret);
	if (errno || n <= 0 || n > INT_MAX)
		return error_new(ERROR_NO_TARGET, "no process '%s'", text);
	*ret = TARGET_NAME_PID;
	*pid_ret = (pid_t)n;
	return NULL;
}
