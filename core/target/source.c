#include "core/target/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int open_file(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

void source_open(struct source *source, pid_t pid, bool shared)
{
	*source = (struct source){
		.pid = pid,
		.mem_fd = shared ? open_file(pid, "mem") : -1,
		.pagemap_fd = open_file(pid, "pagemap"),
	};
}

void source_close(struct source *source)
{
	if (source->mem_fd >= 0)
		close(source->mem_fd);
	if (source->pagemap_fd >= 0)
		close(source->pagemap_fd);
	source->mem_fd = source->pagemap_fd = -1;
}

void source_move(const struct source *source)
{
	if (source->progress)
		atomic_fetch_add(source->progress, 1);
}

/** One range of /proc/PID/mem; errno says what ended it early. */
static size_t read_file(int fd, uint8_t *to, uint64_t from, size_t len)
{
	size_t done = 0;

	errno = 0;
	while (done < len) {
		ssize_t n =
			pread(fd, to + done, len - done, (off_t)(from + done));

		if (n < 0 && errno == EINTR)
			continue;
		/* The file ends where the process has no memory any more. */
		if (n == 0)
			errno = ESRCH;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

ssize_t source_read(const struct source *source, const struct iovec *local,
		    const struct iovec *remote, size_t count)
{
	size_t total = 0, i;

	if (source->mem_fd < 0)
		return process_vm_readv(source->pid, local, count, remote,
					count, 0);
	for (i = 0; i < count; i++) {
		uint64_t from;
		size_t n;

		memcpy(&from, &remote[i].iov_base, sizeof(from));
		n = read_file(source->mem_fd, local[i].iov_base, from,
			      local[i].iov_len);
		total += n;
		source_move(source);
		if (n < local[i].iov_len)
			break;
	}
	return total || !count ? (ssize_t)total : -1;
}
