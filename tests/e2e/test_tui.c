/* The interface in a pseudo terminal, on a real Go process. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/xalloc.h"
#include "tests/support/folder.h"
#include "tests/support/program.h"
#include "tests/support/screen.h"
#include "tests/support/target.h"

enum { WAIT_MS = 15000 };

static struct go_target target;

static int start_target(void **state)
{
	CLEANUP(free_cleanup) char *path = go_target_newest("holders");

	if (program_set_up(state) || !path || !go_target_start(&target, path))
		return -1;
	/* Histories of prompts go to a directory of the test. */
	return setenv("XDG_STATE_HOME", test_folder(), 1);
}

static int stop_target(void **state)
{
	return go_target_stop(&target) | program_tear_down(state);
}

static struct terminal *open_on_target(int rows, int cols)
{
	const char *program = getenv("MAPSCOPE");
	char pid[16];
	char *argv[] = {NULL, pid, NULL};

	assert_non_null(program);
	argv[0] = (char *)(uintptr_t)program;
	snprintf(pid, sizeof(pid), "%d", (int)target.pid);
	return terminal_open(argv, rows, cols);
}

static void screens_open_one_another(void **state)
{
	struct terminal *t = open_on_target(24, 80);

	(void)state;
	see(t, "[1Over]");
	see(t, "RUN");
	terminal_send(t, "2");
	see(t, "[2Maps]");
	terminal_send(t, ",");
	see(t, "by:type");
	terminal_send(t, ",");
	see(t, "by:package");
	terminal_send(t, ",");
	see(t, "by:none");
	terminal_send(t, "\r");
	see(t, "Maps > ");
	see(t, "CHAIN");
	terminal_send(t, "e");
	see(t, "> entries");
	terminal_send(t, "b");
	see(t, "STATE");
	terminal_send(t, "?");
	see(t, "READ-ONLY");
	terminal_send(t, "qqqq");
	see(t, "by:none");
	terminal_send(t, "1");
	see(t, "[1Over]");
	leave_free(t, target.pid);
}

static void objects_lead_to_their_roots(void **state)
{
	struct terminal *t = open_on_target(24, 80);

	(void)state;
	see(t, "[1Over]");
	terminal_send(t, "3");
	see(t, "[3Types]");
	see(t, "SHALLOW");
	terminal_send(t, "\r");
	see(t, "Types > ");
	terminal_send(t, "r");
	see(t, "Paths to roots");
	see(t, "strong path");
	terminal_send(t, "\t");
	see(t, "Incoming");
	terminal_send(t, "\t");
	see(t, "Outgoing");
	terminal_send(t, "4");
	see(t, "[4Dom]");
	terminal_send(t, "\r");
	see(t, "Dominators > ");
	terminal_send(t, "6");
	see(t, "[6Prof]");
	see(t, "keeps no heap profile");
	terminal_send(t, ",");
	see(t, "references inuse_space");
	terminal_send(t, "c");
	see(t, "references map_storage");
	terminal_send(t, "7");
	see(t, "spans in use");
	terminal_send(t, "c");
	see(t, "size classes");
	terminal_send(t, "0");
	see(t, "[0Log]");
	leave_free(t, target.pid);
}

static void commands_are_typed_into_the_prompt(void **state)
{
	struct terminal *t = open_on_target(24, 80);

	(void)state;
	see(t, "[1Over]");
	terminal_send(t, ":");
	see(t, "(mapscope)");
	terminal_send(t, "print 6*7\r");
	see(t, "42");
	terminal_send(t, "goroutine 1\r");
	see(t, "runtime.main");
	terminal_send(t, "maps -n 3\r");
	see(t, "STORAGE");
	terminal_send(t, "prnt\r");
	see(t, "did you mean print?");
	terminal_send(t, "next\r");
	see(t, "mapscope is read-only");
	terminal_send(t, "gorout\t\t");
	see(t, "(mapscope) goroutine");
	see(t, "goroutines");
	/* ^C takes the line back, it ends nothing. */
	terminal_send(t, "\003resample\r");
	see(t, "sample #2");
	see(t, "new sample, stopped for");
	/* What comes slowly is seen as it comes, and ended while it waits. */
	terminal_send(t, "monitor rss --every 60s\r");
	see(t, "TIME");
	terminal_send(t, "\003");
	see(t, "cancelled");
	terminal_send(t, "types\r");
	see(t, "unsafe.Pointer");
	terminal_send(t, "\033[5~\033[5~");
	see(t, "rows further down");
	terminal_send(t, "q\r");
	see(t, "[1Over]");
	/* It is as it was left. */
	terminal_send(t, "`");
	see(t, "unsafe.Pointer");
	terminal_send(t, "\033");
	see(t, "[1Over]");
	leave_free(t, target.pid);
}

/* Tables of a snapshot have no symbols and no values. */
static void the_prompt_knows_what_a_snapshot_lacks(void **state)
{
	CLEANUP(free_cleanup) char *file = test_path("maps.msnap");
	char *argv[] = {NULL, file, NULL};
	struct terminal *t;

	(void)state;
	assert_int_equal(
		program_shell(NULL, "%s snapshot %d --level maps -o %s",
			      getenv("MAPSCOPE"), (int)target.pid, file),
		0);
	argv[0] = getenv("MAPSCOPE");
	t = terminal_open(argv, 24, 80);
	see(t, "[1Over]");
	terminal_send(t, ":print main.\t\t\003vars ma\t\t\003map main.b\t\t");
	see(t, "map main.b");
	terminal_send(t, "\003locals\r");
	see(t, "needs the target's memory");
	terminal_send(t, "goroutine 1\r");
	see(t, "runtime.main");
	terminal_send(t, "exit\r");
	see(t, "[1Over]");
	leave_free(t, target.pid);
	remove(file);
}

static void the_prompt_fits_a_small_terminal(void **state)
{
	struct terminal *t = open_on_target(10, 40);

	(void)state;
	see(t, "[1Over]");
	terminal_send(t, ":");
	see(t, "(mapscope)");
	terminal_send(t, "print \"0123456789012345678901234567890123\"\r");
	see(t, "901234567890123\"");
	terminal_send(t, "print 0123456789012345678901234567890123 +");
	see(t, "0123 +");
	terminal_resize(t, 24, 80);
	see(t, "(mapscope) print 0123456789");
	terminal_send(t, "\025screen nowhere\r");
	see(t, "no screen 'nowhere'");
	terminal_send(t, "screen mem\r");
	see(t, "[7Mem]");
	terminal_send(t, ":screen overview\r");
	see(t, "[1Over]");
	leave_free(t, target.pid);
}

static void goroutines_lead_to_values(void **state)
{
	struct terminal *t = open_on_target(24, 100);

	(void)state;
	see(t, "[1Over]");
	terminal_send(t, "5");
	see(t, "[5Gor]");
	see(t, "USERLOC");
	terminal_send(t, ",");
	see(t, "by:user location");
	terminal_send(t, ",,,");
	see(t, "by:none");
	terminal_send(t, "\r");
	see(t, "Goroutines > g");
	see(t, "VARIABLES of frame 0");
	terminal_send(t, "2");
	see(t, "[2Maps]");
	terminal_send(t, "\r");
	see(t, "Maps > ");
	terminal_send(t, "e");
	see(t, "> entries");
	terminal_send(t, "\r");
	see(t, "Value > [");
	leave_free(t, target.pid);
}

static void wide_terminals_show_what_belongs_to_the_row(void **state)
{
	struct terminal *t = open_on_target(60, 200);

	(void)state;
	see(t, "[1Over]");
	terminal_send(t, "2");
	see(t, "[2Maps]");
	see(t, "CHAIN groups");
	see(t, "References > 0x");
	terminal_send(t, "O");
	assert_true(terminal_wait_gone(t, "References > 0x", WAIT_MS));
	terminal_send(t, "O");
	see(t, "References > 0x");
	leave_free(t, target.pid);
}

static void the_mouse_selects_opens_and_sorts(void **state)
{
	struct terminal *t = open_on_target(24, 80);

	(void)state;
	see(t, "[1Over]");
	terminal_send(t, "2");
	see(t, "[2Maps]");
	see(t, "RETAINEDv");
	/* the title of the first text column, then its second row, twice */
	terminal_send(t, "\033[<0;12;4M\033[<0;12;4m");
	see(t, "OWNER^");
	terminal_send(t, "\033[<0;12;6M\033[<0;12;6m");
	see(t, " 2/");
	terminal_send(t, "\033[<65;12;6M");
	see(t, " 5/");
	terminal_send(t, "\033[<0;12;6M\033[<0;12;6m"
			 "\033[<0;12;6M\033[<0;12;6m");
	see(t, "Maps > ");
	leave_free(t, target.pid);
}

static void filters_sort_and_search(void **state)
{
	struct terminal *t = open_on_target(24, 80);

	(void)state;
	see(t, "[1Over]");
	terminal_send(t, "2");
	see(t, "by:owner");
	terminal_send(t, "\\entries>");
	see(t, "not a number");
	terminal_send(t, "0 main");
	see(t, "\\entries>0 main");
	terminal_send(t, "\r");
	terminal_send(t, "s");
	see(t, "sort by:");
	terminal_send(t, "e");
	see(t, "ENTRIESv");
	terminal_send(t, "S");
	see(t, "ENTRIES^");
	terminal_send(t, "/nosuchthing\r");
	see(t, "not found: nosuchthing");
	terminal_send(t, "\\ nosuchowner\r");
	see(t, "nothing matches the filter");
	terminal_send(t, "\033");
	see(t, "main.hinted");
	terminal_send(t, "Y");
	see(t, "mapscope maps");
	leave_free(t, target.pid);
}

static void every_size_draws(void **state)
{
	static const int sizes[][2] = {
		{10, 40}, {16, 60}, {24, 80}, {40, 120}, {60, 200}};
	struct terminal *t = open_on_target(24, 80);
	size_t i;

	(void)state;
	see(t, "[1Over]");
	for (i = 0; i < 5; i++) {
		terminal_resize(t, sizes[i][0], sizes[i][1]);
		see(t, "FINDINGS");
		terminal_send(t, "2");
		see(t, "OWNER");
		terminal_send(t, "1");
		see(t, "[1Over]");
	}
	terminal_resize(t, 9, 39);
	see(t, "need 40x10");
	terminal_resize(t, 24, 80);
	see(t, "[1Over]");
	leave_free(t, target.pid);
}

static void a_new_sample_keeps_the_screen(void **state)
{
	struct terminal *t = open_on_target(24, 80);

	(void)state;
	see(t, "sample #1");
	terminal_send(t, "2");
	see(t, "by:owner");
	assert_true(terminal_resample(t, "sample #2", WAIT_MS));
	see(t, "by:owner");
	leave_free(t, target.pid);
}

static void signals_end_it_cleanly(void **state)
{
	static const int signals[] = {SIGTERM, SIGHUP, SIGINT};
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct terminal *t = open_on_target(24, 80);

		see(t, "[1Over]");
		kill(terminal_pid(t), signals[i]);
		assert_int_equal(terminal_wait_exit(t, WAIT_MS),
				 128 + signals[i]);
		assert_non_null(strstr(terminal_raw(t), "\033[?1049l"));
		assert_true(go_target_is_free(target.pid));
		terminal_close(t);
	}
}

/* A key of the target holds ESC and invalid bytes; see tests/targets. */
/* SIGHUP goes to those who have the terminal as their own, only. */
static void a_lost_terminal_ends_it(void **state)
{
	struct terminal *t;
	sigset_t hup;

	(void)state;
	sigemptyset(&hup);
	sigaddset(&hup, SIGHUP);
	sigprocmask(SIG_BLOCK, &hup, NULL);
	t = open_on_target(24, 80);
	sigprocmask(SIG_UNBLOCK, &hup, NULL);
	see(t, "FINDINGS");
	assert_true(terminal_hang_up(t, WAIT_MS) >= 0);
	assert_true(go_target_is_free(target.pid));
	terminal_close(t);
}

static void bytes_of_the_target_stay_text(void **state)
{
	struct terminal *t = open_on_target(24, 80);

	(void)state;
	see(t, "[1Over]");
	terminal_send(t, "2,,,");
	see(t, "by:none");
	terminal_send(t, "e");
	see(t, "KEY");
	assert_null(strstr(terminal_raw(t), "\033]0;"));
	leave_free(t, target.pid);
}

static void without_a_terminal_it_prints(void **state)
{
	CLEANUP(free_cleanup) char *out = NULL;

	(void)state;
	assert_int_equal(program_shell(&out, "%s %d", getenv("MAPSCOPE"),
				       (int)target.pid),
			 0);
	assert_null(strchr(out, 27));
	assert_non_null(strstr(out, "\nFINDINGS"));
}

/* Also on a terminal: whoever asks for JSON wants no screens. */
static void json_is_printed_on_a_terminal(void **state)
{
	char pid[16], word[] = "attach", flag[] = "--json";
	char *argv[] = {getenv("MAPSCOPE"), word, pid, flag, NULL};
	struct terminal *t;

	(void)state;
	snprintf(pid, sizeof(pid), "%d", (int)target.pid);
	t = terminal_open(argv, 24, 80);
	assert_int_equal(terminal_wait_exit(t, WAIT_MS), 0);
	see(t, "}");
	assert_non_null(strstr(terminal_raw(t), "{\"schema\":\"mapscope/"));
	assert_null(strstr(terminal_raw(t), "\033[?1049h"));
	terminal_close(t);
}

static void a_dumb_terminal_is_told_why(void **state)
{
	char env[] = "env", dumb[] = "TERM=dumb", pid[16];
	char *argv[] = {env, dumb, getenv("MAPSCOPE"), pid, NULL};
	struct terminal *t;

	(void)state;
	snprintf(pid, sizeof(pid), "%d", (int)target.pid);
	t = terminal_open(argv, 24, 80);
	see(t, "no interface: ");
	see(t, "mapscope maps");
	assert_int_equal(terminal_wait_exit(t, WAIT_MS), 2);
	terminal_close(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(screens_open_one_another),
		cmocka_unit_test(objects_lead_to_their_roots),
		cmocka_unit_test(commands_are_typed_into_the_prompt),
		cmocka_unit_test(the_prompt_knows_what_a_snapshot_lacks),
		cmocka_unit_test(the_prompt_fits_a_small_terminal),
		cmocka_unit_test(goroutines_lead_to_values),
		cmocka_unit_test(wide_terminals_show_what_belongs_to_the_row),
		cmocka_unit_test(the_mouse_selects_opens_and_sorts),
		cmocka_unit_test(filters_sort_and_search),
		cmocka_unit_test(every_size_draws),
		cmocka_unit_test(a_new_sample_keeps_the_screen),
		cmocka_unit_test(signals_end_it_cleanly),
		cmocka_unit_test(a_lost_terminal_ends_it),
		cmocka_unit_test(bytes_of_the_target_stay_text),
		cmocka_unit_test(without_a_terminal_it_prints),
		cmocka_unit_test(json_is_printed_on_a_terminal),
		cmocka_unit_test(a_dumb_terminal_is_told_why),
	};

	return cmocka_run_group_tests(tests, start_target, stop_target);
}
