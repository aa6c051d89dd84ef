#ifndef CORE_SESSION_THRESHOLDS_H
#define CORE_SESSION_THRESHOLDS_H

/**
 * From where on a figure is flagged, and how severe that is. Why these numbers:
 * a map that has just grown is at least half full, so a fifth of what it could
 * hold means deletes or an oversized hint; classic chains pass three buckets
 * never by chance. Shares are of 1.
 *
 * THRESHOLD(field, "key of the configuration", default, "help")
 */
#define THRESHOLD_TABLE(T)                                                     \
	T(fill_warn, "fill-warn", 0.20, "sparse: fill below, of the maximum")  \
	T(fill_high, "fill-high", 0.10, "sparse and severe")                   \
	T(fill_warn_bytes, "fill-warn-bytes", 65536,                           \
	  "sparse: only maps of at least this storage")                        \
	T(fill_high_bytes, "fill-high-bytes", 1048576,                         \
	  "sparse and severe: likewise")                                       \
	T(tombstones_warn, "tombstones-warn", 0.10, "deleted slots per slot")  \
	T(tombstones_high, "tombstones-high", 0.25, "likewise, severe")        \
	T(chain_warn, "chain-warn", 4,                                         \
	  "buckets in a chain, groups of a probe")                             \
	T(chain_high, "chain-high", 8, "likewise, severe")                     \
	T(old_bytes, "old-bytes", 65536, "old buckets that a growth keeps")    \
	T(retained_info, "retained-info", 0.10,                                \
	  "share of the live heap that one owner retains")                     \
	T(retained_warn, "retained-warn", 0.50, "likewise, warn")              \
	T(retained_bytes, "retained-bytes", 1048576,                           \
	  "shares: only from this size on")                                    \
	T(tiny_maps, "tiny-maps", 1000, "many tiny maps: so many of an owner") \
	T(tiny_bytes, "tiny-bytes", 1048576, "many tiny maps: waste for warn")

struct thresholds {
#define THRESHOLD_FIELD(field, key, value, help) double field;
	THRESHOLD_TABLE(THRESHOLD_FIELD)
#undef THRESHOLD_FIELD
};

#endif
