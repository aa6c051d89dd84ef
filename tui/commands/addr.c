#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/session/objects.h"
#include "core/session/references.h"
#include "core/session/render.h"
#include "core/session/render_heap.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

static void add_text(struct buf *out, const char *label, const char *s)
{
	if (!s)
		return;
	buf_printf(out, "%-10s ", label);
	text_plain(out, s, strlen(s));
	buf_addc(out, '\n');
}

static void add_info(struct buf *out, const struct address_info *info)
{
	buf_printf(out, "%-10s 0x%" PRIx64 "\n", "addr", info->addr);
	add_text(out, "state", info->state);
	if (info->start)
		buf_printf(out,
			   "%-10s 0x%" PRIx64 " + %" PRIu64 ", %" PRIu64
			   " bytes\n",
			   info->in_heap ? "object" : "start", info->start,
			   info->addr >= info->start ? info->addr - info->start
						     : 0,
			   info->bytes);
	add_text(out, "type", info->type);
	add_text(out, info->in_heap ? "owner" : "name", info->name);
	add_text(out, "place", info->place);
	if (info->goroutine)
		buf_printf(out, "%-10s %" PRId64 "\n", "goroutine",
			   info->goroutine);
	if (info->retained_bytes != UINT64_MAX) {
		buf_printf(out, "%-10s ", "retained");
		text_size(out, info->retained_bytes);
		buf_addc(out, '\n');
	}
	if (info->in_heap)
		buf_printf(out,
			   "%-10s 0x%" PRIx64 ", %" PRIu64
			   " bytes, class %" PRIu32 ", slots of %" PRIu64
			   ", %s\n",
			   "span", info->span, info->span_bytes,
			   info->size_class, info->slot_bytes,
			   info->noscan ? "without pointers" : "with pointers");
}

static struct error *print_addr(struct cli *cli, const struct session *session,
				const char *which)
{
	CLEANUP(address_info_deinit) struct address_info info = {0};
	CLEANUP(json_deinit) struct json json = {0};
	CLEANUP(buf_deinit) struct buf out = {0};
	struct error *err;
	uint64_t addr;

	if ((err = session_find_address(session, which, &addr)))
		return err;
	address_info_load(session, addr, &info);
	if (!cli->options.json) {
		add_info(&out, &info);
		return output_write(&out);
	}
	render_begin(&json, session, "addr", cli_redact(cli));
	render_address(&json, &info);
	render_end(&json);
	return output_write(&json.out);
}

static int run(struct cli *cli)
{
	return cli_run_on(cli, "which address?", print_addr);
}

const struct command addr_entry = {
	.name = "addr",
	.usage = "addr TARGET ADDR",
	.help = "what lives at an address",
	.run = run,
};
