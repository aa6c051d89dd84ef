/* locals, args and vars. */
#include <inttypes.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/session/deferred.h"
#include "core/session/render.h"
#include "tui/prompt/shell.h"

enum which { WHICH_ALL, WHICH_ARGS, WHICH_LOCALS };

struct variables_request {
	regex_t match;
	bool have_match, full, with_c;
};

static void request_deinit(struct variables_request *r)
{
	if (r->have_match)
		regfree(&r->match);
}

static struct error *parse(const char *args, struct variables_request *r)
{
	struct shell_words_list words;
	struct error *err = NULL;
	uint32_t i;

	shell_split(args, &words);
	for (i = 0; i < words.count && !err; i++) {
		if (!strcmp(words.list[i], "-v")) {
			r->full = true;
		} else if (!strcmp(words.list[i], "-c")) {
			r->with_c = true;
		} else if (r->have_match || regcomp(&r->match, words.list[i],
						    REG_EXTENDED | REG_NOSUB)) {
			err = error_hint(error_new(ERROR_USAGE,
						   "'%s' is not one regular "
						   "expression",
						   words.list[i]),
					 "[-v] [RE]");
		} else {
			r->have_match = true;
		}
	}
	shell_words_deinit(&words);
	return err;
}

static bool is_wanted(const struct variables_request *r, enum which which,
		      const struct variable_row *row)
{
	bool arg = row->is_arg || row->is_result;

	if ((which == WHICH_ARGS && !arg) || (which == WHICH_LOCALS && arg))
		return false;
	return !r->have_match || !regexec(&r->match, row->name, 0, NULL, 0);
}

/* One line; only -v goes into what is nested. */
static struct print_limits limits_for(const struct shell *shell, bool full)
{
	struct print_limits limits = shell->limits;

	if (!full) {
		limits.depth = limits.depth > 1 ? 1 : limits.depth;
		limits.elements = limits.elements > 8 ? 8 : limits.elements;
		limits.string = limits.string > 128 ? 128 : limits.string;
	}
	return limits;
}

static void add_variable(struct shell *shell, const struct frame_variables *v,
			 uint32_t i, bool full)
{
	const struct print_limits limits = limits_for(shell, full);
	const struct variable_row *row = &v->list[i];
	struct buf *out = &shell->out;

	buf_adds(out, row->shadowed ? "(" : "");
	text_plain(out, row->name, strlen(row->name));
	buf_adds(out, row->shadowed ? ") = " : " = ");
	variable_text(v, i, &limits, out);
	buf_addc(out, '\n');
}

void shell_json_variable(struct json *json, const struct shell *shell,
			 const struct frame_variables *v, uint32_t i)
{
	const struct variable_row *row = &v->list[i];

	json_open(json, NULL, '{');
	json_string(json, "name", row->name);
	json_string(json, "type", row->type);
	json_string(json, "kind",
		    row->is_result ? "result"
		    : row->is_arg  ? "arg"
				   : "local");
	json_bool(json, "shadowed", row->shadowed);
	json_bool(json, "escaped", row->escaped);
	json_u64(json, "line", row->line);
	json_string(json, "why", row->why);
	json_raw(json, "value");
	variable_json(v, i, &shell->limits, &json->out);
	json_close(json, '}');
}

struct error *shell_add_variables(struct shell *shell, uint32_t goroutine,
				  uint32_t frame, const char *indent)
{
	struct frame_variables v;
	struct error *err;
	uint32_t i;

	err = session_frame_variables(shell->session, goroutine, frame, &v);
	if (err)
		return err;
	for (i = 0; i < v.count; i++) {
		buf_adds(&shell->out, indent);
		add_variable(shell, &v, i, false);
	}
	frame_variables_deinit(&v);
	return NULL;
}

static struct error *print_all(struct shell *shell,
			       const struct frame_variables *v,
			       const struct variables_request *r,
			       enum which which, const char *schema)
{
	CLEANUP(json_deinit) struct json json = {0};
	struct error *err = NULL;
	uint32_t i, shown = 0;

	if (shell->json) {
		render_begin(&json, shell->session, schema,
			     shell->limits.redact);
		json_open(&json, schema, '[');
	}
	for (i = 0; i < v->count && !err; i++) {
		if (!is_wanted(r, which, &v->list[i]))
			continue;
		shown++;
		if (shell->json) {
			shell_json_variable(&json, shell, v, i);
			buf_add(&shell->out, json.out.data, json.out.len);
			buf_clear(&json.out);
		} else {
			add_variable(shell, v, i, r->full);
		}
		err = shell_flush(shell);
	}
	if (shell->json) {
		json_close(&json, ']');
		render_end(&json);
		buf_add(&shell->out, json.out.data, json.out.len);
	} else if (!shown) {
		buf_printf(&shell->out, "(no %s)\n", schema);
	}
	return err;
}

static struct error *print_frame(struct shell *shell, const char *args,
				 enum which which, const char *schema)
{
	CLEANUP(request_deinit) struct variables_request r = {0};
	struct frame_variables v;
	struct frame_row frame;
	struct error *err;

	if ((err = parse(args, &r)) ||
	    (err = shell_frame(shell, shell->frame, &frame)))
		return err;
	err = shell->deferred ? session_deferred_variables(shell->session,
							   shell->deferred, &v)
			      : session_frame_variables(shell->session,
							shell->goroutine,
							shell->frame, &v);
	if (err)
		return err;
	err = print_all(shell, &v, &r, which, schema);
	frame_variables_deinit(&v);
	return err;
}

struct error *shell_locals(struct shell *shell, const char *args)
{
	return print_frame(shell, args, WHICH_LOCALS, "locals");
}

struct error *shell_args(struct shell *shell, const char *args)
{
	return print_frame(shell, args, WHICH_ARGS, "args");
}

struct error *shell_vars(struct shell *shell, const char *args)
{
	CLEANUP(request_deinit) struct variables_request r = {0};
	struct frame_variables v;
	struct error *err;

	if ((err = parse(args, &r)) ||
	    (err = session_package_variables(shell->session, r.with_c, &v)))
		return err;
	err = print_all(shell, &v, &r, WHICH_ALL, "vars");
	frame_variables_deinit(&v);
	return err;
}
