/*
 * The earlier moment that the Diff screen compares with: a file that was named,
 * or a sample that was marked. Of a marked sample only the lists are kept, by
 * way of a snapshot without memory, so that it costs little beside the next.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/xalloc.h"
#include "core/session/snapshot.h"
#include "tui/app_priv.h"

const struct session *app_base(const struct app *app)
{
	return app->base;
}

struct error *app_base_open(struct app *app)
{
	const struct app_options *o = app->options;
	struct opening *opening = &app->opening;

	if (app->base || (!o->base_pid && !o->base_core))
		return NULL;
	if (o->base_pid)
		return session_open_live(o->base_pid, &o->session,
					 &opening->job, &app->base);
	return session_open_file(o->base_exe, o->base_core, &o->session,
				 &opening->job, &app->base);
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

/* What is on screen from the old one is made anew before that goes. */
static void replace_base(struct app *app, struct session *base)
{
	struct session *old = app->base;
	struct screen *screen;

	app->base = base;
	for (screen = app->top; screen; screen = screen->below)
		if (screen->ops == &diff_screen)
			error_free(screen->ops->update(screen));
	session_free(old);
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
	replace_base(app, base);
	app_message(app, "sample #%u is the base; R takes another, 8 compares",
		    app->sample);
}
