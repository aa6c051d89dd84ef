#ifndef CORE_SESSION_REPORT_PRIV_H
#define CORE_SESSION_REPORT_PRIV_H

/** The inside of a report; for core/session/report*.c only. */
#include "core/session/diff.h"
#include "core/session/goroutine_list.h"
#include "core/session/objects.h"
#include "core/session/report.h"
#include "core/session/series.h"

enum {
	REPORT_MD_MAX = 60000, /* characters; hosts take 65,536 */
	REPORT_TOP = 20,
	REPORT_FRAMES = 16, /* of a stack */
};

enum fact_section { FACT_MEASURED, FACT_TARGET, FACT_MEMORY };

/** "label: value". */
struct fact {
	enum fact_section section;
	const char *label;
	char *value; /* owned */
};

/** A map worth a page of its own. */
struct suspect {
	uint32_t row;
	struct map_detail detail;
	const struct finding *finding; /* worst on it; NULL none */
	struct suspect_more more;
};

/** What changed since the base: an owner, or a type's objects. */
struct growth {
	char *name; /* owned */
	enum diff_state state;
	struct diff_side a, b;
};

struct report {
	struct report_options options;
	char *title, *path, *mapping_path; /* owned */
	char *folder;			   /* temporary; NULL published */
	struct redactor redactor;
	const struct session *original; /* borrowed */
	struct session *opened;		/* owned; NULL: source is original */
	const struct session *source;
	/* The model: what all formats show. */
	struct session_info info; /* of source; its kind is original's */
	const char *redaction;
	struct session_totals totals;
	struct fact *facts;
	size_t fact_count, fact_cap;
	bool maps; /* the fields below are filled */
	struct map_groups groups;
	struct list owners; /* of groups, by retained size */
	struct list rows;   /* maps, by retained size */
	struct suspect *suspects;
	uint32_t suspect_count;
	struct goroutine_table goroutines;
	struct type_table types;
	bool compared; /* with a base */
	uint64_t base_time_ns;
	struct growth *growth, *type_growth;
	uint32_t growth_count, type_growth_count;
	const struct series_set *series; /* NULL none */
	struct series_table trends;
	char **sentences; /* owned */
	uint32_t sentence_count;
	struct report_file *files;
	size_t file_count, file_cap;
};

/** A person wants nothing in it about stacks. */
static inline bool no_goroutines(const struct report *report)
{
	return report->options.without & REPORT_GOROUTINES;
}

struct error *report_model_load(struct report *report) MUST_CHECK;
void report_model_deinit(struct report *report);

/** One sentence: the worst finding, or that there is none. */
void report_verdict(const struct report *report, struct buf *out);
/** "1.67M", "-" if unknown, ">=" before what is not exact. */
void report_size(struct buf *out, uint64_t bytes, bool exact);
/** Share of slots in use, in percent. */
void report_load(struct buf *out, uint64_t entries, uint64_t slots);
/** "slot 32 B, bucket 272 B" of a suspect; "" unknown. */
void report_slots(const struct map_detail *detail, struct buf *out);
/** "directory 8, tables 5, groups 10 (2 full), ..." of a typed suspect. */
void report_shape(const struct map_detail *detail, struct buf *out);
/** Goroutines on whose stacks its paths begin, each once; how many. */
uint32_t report_stacks(const struct suspect *suspect,
		       int64_t ret[SUSPECT_PATHS]);
/** "31 of 40 sampled objects", of which the place is the site's. */
void report_site(const struct suspect_more *more, uint32_t site,
		 struct buf *out);
/** "global, 12 like it" */
void report_path_kind(const struct suspect_path *path, struct buf *out);
/** Lines for `Reproduce`; @p i from 0 on, NULL at the end. */
const char *report_command(const struct report *report, size_t i);
extern const char report_blanks[], report_glossary[], report_privacy[];

struct error *report_json(const struct report *report,
			  struct buf *out) MUST_CHECK;
/** At most REPORT_MD_MAX bytes. */
void report_markdown(const struct report *report, struct buf *out);
void report_html(const struct report *report, struct buf *out);

/** Inline SVG: chain lengths, observed and expected. */
void report_svg_histogram(const struct map_detail *detail, struct buf *out);
/** Cells from empty to full. */
void report_svg_occupancy(const struct map_detail *detail, struct buf *out);
/** A bar of @p share (0 to 1). */
void report_svg_bar(double share, const char *label, struct buf *out);
/** A line through @p count values. */
void report_svg_sparkline(const double *values, size_t count, const char *label,
			  struct buf *out);

#endif
