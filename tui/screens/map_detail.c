/* One map: figures, chain histogram beside the expected one, occupancy. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "tui/screen.h"

enum { HIST_COLUMN = 39, BAR_MAX = 60 };

struct detail {
	uint64_t addr;
	uint32_t row;
	struct map_detail map;
};

static struct error *load(struct screen *screen, uint64_t addr)
{
	struct detail *d = screen->state;
	const struct session *session = app_session(screen->app);
	CLEANUP(free_cleanup) char *which = NULL;
	struct error *err;
	uint32_t row;

	which = xasprintf("0x%" PRIx64, addr);
	if ((err = session_find_map(session, which, &row)))
		return err;
	map_detail_deinit(&d->map);
	if ((err = map_detail_load(session, row, &d->map)))
		return err;
	d->addr = addr;
	d->row = row;
	return NULL;
}

static struct error *open(struct screen *screen, const void *arg)
{
	const uint64_t *addr = arg;

	return load(screen, *addr);
}

static void close(struct screen *screen)
{
	struct detail *d = screen->state;

	map_detail_deinit(&d->map);
}

static struct error *update(struct screen *screen)
{
	const struct detail *d = screen->state;

	return load(screen, d->addr);
}

/* The next map of the same owner, by address. */
static void step(struct screen *screen, int by)
{
	struct detail *d = screen->state;
	const struct session *session = app_session(screen->app);
	uint32_t count, i;
	const struct map_row *rows = session_maps(session, &count);
	uint32_t at = d->row;

	for (i = 0; i < count; i++) {
		at = (at + count + (uint32_t)by) % count;
		if (rows[at].owner == d->map.row.owner)
			break;
	}
	error_free(load(screen, rows[at].addr));
}

static bool act(struct screen *screen, enum action action)
{
	struct detail *d = screen->state;

	switch (action) {
	case ACTION_NEXT:
	case ACTION_DOWN:
		step(screen, 1);
		return true;
	case ACTION_PREVIOUS:
	case ACTION_UP:
		step(screen, -1);
		return true;
	case ACTION_ENTRIES:
	case ACTION_OPEN:
		app_push(screen->app, &entries_screen, &d->addr);
		return true;
	case ACTION_UNITS:
		app_push(screen->app, &units_screen, &d->addr);
		return true;
	default:
		return false;
	}
}

static void add_size(struct buf *out, uint64_t bytes)
{
	if (bytes == UINT64_MAX)
		buf_addc(out, '?');
	else
		text_size(out, bytes);
}

static enum style severity_style(uint8_t severity)
{
	static const enum style styles[] = {STYLE_OK, STYLE_INFO, STYLE_WARN,
					    STYLE_HIGH};

	return styles[severity < 4 ? severity : 0];
}

static int draw_path(const struct map_detail *m, struct surface *out, int row)
{
	CLEANUP(buf_deinit) struct buf b = {0};
	uint32_t i;

	buf_printf(&b, "root %s", m->root_kind);
	if (m->goroutine)
		buf_printf(&b, " g%" PRId64, m->goroutine);
	buf_adds(&b, ": ");
	for (i = 0; i < m->path_count; i++)
		buf_printf(&b, "%s%s", i ? " -> " : "", m->path[i]);
	buf_printf(&b, "   refs %" PRIu32, m->row.holders);
	surface_put_names(out, row, 1, out->cols - 1, STYLE_NORMAL,
			  buf_str(&b));
	return row + 1;
}

static int draw_numbers(const struct map_detail *m, struct surface *out,
			int row)
{
	CLEANUP(buf_deinit) struct buf b = {0};
	char flags[MAP_FLAG_TEXT];
	double full = m->row.load_max > 0
			      ? (double)m->row.load / (double)m->row.load_max
			      : 0;
	int col;

	map_flags_text(m->row.flags, flags);
	col = surface_printf(out, row, 1, STYLE_NORMAL, "addr 0x%" PRIx64 "  ",
			     m->row.addr);
	surface_printf(out, row++, 1 + col, severity_style(m->row.severity),
		       "%s %s", flags,
		       severity_name((enum severity)m->row.severity));
	buf_adds(&b, "entries ");
	text_count(&b, m->row.count);
	buf_adds(&b, "  live ");
	text_count(&b, m->row.live);
	buf_adds(&b, "  slots ");
	text_count(&b, m->row.slots);
	surface_put_names(out, row++, 1, out->cols, STYLE_NORMAL, buf_str(&b));
	surface_printf(out, row++, 1, STYLE_NORMAL,
		       "load    %.3f of %.3f (%.0f%% of the most)",
		       (double)m->row.load, (double)m->row.load_max,
		       full * 100);
	buf_clear(&b);
	buf_adds(&b, "storage ");
	add_size(&b, m->row.storage_bytes);
	buf_adds(&b, "  waste ");
	add_size(&b, m->row.waste_bytes);
	buf_adds(&b, "  retained ");
	add_size(&b, m->row.retained_bytes);
	surface_put_names(out, row++, 1, out->cols, STYLE_NORMAL, buf_str(&b));
	surface_printf(out, row++, 1, STYLE_NORMAL,
		       "key %" PRIu64 " B %s  elem %" PRIu64 " B  slot %" PRIu64
		       " B  %s %" PRIu64 " B",
		       m->key_bytes, "", m->elem_bytes, m->slot_bytes,
		       m->row.swiss ? "group" : "bucket", m->unit_bytes);
	return row;
}

static int draw_growth(const struct map_detail *m, struct surface *out, int row)
{
	if (m->row.swiss) {
		surface_printf(out, row, 1, STYLE_NORMAL,
			       "tables %" PRIu64 " (depth %u)  groups %" PRIu64
			       "  tombstones %" PRIu64 "  growth left %" PRIu64,
			       m->tables, m->global_depth, m->groups,
			       m->row.tombstones, m->growth_left);
		return row + 1;
	}
	surface_printf(out, row, 1, STYLE_NORMAL,
		       "buckets %" PRIu64 " (B=%u)  overflow %" PRIu64
		       " (header says %" PRIu64 ")",
		       m->buckets, m->row.b, m->overflow_buckets, m->noverflow);
	row++;
	if (m->old_buckets)
		surface_printf(out, row++, 1, STYLE_WARN,
			       "growing%s: %" PRIu64 " of %" PRIu64
			       " old buckets evacuated (%" PRIu64 "%%)",
			       m->same_size_grow ? " (same size)" : " 2x",
			       m->evacuated, m->old_buckets,
			       m->evacuated * 100 / m->old_buckets);
	return row;
}

static void draw_bar(struct surface *out, int row, int col, int width,
		     uint64_t n, uint64_t most)
{
	int bar = most ? (int)((double)n * width / (double)most + 0.5) : 0;

	surface_fill(out, row, col, bar, STYLE_INFO, '#');
}

static void draw_histogram(const struct map_detail *m, struct surface *out,
			   int row, int rows)
{
	static const struct {
		unsigned from, to;
		const char *label;
	} ranges[] = {{1, 2, "  1"},  {2, 3, "  2"},	{3, 4, "  3"},
		      {4, 8, " 4-7"}, {8, 16, " 8-15"}, {16, 33, ">=16"}};
	int wide = out->cols >= 100 ? 48 : out->cols / 2 - 26, i;
	bool known = false;
	unsigned k;

	for (k = 0; k < MAP_HISTOGRAM; k++)
		known |= m->expected[k] > 0;
	surface_printf(out, row, 1, STYLE_HEADER, "CHAIN %s",
		       !strcmp(m->metric, "buckets")	  ? "buckets"
		       : !strcmp(m->metric, "hit_groups") ? "groups per hit"
							  : "groups per miss");
	surface_put(out, row + 1, 1, out->cols, STYLE_DIM,
		    " len       n     %  expect");
	for (i = 0; i < 6 && i + 2 < rows; i++) {
		uint64_t n = 0;
		double expect = 0;

		for (k = ranges[i].from; k < ranges[i].to; k++) {
			n += m->histogram[k - 1 < 31 ? k - 1 : 31];
			expect += m->expected[k - 1 < 31 ? k - 1 : 31];
			if (k >= MAP_HISTOGRAM)
				break;
		}
		surface_printf(out, row + 2 + i, 1, STYLE_NORMAL,
			       known ? "%5s %9" PRIu64 " %5.1f  %5.1f"
				     : "%5s %9" PRIu64 " %5.1f      -",
			       ranges[i].label, n,
			       m->histogram_total
				       ? 100.0 * (double)n /
						 (double)m->histogram_total
				       : 0.0,
			       expect * 100);
		draw_bar(out, row + 2 + i, 30, wide < 2 ? 2 : wide, n,
			 m->histogram_total);
	}
}

static void draw_occupancy(const struct map_detail *m, struct surface *out,
			   int row, int col, int rows)
{
	int width = out->cols - col - 2, line, i;
	uint32_t n = m->occupancy_count, at = 0;

	if (width > 64)
		width = 64;
	surface_printf(out, row, col, STYLE_HEADER,
		       "OCCUPANCY %" PRIu32 " cells", n);
	for (line = 1; line + 1 < rows && at < n; line++)
		for (i = 0; i < width && at < n; i++, at++) {
			static const char ramp[] = ".:-+#@";
			uint8_t v = m->occupancy[at];

			surface_fill(out, row + line, col + i, 1,
				     v < 31 ? STYLE_WARN : STYLE_NORMAL,
				     ramp[v * 6 / 256]);
		}
	if (line < rows)
		surface_put(out, row + line, col, width, STYLE_DIM,
			    ".<17 :<33 -<50 +<67 #<83 @full");
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct detail *d = screen->state;
	const struct map_detail *m = &d->map;
	int row = draw_path(m, out, 0), rest;

	row = draw_numbers(m, out, row);
	row = draw_growth(m, out, row);
	rest = out->rows - row - (*m->why ? 1 : 0) - (*m->fix ? 1 : 0);
	if (rest >= 4) {
		draw_histogram(m, out, row + 1, rest - 1);
		if (out->cols >= 78)
			draw_occupancy(m, out, row + 1,
				       out->cols >= 100 ? 82 : HIST_COLUMN + 12,
				       rest - 1);
	}
	row = out->rows - (*m->why ? 1 : 0) - (*m->fix ? 1 : 0);
	if (*m->why)
		surface_printf(out, row++, 1, STYLE_WARN, "Why: %s", m->why);
	if (*m->fix)
		surface_printf(out, row, 1, STYLE_OK, "Fix: %s", m->fix);
}

static void title(const struct screen *screen, struct buf *out)
{
	const struct detail *d = screen->state;

	buf_printf(out, "Maps > %s   %s", d->map.owner,
		   d->map.type ? d->map.type : "untyped");
}

static void command(const struct screen *screen, struct buf *out)
{
	const struct detail *d = screen->state;

	buf_printf(out, "mapscope map %s 0x%" PRIx64, app_target(screen->app),
		   d->addr);
}

static uint64_t address(const struct screen *screen)
{
	const struct detail *d = screen->state;

	return d->addr;
}

static const enum action hints[] = {
	ACTION_ENTRIES,	 ACTION_UNITS, ACTION_REFS,  ACTION_DOMINATED,
	ACTION_PREVIOUS, ACTION_NEXT,  ACTION_CLOSE, ACTION_NONE};

const struct screen_ops detail_screen = {
	.name = "Map",
	.state_size = sizeof(struct detail),
	.open = open,
	.close = close,
	.act = act,
	.update = update,
	.draw = draw,
	.title = title,
	.command = command,
	.address = address,
	.hints = hints,
	.without_memory = true,
};
