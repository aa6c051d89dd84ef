#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/session/render.h"
#include "tui/commands/commands.h"
#include "tui/histogram.h"
#include "tui/output.h"

enum { UNIT_CHAIN = 64, TEXT_UNITS = 64 };

static void add_name(struct buf *out, const char *label, const char *s)
{
	buf_printf(out, "%-12s ", label);
	s = s ? s : "?";
	text_plain(out, s, strlen(s));
	buf_addc(out, '\n');
}

static void add_number(struct buf *out, const char *label, uint64_t n)
{
	buf_printf(out, "%-12s ", label);
	if (n == UINT64_MAX)
		buf_addc(out, '?');
	else
		text_count(out, n);
	buf_addc(out, '\n');
}

static void add_size(struct buf *out, const char *label, uint64_t bytes)
{
	buf_printf(out, "%-12s ", label);
	text_size_if_known(out, bytes);
	buf_addc(out, '\n');
}

static void add_classic(struct buf *out, const struct map_detail *d)
{
	add_number(out, "buckets", d->buckets);
	buf_printf(out,
		   "%-12s %" PRIu64 " counted, %" PRIu64 " in the header\n",
		   "overflow", d->overflow_buckets, d->noverflow);
	if (d->old_buckets)
		buf_printf(out,
			   "%-12s %" PRIu64 " old buckets, %" PRIu64
			   " evacuated%s\n",
			   "growing", d->old_buckets, d->evacuated,
			   d->same_size_grow ? ", same size" : "");
}

static void add_swiss(struct buf *out, const struct map_detail *d)
{
	buf_printf(out, "%-12s %" PRIu64 " (directory %" PRIu64 ", depth %u)\n",
		   "tables", d->tables, d->directory, d->global_depth);
	buf_printf(out, "%-12s %" PRIu64 ", %" PRIu64 " without empty slot\n",
		   "groups", d->groups, d->full_groups);
	add_number(out, "tombstones", d->row.tombstones);
	add_number(out, "growth left", d->growth_left);
}

static void add_path(struct buf *out, const struct map_detail *d)
{
	uint32_t i;

	buf_printf(out, "%-12s ", "path");
	for (i = 0; i < d->path_count; i++) {
		buf_adds(out, i ? " -> " : "");
		text_plain(out, d->path[i], strlen(d->path[i]));
	}
	buf_printf(out, "\n%-12s %s", "root", d->root_kind);
	if (d->goroutine)
		buf_printf(out, ", goroutine %" PRId64, d->goroutine);
	buf_addc(out, '\n');
}

static void add_detail(struct buf *out, const struct map_detail *d, bool expect)
{
	char flags[MAP_FLAG_TEXT];

	map_flags_text(d->row.flags, flags);
	buf_printf(out, "%-12s 0x%" PRIx64 "\n", "addr", d->row.addr);
	add_name(out, "type", d->type);
	add_name(out, "owner", d->owner);
	add_path(out, d);
	buf_printf(out, "%-12s %s %s\n", "flags", flags,
		   severity_name((enum severity)d->row.severity));
	add_number(out, "entries", d->row.count);
	add_number(out, "live", d->row.live);
	add_number(out, "slots", d->row.slots);
	buf_printf(out, "%-12s %.3f of %.3f\n", "load", (double)d->row.load,
		   (double)d->row.load_max);
	if (d->row.swiss)
		add_swiss(out, d);
	else
		add_classic(out, d);
	buf_printf(out,
		   "%-12s %s: mean %.2f, p99 %" PRIu64 ", longest %" PRIu64
		   " at %" PRIu64 "\n",
		   "chain", d->metric, d->chain_mean, d->chain_p99,
		   d->chain_max, d->chain_longest_index);
	add_size(out, "storage", d->row.storage_bytes);
	add_size(out, "waste", d->row.waste_bytes);
	add_size(out, "retained", d->row.retained_bytes);
	add_number(out, "holders", d->row.holders);
	buf_printf(out,
		   "%-12s key %" PRIu64 ", element %" PRIu64 ", slot %" PRIu64
		   ", %s %" PRIu64 "\n",
		   "bytes", d->key_bytes, d->elem_bytes, d->slot_bytes,
		   d->row.swiss ? "group" : "bucket", d->unit_bytes);
	if (*d->why)
		add_name(out, "why", d->why);
	if (*d->fix)
		add_name(out, "what to do", d->fix);
	buf_adds(out, "\nchain length\n");
	histogram_text(out, d->histogram, expect ? d->expected : NULL,
		       MAP_HISTOGRAM);
}

/* Those that are known; --expect has nothing to add. */
static void add_charts(struct buf *out, const struct map_detail *d)
{
	const char *unit = d->row.swiss ? "groups" : "buckets";
	const struct map_chart *fill = &d->charts[MAP_CHART_FILL];
	static const struct {
		enum map_chart_kind kind;
		const char *title;
	} charts[] = {
		{MAP_CHART_HIT, "read by a hit: entries"},
		{MAP_CHART_MISS, "read by a miss: where it begins"},
		{MAP_CHART_OLD, "in chains of the old table, not moved yet"},
	};
	size_t i, k;

	for (i = 0; i < ARRAY_LEN(charts); i++) {
		const struct map_chart *c = &d->charts[charts[i].kind];
		bool known = false;

		for (k = 0; k < MAP_HISTOGRAM; k++)
			known |= c->expected[k] > 0;
		if (!c->total)
			continue;
		buf_printf(out, "\n%s %s\n", unit, charts[i].title);
		histogram_text(out, c->counts, known ? c->expected : NULL,
			       MAP_HISTOGRAM);
	}
	if (!fill->total)
		return;
	buf_printf(out, "\n%s by the entries in them\n", unit);
	histogram_fill_text(out, fill);
}

static void add_unit(struct buf *out, const struct session *session,
		     uint32_t row, const struct unit *unit, bool redact)
{
	unsigned i;

	buf_printf(out, "  0x%" PRIx64 "%s%s\n", unit->addr,
		   unit->chain ? " overflow" : "", unit->old ? " old" : "");
	buf_adds(out, "    ");
	unit_raw_text(unit, redact, out);
	buf_addc(out, '\n');
	for (i = 0; i < 8; i++) {
		const struct unit_slot *slot = &unit->slots[i];

		buf_printf(out, "    %u %02x %-14s", i, slot->control,
			   slot->state);
		if (slot->live) {
			unit_key_text(session, row, slot, redact, out);
			buf_adds(out, " = ");
			unit_value_text(session, row, slot, redact, out);
		}
		buf_addc(out, '\n');
	}
}

/* Of the chains or groups of all tables, in order, those of a range. */
struct unit_range {
	uint64_t from, to, at, left; /* left: matching ones without room */
	uint64_t shown, most;
};

static struct error *add_table(struct buf *out, const struct session *session,
			       uint32_t row, const struct cli *cli,
			       uint64_t table, struct unit_range *range)
{
	bool redact = cli_redact(cli);
	uint64_t n = session_unit_count(session, row, table), index;
	struct unit units[UNIT_CHAIN];
	uint32_t rows, count, i;
	bool swiss = session_maps(session, &rows)[row].swiss;
	struct error *err;

	for (index = 0; index < n; index++, range->at++) {
		if (range->at < range->from || range->at >= range->to)
			continue;
		if (range->shown >= range->most) {
			range->left++;
			continue;
		}
		err = session_units(session, row, table, index, units,
				    UNIT_CHAIN, &count);
		if (err)
			return err;
		if (cli->options.anomalies && !units_odd(units, count, swiss))
			continue;
		buf_printf(out, "%" PRIu64 ".%" PRIu64, table, index);
		buf_adds(out, count && units[0].table.addr ? "  " : "");
		if (count)
			unit_table_text(&units[0], out);
		buf_addc(out, '\n');
		for (i = 0; i < count; i++)
			add_unit(out, session, row, &units[i], redact);
		range->shown++;
	}
	return NULL;
}

static struct error *add_units(struct buf *out, const struct session *session,
			       uint32_t row, const struct cli *cli)
{
	struct unit_range range = {.most = cli->options.range ? UINT64_MAX
							      : TEXT_UNITS};
	uint64_t table;
	struct error *err =
		cli_parse_range(cli->options.range, &range.from, &range.to);

	for (table = 0; !err && session_unit_count(session, row, table);
	     table++) {
		err = add_table(out, session, row, cli, table, &range);
		if (!err)
			err = output_flush_if_full(out);
	}
	if (!err && range.left)
		buf_printf(out, "and %" PRIu64 " more%s: --range A:B\n",
			   range.left,
			   cli->options.anomalies ? " to look through" : "");
	return err;
}

static struct error *add_entries(struct buf *out, const struct session *session,
				 uint32_t row, const struct cli *cli)
{
	struct entries *entries = entries_open(session, row);
	struct error *err = NULL;
	struct entry entry;
	double limit = 20;
	uint64_t i;

	if (!parse_quantity(cli->options.entries, &limit))
		limit = 20;
	for (i = 0; !err && (double)i < limit; i++) {
		err = entries_get(entries, i, &entry);
		if (err)
			break;
		entry_key_text(entries, &entry, cli_redact(cli), out);
		buf_adds(out, " = ");
		entry_value_text(entries, &entry, cli_redact(cli), out);
		buf_addc(out, '\n');
	}
	error_catch(&err, ERROR_NOT_FOUND);
	entries_close(entries);
	return err;
}

static struct error *print_text(const struct cli *cli,
				const struct session *session, uint32_t row)
{
	CLEANUP(map_detail_deinit) struct map_detail d = {0};
	CLEANUP(buf_deinit) struct buf out = {0};
	struct error *err = map_detail_load(session, row, &d);

	if (err)
		return err;
	/* Who asks for some buckets knows the map. */
	if (!cli->options.range)
		add_detail(&out, &d, cli->options.expect);
	if (cli->options.hist)
		add_charts(&out, &d);
	if (cli->options.buckets || cli->options.anomalies) {
		if (!cli->options.range)
			buf_adds(&out,
				 d.row.swiss ? "\ngroups\n" : "\nbuckets\n");
		err = add_units(&out, session, row, cli);
	}
	if (!err && cli->options.entries) {
		buf_adds(&out, "\nentries\n");
		err = add_entries(&out, session, row, cli);
	}
	return err ? err : output_write(&out);
}

static struct error *print_map(struct cli *cli, const struct session *session,
			       const char *which)
{
	CLEANUP(json_deinit) struct json json = {0};
	struct error *err;
	uint32_t row;

	if ((err = session_find_map(session, which, &row)))
		return err;
	if (cli->options.key)
		return map_print_key(cli, session, row);
	if (!cli->options.json)
		return print_text(cli, session, row);
	render_begin(&json, session, "map", cli_redact(cli));
	if ((err = render_map_detail(&json, session, row,
				     cli->options.hist != NULL)))
		return err;
	render_end(&json);
	return output_write(&json.out);
}

static int run(struct cli *cli)
{
	return cli_run_on(cli, "which map? an owner or an address", print_map);
}

const struct command map_entry = {
	.name = "map",
	.usage = "map TARGET OWNER|ADDR [--hist] [--buckets [--range A:B]] "
		 "[--entries "
		 "N] [--key EXPR]",
	.help = "show one map: load, chains, growth, owner",
	.run = run,
	.without_memory = true,
};
