#include "core/go/program.h"

#include <elf.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/clock.h"
#include "core/base/xalloc.h"
#include "core/go/text_refs.h"

enum { OLDEST_MINOR = 19 };

/* The thread writes what is below it; go_program_wait() reads it after. */
struct program_reading {
	pthread_t thread;
	bool has_thread;
	struct job *job;
	struct elf_file *elf;
	const char *debug_dir;
	struct dbg *dbg;
	struct error *err;
	uint64_t spent_ns;
};

const char *map_impl_name(enum map_impl impl)
{
	static const char *const names[] = {"unknown", "classic", "swiss"};

	return names[impl];
}

void go_program_close(struct go_program *program)
{
	if (!program || atomic_fetch_sub(&program->holds, 1))
		return;
	error_free(go_program_wait(program));
	dbg_close(program->dbg);
	program_text_free(program->text);
	build_info_deinit(&program->build);
	elf_file_close(program->elf);
	free(program->dbg_message);
	free(program);
}

struct go_program *go_program_share(struct go_program *program, const char *exe)
{
	if (program->reading || !elf_file_is(program->elf, exe))
		return NULL;
	atomic_fetch_add(&program->holds, 1);
	return program;
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

static void *read_debug_information(void *arg)
{
	struct program_reading *r = arg;
	uint64_t start = clock_now();

	r->err = dbg_open(r->elf, r->debug_dir, r->job, &r->dbg);
	r->spent_ns = clock_now() - start;
	return NULL;
}

struct error *go_program_wait(struct go_program *program)
{
	struct program_reading *r = program->reading;
	struct error *err;

	if (!r)
		return NULL;
	job_phase(r->job, "read debug information", 0);
	if (r->has_thread)
		pthread_join(r->thread, NULL);
	program->reading = NULL;
	program->dbg = r->dbg;
	program->index_ns += r->spent_ns;
	err = r->err;
	free(r);
	if (err && err->code == ERROR_CANCELLED)
		return err;
	if (err) {
		program->dbg_message = xstrdup(err->message);
		error_free(err);
		program->dbg = NULL;
	}
	program->map_impl = find_impl(program);
	log_info(LOG_PART_BINARY, "%s, %s maps, debug information %s, %.3f s",
		 program->build.version,
		 program->map_impl == MAP_IMPL_SWISS ? "swiss" : "classic",
		 program->dbg ? "read" : program->dbg_message,
		 (double)program->index_ns / 1e9);
	return NULL;
}

struct error *go_program_start(const char *exe, const char *debug_dir,
			       struct job *job, struct go_program **ret)
{
	uint64_t start = clock_now();
	struct program_reading *r;
	CLEANUP(program_cleanup) struct go_program *program = NULL;
	struct error *err;

	program = xcalloc(1, sizeof(*program));
	program->text = program_text_new();
	if ((err = elf_file_open(exe, &program->elf)) ||
	    (err = build_info_load(program->elf, &program->build)) ||
	    (err = check_release(&program->build, exe)))
		return err;
	if (elf_file_machine(program->elf) != EM_X86_64)
		return error_new(ERROR_UNSUPPORTED,
				 "'%s' is not for amd64 (machine %u)", exe,
				 elf_file_machine(program->elf));
	program->reading = r = xcalloc(1, sizeof(*r));
	r->job = job;
	r->elf = program->elf;
	r->debug_dir = debug_dir;
	program->index_ns = clock_now() - start;
	r->has_thread =
		!pthread_create(&r->thread, NULL, read_debug_information, r);
	if (!r->has_thread)
		read_debug_information(r);
	*ret = program;
	program = NULL;
	return NULL;
}

struct error *go_program_open(const char *exe, const char *debug_dir,
			      struct job *job, struct go_program **ret)
{
	CLEANUP(program_cleanup) struct go_program *program = NULL;
	struct error *err;

	if ((err = go_program_start(exe, debug_dir, job, &program)) ||
	    (err = go_program_wait(program)))
		return err;
	*ret = program;
	program = NULL;
	return NULL;
}
