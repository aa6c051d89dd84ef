/*
 * ^C ends a command that prints nothing for long, in the interface and in the
 * prompt of the command line; the session goes on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/base/attr.h"
#include "core/base/clock.h"
#include "core/base/xalloc.h"
#include "tests/support/target.h"
#include "tests/support/terminal.h"

enum { WAIT_MS = 30000 };

/* It takes seconds; a machine that is busy with other things needs a while. */
static const uint64_t ENDS_NS = 1000000000;
static const char command[] = "entries main.wide /nosuchthing/";

static struct go_target target;

static int start_target(void **state)
{
	CLEANUP(free_cleanup) char *path = go_target_newest("big");
	char line[64] = "";

	(void)state;
	setenv("MAPSCOPE_MAX_STOP", "20s", 1);
	if (!path || !go_target_spawn(&target, path, "-wide=3000000"))
		return -1;
	while (strcmp(line, "READY\n") != 0)
		if (!fgets(line, sizeof(line), target.out))
			return -1;
	return 0;
}

static int stop_target(void **state)
{
	(void)state;
	return go_target_stop(&target);
}

static void see(struct terminal *t, const char *text)
{
	if (terminal_wait_for(t, text, WAIT_MS))
		return;
	print_message("not on the screen: %s\n%s\n", text, terminal_dump(t));
	fail();
}

static void wait_a_little(void)
{
	const struct timespec while_it_works = {.tv_nsec = 300000000};

	nanosleep(&while_it_works, NULL);
}

static void cancel(struct terminal *t)
{
	CLEANUP(free_cleanup) char *line = xasprintf("%s\r", command);
	uint64_t began;

	terminal_send(t, line);
	see(t, "nosuchthing/");
	wait_a_little();
	assert_false(terminal_wait_for(t, "cancelled", 1));
	began = clock_now();
	terminal_send(t, "\003");
	see(t, "cancelled");
	assert_true(clock_now() - began < ENDS_NS);
	terminal_send(t, "print 20 + 22\r");
	see(t, "42");
}

static struct terminal *run(char *word)
{
	char number[16];
	char *argv[] = {getenv("MAPSCOPE"), word ? word : number,
			word ? number : NULL, NULL};

	assert_non_null(argv[0]);
	snprintf(number, sizeof(number), "%d", (int)target.pid);
	return terminal_open(argv, 24, 80);
}

static void the_interface_ends_a_command(void **state)
{
	struct terminal *t = run(NULL);

	(void)state;
	see(t, "[1Over]");
	terminal_send(t, ":");
	see(t, "(mapscope)");
	cancel(t);
	terminal_send(t, "\033");
	see(t, "[1Over]");
	terminal_send(t, "Q");
	assert_int_equal(terminal_wait_exit(t, WAIT_MS), 0);
	terminal_close(t);
}

static void the_prompt_ends_a_command(void **state)
{
	char word[] = "prompt";
	struct terminal *t = run(word);

	(void)state;
	see(t, "(mapscope)");
	cancel(t);
	terminal_send(t, "exit\r");
	assert_int_equal(terminal_wait_exit(t, WAIT_MS), 0);
	terminal_close(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_interface_ends_a_command),
		cmocka_unit_test(the_prompt_ends_a_command),
	};

	return cmocka_run_group_tests(tests, start_target, stop_target);
}
