#ifndef TUI_APP_PRIV_H
#define TUI_APP_PRIV_H

/** The inside of the app; for tui/app*.c only. */
#include <pthread.h>
#include <stdatomic.h>

#include "tui/app.h"
#include "tui/screen.h"

enum input_mode {
	INPUT_NONE,
	INPUT_SEARCH,
	INPUT_FILTER,
	INPUT_SORT,   /* one letter */
	INPUT_SAMPLE, /* Enter or Esc */
};

/** A sample being taken by a thread of its own. */
struct opening {
	pthread_t thread;
	struct job job;
	struct session *session;
	struct error *err;
	atomic_bool done;
	bool running;
};

struct app {
	const struct app_options *options;
	struct session *session; /* owned; NULL until the first sample */
	unsigned sample;	 /* number of it */
	struct screen *top;
	struct opening opening;
	struct surface frame, body;
	struct buf message;
	struct buf input; /* the line being typed */
	enum input_mode mode;
	char *search;	     /* last regex */
	char *filter_before; /* to go back to on Esc */
	bool redact, quit, exited;
	uint64_t next_check; /* of the target's existence */
	char target[256];
};

/** Start taking a sample; one at a time. */
void app_open_start(struct app *app);
/** Hand over a finished sample; true if something changed on screen. */
bool app_open_poll(struct app *app);
/** Cancel and wait. */
void app_open_stop(struct app *app);
/** "copy heap  41%", for the status line or the first screen. */
void app_open_progress(const struct app *app, struct buf *out);

/** Begin typing; false if the top screen has nothing to type for. */
void input_begin(struct app *app, enum input_mode mode);
/** A key while typing. */
void input_key(struct app *app, int key);
/** Search again. */
void input_repeat(struct app *app, bool backward);

void app_pop(struct app *app);
void app_draw(struct app *app);

#endif
