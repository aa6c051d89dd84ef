/* Waiting for a process to appear. */
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/xalloc.h"
#include "core/session/machine.h"
#include "core/target/procfs.h"

/* Does the command line, its words joined by blanks, begin with @p prefix? */
static bool begins(pid_t pid, const char *prefix)
{
	CLEANUP(free_cleanup) char *text = NULL;
	size_t len, i, want = strlen(prefix);
	struct error *err = procfs_read(pid, "cmdline", &text, &len);

	if (err) {
		error_free(err);
		return false;
	}
	for (i = 0; i + 1 < len; i++)
		if (!text[i])
			text[i] = ' ';
	return len >= want && !memcmp(text, prefix, want);
}

static pid_t find(const char *prefix)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	while (dir && !found && (entry = readdir(dir))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (isdigit((unsigned char)*entry->d_name) && pid != getpid() &&
		    begins(pid, prefix))
			found = pid;
	}
	if (dir)
		closedir(dir);
	return found;
}

struct error *machine_wait(const char *prefix, uint64_t interval_ns,
			   uint64_t duration_ns, pid_t *ret)
{
	const struct timespec pause = {
		.tv_sec = (time_t)(interval_ns / 1000000000),
		.tv_nsec = (long)(interval_ns % 1000000000),
	};
	uint64_t start = clock_now();

	while (!(*ret = find(prefix))) {
		if (duration_ns && clock_now() - start >= duration_ns)
			return error_new(ERROR_NO_TARGET,
					 "no process began with '%s' in time",
					 prefix);
		nanosleep(&pause, NULL);
	}
	return NULL;
}
