#include "core/go/bias.h"

#include <elf.h>
#include <string.h>

static bool same_file(const char *path, const char *exe)
{
	size_t n = strlen(exe);

	return !strncmp(path, exe, n) &&
	       (!path[n] || !strcmp(path + n, " (deleted)"));
}

uint64_t go_load_bias(const struct go_program *program,
		      const struct sample *sample)
{
	const char *exe = sample_info(sample)->exe;
	const struct sample_mapping *maps;
	size_t count, i;

	if (elf_file_type(program->elf) != ET_DYN)
		return 0;
	maps = sample_mappings(sample, &count);
	for (i = 0; exe && i < count; i++)
		if (same_file(maps[i].path, exe))
			return maps[i].start - elf_file_base(program->elf);
	for (i = 0; i < count; i++)
		if (*maps[i].path == '/' && !maps[i].file_offset)
			return maps[i].start - elf_file_base(program->elf);
	return 0;
}
