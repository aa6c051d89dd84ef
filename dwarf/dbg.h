#ifndef DWARF_DBG_H
#define DWARF_DBG_H

/**
 * Debug information of one binary as plain structs: all types, package
 * variables and functions in flat arrays, made in one pass; variables of a
 * function, location lists and line tables on demand. libdwarf is seen only in
 * dwarf/dbg_libdwarf.c. Addresses are link-time addresses; the caller adds the
 * load bias. Immutable after open; every function is thread safe.
 *
 * The input is a file its owner controls: anything malformed ends in an error
 * or in an absent entry, never in a crash.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/job.h"

struct dbg;
struct elf_file;

/** Index into the type table; 0 is "no type" and its entry is all zero. */
typedef uint32_t dbg_ref;

enum dbg_tag {
	DBG_OTHER,
	DBG_BASE,
	DBG_STRUCT,
	DBG_POINTER,
	DBG_ARRAY,
	DBG_TYPEDEF,
	DBG_SUBROUTINE,
};

struct dbg_member {
	const char *name; /* as in the file, with %2e escapes */
	dbg_ref type;
	uint64_t offset;
	bool embedded; /* DW_AT_go_embedded_field */
};

struct dbg_type {
	const char *name;      /* as in the file; "" if none */
	uint64_t die;	       /* offset in .debug_info */
	uint64_t size;	       /* bytes; 0 if not given */
	uint64_t count;	       /* elements of an array */
	uint64_t runtime_type; /* offset from moduledata.types; 0 = none */
	dbg_ref target;	       /* DW_AT_type of a pointer, typedef, array */
	dbg_ref key;	       /* DW_AT_go_key */
	dbg_ref elem;	       /* DW_AT_go_elem */
	uint32_t first_member, member_count; /* into dbg_members() */
	uint8_t tag;			     /* enum dbg_tag */
	uint8_t kind; /* DW_AT_go_kind (reflect.Kind), 0 if none */
	bool is_go;   /* from a Go compile unit */
};

struct dbg_global {
	const char *name; /* "main.cache" */
	uint64_t addr;	  /* link-time */
	dbg_ref type;
	bool is_go;
};

struct dbg_func {
	const char *name; /* "main.(*Server).login" */
	uint64_t low, high;
	uint64_t die;
	uint32_t decl_line; /* 0 if unknown */
};

/** Where (a piece of) a variable is. */
enum dbg_where {
	DBG_NOWHERE,  /* optimised out */
	DBG_ADDRESS,  /* value = link-time address */
	DBG_FRAME,    /* value = offset from the CFA */
	DBG_REGISTER, /* value = DWARF register number */
};

struct dbg_piece {
	enum dbg_where where;
	int64_t value;
	uint64_t size; /* bytes; 0 = the whole variable */
	bool deref;    /* the address of the value is stored there */
};

struct dbg_location {
	struct dbg_piece pieces[16];
	unsigned count; /* 0: optimised out */
};

struct dbg_var {
	const char *name; /* "&x" is a variable moved to the heap */
	dbg_ref type;
	uint64_t die;
	int64_t closure_offset; /* DW_AT_go_closure_offset, -1 if none */
	int64_t dict_index; /* DW_AT_go_dict_index of its type, -1 if none */
	uint32_t decl_line;
	uint64_t scope_low, scope_high; /* hull of the lexical block */
	bool is_param;
	bool is_output;
	bool is_inlined;      /* belongs to a function inlined into this one */
	uint8_t inline_depth; /* inlined calls around it: 0 = none */
	uint8_t block_depth;  /* deeper blocks hide names of outer ones */
	/* opaque to callers: the location attribute */
	uint64_t location;
	const uint8_t *location_bytes;
	uint32_t location_len;
	uint64_t unit;
};

/**
 * Read the debug information of @p elf or, if it has none, of its separate
 * debug file (build-id or .gnu_debuglink, under @p debug_dir too if not NULL).
 * ERROR_NOT_FOUND: no debug information anywhere. @p elf must outlive the dbg.
 * Of @p job only the cancel flag is used.
 */
struct error *dbg_open(struct elf_file *elf, const char *debug_dir,
		       struct job *job, struct dbg **ret) MUST_CHECK;
void dbg_close(struct dbg *dbg);
/** Path of the separate debug file, NULL if the binary's own was used. */
const char *dbg_separate_path(const struct dbg *dbg);

size_t dbg_type_count(const struct dbg *dbg); /* valid refs: 1..count-1 */
const struct dbg_type *dbg_type(const struct dbg *dbg, dbg_ref ref);
/** The type's members, `member_count` of them. */
const struct dbg_member *dbg_members(const struct dbg *dbg,
				     const struct dbg_type *type);
/** By exact DWARF name; a struct is preferred to a typedef. 0 if none. */
dbg_ref dbg_find_type(const struct dbg *dbg, const char *name);
/** By DW_AT_go_runtime_type; 0 if none. */
dbg_ref dbg_find_runtime_type(const struct dbg *dbg, uint64_t offset);
/** Bytes of a value, through typedefs and arrays; 0 if unknown. */
uint64_t dbg_size_of(const struct dbg *dbg, dbg_ref ref);
/** Follow typedefs. */
dbg_ref dbg_strip_typedefs(const struct dbg *dbg, dbg_ref ref);
/**
 * Offset and size of a field, "gcController.heapLive"-like dots descend.
 * False if the type or field is absent.
 */
bool dbg_field(const struct dbg *dbg, const char *type, const char *field,
	       uint64_t *offset_ret, uint64_t *size_ret);
bool dbg_constant(const struct dbg *dbg, const char *name, int64_t *ret);

/** Sorted by address. */
size_t dbg_global_count(const struct dbg *dbg);
const struct dbg_global *dbg_global(const struct dbg *dbg, size_t i);
/** NULL if there is none. */
const struct dbg_global *dbg_find_global(const struct dbg *dbg,
					 const char *name);

/** Sorted by low. */
size_t dbg_func_count(const struct dbg *dbg);
const struct dbg_func *dbg_func(const struct dbg *dbg, size_t i);
const struct dbg_func *dbg_func_at(const struct dbg *dbg, uint64_t pc);
const struct dbg_func *dbg_find_func(const struct dbg *dbg, const char *name);

/** All variables of a function, nested blocks included; caller frees. */
struct error *dbg_func_vars(const struct dbg *dbg, const struct dbg_func *func,
			    struct dbg_var **ret, size_t *count_ret) MUST_CHECK;
/** Only those of the blocks and inlined calls that @p pc is in. */
struct error *dbg_func_vars_at(const struct dbg *dbg,
			       const struct dbg_func *func, uint64_t pc,
			       struct dbg_var **ret,
			       size_t *count_ret) MUST_CHECK;
/** Where @p var is when the program counter is @p pc. */
struct error *dbg_var_locate(const struct dbg *dbg, const struct dbg_var *var,
			     uint64_t pc, struct dbg_location *ret) MUST_CHECK;

/** Of libdwarf. */
const char *dbg_library_version(void);

#endif
