#include "core/target/fork_check.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/xalloc.h"
#include "core/target/cgroup.h"
#include "core/target/fork_reap.h"
#include "core/target/preflight.h"
#include "core/target/procfs.h"
#include "core/target/rival.h"

enum {
	TASKS_SPARE = 8, /* tasks that the target may want to start meanwhile */
	SECCOMP_STRICT = 1,
	SECCOMP_FILTER = 2,
	CAP_SYS_ADMIN_BIT = 21, /* linux/capability.h */
	OVERCOMMIT_NEVER = 2,
};

static const uint64_t FORK_SPARE = 64ULL << 20;

static struct error *no(struct error *err)
{
	return error_hint(err, "use --freeze=copy");
}

/** The number behind "key" in @p text, times 1024 if it is in kB. */
static uint64_t find_kb(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? strtoull(at + strlen(key), NULL, 10) * 1024 : 0;
}

static uint64_t meminfo(const char *key)
{
	char text[4096];
	FILE *f = fopen("/proc/meminfo", "re");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		fclose(f);
	text[n] = '\0';
	return find_kb(text, key);
}

uint64_t fork_headroom(pid_t pid)
{
	uint64_t group = cgroup_room(pid, CGROUP_MEMORY);
	uint64_t machine = meminfo("MemAvailable:");

	return group < machine ? group : machine;
}

static struct error *check_commit(const struct proc_status *status)
{
	uint64_t limit, used;
	char digit = '0';
	FILE *f = fopen("/proc/sys/vm/overcommit_memory", "re");

	if (f) {
		if (fread(&digit, 1, 1, f) != 1)
			digit = '0';
		fclose(f);
	}
	if (digit != '0' + OVERCOMMIT_NEVER)
		return NULL;
	limit = meminfo("CommitLimit:");
	used = meminfo("Committed_AS:");
	if (limit > used && limit - used > status->data_bytes + FORK_SPARE)
		return NULL;
	return no(error_new(ERROR_UNSUPPORTED,
			    "vm.overcommit_memory is 2 and a fork needs "
			    "%" PRIu64 " MiB of which %" PRIu64 " are left",
			    status->data_bytes >> 20,
			    limit > used ? (limit - used) >> 20 : 0));
}

/** Tasks of user @p uid on the machine. */
static uint64_t count_tasks(uid_t uid)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	uint64_t n = 0;

	while (dir && (entry = readdir(dir))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		struct proc_status status;

		if (pid <= 0)
			continue;
		error_free(procfs_status(pid, &status));
		if (status.tgid && status.uid == uid)
			n += status.threads;
	}
	if (dir)
		closedir(dir);
	return n;
}

/** UINT64_MAX if it is unlimited. */
static uint64_t task_limit(pid_t pid)
{
	static const char key[] = "Max processes";
	CLEANUP(free_cleanup) char *text = NULL;
	uint64_t limit = UINT64_MAX;
	const char *at;
	char *end;
	size_t len;
	struct error *err = procfs_read(pid, "limits", &text, &len);

	if (err) {
		error_free(err);
		return limit;
	}
	at = strstr(text, key);
	if (!at)
		return limit;
	at += strlen(key);
	limit = strtoull(at, &end, 10);
	return end == at ? UINT64_MAX : limit;
}

static struct error *check_tasks(pid_t pid, const struct proc_status *status)
{
	uint64_t room = cgroup_room(pid, CGROUP_PIDS), limit, used;

	if (room < TASKS_SPARE)
		return no(error_new(ERROR_UNSUPPORTED,
				    "the pids limit of PID %d leaves room for "
				    "%" PRIu64 " more: a thread that it "
				    "starts meanwhile might fail",
				    (int)pid, room));
	/* The kernel does not hold root to it. */
	limit = status->euid ? task_limit(pid) : UINT64_MAX;
	if (limit == UINT64_MAX)
		return NULL;
	used = count_tasks(status->uid);
	if (used + TASKS_SPARE <= limit)
		return NULL;
	return no(error_new(ERROR_UNSUPPORTED,
			    "RLIMIT_NPROC of PID %d is %" PRIu64 " and %" PRIu64
			    " are in use",
			    (int)pid, limit, used));
}

static bool have_admin(void)
{
	struct proc_status self;

	/* Zeroed if it fails. */
	error_free(procfs_status(getpid(), &self));
	return (self.cap_effective >> CAP_SYS_ADMIN_BIT & 1) && !self.seccomp;
}

/** A filter may kill for a call it does not know: it must be read first. */
static struct error *check_seccomp(pid_t pid, const struct proc_status *status)
{
	if (status->seccomp == SECCOMP_STRICT)
		return no(error_new(ERROR_UNSUPPORTED,
				    "PID %d is in strict seccomp mode",
				    (int)pid));
	if (status->seccomp == SECCOMP_FILTER && !have_admin())
		return no(error_new(ERROR_UNSUPPORTED,
				    "PID %d has a seccomp filter; only root "
				    "outside of the container can see whether "
				    "it allows a fork",
				    (int)pid));
	return NULL;
}

static struct error *check_memory(pid_t pid, const struct proc_status *status,
				  struct fork_forecast *ret)
{
	ret->headroom = fork_headroom(pid);
	ret->max_cow = ret->headroom / 4;
	ret->page_tables = status->page_table_bytes;
	if (status->hugetlb_bytes)
		return no(error_new(ERROR_UNSUPPORTED,
				    "PID %d uses %" PRIu64 " MiB of reserved "
				    "huge pages, which cannot be copied on "
				    "write",
				    (int)pid, status->hugetlb_bytes >> 20));
	if (ret->headroom < ret->page_tables * 2 + FORK_SPARE)
		return no(error_new(ERROR_UNSUPPORTED,
				    "memory is short: %" PRIu64
				    " MiB are left for PID %d, its limits "
				    "counted",
				    ret->headroom >> 20, (int)pid));
	return NULL;
}

struct error *fork_check(pid_t pid, struct fork_forecast *ret)
{
	struct proc_status status;
	struct error *err;

	*ret = (struct fork_forecast){0};
	if ((err = rival_preflight(pid)) || (err = preflight_fork()) ||
	    (err = procfs_status(pid, &status)) ||
	    (err = check_seccomp(pid, &status)) ||
	    (err = check_commit(&status)) ||
	    (err = check_tasks(pid, &status)) ||
	    (err = check_memory(pid, &status, ret)))
		return err;
	ret->huge_pages = procfs_rollup(pid, "AnonHugePages:");
	ret->leftovers = fork_count_leftovers(pid);
	return NULL;
}
