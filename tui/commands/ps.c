#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/session/machine.h"
#include "core/session/render.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

static void add_plain(struct buf *out, const char *s, int width)
{
	CLEANUP(buf_deinit) struct buf safe = {0};

	text_plain(&safe, s, strlen(s));
	buf_printf(out, "%-*s  ", width, buf_str(&safe));
}

static void add_row(struct buf *out, const struct machine_process *p)
{
	CLEANUP(buf_deinit) struct buf rss = {0};

	text_size(&rss, p->rss);
	buf_printf(out, "%7d  ", (int)p->pid);
	add_plain(out, p->user, 8);
	add_plain(out, p->go ? p->go : "-", 10);
	add_plain(out, p->map_impl ? p->map_impl : "-", 7);
	buf_printf(out, "%-5s  %6s  ", p->dwarf ? "yes" : "no", buf_str(&rss));
	buf_printf(out, "%-6s  ", p->attachable ? "yes" : "no");
	add_plain(out, p->name, 1);
	if (p->why_not)
		add_plain(out, p->why_not, 1);
	buf_addc(out, '\n');
}

static void add_json(struct json *json, const struct machine_process *p)
{
	json_open(json, NULL, '{');
	json_i64(json, "pid", p->pid);
	json_string(json, "user", p->user);
	json_string(json, "name", p->name);
	json_string(json, "exe", p->exe);
	json_string(json, "go", p->go);
	json_string(json, "map_impl", p->map_impl);
	json_bool(json, "dwarf", p->dwarf);
	json_u64(json, "rss", p->rss);
	json_bool(json, "attachable", p->attachable);
	json_string(json, "why_not", p->why_not);
	json_close(json, '}');
}

static void render(const struct cli *cli, const struct machine_process *list,
		   size_t count, struct json *json)
{
	bool lines = cli->options.ndjson != NULL;
	size_t i;

	if (!lines) {
		json_open(json, NULL, '{');
		json_string(json, "schema", "mapscope/ps/1");
		render_tool(json);
		json_open(json, "processes", '[');
	}
	for (i = 0; i < count; i++) {
		add_json(json, &list[i]);
		if (lines) {
			buf_addc(&json->out, '\n');
			json->comma = 0;
		}
	}
	if (!lines) {
		json_close(json, ']');
		render_end(json);
	}
}

static int run(struct cli *cli)
{
	CLEANUP(json_deinit) struct json json = {0};
	struct machine_process *list = NULL;
	size_t count = 0, i;
	struct error *err;

	err = machine_processes(cli->options.all != NULL, &list, &count);
	if (err)
		return cli_fail(cli, err);
	if (cli->options.json || cli->options.ndjson) {
		render(cli, list, count, &json);
	} else {
		if (!cli->options.no_header)
			buf_adds(
				&json.out,
				"    PID  USER      GO          MAPS     DWARF "
				"    RSS  ATTACH  NAME\n");
		for (i = 0; i < count; i++)
			add_row(&json.out, &list[i]);
	}
	machine_processes_free(list, count);
	err = output_write(&json.out);
	return err ? cli_fail(cli, err) : EXIT_OK;
}

const struct command ps_entry = {
	.name = "ps",
	.usage = "ps [--all]",
	.help = "list Go processes and whether they can be attached",
	.run = run,
};
