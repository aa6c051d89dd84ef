/**
 * libFuzzer entry for cores: `clang -fsanitize=fuzzer,address`. The input is
 * opened as a core file and everything it claims to map is read.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/target/sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(const struct sample *sample)
{
	const struct sample_mapping *maps;
	size_t count, i;

	maps = sample_mappings(sample, &count);
	for (i = 0; i < count; i++) {
		uint64_t len = maps[i].end - maps[i].start;
		uint64_t word;

		if (len > 1 << 20)
			len = 1 << 20;
		(void)sample_extent(sample, maps[i].start, len);
		(void)sample_u64(sample, maps[i].start + len - 4, &word);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("core", MFD_CLOEXEC);
	struct sample *sample = NULL;
	struct error *err;
	char path[64];

	if (fd < 0)
		return 0;
	if (write(fd, data, size) != (ssize_t)size) {
		close(fd);
		return 0;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = sample_open_core(path, NULL, &sample);
	if (!err)
		read_all(sample);
	error_free(err);
	sample_free(sample);
	close(fd);
	return 0;
}
