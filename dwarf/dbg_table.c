#include "dwarf/dbg_table.h"

#include <stdlib.h>
#include <string.h>

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

static uint64_t hash_word(uint64_t h, const char *s, size_t len)
{
	uint64_t word = 0;

	memcpy(&word, s, len);
	return dbg_hash_number(h ^ word);
}

uint64_t dbg_hash_string(const char *s)
{
	size_t len = strlen(s);
	uint64_t h = len;

	for (; len >= 8; len -= 8, s += 8)
		h = hash_word(h, s, 8);
	return hash_word(h, s, len);
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
