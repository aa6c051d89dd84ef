#include "tui/widgets/list_view.h"

#include <ctype.h>
#include <inttypes.h>
#include <regex.h>
#include <string.h>

#include "core/base/text.h"

enum {
	MAX_COLUMNS = 64,
	GAP = 1,
	BAR = 10,
	SHARE = 5,
	BARS_MIN_COLS = 60,
	LONG_TEXT = 24
};

static uint32_t clamp_cursor(const struct list_view *view, int64_t to)
{
	if (!view->list.count || to < 0)
		return 0;
	if (to >= view->list.count)
		return view->list.count - 1;
	return (uint32_t)to;
}

static void keep_visible(struct list_view *view, int rows)
{
	uint32_t page = rows > 1 ? (uint32_t)rows : 1;

	if (view->cursor < view->top)
		view->top = view->cursor;
	if (view->cursor >= view->top + page)
		view->top = view->cursor - page + 1;
}

bool list_view_act(struct list_view *view, enum action action, int rows)
{
	int64_t step;

	if (!action_moves(action, rows > 2 ? rows - 1 : 1, &step))
		return false;
	view->cursor = clamp_cursor(view, view->cursor + step);
	keep_visible(view, rows);
	return true;
}

void list_view_set_model(struct list_view *view, const void *model)
{
	const struct list_kind *kind = view->list.kind;
	uint64_t identity = 0;
	bool have = view->cursor < view->list.count;

	if (have)
		identity = kind->identity(view->list.model,
					  list_row(&view->list, view->cursor));
	list_set_model(&view->list, model);
	if (have)
		view->cursor = list_position(&view->list, identity);
	view->cursor = clamp_cursor(view, view->cursor);
}

static bool row_matches(const struct list_view *view, uint32_t position,
			const regex_t *regex)
{
	const struct list_kind *kind = view->list.kind;
	uint32_t i;

	for (i = 0; i < kind->column_count; i++) {
		struct cell cell;

		if (kind->columns[i].kind != COLUMN_TEXT)
			continue;
		list_cell(&view->list, position, (int)i, &cell);
		if (cell.known && cell.text &&
		    !regexec(regex, cell.text, 0, NULL, 0))
			return true;
	}
	return false;
}

bool list_view_search(struct list_view *view, const char *text, bool backward,
		      bool from_here)
{
	uint32_t n = view->list.count, i, at = view->cursor;
	int flags = REG_EXTENDED | REG_NOSUB | REG_ICASE;
	const char *p;
	regex_t regex;
	bool found = false;

	for (p = text; *p; p++)
		if (isupper((unsigned char)*p))
			flags &= ~REG_ICASE;
	if (!n || !*text || regcomp(&regex, text, flags))
		return false;
	for (i = from_here ? 0 : 1;
	     i <= n && !found && !list_ended(&view->list, i); i++) {
		at = backward ? (view->cursor + n - i % n) % n
			      : (view->cursor + i) % n;
		found = row_matches(view, at, &regex);
	}
	regfree(&regex);
	if (found)
		view->cursor = at;
	return found;
}

void list_view_position(const struct list_view *view, struct buf *out)
{
	uint32_t n = view->list.count;

	buf_printf(out, "%" PRIu32 "/%" PRIu32, n ? view->cursor + 1 : 0, n);
	if (n < view->list.total)
		buf_printf(out, " of %" PRIu32, view->list.total);
	if (n)
		buf_printf(out, "  %" PRIu64 "%%",
			   (uint64_t)(view->cursor + 1) * 100 / n);
}

struct fit {
	int columns[MAX_COLUMNS], width[MAX_COLUMNS], count;
};

static bool is_text(const struct column *column)
{
	return column->kind == COLUMN_TEXT;
}

/* All columns of a priority below @p limit: do they fit at minimum width? */
static int least_width(const struct list_kind *kind, unsigned limit)
{
	int sum = 0;
	uint32_t i;

	for (i = 0; i < kind->column_count; i++)
		if (kind->columns[i].priority < limit)
			sum += kind->columns[i].min_width + GAP;
	return sum;
}

/*
 * Text columns get what they would like to have, the first ones first; what is
 * left then goes to those that hold long names.
 */
static void fit_texts(const struct list_kind *kind, int left, struct fit *ret)
{
	int i, more, first = -1, sum = 0, room;

	for (i = 0; i < ret->count && left > 0; i++) {
		const struct column *column = &kind->columns[ret->columns[i]];

		if (!is_text(column))
			continue;
		more = column->width - column->min_width;
		more = more < left ? more : left;
		ret->width[i] += more;
		left -= more;
		first = first < 0 ? i : first;
		sum += column->width >= LONG_TEXT ? column->width : 0;
	}
	for (i = 0, room = left; i < ret->count && sum && room > 0; i++) {
		const struct column *column = &kind->columns[ret->columns[i]];

		if (!is_text(column) || column->width < LONG_TEXT)
			continue;
		more = room * column->width / sum;
		ret->width[i] += more;
		left -= more;
	}
	if (first >= 0 && left > 0)
		ret->width[first] += left;
}

/* Drop the columns of the highest priorities until the rest fits, then give
 * what is left to the text columns. */
static void fit_columns(const struct list_kind *kind, int cols, struct fit *ret)
{
	unsigned limit = 1;
	int left = cols, i;
	uint32_t c;

	while (limit < 64 && least_width(kind, limit + 1) <= cols &&
	       limit <= kind->column_count)
		limit++;
	ret->count = 0;
	for (c = 0; c < kind->column_count && ret->count < MAX_COLUMNS; c++) {
		const struct column *column = &kind->columns[c];

		if (column->priority >= limit)
			continue;
		ret->columns[ret->count] = (int)c;
		ret->width[ret->count] = column->min_width;
		left -= column->min_width + GAP;
		ret->count++;
	}
	for (i = 0; i < ret->count && left > 0; i++) {
		const struct column *column = &kind->columns[ret->columns[i]];
		int more = column->width - column->min_width;

		if (is_text(column))
			continue;
		more = more < left ? more : left;
		ret->width[i] += more;
		left -= more;
	}
	fit_texts(kind, left, ret);
}

static enum style severity_style(uint64_t severity)
{
	static const enum style styles[] = {STYLE_NORMAL, STYLE_INFO,
					    STYLE_WARN, STYLE_HIGH};

	return styles[severity < 4 ? severity : 0];
}

/* Too long: of an owner the end says more than the beginning. */
static void put_text(struct surface *out, int row, int col, int width,
		     enum style style, const char *text, bool keep_end)
{
	CLEANUP(buf_deinit) struct buf names = {0};
	int have = surface_text_width(text), skip;

	if (have > width) {
		text_short_names(&names, text);
		text = buf_str(&names);
		have = surface_text_width(text);
	}
	skip = have - width + 1;
	if (have <= width) {
		surface_put(out, row, col, width, style, text);
		return;
	}
	if (!keep_end) {
		surface_put(out, row, col, width - 1, style, text);
		surface_put(out, row, col + width - 1, 1, style, "~");
		return;
	}
	while (skip > 0 && *text) {
		text++;
		while (((unsigned char)*text & 0xc0) == 0x80)
			text++;
		skip--;
	}
	surface_put(out, row, col, 1, style, "~");
	surface_put(out, row, col + 1, width - 1, style, text);
}

static const char *branch_text(const struct list_view *view, uint32_t position,
			       const struct column *column)
{
	static const char *const marks[] = {
		[LIST_LEAF] = "",
		[LIST_FOLDED] = "+ ",
		[LIST_UNFOLDED] = "- ",
		[LIST_CHILD] = "   ",
	};

	return view->list.kind->parent && !strcmp(column->key, "owner")
		       ? marks[list_branch(&view->list, position)]
		       : "";
}

static void put_cell(const struct list_view *view, struct surface *out, int row,
		     int col, int width, uint32_t position, int column,
		     enum style style)
{
	const struct column *c = &view->list.kind->columns[column];
	CLEANUP(buf_deinit) struct buf text = {0};
	struct cell cell;
	int have;

	list_cell(&view->list, position, column, &cell);
	buf_adds(&text, branch_text(view, position, c));
	cell_text(&text, c, &cell);
	if (style == STYLE_NORMAL && c->kind == COLUMN_SEVERITY)
		style = severity_style(cell.u);
	if (is_text(c) || c->kind == COLUMN_FLAGS) {
		put_text(out, row, col, width, style, buf_str(&text),
			 !strcmp(c->key, "owner"));
		return;
	}
	buf_clear(&text);
	cell_text_fit(&text, c, &cell, (size_t)width);
	have = surface_text_width(buf_str(&text));
	surface_put(out, row, col + (have < width ? width - have : 0), width,
		    style, buf_str(&text));
}

static void draw_header(const struct list_view *view, struct surface *out,
			int row, int col, const struct fit *fit)
{
	int i;

	for (i = 0; i < fit->count; i++) {
		const struct column *c =
			&view->list.kind->columns[fit->columns[i]];
		bool sorted = view->list.sort_column == fit->columns[i];
		CLEANUP(buf_deinit) struct buf title = {0};
		int have;

		buf_printf(&title, "%s%s", c->title,
			   !sorted		   ? ""
			   : view->list.descending ? "v"
						   : "^");
		have = surface_text_width(buf_str(&title));
		surface_put(out, row,
			    is_text(c) || c->kind == COLUMN_FLAGS ||
					    have > fit->width[i]
				    ? col
				    : col + fit->width[i] - have,
			    fit->width[i] + (have > fit->width[i]),
			    sorted ? STYLE_TITLE : STYLE_HEADER,
			    buf_str(&title));
		col += fit->width[i] + GAP;
	}
}

/* Columns that bars and marks take from the list. */
static int bars_width(const struct list_view *view, int cols)
{
	static const int widths[BARS_COUNT] = {0, BAR + 2, SHARE,
					       BAR + 2 + SHARE};

	return cols < BARS_MIN_COLS || view->list.sort_column < 0
		       ? 0
		       : widths[view->bars];
}

static int marks_width(const struct list_view *view)
{
	return view->list.tags.count ? 2 : 0;
}

static double weight(const struct list_view *view, uint32_t position)
{
	int column = view->list.sort_column;
	const struct column *c = &view->list.kind->columns[column];
	struct cell cell;

	list_cell(&view->list, position, column, &cell);
	if (!cell.known || is_text(c))
		return 0;
	return c->kind == COLUMN_COUNT || c->kind == COLUMN_BYTES
		       ? (double)cell.u
		       : cell.f;
}

/* A bar is relative to the largest row, a share to all rows shown. */
static void draw_bars(const struct list_view *view, struct surface *out,
		      int row, int rows, int col)
{
	double largest = 0, sum = 0;
	uint32_t i;
	int line;

	for (i = 0; i < view->list.count; i++) {
		double w = weight(view, i);

		largest = w > largest ? w : largest;
		if (list_branch(&view->list, i) != LIST_CHILD)
			sum += w;
	}
	for (line = 0; line < rows; line++) {
		uint32_t at = view->top + (uint32_t)line;
		double w = weight(view, at);
		int at_col = col, n;

		if (at >= view->list.count)
			break;
		if (view->bars != BARS_SHARE) {
			n = largest > 0 ? (int)(w / largest * BAR + 0.5) : 0;
			surface_put(out, row + line, at_col, 1, STYLE_DIM, "[");
			surface_fill(out, row + line, at_col + 1, n, STYLE_INFO,
				     '#');
			surface_put(out, row + line, at_col + BAR + 1, 1,
				    STYLE_DIM, "]");
			at_col += BAR + 2;
		}
		if (view->bars != BARS_BAR && sum > 0)
			surface_printf(out, row + line, at_col, STYLE_NORMAL,
				       "%3.0f%%", w / sum * 100);
	}
}

static bool is_minor(const struct list *list, uint32_t position)
{
	return list->kind->minor &&
	       list->kind->minor(list->model, list_row(list, position));
}

void list_view_draw(const struct list_view *view, struct surface *out, int row,
		    int rows, bool header)
{
	int i, line, col, marks = marks_width(view);
	int bars = bars_width(view, out->cols);
	struct fit fit = {0};

	fit_columns(view->list.kind, out->cols - marks - bars, &fit);
	if (header && rows > 1) {
		draw_header(view, out, row, marks, &fit);
		row++;
		rows--;
	}
	for (line = 0; line < rows; line++) {
		uint32_t position = view->top + (uint32_t)line;
		bool selected = position == view->cursor;
		enum style style = selected ? STYLE_SELECTED : STYLE_NORMAL;

		if (position >= view->list.count)
			break;
		if (selected)
			surface_fill(out, row + line, 0, out->cols, style, ' ');
		else if (view->dim && is_minor(&view->list, position))
			style = STYLE_DIM;
		if (list_is_tagged(&view->list, position)) {
			surface_put(out, row + line, 0, 1, STYLE_TAGGED, "*");
			style = selected ? style : STYLE_TAGGED;
		}
		for (i = 0, col = marks; i < fit.count; i++) {
			put_cell(view, out, row + line, col, fit.width[i],
				 position, fit.columns[i], style);
			col += fit.width[i] + GAP;
		}
	}
	if (bars)
		draw_bars(view, out, row, rows, out->cols - bars);
}

void list_view_draw_none(const struct list_view *view, struct surface *out,
			 int row, const char *why)
{
	const char *filter = view->list.filter;

	if (view->list.count)
		return;
	/* That one is not a person's. */
	if (filter && *filter && strcmp(filter, "std=no") != 0)
		why = "nothing matches the filter; Esc takes it away";
	surface_put_lines(out, row, 2, out->cols - 3, 3, STYLE_DIM, why);
}

int list_view_column_at(const struct list_view *view, int cols, int col)
{
	struct fit fit = {0};
	int i, at = marks_width(view);

	fit_columns(view->list.kind,
		    cols - marks_width(view) - bars_width(view, cols), &fit);
	for (i = 0; i < fit.count; i++) {
		at += fit.width[i] + GAP;
		if (col < at)
			return fit.columns[i];
	}
	return -1;
}
