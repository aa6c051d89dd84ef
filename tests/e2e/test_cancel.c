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

enum { WAIT_MS = 30000, TRIES = 10 };

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

static void wait_a_little(long ms)
{
	const struct timespec while_it_works = {.tv_nsec = ms * 1000000};

	nanosleep(&while_it_works, NULL);
}

/* What the program has worked so far. */
static uint64_t cpu_ns(const struct terminal *t)
{
	CLEANUP(free_cleanup)
	char *path = xasprintf("/proc/%d/stat", (int)terminal_pid(t));
	unsigned long user = 0, system = 0;
	FILE *f = fopen(path, "re");
	char line[1024] = "";
	const char *p;

	if (f) {
		p = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
		if (p)
			sscanf(p,
			       ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u "
			       "%*u %lu %lu",
			       &user, &system);
		fclose(f);
	}
	return (user + system) * (1000000000 / (uint64_t)sysconf(_SC_CLK_TCK));
}

/* More wants to run than there are processors: time says little then. */
static bool is_busy(void)
{
	double load = 0;

	return getloadavg(&load, 1) == 1 &&
	       load > (double)sysconf(_SC_NPROCESSORS_ONLN);
}

struct moment {
	uint64_t wall, cpu;
};

static struct moment now(const struct terminal *t)
{
	return (struct moment){clock_now(), cpu_ns(t)};
}

static void assert_soon(const struct terminal *t, struct moment began)
{
	struct moment end = now(t);

	assert_true(end.wall - began.wall < ENDS_NS ||
		    (is_busy() && end.cpu - began.cpu < ENDS_NS));
}

static void cancel(struct terminal *t)
{
	CLEANUP(free_cleanup) char *line = xasprintf("%s\r", command);
	struct moment began;

	terminal_send(t, line);
	see(t, "nosuchthing/");
	wait_a_little(300);
	assert_false(terminal_wait_for(t, "cancelled", 1));
	began = now(t);
	terminal_send(t, "\003");
	see(t, "cancelled");
	assert_soon(t, began);
	terminal_send(t, "print 20 + 22\r");
	see(t, "42");
}

/* Both keys are there before the program looks at the first. */
static void cancel_ahead(struct terminal *t)
{
	CLEANUP(free_cleanup) char *line = xasprintf("%s\r\003", command);
	struct moment began = now(t);

	terminal_send(t, "\014"); /* an empty screen */
	assert_true(terminal_wait_gone(t, "cancelled", WAIT_MS));
	terminal_send(t, line);
	see(t, "cancelled");
	assert_soon(t, began);
	/* What was typed before it goes with it, what comes later counts. */
	terminal_send(t, "print 30 + 33\r");
	see(t, "63");
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
	cancel_ahead(t);
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
	cancel_ahead(t);
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

/* Which of the two is seen first: is it @p text? Bounded as see() is. */
static bool see_rather(struct terminal *t, const char *text, const char *other)
{
	uint64_t end = clock_now() + (uint64_t)WAIT_MS * 1000000;

	while (clock_now() < end) {
		if (terminal_wait_for(t, text, 10))
			return true;
		if (terminal_wait_for(t, other, 10))
			return false;
	}
	see(t, text);
	return true;
}

/*
 * Ends what is being written, this long after it began; @p told is then on the
 * screen. False if all of it was written before the key came.
 */
static bool end_after(struct terminal *t, long ms, const char *told)
{
	struct moment began;

	wait_a_little(ms);
	began = now(t);
	terminal_send(t, "\003");
	if (!see_rather(t, told, "wrote")) {
		assert_int_equal(
			program_shell(NULL, "rm -rf %s/*", test_folder()), 0);
		return false;
	}
	assert_soon(t, began);
	assert_nothing_is_left();
	return true;
}

static void end_at_the_prompt(struct terminal *t, const char *line, long ms)
{
	unsigned tries;

	for (tries = 0; tries < TRIES; tries++, ms /= 2) {
		terminal_send(t, "\014"); /* an empty screen */
		assert_true(terminal_wait_gone(t, "wrote", WAIT_MS));
		assert_true(terminal_wait_gone(t, "cancelled", WAIT_MS));
		terminal_send(t, line);
		if (end_after(t, ms, "cancelled"))
			return;
	}
	fail_msg("never in time: %s", line);
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
	for (i = 0; i < ARRAY_LEN(writes); i++) {
		CLEANUP(free_cleanup)
		char *line = xasprintf("%s -o %s/%s\r", writes[i].command,
				       test_folder(), writes[i].file);

		for (ms = 20; ms <= 100; ms += 80)
			end_at_the_prompt(t, line, ms);
	}
	terminal_send(t, "\014print 20 + 22\r");
	see(t, "42");
	terminal_send(t, "exit\r");
	assert_int_equal(terminal_wait_exit(t, WAIT_MS), 0);
	terminal_close(t);
}

static void end_in_a_form(struct terminal *t, const char *key, const char *form,
			  const char *path)
{
	unsigned tries;

	for (tries = 0; tries < TRIES; tries++) {
		terminal_send(t, key);
		see(t, form);
		terminal_send(t, path);
		if (!end_after(t, 20, "nothing was written"))
			continue;
		/* A report may have waited for its answer already. */
		if (terminal_wait_for(t, "cancelled", 1))
			return;
		terminal_send(t, "\033");
		see(t, "[1Over]");
	}
	fail_msg("never in time: %s", form);
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

		end_in_a_form(t, forms[i].key, forms[i].form, path);
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
