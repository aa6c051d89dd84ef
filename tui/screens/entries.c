/* Keys and values of a map, a page at a time. */
#include <inttypes.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/xalloc.h"
#include "core/session/entry_table.h"
#include "core/session/inspect.h"
#include "core/session/map_key.h"
#include "tui/screen.h"

static const uint64_t SEARCH_NS = 2000000000;

struct view {
	uint64_t addr;
	uint32_t row;
	struct entries *entries;
	uint64_t cursor, top;
};

static struct error *load(struct screen *screen)
{
	struct view *v = screen->state;
	const struct session *session = app_session(screen->app);
	CLEANUP(free_cleanup) char *which = NULL;
	struct error *err;

	which = xasprintf("0x%" PRIx64, v->addr);
	if ((err = session_find_map(session, which, &v->row)))
		return err;
	entries_close(v->entries);
	v->entries = entries_open(session, v->row);
	if (v->cursor >= entries_count(v->entries))
		v->cursor = v->top = 0;
	return NULL;
}

static struct error *open(struct screen *screen, const void *arg)
{
	struct view *v = screen->state;
	const uint64_t *addr = arg;

	v->addr = *addr;
	return load(screen);
}

static void close(struct screen *screen)
{
	struct view *v = screen->state;

	entries_close(v->entries);
}

static void move(struct view *v, int64_t to, int rows)
{
	int64_t count = (int64_t)entries_count(v->entries);
	uint64_t page = rows > 2 ? (uint64_t)rows - 1 : 1;

	if (to >= count)
		to = count - 1;
	v->cursor = to < 0 ? 0 : (uint64_t)to;
	if (v->cursor < v->top)
		v->top = v->cursor;
	if (v->cursor >= v->top + page)
		v->top = v->cursor - page + 1;
}

static void open_value(struct screen *screen)
{
	struct view *v = screen->state;
	uint32_t type = map_value_type(app_session(screen->app), v->row);
	CLEANUP(buf_deinit) struct buf key = {0};
	struct entry entry;
	struct error *err = entries_get(v->entries, v->cursor, &entry);

	if (err || !type || !entry.elem_addr) {
		error_free(err);
		return;
	}
	buf_addc(&key, '[');
	entry_key_text(v->entries, &entry, app_redact(screen->app), &key);
	buf_addc(&key, ']');
	app_push(screen->app, &value_screen,
		 &(struct value_arg){.type = type,
				     .addr = entry.elem_addr,
				     .name = buf_str(&key)});
}

static void open_units(struct screen *screen)
{
	const struct view *v = screen->state;
	struct entry e;
	struct error *err = entries_get(v->entries, v->cursor, &e);

	app_push_units(screen->app, v->addr, err ? NULL : &e);
	error_free(err);
}

/*
 * Orders and groups are a screen of their own above this one. What sorts goes
 * on to it: not handled here, the app then acts on its list.
 */
static bool open_order(struct screen *screen, enum action action)
{
	struct view *v = screen->state;
	bool grouped = action == ACTION_GROUP || action == ACTION_DUPLICATES;

	app_push(screen->app, &order_screen,
		 &(struct order_arg){
			 .addr = v->addr,
			 .grouping = grouped ? ENTRY_BY_VALUE : ENTRY_SINGLE,
			 .duplicates = action == ACTION_DUPLICATES});
	return grouped;
}

static bool act(struct screen *screen, enum action action)
{
	struct view *v = screen->state;
	int64_t page = screen->rows > 3 ? screen->rows - 2 : 1, step;

	if (action_moves(action, page, &step)) {
		move(v, (int64_t)v->cursor + step, screen->rows);
		return true;
	}
	switch (action) {
	case ACTION_GO_TO:
		app_ask(screen->app, action, "entry: ");
		return true;
	case ACTION_FOCUS:
		app_ask(screen->app, action, "key: ");
		return true;
	case ACTION_SORT:
	case ACTION_SORT_LEFT:
	case ACTION_SORT_RIGHT:
	case ACTION_FILTER:
	case ACTION_GROUP:
	case ACTION_DUPLICATES:
		return open_order(screen, action);
	case ACTION_UNITS:
		open_units(screen);
		return true;
	case ACTION_OPEN:
	case ACTION_VALUE:
		open_value(screen);
		return true;
	default:
		return false;
	}
}

/* Its number in the walk is found by walking; too far is too far. */
static void go_to_key(struct screen *screen, const struct entry *wanted)
{
	struct view *v = screen->state;
	uint64_t i, until = clock_now() + SEARCH_NS;
	struct entry entry;
	struct error *err;

	for (i = 0; i < entries_count(v->entries); i++) {
		if ((err = entries_get(v->entries, i, &entry))) {
			error_free(err);
			break;
		}
		if (entry.key_addr == wanted->key_addr &&
		    entry.unit == wanted->unit && entry.slot == wanted->slot) {
			move(v, (int64_t)i, screen->rows);
			return;
		}
		if (!(i & 4095) && clock_now() > until)
			break;
	}
	app_message(screen->app,
		    "it is there, but far away: slot %u of %" PRIu64,
		    wanted->slot, wanted->unit);
}

static void find_key(struct screen *screen, const char *text)
{
	const struct view *v = screen->state;
	CLEANUP(buf_deinit) struct buf place = {0};
	struct map_key key;
	struct error *err =
		map_key_load(app_session(screen->app), v->row, text, &key);

	if (err) {
		app_message(screen->app, "%s", err->message);
		error_free(err);
		return;
	}
	if (key.found) {
		go_to_key(screen, &key.entry);
		return;
	}
	if (key.hashed) {
		buf_adds(&place, "; it would go to ");
		map_key_place(&key, &place);
	}
	app_message(screen->app, "no such key%s", buf_str(&place));
}

static void answer(struct screen *screen, enum action action, const char *text)
{
	char *end;
	uint64_t n = strtoull(text, &end, 0);

	if (action == ACTION_FOCUS) {
		find_key(screen, text);
		return;
	}
	if (end == text || *end || n > INT64_MAX / 2)
		app_message(screen->app, "not a number: %s", text);
	else
		move(screen->state, (int64_t)n, screen->rows);
}

/* Keys, then values; gives up after a while, the next `n` goes on. */
static bool search(struct screen *screen, const char *text, bool backward)
{
	struct view *v = screen->state;
	uint64_t count = entries_count(v->entries), i, at;
	uint64_t until = clock_now() + SEARCH_NS;
	bool found = false;
	regex_t regex;

	if (!count || regcomp(&regex, text, REG_EXTENDED | REG_NOSUB))
		return false;
	for (i = 1; i <= count && !found && clock_now() < until; i++) {
		CLEANUP(buf_deinit) struct buf b = {0};
		struct entry entry;
		struct error *err;

		at = (backward ? v->cursor + count - i : v->cursor + i) % count;
		err = entries_get(v->entries, at, &entry);
		if (err) {
			error_free(err);
			break;
		}
		entry_key_text(v->entries, &entry, false, &b);
		buf_addc(&b, ' ');
		entry_value_text(v->entries, &entry, false, &b);
		found = !regexec(&regex, buf_str(&b), 0, NULL, 0);
		if (found)
			move(v, (int64_t)at, screen->rows);
	}
	regfree(&regex);
	return found;
}

static void draw_entry(const struct screen *screen, uint64_t index,
		       struct surface *out, int row)
{
	const struct view *v = screen->state;
	CLEANUP(buf_deinit) struct buf key = {0};
	CLEANUP(buf_deinit) struct buf value = {0};
	enum style style = index == v->cursor ? STYLE_SELECTED : STYLE_NORMAL;
	int half = (out->cols - 14) * 2 / 5;
	struct entry entry;
	struct error *err = entries_get(v->entries, index, &entry);

	if (err) {
		surface_put(out, row, 12, out->cols, STYLE_WARN, err->message);
		error_free(err);
		return;
	}
	if (index == v->cursor)
		surface_fill(out, row, 0, out->cols, style, ' ');
	entry_key_text(v->entries, &entry, app_redact(screen->app), &key);
	entry_value_text(v->entries, &entry, app_redact(screen->app), &value);
	surface_printf(out, row, 0, style, "%10" PRIu64, index);
	surface_put(out, row, 12, half, style, buf_str(&key));
	surface_put(out, row, 13 + half, out->cols - 13 - half, style,
		    buf_str(&value));
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct view *v = screen->state;
	uint64_t count = entries_count(v->entries);
	int row;

	surface_put(out, 0, 9, 3, STYLE_HEADER, "#");
	surface_put(out, 0, 12, out->cols, STYLE_HEADER, "KEY");
	surface_put(out, 0, 13 + (out->cols - 14) * 2 / 5, out->cols,
		    STYLE_HEADER, "VALUE");
	for (row = 1; row < out->rows && v->top + (uint64_t)row - 1 < count;
	     row++)
		draw_entry(screen, v->top + (uint64_t)row - 1, out, row);
	if (!count)
		surface_put(out, 2, 2, out->cols, STYLE_DIM, "no entries");
}

static void title(const struct screen *screen, struct buf *out)
{
	const struct view *v = screen->state;
	const struct session *session = app_session(screen->app);
	uint32_t count;
	const struct map_row *rows = session_maps(session, &count);

	buf_printf(out, "Maps > %s > entries  %" PRIu64 "/%" PRIu64,
		   map_row_owner(session, &rows[v->row]),
		   entries_count(v->entries) ? v->cursor + 1 : 0,
		   entries_count(v->entries));
}

static void status(const struct screen *screen, struct buf *out)
{
	const struct view *v = screen->state;
	uint32_t count;
	const struct map_row *rows =
		session_maps(app_session(screen->app), &count);
	struct entry entry;
	struct error *err = entries_get(v->entries, v->cursor, &entry);

	if (err) {
		error_free(err);
		return;
	}
	if (rows[v->row].swiss)
		buf_printf(out, "table %" PRIu64 " group %" PRIu64 " slot %u",
			   entry.table, entry.unit, entry.slot);
	else
		buf_printf(out, "%sbucket %" PRIu64 " chain %u slot %u",
			   entry.old ? "old " : "", entry.unit, entry.chain,
			   entry.slot);
	buf_printf(out, "  key 0x%" PRIx64 "  value 0x%" PRIx64, entry.key_addr,
		   entry.elem_addr);
}

static void command(const struct screen *screen, struct buf *out)
{
	const struct view *v = screen->state;

	buf_printf(out,
		   "mapscope entries %s 0x%" PRIx64 " --range %" PRIu64
		   ":%" PRIu64,
		   app_target(screen->app), v->addr, v->top,
		   v->top + (uint64_t)screen->rows);
}

static uint64_t address(const struct screen *screen)
{
	const struct view *v = screen->state;
	struct entry entry = {0};

	error_free(entries_get(v->entries, v->cursor, &entry));
	return entry.elem_addr;
}

static const enum action hints[] = {
	ACTION_OPEN,   ACTION_SEARCH,	  ACTION_SORT,
	ACTION_GROUP,  ACTION_DUPLICATES, ACTION_UNITS,
	ACTION_REDACT, ACTION_CLOSE,	  ACTION_NONE};

const struct screen_ops entries_screen = {
	.name = "Entries",
	.state_size = sizeof(struct view),
	.open = open,
	.close = close,
	.act = act,
	.update = load,
	.draw = draw,
	.title = title,
	.status = status,
	.search = search,
	.command = command,
	.address = address,
	.answer = answer,
	.hints = hints,
};
