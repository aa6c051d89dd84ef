/*
 * report.html: one file without scripts and without anything from elsewhere;
 * its policy forbids both. It is well-formed XML too. Every string of the
 * target passes through text_html().
 */
#include <inttypes.h>
#include <string.h>

#include "core/base/escape.h"
#include "core/base/text.h"
#include "core/session/report_priv.h"

enum {
	NAME_POINTS = 200,
	MAX_FINDINGS = 100,
	MAX_OWNERS = 200,
	MAX_LINES = 100,
	MAX_GROWTH = 100,
};

static const char HEAD[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	"<meta charset=\"utf-8\"/>\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
	"'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action "
	"'none'\"/>\n"
	"<meta name=\"referrer\" content=\"no-referrer\"/>\n"
	"<meta name=\"viewport\" content=\"width=device-width, "
	"initial-scale=1\"/>\n"
	"<meta name=\"color-scheme\" content=\"light dark\"/>\n";

static const char STYLE[] =
	"<style>\n"
	":root{--page:#fbfbfa;--text:#1d2125;--dim:#5d6670;--line:#d9dde1;"
	"--card:#fff;--accent:#2c6fbb;--empty:#e6e9ec;--mark:#b3541e;"
	"--high:#b3261e;--warn:#9a6700;--info:#2c6fbb;--ok:#2c7a4b}\n"
	"@media(prefers-color-scheme:dark){:root{--page:#15181b;--text:"
	"#e3e6e8;--dim:#9aa4ad;--line:#343a40;--card:#1d2125;--accent:#6aa9e9;"
	"--empty:#2b3136;--mark:#f0a070;--high:#ff8a80;--warn:#e3b341;--info:"
	"#6aa9e9;--ok:#6fcf97}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;max-width:72rem;padding:1.5rem;background:"
	"var(--page);color:var(--text);font:15px/1.5 system-ui,sans-serif}\n"
	"h1{font-size:1.5rem;margin:0 0 .5rem;overflow-wrap:anywhere}"
	"h2{font-size:1.15rem;margin:2rem 0 .6rem;border-bottom:1px solid "
	"var(--line)}h3{font-size:1rem;margin:0 0 .5rem;overflow-wrap:"
	"anywhere}\n"
	"code,pre,.n{font-family:ui-monospace,monospace;font-size:.88em}"
	"code{overflow-wrap:anywhere}pre{overflow-x:auto;padding:.7rem;"
	"background:var(--card);border:1px solid var(--line)}\n"
	".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;"
	"background:var(--card)}th,td{padding:.3rem .6rem;border:1px solid "
	"var(--line);text-align:left;vertical-align:top}th{font-weight:600;"
	"color:var(--dim);font-size:.85em}.n{text-align:right;white-space:"
	"nowrap}\n"
	".card{background:var(--card);border:1px solid var(--line);padding:"
	"1rem;margin:0 0 1rem;border-radius:4px}.verdict{border-left:5px solid "
	"var(--ok)}.verdict.high{border-color:var(--high)}.verdict.warn{"
	"border-color:var(--warn)}.verdict.info{border-color:var(--info)}\n"
	".s-high{color:var(--high);font-weight:600}.s-warn{color:var(--warn);"
	"font-weight:600}.s-info{color:var(--info)}.dim{color:var(--dim)}\n"
	"dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;"
	"margin:0}dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}\n"
	"nav{font-size:.9em}nav a{color:var(--accent);margin-right:1rem}\n"
	"svg{display:block;max-width:100%;margin:.3rem 0}svg .bar{fill:"
	"var(--accent)}svg .empty{fill:var(--empty)}svg .mark{fill:"
	"var(--mark)}svg .line{fill:none;stroke:var(--accent);stroke-width:1.5}"
	"svg text{fill:var(--dim);font:10px sans-serif}\n"
	"th.n{font-family:inherit}.f{white-space:nowrap}.wide{margin:"
	".5rem 0 1rem}\n"
	"@media print{:root{color-scheme:light;--page:#fff;--card:#fff;--text:"
	"#000;--dim:#333;--line:#999;--accent:#345;--empty:#ddd;--mark:#000;"
	"--high:#b3261e;--warn:#7a5200;--info:#1d4f8a;--ok:#1d5c37}body{"
	"max-width:none;padding:0;font-size:11px}nav{display:none}h2,h3{"
	"break-after:avoid}tr,svg,pre,.verdict{break-inside:avoid}"
	"thead{display:table-header-group}.wide,pre{overflow:"
	"visible}pre{white-space:pre-wrap;overflow-wrap:anywhere}.n{"
	"font-size:.8em}svg{print-color-adjust:exact}}\n"
	"</style>\n";

struct html {
	const struct report *report;
	struct buf *out;
};

static void add(struct html *h, const char *s)
{
	buf_adds(h->out, s);
}

static void add_text(struct html *h, const char *s)
{
	CLEANUP(buf_deinit) struct buf shown = {0};

	text_plain_short(&shown, s, strlen(s), NAME_POINTS);
	text_html(h->out, buf_str(&shown), shown.len);
}

static void add_code(struct html *h, const char *s)
{
	add(h, "<code>");
	add_text(h, s);
	add(h, "</code>");
}

static void add_cell(struct html *h, const char *s)
{
	add(h, "<td>");
	add_text(h, s);
	add(h, "</td>");
}

static void add_cell_code(struct html *h, const char *s)
{
	add(h, "<td>");
	add_code(h, s);
	add(h, "</td>");
}

static void add_cell_count(struct html *h, uint64_t n)
{
	add(h, "<td class=\"n\">");
	text_count(h->out, n);
	add(h, "</td>");
}

static void add_cell_size(struct html *h, uint64_t bytes, bool exact)
{
	CLEANUP(buf_deinit) struct buf size = {0};

	report_size(&size, bytes, exact);
	add(h, "<td class=\"n\">");
	text_html(h->out, buf_str(&size), size.len);
	add(h, "</td>");
}

/* Columns of numbers have a name that begins with '#'. */
static void begin_table(struct html *h, const char *const *columns,
			size_t count)
{
	size_t i;

	add(h, "<div class=\"wide\"><table><thead><tr>");
	for (i = 0; i < count; i++)
		buf_printf(h->out, "<th scope=\"col\"%s>%s</th>",
			   *columns[i] == '#' ? " class=\"n\"" : "",
			   columns[i] + (*columns[i] == '#'));
	add(h, "</tr></thead><tbody>\n");
}

static void end_table(struct html *h)
{
	add(h, "</tbody></table></div>\n");
}

static void add_rest(struct html *h, uint32_t shown, uint32_t total)
{
	if (total > shown)
		buf_printf(h->out,
			   "<p class=\"dim\">%" PRIu32
			   " more in report.json</p>\n",
			   total - shown);
}

static void add_section(struct html *h, const char *id, const char *title)
{
	buf_printf(h->out, "<h2 id=\"%s\">%s</h2>\n", id, title);
}

static void add_facts(struct html *h, enum fact_section section)
{
	const struct report *r = h->report;
	size_t i;

	add(h, "<dl>\n");
	for (i = 0; i < r->fact_count; i++) {
		if (r->facts[i].section != section)
			continue;
		buf_printf(h->out, "<dt>%s</dt><dd>", r->facts[i].label);
		add_text(h, r->facts[i].value);
		add(h, "</dd>\n");
	}
	add(h, "</dl>\n");
}

static void add_head(struct html *h)
{
	const struct report *r = h->report;
	CLEANUP(buf_deinit) struct buf verdict = {0};
	uint32_t count;
	const struct finding *f = session_findings(r->source, &count);

	report_verdict(r, &verdict);
	add(h, HEAD);
	add(h, "<title>");
	add_text(h, r->title);
	add(h, "</title>\n");
	add(h, STYLE);
	add(h, "</head>\n<body>\n<header>\n<h1>");
	add_text(h, r->title);
	buf_printf(h->out, "</h1>\n<p class=\"card verdict %s\">",
		   severity_name(count ? (enum severity)f->severity
				       : SEVERITY_OK));
	add_text(h, buf_str(&verdict));
	add(h, "</p>\n<nav><a href=\"#measured\">Measured</a>"
	       "<a href=\"#target\">Target</a><a href=\"#memory\">Memory</a>"
	       "<a href=\"#findings\">Findings</a><a href=\"#owners\">Maps</a>"
	       "<a href=\"#suspects\">Suspects</a>");
	add(h, r->series ? "<a href=\"#series\">Series</a>" : "");
	add(h, r->compared ? "<a href=\"#growth\">Growth</a>" : "");
	add(h,
	    no_goroutines(r) ? "" : "<a href=\"#goroutines\">Goroutines</a>");
	add(h, "<a href=\"#appendix\">Appendix</a></nav>\n"
	       "</header>\n<main>\n");
	add_section(h, "measured", "How it was measured");
	add_facts(h, FACT_MEASURED);
	add_section(h, "target", "Target");
	add_facts(h, FACT_TARGET);
	add_section(h, "memory", "Memory");
	add_facts(h, FACT_MEMORY);
	add(h, "<p class=\"dim\">RSS is more than the live heap: it holds "
	       "garbage until the next collection, free spans not yet returned "
	       "to the system, stacks, the runtime's own tables and the "
	       "binary.</p>\n");
}

static void add_findings(struct html *h)
{
	static const char *const columns[] = {"severity", "#bytes", "finding",
					      "evidence", "why",    "do"};
	uint32_t i, count;
	const struct finding *list =
		session_findings(h->report->source, &count);

	add_section(h, "findings", "Findings");
	if (!count) {
		add(h, "<p>None.</p>\n");
		return;
	}
	begin_table(h, columns, ARRAY_LEN(columns));
	for (i = 0; i < count && i < MAX_FINDINGS; i++) {
		const char *severity =
			severity_name((enum severity)list[i].severity);

		buf_printf(h->out, "<tr><td class=\"s-%s\">%s</td>", severity,
			   severity);
		add_cell_size(h, list[i].bytes, true);
		add_cell(h, list[i].title);
		add_cell(h, list[i].evidence);
		add_cell(h, list[i].why);
		add_cell(h, list[i].action);
		add(h, "</tr>\n");
	}
	end_table(h);
	add_rest(h, i, count);
}

static void add_owner(struct html *h, const struct map_group *g)
{
	char flags[MAP_FLAG_TEXT];

	map_flags_text(g->flags, flags);
	add(h, "<tr>");
	add_cell_code(h, g->name);
	add_cell_count(h, g->maps);
	add_cell_count(h, g->entries);
	add(h, "<td class=\"n\">");
	report_load(h->out, g->entries, g->slots);
	report_svg_bar(g->slots ? (double)g->entries / (double)g->slots : 0,
		       "load", h->out);
	add(h, "</td>");
	add_cell_count(h, g->tombstones);
	add_cell_count(h, g->chain_max);
	add_cell_size(h, g->storage_bytes, true);
	add_cell_size(h, g->retained_bytes, g->retained_exact);
	add_cell_size(h, g->old_bytes, true);
	buf_printf(h->out, "<td class=\"f\"><code>%s</code></td>", flags);
	add(h, "</tr>\n");
}

static void add_owners(struct html *h)
{
	static const char *const columns[] = {
		"owner",  "#maps",    "#entries",  "#load", "#tombstones",
		"#chain", "#storage", "#retained", "#old",  "flags"};
	const struct report *r = h->report;
	uint32_t i, shown = 0, own = 0;

	add_section(h, "owners", "Maps by owner");
	if (!r->maps) {
		add(h, "<p>The sample is of level stats: it lists no "
		       "maps.</p>\n");
		return;
	}
	begin_table(h, columns, ARRAY_LEN(columns));
	for (i = 0; i < r->owners.count; i++) {
		uint32_t row = list_row(&r->owners, i);

		if (row >= r->groups.count ||
		    r->groups.groups[row].flags & MAP_STD)
			continue;
		own++;
		if (shown >= MAX_OWNERS)
			continue;
		add_owner(h, &r->groups.groups[row]);
		shown++;
	}
	end_table(h);
	add_rest(h, shown, own);
}

static void add_steps(struct html *h, char **steps, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		add(h, i ? " → " : ": ");
		add_code(h, steps[i]);
	}
}

static void add_paths(struct html *h, const struct suspect *s)
{
	const struct suspect_more *m = &s->more;
	uint32_t i;

	add(h, "<dt>Held by</dt><dd>");
	if (!m->path_count) {
		add(h, s->detail.root_kind);
		add_steps(h, s->detail.path, s->detail.path_count);
	}
	for (i = 0; i < m->path_count; i++) {
		CLEANUP(buf_deinit) struct buf kind = {0};

		report_path_kind(&m->paths[i], &kind);
		add(h, i ? "<br/>" : "");
		add_text(h, buf_str(&kind));
		add_steps(h, m->paths[i].steps, m->paths[i].step_count);
	}
	add(h, "</dd>\n");
}

static void add_sites(struct html *h, const struct suspect_more *m)
{
	uint32_t i;

	if (!m->site_count)
		return;
	add(h, "<dt>Allocated in</dt><dd>");
	for (i = 0; i < m->site_count; i++) {
		const struct suspect_site *site = &m->sites[i];

		add(h, i ? "<br/>" : "");
		add_code(h, site->function);
		add(h, " <span class=\"dim\">");
		add_text(h, site->file);
		if (*site->file)
			buf_printf(h->out, ":%" PRIu32, site->line);
		add(h, "</span> ");
		report_site(m, i, h->out);
	}
	add(h, "</dd>\n");
}

static void add_stack(struct html *h, int64_t id)
{
	const struct session *session = h->report->source;
	uint32_t i, index;
	struct frame_row f;

	if (!id || no_goroutines(h->report))
		return;
	index = session_goroutine_find(session, id);
	if (index == UINT32_MAX)
		return;
	buf_printf(h->out, "<dt>Goroutine</dt><dd>%" PRId64 "<br/>", id);
	for (i = 0; i < REPORT_FRAMES && session_frame(session, index, i, &f);
	     i++) {
		add_code(h, f.place.function);
		add(h, " <span class=\"dim\">");
		add_text(h, f.place.file);
		buf_printf(h->out, ":%" PRIu32 "</span><br/>", f.place.line);
	}
	add(h, "</dd>\n");
}

static void add_shape(struct html *h, const struct map_detail *d)
{
	if (!d->typed)
		return;
	add(h, "<dt>Growth</dt><dd>");
	report_shape(d, h->out);
	buf_printf(h->out,
		   "</dd>\n<dt>Chain</dt><dd>%s: mean %.2f, p99 %" PRIu64
		   ", longest %" PRIu64 "</dd>\n",
		   d->metric, d->chain_mean, d->chain_p99, d->chain_max);
}

static void add_suspect(struct html *h, const struct suspect *s)
{
	const struct map_detail *d = &s->detail;
	int64_t stacks[SUSPECT_PATHS];
	uint32_t i, count;

	add(h, "<section class=\"card\">\n<h3>");
	add_code(h, d->owner ? d->owner : "?");
	add(h, "</h3>\n<dl>\n<dt>Type</dt><dd>");
	add_code(h, d->type ? d->type : "unknown");
	buf_printf(h->out,
		   "</dd>\n<dt>Entries</dt><dd>%" PRIu64 " in %" PRIu64
		   " slots</dd>\n<dt>Storage</dt><dd>",
		   d->row.count, d->row.slots);
	report_size(h->out, d->row.storage_bytes, true);
	add(h, "</dd>\n<dt>Retained</dt><dd>");
	if (!d->row.retained_exact && d->row.retained_bytes != UINT64_MAX)
		add(h, "at least ");
	report_size(h->out, d->row.retained_bytes, true);
	add(h, "</dd>\n");
	if (d->slot_bytes) {
		add(h, "<dt>Slots</dt><dd>");
		report_slots(d, h->out);
		add(h, "</dd>\n");
	}
	add_paths(h, s);
	count = report_stacks(s, stacks);
	for (i = 0; i < count; i++)
		add_stack(h, stacks[i]);
	add_sites(h, &s->more);
	add_shape(h, d);
	add(h, "</dl>\n");
	if (d->typed && d->histogram_total)
		report_svg_histogram(d, h->out);
	if (d->typed)
		report_svg_occupancy(d, h->out);
	add(h, "</section>\n");
}

static void add_suspects(struct html *h)
{
	uint32_t i;

	add_section(h, "suspects", "Suspects");
	for (i = 0; i < h->report->suspect_count; i++)
		add_suspect(h, &h->report->suspects[i]);
	if (!i)
		add(h, "<p>None.</p>\n");
	else
		add(h, "<p class=\"dim\">Bars: chain lengths as they are; "
		       "marks: as chance would have them. Strip: tables or "
		       "buckets from empty to full.</p>\n");
}

static void add_change(struct html *h, uint64_t a, uint64_t b)
{
	add(h, "<td class=\"n\">");
	report_size(h->out, a, true);
	add(h, " → ");
	report_size(h->out, b, true);
	add(h, "</td>");
}

static void add_growth_row(struct html *h, const struct growth *g)
{
	const double values[] = {(double)g->a.storage_bytes,
				 (double)g->b.storage_bytes};

	buf_printf(h->out, "<tr><td>%s</td>", diff_state_name(g->state));
	add_cell_code(h, g->name);
	buf_printf(h->out,
		   "<td class=\"n\">%" PRIu64 " → %" PRIu64
		   "</td><td class=\"n\">%" PRIu64 " → %" PRIu64 "</td>",
		   g->a.maps, g->b.maps, g->a.entries, g->b.entries);
	add_change(h, g->a.storage_bytes, g->b.storage_bytes);
	add_change(h, g->a.retained_bytes, g->b.retained_bytes);
	add(h, "<td>");
	report_svg_sparkline(values, ARRAY_LEN(values), "storage", h->out);
	add(h, "</td></tr>\n");
}

static void add_growth(struct html *h)
{
	static const char *const columns[] = {"state",
					      "owner",
					      "#maps",
					      "#entries",
					      "#storage",
					      "#retained",
					      "storage since the base"};
	const struct report *r = h->report;
	uint32_t i;

	if (!r->compared)
		return;
	add_section(h, "growth", "Growth");
	for (i = 0; i < r->sentence_count; i++) {
		add(h, "<p>");
		add_text(h, r->sentences[i]);
		add(h, "</p>\n");
	}
	if (!r->growth_count)
		return;
	begin_table(h, columns, ARRAY_LEN(columns));
	for (i = 0; i < r->growth_count && i < MAX_GROWTH; i++)
		add_growth_row(h, &r->growth[i]);
	end_table(h);
	add_rest(h, i, r->growth_count);
}

static void add_series(struct html *h)
{
	static const char *const columns[] = {
		"metric", "trend", "now", "least", "most", "slope", "limit in"};
	const struct series_table *t = &h->report->trends;
	CLEANUP(buf_deinit) struct buf limit = {0};
	uint32_t i;

	if (!t->count)
		return;
	add_section(h, "series", "Series");
	buf_printf(h->out, "<p>%" PRIu32 " samples. ",
		   h->report->series->point_count);
	series_limit_text(h->report->series, &limit);
	add_text(h, buf_str(&limit));
	add(h, "</p>\n");
	begin_table(h, columns, ARRAY_LEN(columns));
	for (i = 0; i < t->count && i < MAX_LINES; i++) {
		const struct series_row *row = &t->rows[i];

		add(h, "<tr>");
		add_cell_code(h, row->series->metric);
		add(h, "<td>");
		report_svg_sparkline(row->series->values,
				     h->report->series->point_count, "trend",
				     h->out);
		add(h, "</td>");
		add_cell(h, row->now);
		add_cell(h, row->min);
		add_cell(h, row->max);
		add_cell(h, row->slope);
		add_cell(h, row->forecast);
		add(h, "</tr>\n");
	}
	end_table(h);
	add_rest(h, i, t->count);
}

static void add_goroutines(struct html *h)
{
	static const char *const columns[] = {"#count", "state", "place",
					      "created by", "#maps"};
	const struct goroutine_table *t = &h->report->goroutines;
	uint32_t i;

	if (no_goroutines(h->report))
		return;
	add_section(h, "goroutines", "Goroutines");
	begin_table(h, columns, ARRAY_LEN(columns));
	for (i = 0; i < t->count && i < MAX_LINES; i++) {
		add(h, "<tr>");
		add_cell_count(h, t->lines[i].count);
		add_cell(h, t->lines[i].state);
		add_cell_code(h, t->lines[i].user);
		add_cell_code(h, t->lines[i].go);
		add_cell_count(h, t->lines[i].maps);
		add(h, "</tr>\n");
	}
	end_table(h);
	add_rest(h, i, t->count);
}

static void add_files(struct html *h)
{
	static const char *const columns[] = {"file", "#bytes", "sha256"};
	const struct report *r = h->report;
	size_t i;

	if (!r->file_count)
		return;
	begin_table(h, columns, ARRAY_LEN(columns));
	for (i = 0; i < r->file_count; i++) {
		add(h, "<tr>");
		add_cell_code(h, r->files[i].name);
		add_cell_count(h, r->files[i].bytes);
		add_cell_code(h, r->files[i].sha256);
		add(h, "</tr>\n");
	}
	end_table(h);
}

static void add_tail(struct html *h)
{
	const struct report *r = h->report;
	const char *line, *s;
	size_t i;

	if (report_command(r, 0)) {
		add_section(h, "reproduce", "Reproduce");
		add(h, "<pre>");
		for (i = 0; (line = report_command(r, i)); i++) {
			add_text(h, line);
			add(h, "\n");
		}
		add(h, "</pre>\n");
	}
	for (s = report_blanks; *s; s += strlen(s) + 1)
		buf_printf(h->out,
			   "<section class=\"card\"><h3>%s</h3>"
			   "<br/></section>\n",
			   s);
	add_section(h, "appendix", "Appendix");
	for (i = 0; i < r->info.warning_count && i < MAX_LINES; i++) {
		add(h, "<p class=\"s-warn\">");
		add_text(h, r->info.warnings[i]);
		add(h, "</p>\n");
	}
	add(h, "<dl>\n");
	for (s = report_glossary; *s; s += strlen(s) + 1) {
		buf_printf(h->out, "<dt>%s</dt><dd>", s);
		s += strlen(s) + 1;
		text_html(h->out, s, strlen(s));
		add(h, "</dd>\n");
	}
	add(h, "</dl>\n");
	add_files(h);
	buf_printf(h->out, "<p class=\"dim\">Redaction: %s. ", r->redaction);
	text_html(h->out, report_privacy, strlen(report_privacy));
	add(h, "</p>\n</main>\n</body>\n</html>\n");
}

void report_html(const struct report *r, struct buf *out)
{
	struct html h = {.report = r, .out = out};

	add_head(&h);
	add_findings(&h);
	add_owners(&h);
	add_suspects(&h);
	add_growth(&h);
	add_series(&h);
	add_goroutines(&h);
	add_tail(&h);
}
