/* source, transcript, display, resample, continue and target. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/render.h"
#include "tui/prompt/shell.h"
#include "tui/tabs.h"

enum { SOURCE_DEPTH = 16 };

struct error *shell_source(struct shell *shell, const char *args)
{
	CLEANUP(free_cleanup) char *line = NULL;
	struct error *err = NULL;
	unsigned number = 0;
	size_t room = 0;
	FILE *f;

	if (!*args)
		return error_new(ERROR_USAGE, "source which file?");
	if (shell->depth >= SOURCE_DEPTH)
		return error_new(ERROR_USAGE, "'%s' is sourced too deep", args);
	f = fopen(args, "re");
	if (!f)
		return error_os(errno, "cannot open '%s'", args);
	shell->depth++;
	while (!err && !shell->quit && getline(&line, &room, f) > 0) {
		number++;
		err = shell_run(shell, line);
		if (err)
			err = error_wrap(err, "%s:%u", args, number);
	}
	shell->depth--;
	fclose(f);
	return err;
}

static struct error *transcript_off(struct shell *shell)
{
	FILE *f = shell->transcript;

	shell->transcript = NULL;
	shell->quiet = false;
	if (f && fclose(f))
		return error_os(errno, "cannot write the transcript");
	return NULL;
}

struct error *shell_transcript(struct shell *shell, const char *args)
{
	bool truncate = false, quiet = false, off = false;
	struct shell_words_list words;
	const char *file = NULL;
	struct error *err;
	uint32_t i;

	shell_split(args, &words);
	for (i = 0; i < words.count; i++) {
		if (!strcmp(words.list[i], "-t"))
			truncate = true;
		else if (!strcmp(words.list[i], "-x"))
			quiet = true;
		else if (!strcmp(words.list[i], "-off"))
			off = true;
		else
			file = words.list[i];
	}
	err = transcript_off(shell);
	if (!err && !off && !file)
		err = error_hint(error_new(ERROR_USAGE, "transcript to where?"),
				 "transcript [-t] [-x] FILE, or -off");
	if (!err && !off) {
		shell->transcript = fopen(file, truncate ? "we" : "ae");
		shell->quiet = quiet;
		if (!shell->transcript)
			err = error_os(errno, "cannot open '%s'", file);
	}
	shell_words_deinit(&words);
	return err;
}

static struct error *show_display(struct shell *shell, uint32_t i)
{
	CLEANUP(buf_deinit) struct buf line = {0};
	struct error *err;

	buf_printf(&line, "%s %s", shell->displays.to[i],
		   shell->displays.from[i]);
	if (!shell->json)
		buf_printf(&shell->out, "%u: %s = ", i,
			   shell->displays.from[i]);
	err = shell_print(shell, *shell->displays.to[i]
					 ? buf_str(&line)
					 : shell->displays.from[i]);
	/* It may have a value again after the next sample. */
	if (err && !shell->json) {
		buf_printf(&shell->out, "(%s)\n", err->message);
		error_free(err);
		return NULL;
	}
	return err;
}

struct error *shell_show_displays(struct shell *shell)
{
	struct error *err = NULL;
	uint32_t i;

	for (i = 0; i < shell->displays.count && !err; i++)
		err = show_display(shell, i);
	return err;
}

struct error *shell_display(struct shell *shell, const char *args)
{
	CLEANUP(free_cleanup) char *format = NULL;
	uint64_t number;
	size_t n = 0;

	if (!*args)
		return shell_show_displays(shell);
	if (!strncmp(args, "-d ", 3)) {
		if (!shell_number(args + 3, &number) ||
		    number >= shell->displays.count)
			return error_new(ERROR_NOT_FOUND, "no display '%s'",
					 args + 3);
		shell_pairs_remove(&shell->displays,
				   shell->displays.from[number]);
		return NULL;
	}
	if (strncmp(args, "-a ", 3) != 0)
		return error_hint(
			error_new(ERROR_USAGE, "display what? '%s'", args),
			"display -a [%%format] expression, or -d N");
	args += 3;
	args += strspn(args, " ");
	if (*args == '%')
		n = strcspn(args, " \t");
	format = xstrndup(args, n);
	args += n;
	args += strspn(args, " \t");
	shell_pairs_set(&shell->displays, args, format);
	return show_display(shell, shell->displays.count - 1);
}

/* Numbers of goroutines and frames are those of one sample. */
static void select_again(struct shell *shell, int64_t id)
{
	uint32_t index = session_goroutine_find(shell->session, id);

	shell->frame = 0;
	if (index == UINT32_MAX)
		index = session_goroutine_find(shell->session, 1);
	shell->goroutine = index == UINT32_MAX ? 0 : index;
}

struct error *shell_use(struct shell *shell, struct session *session)
{
	struct goroutine_row row = {0};
	struct session_info info;

	if (shell->session &&
	    shell->goroutine < session_goroutine_count(shell->session))
		session_goroutine(shell->session, shell->goroutine, &row);
	shell->session = session;
	select_again(shell, row.id);
	session_info(session, &info);
	if (!shell->json) {
		buf_adds(&shell->out, "new sample, stopped for ");
		text_duration(&shell->out, info.stop_ns);
		buf_addc(&shell->out, '\n');
	}
	return shell_show_displays(shell);
}

struct error *shell_resample(struct shell *shell, const char *args)
{
	struct session *old = shell->session, *session = NULL;
	struct error *err;

	(void)args;
	if (shell->on_each)
		return error_new(ERROR_USAGE,
				 "no new sample while one is gone through");
	if (!shell->resample)
		return error_new(ERROR_USAGE,
				 "only a live process can be sampled again");
	if ((err = shell->resample(shell->resample_arg, &session)))
		return err;
	err = shell_use(shell, session);
	session_free(old);
	return err;
}

struct error *shell_continue(struct shell *shell, const char *args)
{
	struct session_info info;

	(void)args;
	session_info(shell->session, &info);
	if (strcmp(info.freeze, "stop") != 0 || strcmp(info.kind, "live") != 0)
		return error_new(ERROR_USAGE,
				 "mapscope is read-only: the target runs while "
				 "you look; use dlv");
	buf_adds(&shell->out, session_continue(shell->session)
				      ? "the target runs\n"
				      : "the target already runs\n");
	return NULL;
}

struct error *shell_screen(struct shell *shell, const char *args)
{
	CLEANUP(buf_deinit) struct buf names = {0};

	if (!shell->has_screens)
		return error_new(ERROR_USAGE, "screens are in the interface: "
					      "mapscope PID");
	shell->screen = tab_named(args);
	if (shell->screen)
		return NULL;
	tabs_names(&names);
	return error_hint(error_new(ERROR_NOT_FOUND, "no screen '%s'", args),
			  "%s", buf_str(&names));
}

struct error *shell_target(struct shell *shell, const char *args)
{
	struct session_info info;

	(void)args;
	session_info(shell->session, &info);
	buf_printf(&shell->out, "%s %d ", info.kind, (int)info.pid);
	text_plain(&shell->out, info.exe, strlen(info.exe));
	buf_printf(&shell->out, "\n%s %s, %s maps, debug information: %s\n",
		   info.go, info.arch, info.map_impl, info.dwarf);
	buf_printf(&shell->out, "build id %s, %s\n",
		   info.build_id ? info.build_id : "none",
		   info.stopped ? "stopped" : "not held");
	return NULL;
}
