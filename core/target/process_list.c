#include "core/target/process_list.h"

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/xalloc.h"
#include "core/target/preflight.h"
#include "core/target/procfs.h"
#include "dwarf/build_info.h"

static void entry_deinit(struct process_entry *entry)
{
	free(entry->user);
	free(entry->exe);
	free(entry->name);
	free(entry->go);
	free(entry->module);
	free(entry->why_not);
	*entry = (struct process_entry){0};
}

void process_list_deinit(struct process_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		entry_deinit(&list->v[i]);
	free(list->v);
	*list = (struct process_list){0};
}

static char *user_name(uid_t uid)
{
	struct passwd pw, *found = NULL;
	char text[4096];

	if (getpwuid_r(uid, &pw, text, sizeof(text), &found) == 0 && found)
		return xstrdup(found->pw_name);
	return xasprintf("%u", (unsigned)uid);
}

/** Only a look at one section: most executables end here. */
static void find_go(struct process_entry *entry)
{
	struct build_info info = {0};
	struct elf_file *elf = NULL;
	struct error *err;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)entry->pid);
	err = elf_file_open(path, &elf);
	if (err) {
		error_free(err);
		return;
	}
	if (elf_file_find_section(elf, ".go.buildinfo")) {
		err = build_info_load(elf, &info);
		if (!err) {
			entry->is_go = true;
			entry->go = xstrdup(info.version);
			if (info.module && *info.module)
				entry->module = xstrdup(info.module);
			else if (info.path && *info.path)
				entry->module = xstrdup(info.path);
			build_info_deinit(&info);
		}
		error_free(err);
	}
	elf_file_close(elf);
}

static uint64_t start_wall(const struct proc_stat *stat)
{
	long hz = sysconf(_SC_CLK_TCK);
	struct timespec up;
	uint64_t since_boot, age;

	if (hz <= 0 || clock_gettime(CLOCK_BOOTTIME, &up) < 0)
		return 0;
	since_boot = (uint64_t)up.tv_sec * 1000000000 + (uint64_t)up.tv_nsec;
	age = stat->start_time / (uint64_t)hz * 1000000000;
	return age < since_boot ? clock_wall() - (since_boot - age) : 0;
}

static void judge(struct process_entry *entry)
{
	struct error *err = preflight_attach(entry->pid);

	entry->attachable = !err;
	if (err)
		entry->why_not = xstrdup(err->message);
	error_free(err);
}

/** False if the process is gone or is not one people mean. */
static bool load_entry(pid_t pid, struct process_entry *ret)
{
	struct proc_status status;
	struct proc_stat stat;
	struct error *err;
	const char *slash;

	err = procfs_stat(pid, 0, &stat);
	if (!err)
		err = procfs_status(pid, &status);
	if (err) {
		error_free(err);
		return false;
	}
	if (stat.flags & PROC_KERNEL_THREAD || stat.state == 'Z' ||
	    stat.state == 'X')
		return false;
	*ret = (struct process_entry){
		.pid = pid,
		.uid = status.uid,
		.user = user_name(status.uid),
		.exe = procfs_exe(pid),
		.rss = status.rss_bytes,
		.threads = status.threads,
		.start = start_wall(&stat),
	};
	if (!ret->exe)
		ret->exe = xstrdup("");
	slash = strrchr(ret->exe, '/');
	ret->name = xstrdup(slash ? slash + 1 : status.name);
	return true;
}

static int compare_pids(const void *a, const void *b)
{
	const struct process_entry *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

struct error *process_list_load(bool only_go, struct process_list *ret)
{
	DIR *dir = opendir("/proc");
	struct dirent *dirent;

	*ret = (struct process_list){0};
	if (!dir)
		return error_os(errno, "cannot read '/proc'");
	while ((dirent = readdir(dir))) {
		long pid = strtol(dirent->d_name, NULL, 10);
		struct process_entry entry;

		if (pid <= 0 || pid == getpid() ||
		    !load_entry((pid_t)pid, &entry))
			continue;
		find_go(&entry);
		if (only_go && !entry.is_go) {
			entry_deinit(&entry);
			continue;
		}
		judge(&entry);
		GROW_ARRAY(ret->v, ret->n, ret->cap);
		ret->v[ret->n++] = entry;
	}
	closedir(dir);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), compare_pids);
	return NULL;
}
