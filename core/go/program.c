#include "core/go/program.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"

enum { OLDEST_MINOR = 19 };

const char *map_impl_name(enum map_impl impl)
{
	static const char *const names[] = {"unknown", "classic", "swiss"};

	return names[impl];
}

void go_program_close(struct go_program *program)
{
	if (!program)
		return;
	dbg_close(program->dbg);
	build_info_deinit(&program->build);
	elf_file_close(program->elf);
	free(program->dbg_message);
	free(program);
}

static void program_cleanup(struct go_program **program)
{
	go_program_close(*program);
}

static bool has_symbol(const struct go_program *program, const char *name)
{
	struct elf_symbol symbol;
	struct error *err = elf_file_symbol(program->elf, name, &symbol);

	error_free(err);
	return !err;
}

/* Evidence first, the release's default last. */
static enum map_impl find_impl(const struct go_program *program)
{
	const struct build_info *build = &program->build;

	if (program->dbg) {
		if (dbg_find_type(program->dbg, "internal/runtime/maps.Map"))
			return MAP_IMPL_SWISS;
		if (dbg_find_type(program->dbg, "runtime.hmap"))
			return MAP_IMPL_CLASSIC;
	}
	if (has_symbol(program, "runtime.evacuate"))
		return MAP_IMPL_CLASSIC;
	if (has_symbol(program, "internal/runtime/maps.NewEmptyMap"))
		return MAP_IMPL_SWISS;
	if (build->minor <= 23)
		return MAP_IMPL_CLASSIC;
	if (build->minor >= 26)
		return MAP_IMPL_SWISS;
	return strstr(build->experiments, "noswissmap") ? MAP_IMPL_CLASSIC
							: MAP_IMPL_SWISS;
}

static struct error *check_release(const struct build_info *build,
				   const char *exe)
{
	if (build->major == 1 && build->minor >= OLDEST_MINOR)
		return NULL;
	return error_hint(error_new(ERROR_UNSUPPORTED, "'%s' was built by %s",
				    exe, build->version),
			  "Go 1.%d and newer are supported", OLDEST_MINOR);
}

struct error *go_program_open(const char *exe, const char *debug_dir,
			      struct job *job, struct go_program **ret)
{
	CLEANUP(program_cleanup) struct go_program *program = NULL;
	struct error *err;

	program = xcalloc(1, sizeof(*program));
	if ((err = elf_file_open(exe, &program->elf)) ||
	    (err = build_info_load(program->elf, &program->build)) ||
	    (err = check_release(&program->build, exe)))
		return err;
	if (elf_file_machine(program->elf) != EM_X86_64)
		return error_new(ERROR_UNSUPPORTED,
				 "'%s' is not for amd64 (machine %u)", exe,
				 elf_file_machine(program->elf));
	err = dbg_open(program->elf, debug_dir, job, &program->dbg);
	if (err && err->code == ERROR_CANCELLED)
		return err;
	if (err) {
		program->dbg_message = xstrdup(err->message);
		error_free(err);
		program->dbg = NULL;
	}
	program->map_impl = find_impl(program);
	*ret = program;
	program = NULL;
	return NULL;
}
