#include "core/target/cgroup.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/xalloc.h"
#include "core/target/procfs.h"

enum { CGROUP_PATH = 4096, CGROUP_FILE = 16384 };

/** Past this a number means "no limit". */
static const uint64_t CGROUP_NO_LIMIT = 1ULL << 60;

struct cgroup_mount {
	char root[CGROUP_PATH], point[CGROUP_PATH];
	bool v2;
};

struct cgroup_names { /* files of one controller and version */
	const char *limit, *used, *stat, *reclaimable;
};

static const char *controller(enum cgroup_kind kind)
{
	return kind == CGROUP_MEMORY ? "memory" : "pids";
}

static const struct cgroup_names *names(enum cgroup_kind kind, bool v2)
{
	static const struct cgroup_names pids = {.limit = "pids.max",
						 .used = "pids.current"};
	static const struct cgroup_names memory = {
		.limit = "memory.max",
		.used = "memory.current",
		.stat = "memory.stat",
		.reclaimable = "inactive_file",
	};
	static const struct cgroup_names memory_v1 = {
		.limit = "memory.limit_in_bytes",
		.used = "memory.usage_in_bytes",
		.stat = "memory.stat",
		.reclaimable = "total_inactive_file",
	};

	return kind == CGROUP_PIDS ? &pids : v2 ? &memory : &memory_v1;
}

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (; *list; list += strcspn(list, ","), list += *list == ',')
		if (!strncmp(list, word, n) && (!list[n] || list[n] == ','))
			return true;
	return false;
}

/** "36 35 0:30 ROOT POINT options ... - TYPE source OPTIONS" */
static bool parse_mount(const char *line, const char *name,
			struct cgroup_mount *ret)
{
	const char *rest = strstr(line, " - ");
	char type[32], options[1024];

	if (!rest ||
	    sscanf(line, "%*s %*s %*s %4095s %4095s", ret->root, ret->point) !=
		    2 ||
	    sscanf(rest, " - %31s %*s %1023s", type, options) != 2)
		return false;
	ret->v2 = !strcmp(type, "cgroup2");
	/* Spaces are written as \040; nobody has them there. */
	return (ret->v2 ||
		(!strcmp(type, "cgroup") && has_word(options, name))) &&
	       !strchr(ret->point, '\\');
}

/** "4:memory:/path" or, in version 2, "0::/path"; false if absent. */
static bool find_path(const char *text, const char *name, bool v2,
		      char ret[CGROUP_PATH])
{
	const char *line;

	for (line = text; *line;
	     line += strcspn(line, "\n"), line += *line == '\n') {
		const char *list = strchr(line, ':');
		char controllers[256] = "";

		if (!list)
			return false;
		list++;
		if (*list != ':' &&
		    sscanf(list, "%255[^:\n]", controllers) != 1)
			continue;
		if (v2 ? controllers[0] != '\0' : !has_word(controllers, name))
			continue;
		list += strlen(controllers);
		return *list == ':' && sscanf(list + 1, "%4095[^\n]", ret) == 1;
	}
	return false;
}

/** The directory of the group; false if it cannot be seen from here. */
static bool group_dir(const struct cgroup_mount *mount, const char *path,
		      char ret[CGROUP_PATH])
{
	size_t root = strlen(mount->root);

	if (strstr(path, "/.."))
		return false;
	if (strcmp(mount->root, "/") != 0) {
		if (strncmp(path, mount->root, root) ||
		    (path[root] && path[root] != '/'))
			return false;
		path += root;
	}
	return snprintf(ret, CGROUP_PATH, "%s%s", mount->point, path) <
	       CGROUP_PATH;
}

static bool read_file(const char *dir, const char *name, char *ret, size_t size)
{
	char path[CGROUP_PATH + 64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, ret, size - 1);
	close(fd);
	ret[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/** False for "max" and what is not a number. */
static bool read_number(const char *dir, const char *name, uint64_t *ret)
{
	char text[64];

	if (!read_file(dir, name, text, sizeof(text)) ||
	    !isdigit((unsigned char)text[0]))
		return false;
	*ret = strtoull(text, NULL, 10);
	return true;
}

static uint64_t read_stat(const char *dir, const struct cgroup_names *n)
{
	char text[CGROUP_FILE];
	size_t len = n->stat ? strlen(n->reclaimable) : 0;
	const char *line;

	if (!len || !read_file(dir, n->stat, text, sizeof(text)))
		return 0;
	for (line = text; *line;
	     line += strcspn(line, "\n"), line += *line == '\n')
		if (!strncmp(line, n->reclaimable, len) && line[len] == ' ')
			return strtoull(line + len, NULL, 10);
	return 0;
}

static uint64_t room_of(const struct cgroup_use *use)
{
	if (use->limit == UINT64_MAX)
		return UINT64_MAX;
	return use->limit > use->used ? use->limit - use->used : 0;
}

static struct cgroup_use level_use(const char *dir,
				   const struct cgroup_names *n)
{
	struct cgroup_use use = {.limit = UINT64_MAX};
	uint64_t limit, spare;

	if (!read_number(dir, n->limit, &limit) || limit >= CGROUP_NO_LIMIT ||
	    !read_number(dir, n->used, &use.used))
		return use;
	use.limit = limit;
	spare = read_stat(dir, n);
	use.used = use.used > spare ? use.used - spare : 0;
	return use;
}

static void take_tighter(struct cgroup_use *use, struct cgroup_use other)
{
	if (room_of(&other) < room_of(use))
		*use = other;
}

static struct cgroup_use mount_use(const struct cgroup_mount *mount,
				   const char *cgroups, enum cgroup_kind kind)
{
	const struct cgroup_names *n = names(kind, mount->v2);
	char path[CGROUP_PATH], dir[CGROUP_PATH];
	size_t top = strlen(mount->point);
	struct cgroup_use use = {.limit = UINT64_MAX};

	if (!find_path(cgroups, controller(kind), mount->v2, path) ||
	    !group_dir(mount, path, dir))
		return use;
	for (;;) {
		char *slash = strrchr(dir, '/');

		take_tighter(&use, level_use(dir, n));
		if (!slash || strlen(dir) <= top)
			return use;
		*slash = '\0';
	}
}

uint64_t cgroup_room(pid_t pid, enum cgroup_kind kind)
{
	struct cgroup_use use;

	return cgroup_tightest(pid, kind, &use) ? room_of(&use) : UINT64_MAX;
}

bool cgroup_tightest(pid_t pid, enum cgroup_kind kind, struct cgroup_use *ret)
{
	CLEANUP(free_cleanup) char *mounts = NULL;
	CLEANUP(free_cleanup) char *cgroups = NULL;
	CLEANUP(free_cleanup)
	struct cgroup_mount *mount = xmalloc(sizeof(*mount));
	char *line, *next = NULL;
	size_t len;
	struct error *err = procfs_read(getpid(), "mountinfo", &mounts, &len);

	*ret = (struct cgroup_use){.limit = UINT64_MAX};

	if (!err)
		err = procfs_read(pid, "cgroup", &cgroups, &len);
	if (err) {
		error_free(err);
		return false;
	}
	for (line = strtok_r(mounts, "\n", &next); line;
	     line = strtok_r(NULL, "\n", &next))
		if (parse_mount(line, controller(kind), mount))
			take_tighter(ret, mount_use(mount, cgroups, kind));
	return ret->limit != UINT64_MAX;
}
