/*
 * deferred, and what `stack` shows of deferred calls and of the goroutines
 * that started one.
 */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/deferred.h"
#include "tui/prompt/shell.h"

static void add_line(struct buf *out, const char *indent, const char *what,
		     const struct code_place *place)
{
	buf_printf(out, "%s%s ", indent, what);
	text_plain(out, place->file, strlen(place->file));
	buf_printf(out, ":%u\n", place->line);
}

static void add_call(struct buf *out, uint32_t number,
		     const struct deferred_row *row)
{
	static const char indent[] = "                 ";

	buf_printf(out, "        defer %u: 0x%016" PRIx64 " in ", number,
		   row->place.pc);
	text_plain(out, row->place.function, strlen(row->place.function));
	if (row->calls) {
		buf_adds(out, " (calls ");
		text_plain(out, row->calls, strlen(row->calls));
		buf_addc(out, ')');
	}
	buf_addc(out, '\n');
	if (!row->place.pc) {
		buf_printf(out, "%sunreadable\n", indent);
		return;
	}
	add_line(out, indent, "at", &row->place);
	if (row->by.pc)
		add_line(out, indent, "deferred at", &row->by);
}

void shell_add_deferred(struct shell *shell, const struct deferred_calls *calls,
			uint32_t frame)
{
	uint32_t i = deferred_calls_first(calls, frame), n = 0;

	while (i < calls->count && calls->list[i].frame == frame)
		add_call(&shell->out, ++n, &calls->list[i++]);
}

void shell_json_deferred(struct json *json, const struct deferred_calls *calls,
			 uint32_t frame)
{
	uint32_t i = deferred_calls_first(calls, frame);

	json_open(json, "deferred", '[');
	for (; i < calls->count && calls->list[i].frame == frame; i++) {
		const struct deferred_row *row = &calls->list[i];

		json_open(json, NULL, '{');
		json_string(json, "function", row->place.function);
		json_string(json, "file", row->place.file);
		json_u64(json, "line", row->place.line);
		json_address(json, "pc", row->place.pc);
		json_string(json, "calls", row->calls);
		json_string(json, "kind", row->kind);
		json_address(json, "closure", row->closure);
		if (row->by.pc)
			shell_json_place(json, "deferred_at", &row->by);
		else
			json_null(json, "deferred_at");
		json_close(json, '}');
	}
	json_close(json, ']');
}

static struct error *no_ancestor(const struct shell *shell)
{
	struct goroutine_row row;

	session_goroutine(shell->session, shell->goroutine, &row);
	return error_hint(error_new(ERROR_NOT_FOUND,
				    "no goroutines that started goroutine "
				    "%" PRId64 " are kept",
				    row.id),
			  "a program that runs with "
			  "GODEBUG=tracebackancestors=N keeps N of them");
}

struct error *shell_add_ancestors(struct shell *shell, uint32_t count,
				  uint32_t depth)
{
	struct ancestor ancestor;
	uint32_t i, k;

	for (i = 0; i < count; i++) {
		if (!session_ancestor(shell->session, shell->goroutine, i,
				      depth, &ancestor))
			return i ? NULL : no_ancestor(shell);
		buf_printf(&shell->out, "Created by goroutine %" PRId64 ":\n",
			   ancestor.id);
		for (k = 0; k < ancestor.count; k++) {
			const struct code_place *place = &ancestor.frames[k];

			buf_printf(&shell->out, "    %2u  0x%016" PRIx64 " in ",
				   k, place->pc);
			text_plain(&shell->out, place->function,
				   strlen(place->function));
			buf_addc(&shell->out, '\n');
			add_line(&shell->out, "        ", "at", place);
		}
		ancestor_deinit(&ancestor);
	}
	return NULL;
}

struct error *shell_json_ancestors(struct json *json, const struct shell *shell,
				   uint32_t count, uint32_t depth)
{
	struct ancestor ancestor;
	uint32_t i, k;

	json_open(json, "ancestors", '[');
	for (i = 0; i < count; i++) {
		if (!session_ancestor(shell->session, shell->goroutine, i,
				      depth, &ancestor))
			break;
		json_open(json, NULL, '{');
		json_i64(json, "goroutine", ancestor.id);
		json_open(json, "frames", '[');
		for (k = 0; k < ancestor.count; k++)
			shell_json_place(json, NULL, &ancestor.frames[k]);
		json_close(json, ']');
		json_close(json, '}');
		ancestor_deinit(&ancestor);
	}
	json_close(json, ']');
	return i || !count ? NULL : no_ancestor(shell);
}

/* The n-th call of the selected frame, from 1 as delve counts. */
static struct error *find(const struct shell *shell,
			  const struct deferred_calls *calls, uint64_t n,
			  const struct deferred_row **ret)
{
	uint32_t first = deferred_calls_first(calls, shell->frame), count = 0;

	while (first + count < calls->count &&
	       calls->list[first + count].frame == shell->frame)
		count++;
	if (n && n <= count) {
		*ret = &calls->list[first + n - 1];
		return NULL;
	}
	return error_hint(error_new(ERROR_NOT_FOUND,
				    "frame %u has %u deferred call%s",
				    shell->frame, count, count == 1 ? "" : "s"),
			  "stack -defer lists them, from 1");
}

static bool is_allowed(const struct shell_command *command)
{
	return command->run == shell_print || command->run == shell_whatis ||
	       command->run == shell_args || command->run == shell_locals ||
	       command->run == shell_list;
}

static struct error *run_in(struct shell *shell, uint64_t n, const char *line)
{
	CLEANUP(deferred_calls_deinit) struct deferred_calls calls = {0};
	const struct deferred_row *row = NULL;
	struct frame_row frame;
	struct error *err;

	if ((err = shell_frame(shell, shell->frame, &frame)) ||
	    (err = session_deferred(shell->session, shell->goroutine,
				    &calls)) ||
	    (err = find(shell, &calls, n, &row)))
		return err;
	shell->deferred = row;
	err = shell_run(shell, line);
	shell->deferred = NULL;
	return err;
}

struct error *shell_deferred(struct shell *shell, const char *args)
{
	CLEANUP(free_cleanup) char *number = NULL;
	size_t len = strcspn(args, " \t");
	const struct shell_command *command;
	const char *line = args + len;
	struct error *err;
	uint64_t n;

	number = xstrndup(args, len);
	line += strspn(line, " \t");
	if (!shell_number(number, &n) || !n || !*line)
		return error_hint(
			error_new(ERROR_USAGE, "deferred N COMMAND, N from 1"),
			"stack -defer lists them");
	err = shell_find(shell, line, strcspn(line, " \t"), &command);
	if (err)
		return err;
	if (!is_allowed(command))
		return error_hint(error_new(ERROR_USAGE,
					    "'%s' does nothing for a deferred "
					    "call",
					    command->name),
				  "print, whatis, args, locals and list do");
	return run_in(shell, n, line);
}
