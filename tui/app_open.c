/* Samples are taken by a thread; the screens stay alive meanwhile. */
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>

#include "core/base/clock.h"
#include "core/base/xalloc.h"
#include "core/session/snapshot.h"
#include "tui/app_priv.h"
#include "tui/config.h"
#include "tui/prompt/console.h"

/* The loop has something to take. */
static void wake(const struct opening *opening)
{
	if (opening->wake_fd >= 0)
		(void)eventfd_write(opening->wake_fd, 1);
}

/* Before looking what it is, lest a later one is missed. */
static void calm(const struct opening *opening)
{
	eventfd_t count;

	if (opening->wake_fd >= 0)
		(void)eventfd_read(opening->wake_fd, &count);
}

/* Of a big snapshot, unless another screen than the first comes up. */
static struct error *open_brief(struct app *app)
{
	const struct app_options *o = app->options;
	struct session *brief;
	struct error *err;

	if (o->pid || !o->core || app->session || app->base || o->init)
		return NULL;
	err = session_open_brief(o->core, &o->session, &brief);
	if (err)
		return err;
	atomic_store(&app->opening.brief, brief);
	wake(&app->opening);
	return NULL;
}

static struct error *open_live(struct app *app)
{
	struct session_options options = app->options->session;
	struct opening *opening = &app->opening;

	options.like = opening->like;
	return session_open_live(app->options->pid, &options, &opening->job,
				 &opening->session);
}

static void *open_main(void *arg)
{
	struct app *app = arg;
	const struct app_options *o = app->options;
	struct opening *opening = &app->opening;

	opening->err = app_base_open(app);
	if (!opening->err)
		opening->err = open_brief(app);
	if (opening->err)
		;
	else if (o->pid)
		opening->err = open_live(app);
	else
		opening->err =
			session_open_file(o->exe, o->core, &o->session,
					  &opening->job, &opening->session);
	atomic_store(&opening->done, true);
	wake(opening);
	return NULL;
}

void app_open_start(struct app *app)
{
	struct opening *o = &app->opening;

	if (o->running)
		return;
	*o = (struct opening){
		.running = true, .like = app->session, .wake_fd = o->wake_fd};
	if (o->like)
		session_hold(o->like);
	if (pthread_create(&o->thread, NULL, open_main, app)) {
		o->running = false;
		session_free(o->like);
		app_message(app, "cannot start a thread");
	}
}

/* As if a person had typed the command that runs the file. */
static void begin_prompt(struct app *app)
{
	CLEANUP(free_cleanup)
	char *line = xasprintf("source %s", app->options->init);
	const char *p;

	app_push(app, &prompt_screen, NULL);
	if (app->top->ops != &prompt_screen)
		return;
	for (p = line; *p; p++)
		console_key(app_console(app), (unsigned char)*p,
			    app->frame.rows, app->frame.cols);
	console_key(app_console(app), TKEY_ENTER, app->frame.rows,
		    app->frame.cols);
}

static void replace_session(struct app *app, struct session *session)
{
	struct session *old = app->session;
	bool brief = session_is_brief(session);
	struct screen *screen;

	panes_close(app);
	config_accept(app->options->config, session);
	if (app->console)
		console_use(app->console, session);
	app->session = session;
	app->sample += !brief;
	if (!brief)
		app_watch_point(app);
	for (screen = app->top; screen; screen = screen->below) {
		struct error *err = screen->ops->update
					    ? screen->ops->update(screen)
					    : NULL;

		if (err) {
			app_message(app, "%s", err->message);
			error_free(err);
			/* What it showed is gone: back to the first screen. */
			while (app->top && app->top->below)
				app_pop(app);
			screen = app->top;
			if (!screen)
				break;
			error_free(screen->ops->update
					   ? screen->ops->update(screen)
					   : NULL);
			break;
		}
	}
	session_free(old);
	if (app->top)
		return;
	app_push(app, &overview_screen, NULL);
	if (app->base)
		app_push(app, &diff_screen, NULL);
	if (app->options->init)
		begin_prompt(app);
}

static void end(struct opening *o)
{
	pthread_join(o->thread, NULL);
	o->running = false;
	session_free(o->like);
	o->like = NULL;
	session_free(atomic_exchange(&o->brief, NULL));
	calm(o);
}

bool app_open_poll(struct app *app)
{
	struct opening *o = &app->opening;
	struct session *brief;

	if (!o->running)
		return false;
	calm(o);
	if (!atomic_load(&o->done)) {
		brief = atomic_exchange(&o->brief, NULL);
		if (brief)
			replace_session(app, brief);
		return true;
	}
	end(o);
	if (!o->err) {
		replace_session(app, o->session);
		return true;
	}
	if (!app->session || session_is_brief(app->session)) {
		app->quit = true;
		return true;
	}
	app->watch.running = false;
	app_message(app, "%s", o->err->message);
	error_free(o->err);
	o->err = NULL;
	return true;
}

void app_open_stop(struct app *app)
{
	struct opening *o = &app->opening;

	if (!o->running)
		return;
	atomic_store(&o->job.cancel, true);
	end(o);
	session_free(o->session);
	error_free(o->err);
	o->err = NULL;
}

void app_open_progress(const struct app *app, struct buf *out)
{
	const struct job *job = &app->opening.job;
	const char *phase = atomic_load(&job->phase);
	uint64_t total = atomic_load(&job->total);
	uint64_t done = atomic_load(&job->done);
	uint64_t stopped = atomic_load(&job->stop_ns);

	if (app->kept_count)
		buf_printf(out, "keys typed: %u, after  ", app->kept_count);
	buf_printf(out, "%u %s", atomic_load(&job->phase_index),
		   phase ? phase : "start");
	if (total)
		buf_printf(out, " %.0f%%",
			   100.0 * (double)(done < total ? done : total) /
				   (double)total);
	if (stopped)
		buf_printf(out, "  TARGET STOPPED %.2fs",
			   (double)(clock_now() - stopped) / 1e9);
	buf_adds(out, "   ^C cancel");
}
