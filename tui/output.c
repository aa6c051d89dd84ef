#include "tui/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/escape.h"
#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/render.h"

enum { FLUSH_BYTES = 1 << 16, MAX_COLUMNS = 64, MAX_TEXT = 60 };

static struct error *write_failed(void)
{
	int e = errno;

	if (e == EPIPE) {
		/* In mid-run: what is in use is the kernel's to free. */
		fflush(NULL);
		_exit(EXIT_OK);
	}
	return error_os(e, "cannot write the output");
}

struct error *output_write(struct buf *buf)
{
	if (buf->len && fwrite(buf->data, 1, buf->len, stdout) != buf->len)
		return write_failed();
	buf_clear(buf);
	return NULL;
}

struct error *output_flush_if_full(struct buf *buf)
{
	return buf->len < FLUSH_BYTES ? NULL : output_write(buf);
}

struct error *output_close(void)
{
	return fflush(stdout) ? write_failed() : NULL;
}

uint32_t output_limit(const struct cli *cli)
{
	const struct options *o = &cli->options;
	const char *text = o->limit ? o->limit : o->top;
	double n;

	if (!text || !parse_quantity(text, &n) || n < 0 || n >= UINT32_MAX)
		return UINT32_MAX;
	return (uint32_t)n;
}

struct chosen {
	int columns[MAX_COLUMNS];
	size_t width[MAX_COLUMNS];
	unsigned count;
};

static struct error *choose_columns(const struct list *list, const char *spec,
				    struct chosen *ret)
{
	while (*spec && ret->count < MAX_COLUMNS) {
		size_t n = strcspn(spec, ",");
		CLEANUP(free_cleanup) char *key = xstrndup(spec, n);
		int column = list_find_column(list->kind, key);

		if (column < 0) {
			CLEANUP(buf_deinit) struct buf keys = {0};
			uint32_t i;

			for (i = 0; i < list->kind->column_count; i++)
				buf_printf(&keys, "%s%s", i ? " " : "",
					   list->kind->columns[i].key);
			return error_hint(
				error_new(ERROR_USAGE, "no column '%s'", key),
				"columns: %s", buf_str(&keys));
		}
		ret->columns[ret->count++] = column;
		spec += n + (spec[n] == ',');
	}
	return NULL;
}

static bool is_text(const struct column *column)
{
	return column->kind == COLUMN_TEXT || column->kind == COLUMN_FLAGS;
}

/* A cell made safe for a terminal; machine formats carry plain numbers. */
static void safe_cell(const struct list *list, uint32_t position, int column,
		      bool machine, struct buf *out)
{
	const struct column *c = &list->kind->columns[column];
	CLEANUP(buf_deinit) struct buf raw = {0};
	struct cell cell;

	list_cell(list, position, column, &cell);
	if (machine && cell.known && c->kind == COLUMN_DELTA_BYTES)
		buf_printf(&raw, "%.0f", cell.f);
	else if (machine && cell.known && c->kind == COLUMN_BYTES)
		buf_printf(&raw, "%llu", (unsigned long long)cell.u);
	else if (machine && !cell.known)
		buf_clear(&raw);
	else
		cell_text(&raw, c, &cell);
	text_plain(out, buf_str(&raw), raw.len);
}

/* Close enough where characters are narrow: one column each. */
static size_t text_columns(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void measure(const struct list *list, struct chosen *chosen,
		    uint32_t rows)
{
	unsigned i;
	uint32_t row;
	size_t n;

	for (i = 0; i < chosen->count; i++) {
		const struct column *c =
			&list->kind->columns[chosen->columns[i]];

		chosen->width[i] = strlen(c->title);
		for (row = 0; row < rows; row++) {
			CLEANUP(buf_deinit) struct buf b = {0};

			safe_cell(list, row, chosen->columns[i], false, &b);
			n = text_columns(buf_str(&b));
			if (n > chosen->width[i])
				chosen->width[i] = n;
		}
		if (is_text(c) && chosen->width[i] > MAX_TEXT)
			chosen->width[i] = MAX_TEXT;
	}
}

static void add_aligned(struct buf *out, const char *s, size_t width, bool left,
			bool last)
{
	size_t columns = text_columns(s);
	size_t pad = width > columns ? width - columns : 0;

	if (!left)
		buf_printf(out, "%*s", (int)pad, "");
	buf_adds(out, s);
	if (left && !last)
		buf_printf(out, "%*s", (int)pad, "");
	buf_adds(out, last ? "\n" : "  ");
}

static void add_separated(struct buf *out, const char *s, bool last,
			  char separator)
{
	text_csv(out, s, strlen(s), separator);
	buf_addc(out, last ? '\n' : separator);
}

/* Names as code: in issues they are no links and mention nobody. */
static void add_markdown(struct buf *out, const char *s, bool code, bool first,
			 bool last)
{
	buf_adds(out, first ? "| " : " ");
	if (code)
		text_markdown_code(out, s, strlen(s), true, 0);
	else
		buf_adds(out, s);
	buf_adds(out, last ? " |\n" : " |");
}

static void add_cell(struct buf *out, const struct chosen *chosen, unsigned i,
		     const struct column *column, const char *s,
		     enum output_form form, bool header)
{
	bool last = i + 1 == chosen->count;

	if (form == OUTPUT_MARKDOWN)
		add_markdown(out, s, is_text(column) && !header, !i, last);
	else if (form)
		add_separated(out, s, last, form == OUTPUT_CSV ? ',' : '\t');
	else
		add_aligned(out, s, chosen->width[i], is_text(column), last);
}

static bool for_machines(enum output_form form)
{
	return form == OUTPUT_CSV || form == OUTPUT_TSV;
}

static void add_header(struct buf *out, const struct list *list,
		       const struct chosen *chosen, enum output_form form)
{
	unsigned i;

	for (i = 0; i < chosen->count; i++) {
		const struct column *c =
			&list->kind->columns[chosen->columns[i]];

		add_cell(out, chosen, i, c,
			 for_machines(form) ? c->key : c->title, form, true);
	}
	for (i = 0; form == OUTPUT_MARKDOWN && i < chosen->count; i++) {
		const struct column *c =
			&list->kind->columns[chosen->columns[i]];

		add_cell(out, chosen, i, c, is_text(c) ? "---" : "---:", form,
			 true);
	}
}

static void add_line(struct buf *out, const struct list *list, uint32_t row,
		     const struct chosen *chosen, enum output_form form)
{
	unsigned i;

	for (i = 0; i < chosen->count; i++) {
		CLEANUP(buf_deinit) struct buf cell = {0};
		int column = chosen->columns[i];

		safe_cell(list, row, column, for_machines(form), &cell);
		add_cell(out, chosen, i, &list->kind->columns[column],
			 buf_str(&cell), form, false);
	}
}

void output_rows(struct buf *out, const struct list *list,
		 enum output_form form)
{
	struct chosen all = {0};
	uint32_t row;

	for (; all.count < list->kind->column_count && all.count < MAX_COLUMNS;
	     all.count++)
		all.columns[all.count] = (int)all.count;
	add_header(out, list, &all, form);
	for (row = 0; row < list->count; row++)
		add_line(out, list, row, &all, form);
}

struct error *output_list(const struct cli *cli, const struct list *list,
			  const char *default_columns)
{
	const struct options *o = &cli->options;
	enum output_form form = o->csv	 ? OUTPUT_CSV
				: o->tsv ? OUTPUT_TSV
				: o->md	 ? OUTPUT_MARKDOWN
					 : OUTPUT_TEXT;
	CLEANUP(buf_deinit) struct buf out = {0};
	struct chosen chosen = {0};
	uint32_t row, rows = output_limit(cli);
	struct error *err;

	if (rows > list->count)
		rows = list->count;
	err = choose_columns(list, o->columns ? o->columns : default_columns,
			     &chosen);
	if (err)
		return err;
	if (!form)
		measure(list, &chosen, rows);
	if (!o->no_header)
		add_header(&out, list, &chosen, form);
	for (row = 0; row < rows; row++) {
		add_line(&out, list, row, &chosen, form);
		if ((err = output_flush_if_full(&out)))
			return err;
	}
	return output_write(&out);
}

struct error *output_arrange(const struct cli *cli, struct list *list)
{
	const struct options *o = &cli->options;
	struct error *err = NULL;

	if (o->filter && (err = list_filter(list, o->filter)))
		return err;
	return o->sort ? list_sort_by(list, o->sort) : NULL;
}

struct error *output_json_rows(struct json *json, const struct cli *cli,
			       const struct list *list, output_row_fn *fn,
			       const void *arg)
{
	uint32_t i, limit = output_limit(cli);
	struct error *err;

	for (i = 0; i < list->count && i < limit; i++) {
		fn(json, arg, list_row(list, i));
		if (cli->options.ndjson) {
			buf_addc(&json->out, '\n');
			json->comma = 0;
		}
		if ((err = output_flush_if_full(&json->out)))
			return err;
	}
	return NULL;
}

struct error *output_json_list(const struct cli *cli,
			       const struct session *session, const char *name,
			       const struct list *list, output_row_fn *fn,
			       const void *arg)
{
	CLEANUP(json_deinit) struct json json = {0};
	bool lines = cli->options.ndjson != NULL;
	struct error *err;

	if (!lines) {
		render_begin(&json, session, name, cli_redact(cli));
		json_open(&json, name, '[');
	}
	if ((err = output_json_rows(&json, cli, list, fn, arg)))
		return err;
	if (!lines) {
		json_close(&json, ']');
		render_end(&json);
	}
	return output_write(&json.out);
}
