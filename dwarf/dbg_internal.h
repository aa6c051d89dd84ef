#ifndef DWARF_DBG_INTERNAL_H
#define DWARF_DBG_INTERNAL_H

/** Shared by the dbg_*.c files only. */
#include "dwarf/dbg.h"
#include "dwarf/dbg_libdwarf.h"
#include "dwarf/dbg_list.h"
#include "dwarf/dbg_table.h"
#include "dwarf/elf_file.h"

/** The sections that libdwarf may see. */
enum { DBG_SHOWN_MAX = 6 };

struct dbg_constant {
	const char *name;
	int64_t value;
};

struct dbg {
	struct elf_file *elf;	   /* the file that has the sections */
	struct elf_file *separate; /* owned; NULL if elf is the caller's */
	struct dbg_section shown[DBG_SHOWN_MAX];
	size_t shown_count;

	struct dbg_unit *units; /* sorted by offset */
	size_t unit_count;
	struct dbg_type *types; /* sorted by die; [0] is "no type" */
	size_t type_count;
	struct dbg_member *members;
	size_t member_count;
	struct dbg_global *globals; /* sorted by addr */
	size_t global_count;
	struct dbg_func *funcs; /* sorted by low */
	size_t func_count;
	struct dbg_constant *constants;
	size_t constant_count;
	struct dbg_table type_names, global_names, func_names, constant_names;
	struct dbg_table runtime_types;
	struct dbg_table type_dies;

	struct dbg_pool *pool; /* handles, behind a lock */
};

/** Fill the tables. @p dbg has `elf` and the shown sections. */
struct error *dbg_index(struct dbg *dbg, struct job *job) MUST_CHECK;
/** Hash tables over the filled arrays. */
void dbg_index_names(struct dbg *dbg);

/** A handle for the calling thread; give it back. */
struct error *dbg_borrow_reader(const struct dbg *dbg,
				struct dbg_reader **ret) MUST_CHECK;
void dbg_return_reader(const struct dbg *dbg, struct dbg_reader *reader);

/** Index of the unit that holds the entry at @p die; SIZE_MAX if none. */
size_t dbg_unit_of(const struct dbg *dbg, uint64_t die);
/** Ref of the type whose entry is at offset @p die; 0 if none. */
dbg_ref dbg_ref_at(const struct dbg *dbg, uint64_t die);
/** A list of @p unit at @p offset of the list section for its version. */
struct error *dbg_open_list(const struct dbg *dbg, const struct dbg_unit *unit,
			    bool is_location, uint64_t offset,
			    struct dbg_list *ret) MUST_CHECK;

#endif
