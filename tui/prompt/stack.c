/* stack, frame, up, down and goroutine: where in the code, and which frame. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/deferred.h"
#include "core/session/render.h"
#include "tui/prompt/shell.h"

enum { STACK_DEPTH = 50 };

struct stack_request {
	struct shell *shell;
	uint32_t depth;
	uint32_t ancestors, ancestor_depth; /* 0: none, as deep as the stack */
	bool full, offsets, defers, from_g;
	struct deferred_calls calls;
};

static struct error *no_flag(const char *word)
{
	return error_hint(error_new(ERROR_USAGE, "stack has no '%s'", word),
			  "stack [depth] [-full] [-offsets] [-defer] [-a N] "
			  "[-adepth N] [-mode normal|simple|fromg]");
}

/* Frames of C are never shown: simple is normal. */
static struct error *parse_mode(struct stack_request *r, const char *mode)
{
	static const char *const modes[] = {"normal", "simple", "fromg"};
	size_t i;

	for (i = 0; i < ARRAY_LEN(modes) && mode; i++)
		if (!strcmp(mode, modes[i])) {
			r->from_g = i == 2;
			return NULL;
		}
	return error_new(ERROR_USAGE,
			 "-mode is one of normal, simple and fromg");
}

static bool parse_count(const char *word, uint32_t *ret)
{
	uint64_t n;

	if (!word || !shell_number(word, &n))
		return false;
	*ret = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
	return true;
}

/* One word, or two. */
static struct error *parse_word(struct stack_request *r,
				const struct shell_words_list *words,
				uint32_t *i)
{
	const char *word = words->list[*i];
	const char *next = *i + 1 < words->count ? words->list[*i + 1] : NULL;
	bool more = !strcmp(word, "-a") || !strcmp(word, "-adepth");

	if (more || !strcmp(word, "-mode"))
		(*i)++;
	if (!strcmp(word, "-full"))
		r->full = true;
	else if (!strcmp(word, "-offsets"))
		r->offsets = true;
	else if (!strcmp(word, "-defer"))
		r->defers = true;
	else if (!strcmp(word, "-mode"))
		return parse_mode(r, next);
	else if (more && !parse_count(next, word[2] ? &r->ancestor_depth
						    : &r->ancestors))
		return error_new(ERROR_USAGE, "%s needs a number", word);
	else if (!more && !parse_count(word, &r->depth))
		return no_flag(word);
	return NULL;
}

static struct error *parse(struct stack_request *r, const char *args)
{
	struct shell_words_list words;
	struct error *err = NULL;
	uint32_t i;

	shell_split(args, &words);
	for (i = 0; i < words.count && !err; i++)
		err = parse_word(r, &words, &i);
	shell_words_deinit(&words);
	if (!r->ancestor_depth)
		r->ancestor_depth = r->depth;
	return err;
}

static struct error *add_frame(const struct stack_request *r, uint32_t n,
			       const struct frame_row *frame)
{
	struct shell *shell = r->shell;
	struct buf *out = &shell->out;
	const struct code_place *place = &frame->place;
	struct error *err = NULL;

	buf_printf(out, "%2u  0x%016" PRIx64 " in ", n, place->pc);
	text_plain(out, place->function, strlen(place->function));
	buf_adds(out, frame->inlined ? " (inlined)\n    at " : "\n    at ");
	text_plain(out, place->file, strlen(place->file));
	buf_printf(out, ":%u\n", place->line);
	if (r->offsets)
		buf_printf(out,
			   "    sp: 0x%" PRIx64 " cfa: 0x%" PRIx64
			   " size: %" PRIu64 "\n",
			   frame->sp, frame->cfa, frame->cfa - frame->sp);
	if (r->full) {
		err = shell_add_variables(shell, shell->goroutine, n,
					  "        ");
		if (error_catch(&err, ERROR_NOT_FOUND))
			buf_adds(out, "        (no debug information)\n");
	}
	if (r->defers)
		shell_add_deferred(shell, &r->calls, n);
	return err ? err : shell_flush(shell);
}

static void add_creator(struct shell *shell)
{
	struct code_place place;
	struct goroutine_row row;

	session_goroutine(shell->session, shell->goroutine, &row);
	if (row.incomplete)
		buf_adds(&shell->out,
			 "    (the stack could not be unwound further)\n");
	if (!session_goroutine_place(shell->session, shell->goroutine, PLACE_GO,
				     &place))
		return;
	buf_adds(&shell->out, "created by ");
	text_plain(&shell->out, place.function, strlen(place.function));
	if (row.parent)
		buf_printf(&shell->out, " in goroutine %" PRId64, row.parent);
	buf_adds(&shell->out, "\n    at ");
	text_plain(&shell->out, place.file, strlen(place.file));
	buf_printf(&shell->out, ":%u\n", place.line);
}

static struct error *print_text(const struct stack_request *r)
{
	struct shell *shell = r->shell;
	struct error *err = NULL;
	struct frame_row frame;
	uint32_t i;

	for (i = 0; !err && i < r->depth &&
		    session_frame(shell->session, shell->goroutine, i, &frame);
	     i++)
		err = add_frame(r, i, &frame);
	if (err)
		return err;
	if (session_frame(shell->session, shell->goroutine, i, &frame))
		buf_adds(&shell->out, "(truncated)\n");
	else
		add_creator(shell);
	if (r->calls.incomplete)
		buf_adds(&shell->out,
			 "    (not all deferred calls could be read)\n");
	return shell_add_ancestors(shell, r->ancestors, r->ancestor_depth);
}

static struct error *json_variables(struct json *json, struct shell *shell,
				    uint32_t frame)
{
	struct frame_variables v;
	struct error *err;
	uint32_t i;

	err = session_frame_variables(shell->session, shell->goroutine, frame,
				      &v);
	if (error_catch(&err, ERROR_NOT_FOUND)) {
		json_null(json, "variables");
		return NULL;
	}
	if (err)
		return err;
	json_open(json, "variables", '[');
	for (i = 0; i < v.count; i++)
		shell_json_variable(json, shell, &v, i);
	json_close(json, ']');
	frame_variables_deinit(&v);
	return NULL;
}

static struct error *print_json(const struct stack_request *r)
{
	CLEANUP(json_deinit) struct json json = {0};
	struct shell *shell = r->shell;
	struct error *err = NULL;
	struct goroutine_row row;
	struct frame_row f;
	uint32_t i;

	session_goroutine(shell->session, shell->goroutine, &row);
	render_begin(&json, shell->session, "stack", shell->limits.redact);
	json_i64(&json, "goroutine", row.id);
	json_open(&json, "frames", '[');
	for (i = 0; !err && i < r->depth &&
		    session_frame(shell->session, shell->goroutine, i, &f);
	     i++) {
		json_open(&json, NULL, '{');
		json_u64(&json, "frame", i);
		json_string(&json, "function", f.place.function);
		json_string(&json, "file", f.place.file);
		json_u64(&json, "line", f.place.line);
		json_address(&json, "pc", f.place.pc);
		json_address(&json, "sp", f.sp);
		json_address(&json, "cfa", f.cfa);
		json_bool(&json, "inlined", f.inlined);
		if (r->full)
			err = json_variables(&json, shell, i);
		if (r->defers)
			shell_json_deferred(&json, &r->calls, i);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	if (r->ancestors && !err)
		err = shell_json_ancestors(&json, shell, r->ancestors,
					   r->ancestor_depth);
	if (err)
		return err;
	render_end(&json);
	buf_add(&shell->out, json.out.data, json.out.len);
	return NULL;
}

/*
 * What the g itself has saved is where a goroutine that runs was once; of
 * every other one it is the stack that is shown anyway.
 */
static struct error *check_mode(const struct stack_request *r)
{
	struct goroutine_row row;

	session_goroutine(r->shell->session, r->shell->goroutine, &row);
	if (!r->from_g || !row.thread || strcmp(row.status, "running") != 0)
		return NULL;
	return error_hint(error_new(ERROR_USAGE,
				    "goroutine %" PRId64 " was running: the "
				    "registers its g has saved are old",
				    row.id),
			  "-mode normal shows its stack");
}

static struct error *run_stack(struct stack_request *r, const char *args)
{
	struct shell *shell = r->shell;
	struct frame_row frame;
	struct error *err;

	if ((err = parse(r, args)))
		return err;
	if ((err = shell_frame(shell, 0, &frame)))
		return error_hint(err, "its stack could not be unwound");
	if ((err = check_mode(r)))
		return err;
	if (r->ancestors && (err = session_check_ancestors(shell->session)))
		return err;
	if (r->defers && (err = session_deferred(shell->session,
						 shell->goroutine, &r->calls)))
		return err;
	return shell->json ? print_json(r) : print_text(r);
}

struct error *shell_stack(struct shell *shell, const char *args)
{
	struct stack_request r = {.shell = shell, .depth = STACK_DEPTH};
	struct error *err = run_stack(&r, args);

	deferred_calls_deinit(&r.calls);
	return err;
}

static void add_position(struct shell *shell)
{
	struct frame_row frame;

	if (!session_frame(shell->session, shell->goroutine, shell->frame,
			   &frame))
		return;
	buf_printf(&shell->out, "Frame %u: ", shell->frame);
	shell_add_place(&shell->out, &frame.place);
	buf_printf(&shell->out, " (PC: %" PRIx64 ")\n", frame.place.pc);
}

/* Take a leading number; what is behind it is a command for that frame. */
static const char *leading_number(const char *args, uint64_t *ret)
{
	CLEANUP(buf_deinit) struct buf word = {0};
	size_t n = strcspn(args, " \t");

	buf_add(&word, args, n);
	if (!shell_number(buf_str(&word), ret))
		return args;
	args += n;
	return args + strspn(args, " \t");
}

/* With a command behind it, only for that command. */
static struct error *go_to(struct shell *shell, uint64_t frame,
			   const char *command)
{
	uint32_t before = shell->frame;
	struct frame_row row;
	struct error *err;

	if (frame > UINT32_MAX)
		frame = UINT32_MAX;
	if ((err = shell_frame(shell, (uint32_t)frame, &row)))
		return err;
	shell->frame = (uint32_t)frame;
	if (!*command) {
		if (!shell->json)
			add_position(shell);
		return NULL;
	}
	err = shell_run(shell, command);
	shell->frame = before;
	return err;
}

struct error *shell_select_frame(struct shell *shell, const char *args)
{
	uint64_t frame = UINT64_MAX;
	const char *rest = leading_number(args, &frame);

	if (frame == UINT64_MAX && *args)
		return error_hint(error_new(ERROR_USAGE,
					    "'%s' is no number of a frame",
					    args),
				  "frame N [command]");
	return go_to(shell, *args ? frame : shell->frame, rest);
}

struct error *shell_up(struct shell *shell, const char *args)
{
	uint64_t n = 1;
	const char *rest = leading_number(args, &n);

	return go_to(shell, shell->frame + n, rest);
}

struct error *shell_down(struct shell *shell, const char *args)
{
	uint64_t n = 1;
	const char *rest = leading_number(args, &n);

	if (n > shell->frame)
		return error_new(ERROR_NOT_FOUND,
				 shell->frame ? "only %u frames are below"
					      : "there is no frame below",
				 shell->frame);
	return go_to(shell, shell->frame - n, rest);
}

void shell_add_state(struct buf *out, const struct goroutine_row *row)
{
	const char *state = goroutine_state(row);

	buf_addc(out, '[');
	text_plain(out, state, strlen(state));
	if (row->wait_ns != UINT64_MAX) {
		buf_addc(out, ' ');
		text_duration(out, row->wait_ns);
	}
	buf_addc(out, ']');
	if (row->thread)
		buf_printf(out, " (thread %d)", (int)row->thread);
	if (row->incomplete)
		buf_adds(out, " (stack not complete)");
}

static void add_goroutine(struct shell *shell)
{
	static const char *const titles[] = {"User", "Runtime", "Go", "Start"};
	struct goroutine_row row;
	struct code_place place;
	unsigned i;

	session_goroutine(shell->session, shell->goroutine, &row);
	buf_printf(&shell->out, "Goroutine %" PRId64 " ", row.id);
	shell_add_state(&shell->out, &row);
	buf_adds(&shell->out, ":\n");
	for (i = 0; i < 4; i++) {
		if (!session_goroutine_place(shell->session, shell->goroutine,
					     (enum goroutine_place)i, &place))
			continue;
		buf_printf(&shell->out, "\t%s: ", titles[i]);
		shell_add_place(&shell->out, &place);
		buf_printf(&shell->out, " (0x%" PRIx64 ")\n", place.pc);
	}
}

struct error *shell_goroutine(struct shell *shell, const char *args)
{
	uint32_t index, before = shell->goroutine, frame = shell->frame;
	uint64_t id = UINT64_MAX;
	const char *rest = leading_number(args, &id);
	struct error *err;

	if (!*args) {
		if (shell->goroutine < session_goroutine_count(shell->session))
			add_goroutine(shell);
		return NULL;
	}
	if (id > INT64_MAX)
		return error_hint(
			error_new(ERROR_USAGE, "'%s' is no goroutine id", args),
			"goroutine [ID [command]]");
	index = session_goroutine_find(shell->session, (int64_t)id);
	if (index == UINT32_MAX)
		return error_hint(
			error_new(ERROR_NOT_FOUND, "no goroutine %" PRIu64, id),
			"goroutines lists them");
	shell->goroutine = index;
	shell->frame = 0;
	if (!*rest) {
		if (!shell->json)
			add_goroutine(shell);
		return NULL;
	}
	err = shell_run(shell, rest);
	shell->goroutine = before;
	shell->frame = frame;
	return err;
}
