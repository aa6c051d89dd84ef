/* The commands on real Go processes: answers, exit codes, harmlessness. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/base/xalloc.h"
#include "tests/support/answer.h"
#include "tests/support/patience.h"
#include "tests/support/program.h"
#include "tests/support/target.h"

#if PATIENCE > 1
enum { SAMPLES = 41, KILLS = 40 };
#else
enum { SAMPLES = 501, KILLS = 200 };
#endif

static struct go_target holders;

static int start_targets(void **state)
{
	char *path = go_target_newest("holders");
	bool ready = path && go_target_start(&holders, path);

	(void)state;
	free(path);
	return ready ? 0 : -1;
}

static int stop_targets(void **state)
{
	(void)state;
	return go_target_stop(&holders);
}

static int run(const char *arguments, json_t **answer)
{
	json_t *ignored = NULL;
	int code = answer_any(answer ? answer : &ignored, "%s", arguments);

	json_decref(ignored);
	return code;
}

/* @ in @p text stands for the target's process id. */
static int run_on(pid_t pid, const char *text, json_t **answer)
{
	char arguments[1024];
	const char *at = strchr(text, '@');

	assert_non_null(at);
	snprintf(arguments, sizeof(arguments), "%.*s%d%s", (int)(at - text),
		 text, (int)pid, at + 1);
	return run(arguments, answer);
}

static void every_command_answers(void **state)
{
	static const char *const commands[] = {
		"@",
		"maps @",
		"maps @ --group type",
		"maps @ --group package",
		"maps @ --group none --runtime --all",
		"maps @ --csv --sort waste -n 3",
		"maps @ --hist --filter 'entries>0'",
		"maps @ --ndjson",
		"map @ main.global",
		"map @ main.global --buckets --entries 5",
		"entries @ main.global",
		"entries @ main.global --ndjson --range 1:3",
		"findings @",
		"findings @ --csv",
		"stats @",
		"doctor @",
		"maps @ --freeze=nonstop",
		"maps @ --freeze=stop",
		"maps @ --freeze=fork",
		"maps @ --no-retained --threads 1",
		"maps @ --max-mem 1M",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(commands); i++) {
		int code = run_on(holders.pid, commands[i], NULL);

		if (code)
			print_message("%s: exit code %d\n", commands[i], code);
		assert_int_equal(code, 0);
		assert_true(go_target_is_free(holders.pid));
	}
	assert_int_equal(run("ps", NULL), 0);
	assert_int_equal(run("version", NULL), 0);
	assert_int_equal(run("help", NULL), 0);
}

static void answers_carry_the_envelope(void **state)
{
	static const struct {
		const char *command, *schema, *body;
	} answers[] = {
		{"maps @ --json", "mapscope/maps/1", "maps"},
		{"map @ main.global --json", "mapscope/map/1", "map"},
		{"entries @ main.global --json", "mapscope/entries/1",
		 "entries"},
		{"findings @ --json", "mapscope/findings/1", "findings"},
		{"stats @ --json", "mapscope/stats/1", "stats"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(answers); i++) {
		json_t *answer, *target;

		assert_int_equal(
			run_on(holders.pid, answers[i].command, &answer), 0);
		assert_non_null(answer);
		assert_string_equal(
			json_string_value(json_object_get(answer, "schema")),
			answers[i].schema);
		assert_non_null(json_object_get(answer, answers[i].body));
		target = json_object_get(answer, "target");
		assert_int_equal(
			json_integer_value(json_object_get(target, "pid")),
			holders.pid);
		assert_true(json_is_true(json_object_get(
			json_object_get(answer, "sample"), "complete")));
		json_decref(answer);
	}
}

static void exit_codes_are_as_documented(void **state)
{
	json_t *answer;
	char self[32];

	(void)state;
	assert_int_equal(run("maps 999999999", NULL), 3);
	assert_int_equal(run("maps", NULL), 2);
	assert_int_equal(run("maps --nonsense 1", NULL), 2);
	assert_int_equal(run("maps /etc/hostname", NULL), 6);
	assert_int_equal(run_on(holders.pid, "map @ main.nosuch", NULL), 8);
	assert_int_equal(run_on(holders.pid, "maps @ --sort nosuch", NULL), 2);
	assert_int_equal(
		run_on(holders.pid, "maps @ --fail-on 'entries>0'", NULL), 10);
	snprintf(self, sizeof(self), "maps %d", (int)getpid());
	assert_int_equal(run(self, NULL), 5);
	assert_int_equal(run("maps 999999999 --json", &answer), 3);
	assert_non_null(answer);
	assert_string_equal(
		json_string_value(json_object_get(answer, "schema")),
		"mapscope/error/1");
	json_decref(answer);
}

static void redacted_answers_hold_no_bytes(void **state)
{
	json_t *answer, *entry;
	size_t i;

	(void)state;
	assert_int_equal(run_on(holders.pid,
				"entries @ main.global --redact basic --json",
				&answer),
			 0);
	json_array_foreach(json_object_get(answer, "entries"), i, entry)
	{
		json_t *key = json_object_get(entry, "key");

		assert_true(json_is_true(json_object_get(key, "redacted")));
		assert_null(json_object_get(key, "text"));
	}
	assert_true(i > 0);
	json_decref(answer);
}

/*
 * One target of each map family checks its own maps while @p disturb is at
 * work, and ends with an error if one was ever wrong.
 */
static void disturb_both(void (*disturb)(pid_t pid))
{
	char *paths[] = {go_target_newest("busy"),
			 go_target_newest_classic("busy")};
	size_t i;

	for (i = 0; i < ARRAY_LEN(paths); i++) {
		struct go_target busy;

		assert_non_null(paths[i]);
		assert_true(go_target_start(&busy, paths[i]));
		disturb(busy.pid);
		assert_int_equal(go_target_stop(&busy), 0);
		free(paths[i]);
	}
}

static void sample_often(pid_t pid)
{
	static const char *const modes[] = {"maps @ --json --freeze=copy",
					    "maps @ --json --freeze=stop",
					    "maps @ --json --freeze=nonstop",
					    "maps @ --json --freeze=fork"};
	unsigned i;

	for (i = 0; i < SAMPLES; i++) {
		int code = run_on(pid, modes[i % ARRAY_LEN(modes)], NULL);

		/* 7: nothing to copy in time on a loaded machine. */
		assert_true(code == 0 || code == 7);
		assert_true(go_target_is_free(pid));
	}
}

static void a_busy_target_is_sampled_unharmed(void **state)
{
	(void)state;
	disturb_both(sample_often);
}

static void kill_often(pid_t target)
{
	const char *program = getenv("MAPSCOPE");
	char pid[16];
	unsigned i, k;

	snprintf(pid, sizeof(pid), "%d", (int)target);
	srand(1);
	for (i = 0; i < KILLS; i++) {
		pid_t child = fork();

		if (!child) {
			if (!freopen("/dev/null", "w", stdout))
				_exit(126);
			execl(program, program, "maps", pid, (char *)NULL);
			_exit(127);
		}
		usleep((useconds_t)(rand() % 120000));
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		/* The kernel lets the threads run as our process goes. */
		for (k = 0; k < 200 && !go_target_is_free(target); k++)
			usleep(1000);
		assert_true(go_target_is_free(target));
	}
}

static void killing_it_leaves_the_target_running(void **state)
{
	(void)state;
	disturb_both(kill_often);
}

static void a_reader_that_goes_away_is_a_quiet_end(void **state)
{
	CLEANUP(free_cleanup) char *out = NULL;

	(void)state;
	program_shell(
		&out,
		"exec 3>&1; { '%s' objects %d 2>&3; echo code $? >&3; } | "
		"head -c 1 >/dev/null",
		getenv("MAPSCOPE"), (int)holders.pid);
	assert_string_equal(out, "code 0\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_command_answers),
		cmocka_unit_test(answers_carry_the_envelope),
		cmocka_unit_test(exit_codes_are_as_documented),
		cmocka_unit_test(redacted_answers_hold_no_bytes),
		cmocka_unit_test(a_busy_target_is_sampled_unharmed),
		cmocka_unit_test(killing_it_leaves_the_target_running),
		cmocka_unit_test(a_reader_that_goes_away_is_a_quiet_end),
	};

	return cmocka_run_group_tests(tests, start_targets, stop_targets);
}
