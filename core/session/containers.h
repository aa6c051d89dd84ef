#ifndef CORE_SESSION_CONTAINERS_H
#define CORE_SESSION_CONTAINERS_H

/**
 * Containers of the library beside maps: sync.Map, container/list.List and
 * channels, wherever a type says that there is one: package variables, fields
 * and elements of heap objects, variables of frames.
 */
#include "core/session/session.h"

struct container_row {
	const char *kind;  /* "sync.Map", "list", "chan" */
	const char *owner; /* as of maps; life of the table */
	const char *type;  /* life of the session */
	uint64_t addr, entries;
	uint64_t capacity; /* UINT64_MAX: it has none */
	uint64_t storage_bytes;
	uint64_t retained_bytes; /* UINT64_MAX unknown */
	uint32_t depth;
	uint32_t object; /* that holds it; UINT32_MAX none */
	bool damaged;
};

struct container_table {
	const struct session *session;
	struct container_row *rows; /* by address */
	uint32_t count;
	struct intern owners;
};
/** @p empty: those without entries too. */
void container_table_load(const struct session *session, bool empty,
			  struct container_table *ret);
void container_table_deinit(struct container_table *table);
/** The model is a struct container_table. */
extern const struct list_kind container_list_kind;

#endif
