/* `map --key`: where a key is, and how the runtime gets there. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/map_key.h"
#include "core/session/render.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

enum { SHOWN_STEPS = 16 };

struct question {
	const struct session *session;
	struct entries *entries;
	uint32_t row;
	bool redact;
};

static void add_hash(struct buf *out, const struct map_key *key)
{
	const struct map_probe *p = &key->probe;
	uint32_t i;

	buf_printf(out, "%-12s 0x%016" PRIx64 ", %s %02x\n", "hash", p->hash,
		   key->swiss ? "h2" : "tophash", p->mark);
	if (!p->home.exists)
		return;
	if (key->swiss && p->home.small)
		buf_printf(out, "%-12s the only group\n", "home");
	else if (key->swiss)
		buf_printf(out,
			   "%-12s table %" PRIu64 " of %" PRIu64
			   ", group %" PRIu64 " of %" PRIu64 "\n",
			   "home", p->home.table, key->tables, p->home.unit,
			   key->units);
	else
		buf_printf(out, "%-12s %sbucket %" PRIu64 " of %" PRIu64 "\n",
			   "home", p->home.old ? "old " : "", p->home.unit,
			   key->units);
	buf_printf(out, "%-12s ", "way");
	for (i = 0; i < p->length && i < SHOWN_STEPS; i++)
		buf_printf(out, "%s%" PRIu32, i ? " > " : "", p->steps[i]);
	buf_printf(out, "%s  (%" PRIu32 " %s%s)\n",
		   p->length > SHOWN_STEPS ? " > ..." : "", p->length,
		   key->swiss ? "group" : "bucket", p->length == 1 ? "" : "s");
	if (p->alike)
		buf_printf(out, "%-12s %" PRIu32 " other keys with this %s\n",
			   "alike", p->alike, key->swiss ? "h2" : "tophash");
}

static void add_found(struct buf *out, const struct question *q,
		      const struct map_key *key)
{
	const struct entry *e = &key->entry;

	buf_printf(out, "%-12s ", "found");
	if (key->swiss)
		buf_printf(out, "table %" PRIu64 " group %" PRIu64 " slot %u",
			   e->table, e->unit, e->slot);
	else
		buf_printf(out,
			   "%sbucket %" PRIu64 " chain %" PRIu32 " slot %u",
			   e->old ? "old " : "", e->unit, e->chain, e->slot);
	buf_printf(out, ", key 0x%" PRIx64 ", value 0x%" PRIx64 "\n%-12s ",
		   e->key_addr, e->elem_addr, "value");
	entry_value_text(q->entries, e, q->redact, out);
	buf_addc(out, '\n');
}

static struct error *print_text(const struct question *q,
				const struct map_key *key)
{
	CLEANUP(buf_deinit) struct buf out = {0};

	if (key->hashed)
		add_hash(&out, key);
	else
		buf_printf(&out,
			   "%-12s unknown: every key was compared instead\n",
			   "hash");
	if (key->found) {
		add_found(&out, q, key);
	} else {
		buf_printf(&out, "%-12s no\n", "found");
		if (key->hashed) {
			buf_printf(&out, "%-12s ", "would go to");
			map_key_place(key, &out);
			buf_addc(&out, '\n');
		}
	}
	return output_write(&out);
}

static void add_json(struct json *json, const struct question *q,
		     const struct map_key *key)
{
	const struct map_probe *p = &key->probe;
	CLEANUP(buf_deinit) struct buf place = {0};
	uint32_t i;

	json_open(json, "key", '{');
	json_bool(json, "found", key->found);
	if (key->hashed) {
		json_address(json, "hash", p->hash);
		json_u64(json, key->swiss ? "h2" : "tophash", p->mark);
		json_bool(json, "old", p->home.old);
		json_u64(json, "home_table", p->home.table);
		json_u64(json, "home_unit", p->home.unit);
		json_open(json, "way", '[');
		for (i = 0; i < p->length; i++)
			json_u64(json, NULL, p->steps[i]);
		json_close(json, ']');
		json_u64(json, "alike", p->alike);
	} else {
		json_null(json, "hash");
	}
	if (key->found) {
		json_raw(json, "entry");
		/* The entry is that value, not another element. */
		json->comma &= ~(1ULL << json->depth);
		render_entry(json, q->session, q->row, q->entries, &key->entry,
			     q->redact);
	} else if (key->hashed) {
		map_key_place(key, &place);
		json_string(json, "would_go_to", buf_str(&place));
	}
	json_close(json, '}');
}

struct error *map_print_key(const struct cli *cli,
			    const struct session *session, uint32_t row)
{
	struct question q = {
		.session = session, .row = row, .redact = cli_redact(cli)};
	CLEANUP(json_deinit) struct json json = {0};
	struct map_key key;
	struct error *err;

	if ((err = map_key_load(session, row, cli->options.key, &key)))
		return err;
	q.entries = entries_open(session, row);
	if (cli->options.json) {
		render_begin(&json, session, "map", q.redact);
		add_json(&json, &q, &key);
		render_end(&json);
		err = output_write(&json.out);
	} else {
		err = print_text(&q, &key);
	}
	entries_close(q.entries);
	return err;
}
