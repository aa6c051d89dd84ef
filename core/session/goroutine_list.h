#ifndef CORE_SESSION_GOROUTINE_LIST_H
#define CORE_SESSION_GOROUTINE_LIST_H

/** Goroutines as a list, one row each or one row a group. */
#include "core/session/goroutines.h"

enum goroutine_group {
	GOROUTINES_EACH,
	GOROUTINES_BY_USER,
	GOROUTINES_BY_STATE,
	GOROUTINES_BY_GO,
	GOROUTINE_GROUPS
};

struct goroutine_line {
	char *user, *go, *start; /* "main.run main.go:12"; owned */
	char *labels;		 /* "k=v,k=v" of the first; owned */
	const char *state;	 /* life of the session */
	uint64_t wait_ns;	 /* longest of a group; UINT64_MAX unknown */
	int64_t id;		 /* of the first */
	uint64_t stack_bytes;	 /* added up; UINT64_MAX unknown */
	uint32_t first;		 /* number of the goroutine, or the first */
	uint32_t count, maps, frames;
	bool system; /* all of them are the runtime's */
};

struct goroutine_table {
	const struct session *session;
	enum goroutine_group by;
	struct goroutine_line *lines;
	uint32_t count;
};
/** @p system: those of the runtime too. */
void goroutine_table_load(const struct session *session,
			  enum goroutine_group by, bool system,
			  struct goroutine_table *ret);
void goroutine_table_deinit(struct goroutine_table *table);
extern const struct list_kind goroutine_list_kind, goroutine_group_list_kind;

#endif
