#ifndef DWARF_DBG_LIBDWARF_H
#define DWARF_DBG_LIBDWARF_H

/**
 * Debugging information entries as plain structs. The only place that knows
 * libdwarf, whose interface differs between releases.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

/** Bytes of one section that the reader may see; at least 64 zeros follow. */
struct dbg_section {
	const char *name;
	const uint8_t *data;
	size_t size;
};

/** Bits of dbg_die.has. */
enum dbg_has {
	DBG_HAS_LOW = 1 << 0,
	DBG_HAS_HIGH = 1 << 1,
	DBG_HAS_CONST = 1 << 2,
	DBG_HAS_COUNT = 1 << 3,
	DBG_HAS_RANGES = 1 << 4,
	DBG_HAS_LOCATION_LIST = 1 << 5,
	DBG_HAS_CLOSURE_OFFSET = 1 << 6,
	DBG_HAS_DICT_INDEX = 1 << 7,
	DBG_HAS_BIT_SIZE = 1 << 8,
	DBG_IS_EMBEDDED = 1 << 9,
	DBG_IS_OUTPUT = 1 << 10,
	DBG_IS_DECLARATION = 1 << 11,
};

/** What we want to know of one entry. Offsets are into .debug_info; 0 = none.
 */
struct dbg_die {
	uint64_t offset;
	uint16_t tag; /* enum dbg_die_tag and others */
	uint32_t has;
	const char *name; /* life of the sections; NULL if none */
	uint64_t type, origin, key, elem;
	uint64_t low, high; /* high is absolute */
	uint64_t byte_size, count, member_offset, runtime_type;
	uint64_t ranges, location_list; /* section offsets */
	uint64_t addr_base;
	uint64_t closure_offset, dict_index;
	int64_t const_value;
	const uint8_t *location; /* expression, NULL if none */
	uint32_t location_len;
	const uint8_t *frame_base;
	uint32_t frame_base_len;
	uint32_t decl_line;
	uint16_t language;
	uint8_t kind;
	bool high_is_length; /* while the entry is being read */
};

/** The tags we act on, as DWARF numbers them. */
enum dbg_die_tag {
	DBG_TAG_ARRAY = 0x01,
	DBG_TAG_CLASS = 0x02,
	DBG_TAG_ENUMERATION = 0x04,
	DBG_TAG_PARAMETER = 0x05,
	DBG_TAG_LEXICAL_BLOCK = 0x0b,
	DBG_TAG_MEMBER = 0x0d,
	DBG_TAG_POINTER = 0x0f,
	DBG_TAG_STRUCTURE = 0x13,
	DBG_TAG_SUBROUTINE_TYPE = 0x15,
	DBG_TAG_TYPEDEF = 0x16,
	DBG_TAG_UNION = 0x17,
	DBG_TAG_INLINED = 0x1d,
	DBG_TAG_SUBRANGE = 0x21,
	DBG_TAG_BASE = 0x24,
	DBG_TAG_CONST = 0x26,
	DBG_TAG_CONSTANT = 0x27,
	DBG_TAG_SUBPROGRAM = 0x2e,
	DBG_TAG_VARIABLE = 0x34,
	DBG_TAG_VOLATILE = 0x35,
};

/** One compile unit. */
struct dbg_unit {
	uint64_t offset, next; /* of its header and of the next one */
	uint64_t die;	       /* offset of the unit's entry */
	uint64_t low;	       /* base of its lists */
	uint64_t addr_base;    /* into .debug_addr */
	uint16_t version;
	bool is_go;
};

/** One handle; not thread safe, but any number may be open. */
struct dbg_reader;

/** @p sections must outlive the reader. */
struct error *dbg_reader_open(const struct dbg_section *sections, size_t count,
			      struct dbg_reader **ret) MUST_CHECK;
void dbg_reader_close(struct dbg_reader *reader);

/**
 * All units in file order; the caller frees. Once per reader. Units behind a
 * malformed header are absent.
 */
struct error *dbg_reader_units(struct dbg_reader *reader, struct dbg_unit **ret,
			       size_t *count_ret) MUST_CHECK;

/** The entry at @p offset; false if there is none or it is malformed. */
bool dbg_reader_at(struct dbg_reader *reader, uint64_t offset,
		   struct dbg_die *ret);

/** Children of the walked entry have depth 0. True: visit its children. */
typedef bool dbg_visit_fn(void *arg, const struct dbg_die *die, unsigned depth);

/**
 * Visit everything below the entry at @p offset. False if the walk ended early
 * on something malformed; what came before was visited.
 */
bool dbg_reader_walk(struct dbg_reader *reader, uint64_t offset,
		     dbg_visit_fn *visit, void *arg);

#endif
