/* The stack of one goroutine above, the variables of the chosen frame below. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/goroutines.h"
#include "core/session/print.h"
#include "tui/screen.h"

struct stack {
	int64_t id;
	uint32_t index; /* of the goroutine */
	struct goroutine_row row;
	uint32_t frame, top;
	bool below;	   /* the variables have the cursor */
	uint32_t variable; /* chosen */
	struct frame_variables variables;
	char *why; /* there are none; owned */
};

static const struct session *session_of(const struct screen *screen)
{
	return app_session(screen->app);
}

static void load_variables(struct screen *screen)
{
	struct stack *s = screen->state;
	struct error *err;

	frame_variables_deinit(&s->variables);
	free(s->why);
	s->why = NULL;
	s->variable = 0;
	err = session_frame_variables(session_of(screen), s->index, s->frame,
				      &s->variables);
	if (err)
		s->why = xstrdup(err->message);
	error_free(err);
	if (!s->variables.count)
		s->below = false;
}

static struct error *update(struct screen *screen)
{
	struct stack *s = screen->state;

	s->index = session_goroutine_find(session_of(screen), s->id);
	if (s->index == UINT32_MAX)
		return error_new(ERROR_NOT_FOUND,
				 "goroutine %" PRId64 " has ended", s->id);
	session_goroutine(session_of(screen), s->index, &s->row);
	if (s->frame >= s->row.frames)
		s->frame = 0;
	load_variables(screen);
	return NULL;
}

static struct error *open(struct screen *screen, const void *arg)
{
	struct stack *s = screen->state;

	s->id = *(const int64_t *)arg;
	return update(screen);
}

static void close(struct screen *screen)
{
	struct stack *s = screen->state;

	frame_variables_deinit(&s->variables);
	free(s->why);
}

static void move_by(struct screen *screen, int64_t step)
{
	struct stack *s = screen->state;
	uint32_t *at = s->below ? &s->variable : &s->frame;
	int64_t count = s->below ? s->variables.count : s->row.frames;
	int64_t to = (int64_t)*at + step;

	to = to >= count ? count - 1 : to;
	*at = (uint32_t)(to < 0 ? 0 : to);
	if (!s->below)
		load_variables(screen);
}

static void open_variable(struct screen *screen)
{
	const struct stack *s = screen->state;
	const struct variable_row *row;

	if (!s->below || s->variable >= s->variables.count)
		return;
	row = &s->variables.list[s->variable];
	if (row->why)
		app_message(screen->app, "%s is %s", row->name, row->why);
	else
		app_push(screen->app, &value_screen,
			 &(struct value_arg){.type = row->type_id,
					     .addr = row->addr,
					     .name = row->name,
					     .goroutine = s->id,
					     .frame = s->frame});
}

static bool act(struct screen *screen, enum action action)
{
	struct stack *s = screen->state;
	int64_t step;

	if (action_moves(action, screen->rows / 2, &step)) {
		move_by(screen, step);
		return true;
	}
	switch (action) {
	case ACTION_NEXT_SCREEN:
		s->below = !s->below && s->variables.count;
		return true;
	case ACTION_OPEN:
		if (s->below)
			open_variable(screen);
		else
			s->below = s->variables.count > 0;
		return true;
	case ACTION_BACK:
		if (!s->below)
			return false;
		s->below = false;
		return true;
	default:
		return false;
	}
}

static void draw_frame(const struct screen *screen, struct surface *out,
		       int row, uint32_t number)
{
	const struct stack *s = screen->state;
	enum style style = STYLE_NORMAL;
	CLEANUP(buf_deinit) struct buf text = {0};
	struct frame_row frame;
	const char *base;

	if (!session_frame(session_of(screen), s->index, number, &frame))
		return;
	if (number == s->frame) {
		style = s->below ? STYLE_BOLD : STYLE_SELECTED;
		surface_fill(out, row, 0, out->cols, style, ' ');
	}
	base = strrchr(frame.place.file, '/');
	buf_printf(&text, "%3" PRIu32 " %s%s  %s:%" PRIu32, number,
		   frame.place.function, frame.inlined ? " (inlined)" : "",
		   base ? base + 1 : frame.place.file, frame.place.line);
	surface_put_names(out, row, 1, out->cols - 1, style, buf_str(&text));
}

static void draw_variable(const struct screen *screen, struct surface *out,
			  int row, uint32_t number)
{
	const struct stack *s = screen->state;
	const struct variable_row *v = &s->variables.list[number];
	struct print_limits limits = print_limits_default();
	CLEANUP(buf_deinit) struct buf line = {0};
	CLEANUP(buf_deinit) struct buf text = {0};
	enum style style = v->why ? STYLE_DIM : STYLE_NORMAL;

	limits.redact = app_redact(screen->app);
	limits.depth = 1;
	limits.string = 80;
	limits.elements = 8;
	variable_text(&s->variables, number, &limits, &text);
	if (s->below && number == s->variable) {
		style = STYLE_SELECTED;
		surface_fill(out, row, 0, out->cols, style, ' ');
	}
	buf_printf(&line, "%-5s %s %s = %s",
		   v->is_result ? "res"
		   : v->is_arg	? "arg"
				: "local",
		   v->name, v->type, buf_str(&text));
	surface_put_names(out, row, 1, out->cols - 1, style, buf_str(&line));
}

static void draw(const struct screen *screen, struct surface *out)
{
	const struct stack *s = screen->state;
	int frames = out->rows / 2, row;
	uint32_t first, i;

	if (s->row.frames < (uint32_t)frames)
		frames = (int)s->row.frames;
	first = s->frame >= (uint32_t)frames ? s->frame - (uint32_t)frames + 1
					     : 0;
	for (row = 0; row < frames; row++)
		draw_frame(screen, out, row, first + (uint32_t)row);
	surface_printf(out, row++, 1, STYLE_HEADER,
		       "VARIABLES of frame %" PRIu32 " (%" PRIu32 ")  %s",
		       s->frame, s->variables.count, s->why ? s->why : "");
	first = 0;
	if (s->variable >= (uint32_t)(out->rows - row))
		first = s->variable - (uint32_t)(out->rows - row) + 1;
	for (i = first; i < s->variables.count && row < out->rows; i++)
		draw_variable(screen, out, row++, i);
}

static void title(const struct screen *screen, struct buf *out)
{
	const struct stack *s = screen->state;

	buf_printf(out, "Goroutines > g%" PRId64 " [%s]  %" PRIu32 " frames%s",
		   s->id, goroutine_state(&s->row), s->row.frames,
		   s->row.incomplete ? " (incomplete)" : "");
}

static void status(const struct screen *screen, struct buf *out)
{
	const struct stack *s = screen->state;
	struct frame_row frame;

	if (session_frame(session_of(screen), s->index, s->frame, &frame))
		buf_printf(out, "%s:%" PRIu32 "  pc 0x%" PRIx64,
			   frame.place.file, frame.place.line, frame.place.pc);
}

static void command(const struct screen *screen, struct buf *out)
{
	const struct stack *s = screen->state;

	buf_printf(out, "mapscope stack %s -g %" PRId64 " -full",
		   app_target(screen->app), s->id);
}

static const enum action hints[] = {ACTION_OPEN, ACTION_NEXT_SCREEN,
				    ACTION_CLOSE, ACTION_NONE};

const struct screen_ops stack_screen = {
	.name = "Stack",
	.state_size = sizeof(struct stack),
	.open = open,
	.close = close,
	.act = act,
	.update = update,
	.draw = draw,
	.title = title,
	.status = status,
	.command = command,
	.hints = hints,
	.without_memory = true,
};
