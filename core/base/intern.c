#include "core/base/intern.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"

static uint32_t hash_string(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (uint8_t)*s) * 16777619u;
	return h ^ h >> 15;
}

void intern_deinit(struct intern *intern)
{
	uint32_t i;

	for (i = 0; i < intern->count; i++)
		free(intern->strings[i]);
	free(intern->strings);
	free(intern->table);
	*intern = (struct intern){0};
}

/* The slot that holds @p s, or the empty one where it belongs. */
static uint32_t *find_slot(const struct intern *intern, const char *s)
{
	uint32_t mask = intern->table_size - 1;
	uint32_t i = hash_string(s) & mask;

	while (intern->table[i] &&
	       strcmp(intern->strings[intern->table[i] - 1], s) != 0)
		i = (i + 1) & mask;
	return &intern->table[i];
}

static void grow_table(struct intern *intern)
{
	uint32_t i;

	intern->table_size = intern->table_size ? intern->table_size * 2 : 64;
	free(intern->table);
	intern->table = xcalloc(intern->table_size, sizeof(*intern->table));
	for (i = 0; i < intern->count; i++)
		*find_slot(intern, intern->strings[i]) = i + 1;
}

uint32_t intern_add(struct intern *intern, const char *s)
{
	uint32_t *slot;

	if (intern->count * 2 >= intern->table_size)
		grow_table(intern);
	slot = find_slot(intern, s);
	if (!*slot) {
		GROW_ARRAY(intern->strings, intern->count, intern->cap);
		intern->strings[intern->count++] = xstrdup(s);
		*slot = intern->count;
	}
	return *slot - 1;
}

uint32_t intern_find(const struct intern *intern, const char *s)
{
	return intern->table_size ? *find_slot(intern, s) - 1 : UINT32_MAX;
}
