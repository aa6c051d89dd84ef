#include "core/session/diff.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/render.h"
#include "core/session/render_diff.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

enum { TEXT_COUNTS = 8 };

static const char COLUMNS[] =
	"state,owner,dmaps,dentries,dstorage,dretained,dload,dtomb";
static const char MAP_COLUMNS[] =
	"state,addr,owner,dentries,dstorage,dretained,dload,dtomb,type";

/* "new,grew" to a bit for each state; unchanged rows are left out. */
static struct error *parse_states(const char *text, unsigned *ret)
{
	enum diff_state state;

	*ret = text ? 0 : ~(1u << DIFF_SAME);
	while (text && *text) {
		size_t n = strcspn(text, ",");

		if (!diff_state_parse(text, n, &state))
			return error_hint(error_new(ERROR_USAGE,
						    "no state '%.*s'", (int)n,
						    text),
					  "--only takes new, gone, grew, "
					  "shrank, churned, same");
		*ret |= 1u << state;
		text += n + (text[n] == ',');
	}
	return NULL;
}

static void add_counts(struct buf *out, const char *title,
		       const struct diff_count *list, uint32_t count)
{
	uint32_t i;

	if (count)
		buf_printf(out, "\n%s\n", title);
	for (i = 0; i < count && i < TEXT_COUNTS; i++) {
		const struct diff_count *c = &list[i];
		bool known;
		int64_t bytes = diff_delta(c->a_bytes, c->b_bytes, &known);

		buf_printf(out, "%+10lld  ",
			   (long long)diff_delta(c->a, c->b, &known));
		if (bytes)
			buf_addc(out, bytes < 0 ? '-' : '+');
		if (bytes)
			text_size(out, (uint64_t)(bytes < 0 ? -bytes : bytes));
		buf_adds(out, bytes ? "  " : "");
		text_plain(out, c->name, strlen(c->name));
		buf_addc(out, '\n');
	}
	if (count > TEXT_COUNTS)
		buf_printf(out, "            and %u more\n",
			   count - TEXT_COUNTS);
}

static struct error *print_text(const struct cli *cli, const struct diff *diff,
				const struct list *list)
{
	bool machine = cli->options.csv || cli->options.tsv;
	CLEANUP(buf_deinit) struct buf out = {0};
	struct error *err;
	uint32_t i;

	err = output_list(cli, list,
			  diff->by == GROUP_NONE ? MAP_COLUMNS : COLUMNS);
	if (err || machine)
		return err;
	add_counts(&out, "OBJECTS BY TYPE", diff->types, diff->type_count);
	add_counts(&out, "GOROUTINES BY PLACE", diff->goroutines,
		   diff->goroutine_count);
	buf_addc(&out, '\n');
	for (i = 0; i < diff->sentence_count; i++)
		buf_printf(&out, "%s\n", diff->sentences[i]);
	return output_write(&out);
}

static void render_row(struct json *json, const void *arg, uint32_t row)
{
	render_diff_row(json, arg, row);
}

static struct error *print_json(const struct cli *cli, const struct diff *diff,
				const struct list *list)
{
	CLEANUP(json_deinit) struct json json = {0};
	struct error *err;

	render_begin(&json, diff->b, "diff", cli_redact(cli));
	render_source(&json, "base", diff->a);
	render_diff_head(&json, diff);
	json_open(&json, "rows", '[');
	if ((err = output_json_rows(&json, cli, list, render_row, diff)))
		return err;
	json_close(&json, ']');
	render_end(&json);
	return output_write(&json.out);
}

static struct error *print_list(struct cli *cli, struct diff *diff)
{
	CLEANUP(list_deinit) struct list list = {0};
	const struct options *o = &cli->options;
	struct error *err;

	list_init(&list, &diff_list_kind, diff);
	if ((err = output_arrange(cli, &list)))
		return err;
	err = o->json ? print_json(cli, diff, &list)
		      : print_text(cli, diff, &list);
	if (err || !o->fail_on)
		return err;
	/* A check is on the program's own maps, whatever is printed. */
	if (!o->runtime)
		diff_keep(diff, ~0u, 0, false);
	list_set_model(&list, diff);
	return cli_check_fail_on(cli, &list);
}

static struct error *print_diff(struct cli *cli, const struct session *a,
				const struct session *b)
{
	CLEANUP(diff_deinit) struct diff diff = {0};
	const struct options *o = &cli->options;
	enum map_group_by by;
	struct error *err;
	unsigned states;
	double min = 0;

	if ((err = map_group_by_parse(o->group, &by)) ||
	    (err = parse_states(o->only, &states)))
		return err;
	if (o->min && (!parse_quantity(o->min, &min) || min < 0))
		return error_new(ERROR_USAGE, "'%s' is not a size", o->min);
	if ((err = diff_load(a, b, by, &diff)))
		return err;
	diff_keep(&diff, states, (uint64_t)min, o->runtime || o->json);
	return print_list(cli, &diff);
}

static int run(struct cli *cli)
{
	struct session *a = NULL, *b = NULL, *shared = cli->shared;
	struct error *err;
	int code;

	/* In the prompt its sample is the later one. */
	cli->shared = NULL;
	err = cli_open(cli, &a);
	cli->shared = shared;
	if (err || (err = cli_open(cli, &b))) {
		session_free(a);
		return cli_fail(cli, err);
	}
	err = print_diff(cli, a, b);
	code = err		     ? cli_fail(cli, err)
	       : cli->condition_held ? EXIT_CONDITION
				     : cli_done(b);
	session_free(a);
	session_free(b);
	return code;
}

const struct command diff_entry = {
	.name = "diff",
	.usage = "diff A B [--group owner|type|package|none] [--only STATES]",
	.help = "what changed between two snapshots, or one and a process",
	.run = run,
	.without_memory = true,
};
