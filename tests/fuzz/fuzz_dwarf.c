/*
 * Everything dwarf/ does with a file its owner may have made up:
 * open, sections, symbols, build information, debug information, the variables
 * of every function and where they are.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dwarf/build_info.h"
#include "dwarf/dbg.h"
#include "dwarf/elf_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUNCS_MAX = 3000 };

static void use_file(struct elf_file *elf)
{
	struct elf_symbol symbol;
	struct build_info info;
	const uint8_t *bytes;
	size_t i, size;

	for (i = 0; i < elf_file_section_count(elf); i++)
		error_free(elf_file_load(elf, elf_file_section(elf, i), &bytes,
					 &size));
	error_free(elf_file_symbol(elf, "runtime.firstmoduledata", &symbol));
	error_free(elf_file_symbol_at(elf, 0x500000, &symbol));
	struct error *err = build_info_load(elf, &info);

	if (!err)
		build_info_deinit(&info);
	error_free(err);
}

static void use_func(const struct dbg *dbg, const struct dbg_func *func)
{
	struct dbg_var *vars;
	size_t i, count;
	struct error *err = dbg_func_vars(dbg, func, &vars, &count);

	if (err) {
		error_free(err);
		return;
	}
	for (i = 0; i < count; i++) {
		struct dbg_location where;

		error_free(dbg_var_locate(dbg, &vars[i], func->low, &where));
		error_free(
			dbg_var_locate(dbg, &vars[i], func->high - 1, &where));
		dbg_size_of(dbg, vars[i].type);
	}
	free(vars);
}

static void use_dbg(const struct dbg *dbg)
{
	uint64_t offset, size;
	size_t i;

	for (i = 0; i < dbg_type_count(dbg); i++) {
		const struct dbg_type *type = dbg_type(dbg, (dbg_ref)i);
		const struct dbg_member *members = dbg_members(dbg, type);
		uint32_t j;

		dbg_find_runtime_type(dbg, type->runtime_type);
		dbg_strip_typedefs(dbg, (dbg_ref)i);
		dbg_size_of(dbg, (dbg_ref)i);
		for (j = 0; j < type->member_count; j++)
			dbg_field(dbg, type->name, members[j].name, &offset,
				  &size);
	}
	for (i = 0; i < dbg_global_count(dbg); i++)
		dbg_find_global(dbg, dbg_global(dbg, i)->name);
	for (i = 0; i < dbg_func_count(dbg) && i < FUNCS_MAX; i++)
		use_func(dbg, dbg_func(dbg, i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_file *elf;
	struct error *err;
	struct dbg *dbg;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0)
		return 0;
	if (write(fd, data, size) != (ssize_t)size) {
		close(fd);
		return 0;
	}
	err = elf_file_open_fd(fd, "fuzz", &elf);
	if (err) {
		error_free(err);
		return 0;
	}
	use_file(elf);
	err = dbg_open(elf, NULL, NULL, &dbg);
	if (!err) {
		use_dbg(dbg);
		dbg_close(dbg);
	}
	error_free(err);
	elf_file_close(elf);
	return 0;
}
