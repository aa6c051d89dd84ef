/* refs --dot: the paths as a graph that Graphviz draws. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/session/references.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

enum { LABEL_BYTES = 80 };

static void add_label(struct buf *out, const char *s)
{
	CLEANUP(buf_deinit) struct buf plain = {0};
	size_t i;

	text_plain(&plain, s, strnlen(s, LABEL_BYTES));
	for (i = 0; i < plain.len; i++) {
		if (plain.data[i] == '"' || plain.data[i] == '\\')
			buf_addc(out, '\\');
		buf_addc(out, plain.data[i]);
	}
}

static void add_object(struct buf *out, uint64_t addr, const char *type,
		       uint64_t retained, bool target)
{
	buf_printf(out, "  \"0x%" PRIx64 "\" [label=\"", addr);
	add_label(out, type ? type : "?");
	buf_printf(out, "\\n0x%" PRIx64, addr);
	if (retained != UINT64_MAX) {
		buf_adds(out, "\\nretains ");
		text_size(out, retained);
	}
	buf_printf(out, "\"%s];\n", target ? " peripheries=2" : "");
}

static void add_path(struct buf *out, const struct refs *refs, uint32_t number)
{
	const struct ref_path *path = &refs->paths[number];
	uint32_t i;

	buf_printf(out, "  r%" PRIu32 " [shape=box%s label=\"%s\\n", number,
		   path->strong ? "" : " style=dashed", path->kind);
	add_label(out, path->name);
	if (path->goroutine)
		buf_printf(out, "\\ngoroutine %" PRId64, path->goroutine);
	buf_adds(out, "\"];\n");
	for (i = 0; i < path->step_count; i++) {
		const struct ref_step *step = &path->steps[i];
		bool last = i + 1 == path->step_count;

		add_object(out, step->addr, step->type, step->retained_bytes,
			   last);
		if (!i)
			buf_printf(out, "  r%" PRIu32 " -> \"0x%" PRIx64 "\"",
				   number, step->addr);
		else
			buf_printf(out,
				   "  \"0x%" PRIx64 "\" -> \"0x%" PRIx64
				   "\" [label=\"",
				   step[-1].addr, step->addr);
		if (i) {
			add_label(out, step[-1].text);
			buf_adds(out, "\"]");
		} else if (path->merged > 1) {
			buf_printf(out, " [label=\"x%" PRIu32 "\"]",
				   path->merged);
		}
		buf_adds(out, ";\n");
	}
}

struct error *refs_dot(const struct refs *refs, const char *path)
{
	CLEANUP(buf_deinit) struct buf out = {0};
	struct error *err = NULL;
	uint32_t i;
	FILE *f;

	/* Paths meet: `strict` draws what they share once. */
	buf_adds(&out, "strict digraph refs {\n  rankdir=LR;\n");
	for (i = 0; i < refs->count; i++)
		add_path(&out, refs, i);
	buf_adds(&out, "}\n");
	if (!strcmp(path, "-"))
		return output_write(&out);
	f = fopen(path, "we");
	if (!f)
		return error_os(errno, "cannot open '%s'", path);
	if (fwrite(out.data, 1, out.len, f) != out.len)
		err = error_os(errno, "cannot write '%s'", path);
	if (fclose(f) && !err)
		err = error_os(errno, "cannot write '%s'", path);
	return err;
}
