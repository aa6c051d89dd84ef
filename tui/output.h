#ifndef TUI_OUTPUT_H
#define TUI_OUTPUT_H

/**
 * What goes to stdout. A reader that went away (EPIPE) is a quiet end, every
 * other failure an error.
 */
#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/session/list.h"
#include "tui/cli.h"

struct json;

/** Write and clear @p buf. */
struct error *output_write(struct buf *buf) MUST_CHECK;
/** Write @p buf if it has grown past a page of output. */
struct error *output_flush_if_full(struct buf *buf) MUST_CHECK;
/** Flush; reports what the last writes met. */
struct error *output_close(void) MUST_CHECK;

/**
 * A list as aligned text, CSV, TSV or Markdown as the options say: --columns,
 * else @p default_columns (by comma), --limit, --no-header.
 */
struct error *output_list(const struct cli *cli, const struct list *list,
			  const char *default_columns) MUST_CHECK;
/** What --filter and --sort make of a list. */
struct error *output_arrange(const struct cli *cli,
			     struct list *list) MUST_CHECK;
/** Appends row @p row of the model that @p arg stands for, as one value. */
typedef void output_row_fn(struct json *json, const void *arg, uint32_t row);
/** The rows of @p list up to --limit; with --ndjson a line each. */
struct error *output_json_rows(struct json *json, const struct cli *cli,
			       const struct list *list, output_row_fn *fn,
			       const void *arg) MUST_CHECK;
/**
 * An answer of these rows and nothing else: both its schema and its array are
 * called @p name. With --ndjson just the rows.
 */
struct error *output_json_list(const struct cli *cli,
			       const struct session *session, const char *name,
			       const struct list *list, output_row_fn *fn,
			       const void *arg) MUST_CHECK;
enum output_form {
	OUTPUT_TEXT,
	OUTPUT_CSV,
	OUTPUT_TSV,
	OUTPUT_MARKDOWN,
	OUTPUT_FORM_COUNT,
};
/** All rows and columns of @p list with a header, for files. */
void output_rows(struct buf *out, const struct list *list,
		 enum output_form form);
/** --limit, or UINT32_MAX. */
uint32_t output_limit(const struct cli *cli);

#endif
