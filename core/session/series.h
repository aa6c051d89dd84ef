#ifndef CORE_SESSION_SERIES_H
#define CORE_SESSION_SERIES_H

/**
 * Figures of one process over several samples: what `watch` and the Watch
 * screen collect, snapshots keep, and reports show. A metric is the name of a
 * figure of the whole process ("rss", "heap_live", "entries") or of an owner of
 * maps and a field ("main.cache.entries", "(*main.Session).Attrs.retained").
 */
#include "core/session/session.h"

enum series_unit { SERIES_COUNT, SERIES_BYTES, SERIES_PERCENT };

struct series {
	char *metric;	/* owned */
	double *values; /* one a point, NAN unknown; owned */
	uint8_t unit;	/* enum series_unit */
};

struct series_point {
	uint64_t time_ns; /* wall clock of the sample */
	uint64_t stop_ns; /* for how long it held the target */
};

struct series_set {
	struct series *series;
	uint32_t count;
	struct series_point *points; /* in order of time */
	uint32_t point_count;
	/** Bytes the process may still grow by, as of the last point. */
	uint64_t headroom_bytes;      /* UINT64_MAX: no limit is known */
	const char *limit;	      /* "GOMEMLIMIT", "cgroup"; NULL none */
	size_t series_cap, point_cap; /* reserved */
};
enum { SERIES_MAX = 256, SERIES_POINTS_MAX = 100000 };

void series_deinit(struct series_set *set);
/** For a thread that works on it while points are added. */
void series_copy(const struct series_set *from, struct series_set *ret);
/**
 * Add metrics by name, separated by commas; those that are there already stay.
 * Earlier points of a new one are unknown. ERROR_USAGE names what there is.
 */
struct error *series_watch(struct series_set *set,
			   const char *metrics) MUST_CHECK;
/** What is watched when nobody says what. */
extern const char series_default_metrics[];
/** Number of a metric, UINT32_MAX if it is not watched. */
uint32_t series_find(const struct series_set *set, const char *metric,
		     size_t len);
/**
 * One point more. Owners that are not there are unknown. Past
 * SERIES_POINTS_MAX every other point is dropped.
 */
void series_add(struct series_set *set, const struct session *session);
/** ERROR_NOT_FOUND, with near names, if @p session has no such owner. */
struct error *series_check(const struct series_set *set,
			   const struct session *session) MUST_CHECK;
/** Does any metric need the sizes that maps retain? */
bool series_wants_retained(const struct series_set *set);

struct series_stats {
	uint32_t known; /* points with a value; 0: all below are NAN */
	double first, now, min, max, mean;
	/** Of the least squares line, from three points on, else NAN. */
	double slope; /* per second */
	double r2;    /* 0..1 */
	/** Seconds until growth at this slope has used up the headroom; NAN if
	 * it does not grow steadily, is no size, or nothing limits it. */
	double forecast;
};
void series_stats(const struct series_set *set, uint32_t index,
		  struct series_stats *ret);
/**
 * The last points as @p width characters from least to most, ASCII or blocks;
 * several points a character show their mean.
 */
void series_sparkline(const struct series_set *set, uint32_t index, bool ascii,
		      unsigned width, struct buf *out);
/** Of points from..to-1; NAN if none is known. */
double series_mean(const struct series_set *set, uint32_t index, uint64_t from,
		   uint64_t to);
/** A value in its unit: "1.67M", "50,005", "76%"; "?" unknown. */
void series_value_text(uint8_t unit, double value, struct buf *out);
/** "+1.5K/s", "-3/min": what a person can grasp; "?" unknown. */
void series_slope_text(uint8_t unit, double per_second, struct buf *out);
/**
 * "cgroup leaves 12.0M; at the slope of rss it is used up in 34s, at 2026-...":
 * by what grows steadily, rss before others, else what is soonest. Nothing if
 * no limit is known.
 */
void series_limit_text(const struct series_set *set, struct buf *out);
/** "count", "bytes", "percent". */
const char *series_unit_name(uint8_t unit);

/** Of a session opened from a snapshot that keeps one; else NULL. */
const struct series_set *session_series(const struct session *session);

/**
 * "rss>1G main.cache.entries>=1000 | heap_live/s>1M": space is and, | is or,
 * METRIC/s is the slope. Metrics that are not watched yet are added.
 */
struct series_condition;
struct error *series_condition_parse(struct series_set *set, const char *text,
				     struct series_condition **ret) MUST_CHECK;
void series_condition_free(struct series_condition *condition);
/** Does it hold at the last point? Unknown values hold nothing. */
bool series_condition_holds(const struct series_condition *condition,
			    const struct series_set *set);

/** One row a metric. Make it anew after every point. */
struct series_row {
	const struct series *series;
	struct series_stats stats;
	char *trend, *slope, *now, *min, *max, *forecast; /* owned */
};
struct series_table {
	const struct series_set *set;
	struct series_row *rows;
	uint32_t count;
};
void series_table_load(const struct series_set *set, bool ascii,
		       struct series_table *ret);
void series_table_deinit(struct series_table *table);
extern const struct list_kind series_list_kind;

#endif
