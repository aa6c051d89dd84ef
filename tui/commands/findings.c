#include <string.h>

#include "core/base/text.h"
#include "core/session/render.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

static const char COLUMNS[] = "severity,bytes,finding,action";

static struct error *print_json(const struct cli *cli,
				const struct session *session,
				const struct list *list)
{
	CLEANUP(json_deinit) struct json json = {0};
	bool lines = cli->options.ndjson != NULL;
	uint32_t i, count, limit = output_limit(cli);
	const struct finding *findings = session_findings(session, &count);
	struct error *err;

	if (!lines) {
		render_begin(&json, session, "findings", cli_redact(cli));
		json_open(&json, "findings", '[');
	}
	for (i = 0; i < list->count && i < limit; i++) {
		render_finding(&json, &findings[list_row(list, i)]);
		if (lines) {
			buf_addc(&json.out, '\n');
			json.comma = 0;
		}
		if ((err = output_flush_if_full(&json.out)))
			return err;
	}
	if (!lines) {
		json_close(&json, ']');
		render_end(&json);
	}
	return output_write(&json.out);
}

static void add_line(struct buf *out, const char *label, const char *s)
{
	buf_printf(out, "    %-9s", label);
	text_plain(out, s, strlen(s));
	buf_addc(out, '\n');
}

static struct error *print_text(const struct session *session,
				const struct list *list)
{
	CLEANUP(buf_deinit) struct buf out = {0};
	uint32_t i, count;
	const struct finding *findings = session_findings(session, &count);

	for (i = 0; i < list->count; i++) {
		const struct finding *f = &findings[list_row(list, i)];

		buf_printf(&out, "%-5s", severity_name(f->severity));
		text_size(&out, f->bytes);
		buf_adds(&out, "  ");
		text_plain(&out, f->title, strlen(f->title));
		buf_addc(&out, '\n');
		add_line(&out, "evidence", f->evidence);
		add_line(&out, "why", f->why);
		add_line(&out, "do", f->action);
	}
	if (!list->count)
		buf_adds(&out, "no findings\n");
	return output_write(&out);
}

static struct error *print_findings(const struct cli *cli,
				    const struct session *session, bool *failed)
{
	const struct options *o = &cli->options;
	CLEANUP(list_deinit) struct list list = {0};
	struct error *err;

	list_init(&list,
		  o->accepted ? &finding_all_list_kind : &finding_list_kind,
		  session);
	if ((o->filter && (err = list_filter(&list, o->filter))) ||
	    (o->sort && (err = list_sort_by(&list, o->sort))))
		return err;
	if (o->json || o->ndjson)
		err = print_json(cli, session, &list);
	else if (o->csv || o->tsv || o->columns)
		err = output_list(cli, &list, COLUMNS);
	else
		err = print_text(session, &list);
	if (err || !o->fail_on)
		return err;
	err = list_filter(&list, o->fail_on);
	*failed = !err && list.count;
	return err;
}

static int run(struct cli *cli)
{
	struct session *session = NULL;
	struct error *err;
	bool failed = false;
	int code;

	if ((err = cli_open(cli, &session)))
		return cli_fail(cli, err);
	err = print_findings(cli, session, &failed);
	code = err	? cli_fail(cli, err)
	       : failed ? EXIT_CONDITION
			: cli_done(session);
	session_free(session);
	return code;
}

const struct command findings_entry = {
	.name = "findings",
	.usage = "findings TARGET [--fail-on EXPR]",
	.help = "what deserves attention, with why and what to do",
	.run = run,
	.without_memory = true,
};
