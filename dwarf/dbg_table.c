#include "dwarf/dbg_table.h"

#include <stdlib.h>

#include "core/base/xalloc.h"

void dbg_table_init(struct dbg_table *table, size_t count)
{
	size_t size = 16;

	while (size < 2 * count)
		size *= 2;
	table->slots = xcalloc(size, sizeof(*table->slots));
	table->mask = size - 1;
}

void dbg_table_deinit(struct dbg_table *table)
{
	free(table->slots);
	*table = (struct dbg_table){0};
}

uint64_t dbg_hash_number(uint64_t n)
{
	n *= 0x9e3779b97f4a7c15ULL;
	return n ^ n >> 32;
}

uint64_t dbg_hash_string(const char *s)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	while (*s)
		h = (h ^ (uint8_t)*s++) * 0x100000001b3ULL;
	return h ^ h >> 32;
}

uint32_t *dbg_table_slot(const struct dbg_table *table, uint64_t hash,
			 dbg_table_equal_fn *equal, const void *arg,
			 const void *key)
{
	size_t i = (size_t)hash & table->mask;

	if (!table->slots)
		return NULL;
	while (table->slots[i] && !equal(arg, table->slots[i] - 1, key))
		i = (i + 1) & table->mask;
	return &table->slots[i];
}
