#include "core/target/preflight.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/target/procfs.h"
#include "core/target/tracer.h"

enum { CAP_PTRACE_BIT = 19 }; /* CAP_SYS_PTRACE, linux/capability.h */

static const char HINT_RIGHTS[] =
	"run with sudo, or setcap cap_sys_ptrace+ep on the program; in a "
	"container: docker --cap-add SYS_PTRACE, or kubectl debug "
	"--profile=general --target=CONTAINER";

static const char HINT_SECCOMP[] =
	"a seccomp filter of this container forbids it: docker --security-opt "
	"seccomp=unconfined, or run outside of the container";

static bool have_ptrace_capability(void)
{
	struct proc_status self;
	struct error *err = procfs_status(getpid(), &self);

	if (err) {
		error_free(err);
		return false;
	}
	return self.cap_effective >> CAP_PTRACE_BIT & 1;
}

/** Yama's level, -1 if there is no Yama. */
static int yama_scope(void)
{
	char digit = 0;
	int fd = open("/proc/sys/kernel/yama/ptrace_scope",
		      O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (read(fd, &digit, 1) != 1)
		digit = 0;
	close(fd);
	return digit >= '0' && digit <= '9' ? digit - '0' : -1;
}

static char *user_name(uid_t uid)
{
	struct passwd pw, *found = NULL;
	char text[4096];

	if (getpwuid_r(uid, &pw, text, sizeof(text), &found) == 0 && found)
		return xstrdup(found->pw_name);
	return xasprintf("uid %u", (unsigned)uid);
}

static struct error *traced_error(pid_t pid, pid_t tracer)
{
	CLEANUP(buf_deinit) struct buf name = {0};
	struct proc_status status;

	/* The kernel names the tracing thread, people know the process. */
	error_free(procfs_status(tracer, &status));
	if (status.tgid)
		tracer = status.tgid;
	text_plain(&name, status.name, strlen(status.name));
	return error_hint(error_new(ERROR_PERMISSION,
				    "PID %d is traced by PID %d (%s)", (int)pid,
				    (int)tracer,
				    name.len ? buf_str(&name) : "?"),
			  "a process has one tracer at a time: end that one, "
			  "or use --freeze=nonstop");
}

/*
 * The kernel gives the files of a process that is not dumpable to root, all
 * but the folder itself (task_dump_owner()).
 */
static bool is_closed(pid_t pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	return !lstat(path, &st) && st.st_uid != geteuid();
}

/** Of a process of this user. */
static struct error *check_closed(pid_t pid, const struct proc_status *status)
{
	if (status->euid != geteuid()) {
		CLEANUP(free_cleanup) char *user = user_name(status->euid);

		return error_hint(error_new(ERROR_PERMISSION,
					    "PID %d is setuid, it runs as %s",
					    (int)pid, user),
				  "%s", HINT_RIGHTS);
	}
	if (is_closed(pid))
		return error_hint(error_new(ERROR_PERMISSION,
					    "PID %d is not dumpable: it was "
					    "setuid or setgid, its file cannot "
					    "be read, or it asked for that",
					    (int)pid),
				  "%s", HINT_RIGHTS);
	return NULL;
}

static struct error *check_rights(pid_t pid, const struct proc_status *status)
{
	struct error *err;
	int yama;

	if (have_ptrace_capability())
		return NULL;
	if (status->uid == geteuid() && (err = check_closed(pid, status)))
		return err;
	if (status->uid != geteuid() || status->euid != geteuid()) {
		CLEANUP(free_cleanup) char *user = user_name(status->uid);

		return error_hint(error_new(ERROR_PERMISSION,
					    "PID %d belongs to %s", (int)pid,
					    user),
				  "%s", HINT_RIGHTS);
	}
	yama = yama_scope();
	if (yama == 3)
		return error_hint(error_new(ERROR_PERMISSION,
					    "ptrace is switched off on this "
					    "machine (yama/ptrace_scope is 3)"),
				  "it can only be changed by a reboot; take a "
				  "core with gcore elsewhere, or kill -ABRT "
				  "with GOTRACEBACK=crash");
	return NULL;
}

struct error *preflight_check(pid_t pid)
{
	struct proc_status status;
	struct proc_stat stat;
	struct error *err;

	if (pid <= 0)
		return error_new(ERROR_NO_TARGET, "%d is not a PID", (int)pid);
	if (pid == getpid())
		return error_new(ERROR_USAGE, "PID %d is this very program",
				 (int)pid);
	err = procfs_stat(pid, 0, &stat);
	if (err)
		return err;
	if (stat.flags & PROC_KERNEL_THREAD)
		return error_new(ERROR_UNSUPPORTED, "PID %d is a kernel thread",
				 (int)pid);
	if (stat.state == 'Z' || stat.state == 'X')
		return error_new(ERROR_NO_TARGET, "PID %d has exited",
				 (int)pid);
	err = procfs_status(pid, &status);
	if (err)
		return err;
	if (status.tgid != pid)
		return error_hint(error_new(ERROR_NO_TARGET,
					    "%d is a thread of PID %d",
					    (int)pid, (int)status.tgid),
				  "use PID %d", (int)status.tgid);
	return check_rights(pid, &status);
}

static bool is_ancestor(pid_t pid)
{
	struct proc_stat stat;
	unsigned depth;

	for (depth = 0; depth < 64 && pid > 1; depth++) {
		struct error *err = procfs_stat(pid, 0, &stat);

		if (err) {
			error_free(err);
			return false;
		}
		pid = stat.ppid;
		if (pid == getpid())
			return true;
	}
	return false;
}

static struct error *yama_error(pid_t pid, int yama)
{
	return error_hint(
		error_new(ERROR_PERMISSION,
			  "PID %d: yama/ptrace_scope is %d: only %s may "
			  "attach",
			  (int)pid, yama, yama == 1 ? "ancestors" : "root"),
		"%s", HINT_RIGHTS);
}

struct error *preflight_attach(pid_t pid)
{
	struct proc_status status;
	struct error *err = preflight_check(pid);
	int yama;

	if (!err)
		err = procfs_status(pid, &status);
	if (err)
		return err;
	if (status.tracer)
		return traced_error(pid, status.tracer);
	yama = yama_scope();
	if (yama >= 1 && !have_ptrace_capability() &&
	    (yama > 1 || !is_ancestor(pid)))
		return yama_error(pid, yama);
	return NULL;
}

struct error *preflight_fork(void)
{
	if (yama_scope() < 1 || have_ptrace_capability())
		return NULL;
	return error_hint(error_new(ERROR_UNSUPPORTED,
				    "a fork needs CAP_SYS_PTRACE where "
				    "yama/ptrace_scope is not 0"),
			  "use --freeze=copy");
}

struct error *preflight_explain(pid_t pid, struct error *err)
{
	struct proc_status self;
	struct error *why;

	if (!err || err->code != ERROR_PERMISSION)
		return err;
	why = preflight_attach(pid);
	if (why) {
		error_free(err);
		return why;
	}
	/* Zeroed if it fails. */
	error_free(procfs_status(getpid(), &self));
	if (self.seccomp && have_ptrace_capability())
		return error_hint(err, "%s", HINT_SECCOMP);
	return error_hint(err, "%s", HINT_RIGHTS);
}

void preflight_facts(struct preflight_facts *ret)
{
	struct proc_status self;
	uint64_t from = 0x5a, to = 0;
	struct iovec local = {&to, sizeof(to)}, remote = {&from, sizeof(from)};

	/* Zeroed if it fails. */
	error_free(procfs_status(getpid(), &self));
	*ret = (struct preflight_facts){
		.yama_scope = yama_scope(),
		.ptrace_capable = have_ptrace_capability(),
		.seccomp = self.seccomp,
		.ptrace_works = tracer_works(),
		.vm_readv_works =
			process_vm_readv(getpid(), &local, 1, &remote, 1, 0) ==
				(ssize_t)sizeof(to) &&
			to == from,
	};
}
