#include "core/session/surroundings.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/target/cgroup.h"
#include "core/target/procfs.h"

static const uint64_t SECOND = 1000000000;

static uint64_t uptime(pid_t pid)
{
	long ticks = sysconf(_SC_CLK_TCK);
	struct proc_stat stat = {0};
	struct timespec now;
	uint64_t started, at;
	struct error *err = procfs_stat(pid, 0, &stat);

	error_free(err);
	if (err || ticks <= 0 || clock_gettime(CLOCK_BOOTTIME, &now))
		return UINT64_MAX;
	at = (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
	if (stat.start_time > at / (SECOND / (uint64_t)ticks))
		return UINT64_MAX;
	started = stat.start_time * (SECOND / (uint64_t)ticks);
	return at > started ? at - started : 0;
}

static bool same_namespace(pid_t pid, const char *kind)
{
	char path[64];
	struct stat ours, theirs;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", kind);
	if (stat(path, &ours))
		return true;
	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, kind);
	return stat(path, &theirs) ||
	       (ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev);
}

/* Of a container: the file that names it, which may be anything. */
static void read_hostname(pid_t pid, char ret[HOSTNAME_BYTES])
{
	char path[64];
	struct stat st;
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/root/etc/hostname", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		n = read(fd, ret, HOSTNAME_BYTES - 1);
	close(fd);
	ret[n > 0 ? n : 0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
}

void surroundings_load(pid_t pid, struct surroundings *ret)
{
	struct cgroup_use use;
	bool limited = cgroup_tightest(pid, CGROUP_MEMORY, &use);

	*ret = (struct surroundings){
		.known = true,
		.uptime_ns = uptime(pid),
		.memory_limit = limited ? use.limit : UINT64_MAX,
		.memory_used = limited ? use.used : UINT64_MAX,
	};
	if (!same_namespace(pid, "pid"))
		ret->ns_pid = procfs_ns_pid(pid);
	if (same_namespace(pid, "uts"))
		gethostname(ret->hostname, HOSTNAME_BYTES - 1);
	else
		read_hostname(pid, ret->hostname);
}
