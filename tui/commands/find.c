#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/session/objects.h"
#include "core/session/render.h"
#include "core/session/render_heap.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

enum { DEFAULT_ROWS = 100 };

static void add_row(struct buf *out, const struct session *session,
		    const struct found *found, bool redact)
{
	struct address_info at;

	address_info_load(session, found->addr, &at);
	buf_printf(out, "0x%-14" PRIx64 " %-9s ", found->addr, at.state);
	if (!redact)
		buf_printf(out, "\"%s\"  ", found->text);
	if (at.name)
		text_plain(out, at.name, strlen(at.name));
	buf_addc(out, '\n');
	address_info_deinit(&at);
}

static struct error *print_found(struct cli *cli, const struct session *session,
				 const char *text)
{
	CLEANUP(found_set_deinit) struct found_set set = {0};
	CLEANUP(json_deinit) struct json json = {0};
	CLEANUP(buf_deinit) struct buf out = {0};
	bool redact = cli_redact(cli);
	struct error *err;
	uint32_t i;

	err = session_find(
		session, text,
		cli->options.limit ? output_limit(cli) : DEFAULT_ROWS, &set);
	if (err)
		return err;
	if (!cli->options.json) {
		for (i = 0; i < set.count; i++)
			add_row(&out, session, &set.rows[i], redact);
		if (!set.complete)
			buf_adds(&out, "... and more; --limit N\n");
		return output_write(&out);
	}
	render_begin(&json, session, "find", redact);
	json_open(&json, "found", '[');
	for (i = 0; i < set.count; i++)
		render_found(&json, &set.rows[i], redact);
	json_close(&json, ']');
	json_bool(&json, "all_rows", set.complete);
	render_end(&json);
	return output_write(&json.out);
}

static int run(struct cli *cli)
{
	return cli_run_on(cli, "which text?", print_found);
}

const struct command find_entry = {
	.name = "find",
	.usage = "find TARGET TEXT|/RE/ [-n N]",
	.help = "where a string, or what matches, is in memory, and whose it "
		"is",
	.run = run,
};
