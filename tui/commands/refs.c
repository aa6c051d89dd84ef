#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/session/render.h"
#include "core/session/render_heap.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

enum { DEFAULT_PATHS = 10, DEFAULT_ROWS = 1000 };

static void add_plain(struct buf *out, const char *s)
{
	text_plain(out, s, strlen(s));
}

static void add_known_size(struct buf *out, uint64_t bytes)
{
	if (bytes == UINT64_MAX)
		buf_addc(out, '-');
	else
		text_size(out, bytes);
}

static void add_root(struct buf *out, const struct ref_path *path)
{
	buf_printf(out, "%-9s ", path->kind);
	add_plain(out, path->name);
	if (path->goroutine)
		buf_printf(out, "  goroutine %" PRId64, path->goroutine);
	if (path->file && *path->file) {
		buf_adds(out, "  ");
		add_plain(out, path->file);
		buf_printf(out, ":%" PRIu32, path->line);
	}
	if (path->merged > 1)
		buf_printf(out, "  x%" PRIu32, path->merged);
	if (!path->strong)
		buf_adds(out, "  (excluded)");
	if (path->conservative)
		buf_adds(out, "  (may be no pointer)");
	buf_addc(out, '\n');
}

static void add_path(struct buf *out, const struct ref_path *path)
{
	uint32_t i;

	add_root(out, path);
	for (i = 0; i < path->step_count; i++) {
		const struct ref_step *step = &path->steps[i];

		buf_printf(out, "    0x%-14" PRIx64 " ", step->addr);
		add_known_size(out, step->retained_bytes);
		buf_adds(out, "  ");
		add_plain(out, step->type ? step->type : "?");
		if (*step->text) {
			buf_adds(out, "  ");
			add_plain(out, step->text);
		}
		buf_addc(out, '\n');
	}
}

/* What knows of the object without keeping it alive. */
static void add_specials(struct buf *out, const struct refs *refs)
{
	if (refs->weak_pointer)
		buf_adds(out, "Weak pointers to it do not hold it.\n");
	if (refs->finalizer)
		buf_adds(out, "A finalizer runs once nothing holds it.\n");
	if (refs->cleanup)
		buf_adds(out, "A cleanup runs once nothing holds it.\n");
	if (refs->ignored)
		buf_printf(out, "Left out by --exclude: %" PRIu64 "\n",
			   refs->ignored);
}

static void add_head(struct buf *out, const struct refs *refs)
{
	buf_printf(out, "0x%" PRIx64 "  ", refs->addr);
	add_plain(out, refs->type ? refs->type : "?");
	buf_adds(out, "  ");
	text_size(out, refs->bytes);
	buf_adds(out, ", retains ");
	add_known_size(out, refs->retained_bytes);
	buf_printf(out, "\n%" PRIu32 " strong path%s, %" PRIu32 " excluded%s\n",
		   refs->strong, refs->strong == 1 ? "" : "s", refs->weak,
		   refs->complete ? "" : ", there are more");
	add_plain(out, refs->verdict);
	buf_addc(out, '\n');
	add_specials(out, refs);
	buf_addc(out, '\n');
}

static struct error *print_paths(const struct cli *cli,
				 const struct session *session, uint64_t addr,
				 uint32_t max)
{
	CLEANUP(refs_deinit) struct refs refs = {0};
	CLEANUP(json_deinit) struct json json = {0};
	CLEANUP(buf_deinit) struct buf out = {0};
	struct error *err;
	uint32_t i;

	if ((err = refs_load_without(session, addr, max, !cli->options.all,
				     cli->options.exclude, &refs)))
		return err;
	if (cli->options.dot)
		return refs_dot(&refs, cli->options.dot);
	if (cli->options.json) {
		render_begin(&json, session, "refs", cli_redact(cli));
		render_refs(&json, &refs);
		render_end(&json);
		return output_write(&json.out);
	}
	add_head(&out, &refs);
	for (i = 0; i < refs.count; i++)
		add_path(&out, &refs.paths[i]);
	return output_write(&out);
}

static void add_row(struct buf *out, const struct ref_row *row, bool in)
{
	buf_printf(out, "%-9s 0x%-14" PRIx64 " ", row->kind,
		   in ? row->addr : row->target);
	add_known_size(out, row->retained_bytes);
	buf_adds(out, "  ");
	add_plain(out, row->type		   ? row->type
		       : row->object == UINT32_MAX ? ""
						   : "?");
	buf_adds(out, "  ");
	add_plain(out, row->text);
	buf_addc(out, '\n');
}

static struct error *print_rows(const struct cli *cli,
				const struct session *session, uint64_t addr,
				uint32_t max, bool in)
{
	CLEANUP(ref_rows_deinit) struct ref_rows rows = {0};
	CLEANUP(json_deinit) struct json json = {0};
	CLEANUP(buf_deinit) struct buf out = {0};
	struct error *err;
	uint32_t i;

	err = in ? refs_in(session, addr, max, &rows)
		 : refs_out(session, addr, max, &rows);
	if (err)
		return err;
	if (cli->options.json) {
		render_begin(&json, session, "refs", cli_redact(cli));
		json_open(&json, in ? "incoming" : "outgoing", '[');
		for (i = 0; i < rows.count; i++)
			render_ref_row(&json, &rows.rows[i]);
		json_close(&json, ']');
		json_bool(&json, "all_rows", rows.complete);
		render_end(&json);
		return output_write(&json.out);
	}
	for (i = 0; i < rows.count; i++)
		add_row(&out, &rows.rows[i], in);
	if (!rows.complete)
		buf_printf(&out, "... and more; --limit N\n");
	return output_write(&out);
}

static struct error *print_refs(const struct cli *cli,
				const struct session *session,
				const char *which)
{
	const struct options *o = &cli->options;
	uint32_t max = o->in || o->out ? DEFAULT_ROWS : DEFAULT_PATHS;
	struct error *err;
	uint64_t addr;
	double n;

	if (o->limit)
		max = output_limit(cli);
	if (o->paths && (!parse_quantity(o->paths, &n) || n < 1 || n > 10000))
		return error_new(ERROR_USAGE,
				 "--paths is a number up to 10000");
	if (o->paths)
		max = (uint32_t)n;
	if ((err = session_find_address(session, which, &addr)))
		return err;
	return o->in || o->out
		       ? print_rows(cli, session, addr, max, o->in != NULL)
		       : print_paths(cli, session, addr, max);
}

static int run(struct cli *cli)
{
	return cli_run_on(cli,
			  "which object? an address, a variable or an "
			  "owner",
			  print_refs);
}

const struct command refs_entry = {
	.name = "refs",
	.usage = "refs TARGET ADDR|VARIABLE|OWNER [--paths N] "
		 "[--exclude RE] [--dot FILE] [--in|--out]",
	.help = "who holds an object: all paths from roots",
	.run = run,
};
