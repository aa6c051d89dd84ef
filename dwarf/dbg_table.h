#ifndef DWARF_DBG_TABLE_H
#define DWARF_DBG_TABLE_H

/**
 * Open-addressing hash from names or numbers to indices of an array that
 * somebody else owns. Built once, then read only.
 */
#include <stddef.h>
#include <stdint.h>

struct dbg_table {
	uint32_t *slots; /* index + 1; 0 is free */
	size_t mask;
};

/** Room for @p count entries. `{0}` is an empty table. */
void dbg_table_init(struct dbg_table *table, size_t count);
void dbg_table_deinit(struct dbg_table *table);

uint64_t dbg_hash_string(const char *s);
uint64_t dbg_hash_number(uint64_t n);

typedef int dbg_table_equal_fn(const void *arg, uint32_t index,
			       const void *key);

/**
 * The slot of @p key: its content is 0 if the key is absent, else index + 1.
 * NULL only for a table without slots.
 */
uint32_t *dbg_table_slot(const struct dbg_table *table, uint64_t hash,
			 dbg_table_equal_fn *equal, const void *arg,
			 const void *key);

#endif
