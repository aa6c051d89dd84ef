#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/session/objects.h"
#include "core/session/references.h"
#include "core/session/render.h"
#include "core/session/render_heap.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

enum { DEFAULT_PATHS = 10, DEFAULT_ROWS = 1000, DEEPEST = 500 };

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
				 uint32_t max, uint32_t depth)
{
	CLEANUP(refs_deinit) struct refs refs = {0};
	CLEANUP(json_deinit) struct json json = {0};
	CLEANUP(buf_deinit) struct buf out = {0};
	uint32_t i, longer = 0;
	struct error *err;

	if ((err = refs_load_without(session, addr, max, !cli->options.all,
				     cli->options.exclude, &refs)))
		return err;
	if (depth)
		longer = refs_shorten(&refs, depth);
	if (cli->options.pprof)
		return refs_pprof(&refs, cli->options.pprof,
				  cli->options.force != NULL);
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
	if (longer)
		buf_printf(&out,
			   "%" PRIu32 " paths are longer than %" PRIu32
			   " objects\n",
			   longer, depth);
	return output_write(&out);
}

static void add_row(struct buf *out, const struct ref_row *row, bool in,
		    uint32_t level)
{
	buf_printf(out, "%*s%-9s 0x%-14" PRIx64 " ", (int)(2 * level), "",
		   row->kind, in ? row->addr : row->target);
	add_known_size(out, row->retained_bytes);
	buf_adds(out, "  ");
	add_plain(out, row->type		   ? row->type
		       : row->object == UINT32_MAX ? ""
						   : "?");
	buf_adds(out, "  ");
	add_plain(out, row->text);
	buf_addc(out, '\n');
}

/* References of references; an object's are shown where it is met first. */
struct levels {
	const struct session *session;
	struct id_set seen;   /* objects */
	uint32_t depth, left; /* levels and rows */
	bool in, complete;
	struct buf *text; /* or */
	struct json *json;
};

static struct error *add_level(struct levels *l, uint64_t addr, uint32_t level)
{
	CLEANUP(ref_rows_deinit) struct ref_rows rows = {0};
	struct error *err;
	uint32_t i;

	err = l->in ? refs_in(l->session, addr, l->left, &rows)
		    : refs_out(l->session, addr, l->left, &rows);
	if (err)
		return err;
	l->complete &= rows.complete;
	for (i = 0; i < rows.count && l->left; i++, l->left--) {
		const struct ref_row *row = &rows.rows[i];

		if (l->json)
			render_ref_row(l->json, row, level);
		else
			add_row(l->text, row, l->in, level);
		if (level + 1 >= l->depth || row->object == UINT32_MAX ||
		    id_set_has(&l->seen, row->object))
			continue;
		id_set_put(&l->seen, row->object, true);
		err = add_level(l, l->in ? row->holder : row->target,
				level + 1);
		/* What it points to may be no object of its own. */
		error_catch(&err, ERROR_NOT_FOUND);
		if (err)
			return err;
	}
	l->complete &= i == rows.count;
	return NULL;
}

static uint32_t object_at(const struct session *session, uint64_t addr)
{
	struct address_info at;
	uint32_t object;

	address_info_load(session, addr, &at);
	object = at.object;
	address_info_deinit(&at);
	return object;
}

static struct error *print_rows(const struct cli *cli,
				const struct session *session, uint64_t addr,
				uint32_t max, uint32_t depth)
{
	CLEANUP(json_deinit) struct json json = {0};
	CLEANUP(buf_deinit) struct buf out = {0};
	struct levels l = {.session = session,
			   .depth = depth ? depth : 1,
			   .left = max,
			   .in = cli->options.in != NULL,
			   .complete = true,
			   .text = &out};
	struct error *err;

	if (cli->options.json) {
		l.json = &json;
		render_begin(&json, session, "refs", cli_redact(cli));
		json_open(&json, l.in ? "incoming" : "outgoing", '[');
	}
	/* Not the object itself again. */
	id_set_put(&l.seen, object_at(session, addr), true);
	err = add_level(&l, addr, 0);
	free(l.seen.ids);
	if (err)
		return err;
	if (cli->options.json) {
		json_close(&json, ']');
		json_bool(&json, "all_rows", l.complete);
		render_end(&json);
		return output_write(&json.out);
	}
	if (!l.complete)
		buf_printf(&out, "... and more; --limit N\n");
	return output_write(&out);
}

static struct error *print_refs(struct cli *cli, const struct session *session,
				const char *which)
{
	const struct options *o = &cli->options;
	uint32_t max = o->in || o->out ? DEFAULT_ROWS : DEFAULT_PATHS;
	struct error *err;
	uint64_t addr;
	double n, depth = 0;

	if (o->depth &&
	    (!parse_quantity(o->depth, &depth) || depth < 1 || depth > DEEPEST))
		return error_new(ERROR_USAGE, "--depth is a number up to %d",
				 DEEPEST);
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
		       ? print_rows(cli, session, addr, max, (uint32_t)depth)
		       : print_paths(cli, session, addr, max, (uint32_t)depth);
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
		 "[--exclude RE] [--depth N] [--dot FILE] [--pprof FILE] "
		 "[--in|--out]",
	.help = "who holds an object: all paths from roots",
	.run = run,
};
