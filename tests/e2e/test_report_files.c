/*
 * Files of reports: complete or not at all, for their owner only, after a
 * person has seen what they are; the forms of the interface that write them.
 */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/base/buf.h"
#include "core/base/xalloc.h"
#include "tests/support/artefacts.h"
#include "tests/support/folder.h"
#include "tests/support/program.h"
#include "tests/support/target.h"
#include "tests/support/terminal.h"

enum { KILLS = 20, FILE_BYTES = 64 << 20 };

static struct go_target newest;

static const char *const file_names[] = {
	"README.txt",	"report.md",  "report.html", "report.json",
	"sample.msnap", "heap.pb.gz", "refs.pb.gz",
};

static bool exists(const char *name)
{
	return artefact_exists(name);
}

static void make(const char *arguments, pid_t pid)
{
	char target[32];

	snprintf(target, sizeof(target), "%d", (int)pid);
	assert_true(program_ends(arguments, target, 0));
}

static const char *const names[] = {"S3CRET", "okapi", "zebra", NULL};

static void files_are_for_their_owner_only(void **state)
{
	size_t i;

	(void)state;
	make("report {} -o modes --yes", newest.pid);
	for (i = 0; i < ARRAY_LEN(file_names); i++) {
		CLEANUP(free_cleanup)
		char *path =
			xasprintf("%s/modes/%s", test_folder(), file_names[i]);
		struct stat st;

		assert_return_code(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
}

static void what_is_there_is_kept(void **state)
{
	char pid[32];

	(void)state;
	snprintf(pid, sizeof(pid), "%d", (int)newest.pid);
	make("report {} -o kept --yes", newest.pid);
	assert_true(program_ends("report {} -o kept --yes", pid, 2));
	make("report {} -o kept --yes --force --format md", newest.pid);
	assert_false(exists("kept/report.html"));
	assert_true(exists("kept/report.md"));
	/* a folder with other files is no report, whatever is forced */
	assert_true(artefact_write("kept/mine.txt", "mine\n"));
	assert_true(program_ends("report {} -o kept --yes --force", pid, 2));
	assert_true(exists("kept/mine.txt"));
	make("report {} -o kept.zip --yes", newest.pid);
	assert_true(program_ends("report {} -o kept.zip --yes", pid, 2));
	make("report {} -o kept.zip --yes --force", newest.pid);
	assert_true(program_ends("report {} -o no/where --yes", pid, 1));
}

/* The stack of the target's main goroutine is nowhere then. */
static void what_is_not_included_is_in_no_file(void **state)
{
	static const char *const stacks[] = {"syscall.Syscall",
					     "os.(*File).Read", NULL};
	CLEANUP(free_cleanup) char *err = NULL;
	char pid[32];
	size_t i, size;

	(void)state;
	snprintf(pid, sizeof(pid), "%d", (int)newest.pid);
	make("report {} -o with --yes --include goroutines", newest.pid);
	assert_false(exists("with/heap.pb.gz"));
	assert_false(exists("with/refs.pb.gz"));
	make("report {} -o less --yes --include heapprofile,refs", newest.pid);
	assert_true(exists("less/refs.pb.gz"));
	for (i = 0; i < 5; i++) {
		CLEANUP(free_cleanup)
		char *with = xasprintf("with/%s", file_names[i]);
		CLEANUP(free_cleanup)
		char *less = xasprintf("less/%s", file_names[i]);
		CLEANUP(free_cleanup) char *a = artefact_get(with, &size);

		/* All but the README tell of it otherwise. */
		assert_true(!i || artefact_find(a, size, stacks));
		free(a);
		a = artefact_get(less, &size);
		artefact_has_none(less, a, size, stacks);
	}
	assert_true(program_ends("report {} -o x --yes --include y", pid, 2));
	err = artefact_get("err", &size);
	assert_true(artefact_holds(err, size, "heapprofile, refs"));
	assert_true(program_ends("report {} -o x --yes --format refs "
				 "--include none",
				 pid, 2));
	assert_false(exists("x"));
}

static uint32_t le(const unsigned char *p, unsigned bytes)
{
	return bytes ? p[0] | le(p + 1, bytes - 1) << 8 : 0;
}

/* Members of an archive, unpacked one after the other. */
static char *unzip(const char *name, size_t *size_ret, unsigned *count_ret)
{
	CLEANUP(free_cleanup) char *bytes = artefact_get(name, size_ret);
	unsigned char *p = (unsigned char *)bytes, *end = p + *size_ret;
	char *all = xmalloc(FILE_BYTES);
	size_t at = 0;

	*count_ret = 0;
	while (p + 30 < end && le(p, 4) == 0x04034b50) {
		unsigned char *data = p + 30 + le(p + 26, 2);
		uint32_t packed = le(p + 18, 4);
		z_stream z = {.next_in = data,
			      .avail_in = packed,
			      .next_out = (unsigned char *)all + at,
			      .avail_out = (uInt)(FILE_BYTES - at)};

		if (le(p + 8, 2)) {
			assert_int_equal(inflateInit2(&z, -MAX_WBITS), Z_OK);
			assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
			at += z.total_out;
			inflateEnd(&z);
		} else {
			memcpy(all + at, data, packed);
			at += packed;
		}
		(*count_ret)++;
		p = data + packed;
	}
	*size_ret = at;
	return all;
}

static void an_archive_holds_the_same(void **state)
{
	CLEANUP(free_cleanup) char *all = NULL;
	unsigned count;
	size_t size;

	(void)state;
	make("report {} -o a.zip --yes --redact names", newest.pid);
	all = unzip("a.zip", &size, &count);
	assert_int_equal(count, ARRAY_LEN(file_names));
	artefact_has_none("the archive", all, size, names);
	assert_true(artefact_holds(all, size, "\n## Findings\n"));
	/* what the names were goes beside it */
	assert_true(exists("a.zip.names.txt"));
	free(all);
	all = artefact_get("a.zip.names.txt", &size);
	assert_true(artefact_holds(all, size, "= okapiSessions\n"));
}

static struct terminal *open_program(const char *before, const char *arguments)
{
	const char *program = getenv("MAPSCOPE");
	CLEANUP(free_cleanup)
	char *line = xasprintf("cd %s && TERM=xterm-256color exec %s %s %d %s",
			       test_folder(), program, before, (int)newest.pid,
			       arguments);
	char *const argv[] = {(char *)(uintptr_t) "sh",
			      (char *)(uintptr_t) "-c", line, NULL};

	return terminal_open(argv, 24, 100);
}

static struct terminal *open_report(const char *arguments)
{
	return open_program("report", arguments);
}

static void wait_for(struct terminal *t, const char *text)
{
	if (!terminal_wait_for(t, text, 60000))
		fail_msg("no '%s' on\n%s", text, terminal_dump(t));
}

static void a_person_is_asked(void **state)
{
	struct terminal *t = open_report("-o asked");

	(void)state;
	wait_for(t, "These files would leave");
	wait_for(t, "Redaction: basic");
	wait_for(t, "Write it?");
	terminal_send(t, "n\n");
	assert_int_equal(terminal_wait_exit(t, 60000), 0);
	terminal_close(t);
	assert_false(exists("asked"));
	t = open_report("-o asked");
	wait_for(t, "Write it?");
	terminal_send(t, "y\n");
	assert_int_equal(terminal_wait_exit(t, 60000), 0);
	terminal_close(t);
	assert_true(exists("asked/report.md"));
	/* not about what is not redacted */
	t = open_report("-o asked-none --redact none");
	wait_for(t, "WARNING");
	assert_int_equal(terminal_wait_exit(t, 60000), 2);
	terminal_close(t);
	assert_false(exists("asked-none"));
}

static void nobody_is_asked_without_a_terminal(void **state)
{
	CLEANUP(free_cleanup) char *err = NULL;
	char pid[32];
	size_t size;

	(void)state;
	snprintf(pid, sizeof(pid), "%d", (int)newest.pid);
	assert_true(program_ends("report {} -o unasked", pid, 2));
	assert_false(exists("unasked"));
	err = artefact_get("err", &size);
	assert_true(artefact_holds(err, size, "sample.msnap"));
	assert_true(artefact_holds(err, size, "--yes"));
	assert_true(program_ends("report {} --format x --yes", pid, 2));
	assert_true(program_ends("report {} --redact x --yes", pid, 2));
	assert_true(program_ends("report {} --top 0 --yes", pid, 2));
}

static void the_interface_saves_snapshots(void **state)
{
	struct terminal *t = open_program("", "");

	(void)state;
	wait_for(t, "[1Over]");
	terminal_send(t, "W");
	wait_for(t, "Save a snapshot");
	wait_for(t, ".msnap");
	terminal_send(t, "\x15no/where.msnap\r");
	wait_for(t, "cannot write 'no/where.msnap'");
	/* the form is still there, and so is the sample */
	terminal_send(t, "\x15typed.msnap\t\033OC");
	wait_for(t, "< full >");
	terminal_send(t, "\033OD");
	wait_for(t, "< maps >");
	terminal_send(t, "\t\033OC");
	wait_for(t, "< names >");
	terminal_send(t, "\r");
	wait_for(t, "wrote typed.msnap");
	assert_true(exists("typed.msnap"));
	terminal_send(t, "W\x15typed.msnap\r");
	wait_for(t, "'typed.msnap' exists");
	terminal_send(t, "\x03");
	wait_for(t, "[1Over]");
	terminal_send(t, "2");
	wait_for(t, "okapiSessions");
	terminal_send(t, "Q");
	assert_int_equal(terminal_wait_exit(t, 10000), 0);
	terminal_close(t);
	make("findings typed.msnap", 0);
}

static void the_interface_shows_a_report_before_it_writes(void **state)
{
	struct terminal *t = open_program("", "");

	(void)state;
	wait_for(t, "[1Over]");
	terminal_send(t, "B");
	wait_for(t, "Bug report");
	terminal_send(t, "\x15tui-report\r");
	wait_for(t, "These files would leave");
	wait_for(t, "y writes it");
	assert_false(exists("tui-report"));
	terminal_send(t, "n");
	wait_for(t, "nothing was written");
	terminal_send(t, "\t\033OC");
	wait_for(t, "< zip >");
	terminal_send(t, "\t\033OD");
	wait_for(t, "< none >");
	terminal_send(t, "\r");
	wait_for(t, "WARNING");
	terminal_send(t, "y");
	wait_for(t, "not redacted");
	assert_false(exists("tui-report"));
	terminal_send(t, "Y");
	wait_for(t, "wrote tui-report");
	assert_true(exists("tui-report"));
	terminal_send(t, "B\x15tui-report\r");
	wait_for(t, "'tui-report' exists");
	/* leaving in the middle of it is no harm */
	terminal_send(t, "\x15other-report\r");
	terminal_send(t, "\x03");
	wait_for(t, "nothing was written");
	terminal_send(t, "\x03");
	wait_for(t, "[1Over]");
	terminal_send(t, "Q");
	assert_int_equal(terminal_wait_exit(t, 10000), 0);
	terminal_close(t);
	assert_false(exists("other-report"));
}

static size_t suspect_count(const char *report)
{
	CLEANUP(free_cleanup) char *name = xasprintf("%s/report.json", report);
	CLEANUP(free_cleanup) char *text = NULL;
	size_t size, count;
	json_t *json;

	text = artefact_get(name, &size);
	json = json_loadb(text, size, 0, NULL);
	count = json_array_size(json_object_get(json, "suspects"));
	json_decref(json);
	return count;
}

/* Rows that are marked are the suspects. */
static void marked_rows_are_the_suspects(void **state)
{
	struct terminal *t = open_program("", "");
	CLEANUP(free_cleanup) char *out = NULL;

	(void)state;
	wait_for(t, "[1Over]");
	terminal_send(t, "2");
	wait_for(t, "[2Maps]");
	terminal_send(t, "  B");
	wait_for(t, "< the marked rows >");
	terminal_send(t, "\x15marked-report\r");
	wait_for(t, "These files would leave");
	terminal_send(t, "y");
	wait_for(t, "wrote marked-report");
	terminal_send(t, "Q");
	assert_int_equal(terminal_wait_exit(t, 10000), 0);
	terminal_close(t);
	assert_int_equal(suspect_count("marked-report"), 2);
}

/* The program on figures.msnap, hit by @p signal after a while. */
static void hit(const char *name, int signal, unsigned ms)
{
	const char *program = getenv("MAPSCOPE");
	pid_t pid = fork();
	int status;

	assert_return_code(pid, 0);
	if (!pid) {
		if (chdir(test_folder()) ||
		    !freopen("/dev/null", "w", stderr) ||
		    !freopen("/dev/null", "w", stdout))
			_exit(126);
		execl(program, program, "report", "figures.msnap", "-o", name,
		      "--yes", "--force", (char *)NULL);
		_exit(127);
	}
	usleep(ms * 1000);
	kill(pid, signal);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

static void take_figures(void)
{
	if (exists("figures"))
		return;
	make("snapshot {} -o figures.msnap", newest.pid);
	make("report figures.msnap -o figures --yes", 0);
}

static void killing_it_leaves_the_old_or_the_new(void **state)
{
	unsigned i;

	(void)state;
	take_figures();
	make("report figures.msnap -o killed --yes", 0);
	for (i = 0; i < KILLS; i++) {
		hit("killed", SIGKILL, i * 7919 % 120);
		assert_true(artefacts_same("figures", "killed"));
	}
}

/* Unlike after a kill, nothing is left to clear away by hand. */
static void an_interrupt_leaves_nothing_behind(void **state)
{
	struct terminal *t;
	unsigned i;

	(void)state;
	take_figures();
	/* of the kills */
	assert_int_equal(
		program_shell(NULL, "rm -rf %s/*.tmp-*", test_folder()), 0);
	for (i = 0; i < KILLS; i++) {
		struct dirent *entry;
		DIR *dir;

		hit("interrupted", i % 2 ? SIGINT : SIGTERM, 20 + i * 31 % 90);
		dir = opendir(test_folder());
		assert_non_null(dir);
		while ((entry = readdir(dir)))
			if (strstr(entry->d_name, ".tmp-"))
				fail_msg("left: %s", entry->d_name);
		closedir(dir);
	}
	t = open_report("-o unanswered");
	assert_true(terminal_wait_for(t, "Write it?", 60000));
	terminal_send(t, "\x03");
	assert_int_equal(terminal_wait_exit(t, 10000), 0);
	terminal_close(t);
	assert_false(exists("unanswered"));
}

/* Its keys are the prompt's: it takes --yes or writes nothing. */
static void the_prompt_writes_reports(void **state)
{
	char pid[32];

	(void)state;
	snprintf(pid, sizeof(pid), "%d", (int)newest.pid);
	assert_true(program_ends("prompt {} -e report\\ prompted", pid, 2));
	assert_false(exists("prompted"));
	make("prompt {} -e report\\ prompted\\ --yes", newest.pid);
	assert_true(exists("prompted/report.html"));
}

static int set_up(void **state)
{
	CLEANUP(free_cleanup) char *program = go_target_newest("secrets");

	if (program_set_up(state) || !program)
		return -1;
	return go_target_start(&newest, program) ? 0 : -1;
}

static int tear_down(void **state)
{
	return go_target_stop(&newest) | program_tear_down(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_for_their_owner_only),
		cmocka_unit_test(what_is_there_is_kept),
		cmocka_unit_test(what_is_not_included_is_in_no_file),
		cmocka_unit_test(an_archive_holds_the_same),
		cmocka_unit_test(a_person_is_asked),
		cmocka_unit_test(nobody_is_asked_without_a_terminal),
		cmocka_unit_test(the_interface_saves_snapshots),
		cmocka_unit_test(the_interface_shows_a_report_before_it_writes),
		cmocka_unit_test(marked_rows_are_the_suspects),
		cmocka_unit_test(killing_it_leaves_the_old_or_the_new),
		cmocka_unit_test(an_interrupt_leaves_nothing_behind),
		cmocka_unit_test(the_prompt_writes_reports),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
