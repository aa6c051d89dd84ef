/*
 * ^C ends a command that prints nothing for long, in the interface and in the
 * prompt of the command line, and leaves no file; the session goes on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/attr.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/xalloc.h"
#include "tests/support/folder.h"
#include "tests/support/program.h"
#include "tests/support/target.h"
#include "tests/support/terminal.h"

enum { WAIT_MS = 30000 };

/* It takes seconds; a machine that is busy with other things needs a while. */
static const uint64_t ENDS_NS = 1000000000;
static const char command[] = "entries main.wide /nosuchthing/";

/* A map that is long to search; maps that are long to write. */
static struct go_target target, many;

static bool start(struct go_target *to, const char *path, const char *flag)
{
	char line[64] = "";

	if (!go_target_spawn(to, path, flag))
		return false;
	while (strcmp(line, "READY\n") != 0)
		if (!fgets(line, sizeof(line), to->out))
			return false;
	return true;
}

static int start_targets(void **state)
{
	CLEANUP(free_cleanup) char *path = go_target_newest("big");

	if (program_set_up(state) || !path)
		return -1;
	return start(&target, path, "-wide=3000000") &&
			       start(&many, path, "-maps=300000")
		       ? 0
		       : -1;
}

static int stop_targets(void **state)
{
	return go_target_stop(&target) | go_target_stop(&many) |
	       program_tear_down(state);
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

static struct terminal *run(char *word, const struct go_target *on)
{
	char number[16];
	char *argv[] = {getenv("MAPSCOPE"), word ? word : number,
			word ? number : NULL, NULL};

	assert_non_null(argv[0]);
	snprintf(number, sizeof(number), "%d", (int)on->pid);
	return terminal_open(argv, 24, 80);
}

static void the_interface_ends_a_command(void **state)
{
	struct terminal *t = run(NULL, &target);

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
	struct terminal *t = run(word, &target);

	(void)state;
	see(t, "(mapscope)");
	cancel(t);
	terminal_send(t, "exit\r");
	assert_int_equal(terminal_wait_exit(t, WAIT_MS), 0);
	terminal_close(t);
}

/* What is in the folder that files are written into; "" nothing. */
static char *left_behind(void)
{
	struct buf names = {0};
	struct dirent *entry;
	DIR *dir = opendir(test_folder());

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			buf_printf(&names, "%s ", entry->d_name);
	closedir(dir);
	return buf_steal(&names);
}

static void assert_nothing_is_left(void)
{
	CLEANUP(free_cleanup) char *names = left_behind();

	assert_string_equal(names, "");
}

/* Ends what is being written, this long after it began. */
static void end_after(struct terminal *t, long ms)
{
	const struct timespec while_it_works = {.tv_nsec = ms * 1000000};
	uint64_t began;

	nanosleep(&while_it_works, NULL);
	began = clock_now();
	terminal_send(t, "\003");
	see(t, "cancelled");
	assert_true(clock_now() - began < ENDS_NS);
	assert_nothing_is_left();
}

static void what_is_written_at_the_prompt_ends(void **state)
{
	static const struct {
		const char *command, *file;
	} writes[] = {{"snapshot", "a.msnap"},
		      {"snapshot --level full", "a.msnap"},
		      {"snapshot --elf", "a.core"},
		      {"report --yes", "report"}};
	char word[] = "prompt";
	struct terminal *t = run(word, &many);
	size_t i;
	long ms;

	(void)state;
	see(t, "(mapscope)");
	for (i = 0; i < ARRAY_LEN(writes); i++)
		for (ms = 20; ms <= 100; ms += 80) {
			CLEANUP(free_cleanup)
			char *line = xasprintf("%s -o %s/%s", writes[i].command,
					       test_folder(), writes[i].file);

			terminal_send(t, "\014"); /* an empty screen */
			terminal_send(t, line);
			terminal_send(t, "\r");
			end_after(t, ms);
		}
	terminal_send(t, "\014print 20 + 22\r");
	see(t, "42");
	terminal_send(t, "exit\r");
	assert_int_equal(terminal_wait_exit(t, WAIT_MS), 0);
	terminal_close(t);
}

static void what_the_forms_write_ends(void **state)
{
	static const struct {
		const char *key, *form, *name;
	} forms[] = {{"W", "Save", "a.msnap"}, {"B", "Bug report", "report"}};
	struct terminal *t = run(NULL, &many);
	size_t i;

	(void)state;
	see(t, "[1Over]");
	for (i = 0; i < ARRAY_LEN(forms); i++) {
		CLEANUP(free_cleanup)
		char *path =
			xasprintf("\025%s/%s\r", test_folder(), forms[i].name);

		terminal_send(t, forms[i].key);
		see(t, forms[i].form);
		terminal_send(t, path);
		end_after(t, 20);
		see(t, "nothing was written");
		terminal_send(t, "\033");
		see(t, "[1Over]");
	}
	/* What comes next is not ended by that. */
	terminal_send(t, ":");
	see(t, "(mapscope)");
	terminal_send(t, "print 20 + 22\r");
	see(t, "42");
	terminal_send(t, "\033Q");
	assert_int_equal(terminal_wait_exit(t, WAIT_MS), 0);
	terminal_close(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_interface_ends_a_command),
		cmocka_unit_test(the_prompt_ends_a_command),
		cmocka_unit_test(what_is_written_at_the_prompt_ends),
		cmocka_unit_test(what_the_forms_write_ends),
	};

	return cmocka_run_group_tests(tests, start_targets, stop_targets);
}
