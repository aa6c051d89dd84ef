#ifndef CORE_BASE_INTERN_H
#define CORE_BASE_INTERN_H

/** Strings kept once each, numbered densely from 0. Not thread safe. */
#include <stdint.h>

struct intern {
	char **strings;
	uint32_t count, cap;
	uint32_t *table; /* number + 1 by hash, open addressing */
	uint32_t table_size;
};

void intern_deinit(struct intern *intern);
/** The number of @p s; copies it when it is new. */
uint32_t intern_add(struct intern *intern, const char *s);
/** UINT32_MAX if it was never added. */
uint32_t intern_find(const struct intern *intern, const char *s);

#endif
