#ifndef CORE_SESSION_PROFILE_PRIV_H
#define CORE_SESSION_PROFILE_PRIV_H

/** Shared by what reads profiles; for core/session/profile*.c only. */
#include "core/session/profile.h"

/** Numbers of the frames of a sample, leaf first; list is owned. */
struct profile_names {
	uint32_t *list;
	uint32_t count, cap;
};
/** Into @p ret, which may have been used for another sample. */
void profile_names_load(const struct profile *profile,
			const struct profile_sample *sample,
			struct profile_names *ret);
/** "  1.50M " or "     1,500 ": ten wide. */
void profile_add_value(struct buf *out, const char *unit, uint64_t value);

#endif
