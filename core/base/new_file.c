#include "core/base/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/xalloc.h"

static struct error *refuse_existing(const char *path, bool force)
{
	struct stat st;

	if (lstat(path, &st))
		return errno == ENOENT
			       ? NULL
			       : error_os(errno, "cannot write '%s'", path);
	if (S_ISLNK(st.st_mode) && stat(path, &st))
		st.st_mode = S_IFREG; /* dangling: replaced as any name */
	if (S_ISDIR(st.st_mode))
		return error_new(ERROR_USAGE, "'%s' is a directory", path);
	/* To rename over /dev/null is to take it from everybody. */
	if (!S_ISREG(st.st_mode))
		return error_new(ERROR_USAGE, "'%s' is not a regular file",
				 path);
	if (!force)
		return error_hint(
			error_new(ERROR_USAGE, "'%s' exists", path),
			"--force replaces it once the new file is complete");
	return NULL;
}

struct error *new_file_create(const char *path, bool force,
			      struct new_file *ret)
{
	struct error *err = refuse_existing(path, force);
	char *temporary;
	int fd, e;

	*ret = (struct new_file){.fd = -1};
	if (err)
		return err;
	temporary = xasprintf("%s.tmp-XXXXXX", path);
	fd = mkostemp(temporary, O_CLOEXEC); /* 0600 */
	if (fd < 0) {
		e = errno;
		free(temporary);
		return error_os(e, "cannot write '%s'", path);
	}
	*ret = (struct new_file){
		.path = xstrdup(path),
		.temporary = temporary,
		.fd = fd,
		.force = force,
	};
	return NULL;
}

static struct error *sync_folder(const char *path)
{
	CLEANUP(free_cleanup) char *folder = xstrdup(path);
	char *slash = strrchr(folder, '/');
	struct error *err = NULL;
	int fd;

	if (slash)
		slash[slash == folder] = '\0';
	fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Some file systems cannot sync a folder: nothing to be done. */
	if (fd < 0 || (fsync(fd) && errno != EINVAL && errno != EROFS))
		err = error_os(errno, "cannot write '%s'", path);
	if (fd >= 0)
		close(fd);
	return err;
}

/* Without --force a file that appeared meanwhile is not replaced either. */
static int move(const struct new_file *file)
{
	if (file->force)
		return rename(file->temporary, file->path);
	if (!renameat2(AT_FDCWD, file->temporary, AT_FDCWD, file->path,
		       RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (access(file->path, F_OK))
		return rename(file->temporary, file->path);
	errno = EEXIST;
	return -1;
}

/* fsync() cannot be ended, but it need not be waited for. */
struct syncing {
	int fd; /* its own */
	atomic_bool done;
	atomic_int users;
};

static void syncing_drop(struct syncing *s)
{
	if (atomic_fetch_sub(&s->users, 1) > 1)
		return;
	close(s->fd);
	free(s);
}

static void *sync_main(void *arg)
{
	struct syncing *s = arg;

	/* new_file_publish() does it again, and sees what goes wrong. */
	(void)fsync(s->fd);
	atomic_store(&s->done, true);
	syncing_drop(s);
	return NULL;
}

static struct syncing *sync_start(int fd)
{
	struct syncing *s = xcalloc(1, sizeof(*s));
	pthread_t thread;

	s->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	atomic_init(&s->users, 2);
	if (s->fd >= 0 && !pthread_create(&thread, NULL, sync_main, s)) {
		pthread_detach(thread);
		return s;
	}
	if (s->fd >= 0)
		close(s->fd);
	free(s);
	return NULL;
}

struct error *new_file_sync(const struct new_file *file, struct job *job)
{
	const struct timespec tick = {.tv_nsec = 2000000};
	struct syncing *s;

	if (!job || !(s = sync_start(file->fd)))
		return job_check(job);
	while (!atomic_load(&s->done) && !job_cancelled(job))
		nanosleep(&tick, NULL);
	syncing_drop(s);
	return job_check(job);
}

struct error *new_file_publish(struct new_file *file)
{
	int bad = fsync(file->fd), e = errno;

	if (close(file->fd) && !bad) {
		bad = -1;
		e = errno;
	}
	file->fd = -1;
	if (bad)
		return error_os(e, "cannot write '%s'", file->path);
	if (move(file))
		return error_os(errno, "cannot write '%s'", file->path);
	free(file->temporary);
	file->temporary = NULL;
	return sync_folder(file->path);
}

struct error *new_file_write(const struct new_file *file, const void *bytes,
			     uint64_t len, uint64_t offset)
{
	const char *from = bytes;

	while (len) {
		ssize_t n = pwrite(file->fd, from, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_os(n ? errno : ENOSPC, "cannot write '%s'",
					file->path);
		from += n;
		offset += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return NULL;
}

struct error *new_file_put(const char *path, const void *bytes, uint64_t len,
			   bool force)
{
	struct new_file file = {.fd = -1};
	struct error *err;

	if (!(err = new_file_create(path, force, &file)) &&
	    !(err = new_file_write(&file, bytes, len, 0)))
		err = new_file_publish(&file);
	new_file_deinit(&file);
	return err;
}

void new_file_deinit(struct new_file *file)
{
	if (file->fd >= 0 && file->path)
		close(file->fd);
	if (file->temporary)
		unlink(file->temporary);
	free(file->temporary);
	free(file->path);
	*file = (struct new_file){.fd = -1};
}
