#include "core/session/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/session_priv.h"
#include "core/target/cgroup.h"

/* Name, field of struct session_totals, unit. */
#define PROCESS_METRICS(X)                                                     \
	X("rss", rss, SERIES_BYTES)                                            \
	X("heap_alloc", heap_alloc, SERIES_BYTES)                              \
	X("heap_live", heap_live_bytes, SERIES_BYTES)                          \
	X("heap_garbage", heap_garbage_bytes, SERIES_BYTES)                    \
	X("heap_objects", heap_objects, SERIES_COUNT)                          \
	X("heap_inuse", heap_inuse, SERIES_BYTES)                              \
	X("heap_idle", heap_idle, SERIES_BYTES)                                \
	X("heap_released", heap_released, SERIES_BYTES)                        \
	X("heap_sys", heap_sys, SERIES_BYTES)                                  \
	X("stack_inuse", stack_inuse, SERIES_BYTES)                            \
	X("sys", sys, SERIES_BYTES)                                            \
	X("next_gc", next_gc, SERIES_BYTES)                                    \
	X("num_gc", num_gc, SERIES_COUNT)                                      \
	X("mallocs", mallocs, SERIES_COUNT)                                    \
	X("total_alloc", total_alloc, SERIES_BYTES)                            \
	X("goroutines", goroutines, SERIES_COUNT)                              \
	X("threads", threads, SERIES_COUNT)                                    \
	X("maps", maps, SERIES_COUNT)                                          \
	X("entries", entries, SERIES_COUNT)                                    \
	X("slots", slots, SERIES_COUNT)                                        \
	X("storage", storage_bytes, SERIES_BYTES)                              \
	X("waste", waste_bytes, SERIES_BYTES)                                  \
	X("tombstones", tombstones, SERIES_COUNT)

const char series_default_metrics[] =
	"rss,heap_alloc,heap_live,storage,entries,goroutines";

enum owner_field {
	FIELD_MAPS,
	FIELD_ENTRIES,
	FIELD_SLOTS,
	FIELD_LOAD,
	FIELD_STORAGE,
	FIELD_WASTE,
	FIELD_RETAINED,
	FIELD_TOMBSTONES,
	FIELD_CHAIN,
	FIELDS
};

static const struct {
	const char *name;
	uint8_t unit;
} fields[FIELDS] = {
	[FIELD_MAPS] = {"maps", SERIES_COUNT},
	[FIELD_ENTRIES] = {"entries", SERIES_COUNT},
	[FIELD_SLOTS] = {"slots", SERIES_COUNT},
	[FIELD_LOAD] = {"load", SERIES_PERCENT},
	[FIELD_STORAGE] = {"storage", SERIES_BYTES},
	[FIELD_WASTE] = {"waste", SERIES_BYTES},
	[FIELD_RETAINED] = {"retained", SERIES_BYTES},
	[FIELD_TOMBSTONES] = {"tombstones", SERIES_COUNT},
	[FIELD_CHAIN] = {"chain", SERIES_COUNT},
};

static const struct {
	const char *name;
	uint8_t unit;
} process[] = {
#define X(name, field, unit) {name, unit},
	PROCESS_METRICS(X)
#undef X
};

const char *series_unit_name(uint8_t unit)
{
	static const char *const names[] = {"count", "bytes", "percent"};

	return names[unit];
}

void series_deinit(struct series_set *set)
{
	uint32_t i;

	for (i = 0; i < set->count; i++) {
		free(set->series[i].metric);
		free(set->series[i].values);
	}
	free(set->series);
	free(set->points);
	*set = (struct series_set){0};
}

void series_copy(const struct series_set *from, struct series_set *ret)
{
	size_t points = from->point_count;
	uint32_t i;

	*ret = *from;
	ret->series_cap = from->count;
	ret->point_cap = points;
	ret->series = xcalloc((size_t)from->count + 1, sizeof(*ret->series));
	ret->points = xcalloc(points + 1, sizeof(*ret->points));
	for (i = 0; i < points; i++)
		ret->points[i] = from->points[i];
	for (i = 0; i < from->count; i++) {
		const struct series *s = &from->series[i];

		ret->series[i] = (struct series){.metric = xstrdup(s->metric),
						 .unit = s->unit};
		ret->series[i].values = xcalloc(points + 1, sizeof(*s->values));
		if (points)
			memcpy(ret->series[i].values, s->values,
			       points * sizeof(*s->values));
	}
}

/* The owner's part of "main.cache.entries" ends before its last point. */
static bool owner_metric(const char *metric, enum owner_field *field_ret,
			 size_t *owner_len_ret)
{
	const char *dot = strrchr(metric, '.');
	int i;

	for (i = 0; dot && dot > metric && i < FIELDS; i++) {
		if (strcmp(dot + 1, fields[i].name) != 0)
			continue;
		*field_ret = (enum owner_field)i;
		*owner_len_ret = (size_t)(dot - metric);
		return true;
	}
	return false;
}

static struct error *unit_of(const char *metric, uint8_t *ret)
{
	CLEANUP(buf_deinit) struct buf names = {0};
	enum owner_field field;
	size_t i, len;

	for (i = 0; i < ARRAY_LEN(process); i++) {
		buf_printf(&names, "%s%s", i ? " " : "", process[i].name);
		if (!strcmp(process[i].name, metric)) {
			*ret = process[i].unit;
			return NULL;
		}
	}
	if (owner_metric(metric, &field, &len)) {
		*ret = fields[field].unit;
		return NULL;
	}
	return error_hint(error_new(ERROR_USAGE, "no metric '%s'", metric),
			  "%s; of an owner: main.cache.entries .maps .slots "
			  ".load .storage .waste .retained .tombstones .chain",
			  buf_str(&names));
}

uint32_t series_find(const struct series_set *set, const char *metric,
		     size_t len)
{
	uint32_t i;

	for (i = 0; i < set->count; i++)
		if (strlen(set->series[i].metric) == len &&
		    !memcmp(set->series[i].metric, metric, len))
			return i;
	return UINT32_MAX;
}

static struct error *watch_one(struct series_set *set, const char *metric)
{
	struct series *s;
	struct error *err;
	uint8_t unit = SERIES_COUNT;
	uint32_t i;

	if (series_find(set, metric, strlen(metric)) != UINT32_MAX)
		return NULL;
	if ((err = unit_of(metric, &unit)))
		return err;
	if (set->count == SERIES_MAX)
		return error_new(ERROR_USAGE, "more than %d metrics",
				 SERIES_MAX);
	GROW_ARRAY(set->series, set->count, set->series_cap);
	s = &set->series[set->count++];
	*s = (struct series){.metric = xstrdup(metric), .unit = unit};
	s->values = xreallocarray(NULL, set->point_cap + 1, sizeof(*s->values));
	for (i = 0; i < set->point_count; i++)
		s->values[i] = NAN;
	return NULL;
}

/* A comma inside brackets belongs to a name: "p.F[int,string].x". */
static size_t metric_length(const char *text)
{
	size_t n;
	int open = 0;

	for (n = 0; text[n] && (open > 0 || text[n] != ','); n++)
		open += (text[n] == '[') - (text[n] == ']');
	return n;
}

struct error *series_watch(struct series_set *set, const char *metrics)
{
	while (*metrics) {
		size_t n = metric_length(metrics);
		CLEANUP(free_cleanup) char *metric = xstrndup(metrics, n);
		struct error *err = n ? watch_one(set, metric) : NULL;

		if (err)
			return err;
		metrics += n + (metrics[n] == ',');
	}
	return NULL;
}

struct error *series_check(const struct series_set *set,
			   const struct session *session)
{
	enum owner_field field;
	struct error *err;
	uint32_t i, row;
	size_t len;

	for (i = 0; i < set->count; i++) {
		CLEANUP(free_cleanup) char *owner = NULL;

		if (!owner_metric(set->series[i].metric, &field, &len))
			continue;
		owner = xstrndup(set->series[i].metric, len);
		if ((err = session_find_map(session, owner, &row)))
			return err;
	}
	return NULL;
}

bool series_wants_retained(const struct series_set *set)
{
	enum owner_field field;
	size_t len;
	uint32_t i;

	for (i = 0; i < set->count; i++)
		if (owner_metric(set->series[i].metric, &field, &len) &&
		    field == FIELD_RETAINED)
			return true;
	return false;
}

static double number(uint64_t v)
{
	return v == UINT64_MAX ? NAN : (double)v;
}

static double field_of(const struct map_group *g, enum owner_field field)
{
	switch (field) {
	case FIELD_MAPS:
		return number(g->maps);
	case FIELD_ENTRIES:
		return number(g->entries);
	case FIELD_SLOTS:
		return number(g->slots);
	case FIELD_LOAD:
		return g->slots ? 100 * number(g->entries) / number(g->slots)
				: 0;
	case FIELD_STORAGE:
		return number(g->storage_bytes);
	case FIELD_WASTE:
		return number(g->waste_bytes);
	case FIELD_RETAINED:
		return number(g->retained_bytes);
	case FIELD_TOMBSTONES:
		return number(g->tombstones);
	case FIELD_CHAIN:
		return number(g->chain_max);
	default:
		return NAN;
	}
}

/* Groups are made once a point, and only if an owner is watched. */
static double owner_value(const struct map_groups *groups, const char *metric)
{
	enum owner_field field;
	size_t len;
	uint32_t i;

	if (!owner_metric(metric, &field, &len))
		return NAN;
	for (i = 0; i < groups->count; i++) {
		const struct map_group *g = &groups->groups[i];

		if (strlen(g->name) == len && !memcmp(g->name, metric, len))
			return field_of(g, field);
	}
	return NAN;
}

static bool process_value(const struct session_totals *t, const char *metric,
			  double *ret)
{
#define X(name, field, unit)                                                   \
	if (!strcmp(metric, name)) {                                           \
		*ret = number(t->field);                                       \
		return true;                                                   \
	}
	PROCESS_METRICS(X)
#undef X
	return false;
}

/* What Go promises to stay below counts what it took and did not give back. */
static void find_headroom(struct series_set *set, const struct session *session,
			  const struct session_totals *t)
{
	struct session_info info;
	uint64_t used, room;

	session_info(session, &info);
	set->headroom_bytes = UINT64_MAX;
	set->limit = NULL;
	if (strcmp(info.kind, "live") != 0)
		return;
	room = cgroup_room(info.pid, CGROUP_MEMORY);
	if (room != UINT64_MAX) {
		set->headroom_bytes = room;
		set->limit = "cgroup";
	}
	if (t->memory_limit == INT64_MAX || t->memory_limit < 0 ||
	    t->sys == UINT64_MAX || t->heap_released == UINT64_MAX)
		return;
	used = t->sys - t->heap_released;
	room = (uint64_t)t->memory_limit > used
		       ? (uint64_t)t->memory_limit - used
		       : 0;
	if (room < set->headroom_bytes) {
		set->headroom_bytes = room;
		set->limit = "GOMEMLIMIT";
	}
}

/* Half as many points over the same time: the shape stays. */
static void thin_out(struct series_set *set)
{
	uint32_t i, k, n = 0;

	for (i = 0; i < set->point_count; i += 2, n++) {
		set->points[n] = set->points[i];
		for (k = 0; k < set->count; k++)
			set->series[k].values[n] = set->series[k].values[i];
	}
	set->point_count = n;
}

static void grow(struct series_set *set)
{
	uint32_t i;

	if (set->point_count < set->point_cap)
		return;
	set->point_cap = set->point_cap ? 2 * set->point_cap : 64;
	set->points = xreallocarray(set->points, set->point_cap,
				    sizeof(*set->points));
	for (i = 0; i < set->count; i++)
		set->series[i].values =
			xreallocarray(set->series[i].values, set->point_cap + 1,
				      sizeof(*set->series[i].values));
}

void series_add(struct series_set *set, const struct session *session)
{
	CLEANUP(map_groups_deinit) struct map_groups groups = {0};
	struct session_totals totals;
	struct session_info info;
	bool grouped = false;
	uint32_t i, n;

	session_totals(session, &totals);
	session_info(session, &info);
	if (set->point_count >= SERIES_POINTS_MAX)
		thin_out(set);
	grow(set);
	n = set->point_count++;
	set->points[n] = (struct series_point){.time_ns = info.time_ns,
					       .stop_ns = info.stop_ns};
	for (i = 0; i < set->count; i++) {
		struct series *s = &set->series[i];

		if (process_value(&totals, s->metric, &s->values[n]))
			continue;
		if (!grouped)
			error_free(map_groups_load(session, GROUP_OWNER, NULL,
						   &groups));
		grouped = true;
		s->values[n] = owner_value(&groups, s->metric);
	}
	find_headroom(set, session, &totals);
}
