/* What a binary says of itself, without a process of it. */
#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/xalloc.h"
#include "core/go/program.h"
#include "core/session/machine_priv.h"

static const uint32_t DWARF64 = 0xffffffff; /* then the length is 8 bytes */

/* The version in the head of the first unit; 0 unknown. */
static unsigned dwarf_version(struct elf_file *elf, bool *compressed)
{
	const struct elf_section *section =
		elf_file_find_section(elf, ".debug_info");
	const uint8_t *bytes;
	struct error *err;
	uint32_t length;
	uint16_t version;
	size_t size;

	*compressed = false;
	if (!section) {
		section = elf_file_find_section(elf, ".zdebug_info");
		*compressed = section != NULL;
	}
	if (!section)
		return 0;
	*compressed |= (section->flags & SHF_COMPRESSED) != 0;
	if ((err = elf_file_load(elf, section, &bytes, &size)) || size < 16) {
		error_free(err);
		return 0;
	}
	memcpy(&length, bytes, sizeof(length));
	memcpy(&version, bytes + (length == DWARF64 ? 12 : 4), sizeof(version));
	return version;
}

static void add_dwarf(struct machine_checks *checks,
		      const struct go_program *program)
{
	struct machine_check *c = machine_check_add(checks, "debug information",
						    program->dbg != NULL);
	const char *separate;
	struct elf_file *other = NULL;
	bool compressed;
	unsigned version;

	if (!program->dbg) {
		c->message = xstrdup(program->dbg_message ? program->dbg_message
							  : "none");
		c->hint =
			xstrdup("build without -ldflags=-w or -s, or point "
				"--debug-info-dir at the debug file; without "
				"it maps are found by shape and have no names");
		return;
	}
	separate = dbg_separate_path(program->dbg);
	if (separate)
		error_free(elf_file_open(separate, &other));
	version = dwarf_version(other ? other : program->elf, &compressed);
	elf_file_close(other);
	c->message = xasprintf("DWARF %u%s, in %s%s%s", version,
			       compressed ? ", compressed" : "",
			       separate ? "'" : "the binary",
			       separate ? separate : "", separate ? "'" : "");
}

static void add_settings(struct machine_checks *checks,
			 const struct build_info *build)
{
	struct machine_check *c =
		machine_check_add(checks, "build settings", true);
	struct buf text = {0};
	size_t i;

	if (*build->path)
		buf_printf(&text, "%s", build->path);
	if (*build->module)
		buf_printf(&text, "%s%s %s", text.len ? " of " : "",
			   build->module, build->module_version);
	for (i = 0; i < build->setting_count; i++) {
		/* What is empty or as always says nothing. */
		if (!*build->settings[i].value ||
		    !strcmp(build->settings[i].key, "DefaultGODEBUG") ||
		    !strcmp(build->settings[i].key, "-compiler"))
			continue;
		buf_printf(&text, "%s%s=%s", text.len ? ", " : "",
			   build->settings[i].key, build->settings[i].value);
	}
	c->message = buf_steal_or(&text, "none are noted");
}

/* A byte of the file by its link-time address; false if it has none there. */
static bool file_byte(const struct elf_file *elf, uint64_t addr, uint8_t *ret)
{
	size_t i;

	for (i = 0; i < elf_file_segment_count(elf); i++) {
		const struct elf_segment *s = elf_file_segment(elf, i);
		struct error *err;

		if (addr - s->vaddr >= s->mem_size)
			continue;
		*ret = 0; /* what the file lacks is zero */
		if (addr - s->vaddr >= s->file_size)
			return true;
		err = elf_file_read(elf, s->offset + (addr - s->vaddr), ret, 1);
		error_free(err);
		return !err;
	}
	return false;
}

/* The linker switches the profile off if nothing in the program reads it. */
static void add_profile(struct machine_checks *checks,
			const struct go_program *program)
{
	static const char name[] = "runtime.disableMemoryProfiling";
	struct machine_check *c =
		machine_check_add(checks, "heap profile", true);
	const struct dbg_global *global =
		program->dbg ? dbg_find_global(program->dbg, name) : NULL;
	struct elf_symbol symbol = {0};
	uint8_t off = 0;

	if (global)
		symbol.addr = global->addr;
	else
		error_free(elf_file_symbol(program->elf, name, &symbol));
	if (!symbol.addr || !file_byte(program->elf, symbol.addr, &off)) {
		c->message = xstrdup("unknown: the binary has no symbols");
		return;
	}
	c->message = xstrdup(off ? "the linker switched it off: nothing in "
				   "the program reads it"
				 : "the program keeps one");
	if (off)
		c->hint = xstrdup("import net/http/pprof or runtime/pprof to "
				  "have one");
}

static void add_shown(struct machine_checks *checks,
		      const struct go_program *program)
{
	struct machine_check *c =
		machine_check_add(checks, "can be shown", true);

	c->message = xstrdup(
		program->dbg
			? "maps with their owners, types, values, references, "
			  "retained sizes, goroutines with variables"
			: "maps found by shape, references, retained sizes, "
			  "goroutines with stacks; no variables, no owners by "
			  "name");
}

void machine_check_binary(struct machine_checks *checks, const char *exe,
			  const char *debug_dir)
{
	struct go_program *program = NULL;
	struct error *err = go_program_open(exe, debug_dir, NULL, &program);
	struct machine_check *c = machine_check_add(checks, "program", !err);

	if (err) {
		c->message = xstrdup(err->message);
		c->hint = err->hint ? xstrdup(err->hint) : NULL;
		error_free(err);
		return;
	}
	c->message =
		xasprintf("%s, %s maps%s%s", program->build.version,
			  map_impl_name(program->map_impl),
			  *program->build.experiments ? ", experiments " : "",
			  program->build.experiments);
	add_settings(checks, &program->build);
	add_dwarf(checks, program);
	c = machine_check_add(checks, "symbols", true);
	c->message = xstrdup(elf_file_find_section(program->elf, ".symtab")
				     ? "has a symbol table"
				     : "no symbol table (-s): variables of the "
				       "runtime are found by its code");
	add_profile(checks, program);
	add_shown(checks, program);
	go_program_close(program);
}

struct machine_check *machine_doctor_binary(const char *exe,
					    const char *debug_dir,
					    size_t *count_ret)
{
	struct machine_checks checks = {0};

	machine_check_binary(&checks, exe, debug_dir);
	*count_ret = checks.count;
	return checks.list;
}
