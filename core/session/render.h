#ifndef CORE_SESSION_RENDER_H
#define CORE_SESSION_RENDER_H

/**
 * The JSON contract: the envelope that every answer shares and one writer for
 * each kind of row. Names are part of the interface; they are added, never
 * changed, within a schema version. `mapscope schema` prints their schemas.
 */
#include "core/session/json.h"
#include "core/session/series.h"
#include "core/session/session.h"

/**
 * Open the envelope of schema "mapscope/NAME/1": what made it, of which target
 * and sample. The caller adds what it answers and closes it with render_end().
 */
void render_begin(struct json *json, const struct session *session,
		  const char *name, bool redacted);
/** The same with @p info and @p redaction instead of a session's own. */
void render_begin_as(struct json *json, const struct session_info *info,
		     const char *name, const char *redaction);
void render_end(struct json *json);
void render_tool(struct json *json);
/** {"target":…,"sample":…} of another session that the answer is about. */
void render_source(struct json *json, const char *key,
		   const struct session *session);

void render_map(struct json *json, const struct session *session, uint32_t row);
/**
 * `map`: render_map()'s fields and those of one map alone; @p charts: what is
 * known of its charts, which snapshots without memory keep in part.
 */
struct error *render_map_detail(struct json *json,
				const struct session *session, uint32_t row,
				bool charts) MUST_CHECK;
void render_group(struct json *json, const struct map_groups *groups,
		  uint32_t index);
void render_finding(struct json *json, const struct finding *finding);
void render_entry(struct json *json, const struct session *session,
		  uint32_t row, const struct entries *entries,
		  const struct entry *entry, bool redact);
void render_stats(struct json *json, const struct session *session);
/** "unit", "now", "slope_per_s" ... and all points of a set. */
void render_series(struct json *json, const struct series_set *set);
/** {"schema":"mapscope/watch_sample/1",...}: its last point alone. */
void render_series_point(struct json *json, const struct series_set *set);
/** {"schema":"mapscope/error/1",...} */
void render_error(struct json *json, int code, const struct error *err);

#endif
