/* One chain of buckets, or one group, slot by slot, and those around it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/inspect.h"
#include "core/session/map_key.h"
#include "tui/screen.h"

enum {
	UNITS_MAX = 64,
	JUMP_MAX = 4000000,
	BLOCK = 128, /* units of the grid: all groups of a Swiss table */
	GRID_ROWS = 14,
	UNIT_LINES = 10,
};

/* What the grid shows of a chain or group. */
struct mark {
	uint8_t live; /* entries; more are as many */
	bool odd;
};

struct units {
	uint64_t addr, table, index;
	uint32_t row;
	bool swiss;
	struct unit units[UNITS_MAX];
	uint32_t count, cursor; /* slots before the selected one */
	struct mark marks[BLOCK];
	uint64_t block, block_table, block_count;
	uint64_t block_live, block_slots, block_deleted;
	bool block_known;
	struct map_probe probe; /* the way to the selected slot's key */
	bool probe_known;
};

static const struct unit_slot *selected(const struct units *u)
{
	return u->cursor / 8 < u->count
		       ? &u->units[u->cursor / 8].slots[u->cursor % 8]
		       : NULL;
}

static void select_slot(struct screen *screen, uint32_t cursor)
{
	struct units *u = screen->state;
	const struct unit_slot *slot;

	u->cursor = cursor;
	slot = selected(u);
	u->probe_known = slot && slot->live && slot->key_addr &&
			 map_slot_probe(app_session(screen->app), u->row,
					slot->key_addr, &u->probe);
}

static struct mark mark_of(const struct unit *units, uint32_t count, bool swiss)
{
	struct mark ret = {.odd = units_odd(units, count, swiss)};
	uint32_t i, slot;

	for (i = 0; i < count; i++)
		for (slot = 0; slot < 8 && ret.live < 10; slot++)
			ret.live += units[i].slots[slot].live;
	return ret;
}

static void count_slots(struct units *u, const struct unit *units,
			uint32_t count)
{
	uint32_t i, slot;

	for (i = 0; i < count; i++) {
		for (slot = 0; slot < 8; slot++) {
			const struct unit_slot *s = &units[i].slots[slot];

			u->block_live += s->live;
			u->block_deleted += u->swiss && s->control == 0xfe;
		}
	}
	u->block_slots += 8ULL * count;
}

/* The grid's part of the table, if it is another one now. */
static void load_block(struct screen *screen)
{
	struct units *u = screen->state;
	const struct session *session = app_session(screen->app);
	uint64_t block = u->index / BLOCK * BLOCK, all, i;
	struct unit units[UNITS_MAX];
	uint32_t count;

	if (u->block_known && u->block == block && u->block_table == u->table)
		return;
	all = session_unit_count(session, u->row, u->table);
	u->block = block;
	u->block_table = u->table;
	u->block_known = true;
	u->block_count = all - block < BLOCK ? all - block : BLOCK;
	u->block_live = u->block_slots = u->block_deleted = 0;
	for (i = 0; i < u->block_count; i++) {
		error_free(session_units(session, u->row, u->table, block + i,
					 units, UNITS_MAX, &count));
		count_slots(u, units, count);
		u->marks[i] = mark_of(units, count, u->swiss);
	}
}

static struct error *read_units(struct screen *screen)
{
	struct units *u = screen->state;

	u->count = 0;
	return session_units(app_session(screen->app), u->row, u->table,
			     u->index, u->units, UNITS_MAX, &u->count);
}

/* What belongs to the chain or group that was read. */
static void show(struct screen *screen)
{
	struct units *u = screen->state;
	uint32_t i;

	for (i = 0; i < u->count * 8; i++)
		if (u->units[i / 8].slots[i % 8].live)
			break;
	select_slot(screen, i < u->count * 8 ? i : 0);
	load_block(screen);
}

static struct error *load(struct screen *screen)
{
	struct error *err = read_units(screen);

	if (!err)
		show(screen);
	return err;
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
	u->block_known = false;
	return load(screen);
}

static struct error *open(struct screen *screen, const void *arg)
{
	struct units *u = screen->state;
	const struct units_arg *a = arg;
	struct error *err;

	u->addr = a->addr;
	u->table = a->table;
	u->index = a->index;
	err = find(screen);
	if (err || !a->slot)
		return err;
	select_slot(screen, a->chain * 8 + a->slot - 1);
	return NULL;
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
		err = read_units(screen);
		error_free(err);
		if (err || !units_odd(u->units, u->count, u->swiss))
			continue;
		show(screen);
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

static int grid_width(int cols)
{
	return cols >= BLOCK + 2 ? BLOCK : cols >= BLOCK / 2 + 2 ? 64 : 32;
}

/* By cells of the grid, which is all of the table. */
static void step(struct screen *screen, int64_t by)
{
	const struct units *u = screen->state;
	uint64_t last = unit_count(screen), to;

	if (!last--)
		return;
	to = u->index + (uint64_t)by;
	if (by < 0 && u->index < (uint64_t)-by)
		to = 0;
	else if (by > 0 && to > last)
		to = last;
	if (to == u->index)
		app_message(screen->app, "no more of them");
	else
		go(screen, u->table, to);
}

static void open_slot(struct screen *screen)
{
	const struct units *u = screen->state;
	const struct session *session = app_session(screen->app);
	const struct unit_slot *slot = selected(u);
	CLEANUP(buf_deinit) struct buf key = {0};
	uint32_t type = map_value_type(session, u->row);

	if (!slot || !slot->live || !slot->elem_addr || !type) {
		app_message(screen->app, "nothing in that slot");
		return;
	}
	buf_addc(&key, '[');
	unit_key_text(session, u->row, slot, app_redact(screen->app), &key);
	buf_addc(&key, ']');
	app_push(screen->app, &value_screen,
		 &(struct value_arg){.type = type,
				     .addr = slot->elem_addr,
				     .name = buf_str(&key)});
}

static bool move(struct screen *screen, enum action action)
{
	const struct units *u = screen->state;
	const int page = grid_width(screen->cols);

	switch (action) {
	case ACTION_DOWN:
		if (u->cursor + 1 < u->count * 8)
			select_slot(screen, u->cursor + 1);
		return true;
	case ACTION_UP:
		if (u->cursor)
			select_slot(screen, u->cursor - 1);
		return true;
	case ACTION_RIGHT:
	case ACTION_NEXT:
		step(screen, 1);
		return true;
	case ACTION_LEFT: /* from the first one it leads back */
		if (!u->index)
			return false;
		step(screen, -1);
		return true;
	case ACTION_PREVIOUS:
		step(screen, -1);
		return true;
	case ACTION_PAGE_DOWN:
		step(screen, page);
		return true;
	case ACTION_PAGE_UP:
		step(screen, -page);
		return true;
	case ACTION_HOME:
		go(screen, u->table, 0);
		return true;
	case ACTION_END:
		step(screen, INT64_MAX / 2);
		return true;
	default:
		return false;
	}
}

static bool act(struct screen *screen, enum action action)
{
	struct units *u = screen->state;

	switch (action) {
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
	case ACTION_OPEN:
	case ACTION_VALUE:
		open_slot(screen);
		return true;
	case ACTION_ENTRIES:
		app_push(screen->app, &entries_screen, &u->addr);
		return true;
	default:
		return move(screen, action);
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
	const struct unit_slot *chosen = selected(u);
	bool here = chosen && slot == chosen;
	enum style style = here		? STYLE_SELECTED
			   : slot->live ? STYLE_NORMAL
					: STYLE_DIM;

	if (here)
		surface_fill(out, row, 0, out->cols, style, ' ');
	surface_printf(out, row, 1, style, "%u  %02x  %-15s", i, slot->control,
		       slot->state);
	if (!slot->live)
		return;
	unit_key_text(session, u->row, slot, app_redact(screen->app), &key);
	unit_value_text(session, u->row, slot, app_redact(screen->app), &value);
	surface_put(out, row, 24, half, style, buf_str(&key));
	surface_put(out, row, 25 + half, half, style, buf_str(&value));
}

/* What misses do that come to the group. */
static const char *passing(const struct unit *unit, bool swiss)
{
	unsigned i;

	for (i = 0; swiss && i < 8; i++)
		if (unit->slots[i].control == 0x80)
			return "";
	return swiss ? ", no empty slot: misses probe on" : "";
}

static void draw_unit(const struct screen *screen, const struct unit *unit,
		      struct surface *out, int row)
{
	const struct units *u = screen->state;
	unsigned full = 0, deleted = 0, i;

	for (i = 0; i < 8; i++) {
		full += unit->slots[i].live;
		deleted += u->swiss && unit->slots[i].control == 0xfe;
	}
	if (row > 0 && row < out->rows)
		surface_printf(out, row, 1, STYLE_BOLD,
			       "%s 0x%" PRIx64 "%s%s  %u of 8%s%s",
			       u->swiss ? "group" : "bucket", unit->addr,
			       unit->chain ? " overflow" : "",
			       unit->old ? " old" : "", full,
			       deleted ? ", some deleted" : "",
			       passing(unit, u->swiss));
	for (i = 0; i < 8; i++)
		if (row + 1 + (int)i > 0)
			draw_slot(screen, &unit->slots[i], i, out,
				  row + 1 + (int)i);
}

/* On @p lines lines: of the table around the selected group, and the unit's own
 * first bytes. */
static void draw_memory(const struct screen *screen, struct surface *out,
			int row, int lines)
{
	const struct units *u = screen->state;
	const struct unit *unit = &u->units[u->cursor / 8];
	CLEANUP(buf_deinit) struct buf table = {0}, raw = {0};

	unit_table_text(unit, &table);
	unit_raw_text(unit, app_redact(screen->app), &raw);
	if (unit->table.addr) {
		surface_put(out, row++, 1, out->cols - 1, STYLE_NORMAL,
			    buf_str(&table));
		lines--;
	}
	if (lines)
		surface_put(out, row, 1, out->cols - 1, STYLE_DIM,
			    buf_str(&raw));
}

/* Where the selected key's lookup begins and how it goes on. */
static void draw_way(const struct units *u, struct surface *out, int row)
{
	const struct map_probe *p = &u->probe;
	CLEANUP(buf_deinit) struct buf text = {0};
	uint32_t i;

	if (!u->probe_known)
		return;
	buf_printf(&text, "slot %u  hash 0x%016" PRIx64, u->cursor % 8,
		   p->hash);
	if (!u->swiss || !p->home.small)
		buf_printf(&text, "  home %s%s %" PRIu64,
			   p->home.old ? "old " : "",
			   u->swiss ? "group" : "bucket", p->home.unit);
	buf_printf(&text, "  found in %s %" PRIu32,
		   u->swiss ? "probe" : "bucket", p->length);
	for (i = 0; u->swiss && p->length > 1 && i < p->length && i < 12; i++)
		buf_printf(&text, "%s%" PRIu32, i ? " > " : " (", p->steps[i]);
	if (u->swiss && p->length > 1)
		buf_adds(&text, i < p->length ? " ...)" : ")");
	surface_put(out, row, 1, out->cols - 1, STYLE_INFO, buf_str(&text));
}

static void draw_grid(const struct units *u, struct surface *out, int row)
{
	int width = grid_width(out->cols);
	char deleted[64] = "";
	uint64_t i;

	if (u->block_deleted)
		snprintf(deleted, sizeof(deleted),
			 ", bold with deleted slots (%" PRIu64 ")",
			 u->block_deleted);
	surface_printf(out, row, 1, STYLE_HEADER,
		       "%sS %" PRIu64 "-%" PRIu64 ": %" PRIu64 " of %" PRIu64
		       " slots full; entries of each%s",
		       u->swiss ? "GROUP" : "BUCKET", u->block,
		       u->block + u->block_count - 1, u->block_live,
		       u->block_slots, deleted);
	for (i = 0; i < u->block_count; i++) {
		const struct mark *m = &u->marks[i];
		enum style style = m->odd ? STYLE_WARN : STYLE_NORMAL;

		if (u->block + i == u->index)
			style = STYLE_SELECTED;
		surface_fill(out, row + 1 + (int)i / width, 1 + (int)i % width,
			     1, style,
			     !m->live	   ? '.'
			     : m->live > 9 ? '+'
					   : (char)('0' + m->live));
	}
}

/* Lines of the grid with the line above it, 0: no room. */
static int grid_lines(const struct units *u, const struct surface *out)
{
	int width = grid_width(out->cols);

	if (out->rows < GRID_ROWS || u->block_count < 2)
		return 0;
	return 2 + ((int)u->block_count + width - 1) / width;
}

/* Lines of draw_memory(); all slots of one unit come first. */
static int memory_lines(const struct units *u, const struct surface *out,
			int grid)
{
	int room = out->rows - grid - UNIT_LINES, want;

	if (room <= 0 || u->cursor / 8 >= u->count)
		return 0;
	want = 1 + (u->units[u->cursor / 8].table.addr != 0);
	return want < room ? want : room;
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct units *u = screen->state;
	int grid = grid_lines(u, out), memory = memory_lines(u, out, grid);
	int line, first = 0, shown, row;
	uint32_t i;

	shown = out->rows - 1 - grid - memory;
	line = (int)(u->cursor / 8 * UNIT_LINES + u->cursor % 8 + 1);
	if (line >= shown)
		first = line - shown + 1;
	for (i = 0; i < u->count; i++)
		draw_unit(screen, &u->units[i], out,
			  1 + (int)i * UNIT_LINES - first);
	for (row = shown + 1; row < out->rows; row++)
		surface_fill(out, row, 0, out->cols, STYLE_NORMAL, ' ');
	surface_fill(out, 0, 0, out->cols, STYLE_NORMAL, ' ');
	surface_printf(out, 0, 0, STYLE_HEADER, " #  %s STATE",
		       u->swiss ? "CTL" : "TOP");
	surface_put(out, 0, 24, out->cols, STYLE_HEADER, "KEY");
	surface_put(out, 0, 25 + (out->cols - 26) / 2, out->cols, STYLE_HEADER,
		    "VALUE");
	row = shown + 1;
	if (memory)
		draw_memory(screen, out, row, memory);
	row += memory;
	if (!grid)
		return;
	draw_way(u, out, row);
	draw_grid(u, out, row + 1);
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

	return u->count ? u->units[u->cursor / 8].addr : 0;
}

static const enum action hints[] = {
	ACTION_OPEN,  ACTION_PREVIOUS, ACTION_NEXT, ACTION_TABLE_NEXT,
	ACTION_JUMP,  ACTION_GO_TO,    ACTION_HEX,  ACTION_ENTRIES,
	ACTION_CLOSE, ACTION_NONE};

void app_push_units(struct app *app, uint64_t addr, const struct entry *entry)
{
	struct units_arg arg = {.addr = addr};

	if (entry) {
		arg.table = entry->old ? 1 : entry->table;
		arg.index = entry->unit;
		arg.chain = entry->chain;
		arg.slot = entry->slot + 1u;
	}
	app_push(app, &units_screen, &arg);
}

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
