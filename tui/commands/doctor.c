#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/session/machine.h"
#include "core/session/render.h"
#include "core/session/target_name.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

static void add_text(struct buf *out, const struct machine_check *c)
{
	buf_printf(out, "%s  %-18s ", c->ok ? "ok  " : "FAIL", c->name);
	text_plain(out, c->message, strlen(c->message));
	buf_addc(out, '\n');
	if (c->hint) {
		buf_adds(out, "      ");
		text_plain(out, c->hint, strlen(c->hint));
		buf_addc(out, '\n');
	}
}

static void render(const struct machine_check *checks, size_t count,
		   struct json *json)
{
	size_t i;

	json_open(json, NULL, '{');
	json_string(json, "schema", "mapscope/doctor/1");
	render_tool(json);
	json_open(json, "checks", '[');
	for (i = 0; i < count; i++) {
		json_open(json, NULL, '{');
		json_string(json, "name", checks[i].name);
		json_bool(json, "ok", checks[i].ok);
		json_string(json, "message", checks[i].message);
		json_string(json, "hint", checks[i].hint);
		json_close(json, '}');
	}
	json_close(json, ']');
	render_end(json);
}

static int run(struct cli *cli)
{
	CLEANUP(json_deinit) struct json json = {0};
	const char *text = cli_take_arg(cli);
	enum target_kind kind = TARGET_NAME_PID;
	struct machine_check *checks;
	struct error *err;
	size_t count, i;
	pid_t pid = 0;
	bool fine = true;

	if (text && (err = target_name_parse(text, &kind, &pid)))
		return cli_fail(cli, err);
	if (kind != TARGET_NAME_PID && kind != TARGET_NAME_EXE)
		return cli_usage(cli, "doctor looks at a process or a binary");
	checks = kind == TARGET_NAME_EXE
			 ? machine_doctor_binary(text, cli->options.debug_dir,
						 &count)
			 : machine_doctor(pid, &count);
	if (cli->options.json)
		render(checks, count, &json);
	for (i = 0; i < count; i++) {
		fine &= checks[i].ok;
		if (!cli->options.json)
			add_text(&json.out, &checks[i]);
	}
	machine_checks_free(checks, count);
	err = output_write(&json.out);
	return err ? cli_fail(cli, err) : fine ? EXIT_OK : EXIT_ERROR;
}

const struct command doctor_entry = {
	.name = "doctor",
	.usage = "doctor [PID|EXE]",
	.help = "explain every precondition of attaching; what a binary allows",
	.run = run,
};
