#ifndef CORE_SESSION_WARNINGS_H
#define CORE_SESSION_WARNINGS_H

/** What the samples of a run warned of, the newest sample's first. */
#include "core/session/session.h"

struct warning {
	uint64_t time_ns; /* of the sample */
	uint64_t addr;	  /* the first address it names; 0 none */
	char *text;	  /* owned */
	char clock[16];	  /* "11:42:10" */
};

struct warning_list {
	struct warning *rows;
	uint32_t count, cap;
};

/** Add those of @p session's sample, unless they are here. */
void warnings_add(struct warning_list *list, const struct session *session);
void warnings_deinit(struct warning_list *list);
/** The model is a struct warning_list. */
extern const struct list_kind warning_list_kind;

#endif
