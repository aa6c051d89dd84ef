#ifndef DWARF_DBG_SCAN_H
#define DWARF_DBG_SCAN_H

/**
 * All entries of a unit in one pass over its bytes: what libdwarf does entry by
 * entry takes ten times as long. It knows the forms that compilers write for
 * ordinary programs; a unit with others, or anything malformed, is left to
 * dbg_reader_walk().
 */
#include "dwarf/dbg_libdwarf.h"

/**
 * Visit what is below the unit's entry, as dbg_reader_walk() does. False if it
 * must be done again by dbg_reader_walk(); some entries may have been visited.
 */
bool dbg_scan_unit(const struct dbg_section *sections, size_t count,
		   const struct dbg_unit *unit, dbg_visit_fn *visit, void *arg);

#endif
