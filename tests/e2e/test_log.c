/* The log, and what the program says of itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/xalloc.h"
#include "tests/support/folder.h"
#include "tests/support/program.h"
#include "tests/support/screen.h"
#include "tests/support/target.h"

static struct go_stage stage;

static int start(void **state)
{
	int bad = go_stage_open(&stage, "holders");

	(void)state;
	if (!bad)
		setenv("XDG_STATE_HOME", test_folder(), 1);
	return bad;
}

static int stop(void **state)
{
	(void)state;
	return go_stage_close(&stage);
}

/* Both streams of `mapscope maps PID FLAGS`, its exit code being @p code. */
static char *run(const char *command, const char *flags, int code)
{
	char *text = NULL;

	assert_int_equal(program_shell(&text, "%s %s %s %s 2>&1",
				       getenv("MAPSCOPE"), command, stage.pid,
				       flags),
			 code);
	assert_non_null(text);
	return text;
}

static unsigned lines_with(const char *text, const char *word)
{
	unsigned n = 0;

	for (; (text = strstr(text, word)); text += strlen(word))
		n++;
	return n;
}

static void a_log_has_what_was_asked_for(void **state)
{
	CLEANUP(free_cleanup) char *all = run("maps", "-n 1 --log", 0);
	CLEANUP(free_cleanup)
	char *some = run("maps", "-n 1 --log=binary,analysis", 0);
	CLEANUP(free_cleanup) char *none = run("maps", "-n 1", 0);
	CLEANUP(free_cleanup) char *bad = run("maps", "-n 1 --log=nope", 2);
	CLEANUP(free_cleanup) char *stopped = NULL;

	(void)state;
	stopped = xasprintf("info  target: process %s stopped ", stage.pid);
	assert_non_null(strstr(all, stopped));
	assert_non_null(strstr(all, "info  phase: copy heap\n"));
	assert_non_null(strstr(all, "info  command: mapscope "));
	assert_int_equal(lines_with(some, "Z info "), 2);
	assert_non_null(strstr(some, "info  binary: go1."));
	assert_non_null(strstr(some, "info  analysis: "));
	assert_null(strstr(none, "Z info "));
	assert_non_null(strstr(bad, "no part of the log 'nope'"));
	assert_non_null(strstr(bad, "phase, target"));
}

static void a_log_goes_to_a_file_of_its_owner(void **state)
{
	CLEANUP(free_cleanup) char *path = test_path("a.log");
	CLEANUP(free_cleanup)
	char *flags = xasprintf("-n 1 --log --log-dest %s", path);
	CLEANUP(free_cleanup) char *out = run("maps", flags, 0);
	CLEANUP(free_cleanup) char *text = NULL, *more = NULL;
	struct stat st;

	(void)state;
	assert_null(strstr(out, "Z info "));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	program_shell(&text, "cat %s", path);
	assert_int_equal(lines_with(text, "target: process "), 1);
	/* A second one goes behind it; alone it takes what went wrong. */
	free(flags);
	flags = xasprintf("main.nothing --log-dest %s", path);
	free(out);
	out = run("map", flags, 8);
	program_shell(&more, "cat %s", path);
	assert_int_equal(strncmp(more, text, strlen(text)), 0);
	assert_int_equal(lines_with(more + strlen(text), "\n"), 1);
	assert_non_null(strstr(more, "warn  command: no map 'main.nothing'"));
	unlink(path);
}

static void a_descriptor_may_be_named(void **state)
{
	CLEANUP(free_cleanup)
	char *out = run("maps",
			"-n 1 --log=target --log-dest 3 3>&1 >/dev/null", 0);

	(void)state;
	assert_non_null(strstr(out, "Z info  target: process "));
	assert_null(strstr(out, "OWNER"));
}

static void the_log_never_draws_on_the_screen(void **state)
{
	char flag[] = "--log";
	char *argv[] = {getenv("MAPSCOPE"), stage.pid, flag, NULL};
	struct terminal *t = terminal_open(argv, 24, 80);
	CLEANUP(free_cleanup) char *path = test_path("mapscope/log");
	CLEANUP(free_cleanup) char *text = NULL;

	(void)state;
	see(t, "[1Over]");
	terminal_send(t, "2");
	see(t, "[2Maps]");
	assert_null(strstr(terminal_raw(t), "Z info "));
	leave_free(t, atoi(stage.pid));
	program_shell(&text, "cat %s", path);
	assert_non_null(strstr(text, "info  ui: screen Overview"));
	assert_non_null(strstr(text, "info  ui: screen Maps"));
	unlink(path);
}

static void the_version_tells_of_the_build(void **state)
{
	CLEANUP(free_cleanup) char *text = NULL, *flag = NULL, *id = NULL;

	(void)state;
	assert_int_equal(
		program_shell(&text, "%s version -v", getenv("MAPSCOPE")), 0);
	assert_int_equal(
		program_shell(&flag, "%s --version -v", getenv("MAPSCOPE")), 0);
	assert_string_equal(text, flag);
	assert_int_equal(
		program_shell(&id,
			      "LC_ALL=C readelf -n %s | sed -n 's/.*Build "
			      "ID: //p' | tr -d '\\n'",
			      getenv("MAPSCOPE")),
		0);
	if (*id) {
		CLEANUP(free_cleanup)
		char *line = xasprintf("\nbuild id   %s\n", id);

		assert_non_null(strstr(text, line));
	}
	assert_non_null(strstr(text, "\nGo         1.19 to 1."));
	assert_non_null(strstr(text, "\nlibdwarf   "));
	assert_non_null(strstr(text, "\nsqlite     3."));
	assert_non_null(strstr(text, "JSON mapscope/*/1, snapshot 1\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_has_what_was_asked_for),
		cmocka_unit_test(a_log_goes_to_a_file_of_its_owner),
		cmocka_unit_test(a_descriptor_may_be_named),
		cmocka_unit_test(the_log_never_draws_on_the_screen),
		cmocka_unit_test(the_version_tells_of_the_build),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
