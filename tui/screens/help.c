/* Keys and columns, made from the tables that give them. */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/containers.h"
#include "core/session/diff.h"
#include "core/session/entry_table.h"
#include "core/session/goroutine_list.h"
#include "core/session/memory.h"
#include "core/session/objects.h"
#include "core/session/series.h"
#include "core/session/warnings.h"
#include "tui/screen.h"

enum { RIGHT = 20, LEAST_WIDTH = 15, USUAL_WIDTH = 59 };

struct line {
	enum style style;
	char *left, *right; /* owned */
};

struct help {
	int top, found; /* found: the line that was searched for, -1 none */
	int width;	/* of the right column */
	struct line *lines;
	unsigned count, cap;
};

static void put_line(struct help *p, enum style style, const char *left,
		     const char *right, size_t bytes)
{
	GROW_ARRAY(p->lines, p->count, p->cap);
	p->lines[p->count++] =
		(struct line){style, xstrdup(left), xstrndup(right, bytes)};
}

/* What has no room goes on below. */
static void put(struct help *p, enum style style, const char *left,
		const char *right)
{
	do {
		size_t n = (size_t)surface_line_bytes(right, p->width);

		put_line(p, style, left, right, n);
		right += n;
		right += *right == ' ';
		left = "";
	} while (*right);
}

static void put_columns(struct help *p, const struct list_kind *kind)
{
	uint32_t i;

	put(p, STYLE_NORMAL, "", "");
	put(p, STYLE_HEADER, kind->name, "columns");
	for (i = 0; i < kind->column_count; i++)
		put(p, STYLE_BOLD, kind->columns[i].title,
		    kind->columns[i].help);
}

static void put_severities(struct help *p)
{
	put(p, STYLE_NORMAL, "", "");
	put(p, STYLE_HEADER, "Severities", "");
	put(p, STYLE_INFO, "info", "worth knowing");
	put(p, STYLE_WARN, "warn", "costs memory or time");
	put(p, STYLE_HIGH, "high", "costs much of it");
	put(p, STYLE_BOLD, ">=", "at least: a lower bound");
	put(p, STYLE_BOLD, "-", "not known");
	put(p, STYLE_BOLD, "~", "a name that is cut");
}

static void put_all(struct help *p)
{
	static const char *const flags[][2] = {
		{"S", "sparse: far below the load it could have"},
		{"T", "tombstones: deleted slots that slow misses"},
		{"E", "tiny or empty"},
		{"G", "growing"},
		{"O", "old buckets are still kept"},
		{"C c", "long chain; suspicious chain"},
		{"w W", "being written; torn: the walk disagrees"},
		{"? !", "type unknown; partly unreadable"},
	};
	size_t k;
	int i;

	put(p, STYLE_HEADER, "Keys",
	    "mapscope is READ-ONLY for its target; Tab: next part");
	for (i = 1; i < ACTION_COUNT; i++)
		put(p, STYLE_BOLD, action_info((enum action)i)->shown,
		    action_info((enum action)i)->help);
	put(p, STYLE_BOLD, "^C", "end what is going on; else quit");
	put(p, STYLE_BOLD, "^Z", "stop for now: the shell's fg comes back");
	put(p, STYLE_NORMAL, "", "");
	put(p, STYLE_HEADER, "Flags", "");
	for (k = 0; k < ARRAY_LEN(flags); k++)
		put(p, STYLE_BOLD, flags[k][0], flags[k][1]);
	put_severities(p);
	put_columns(p, &finding_list_kind);
	put_columns(p, &map_group_list_kind);
	put_columns(p, &map_list_kind);
	put_columns(p, &entry_list_kind);
	put_columns(p, &entry_group_list_kind);
	put_columns(p, &type_sample_list_kind);
	put_columns(p, &dominator_list_kind);
	put_columns(p, &container_list_kind);
	put_columns(p, &goroutine_list_kind);
	put_columns(p, &goroutine_group_list_kind);
	put_columns(p, &memory_list_kind);
	put_columns(p, &size_class_list_kind);
	put_columns(p, &span_class_list_kind);
	put_columns(p, &diff_list_kind);
	put_columns(p, &diff_absolute_list_kind);
	put_columns(p, &diff_percent_list_kind);
	put_columns(p, &series_list_kind);
	put_columns(p, &warning_list_kind);
	put(p, STYLE_NORMAL, "", "");
	put(p, STYLE_HEADER, "Filter",
	    "entries>1000 load<10% retained:1M..10M type~^map flag=S word");
	put(p, STYLE_NORMAL, "", "space = and, | = or, ! = not");
}

static struct error *open(struct screen *screen, const void *arg)
{
	struct help *h = screen->state;

	(void)arg;
	h->found = -1;
	h->width = screen->cols > RIGHT + LEAST_WIDTH ? screen->cols - RIGHT - 1
						      : USUAL_WIDTH;
	put_all(h);
	return NULL;
}

static void close(struct screen *screen)
{
	struct help *h = screen->state;
	unsigned i;

	for (i = 0; i < h->count; i++) {
		free(h->lines[i].left);
		free(h->lines[i].right);
	}
	free(h->lines);
}

static void show(struct screen *screen, int64_t top)
{
	struct help *h = screen->state;
	int last = (int)h->count - screen->rows;

	top = top > last ? last : top;
	h->top = top < 0 ? 0 : (int)top;
}

/* Parts begin with a header. */
static void next_part(struct screen *screen, int step)
{
	const struct help *h = screen->state;
	int at = h->top + step, n = (int)h->count;

	while (at > 0 && at < n && h->lines[at].style != STYLE_HEADER)
		at += step;
	show(screen, at >= n ? 0 : at);
}

static bool act(struct screen *screen, enum action action)
{
	const struct help *h = screen->state;
	int64_t page = screen->rows > 2 ? screen->rows - 1 : 1, step;

	if (action == ACTION_NEXT_SCREEN || action == ACTION_PREVIOUS_SCREEN) {
		next_part(screen, action == ACTION_NEXT_SCREEN ? 1 : -1);
		return true;
	}
	if (action == ACTION_OPEN)
		action = ACTION_PAGE_DOWN;
	if (!action_moves(action, page, &step))
		return false;
	show(screen, h->top + step);
	return true;
}

static bool search(struct screen *screen, const char *text, bool backward)
{
	struct help *h = screen->state;
	int i, at = h->found < 0 ? h->top : h->found, n = (int)h->count;
	bool found = false;
	regex_t regex;

	if (regcomp(&regex, text, REG_EXTENDED | REG_NOSUB | REG_ICASE))
		return false;
	for (i = 0; i < n && !found; i++) {
		at = (at + (backward ? n - 1 : 1)) % n;
		found = !regexec(&regex, h->lines[at].left, 0, NULL, 0) ||
			!regexec(&regex, h->lines[at].right, 0, NULL, 0);
	}
	regfree(&regex);
	if (!found)
		return false;
	h->found = at;
	show(screen, at - screen->rows / 2);
	return true;
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct help *h = screen->state;
	int row;

	for (row = 0; row < out->rows && h->top + row < (int)h->count; row++) {
		const struct line *l = &h->lines[h->top + row];
		bool found = h->top + row == h->found;

		if (found)
			surface_fill(out, row, 0, out->cols, STYLE_SELECTED,
				     ' ');
		surface_put(out, row, 1, 18, found ? STYLE_SELECTED : l->style,
			    l->left);
		surface_put(out, row, RIGHT, out->cols - RIGHT,
			    found		       ? STYLE_SELECTED
			    : l->style == STYLE_HEADER ? STYLE_HEADER
						       : STYLE_NORMAL,
			    l->right);
	}
}

static void title(const struct screen *screen, struct buf *out)
{
	const struct help *h = screen->state;
	unsigned last = (unsigned)(h->top + screen->rows);

	buf_printf(out, "Help  lines %d to %u of %u", h->top + 1,
		   last < h->count ? last : h->count, h->count);
}

static const enum action hints[] = {ACTION_SEARCH, ACTION_NEXT_SCREEN,
				    ACTION_CLOSE, ACTION_NONE};

static void command(const struct screen *screen, struct buf *out)
{
	(void)screen;
	buf_adds(out, "mapscope help keys");
}

const struct screen_ops help_screen = {
	.name = "Help",
	.state_size = sizeof(struct help),
	.open = open,
	.close = close,
	.act = act,
	.draw = draw,
	.title = title,
	.search = search,
	.command = command,
	.hints = hints,
	.without_memory = true,
};
