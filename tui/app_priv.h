#ifndef TUI_APP_PRIV_H
#define TUI_APP_PRIV_H

/** The inside of the app; for tui/app*.c only. */
#include <pthread.h>
#include <stdatomic.h>

#include "core/session/series.h"
#include "tui/app.h"
#include "tui/popup.h"
#include "tui/screen.h"

enum input_mode {
	INPUT_NONE,
	INPUT_SEARCH,
	INPUT_FILTER,
	INPUT_SORT,   /* one letter */
	INPUT_EXPORT, /* name of a file */
	INPUT_METRIC, /* of Watch */
	INPUT_THRESHOLD,
	INPUT_OWN,    /* the top screen's question */
	INPUT_SAMPLE, /* Enter or Esc */
};

enum { MAX_PANES = 2, KEPT_KEYS = 128, MAX_BASES = 8 };

/** A screen beside the top one, on the row that is selected there. */
struct pane {
	struct screen *screen; /* NULL: nothing to show */
	const struct screen_ops *ops;
	uint64_t addr;
	struct surface surface;
};

/** A sample being taken by a thread of its own. */
struct opening {
	pthread_t thread;
	struct job job;
	struct session *session;
	struct session *like; /* the sample before, held meanwhile, or NULL */
	_Atomic(struct session *)
		brief; /* a first screen until then, or NULL */
	struct error *err;
	atomic_bool done;
	bool running;
	int wake_fd; /* readable once done; -1: nobody is woken */
};

/** Figures over the samples, and whether samples are taken by themselves. */
struct app_watch {
	struct series_set set;
	struct series_condition *condition; /* owned; NULL none */
	char *condition_text;		    /* owned */
	struct buf event;		    /* when it held, or empty */
	bool running, held, stretched;
	uint64_t every_ns; /* 0: the usual interval */
	uint64_t next_ns;  /* clock of the next sample */
};

struct app {
	const struct app_options *options;
	struct session *session; /* owned; NULL until the first sample */
	struct session *base;	 /* of `bases`; what Diff compares with */
	struct session *bases[MAX_BASES]; /* owned; as they were marked */
	unsigned base_count;
	unsigned sample; /* number of it */
	struct app_watch watch;
	struct screen *top;
	struct opening opening;
	struct surface frame, body;
	struct buf message;
	struct buf input; /* the line being typed */
	enum input_mode mode;
	const char *question; /* INPUT_OWN: before the typed line */
	enum action asked;    /* and by which action */
	char *search;	      /* last regex */
	char *filter_before;  /* to go back to on Esc */
	bool redact, quit, exited;
	uint64_t next_check; /* of the target's existence */
	struct pane panes[MAX_PANES];
	struct console *console; /* owned; NULL until it is first shown */
	uint64_t prompt_drawn;	 /* while a command of it prints, or a list is
				  * worked on */
	bool typing;		 /* of a list: the next key ends it too */
	bool maximised;
	struct popup popup;
	uint64_t waited_ns; /* for keys, in all */
	uint64_t click_ns;  /* how much of it before the last click */
	int click_row;
	char target[256];
	int kept[KEPT_KEYS]; /* typed while only the first screen was here */
	unsigned kept_count;
};

/** Draws on and off; was ^C typed? @p app is a struct app. */
bool app_poll(void *app);
/**
 * Work on a list of the session begins, which ^C ends, and with @p typing any
 * key. False from the end: it was ended.
 */
void app_work_begin(struct app *app, bool typing);
bool app_work_end(struct app *app);
/** Order the list and go to its first row; false: ended. */
bool app_sort(struct app *app, struct list_view *view, int column,
	      bool descending);
/** Filter the list of the screen on top. */
void app_filter(struct app *app, const char *text);

/** Start taking a sample; one at a time. */
void app_open_start(struct app *app);
/** Open the base that was named; on the thread of a sample. */
struct error *app_base_open(struct app *app) MUST_CHECK;
/** Keep the lists of the sample on screen as a base, and compare with it. */
void app_base_mark(struct app *app);
void app_base_deinit(struct app *app);
/** What the options ask for. */
void app_watch_begin(struct app *app);
/** The new sample becomes a point. */
void app_watch_point(struct app *app);
/** Start a sample if it is time for one. */
void app_watch_poll(struct app *app);
/** What the keys of Watch do; false: none of them. */
bool app_watch_act(struct app *app, enum action action);
void app_watch_metrics(struct app *app, const char *metrics);
/** Empty: none. */
void app_watch_condition(struct app *app, const char *text);
void app_watch_deinit(struct app *app);
/** Hand over a finished sample; true if something changed on screen. */
bool app_open_poll(struct app *app);
/** Cancel and wait. */
void app_open_stop(struct app *app);
/** "copy heap  41%", for the status line or the first screen. */
void app_open_progress(const struct app *app, struct buf *out);

/** Begin typing; false if the top screen has nothing to type for. */
void input_begin(struct app *app, enum input_mode mode);
/** What stands before the typed line; NULL: nothing is typed. */
const char *input_prompt(const struct app *app);
/** A key while typing. */
void input_key(struct app *app, int key);
/** Search again. */
void input_repeat(struct app *app, bool backward);
/** False: it needs memory that the opened snapshot does not hold. */
bool screen_possible(const struct app *app, const struct screen_ops *ops);
/** NULL, with a message in the status line, if it cannot be opened. */
struct screen *screen_new(struct app *app, const struct screen_ops *ops,
			  const void *arg);
void screen_free(struct screen *screen);
void app_pop(struct app *app);
/** Body lines above and below which the frame draws. */
int app_head_rows(int rows);

/**
 * Widths of the top screen and of the panes beside it in a body of that size;
 * 0 for those that are not shown.
 */
void panes_layout(const struct app *app, int rows, int cols,
		  int ret[MAX_PANES + 1]);
/** Open, keep or close the panes for the selected row. */
void panes_follow(struct app *app, const int widths[MAX_PANES + 1]);
void panes_draw(struct app *app, const int widths[MAX_PANES + 1], int at,
		int rows);
/** After a new sample, and at the end. */
void panes_close(struct app *app);

/** A click or the wheel at that place of the frame. */
void mouse_act(struct app *app, int key, int row, int col);
/** What any key does once it is an action. */
void app_act(struct app *app, enum action action);
/** False: no action on the rows of a list. */
bool rows_act(struct app *app, enum action action);
/** Addresses of the marked rows of the top list, by comma. */
void rows_marked(struct app *app, struct buf *out);
/** The address or the command line, also to the clipboard. */
void rows_yank(struct app *app, bool command);
/** Hints of the bottom line, in order; the column after them. */
int hint_text(enum action action, struct buf *out);
enum { HINTS_MAX = 32 };
/** The actions of the hint line, as many as have room; back and help have. */
void hints_shown(const struct screen *screen, int cols,
		 enum action ret[HINTS_MAX]);
void app_draw(struct app *app);

#endif
