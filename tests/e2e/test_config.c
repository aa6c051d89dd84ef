/* Configuration: files, environment, flags; nearest names; waiting. */
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

#include "core/base/buf.h"
#include "core/base/xalloc.h"
#include "tests/support/artefacts.h"
#include "tests/support/folder.h"
#include "tests/support/program.h"
#include "tests/support/target.h"
#include "tests/support/terminal.h"

enum { WAIT_MS = 15000 };

static struct go_target target;

static int start(void **state)
{
	CLEANUP(free_cleanup) char *path = go_target_newest("holders");
	CLEANUP(free_cleanup) char *dir = NULL;

	if (program_set_up(state) || !path || !go_target_start(&target, path))
		return -1;
	setenv("XDG_CONFIG_HOME", test_folder(), 1);
	dir = test_path("mapscope");
	return mkdir(dir, 0700);
}

static int stop(void **state)
{
	return go_target_stop(&target) | program_tear_down(state);
}

static void write_config(const char *text)
{
	assert_true(artefact_write("mapscope/config", text));
}

/* Output and errors of `mapscope FORMAT PID`, PID for %d; the exit code. */
static int run(const char *before, const char *format, struct buf *out)
{
	CLEANUP(free_cleanup) char *arguments = NULL, *text = NULL;
	const char *at = strstr(format, "PID");
	int code;

	arguments = at ? xasprintf("%.*s%d%s", (int)(at - format), format,
				   (int)target.pid, at + 3)
		       : xstrdup(format);
	code = program_shell(&text, "%s %s %s 2>&1", before, getenv("MAPSCOPE"),
			     arguments);
	assert_non_null(text);
	buf_clear(out);
	buf_adds(out, text);
	return code;
}

static void has(const struct buf *out, const char *text)
{
	if (strstr(buf_str(out), text))
		return;
	print_message("not in the output: %s\n%s\n", text, buf_str(out));
	fail();
}

static void hasnt(const struct buf *out, const char *text)
{
	if (!strstr(buf_str(out), text))
		return;
	print_message("in the output: %s\n%s\n", text, buf_str(out));
	fail();
}

static void files_give_flags_their_defaults(void **state)
{
	CLEANUP(buf_deinit) struct buf out = {0};

	(void)state;
	write_config("units = si\n[maps]\ncolumns = owner,storage\n"
		     "sort = storage-asc\n");
	assert_int_equal(run("", "maps PID", &out), 0);
	has(&out, "OWNER");
	hasnt(&out, "RETAINED");
	has(&out, "148KB");
	/* Another command is not concerned. */
	assert_int_equal(run("", "types PID", &out), 0);
	has(&out, "RETAINED");
	assert_int_equal(run("", "--no-config maps PID", &out), 0);
	has(&out, "RETAINED");
	has(&out, "144K");
}

static void the_command_line_wins_over_the_environment_over_files(void **state)
{
	CLEANUP(buf_deinit) struct buf out = {0};

	(void)state;
	write_config("units = si\n");
	assert_int_equal(run("MAPSCOPE_UNITS=bytes", "maps PID", &out), 0);
	has(&out, " 147824");
	assert_int_equal(
		run("MAPSCOPE_UNITS=bytes", "maps PID --units iec", &out), 0);
	has(&out, " 144K");
	assert_int_equal(
		run("MAPSCOPE_OPTS='--units bytes -n 1'", "maps PID", &out), 0);
	has(&out, " 147824");
	assert_int_equal(run("MAPSCOPE_MAX_STOP=2s", "config", &out), 0);
	has(&out, "max-stop         2s                   environment");
	has(&out, "mapscope/config:1");
}

static void bad_lines_are_named_by_their_number(void **state)
{
	static const char *const complaints[] = {
		"config:1: no setting 'colour'; did you mean color?",
		"config:2: no 'key = value': 'broken'",
		"config:3: not yes or no: 'perhaps'",
		"config:5: no threshold 'fil-warn'; did you mean fill-warn?",
		"config:6: not a number: 'much'",
		"config:8: no action 'nothing'",
		"config:9: no keys 'Hyper'",
		"config:11: no style or colour 'warm'",
		"config:13: no rule 'spars'; did you mean sparse",
		"config:15: no section 'keyz'; did you mean keys?",
	};
	CLEANUP(buf_deinit) struct buf out = {0};
	size_t i;

	(void)state;
	write_config("colour = never\nbroken\nascii = perhaps\n[thresholds]\n"
		     "fil-warn = 1\nfill-warn = much\n[keys]\nnothing = x\n"
		     "open = Hyper\n[colors]\nwarm = red\n[accepted]\n"
		     "spars = main.x\n[keyz]\na = b\n");
	/* They stop nothing. */
	assert_int_equal(run("", "maps PID", &out), 0);
	has(&out, "main.big");
	for (i = 0; i < ARRAY_LEN(complaints); i++)
		has(&out, complaints[i]);
	/* But a check of the configuration fails. */
	assert_int_equal(run("", "config", &out), 2);
	write_config("");
	assert_int_equal(run("", "--config /nonexistent maps PID", &out), 0);
	has(&out, "/nonexistent: No such file");
}

static void the_sample_with_all_lines_in_force_is_valid(void **state)
{
	CLEANUP(buf_deinit) struct buf out = {0};

	(void)state;
	write_config("");
	/* "# text" stays a comment, "#key = value" becomes a setting, but for
	 * flags whose value is only named: "#freeze = MODE". */
	assert_int_equal(run("", "config sample", &out), 0);
	has(&out, "[thresholds]");
	has(&out, "#fill-warn = 0.2");
	has(&out, "#fill-high-bytes = 1048576\n");
	has(&out, "#unit-style = u");
	assert_int_equal(run("",
			     "config sample | sed "
			     "-e '1,/^.thresholds/ { / = [A-Z]*$/ b' -e '}' "
			     "-e '/^#[a-z-]* = /s/^#//' "
			     ">$XDG_CONFIG_HOME/mapscope/config",
			     &out),
			 0);
	assert_int_equal(run("", "config", &out), 0);
	has(&out, "[keys] unit-style = u");
	hasnt(&out, "no setting");
	hasnt(&out, "did you mean");
	write_config("");
}

static void has_text(const char *path, const char *text)
{
	CLEANUP(free_cleanup) char *file = test_path(path);
	CLEANUP(free_cleanup) char *got = NULL;

	assert_int_equal(program_shell(&got, "cat %s", file), 0);
	assert_string_equal(got, text);
}

static void settings_are_saved_without_touching_the_rest(void **state)
{
	CLEANUP(buf_deinit) struct buf out = {0};

	(void)state;
	write_config("# mine\nunits = si\n\n[maps]\nsort = entries\n");
	assert_int_equal(run("", "config -save", &out), 2);
	has(&out, "nothing to save");
	assert_int_equal(run("", "config -save --units bytes --ascii", &out),
			 0);
	has(&out, "units = bytes\n");
	has(&out, "saved in ");
	has_text("mapscope/config", "# mine\nunits = bytes\nascii = yes\n\n"
				    "[maps]\nsort = entries\n");
	assert_int_equal(run("", "maps PID", &out), 0);
	has(&out, " 147824");
	assert_int_equal(run("", "config -save --no-config --ascii", &out), 2);
	has(&out, "no file to save to");
	write_config("");
}

static void settings_of_the_prompt_are_saved_with_the_others(void **state)
{
	CLEANUP(buf_deinit) struct buf out = {0};

	(void)state;
	write_config("units = si\n[prompt]\n# long\nmax-string-len = 9\n"
		     "[aliases]\nold = locals\n[keys]\n");
	assert_int_equal(
		run("",
		    "eval PID -e 'config max-string-len 70' -e 'config "
		    "alias print pp' -e 'config alias old' -e 'config "
		    "substitute-path /from /to' -e 'config prompt \"> \"' "
		    "-e 'config show-location-expr true' -e 'config -save'",
		    &out),
		0);
	has(&out, "saved in ");
	has_text("mapscope/config",
		 "units = si\n[prompt]\n# long\nmax-string-len = 70\n"
		 "show-location-expr = true\nprompt = \"> \"\n"
		 "[aliases]\npp = print\n[keys]\n\n"
		 "[substitute-path]\n/from = /to\n");
	assert_int_equal(run("",
			     "eval PID -e 'pp 6*7' -e 'config -list' "
			     "-e 'whatis main.big'",
			     &out),
			 0);
	has(&out, "42\nmax-string-len 70\n");
	has(&out, "location: 0x");
	assert_int_equal(run("", "--no-config eval PID -e 'pp 6*7'", &out), 2);
	write_config("[prompt]\nmax-strin-len = 1\nmax-array-values = x\n"
		     "[aliases]\nq1 = nothing\n");
	assert_int_equal(run("", "eval PID -e 'print 1'", &out), 0);
	has(&out, "config:2: no setting 'max-strin-len'; did you mean "
		  "max-string-len?");
	has(&out, "config:3: max-array-values is a number");
	has(&out, "config:5: no command 'nothing'");
	write_config("");
}

static void settings_of_delve_are_taken_over(void **state)
{
	static const char yaml[] =
		"# comment\naliases:\n  # command: [\"a\"]\n"
		"  print: [\"pr\", 'say'] # two\n  locals:\n    - lo\n"
		"  next: [\"nn\"]\nsubstitute-path:\n"
		"  - {from: /build, to: \"/home/me x\"}\n"
		"  - from: /a\n    to: /b\nmax-array-values: 99\n"
		"# max-string-len: 7\nmax-string-len: many\n"
		"show-location-expr: true\nprompt: \"(dlv) \"\n"
		"source-list-line-count: 5\n";
	CLEANUP(buf_deinit) struct buf out = {0};

	(void)state;
	write_config("units = si\n");
	assert_int_equal(run("", "config import-dlv", &out), 1);
	has(&out, "dlv/config.yml");
	assert_true(artefact_write("dlv.yml", yaml));
	assert_int_equal(
		run("", "config import-dlv $XDG_CONFIG_HOME/dlv.yml", &out), 0);
	has(&out, "line 7 left out: mapscope is read-only");
	has(&out, "line 14 left out: max-string-len is a number");
	has(&out, "8 settings of ");
	has_text("mapscope/config",
		 "units = si\n\n[prompt]\nmax-array-values = 99\n"
		 "show-location-expr = true\nprompt = \"(dlv) \"\n\n"
		 "[aliases]\npr = print\nsay = print\nlo = locals\n\n"
		 "[substitute-path]\n/build = /home/me x\n/a = /b\n");
	assert_true(artefact_write("dlv.yml", "aliases:\n"));
	assert_int_equal(
		run("", "config import-dlv $XDG_CONFIG_HOME/dlv.yml", &out), 8);
	write_config("");
}

static void thresholds_move_the_flags(void **state)
{
	CLEANUP(buf_deinit) struct buf out = {0};

	(void)state;
	write_config("");
	assert_int_equal(run("", "findings PID", &out), 0);
	has(&out, "main.emptied 12% full");
	write_config("[thresholds]\nfill-warn = 1%\nfill-high = 0\n"
		     "tombstones-warn = 90%\nchain-warn = 1000\n");
	assert_int_equal(run("", "findings PID", &out), 0);
	hasnt(&out, "main.emptied");
	assert_int_equal(run("", "maps PID --filter flag=ST", &out), 0);
	hasnt(&out, "main.");
	write_config("");
}

static struct terminal *open_interface(void)
{
	char pid[16];
	char *argv[] = {getenv("MAPSCOPE"), pid, NULL};
	struct terminal *t;

	snprintf(pid, sizeof(pid), "%d", (int)target.pid);
	t = terminal_open(argv, 24, 80);
	assert_true(terminal_wait_for(t, "[1Over]", WAIT_MS));
	return t;
}

static void an_accepted_finding_is_not_shown_again(void **state)
{
	CLEANUP(free_cleanup) char *accepted = test_path("mapscope/accepted");
	CLEANUP(buf_deinit) struct buf out = {0};
	struct terminal *t;

	(void)state;
	/* Now and then the target's own hash seed makes long probes too. */
	write_config("[thresholds]\nchain-warn = 1000\n");
	t = open_interface();
	assert_true(terminal_wait_for(t, "main.emptied 12%", WAIT_MS));
	terminal_send(t, "F");
	assert_true(terminal_wait_for(t, "FINDINGS (0, 1 accepted)", WAIT_MS));
	terminal_send(t, "Q");
	assert_int_equal(terminal_wait_exit(t, WAIT_MS), 0);
	terminal_close(t);
	assert_int_equal(run("", "findings PID", &out), 0);
	hasnt(&out, "main.emptied");
	assert_int_equal(run("", "findings PID --accepted", &out), 0);
	has(&out, "main.emptied 12%");
	assert_int_equal(run("", "config", &out), 0);
	has(&out, "[accepted] sparse = main.emptied");
	assert_return_code(unlink(accepted), 0);
	write_config("");
}

static void keys_can_be_chosen(void **state)
{
	struct terminal *t;

	(void)state;
	write_config("[keys]\nmaps = M F5\n[colors]\nwarn = red default\n");
	t = open_interface();
	terminal_send(t, "2");
	terminal_send(t, "M");
	assert_true(terminal_wait_for(t, "[MMaps]", WAIT_MS));
	terminal_send(t, "Q");
	assert_int_equal(terminal_wait_exit(t, WAIT_MS), 0);
	terminal_close(t);
	write_config("");
}

static void near_names_are_offered(void **state)
{
	CLEANUP(buf_deinit) struct buf out = {0};

	(void)state;
	assert_int_equal(run("", "mapz PID", &out), 2);
	has(&out, "did you mean maps");
	assert_int_equal(run("", "maps --colums=x PID", &out), 2);
	has(&out, "did you mean --columns?");
}

static void a_process_can_be_waited_for(void **state)
{
	CLEANUP(free_cleanup) char *path = go_target_newest("holders");
	CLEANUP(buf_deinit) struct buf out = {0};
	CLEANUP(free_cleanup) char *arguments = NULL;

	(void)state;
	arguments = xasprintf("maps --waitfor %s", path);
	assert_int_equal(run("", arguments, &out), 0);
	has(&out, "main.big");
	assert_int_equal(run("",
			     "maps --waitfor /no/such --waitfor-interval 5 "
			     "--waitfor-duration 200ms",
			     &out),
			 3);
	has(&out, "no process began with '/no/such' in time");
	assert_int_equal(run("",
			     "maps --waitfor /no/such --waitfor-duration soon",
			     &out),
			 2);
}

static void completions_know_words_and_values(void **state)
{
	static const char *const cases[][2] = {
		{"(mapscope ma)", "maps map man"},
		{"(mapscope --fre)", "--freeze="},
		{"(mapscope maps 1 --freeze = c)", "copy"},
		{"(mapscope maps 1 --sort sto)", "storage"},
		{"(mapscope help k)", "keys"},
	};
	CLEANUP(buf_deinit) struct buf out = {0};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(free_cleanup)
		char *script = xasprintf(
			"completion bash >$XDG_CONFIG_HOME/mapscope/config; "
			"bash -c '. $XDG_CONFIG_HOME/mapscope/config; "
			"COMP_WORDS=%s; COMP_CWORD=$((${#COMP_WORDS[@]}-1)); "
			"_mapscope 2>/dev/null; echo \"[${COMPREPLY[*]}]\"'",
			cases[i][0]);
		CLEANUP(free_cleanup)
		char *want = xasprintf("[%s]", cases[i][1]);

		assert_int_equal(run("", script, &out), 0);
		has(&out, want);
	}
	write_config("");
	assert_int_equal(run("", "completion zsh", &out), 0);
	has(&out, "(copy stop nonstop fork)");
	assert_int_equal(run("", "completion fish", &out), 0);
	has(&out, "-l units -x -a \"iec si bytes\"");
}

static void entries_come_as_tables_too(void **state)
{
	CLEANUP(buf_deinit) struct buf out = {0};

	(void)state;
	assert_int_equal(run("", "entries PID main.big -n 2 --csv", &out), 0);
	has(&out, "key,value,table,unit,chain,slot,old\n");
	has(&out, ",no\n");
	assert_int_equal(
		run("", "entries PID main.big -n 2 --tsv --no-header", &out),
		0);
	hasnt(&out, "key");
	has(&out, "\tno\n");
	assert_int_equal(
		run("", "entries PID main.big -n 1 --values none", &out), 0);
	hasnt(&out, "=");
	assert_int_equal(run("", "entries PID main.big --values some", &out),
			 2);
	assert_int_equal(run("", "types PID --top 1 --no-header --csv", &out),
			 0);
	assert_int_equal(strcspn(buf_str(&out), "\n") + 1, out.len);
}

static void odd_buckets_and_sums_by_type_are_printed(void **state)
{
	CLEANUP(buf_deinit) struct buf out = {0};

	(void)state;
	assert_int_equal(run("", "map PID main.big --entries -q", &out), 0);
	has(&out, "entries");
	assert_int_equal(run("", "types PID --top", &out), 0);
	assert_int_equal(run("", "map PID main.emptied --anomalies", &out), 0);
	has(&out, "deleted");
	has(&out, " of 1024  growth left ");
	has(&out, "  local depth ");
	has(&out, "    raw 0x");
	assert_int_equal(run("", "map PID main.big --anomalies", &out), 0);
	hasnt(&out, "deleted  ");
	assert_int_equal(run("", "retained PID --by type", &out), 0);
	has(&out, "map[int64]float32");
	assert_int_equal(run("", "retained PID --by nothing", &out), 2);
	assert_int_equal(run("", "help keys", &out), 0);
	has(&out, "unfold a group");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_give_flags_their_defaults),
		cmocka_unit_test(
			the_command_line_wins_over_the_environment_over_files),
		cmocka_unit_test(bad_lines_are_named_by_their_number),
		cmocka_unit_test(the_sample_with_all_lines_in_force_is_valid),
		cmocka_unit_test(settings_are_saved_without_touching_the_rest),
		cmocka_unit_test(
			settings_of_the_prompt_are_saved_with_the_others),
		cmocka_unit_test(settings_of_delve_are_taken_over),
		cmocka_unit_test(thresholds_move_the_flags),
		cmocka_unit_test(an_accepted_finding_is_not_shown_again),
		cmocka_unit_test(keys_can_be_chosen),
		cmocka_unit_test(near_names_are_offered),
		cmocka_unit_test(a_process_can_be_waited_for),
		cmocka_unit_test(completions_know_words_and_values),
		cmocka_unit_test(entries_come_as_tables_too),
		cmocka_unit_test(odd_buckets_and_sums_by_type_are_printed),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
