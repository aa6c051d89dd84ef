#include "core/session/about.h"

#include <stdio.h>
#include <stdlib.h>

#include <gelf.h>
#include <jansson.h>
#include <zlib.h>
#include <zstd.h>

#include "core/base/db.h"
#include "core/base/xalloc.h"
#include "core/go/program.h"
#include "core/session/snapshot_priv.h"
#include "dwarf/dbg.h"
#include "dwarf/elf_file.h"

#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#define LIBDEFLATE LIBDEFLATE_VERSION_STRING " (built with)"
#else
#define LIBDEFLATE "not built in"
#endif
#if __has_include(<elfutils/version.h>)
#include <elfutils/version.h>
#endif

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif
#ifdef __OPTIMIZE__
#define OPTIMISED ", optimised"
#else
#define OPTIMISED ", not optimised"
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED ", address sanitizer"
#else
#define SANITIZED ""
#endif

static char *own_build_id(void)
{
	struct elf_file *elf;
	struct error *err = elf_file_open("/proc/self/exe", &elf);
	const char *id;
	char *ret;

	if (err) {
		error_free(err);
		return NULL;
	}
	id = elf_file_build_id(elf);
	ret = id ? xstrdup(id) : NULL;
	elf_file_close(elf);
	return ret;
}

/* It tells the interface it speaks, its release only when it was built. */
static void put_libelf(struct about_library *ret)
{
	ret->name = "libelf";
#ifdef _ELFUTILS_VERSION
	snprintf(ret->version, sizeof(ret->version), "%d.%d (built with)",
		 _ELFUTILS_VERSION / 1000, _ELFUTILS_VERSION % 1000);
#else
	snprintf(ret->version, sizeof(ret->version), "?");
#endif
}

static void put(struct about_library *ret, const char *name,
		const char *version)
{
	ret->name = name;
	snprintf(ret->version, sizeof(ret->version), "%s", version);
}

void about_load(struct about *ret)
{
	struct about_library *l = ret->libraries;

	*ret = (struct about){
		.build_id = own_build_id(),
		.compiler = COMPILER OPTIMISED SANITIZED,
		.snapshot_version = SNAPSHOT_VERSION,
	};
	put(l++, "libdwarf", dbg_library_version());
	put_libelf(l++);
	put(l++, "sqlite", db_library_version());
	put(l++, "zlib", zlibVersion());
	put(l++, "libdeflate", LIBDEFLATE);
	put(l++, "zstd", ZSTD_versionString());
	put(l++, "jansson", jansson_version_str());
	go_releases(&ret->go_oldest, &ret->go_newest);
}

void about_deinit(struct about *about)
{
	free(about->build_id);
	*about = (struct about){0};
}
