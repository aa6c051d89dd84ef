/* One chain of buckets, or one group, slot by slot. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "tui/screen.h"

enum { UNITS_MAX = 64, JUMP_MAX = 4000000 };

struct units {
	uint64_t addr, table, index;
	uint32_t row;
	bool swiss;
	int first; /* line shown first */
	struct unit units[UNITS_MAX];
	uint32_t count;
};

static struct error *load(struct screen *screen)
{
	struct units *u = screen->state;

	u->count = 0;
	u->first = 0;
	return session_units(app_session(screen->app), u->row, u->table,
			     u->index, u->units, UNITS_MAX, &u->count);
}

static struct error *find(struct screen *screen)
{
	struct units *u = screen->state;
	const struct session *session = app_session(screen->app);
	CLEANUP(free_cleanup) char *which = NULL;
	struct error *err;
	uint32_t count;

	which = xasprintf("0x%" PRIx64, u->addr);
	if ((err = session_find_map(session, which, &u->row)))
		return err;
	u->swiss = session_maps(session, &count)[u->row].swiss;
	return load(screen);
}

static struct error *open(struct screen *screen, const void *arg)
{
	struct units *u = screen->state;
	const uint64_t *addr = arg;

	u->addr = *addr;
	return find(screen);
}

static uint64_t unit_count(const struct screen *screen)
{
	const struct units *u = screen->state;

	return session_unit_count(app_session(screen->app), u->row, u->table);
}

static void go(struct screen *screen, uint64_t table, uint64_t index)
{
	struct units *u = screen->state;
	struct units before = *u;
	struct error *err;

	u->table = table;
	u->index = index;
	err = index < unit_count(screen)
		      ? load(screen)
		      : error_new(ERROR_NOT_FOUND, "no more of them");
	if (!err)
		return;
	app_message(screen->app, "%s", err->message);
	error_free(err);
	*u = before;
}

/* The next chain or group that is odd, through all tables; it ends where it
 * began. */
static void jump(struct screen *screen)
{
	struct units *u = screen->state;
	struct units before = *u;
	uint64_t steps;

	for (steps = 0; steps < JUMP_MAX; steps++) {
		struct error *err;

		if (++u->index >= unit_count(screen)) {
			u->index = 0;
			u->table++;
			if (!unit_count(screen))
				u->table = 0;
		}
		if (u->table == before.table && u->index == before.index)
			break;
		err = load(screen);
		error_free(err);
		if (!err && units_odd(u->units, u->count, u->swiss))
			return;
	}
	*u = before;
	app_message(screen->app, u->swiss ? "no group with deleted slots"
					  : "no chain of more than three");
}

static void answer(struct screen *screen, enum action action, const char *text)
{
	const struct units *u = screen->state;
	char *end;
	uint64_t n = strtoull(text, &end, 0);

	(void)action;
	if (end == text || *end)
		app_message(screen->app, "not a number: %s", text);
	else
		go(screen, u->table, n);
}

static bool act(struct screen *screen, enum action action)
{
	struct units *u = screen->state;

	switch (action) {
	case ACTION_NEXT:
		go(screen, u->table, u->index + 1);
		return true;
	case ACTION_PREVIOUS:
		if (u->index)
			go(screen, u->table, u->index - 1);
		return true;
	case ACTION_TABLE_NEXT:
		go(screen, u->table + 1, 0);
		return true;
	case ACTION_TABLE_BACK:
		if (u->table)
			go(screen, u->table - 1, 0);
		return true;
	case ACTION_JUMP:
		jump(screen);
		return true;
	case ACTION_GO_TO:
		app_ask(screen->app, action, u->swiss ? "group: " : "bucket: ");
		return true;
	case ACTION_DOWN:
		u->first += u->first + 4 < (int)u->count * 10;
		return true;
	case ACTION_UP:
		u->first -= u->first > 0;
		return true;
	case ACTION_ENTRIES:
		app_push(screen->app, &entries_screen, &u->addr);
		return true;
	default:
		return false;
	}
}

static void draw_slot(const struct screen *screen, const struct unit_slot *slot,
		      unsigned i, struct surface *out, int row)
{
	const struct units *u = screen->state;
	const struct session *session = app_session(screen->app);
	CLEANUP(buf_deinit) struct buf key = {0};
	CLEANUP(buf_deinit) struct buf value = {0};
	int half = (out->cols - 26) / 2;
	enum style style = slot->live ? STYLE_NORMAL : STYLE_DIM;

	surface_printf(out, row, 1, style, "%u  %02x  %-15s", i, slot->control,
		       slot->state);
	if (!slot->live)
		return;
	unit_key_text(session, u->row, slot, app_redact(screen->app), &key);
	unit_value_text(session, u->row, slot, app_redact(screen->app), &value);
	surface_put(out, row, 24, half, STYLE_NORMAL, buf_str(&key));
	surface_put(out, row, 25 + half, half, STYLE_NORMAL, buf_str(&value));
}

static void draw_unit(const struct screen *screen, const struct unit *unit,
		      struct surface *out, int row)
{
	const struct units *u = screen->state;
	unsigned full = 0, i;

	for (i = 0; i < 8; i++)
		full += unit->slots[i].live;
	surface_printf(out, row, 1, STYLE_BOLD, "%s 0x%" PRIx64 "%s%s  %u of 8",
		       u->swiss ? "group" : "bucket", unit->addr,
		       unit->chain ? " overflow" : "", unit->old ? " old" : "",
		       full);
	for (i = 0; i < 8; i++)
		draw_slot(screen, &unit->slots[i], i, out, row + 1 + (int)i);
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct units *u = screen->state;
	uint32_t i;

	surface_printf(out, 0, 0, STYLE_HEADER, " #  %s STATE",
		       u->swiss ? "CTL" : "TOP");
	surface_put(out, 0, 24, out->cols, STYLE_HEADER, "KEY");
	surface_put(out, 0, 25 + (out->cols - 26) / 2, out->cols, STYLE_HEADER,
		    "VALUE");
	for (i = 0; i < u->count; i++)
		draw_unit(screen, &u->units[i], out,
			  1 + (int)i * 10 - u->first);
}

static void title(const struct screen *screen, struct buf *out)
{
	const struct units *u = screen->state;
	const struct session *session = app_session(screen->app);
	uint32_t count;
	const struct map_row *rows = session_maps(session, &count);

	buf_printf(out, "Maps > %s > ", map_row_owner(session, &rows[u->row]));
	if (u->swiss)
		buf_printf(out,
			   "table %" PRIu64 " > group %" PRIu64 "/%" PRIu64,
			   u->table, u->index, unit_count(screen));
	else
		buf_printf(out, "%sbucket %" PRIu64 "/%" PRIu64 "  chain %u",
			   u->table ? "old " : "", u->index, unit_count(screen),
			   u->count);
}

static void command(const struct screen *screen, struct buf *out)
{
	const struct units *u = screen->state;

	buf_printf(out, "mapscope map %s 0x%" PRIx64 " --buckets",
		   app_target(screen->app), u->addr);
}

static uint64_t address(const struct screen *screen)
{
	const struct units *u = screen->state;

	return u->count ? u->units[0].addr : 0;
}

static const enum action hints[] = {
	ACTION_PREVIOUS, ACTION_NEXT,	ACTION_JUMP,  ACTION_GO_TO,
	ACTION_ENTRIES,	 ACTION_REDACT, ACTION_CLOSE, ACTION_NONE};

const struct screen_ops units_screen = {
	.name = "Buckets",
	.state_size = sizeof(struct units),
	.open = open,
	.act = act,
	.update = find,
	.draw = draw,
	.title = title,
	.command = command,
	.address = address,
	.answer = answer,
	.hints = hints,
};
