/*
 * The earlier moment that the Diff screen compares with: a file that was named,
 * or a sample that was marked. Of a marked sample only the lists are kept, by
 * way of a snapshot without memory, so that it costs little beside the next.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/snapshot.h"
#include "tui/app_priv.h"

const struct session *app_base(const struct app *app)
{
	return app->base;
}

static struct error *open_named(struct app *app, struct session **ret)
{
	const struct app_options *o = app->options;
	struct opening *opening = &app->opening;

	if (o->base_pid)
		return session_open_live(o->base_pid, &o->session,
					 &opening->job, ret);
	return session_open_file(o->base_exe, o->base_core, &o->session,
				 &opening->job, ret);
}

struct error *app_base_open(struct app *app)
{
	const struct app_options *o = app->options;
	struct error *err;

	if (app->base || (!o->base_pid && !o->base_core))
		return NULL;
	if ((err = open_named(app, &app->base)))
		return err;
	app->bases[app->base_count++] = app->base;
	return NULL;
}

/* In a folder of our own: the writer wants a name that does not exist. */
static struct error *copy_lists(const struct session *session,
				const char *folder, struct session **ret)
{
	struct snapshot_options options = {.level = SNAPSHOT_MAPS};
	struct session_options opening = session_options_default();
	CLEANUP(free_cleanup) char *path = xasprintf("%s/base.msnap", folder);
	struct error *err = snapshot_write(session, path, &options, NULL);

	if (!err)
		err = session_open_file(NULL, path, &opening, NULL, ret);
	unlink(path);
	return err;
}

static void use_base(struct app *app, struct session *base)
{
	struct screen *screen;

	app->base = base;
	for (screen = app->top; screen; screen = screen->below)
		if (screen->ops == &diff_screen)
			error_free(screen->ops->update(screen));
}

/* What is on screen from the old one is made anew before that goes. */
static void add_base(struct app *app, struct session *base)
{
	struct session *oldest = NULL;

	if (app->base_count == MAX_BASES) {
		oldest = app->bases[0];
		memmove(app->bases, app->bases + 1,
			(MAX_BASES - 1) * sizeof(app->bases[0]));
		app->base_count--;
	}
	app->bases[app->base_count++] = base;
	use_base(app, base);
	session_free(oldest);
}

void app_base_step(struct app *app, int by)
{
	CLEANUP(buf_deinit) struct buf text = {0};
	struct session_info info;
	unsigned i, to;

	for (i = 0; i < app->base_count && app->bases[i] != app->base; i++)
		;
	to = i + (unsigned)by;
	if (i == app->base_count || to >= app->base_count) {
		app_message(app, "no other base%s: M makes one of a sample",
			    app->base_count > 1 ? " there" : "");
		return;
	}
	use_base(app, app->bases[to]);
	session_info(app->base, &info);
	text_clock(&text, info.time_ns);
	app_message(app, "base %u of %u: %s", to + 1, app->base_count,
		    buf_str(&text));
}

void app_base_deinit(struct app *app)
{
	unsigned i;

	for (i = 0; i < app->base_count; i++)
		session_free(app->bases[i]);
	app->base_count = 0;
	app->base = NULL;
}

void app_base_mark(struct app *app)
{
	const char *tmp = getenv("TMPDIR");
	CLEANUP(free_cleanup)
	char *folder = xasprintf("%s/mapscope-base-XXXXXX",
				 tmp && *tmp ? tmp : "/tmp");
	struct session *base = NULL;
	struct error *err;

	if (!mkdtemp(folder)) {
		app_message(app, "no folder for the base: %s", folder);
		return;
	}
	err = copy_lists(app->session, folder, &base);
	rmdir(folder);
	if (err) {
		app_message(app, "%s", err->message);
		error_free(err);
		return;
	}
	add_base(app, base);
	app_message(app, "sample #%u is the base; R takes another, 8 compares",
		    app->sample);
}
