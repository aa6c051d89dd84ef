#ifndef DWARF_DEBUG_LINK_H
#define DWARF_DEBUG_LINK_H

/** Find the separate file with the debug information of a stripped binary. */
#include "dwarf/elf_file.h"

/**
 * By build-id (DIR/.build-id/xx/rest.debug), then by .gnu_debuglink; DIR is
 * @p debug_dir if not NULL, then /usr/lib/debug. A file counts only if its
 * build-id or checksum matches and it has .debug_info.
 *
 * @return ERROR_NOT_FOUND if there is none.
 */
struct error *debug_link_open(struct elf_file *elf, const char *debug_dir,
			      struct elf_file **ret) MUST_CHECK;

/** True if @p elf has .debug_info with bytes in the file. */
bool debug_link_has_info(const struct elf_file *elf);

#endif
