#include <string.h>

#include "core/base/text.h"
#include "core/session/render.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

static const char COLUMNS[] = "severity,bytes,finding,action";

static void render_row(struct json *json, const void *arg, uint32_t row)
{
	const struct finding *findings = arg;

	render_finding(json, &findings[row]);
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

static struct error *print_findings(struct cli *cli,
				    const struct session *session,
				    const char *unused)
{
	const struct options *o = &cli->options;
	CLEANUP(list_deinit) struct list list = {0};
	uint32_t count;
	struct error *err;

	(void)unused;
	list_init(&list,
		  o->accepted ? &finding_all_list_kind : &finding_list_kind,
		  session);
	if ((err = output_arrange(cli, &list)))
		return err;
	if (o->json || o->ndjson)
		err = output_json_list(cli, session, "findings", &list,
				       render_row,
				       session_findings(session, &count));
	else if (o->csv || o->tsv || o->columns)
		err = output_list(cli, &list, COLUMNS);
	else
		err = print_text(session, &list);
	return err ? err : cli_check_fail_on(cli, &list);
}

static int run(struct cli *cli)
{
	return cli_run_on(cli, NULL, print_findings);
}

const struct command findings_entry = {
	.name = "findings",
	.usage = "findings TARGET [--fail-on EXPR]",
	.help = "what deserves attention, with why and what to do",
	.run = run,
	.without_memory = true,
};
