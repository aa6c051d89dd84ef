/* What changed from the base to the sample: maps, types, goroutines. */
#include "core/session/diff.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "tui/screen.h"
#include "tui/tabs.h"

enum { HEAD_ROWS = 1, MAX_VERDICT = 6, MIN_LIST = 5 };

enum subject { SUBJECT_MAPS, SUBJECT_TYPES, SUBJECT_GOROUTINES, SUBJECTS };

/* Of maps; the others have both sides and the change side by side. */
enum show { SHOW_DELTA, SHOW_ABSOLUTE, SHOW_PERCENT, SHOWS };

static const struct {
	const struct list_kind *kind;
	const char *name;
} shows[SHOWS] = {{&diff_list_kind, ""},
		  {&diff_absolute_list_kind, " both sides"},
		  {&diff_percent_list_kind, " in percent"}};

struct diff_screen {
	bool compared; /* there is a base */
	bool same;     /* unchanged rows too */
	bool std;
	enum subject subject;
	enum show show;
	enum map_group_by by;
	struct diff diff;
	struct diff_counts types, goroutines;
	struct list_view maps, type_list, goroutine_list;
};

static struct list_view *view_of(struct diff_screen *d)
{
	return d->subject == SUBJECT_MAPS    ? &d->maps
	       : d->subject == SUBJECT_TYPES ? &d->type_list
					     : &d->goroutine_list;
}

static struct error *compare(struct screen *screen)
{
	struct diff_screen *d = screen->state;
	const struct session *base = app_base(screen->app);
	struct error *err;

	d->compared = false;
	d->diff = (struct diff){0};
	if (!base)
		return NULL;
	err = diff_load(base, app_session(screen->app), d->by, &d->diff);
	if (err) {
		diff_deinit(&d->diff);
		return err;
	}
	diff_keep(&d->diff, d->same ? ~0u : ~(1u << DIFF_SAME), 0, d->std);
	d->types = (struct diff_counts){d->diff.types, d->diff.type_count};
	d->goroutines = (struct diff_counts){d->diff.goroutines,
					     d->diff.goroutine_count};
	d->compared = true;
	return NULL;
}

static void unload(struct diff_screen *d)
{
	list_deinit(&d->maps.list);
	list_deinit(&d->type_list.list);
	list_deinit(&d->goroutine_list.list);
	diff_deinit(&d->diff);
}

static struct error *load(struct screen *screen)
{
	struct diff_screen *d = screen->state;
	struct error *err = compare(screen);

	list_init(&d->maps.list, shows[d->show].kind, &d->diff);
	list_init(&d->type_list.list, &diff_type_list_kind, &d->types);
	list_init(&d->goroutine_list.list, &diff_goroutine_list_kind,
		  &d->goroutines);
	d->maps.cursor = d->maps.top = 0;
	d->type_list.cursor = d->type_list.top = 0;
	d->goroutine_list.cursor = d->goroutine_list.top = 0;
	return err;
}

static struct error *open(struct screen *screen, const void *arg)
{
	(void)arg;
	return load(screen);
}

static void close(struct screen *screen)
{
	unload(screen->state);
}

/* The same rows stay selected as far as they exist. */
static struct error *update(struct screen *screen)
{
	struct diff_screen *d = screen->state, old = *d;
	struct error *err;

	d->types = d->goroutines = (struct diff_counts){0};
	err = compare(screen);
	d->maps.list.model = &old.diff;
	d->type_list.list.model = &old.types;
	d->goroutine_list.list.model = &old.goroutines;
	list_view_set_model(&d->maps, &d->diff);
	list_view_set_model(&d->type_list, &d->types);
	list_view_set_model(&d->goroutine_list, &d->goroutines);
	diff_deinit(&old.diff);
	return err;
}

static void reload(struct screen *screen)
{
	struct error *err;

	unload(screen->state);
	err = load(screen);
	if (err)
		app_message(screen->app, "%s", err->message);
	error_free(err);
}

/* The maps of a row as they are now. */
static void open_row(struct screen *screen)
{
	struct diff_screen *d = screen->state;
	uint32_t row = list_row(&d->maps.list, d->maps.cursor);
	const struct diff_row *r;

	if (!d->compared || d->subject != SUBJECT_MAPS || row >= d->diff.count)
		return;
	r = &d->diff.rows[row];
	if (!r->b.maps)
		app_message(screen->app, "it is not in this sample any more");
	else if (d->by == GROUP_NONE)
		app_push(screen->app, &detail_screen, &r->addr);
	else if (d->by == GROUP_OWNER)
		app_push(screen->app, &maps_screen, r->name);
}

static void next_group(struct screen *screen)
{
	struct diff_screen *d = screen->state;

	d->by = d->by == GROUP_NONE ? GROUP_OWNER
				    : (enum map_group_by)(d->by + 1);
	if (d->by == GROUP_NONE && !d->diff.same_process)
		d->by = GROUP_OWNER;
	reload(screen);
}

/* The row stays selected, whatever the columns. */
static void next_show(struct screen *screen)
{
	struct diff_screen *d = screen->state;
	CLEANUP(free_cleanup) char *filter = NULL;
	uint32_t row = list_row(&d->maps.list, d->maps.cursor);

	if (!d->compared || d->subject != SUBJECT_MAPS) {
		app_message(screen->app, "both sides are shown already");
		return;
	}
	filter = xstrdup(d->maps.list.filter);
	list_deinit(&d->maps.list);
	d->show = (d->show + 1) % SHOWS;
	list_init(&d->maps.list, shows[d->show].kind, &d->diff);
	/* It may name a column that is not there. */
	error_free(list_filter(&d->maps.list, filter));
	for (d->maps.cursor = 0; d->maps.cursor < d->maps.list.count;
	     d->maps.cursor++)
		if (list_row(&d->maps.list, d->maps.cursor) == row)
			return;
	d->maps.cursor = d->maps.top = 0;
}

static bool act(struct screen *screen, enum action action)
{
	struct diff_screen *d = screen->state;

	switch (action) {
	case ACTION_OPEN:
		open_row(screen);
		return true;
	case ACTION_GROUP:
		if (d->compared && d->subject == SUBJECT_MAPS)
			next_group(screen);
		return true;
	case ACTION_CLASSES:
		d->subject = (d->subject + 1) % SUBJECTS;
		return true;
	case ACTION_DELTA:
		next_show(screen);
		return true;
	case ACTION_PREVIOUS:
	case ACTION_NEXT:
		app_base_step(screen->app, action == ACTION_NEXT ? 1 : -1);
		return true;
	case ACTION_MORE:
	case ACTION_FOCUS:
		d->same = !d->same;
		reload(screen);
		return true;
	case ACTION_STD:
		d->std = !d->std;
		reload(screen);
		return true;
	default:
		return false;
	}
}

static void add_moment(struct buf *out, const struct session_info *info)
{
	text_clock(out, info->time_ns);
	buf_printf(out, " %s", info->kind);
}

/* Of one process its name is said once. */
static void add_both(struct buf *out, const struct diff_screen *d)
{
	struct session_info a, b;

	session_info(d->diff.a, &a);
	session_info(d->diff.b, &b);
	buf_adds(out, "base ");
	if (!d->diff.same_process)
		buf_printf(out, "%s[%d] ", a.name, (int)a.pid);
	add_moment(out, &a);
	buf_adds(out, "  now ");
	if (!d->diff.same_process)
		buf_printf(out, "%s[%d] ", b.name, (int)b.pid);
	add_moment(out, &b);
	if (!d->diff.same_process || b.time_ns < a.time_ns)
		return;
	buf_adds(out, "  after ");
	text_duration(out, b.time_ns - a.time_ns);
	buf_printf(out, "  %s[%d]", b.name, (int)b.pid);
}

static void draw_head(const struct diff_screen *d, struct surface *out)
{
	CLEANUP(buf_deinit) struct buf text = {0};

	add_both(&text, d);
	surface_put(out, 0, 1, out->cols - 1, STYLE_INFO, buf_str(&text));
}

/* As many whole sentences as leave the list its rows. */
static uint32_t sentences_shown(const struct diff *diff, int rows, int cols,
				int *lines_ret)
{
	int room = rows - HEAD_ROWS - MIN_LIST - 1, lines = 0;
	uint32_t i;

	for (i = 0; i < diff->sentence_count && i < MAX_VERDICT; i++) {
		int n = surface_count_lines(diff->sentences[i], cols - 2);

		if (lines + n > room)
			break;
		lines += n;
	}
	*lines_ret = lines;
	return i;
}

static enum style style_of_sentence(const char *text)
{
	return !strncmp(text, "LEAK", 4)    ? STYLE_HIGH
	       : !strncmp(text, "CHURN", 5) ? STYLE_WARN
	       : !strncmp(text, "GREW", 4)  ? STYLE_WARN
					    : STYLE_NORMAL;
}

static void draw_verdict(const struct diff *diff, struct surface *out)
{
	uint32_t i, count;
	int lines, row;

	count = sentences_shown(diff, out->rows, out->cols, &lines);
	row = out->rows - lines;
	if (count)
		surface_fill(out, row - 1, 0, out->cols, STYLE_DIM, '-');
	for (i = 0; i < count; i++)
		row += surface_put_lines(out, row, 1, out->cols - 2, out->rows,
					 style_of_sentence(diff->sentences[i]),
					 diff->sentences[i]);
}

static void list_place(const struct screen *screen, int *line_ret,
		       int *rows_ret)
{
	const struct diff_screen *d = screen->state;
	int lines;

	*line_ret = HEAD_ROWS;
	*rows_ret = screen->rows - HEAD_ROWS;
	if (d->compared &&
	    sentences_shown(&d->diff, screen->rows, screen->cols, &lines))
		*rows_ret -= lines + 1;
}

static void draw(const struct screen *screen, struct surface *out)
{
	struct diff_screen *d = screen->state;
	struct list_view *view = view_of(d);
	int line, rows;

	if (!d->compared) {
		surface_put(out, 1, 2, out->cols - 2, STYLE_NORMAL,
			    "nothing to compare with yet");
		surface_put(out, 3, 2, out->cols - 2, STYLE_DIM,
			    "M  makes the sample on screen the base; then R");
		surface_put(
			out, 4, 2, out->cols - 2, STYLE_DIM,
			"mapscope open BEFORE.msnap AFTER.msnap (or a PID)");
		return;
	}
	draw_head(d, out);
	list_place(screen, &line, &rows);
	list_view_draw(view, out, line, rows, true);
	list_view_draw_none(view, out, line + 2, "nothing changed");
	draw_verdict(&d->diff, out);
}

static void title(const struct screen *screen, struct buf *out)
{
	static const char *const subjects[] = {"", " types", " goroutines"};
	const struct diff_screen *d = screen->state;

	tabs_line(screen, out);
	if (d->subject == SUBJECT_MAPS)
		buf_printf(out, " by:%s%s", map_group_by_name(d->by),
			   shows[d->show].name);
	else
		buf_adds(out, subjects[d->subject]);
}

static void add_side(struct buf *out, const char *name,
		     const struct diff_side *side)
{
	buf_printf(out, "%s ", name);
	text_count(out, side->maps);
	buf_adds(out, side->maps == 1 ? " map " : " maps ");
	text_count(out, side->entries);
	buf_adds(out, " entries ");
	text_size(out, side->storage_bytes);
}

static void status(const struct screen *screen, struct buf *out)
{
	struct diff_screen *d = screen->state;
	uint32_t row = list_row(&d->maps.list, d->maps.cursor);
	const struct diff_row *r;

	if (!d->compared || d->subject != SUBJECT_MAPS || row >= d->diff.count)
		return;
	r = &d->diff.rows[row];
	buf_printf(out, "%s  ", r->type ? r->type : "several types");
	add_side(out, "was", &r->a);
	add_side(out, "  is", &r->b);
}

static struct list_view *list(struct screen *screen)
{
	struct diff_screen *d = screen->state;

	return d->compared ? view_of(d) : NULL;
}

static void command(const struct screen *screen, struct buf *out)
{
	const struct diff_screen *d = screen->state;

	buf_printf(out, "mapscope diff BASE.msnap %s --group %s",
		   app_target(screen->app), map_group_by_name(d->by));
}

static uint64_t address(const struct screen *screen)
{
	const struct diff_screen *d = screen->state;
	uint32_t row = list_row(&d->maps.list, d->maps.cursor);

	if (!d->compared || d->subject != SUBJECT_MAPS || row >= d->diff.count)
		return 0;
	return d->diff.rows[row].addr;
}

static const enum action hints[] = {
	ACTION_OPEN, ACTION_BASE,   ACTION_GROUP, ACTION_DELTA, ACTION_CLASSES,
	ACTION_MORE, ACTION_FILTER, ACTION_SORT,  ACTION_CLOSE, ACTION_NONE};

const struct screen_ops diff_screen = {
	.name = "Diff",
	.state_size = sizeof(struct diff_screen),
	.open = open,
	.close = close,
	.act = act,
	.update = update,
	.draw = draw,
	.title = title,
	.status = status,
	.list = list,
	.command = command,
	.address = address,
	.hints = hints,
	.list_place = list_place,
	.without_memory = true,
};
