#ifndef DWARF_DBG_LIST_H
#define DWARF_DBG_LIST_H

/**
 * Location lists and range lists of DWARF 2-5 (.debug_loc, .debug_ranges,
 * .debug_loclists, .debug_rnglists). Every step stays inside the section.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dbg_list {
	const uint8_t *data; /* the section */
	size_t size;
	size_t at;	      /* offset of the next entry; may start anywhere */
	uint16_t version;     /* of the unit */
	bool is_location;     /* else ranges */
	uint64_t base;	      /* of the unit, until the list changes it */
	const uint8_t *addrs; /* .debug_addr; NULL if none */
	size_t addrs_size;
	uint64_t addr_base;
};

struct dbg_list_entry {
	uint64_t low, high;
	bool is_default;      /* holds where no other entry does */
	const uint8_t *bytes; /* expression of a location */
	uint32_t len;
};

/** False at the end of the list or where it makes no sense. */
bool dbg_list_next(struct dbg_list *list, struct dbg_list_entry *ret);

/** Entry @p index of .debug_addr; false if it is outside. */
bool dbg_list_address(const struct dbg_list *list, uint64_t index,
		      uint64_t *ret);

/** Unsigned LEB128 at *@p at, which advances; false if cut or > 64 bits. */
bool dbg_get_uleb(const uint8_t *data, size_t size, size_t *at, uint64_t *ret);
bool dbg_get_sleb(const uint8_t *data, size_t size, size_t *at, int64_t *ret);

#endif
