/* The table `meta`, and `warning`: what the file is and how it was taken. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/xalloc.h"
#include "core/session/snapshot_priv.h"

enum { MAX_WARNINGS = 1000 };

static const char *const level_names[] = {"stats", "maps", "full"};
static const char *const freeze_names[] = {"copy", "stop", "nonstop", "fork"};

const char *snapshot_level_name(enum snapshot_level level)
{
	return level_names[level];
}

bool snapshot_level_parse(const char *text, enum snapshot_level *ret)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(level_names); i++) {
		if (!strcmp(text, level_names[i])) {
			*ret = (enum snapshot_level)i;
			return true;
		}
	}
	return false;
}

void snapshot_meta_deinit(struct snapshot_meta *meta)
{
	size_t i;

	free(meta->redaction);
	free(meta->kind);
	free(meta->go);
	free(meta->experiments);
	free(meta->arch);
	free(meta->map_impl);
	free(meta->build_id);
	free(meta->dwarf);
	free(meta->module);
	free(meta->tool);
	free(meta->info.exe);
	for (i = 0; i < meta->info.warning_count; i++)
		free(meta->info.warnings[i]);
	free(meta->info.warnings);
	*meta = (struct snapshot_meta){0};
}

static struct error *put_text(struct db_query *q, const char *key,
			      const char *value)
{
	return db_put(q, "tt", key, value);
}

static struct error *put_u64(struct db_query *q, const char *key,
			     uint64_t value)
{
	return db_put(q, "tu", key, value);
}

static struct error *put_target(struct db_query *q,
				const struct session_info *info,
				const char *module,
				const struct redactor *redactor)
{
	CLEANUP(buf_deinit) struct buf exe = {0};
	struct error *err;

	redact_file(redactor, info->exe, "", &exe);
	if ((err = put_text(q, "kind", info->kind)) ||
	    (err = put_u64(q, "pid", (uint64_t)info->pid)) ||
	    (err = put_text(q, "exe", buf_str(&exe))) ||
	    (err = put_text(q, "go", info->go)) ||
	    (err = put_text(q, "experiments", info->experiments)) ||
	    (err = put_text(q, "module", module)) ||
	    (err = put_text(q, "arch", info->arch)) ||
	    (err = put_text(q, "map_impl", info->map_impl)) ||
	    (err = put_text(q, "build_id", info->build_id)))
		return err;
	return put_text(q, "dwarf", info->dwarf);
}

static struct error *put_sample(struct db_query *q,
				const struct session_info *info)
{
	struct error *err;

	if ((err = put_text(q, "freeze", info->freeze)) ||
	    (err = put_u64(q, "time_ns", info->time_ns)) ||
	    (err = put_u64(q, "stop_ns", info->stop_ns)) ||
	    (err = put_u64(q, "copied_bytes", info->copied_bytes)) ||
	    (err = put_u64(q, "unreadable_bytes", info->unreadable_bytes)))
		return err;
	return put_u64(q, "complete", info->complete);
}

static struct error *put_warnings(struct db *db,
				  const struct session_info *info,
				  const struct redactor *redactor)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct error *err;
	size_t i;

	if ((err = db_prepare(db, "INSERT INTO warning(text) VALUES(?)", &q)))
		return err;
	for (i = 0; i < info->warning_count && i < MAX_WARNINGS; i++) {
		CLEANUP(buf_deinit) struct buf text = {0};

		redact_homes(redactor, info->warnings[i], &text);
		if ((err = db_put(q, "t", buf_str(&text))))
			return err;
	}
	return NULL;
}

static struct error *put_surroundings(struct db_query *q,
				      const struct surroundings *around,
				      const struct redactor *redactor)
{
	bool named = *around->hostname && redactor->level == REDACT_NONE;
	struct error *err;

	if (!around->known)
		return NULL;
	if ((err = put_u64(q, "uptime_ns", around->uptime_ns)) ||
	    (err = put_u64(q, "memory_limit", around->memory_limit)) ||
	    (err = put_u64(q, "memory_used", around->memory_used)) ||
	    (err = put_u64(q, "ns_pid", (uint64_t)around->ns_pid)))
		return err;
	return put_text(q, "hostname", named ? around->hostname : NULL);
}

/* Names are redacted when all tables are there, by snapshot_redact(). */
static enum redact_level written_level(const struct redactor *redactor)
{
	return redactor->level > REDACT_BASIC ? REDACT_BASIC : redactor->level;
}

struct error *snapshot_meta_write(const struct session *session, struct db *db,
				  const struct snapshot_options *options)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	const struct redactor *redactor = options->redactor;
	struct session_totals totals;
	struct session_info info;
	struct error *err;

	session_info(session, &info);
	session_totals(session, &totals);
	if ((err = db_exec(db, "CREATE TABLE meta(key TEXT PRIMARY KEY,"
			       " value) WITHOUT ROWID;"
			       "CREATE TABLE warning(id INTEGER PRIMARY KEY,"
			       " text TEXT NOT NULL)")) ||
	    (err = db_prepare(db, "INSERT INTO meta VALUES(?,?)", &q)) ||
	    (err = put_text(q, "tool", "mapscope " MAPSCOPE_VERSION)) ||
	    (err = put_text(q, "level", level_names[options->level])) ||
	    (err = put_text(q, "redaction",
			    redact_level_name(written_level(redactor)))) ||
	    (err = put_target(q, &info, session_module(session), redactor)) ||
	    (err = put_sample(q, &info)) ||
	    (err = put_surroundings(q, &session->around, redactor)) ||
	    (err = put_u64(q, "mono_ns",
			   sample_info(session->sample)->mono_ns)) ||
	    (err = put_u64(q, "rss", totals.rss)) ||
	    (err = put_u64(q, "retained", session->heap->retained != NULL)) ||
	    (err = put_u64(q, "written_ns",
			   options->written_ns ? options->written_ns
					       : clock_wall())))
		return err;
	return put_warnings(db, &info, redactor);
}

static void take_text(char **field, struct db_query *q)
{
	free(*field);
	*field = db_is_null(q, 1) ? NULL : xstrdup(db_text(q, 1));
}

static void take_freeze(struct sample_info *info, const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(freeze_names); i++)
		if (!strcmp(name, freeze_names[i]))
			info->freeze = (enum sample_freeze)i;
}

static bool take_number(struct snapshot_meta *meta, const char *key,
			uint64_t value)
{
	const struct {
		const char *key;
		uint64_t *field;
	} numbers[] = {
		{"time_ns", &meta->info.time_ns},
		{"mono_ns", &meta->info.mono_ns},
		{"stop_ns", &meta->info.stop_ns},
		{"copied_bytes", &meta->info.copied_bytes},
		{"unreadable_bytes", &meta->info.unreadable_bytes},
		{"rss", &meta->rss},
		{"uptime_ns", &meta->around.uptime_ns},
		{"memory_limit", &meta->around.memory_limit},
		{"memory_used", &meta->around.memory_used},
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(numbers); i++) {
		if (strcmp(key, numbers[i].key) != 0)
			continue;
		*numbers[i].field = value;
		return true;
	}
	return false;
}

static bool take_string(struct snapshot_meta *meta, const char *key,
			struct db_query *q)
{
	const struct {
		const char *key;
		char **field;
	} strings[] = {
		{"redaction", &meta->redaction},
		{"kind", &meta->kind},
		{"exe", &meta->info.exe},
		{"go", &meta->go},
		{"experiments", &meta->experiments},
		{"module", &meta->module},
		{"arch", &meta->arch},
		{"map_impl", &meta->map_impl},
		{"build_id", &meta->build_id},
		{"dwarf", &meta->dwarf},
		{"tool", &meta->tool},
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(strings); i++) {
		if (strcmp(key, strings[i].key) != 0)
			continue;
		take_text(strings[i].field, q);
		return true;
	}
	return false;
}

/* Every snapshot that knows its surroundings has this row. */
static void take_ns_pid(struct surroundings *around, uint64_t pid)
{
	around->known = true;
	around->ns_pid = pid <= INT32_MAX ? (pid_t)pid : 0;
}

static void take(struct snapshot_meta *meta, struct db_query *q, bool *level)
{
	CLEANUP(free_cleanup) char *key = xstrdup(db_text(q, 0));

	if (!strcmp(key, "level"))
		*level = snapshot_level_parse(db_text(q, 1), &meta->level);
	else if (!strcmp(key, "freeze"))
		take_freeze(&meta->info, db_text(q, 1));
	else if (!strcmp(key, "pid"))
		meta->info.pid = (pid_t)db_int(q, 1);
	else if (!strcmp(key, "complete"))
		meta->info.complete = db_int(q, 1) != 0;
	else if (!strcmp(key, "retained"))
		meta->retained = db_int(q, 1) != 0;
	else if (!strcmp(key, "ns_pid"))
		take_ns_pid(&meta->around, db_u64(q, 1));
	else if (!strcmp(key, "hostname"))
		snprintf(meta->around.hostname, HOSTNAME_BYTES, "%s",
			 db_text(q, 1));
	else if (!take_string(meta, key, q))
		take_number(meta, key, db_u64(q, 1));
}

static struct error *read_warnings(struct db *db, struct snapshot_meta *meta)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct sample_info *info = &meta->info;
	struct error *err;
	size_t cap = 0;
	bool more;

	if ((err = db_prepare(db, "SELECT text FROM warning ORDER BY id", &q)))
		return err;
	while (!(err = db_next(q, &more)) && more &&
	       info->warning_count < MAX_WARNINGS) {
		GROW_ARRAY(info->warnings, info->warning_count, cap);
		info->warnings[info->warning_count++] = xstrdup(db_text(q, 0));
	}
	return err;
}

static void fill_gaps(struct snapshot_meta *meta)
{
	char **const strings[] = {
		&meta->redaction, &meta->kind,	   &meta->go,
		&meta->arch,	  &meta->map_impl, &meta->experiments,
		&meta->dwarf,	  &meta->module,   &meta->tool,
		&meta->info.exe,
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(strings); i++)
		if (!*strings[i])
			*strings[i] = xstrdup("");
}

struct error *snapshot_meta_read(struct db *db, struct snapshot_meta *ret)
{
	CLEANUP(snapshot_meta_deinit)
	struct snapshot_meta meta = {.rss = UINT64_MAX};
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	bool more, level = false;
	struct error *err;

	if ((err = db_prepare(db, "SELECT key,value FROM meta LIMIT 1000", &q)))
		return err;
	while (!(err = db_next(q, &more)) && more)
		take(&meta, q, &level);
	if (err || (err = read_warnings(db, &meta)))
		return err;
	if (!level)
		return error_new(ERROR_CORRUPT,
				 "the snapshot does not say its level");
	fill_gaps(&meta);
	if (strcmp(meta.arch, "amd64") != 0)
		return error_new(ERROR_UNSUPPORTED,
				 "the snapshot is of a process on '%s'",
				 meta.arch);
	*ret = meta;
	meta = (struct snapshot_meta){0};
	return NULL;
}
