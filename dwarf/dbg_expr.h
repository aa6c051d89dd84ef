#ifndef DWARF_DBG_EXPR_H
#define DWARF_DBG_EXPR_H

/** Location expressions as far as Go writes them. */
#include "dwarf/dbg.h"
#include "dwarf/dbg_list.h"

/**
 * Where the expression of @p len bytes says the variable is. @p list resolves
 * DW_OP_addrx and may be NULL. The frame base is taken to be the CFA.
 *
 * @return ERROR_UNSUPPORTED for an operation that Go does not emit,
 * ERROR_CORRUPT for an expression that makes no sense, ERROR_LIMIT for more
 * pieces than a dbg_location holds.
 */
struct error *dbg_expr_locate(const uint8_t *bytes, size_t len,
			      const struct dbg_list *list,
			      struct dbg_location *ret) MUST_CHECK;

#endif
