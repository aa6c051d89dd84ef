#ifndef DWARF_BUILD_INFO_H
#define DWARF_BUILD_INFO_H

/**
 * What the Go linker wrote about the build (.go.buildinfo). Strings are
 * unfiltered bytes of the file.
 */
#include "dwarf/elf_file.h"

struct build_setting {
	char *key, *value;
};

struct build_info {
	char *version;	   /* "go1.27.3", without experiments */
	char *experiments; /* "nogreenteagc,mapsplitgroup" or "" */
	int major, minor;  /* 1, 27; minor 99 for devel */
	char *path;	   /* main package path, "" if unknown */
	char *module;	   /* main module path, "" if unknown */
	char *module_version;
	struct build_setting *settings;
	size_t setting_count;
};

/** ERROR_UNSUPPORTED if the file was not made by Go. */
struct error *build_info_load(struct elf_file *elf,
			      struct build_info *ret) MUST_CHECK;
void build_info_deinit(struct build_info *info);
/** NULL if the setting ("-trimpath", "GOEXPERIMENT") is absent. */
const char *build_info_setting(const struct build_info *info, const char *key);

#endif
