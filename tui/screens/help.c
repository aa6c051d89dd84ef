/* Keys and columns, made from the tables that give them. */
#include <string.h>

#include "core/session/goroutine_list.h"
#include "core/session/memory.h"
#include "core/session/objects.h"
#include "tui/screen.h"

struct help {
	int top;
};

struct printer {
	struct surface *out;
	int row; /* may be off the surface */
};

static void put(struct printer *p, enum style style, const char *left,
		const char *right)
{
	surface_put(p->out, p->row, 1, 18, style, left);
	surface_put(p->out, p->row, 20, p->out->cols - 20,
		    style == STYLE_HEADER ? style : STYLE_NORMAL, right);
	p->row++;
}

static void put_columns(struct printer *p, const struct list_kind *kind)
{
	uint32_t i;

	put(p, STYLE_NORMAL, "", "");
	put(p, STYLE_HEADER, kind->name, "columns");
	for (i = 0; i < kind->column_count; i++)
		put(p, STYLE_BOLD, kind->columns[i].title,
		    kind->columns[i].help);
}

static void put_all(struct printer *p)
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

	put(p, STYLE_HEADER, "Keys", "mapscope is READ-ONLY for its target");
	for (i = 1; i < ACTION_COUNT; i++)
		put(p, STYLE_BOLD, action_info((enum action)i)->shown,
		    action_info((enum action)i)->help);
	put(p, STYLE_NORMAL, "", "");
	put(p, STYLE_HEADER, "Flags", "");
	for (k = 0; k < ARRAY_LEN(flags); k++)
		put(p, STYLE_BOLD, flags[k][0], flags[k][1]);
	put_columns(p, &map_group_list_kind);
	put_columns(p, &map_list_kind);
	put_columns(p, &type_list_kind);
	put_columns(p, &object_list_kind);
	put_columns(p, &goroutine_list_kind);
	put_columns(p, &memory_list_kind);
	put_columns(p, &size_class_list_kind);
	put(p, STYLE_NORMAL, "", "");
	put(p, STYLE_HEADER, "Filter",
	    "entries>1000 load<10% retained:1M..10M type~^map flag=S word");
	put(p, STYLE_NORMAL, "", "space = and, | = or, ! = not");
}

static bool act(struct screen *screen, enum action action)
{
	struct help *h = screen->state;
	int page = screen->rows > 2 ? screen->rows - 1 : 1;

	switch (action) {
	case ACTION_UP:
		h->top--;
		break;
	case ACTION_DOWN:
		h->top++;
		break;
	case ACTION_PAGE_UP:
		h->top -= page;
		break;
	case ACTION_PAGE_DOWN:
	case ACTION_OPEN:
		h->top += page;
		break;
	case ACTION_HOME:
		h->top = 0;
		break;
	default:
		return false;
	}
	if (h->top > 100)
		h->top = 100;
	if (h->top < 0)
		h->top = 0;
	return true;
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct help *h = screen->state;
	struct printer p = {out, -h->top};

	put_all(&p);
}

static const enum action hints[] = {ACTION_CLOSE, ACTION_NONE};

static void command(const struct screen *screen, struct buf *out)
{
	(void)screen;
	buf_adds(out, "mapscope help keys");
}

const struct screen_ops help_screen = {
	.name = "Help",
	.state_size = sizeof(struct help),
	.act = act,
	.draw = draw,
	.command = command,
	.hints = hints,
	.without_memory = true,
};
