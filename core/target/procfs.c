#include "core/target/procfs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/limits.h"
#include "core/base/xalloc.h"

enum {
	PROCFS_PATH_MAX = 96,
	PROCFS_FILE_MAX = 256 << 20, /* maps of a million mappings */
	PROCFS_MAPS_TRIES = 20,
};

static struct error *procfs_error(pid_t pid, int sys_errno, const char *path)
{
	struct error *err;

	if (sys_errno == ENOENT || sys_errno == ESRCH)
		return error_new(ERROR_NO_TARGET, "no process with PID %d",
				 (int)pid);
	err = error_os(sys_errno, "cannot read '%s'", path);
	if (sys_errno == EACCES || sys_errno == EPERM)
		err->code = ERROR_PERMISSION;
	return err;
}

static struct error *read_fd(int fd, struct buf *out, int *errno_ret)
{
	*errno_ret = 0;
	for (;;) {
		char *to = buf_reserve(out, 1 << 16);
		ssize_t n = read(fd, to, 1 << 16);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			*errno_ret = errno;
		if (n <= 0)
			return NULL;
		buf_commit(out, (size_t)n);
		if (out->len > PROCFS_FILE_MAX)
			return error_new(ERROR_LIMIT,
					 "a /proc file is too long");
	}
}

static void close_cleanup(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

struct error *procfs_read(pid_t pid, const char *name, char **ret,
			  size_t *len_ret)
{
	CLEANUP(buf_deinit) struct buf text = {0};
	CLEANUP(close_cleanup) int fd = -1;
	char path[PROCFS_PATH_MAX];
	struct error *err;
	int sys_errno;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return procfs_error(pid, errno, path);
	err = read_fd(fd, &text, &sys_errno);
	if (err)
		return err;
	if (sys_errno)
		return procfs_error(pid, sys_errno, path);
	buf_addc(&text, '\0');
	*len_ret = text.len - 1;
	*ret = buf_steal(&text);
	return NULL;
}

/** A hexadecimal number that ends at @p stop; false if it is not one. */
static bool take_hex(const char **p, const char *end, char stop, uint64_t *ret)
{
	uint64_t value = 0;
	unsigned digits = 0;

	for (; *p < end && isxdigit((unsigned char)**p); (*p)++) {
		int c = tolower((unsigned char)**p);

		if (++digits > 16)
			return false;
		value = value << 4 |
			(uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	if (!digits || *p >= end || **p != stop)
		return false;
	(*p)++;
	*ret = value;
	return true;
}

static bool take_word(const char **p, const char *end)
{
	const char *begin = *p;

	while (*p < end && **p != ' ')
		(*p)++;
	if (*p == begin)
		return false;
	return true;
}

/** "start-end rwxp offset dev inode   path" */
static bool parse_map_line(const char *p, const char *end,
			   struct sample_mapping *ret)
{
	const char *inode;

	if (!take_hex(&p, end, '-', &ret->start) ||
	    !take_hex(&p, end, ' ', &ret->end))
		return false;
	if (end - p < 5 || p[4] != ' ')
		return false;
	ret->readable = p[0] == 'r';
	ret->writable = p[1] == 'w';
	ret->executable = p[2] == 'x';
	ret->shared = p[3] == 's';
	p += 5;
	if (!take_hex(&p, end, ' ', &ret->file_offset))
		return false;
	if (!take_word(&p, end) || p >= end)
		return false;
	inode = ++p;
	if (!take_word(&p, end))
		return false;
	ret->anonymous = p - inode == 1 && *inode == '0';
	while (p < end && *p == ' ')
		p++;
	ret->path = xstrndup(p, (size_t)(end - p));
	return true;
}

struct error *procfs_parse_maps(const char *text, size_t len,
				struct sample_mapping **ret, size_t *count_ret)
{
	const char *p = text, *end = text + len;
	struct sample_mapping *maps = NULL;
	size_t count = 0, cap = 0;

	while (p < end) {
		const char *line = p, *eol;
		struct sample_mapping m = {0};
		uint64_t last = count ? maps[count - 1].end : 0;

		eol = memchr(p, '\n', (size_t)(end - p));
		if (!eol)
			eol = end;
		p = eol < end ? eol + 1 : end;
		if (eol == line)
			continue;
		if (!parse_map_line(line, eol, &m) || m.end <= m.start ||
		    m.start < last) {
			free(m.path);
			for (size_t i = 0; i < count; i++)
				free(maps[i].path);
			free(maps);
			return error_new(ERROR_CORRUPT,
					 "line %zu of the memory map makes "
					 "no sense",
					 count + 1);
		}
		GROW_ARRAY(maps, count, cap);
		maps[count++] = m;
	}
	*ret = maps;
	*count_ret = count;
	return NULL;
}

static struct error *read_maps(pid_t pid, struct sample_mapping **ret,
			       size_t *count_ret)
{
	CLEANUP(free_cleanup) char *text = NULL;
	struct error *err;
	size_t len;

	err = procfs_read(pid, "maps", &text, &len);
	return err ? err : procfs_parse_maps(text, len, ret, count_ret);
}

struct error *procfs_maps(pid_t pid, struct sample_mapping **ret,
			  size_t *count_ret)
{
	struct error *err = NULL;
	unsigned i;

	/*
	 * The kernel writes the lines one by one: of a process that maps and
	 * unmaps meanwhile, one mapping may come twice, before and after it
	 * grew.
	 */
	for (i = 0; i < PROCFS_MAPS_TRIES; i++) {
		error_free(err);
		err = read_maps(pid, ret, count_ret);
		if (!err || err->code != ERROR_CORRUPT)
			break;
	}
	return err;
}

bool procfs_parse_stat(const char *text, size_t len, struct proc_stat *ret)
{
	/* The command name may hold anything, ") R 1" included: go from the
	 * last parenthesis. */
	const char *p = memrchr(text, ')', len);
	const char *end = text + len;
	unsigned field;

	*ret = (struct proc_stat){0};
	if (!p || end - p < 4 || p[1] != ' ')
		return false;
	p += 2;
	ret->state = *p;
	for (field = 3; field <= 38; field++) {
		char *stop;
		unsigned long long value;

		if (field > 3) {
			value = strtoull(p, &stop, 10);
			if (stop == p)
				return field > 28; /* the rest is extra */
			p = stop;
			if (field == 4)
				ret->ppid = (pid_t)value;
			else if (field == 9)
				ret->flags = value;
			else if (field == 10)
				ret->minor_faults = value;
			else if (field == 14)
				ret->user_ticks = value;
			else if (field == 22)
				ret->start_time = value;
			else if (field == 26)
				ret->start_code = value;
			else if (field == 28)
				ret->start_stack = value;
			else if (field == 38)
				ret->exit_signal = (int)value;
		} else {
			p++;
		}
	}
	return true;
}

struct error *procfs_stat(pid_t pid, pid_t tid, struct proc_stat *ret)
{
	CLEANUP(free_cleanup) char *text = NULL;
	char name[PROCFS_PATH_MAX] = "stat";
	struct error *err;
	size_t len;

	*ret = (struct proc_stat){0};
	if (tid)
		snprintf(name, sizeof(name), "task/%d/stat", (int)tid);
	err = procfs_read(pid, name, &text, &len);
	if (err)
		return err;
	if (!procfs_parse_stat(text, len, ret))
		return error_new(ERROR_CORRUPT, "'/proc/%d/%s' makes no sense",
				 (int)pid, name);
	return NULL;
}

/** The value of a line "Key:\tvalue", or NULL. */
static const char *status_value(const char *line, const char *key)
{
	size_t n = strlen(key);

	if (strncmp(line, key, n) || line[n] != ':')
		return NULL;
	line += n + 1;
	while (*line == ' ' || *line == '\t')
		line++;
	return line;
}

static void parse_status_line(const char *line, struct proc_status *ret)
{
	const char *v;

	if ((v = status_value(line, "Name"))) {
		snprintf(ret->name, sizeof(ret->name), "%s", v);
	} else if ((v = status_value(line, "Tgid"))) {
		ret->tgid = (pid_t)strtol(v, NULL, 10);
	} else if ((v = status_value(line, "TracerPid"))) {
		ret->tracer = (pid_t)strtol(v, NULL, 10);
	} else if ((v = status_value(line, "Uid"))) {
		char *next;

		ret->uid = (uid_t)strtoul(v, &next, 10);
		ret->euid = (uid_t)strtoul(next, NULL, 10);
	} else if ((v = status_value(line, "VmRSS"))) {
		ret->rss_bytes = strtoull(v, NULL, 10) * 1024;
	} else if ((v = status_value(line, "CapEff"))) {
		ret->cap_effective = strtoull(v, NULL, 16);
	} else if ((v = status_value(line, "Threads"))) {
		ret->threads = (unsigned)strtoul(v, NULL, 10);
	} else if ((v = status_value(line, "VmData"))) {
		ret->data_bytes = strtoull(v, NULL, 10) * 1024;
	} else if ((v = status_value(line, "VmPTE"))) {
		ret->page_table_bytes = strtoull(v, NULL, 10) * 1024;
	} else if ((v = status_value(line, "HugetlbPages"))) {
		ret->hugetlb_bytes = strtoull(v, NULL, 10) * 1024;
	} else if ((v = status_value(line, "Seccomp"))) {
		ret->seccomp = (unsigned)strtoul(v, NULL, 10);
	}
}

bool procfs_parse_status(const char *text, size_t len, struct proc_status *ret)
{
	const char *p = text, *end = text + len;
	bool any = false;

	*ret = (struct proc_status){0};
	while (p < end) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		char line[512];
		size_t n = (size_t)((eol ? eol : end) - p);

		if (n >= sizeof(line))
			n = sizeof(line) - 1;
		memcpy(line, p, n);
		line[n] = '\0';
		parse_status_line(line, ret);
		any = any || status_value(line, "Tgid");
		p = eol ? eol + 1 : end;
	}
	return any;
}

struct error *procfs_status(pid_t pid, struct proc_status *ret)
{
	CLEANUP(free_cleanup) char *text = NULL;
	struct error *err;
	size_t len;

	*ret = (struct proc_status){0};
	err = procfs_read(pid, "status", &text, &len);
	if (err)
		return err;
	if (!procfs_parse_status(text, len, ret))
		return error_new(ERROR_CORRUPT,
				 "'/proc/%d/status' makes no sense", (int)pid);
	return NULL;
}

struct error *procfs_tasks(pid_t pid, pid_t **ret, size_t *count_ret)
{
	char path[PROCFS_PATH_MAX];
	size_t count = 0, cap = 0;
	struct dirent *entry;
	pid_t *tids = NULL;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir)
		return procfs_error(pid, errno, path);
	while ((entry = readdir(dir)) && count < LIMIT_THREADS) {
		long tid = strtol(entry->d_name, NULL, 10);

		if (tid <= 0)
			continue;
		GROW_ARRAY(tids, count, cap);
		tids[count++] = (pid_t)tid;
	}
	closedir(dir);
	if (!count) {
		free(tids);
		return procfs_error(pid, ESRCH, path);
	}
	*ret = tids;
	*count_ret = count;
	return NULL;
}

char *procfs_exe(pid_t pid)
{
	char path[PROCFS_PATH_MAX], link[4096];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	n = readlink(path, link, sizeof(link));
	return n > 0 ? xstrndup(link, (size_t)n) : NULL;
}

/** Behind @p key in file @p name of process @p pid; the caller frees *text. */
static const char *find_line(pid_t pid, const char *name, const char *key,
			     char **text)
{
	size_t len;
	struct error *err = procfs_read(pid, name, text, &len);
	const char *at = err ? NULL : strstr(*text, key);

	error_free(err);
	return at ? at + strlen(key) : NULL;
}

uint64_t procfs_rollup(pid_t pid, const char *key)
{
	CLEANUP(free_cleanup) char *text = NULL;
	const char *at = find_line(pid, "smaps_rollup", key, &text);

	return at ? strtoull(at, NULL, 10) * 1024 : 0;
}

pid_t procfs_ns_pid(pid_t pid)
{
	CLEANUP(free_cleanup) char *text = NULL;
	const char *at = find_line(pid, "status", "\nNSpid:", &text);
	char *end;
	pid_t last = 0;

	/* One number for each namespace, the innermost last. */
	while (at && *at && *at != '\n') {
		long value = strtol(at, &end, 10);

		if (end == at || value <= 0)
			break;
		last = (pid_t)value;
		at = end + strspn(end, "\t ");
	}
	return last;
}

void procfs_set_oom_score(pid_t pid, int score)
{
	char path[PROCFS_PATH_MAX], text[16];
	int fd, n;

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	n = snprintf(text, sizeof(text), "%d", score);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	/* Refused below the value that root has set. */
	(void)!write(fd, text, (size_t)n);
	close(fd);
}
