/* The prompt on a real process: scripts, refusals, and typed on a terminal. */
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
#include <jansson.h>

#include "core/base/buf.h"
#include "core/base/xalloc.h"
#include "tests/support/artefacts.h"
#include "tests/support/folder.h"
#include "tests/support/program.h"
#include "tests/support/screen.h"
#include "tests/support/target.h"

enum { WAIT_MS = 15000 };

static struct go_target target;

static int start_target(void **state)
{
	CLEANUP(free_cleanup) char *path = go_target_newest("values");

	if (program_set_up(state) || !path)
		return -1;
	return go_target_start(&target, path) ? 0 : -1;
}

static int stop_target(void **state)
{
	return go_target_stop(&target) | program_tear_down(state);
}

/* Run a script given on stdin; its exit code, and all it printed. */
static int run(const char *flags, const char *script, struct buf *out)
{
	CLEANUP(free_cleanup) char *text = NULL;
	int code;

	assert_true(artefact_write("script", script));
	code = program_shell(&text, "%s prompt %d %s 2>&1 <%s/script",
			     getenv("MAPSCOPE"), (int)target.pid, flags,
			     test_folder());
	assert_non_null(text);
	buf_adds(out, text);
	assert_true(go_target_is_free(target.pid));
	return code;
}

static void expect(const char *script, int code, const char *const *parts)
{
	CLEANUP(buf_deinit) struct buf out = {0};
	int got = run("-k", script, &out);

	for (; *parts; parts++) {
		if (!strstr(buf_str(&out), *parts)) {
			print_message("no '%s' in:\n%s\n", *parts,
				      buf_str(&out));
			fail();
		}
	}
	assert_int_equal(got, code);
}

static void commands_answer_under_delves_names(void **state)
{
	static const char script[] = "# a comment\n"
				     "\n"
				     "p main.seven\n"
				     "print %x main.huge\n"
				     "whatis main.item.Any\n"
				     "whatis pprof.LabelSet\n"
				     "grs -with userloc main.holdShadow\n"
				     "types ^main\\.It\n"
				     "funcs ^main\\.holdArgs$\n"
				     "packages ^main$\n"
				     "sources values.go\n"
				     "vars ^main.seven$\n"
				     "x -count 5 -fmt raw main.text\n"
				     "ms entries>1000\n"
				     "map main.cache\n"
				     "entries main.numbers 2:4\n"
				     "refs main.cache\n"
				     "mem\n"
				     "target list\n"
				     "display -a main.seven + 1\n"
				     "resample\n"
				     "config max-string-len 2\n"
				     "p main.text\n"
				     "config alias print say\n"
				     "say main.seven * 3\n"
				     "key main.cache \"id-2\"\n"
				     "bk main.points\n"
				     "bk main.numbers 0:1\n"
				     "libraries\n"
				     "stack 1 -mode normal\n"
				     "gcstats\n"
				     "help print\n";
	static const char *const parts[] = {"7\n",
					    "ffffffffffffffff\n",
					    "interface {}(main.Point)",
					    "} // size 24",
					    "main.holdShadow",
					    "main.Item\n",
					    "main.holdArgs\n",
					    "main\n",
					    "values.go",
					    "main.seven = 7",
					    "hello",
					    "main.numbers",
					    "map[string]*main.Item",
					    "strong path",
					    "heap_alloc",
					    "build id",
					    "0: main.seven + 1 = 8",
					    "new sample",
					    "\"he\"...+11",
					    "21\n",
					    "ID: 2",
					    "way ",
					    "group",
					    "0.0  table 0x",
					    "(no libraries)",
					    "free slots",
					    "also: p",
					    NULL};

	(void)state;
	expect(script, 0, parts);
}

static void what_would_change_the_target_is_refused(void **state)
{
	static const char *const names[] = {
		"call",	      "continue", "c",	       "next",	   "n",
		"ni",	      "nexti",	  "step",      "s",	   "si",
		"stepi",      "stepout",  "so",	       "rebuild",  "restart",
		"r",	      "rev",	  "rw",	       "break",	   "b",
		"bp",	      "clear",	  "cond",      "clearall", "on",
		"toggle",     "trace",	  "t",	       "watch",	   "set",
		"checkpoint", "check",	  "clearcheck"};
	CLEANUP(buf_deinit) struct buf script = {0}, out = {0};
	const char *p;
	size_t i, n = 0;

	(void)state;
	for (i = 0; i < ARRAY_LEN(names); i++)
		buf_printf(&script, "%s\n", names[i]);
	assert_int_equal(run("-k", buf_str(&script), &out), 2);
	for (p = buf_str(&out); (p = strstr(p, "mapscope is read-only: ")); p++)
		n++;
	assert_int_equal(n, ARRAY_LEN(names));
}

/* Constants of the binary have lower addresses. */
static void what_is_found_in_use_comes_first(void **state)
{
	CLEANUP(buf_deinit) struct buf out = {0};
	char state_word[32];

	(void)state;
	/* Functions of the linker's are in no package. */
	assert_int_equal(run("", "packages ^_\n", &out), 0);
	assert_string_equal(buf_str(&out), "");
	assert_int_equal(run("", "find /id-[0-9]{1,2}/\n", &out), 0);
	assert_non_null(strstr(buf_str(&out), "id-1"));
	assert_null(strstr(buf_str(&out), "id-%d"));
	assert_int_equal(run("", "find /(/\n", &out), 2);
	buf_clear(&out);
	assert_int_equal(run("", "find id-1\n", &out), 0);
	assert_int_equal(sscanf(buf_str(&out), "%*s %31s", state_word), 1);
	assert_string_equal(state_word, "reachable");
	/* A small string may share its object with a small number. */
	if (!strstr(buf_str(&out), "main.cache[key]") &&
	    !strstr(buf_str(&out), "(*main.Item).Ptr"))
		fail_msg("no key in:\n%s", buf_str(&out));
	assert_non_null(strstr(buf_str(&out), " mapped "));
}

static void errors_end_scripts_unless_told_otherwise(void **state)
{
	static const char script[] = "print main.seven\n"
				     "print main.sevn\n"
				     "print main.negative\n";
	static const char *const near[] = {"did you mean main.seven", "-42",
					   NULL};
	static const char *const command[] = {"did you mean print?", NULL};
	static const char *const field[] = {"did you mean Tags?", NULL};
	static const char *const deep[] = {"cannot read", "no such key",
					   "index 99", "nil pointer", NULL};
	CLEANUP(buf_deinit) struct buf out = {0};

	(void)state;
	expect(script, 8, near);
	expect("prinq main.seven\n", 2, command);
	expect("print main.item.Tgas\n", 8, field);
	expect("p *(*int)(8)\np main.cache[\"x\"]\np main.slice[99]\n"
	       "p main.nilItem.ID\n",
	       1, deep);
	assert_int_equal(run("", script, &out), 8);
	assert_null(strstr(buf_str(&out), "-42"));
	assert_non_null(strstr(buf_str(&out), "7\n"));
}

static void prefixes_select_for_one_command(void **state)
{
	static const char script[] = "goroutine 1 stack 3\n"
				     "goroutine 1 frame 1 locals\n"
				     "frame 1\n"
				     "up\n"
				     "down 2\n"
				     "down\n"
				     "goroutine 987654\n"
				     "frame 9999\n";
	static const char *const parts[] = {" 0  0x",
					    "(truncated)",
					    "Frame 1: ",
					    "Frame 2: ",
					    "Frame 0: ",
					    "no frame below",
					    "no goroutine 987654",
					    "frame 9999 does not exist",
					    NULL};

	(void)state;
	expect(script, 8, parts);
}

static void json_is_one_object_a_command(void **state)
{
	CLEANUP(buf_deinit) struct buf out = {0};
	const char *p;
	unsigned count = 0;

	(void)state;
	assert_int_equal(run("--json -k",
			     "print main.item\nwhatis main.Item\n"
			     "locals\nargs\nvars ^main.seven\n"
			     "goroutines\nstack -full\n"
			     "maps\nmap main.cache\n"
			     "x -count 8 main.text\n",
			     &out),
			 0);
	for (p = buf_str(&out); *p; p += strcspn(p, "\n"), p += *p == '\n') {
		json_t *answer = json_loads(
			p, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, NULL);

		assert_non_null(answer);
		assert_non_null(json_object_get(answer, "schema"));
		json_decref(answer);
		count++;
	}
	assert_int_equal(count, 10);
}

static void transcripts_and_sources_are_files(void **state)
{
	char transcript[] = "/tmp/mapscope-transcript-XXXXXX";
	char source[] = "/tmp/mapscope-source-XXXXXX";
	int a = mkstemp(transcript), b = mkstemp(source);
	CLEANUP(buf_deinit) struct buf out = {0}, script = {0};
	char bytes[256] = {0};

	(void)state;
	assert_true(a >= 0 && b >= 0);
	assert_int_equal(write(b, "p main.seven\n", 13), 13);
	buf_printf(&script,
		   "transcript -t -x %s\nsource %s\ntranscript -off\n"
		   "source /nosuch/file\n",
		   transcript, source);
	assert_int_equal(run("-k", buf_str(&script), &out), 1);
	assert_true(read(a, bytes, sizeof(bytes) - 1) > 0);
	assert_string_equal(bytes, "7\n");
	assert_null(strstr(buf_str(&out), "7\n"));
	assert_non_null(strstr(buf_str(&out), "cannot open '/nosuch/file'"));
	close(a);
	close(b);
	unlink(transcript);
	unlink(source);
}

static void a_held_target_goes_on_when_told(void **state)
{
	CLEANUP(buf_deinit) struct buf out = {0};

	(void)state;
	assert_int_equal(run("--freeze=stop",
			     "target\ncontinue\ncontinue\nhalt\n"
			     "print main.seven\n",
			     &out),
			 0);
	assert_non_null(strstr(buf_str(&out), ", stopped"));
	assert_non_null(strstr(buf_str(&out), "the target runs\n"));
	assert_non_null(strstr(buf_str(&out), "the target already runs\n"));
	assert_non_null(strstr(buf_str(&out), "new sample"));
	assert_non_null(strstr(buf_str(&out), "7\n"));
}

static void places_are_written_as_delve_does(void **state)
{
	static const char script[] = "list main.holdArgs\n"
				     "list holdArgs:2\n"
				     "list values.go:3\n"
				     "list *0\n"
				     "list nosuch\n"
				     "list nosuch.go:1\n"
				     "list main.main\n"
				     "goroutines -w userloc main.holdArgs -wo "
				     "running -t 1\n"
				     "regs -a\n"
				     "vars -c ^main.seven$\n"
				     "edit main.main\n"
				     "jump 7\n";
	static const char *const parts[] = {
		"values.go:3\n",
		"no code at '0'",
		"no function 'nosuch'",
		"no source 'nosuch.go'",
		"\n[1 goroutines]\n",
		"main.seven = 7\n",
		"an editor needs a terminal",
		"mapscope is read-only: it does not write to the target",
		NULL,
	};

	(void)state;
	expect(script, 8, parts);
}

static void an_editor_gets_the_place(void **state)
{
	CLEANUP(free_cleanup) char *editor = test_path("editor");
	CLEANUP(free_cleanup) char *text = NULL;
	char pid[16];
	char *argv[] = {getenv("MAPSCOPE"), (char *)(uintptr_t) "prompt", pid,
			NULL};
	struct terminal *t;

	(void)state;
	text = xasprintf("#!/bin/sh\necho \"edits $*\" >%s/edited\n"
			 "echo finished\n",
			 test_folder());
	assert_true(artefact_write("editor", text));
	assert_int_equal(chmod(editor, 0700), 0);
	setenv("EDITOR", "nothing", 1);
	free(text);
	text = xasprintf("%s -x", editor);
	setenv("DELVE_EDITOR", text, 1);
	snprintf(pid, sizeof(pid), "%d", (int)target.pid);
	t = terminal_open(argv, 24, 80);
	see(t, "(mapscope)");
	terminal_send(t, "edit values.go:7\r");
	see(t, "finished");
	terminal_send(t, "print 20 + 22\r");
	see(t, "42");
	terminal_send(t, "exit\r");
	assert_int_equal(terminal_wait_exit(t, WAIT_MS), 0);
	terminal_close(t);
	unsetenv("DELVE_EDITOR");
	free(text);
	assert_int_equal(program_shell(&text, "cat %s/edited", test_folder()),
			 0);
	assert_non_null(strstr(text, "edits -x +7 /"));
	assert_non_null(strstr(text, "values.go\n"));
}

static void lines_are_typed_completed_and_remembered(void **state)
{
	const char *program = getenv("MAPSCOPE");
	char pid[16];
	char *argv[] = {NULL, (char *)(uintptr_t) "prompt", pid, NULL};
	struct terminal *t;

	(void)state;
	assert_non_null(program);
	setenv("XDG_STATE_HOME", test_folder(), 1);
	setenv("XDG_CONFIG_HOME", test_folder(), 1);
	argv[0] = (char *)(uintptr_t)program;
	snprintf(pid, sizeof(pid), "%d", (int)target.pid);
	t = terminal_open(argv, 24, 80);
	see(t, "(mapscope)");
	terminal_send(t, "pri\tmain.item.Tag\t[1]\r");
	see(t, "\"y\"");
	terminal_send(t, "p main.cache[\"id-3\t.ID + 400\r");
	see(t, "403");
	terminal_send(t, "gor\t\t");
	see(t, "goroutines");
	terminal_send(t, "\x15whatis main.Ite\t\r");
	see(t, "size 256");
	terminal_send(t, "\x10\x10\x17"
			 "500\r");
	see(t, "503");
	terminal_send(t, "\x12Tags\r");
	see(t, "main.item.Tags[1]");
	terminal_send(t, "p main.sevven\r");
	see(t, "did you mean main.seven");
	terminal_send(t, "half a line\x03");
	see(t, "^C");
	terminal_send(t, "\x04");
	assert_int_equal(terminal_wait_exit(t, WAIT_MS), 0);
	terminal_close(t);
	assert_true(go_target_is_free(target.pid));
	assert_true(artefact_exists("mapscope/history"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_answer_under_delves_names),
		cmocka_unit_test(what_would_change_the_target_is_refused),
		cmocka_unit_test(what_is_found_in_use_comes_first),
		cmocka_unit_test(errors_end_scripts_unless_told_otherwise),
		cmocka_unit_test(prefixes_select_for_one_command),
		cmocka_unit_test(json_is_one_object_a_command),
		cmocka_unit_test(transcripts_and_sources_are_files),
		cmocka_unit_test(a_held_target_goes_on_when_told),
		cmocka_unit_test(places_are_written_as_delve_does),
		cmocka_unit_test(an_editor_gets_the_place),
		cmocka_unit_test(lines_are_typed_completed_and_remembered),
	};

	return cmocka_run_group_tests(tests, start_target, stop_target);
}
