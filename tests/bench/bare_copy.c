/*
 * The yardstick: how long one thread needs to copy the resident, writable
 * memory of a process with 4 MiB process_vm_readv() calls into memory that is
 * already faulted in. Prints "BYTES NANOSECONDS".
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { CALL = 4 << 20, RUNS_MAX = 1 << 20, PAGE = 4096 };

struct run {
	uint64_t start, end;
};

static struct run runs[RUNS_MAX];
static size_t count;

static void add_resident(int pagemap, uint64_t start, uint64_t end)
{
	uint64_t entries[512], at = start, i;

	while (at < end && count < RUNS_MAX) {
		ssize_t n = pread(pagemap, entries, sizeof(entries),
				  (off_t)(at / PAGE * 8));

		if (n <= 0)
			return;
		for (i = 0; i < (uint64_t)n / 8 && at < end; i++, at += PAGE) {
			struct run *last = count ? &runs[count - 1] : NULL;

			if (!(entries[i] >> 63))
				continue;
			if (last && last->end == at &&
			    at + PAGE - last->start <= CALL)
				last->end += PAGE;
			else
				runs[count++] = (struct run){at, at + PAGE};
		}
	}
}

static void list_runs(int pid)
{
	char path[64], line[4096], rights[8];
	uint64_t start, end;
	FILE *maps;
	int pagemap;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	pagemap = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "re");
	while (maps && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &start, &end,
			   rights) == 3 &&
		    !strncmp(rights, "rw", 2))
			add_resident(pagemap, start, end);
	if (maps)
		fclose(maps);
	close(pagemap);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int main(int argc, char **argv)
{
	int pid = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0;
	uint64_t bytes = 0, start;
	char *to, *at;
	size_t i;

	list_runs(pid);
	for (i = 0; i < count; i++)
		bytes += runs[i].end - runs[i].start;
	to = mmap(NULL, bytes + 1, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (to == MAP_FAILED)
		return 1;
	memset(to, 1, bytes);
	start = now();
	for (i = 0, at = to; i < count; i++) {
		size_t n = runs[i].end - runs[i].start;
		struct iovec local = {at, n};
		struct iovec remote = {(void *)(uintptr_t)runs[i].start, n};

		if (process_vm_readv(pid, &local, 1, &remote, 1, 0) < 0)
			perror("process_vm_readv");
		at += n;
	}
	printf("%" PRIu64 " %" PRIu64 "\n", bytes, now() - start);
	return 0;
}
