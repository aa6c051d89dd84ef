#ifndef CORE_SESSION_SERIES_STORE_H
#define CORE_SESSION_SERIES_STORE_H

/** Series in a snapshot: tables series, point and value. */
#include "core/base/db.h"
#include "core/session/series.h"

/** NULL and empty sets write nothing. */
struct error *series_store(struct db *db,
			   const struct series_set *set) MUST_CHECK;
/** *@p ret is NULL if the snapshot keeps none. ERROR_CORRUPT. */
struct error *series_read(struct db *db, struct series_set **ret) MUST_CHECK;

#endif
