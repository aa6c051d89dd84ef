#ifndef TUI_SCREEN_H
#define TUI_SCREEN_H

/**
 * A screen is one file with one table. To add one: write tui/screens/NAME.c
 * with a `const struct screen_ops`, declare it at the end of this file and
 * push it from wherever a person gets there. The frame (title, breadcrumb,
 * status, hints), movement in lists, search, filter and sorting are the app's.
 */
#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/session/series.h"
#include "core/session/session.h"
#include "tui/action.h"
#include "tui/surface.h"
#include "tui/widgets/list_view.h"

struct app;
struct console;
struct screen;

struct screen_ops {
	const char *name;
	size_t state_size;
	/** @p arg is the pusher's, valid during the call only. */
	struct error *(*open)(struct screen *screen, const void *arg);
	void (*close)(struct screen *screen);
	/**
	 * NULL, or takes every key as it is typed: enum term_key or a code
	 * point. False: it is an action's, as elsewhere.
	 */
	bool (*key)(struct screen *screen, int key);
	/** With key: what the hint line says. */
	const char *(*key_hints)(const struct screen *screen);
	/** The cursor in the body, as last drawn; NULL: none. */
	void (*cursor)(const struct screen *screen, int *row_ret, int *col_ret);
	/**
	 * NULL, or looks after work in the background while it is the top
	 * screen: true while that goes on, and once after. May close it.
	 */
	bool (*poll)(struct screen *screen);
	/** False: not handled, the app does what it does everywhere. */
	bool (*act)(struct screen *screen, enum action action);
	/** The session was replaced: build everything from it anew. */
	struct error *(*update)(struct screen *screen);
	/** The body only; may not change anything. */
	void (*draw)(const struct screen *screen, struct surface *out);
	/** Breadcrumb, e.g. "Maps > main.cache". */
	void (*title)(const struct screen *screen, struct buf *out);
	/** Status line of the selected row; may be NULL. */
	void (*status)(const struct screen *screen, struct buf *out);
	/** The list that movement, search, filter and sort work on, or NULL. */
	struct list_view *(*list)(struct screen *screen);
	/** Search without a list: true if something was found. */
	bool (*search)(struct screen *screen, const char *text, bool backward);
	/** The command line that prints this view. */
	void (*command)(const struct screen *screen, struct buf *out);
	/** Address of the selected thing, 0 if none. */
	uint64_t (*address)(const struct screen *screen);
	/** Actions named in the hint line, ends with ACTION_NONE. */
	const enum action *hints;
	/**
	 * What wide terminals show beside it: at most two screens, opened on
	 * the address of the selected row. NULL none.
	 */
	const struct screen_ops *beside[2];
	/**
	 * Where in the body the list is, its header included; NULL: all of it.
	 */
	void (*list_place)(const struct screen *screen, int *line_ret,
			   int *rows_ret);
	/** The answer to app_ask(). */
	void (*answer)(struct screen *screen, enum action action,
		       const char *text);
	bool without_memory; /* works on snapshots of any level */
};

struct screen {
	const struct screen_ops *ops;
	struct app *app;
	void *state;
	struct screen *below;
	/* The body's size at the last draw. */
	int rows, cols;
};

/** Append a regular expression that matches @p name and nothing else. */
void screen_add_literal(struct buf *out, const char *name);

/* What a screen may ask of the app. */
const struct session *app_session(const struct app *app);
/** What the Diff screen compares with; NULL: nothing yet. */
const struct session *app_base(const struct app *app);
/** The base before or after the one compared with, of those marked. */
void app_base_step(struct app *app, int by);
/** Figures over the samples; never NULL. */
const struct series_set *app_series(const struct app *app);
/** Whether and when samples are taken by themselves, and the threshold. */
void app_watch_text(const struct app *app, struct buf *out);
/** Only 7-bit characters can be shown. */
bool app_ascii(const struct app *app);
bool app_redact(const struct app *app);
void app_push(struct app *app, const struct screen_ops *ops, const void *arg);
void app_message(struct app *app, const char *format, ...) PRINTF_LIKE(2, 3);
/** Remember that a person accepts these findings; they are not shown again. */
void app_accept(struct app *app, const char *rule, const char *owner);
/** One of the screens that the digits name becomes the only one. */
void app_go_to(struct app *app, const struct screen_ops *ops);
/** Close the top screen; it is gone then. */
void app_close(struct app *app);
/** Take a new sample, without asking. */
void app_resample(struct app *app);
/** Draw every cell again. */
void app_redraw(struct app *app);
/** The prompt, which lives as long as the app. */
struct console *app_console(struct app *app);
/** To the clipboard and the status line. */
void app_copy(struct app *app, const char *text);
/** Ask for a line; ops->answer() gets it with the same @p action. */
void app_ask(struct app *app, enum action action, const char *question);
/** "PID", or "EXE CORE": the target as a command line names it. */
const char *app_target(const struct app *app);

struct objects_arg {
	uint32_t type;
};

/** A value: of a frame's variable, or of type 0 what lives at an address. */
struct value_arg {
	uint32_t type;
	uint64_t addr;
	const char *name;  /* NULL none */
	int64_t goroutine; /* 0: no frame's */
	uint32_t frame;
};

/** A bucket's chain or a group of the map at an address. */
struct units_arg {
	uint64_t addr, table, index;
	uint32_t chain; /* with slot: of the chain */
	uint32_t slot;	/* + 1, to begin at; 0: the first that is full */
};

/** Where @p entry (NULL: any) of the map at @p addr lies. */
void app_push_units(struct app *app, uint64_t addr, const struct entry *entry);

/** Entries of the map at an address, in an order or grouped. */
struct order_arg {
	uint64_t addr;
	unsigned grouping; /* enum entry_grouping */
	bool duplicates;
};

/* Arguments: overview, types, memory, log, goroutines, profile, containers,
 * diff, watch, prompt, help, save NULL; maps an owner to show or NULL; report
 * the suspects by comma or NULL; detail, entries, hex and refs an address
 * (const uint64_t *); units a struct units_arg; dominators an address or NULL;
 * objects a struct objects_arg; stack the id of a goroutine (const int64_t *);
 * value a struct value_arg; order a struct order_arg. */
extern const struct screen_ops overview_screen, hex_screen, maps_screen,
	detail_screen, units_screen, entries_screen, help_screen, types_screen,
	objects_screen, dominators_screen, refs_screen, memory_screen,
	log_screen, goroutines_screen, diff_screen, watch_screen, stack_screen,
	value_screen, profile_screen, containers_screen, prompt_screen,
	save_screen, report_screen, order_screen;

#endif
