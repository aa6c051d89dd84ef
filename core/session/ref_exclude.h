#ifndef SESSION_REF_EXCLUDE_H
#define SESSION_REF_EXCLUDE_H

/** What paths to roots may not lead through. */
#include <regex.h>

#include "core/session/session.h"

struct ref_exclusion {
	regex_t re;
	bool any;
	uint64_t *objects; /* bitmap of those whose type matches; owned */
	size_t bytes;
};

/** @p pattern is of types and of names of roots; NULL: nothing is excluded. */
struct error *ref_exclusion_load(const struct session *session,
				 const char *pattern,
				 struct ref_exclusion *ret) MUST_CHECK;
bool ref_exclusion_has(const struct ref_exclusion *exclusion, const char *name);
void ref_exclusion_deinit(struct ref_exclusion *exclusion);

#endif
