/*
 * report.md: the body of an issue. Every string of the target is in a code
 * span, where hosts see neither markup nor mentions. Tables get shorter until
 * the whole fits.
 */
#include <inttypes.h>
#include <string.h>

#include "core/base/escape.h"
#include "core/base/text.h"
#include "core/session/report_priv.h"

enum {
	NAME_POINTS = 100, /* of a name in a table */
	LINE_POINTS = 160,
	BAR = 32,
	LEAST_TOP = 3,
};

struct md {
	const struct report *report;
	struct buf out;
	uint32_t top;	   /* rows of a table */
	uint32_t suspects; /* pages of maps */
	size_t name_points;
};

static void add(struct md *md, const char *s)
{
	buf_adds(&md->out, s);
}

static void add_title(struct md *md, const char *title)
{
	buf_printf(&md->out, "\n## %s\n\n", title);
}

static void add_code(struct md *md, const char *s)
{
	text_markdown_code(&md->out, s, strlen(s), false, LINE_POINTS);
}

static void add_cell_code(struct md *md, const char *s)
{
	add(md, "| ");
	text_markdown_code(&md->out, s, strlen(s), true, md->name_points);
	add(md, " ");
}

static void add_cell_size(struct md *md, uint64_t bytes, bool exact)
{
	add(md, "| ");
	report_size(&md->out, bytes, exact);
	add(md, " ");
}

static void add_cell_count(struct md *md, uint64_t n)
{
	add(md, "| ");
	text_count(&md->out, n);
	add(md, " ");
}

static void add_facts(struct md *md, enum fact_section section)
{
	const struct report *r = md->report;
	size_t i;

	for (i = 0; i < r->fact_count; i++) {
		if (r->facts[i].section != section)
			continue;
		buf_printf(&md->out, "* %s: ", r->facts[i].label);
		add_code(md, r->facts[i].value);
		add(md, "\n");
	}
}

static void add_head(struct md *md)
{
	CLEANUP(buf_deinit) struct buf verdict = {0};

	add(md, "# ");
	add_code(md, md->report->title);
	add(md, "\n\n**Verdict:** ");
	report_verdict(md->report, &verdict);
	add_code(md, buf_str(&verdict));
	add(md, "\n");
	add_title(md, "How it was measured");
	add_facts(md, FACT_MEASURED);
	add_title(md, "Target");
	add_facts(md, FACT_TARGET);
	add_title(md, "Memory");
	add_facts(md, FACT_MEMORY);
	add(md, "\nRSS is more than the live heap: it holds garbage until the "
		"next collection, free spans not yet returned to the system, "
		"stacks, the runtime's own tables and the binary.\n");
}

static void add_findings(struct md *md)
{
	uint32_t i, count;
	const struct finding *list =
		session_findings(md->report->source, &count);

	add_title(md, "Findings");
	if (!count) {
		add(md, "None.\n");
		return;
	}
	add(md, "| severity | bytes | finding | evidence | do |\n"
		"|---|---:|---|---|---|\n");
	for (i = 0; i < count && i < md->top; i++) {
		buf_printf(&md->out, "| %s ",
			   severity_name((enum severity)list[i].severity));
		add_cell_size(md, list[i].bytes, true);
		add_cell_code(md, list[i].title);
		add_cell_code(md, list[i].evidence);
		add(md, "| ");
		text_markdown(&md->out, list[i].action, strlen(list[i].action));
		add(md, " |\n");
	}
	if (count > md->top)
		buf_printf(&md->out, "\n%" PRIu32 " more in report.json.\n",
			   count - md->top);
}

static void add_owner(struct md *md, const struct map_group *g)
{
	char flags[MAP_FLAG_TEXT];

	map_flags_text(g->flags, flags);
	add_cell_code(md, g->name);
	add_cell_count(md, g->maps);
	add_cell_count(md, g->entries);
	add(md, "| ");
	report_load(&md->out, g->entries, g->slots);
	add(md, " ");
	add_cell_count(md, g->tombstones);
	add_cell_count(md, g->chain_max);
	add_cell_size(md, g->storage_bytes, true);
	add_cell_size(md, g->retained_bytes, g->retained_exact);
	add_cell_size(md, g->old_bytes, true);
	buf_printf(&md->out, "| `%s` |\n", flags);
}

static void add_owners(struct md *md)
{
	const struct report *r = md->report;
	uint32_t i, shown = 0, own = 0;

	add_title(md, "Maps by owner");
	if (!r->maps) {
		add(md, "The sample is of level stats: it lists no maps.\n");
		return;
	}
	add(md, "| owner | maps | entries | load | tombstones | chain | "
		"storage | retained | old | flags |\n"
		"|---|---:|---:|---:|---:|---:|---:|---:|---:|---|\n");
	for (i = 0; i < r->owners.count; i++) {
		uint32_t row = list_row(&r->owners, i);

		if (row >= r->groups.count ||
		    r->groups.groups[row].flags & MAP_STD)
			continue;
		own++;
		if (shown >= md->top)
			continue;
		add_owner(md, &r->groups.groups[row]);
		shown++;
	}
	if (own > shown)
		buf_printf(&md->out, "\n%" PRIu32 " more in report.json.\n",
			   own - shown);
	add(md, "\nFlags: S sparse, T tombstones, E tiny or empty, G growing, "
		"O old buckets kept, C and c long chains, w being written, W "
		"torn, ? untyped, ! partly unreadable.\n");
}

/* "3      120 |@@@@   | expected 118" */
static void add_histogram(struct md *md, const struct map_detail *d)
{
	uint64_t largest = 1;
	unsigned i, k, last = 0;

	for (i = 0; i < MAP_HISTOGRAM; i++) {
		if (d->histogram[i])
			last = i + 1;
		if (d->histogram[i] > largest)
			largest = d->histogram[i];
	}
	for (i = 0; i < last; i++) {
		unsigned bar = (unsigned)((double)d->histogram[i] * BAR /
						  (double)largest +
					  0.5);

		buf_printf(&md->out, "%2u%s %12" PRIu64 " |", i + 1,
			   i + 1 == MAP_HISTOGRAM ? "+" : " ", d->histogram[i]);
		for (k = 0; k < BAR; k++)
			buf_addc(&md->out, k < bar ? '@' : ' ');
		buf_adds(&md->out, "|");
		if (d->expected[i] > 0)
			buf_printf(&md->out, " expected %.0f",
				   d->expected[i] * (double)d->histogram_total);
		buf_addc(&md->out, '\n');
	}
}

static void add_occupancy(struct md *md, const struct map_detail *d)
{
	static const char shades[] = " .:-=+*#%@";
	const uint32_t cells =
		d->occupancy_count < 64 ? d->occupancy_count : 64;
	uint32_t i, k, sum, n;

	if (!cells)
		return;
	add(md, "full |");
	for (i = k = 0; i < cells; i++) {
		sum = n = 0;
		for (; k < (i + 1) * d->occupancy_count / cells; k++, n++)
			sum += d->occupancy[k];
		buf_addc(&md->out, shades[n ? sum / n * 9 / 255 : 0]);
	}
	add(md, "|\n");
}

static void add_steps(struct md *md, char **steps, uint32_t count)
{
	CLEANUP(buf_deinit) struct buf path = {0};
	uint32_t i;

	for (i = 0; i < count; i++)
		buf_printf(&path, "%s%s", i ? " -> " : "", steps[i]);
	add_code(md, buf_str(&path));
	add(md, "\n");
}

static void add_paths(struct md *md, const struct suspect *s)
{
	const struct suspect_more *m = &s->more;
	uint32_t i;

	if (!m->path_count) {
		buf_printf(&md->out, "* root %s, path ", s->detail.root_kind);
		add_steps(md, s->detail.path, s->detail.path_count);
	}
	for (i = 0; i < m->path_count; i++) {
		add(md, "* root ");
		report_path_kind(&m->paths[i], &md->out);
		add(md, ", path ");
		add_steps(md, m->paths[i].steps, m->paths[i].step_count);
	}
}

static void add_sites(struct md *md, const struct suspect_more *m)
{
	uint32_t i;

	for (i = 0; i < m->site_count; i++) {
		const struct suspect_site *site = &m->sites[i];

		add(md, "* allocated in ");
		add_code(md, site->function);
		if (*site->file) {
			add(md, " ");
			add_code(md, site->file);
			buf_printf(&md->out, ":%" PRIu32, site->line);
		}
		add(md, ", ");
		report_site(m, i, &md->out);
		add(md, "\n");
	}
}

static void add_stack(struct md *md, int64_t id)
{
	const struct session *session = md->report->source;
	uint32_t i, index;
	struct frame_row f;

	if (!id || no_goroutines(md->report))
		return;
	index = session_goroutine_find(session, id);
	if (index == UINT32_MAX)
		return;
	buf_printf(&md->out, "* on the stack of goroutine %" PRId64 "\n", id);
	for (i = 0; i < REPORT_FRAMES && session_frame(session, index, i, &f);
	     i++) {
		add(md, "  * ");
		add_code(md, f.place.function);
		if (*f.place.file) {
			add(md, " ");
			add_code(md, f.place.file);
			buf_printf(&md->out, ":%" PRIu32, f.place.line);
		}
		add(md, "\n");
	}
}

static void add_suspect(struct md *md, const struct suspect *s)
{
	const struct map_detail *d = &s->detail;
	int64_t stacks[SUSPECT_PATHS];
	uint32_t i, count;

	add(md, "\n### ");
	add_code(md, d->owner ? d->owner : "?");
	add(md, "\n\n");
	if (s->finding) {
		add(md, "* finding ");
		add_code(md, s->finding->title);
		add(md, "\n* why: ");
		text_markdown(&md->out, s->finding->why,
			      strlen(s->finding->why));
		add(md, "\n");
	}
	add(md, "* type ");
	add_code(md, d->type ? d->type : "unknown");
	buf_printf(&md->out, ", entries %" PRIu64 " in %" PRIu64 " slots, ",
		   d->row.count, d->row.slots);
	add(md, "storage ");
	report_size(&md->out, d->row.storage_bytes, true);
	add(md, ", retained ");
	report_size(&md->out, d->row.retained_bytes, d->row.retained_exact);
	add(md, "\n");
	if (d->typed && d->slot_bytes) {
		add(md, "* ");
		report_slots(d, &md->out);
		add(md, "\n");
	}
	add_paths(md, s);
	count = report_stacks(s, stacks);
	for (i = 0; i < count; i++)
		add_stack(md, stacks[i]);
	add_sites(md, &s->more);
	if (!d->typed)
		return;
	add(md, "* ");
	report_shape(d, &md->out);
	add(md, "\n");
	buf_printf(&md->out,
		   "* chain (%s): mean %.2f, p99 %" PRIu64 ", longest %" PRIu64
		   "\n\n```\n",
		   d->metric, d->chain_mean, d->chain_p99, d->chain_max);
	add_histogram(md, d);
	add_occupancy(md, d);
	add(md, "```\n");
}

static void add_suspects(struct md *md)
{
	uint32_t i, count = md->report->suspect_count;

	if (!count)
		return;
	add_title(md, "Suspects");
	for (i = 0; i < count && i < md->suspects; i++)
		add_suspect(md, &md->report->suspects[i]);
	if (count > md->suspects)
		buf_printf(&md->out, "\n%" PRIu32 " more in report.json.\n",
			   count - md->suspects);
}

static void add_change(struct md *md, uint64_t a, uint64_t b)
{
	add(md, "| ");
	report_size(&md->out, a, true);
	add(md, " → ");
	report_size(&md->out, b, true);
	add(md, " ");
}

static void add_growth(struct md *md)
{
	const struct report *r = md->report;
	uint32_t i;

	if (!r->compared)
		return;
	add_title(md, "Growth");
	for (i = 0; i < r->sentence_count; i++) {
		add(md, "* ");
		add_code(md, r->sentences[i]);
		add(md, "\n");
	}
	if (r->growth_count)
		add(md, "\n| state | owner | maps | entries | storage | "
			"retained |\n"
			"|---|---|---|---|---|---|\n");
	for (i = 0; i < r->growth_count && i < md->top; i++) {
		const struct growth *g = &r->growth[i];

		buf_printf(&md->out, "| %s ", diff_state_name(g->state));
		add_cell_code(md, g->name);
		buf_printf(&md->out,
			   "| %" PRIu64 " → %" PRIu64 " | %" PRIu64
			   " → %" PRIu64 " ",
			   g->a.maps, g->b.maps, g->a.entries, g->b.entries);
		add_change(md, g->a.storage_bytes, g->b.storage_bytes);
		add_change(md, g->a.retained_bytes, g->b.retained_bytes);
		add(md, "|\n");
	}
	if (!r->type_growth_count)
		return;
	add(md, "\n| type | objects | bytes |\n|---|---|---|\n");
	for (i = 0; i < r->type_growth_count && i < md->top; i++) {
		const struct growth *g = &r->type_growth[i];

		add_cell_code(md, g->name);
		buf_printf(&md->out, "| %" PRIu64 " → %" PRIu64 " ",
			   g->a.entries, g->b.entries);
		add_change(md, g->a.storage_bytes, g->b.storage_bytes);
		add(md, "|\n");
	}
}

static void add_series(struct md *md)
{
	const struct series_table *t = &md->report->trends;
	CLEANUP(buf_deinit) struct buf limit = {0};
	uint32_t i;

	if (!t->count)
		return;
	add_title(md, "Series");
	buf_printf(&md->out, "%" PRIu32 " samples. ",
		   md->report->series->point_count);
	series_limit_text(md->report->series, &limit);
	if (limit.len)
		add_code(md, buf_str(&limit));
	add(md, "\n\n");
	add(md, "| metric | trend | now | least | most | slope | limit in |\n"
		"|---|---|---:|---:|---:|---:|---:|\n");
	for (i = 0; i < t->count && i < md->top; i++) {
		const struct series_row *row = &t->rows[i];

		add_cell_code(md, row->series->metric);
		add_cell_code(md, row->trend);
		buf_printf(&md->out, "| %s | %s | %s | %s | %s |\n", row->now,
			   row->min, row->max, row->slope, row->forecast);
	}
}

static void add_goroutines(struct md *md)
{
	const struct goroutine_table *t = &md->report->goroutines;
	uint32_t i;

	if (!t->count)
		return;
	add_title(md, "Goroutines");
	add(md, "| count | state | place | created by | maps |\n"
		"|---:|---|---|---|---:|\n");
	for (i = 0; i < t->count && i < md->top; i++) {
		add_cell_count(md, t->lines[i].count);
		add_cell_code(md, t->lines[i].state);
		add_cell_code(md, t->lines[i].user);
		add_cell_code(md, t->lines[i].go);
		add_cell_count(md, t->lines[i].maps);
		add(md, "|\n");
	}
	if (t->count > md->top)
		buf_printf(&md->out, "\n%" PRIu32 " more in report.json.\n",
			   t->count - md->top);
}

static void add_tail(struct md *md)
{
	const struct report *r = md->report;
	const char *line, *s;
	size_t i;

	if (report_command(r, 0)) {
		add_title(md, "Reproduce");
		add(md, "```\n");
		for (i = 0; (line = report_command(r, i)); i++)
			buf_printf(&md->out, "%s\n", line);
		add(md, "```\n");
	}
	for (s = report_blanks; *s; s += strlen(s) + 1)
		buf_printf(&md->out, "\n## %s\n\n\n", s);
	add_title(md, "Appendix");
	for (i = 0; i < r->info.warning_count && i < LEAST_TOP; i++) {
		add(md, "* warning ");
		add_code(md, r->info.warnings[i]);
		add(md, "\n");
	}
	for (s = report_glossary; *s; s += strlen(s) + 1) {
		buf_printf(&md->out, "* **%s**: ", s);
		s += strlen(s) + 1;
		buf_printf(&md->out, "%s\n", s);
	}
	if (r->file_count)
		add(md, "\n| file | bytes | sha256 |\n|---|---:|---|\n");
	for (i = 0; i < r->file_count; i++)
		buf_printf(&md->out, "| `%s` | %" PRIu64 " | `%s` |\n",
			   r->files[i].name, r->files[i].bytes,
			   r->files[i].sha256);
	buf_printf(&md->out, "\nRedaction: %s. %s\n", r->redaction,
		   report_privacy);
}

static void write_all(struct md *md)
{
	buf_clear(&md->out);
	add_head(md);
	add_findings(md);
	add_owners(md);
	add_suspects(md);
	add_growth(md);
	add_series(md);
	add_goroutines(md);
	add_tail(md);
}

void report_markdown(const struct report *r, struct buf *out)
{
	struct md md = {
		.report = r,
		.top = r->options.top,
		.suspects = r->options.top,
		.name_points = NAME_POINTS,
	};

	write_all(&md);
	while (md.out.len > REPORT_MD_MAX &&
	       (md.top > LEAST_TOP || md.suspects)) {
		md.top =
			md.top * 3 / 4 > LEAST_TOP ? md.top * 3 / 4 : LEAST_TOP;
		md.suspects = md.top > LEAST_TOP ? md.suspects * 3 / 4 : 0;
		write_all(&md);
	}
	if (md.out.len > REPORT_MD_MAX) {
		buf_truncate(&md.out, REPORT_MD_MAX - 40);
		buf_adds(&md.out, "\n\n(cut; all is in report.json)\n");
	}
	buf_add(out, buf_str(&md.out), md.out.len);
	buf_deinit(&md.out);
}
