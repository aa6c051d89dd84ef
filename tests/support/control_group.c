#include "tests/support/control_group.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool control_group_write(const char *dir, const char *file, const char *text)
{
	char path[256];
	int fd;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return ok;
}

bool control_group_limit(const char *controller, const char *file,
			 const char *limit, pid_t pid,
			 char dir[CONTROL_GROUP_DIR])
{
	char number[16];
	size_t i;

	snprintf(number, sizeof(number), "%d", (int)pid);
	for (i = 0; i < 2; i++) {
		snprintf(dir, CONTROL_GROUP_DIR,
			 "/sys/fs/cgroup/%s/mapscope-test-%d",
			 i ? "." : controller, (int)getpid());
		if (mkdir(dir, 0755))
			continue;
		if (control_group_write(dir, file, limit) &&
		    control_group_write(dir, "cgroup.procs", number))
			return true;
		rmdir(dir);
	}
	return false;
}

void control_group_remove(const char *dir)
{
	unsigned i;

	for (i = 0; i < 1000 && rmdir(dir); i++)
		usleep(1000);
}
