#include "core/target/preflight.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/target/procfs.h"

enum { CAP_PTRACE_BIT = 19 }; /* CAP_SYS_PTRACE, linux/capability.h */

static const uint64_t KERNEL_THREAD = 0x00200000; /* PF_KTHREAD */

static const char HINT_RIGHTS[] =
	"run with sudo, or setcap cap_sys_ptrace+ep on the program; in a "
	"container: docker --cap-add SYS_PTRACE, or kubectl debug "
	"--profile=general --target=CONTAINER";

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
	const struct passwd *pw = getpwuid(uid);

	return pw ? xstrdup(pw->pw_name) : xasprintf("uid %u", (unsigned)uid);
}

static struct error *traced_error(pid_t pid, pid_t tracer)
{
	CLEANUP(buf_deinit) struct buf name = {0};
	CLEANUP(free_cleanup) char *comm = NULL;
	struct error *err;
	size_t len = 0;

	err = procfs_read(tracer, "comm", &comm, &len);
	if (err)
		error_free(err);
	else
		text_plain(&name, comm,
			   len && comm[len - 1] == '\n' ? len - 1 : len);
	return error_hint(error_new(ERROR_PERMISSION,
				    "PID %d is traced by PID %d (%s)", (int)pid,
				    (int)tracer,
				    name.len ? buf_str(&name) : "?"),
			  "a process has one tracer at a time: end that one, "
			  "or use --freeze=nonstop");
}

static struct error *check_rights(pid_t pid, const struct proc_status *status)
{
	int yama;

	if (have_ptrace_capability())
		return NULL;
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
	err = procfs_stat(pid, 0, &stat);
	if (err)
		return err;
	if (stat.flags & KERNEL_THREAD)
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

struct error *preflight_explain(pid_t pid, struct error *err)
{
	struct proc_status status;
	struct error *why;
	int yama;

	if (!err || err->code != ERROR_PERMISSION)
		return err;
	why = preflight_check(pid);
	if (why) {
		error_free(err);
		return why;
	}
	/* Zeroed if it fails. */
	error_free(procfs_status(pid, &status));
	if (status.tracer) {
		error_free(err);
		return traced_error(pid, status.tracer);
	}
	yama = yama_scope();
	if (yama >= 1 && !have_ptrace_capability())
		return error_hint(err,
				  "yama/ptrace_scope is %d: only %s may "
				  "attach; %s",
				  yama, yama == 1 ? "ancestors" : "root",
				  HINT_RIGHTS);
	return error_hint(err, "%s", HINT_RIGHTS);
}
