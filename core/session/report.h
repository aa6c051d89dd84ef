#ifndef CORE_SESSION_REPORT_H
#define CORE_SESSION_REPORT_H

/**
 * A bug report: what a person attaches to an issue, and what the one who
 * receives it needs, without the process. All of it is made from a snapshot of
 * level maps, redacted first, which is part of it: what the snapshot does not
 * hold is nowhere. The same snapshot gives the same bytes.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/base/job.h"
#include "core/base/sha256.h"
#include "core/session/redact.h"
#include "core/session/session.h"
#include "core/session/suspects.h"

enum report_part {
	REPORT_MD = 1u << 0,
	REPORT_HTML = 1u << 1,
	REPORT_JSON = 1u << 2,
	REPORT_HEAP = 1u << 3, /* heap.pb.gz */
	REPORT_REFS = 1u << 4, /* refs.pb.gz */
	REPORT_SNAPSHOT = 1u << 5,
	REPORT_ALL = (1u << 6) - 1,  /* files */
	REPORT_GOROUTINES = 1u << 6, /* in all of them */
};

struct report_options {
	enum redact_level redact;
	unsigned parts;	   /* enum report_part; 0 all */
	unsigned without;  /* of these, and goroutines */
	uint32_t top;	   /* owners and suspects in full; 0 = 20 */
	const char *title; /* NULL: made from the findings */
	/** Folder or archive to be; NULL: named after the target and the time
	 * of its sample. */
	const char *path;
	bool zip;
	bool force;		    /* replace an earlier report */
	const struct session *base; /* to compare with; NULL none */
	/** Rows of maps to tell more of; none: those with findings. */
	struct suspect_rows suspects;
};

/** "md,html,json,heap,refs,msnap,zip,dir" into @p options. */
struct error *report_parse_format(const char *text,
				  struct report_options *options) MUST_CHECK;

/** "heapprofile,refs,goroutines", "none": what of these is to be in it. */
struct error *report_parse_include(const char *text,
				   struct report_options *options) MUST_CHECK;

struct report;

struct report_file {
	char *name; /* owned */
	const char *about;
	uint64_t bytes;
	char sha256[SHA256_TEXT];
};

/**
 * Make all files in a folder of their own beside where they will be. Nothing
 * is visible under the final name before report_publish().
 */
struct error *report_prepare(const struct session *session,
			     const struct report_options *options,
			     struct job *job, struct report **ret) MUST_CHECK;
/** Deletes what was not published; NULL is fine. */
void report_free(struct report *report);
void report_cleanup(struct report **report);

const struct report_file *report_files(const struct report *report,
				       size_t *count_ret);
/** Where it will be, or is. */
const char *report_path(const struct report *report);
/** Beside it: what the pseudonyms stand for. NULL below level names. */
const char *report_mapping_path(const struct report *report);
/** What will leave the machine, as lines of text. */
void report_preview(const struct report *report, struct buf *out);
/** Rename the folder, or write the archive. */
struct error *report_publish(struct report *report) MUST_CHECK;

#endif
