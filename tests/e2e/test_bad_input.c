/*
 * Targets that are none, or that refuse, or change under our hands: each gives
 * one line that says why, the documented exit code, and leaves no trace.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/attr.h"
#include "core/base/xalloc.h"
#include "core/target/tracer.h"
#include "tests/support/folder.h"
#include "tests/support/program.h"
#include "tests/support/target.h"

enum { EXECS = 12, SLEEPERS = 200, SHORT_STOPS = 12, NOBODY = 65534 };

struct answer {
	int code;
	char out[65536], err[4096];
};

static struct go_target holders;
static char *holders_path;

static int setup(void **state)
{
	holders_path = go_target_newest("holders");
	return program_set_up(state) || chmod(test_folder(), 0755) ||
	       !holders_path || !go_target_start(&holders, holders_path);
}

static int teardown(void **state)
{
	free(holders_path);
	return go_target_stop(&holders) | program_tear_down(state);
}

static void read_file(const char *name, char *ret, size_t room)
{
	char path[256];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", test_folder(), name);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(ret, 1, room - 1, f);
	ret[n] = 0;
	fclose(f);
}

/** Run `mapscope ARGUMENTS`, the words as for a shell. */
PRINTF_LIKE(2, 3)
static void ask(struct answer *ret, const char *format, ...)
{
	char arguments[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(arguments, sizeof(arguments), format, args);
	va_end(args);
	ret->code = program_shell(NULL,
				  "cd %s; exec >out 2>err; "
				  "timeout -k 5 60 %s %s",
				  test_folder(), getenv("MAPSCOPE"), arguments);
	read_file("out", ret->out, sizeof(ret->out));
	read_file("err", ret->err, sizeof(ret->err));
}

/** The code, and a message that holds @p text. */
static void assert_refused(const struct answer *got, int code, const char *text)
{
	if (got->code != code || !strstr(got->err, text))
		print_message("exit code %d, %s", got->code, got->err);
	assert_int_equal(got->code, code);
	assert_non_null(strstr(got->err, text));
	assert_int_equal(strncmp(got->err, "mapscope: ", 10), 0);
	assert_string_equal(got->out, "");
}

static void what_is_no_target_is_named(void **state)
{
	static const struct {
		const char *arguments, *text;
		int code;
	} asked[] = {
		{"maps 4194399", "no process", 3},
		{"maps 0", "no process", 3},
		{"maps -- -5", "no process", 3},
		{"maps 99999999999999999999", "no process", 3},
		{"maps /nosuch/file", "No such file", 3},
		{"maps /dev/null", "is no core, executable or snapshot", 6},
		{"maps /tmp", "is no core, executable or snapshot", 6},
		{"core /bin/sh /etc/passwd", "'/etc/passwd'", 6},
	};
	struct answer got;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(asked); i++) {
		ask(&got, "%s", asked[i].arguments);
		assert_refused(&got, asked[i].code, asked[i].text);
	}
}

static void programs_of_other_languages_are_refused(void **state)
{
	struct answer got;

	(void)state;
	ask(&got, "maps %d", (int)getpid());
	assert_refused(&got, 5, "was not made by Go");
	assert_true(go_target_is_free(getpid()));
}

static void zombies_have_exited(void **state)
{
	pid_t child = fork();
	struct answer got;
	siginfo_t info;

	(void)state;
	if (!child)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT),
			 0);
	ask(&got, "maps %d", (int)child);
	assert_refused(&got, 3, "has exited");
	assert_int_equal(waitpid(child, NULL, 0), child);
}

/* Ends with the pipe whose other end the caller holds. */
static pid_t trace_from_child(pid_t target, int hold[2])
{
	pid_t child = fork();
	char byte = 0;

	if (child)
		return child;
	prctl(PR_SET_NAME, "othertracer");
	close(hold[1]);
	if (ptrace(PTRACE_SEIZE, target, NULL, NULL))
		_exit(1);
	if (write(STDERR_FILENO, &byte, 0) || read(hold[0], &byte, 1) < 0)
		_exit(1);
	_exit(0);
}

static void another_tracer_is_named_and_does_not_matter_to_nonstop(void **state)
{
	int hold[2], i, status;
	struct answer got;
	pid_t tracer;

	(void)state;
	assert_int_equal(pipe2(hold, O_CLOEXEC), 0);
	tracer = trace_from_child(holders.pid, hold);
	for (i = 0; i < 500 && go_target_is_free(holders.pid); i++)
		usleep(10000);
	ask(&got, "maps %d", (int)holders.pid);
	assert_refused(&got, 4, "(othertracer)");
	ask(&got, "maps %d --freeze=nonstop", (int)holders.pid);
	assert_int_equal(got.code, 0);
	close(hold[1]);
	close(hold[0]);
	assert_int_equal(waitpid(tracer, &status, 0), tracer);
	assert_int_equal(status, 0);
	for (i = 0; i < 500 && !go_target_is_free(holders.pid); i++)
		usleep(10000);
	assert_true(go_target_is_free(holders.pid));
}

static void copy_file(const char *from, const char *to, off_t most)
{
	assert_int_equal(
		program_shell(NULL, "head -c %lld '%s' >'%s' && chmod 755 '%s'",
			      (long long)most, from, to, to),
		0);
}

static bool open_output(const char *name, int as)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", test_folder(), name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	return fd >= 0 && dup2(fd, as) == as;
}

/** As `mapscope VERB PID` by @p user: the exit code. */
static int ask_as(struct answer *ret, uid_t user, const char *verb, pid_t pid)
{
	const char *program = getenv("MAPSCOPE");
	char text[16];
	int status, fd;
	pid_t child;

	snprintf(text, sizeof(text), "%d", (int)pid);
	child = fork();
	if (!child) {
		char *const argv[] = {(char[]){"mapscope"},
				      (char *)(uintptr_t)verb, text, NULL};
		char *const envp[] = {NULL};

		/* the program may lie where only root may look */
		fd = open(program, O_RDONLY);
		if (fd < 0 || !open_output("out", 1) ||
		    !open_output("err", 2) || setgid(user) || setuid(user))
			_exit(126);
		fexecve(fd, argv, envp);
		_exit(127);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	ret->code = WEXITSTATUS(status);
	read_file("out", ret->out, sizeof(ret->out));
	read_file("err", ret->err, sizeof(ret->err));
	return ret->code;
}

static void processes_of_others_need_privilege(void **state)
{
	struct answer got;

	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(ask_as(&got, NOBODY, "maps", holders.pid), 4);
	assert_non_null(strstr(got.err, "belongs to root"));
	assert_true(go_target_is_free(holders.pid));
}

/* A copy of the target with @p mode and owner, run by nobody. */
static void start_closed(struct go_target *ret, const char *name, uid_t owner,
			 mode_t mode)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", test_folder(), name);
	copy_file(holders_path, path, 1 << 30);
	assert_int_equal(chown(path, owner, owner), 0);
	assert_int_equal(chmod(path, mode), 0);
	assert_true(go_target_start_as(ret, path, NOBODY));
}

static void closed_processes_need_privilege(void **state)
{
	static const struct {
		const char *name, *why;
		uid_t owner;
		mode_t mode;
	} kinds[] = {
		{"unreadable", "is not dumpable", 0, 0111},
		{"setuid", "is setuid, it runs as ", NOBODY - 1, 04755},
		{"setgid", "is not dumpable", NOBODY - 1, 02755},
	};
	struct go_target target;
	struct answer got;
	size_t i;

	(void)state;
	if (geteuid())
		skip();
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		start_closed(&target, kinds[i].name, kinds[i].owner,
			     kinds[i].mode);
		assert_int_equal(ask_as(&got, NOBODY, "maps", target.pid), 4);
		if (!strstr(got.err, kinds[i].why))
			print_message("%s: %s", kinds[i].name, got.err);
		assert_non_null(strstr(got.err, kinds[i].why));
		assert_non_null(strstr(got.err, "run with sudo"));
		assert_int_not_equal(ask_as(&got, NOBODY, "doctor", target.pid),
				     0);
		assert_true(go_target_is_free(target.pid));
		ask(&got, "maps %d --json", (int)target.pid);
		assert_int_equal(got.code, 0);
		assert_non_null(strstr(got.out, "main.emptied"));
		assert_true(go_target_is_free(target.pid));
		assert_int_equal(go_target_stop(&target), 0);
	}
}

/* It asks for it itself. */
static void a_process_that_is_not_dumpable_needs_privilege(void **state)
{
	struct answer got;
	pid_t child;
	char ready;
	int p[2];

	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(pipe(p), 0);
	child = fork();
	if (!child) {
		if (setgid(NOBODY) || setuid(NOBODY) ||
		    prctl(PR_SET_PDEATHSIG, SIGKILL) ||
		    prctl(PR_SET_DUMPABLE, 0) || write(p[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(p[0], &ready, 1), 1);
	assert_int_equal(ask_as(&got, NOBODY, "maps", child), 4);
	assert_non_null(strstr(got.err, "is not dumpable"));
	ask(&got, "maps %d", (int)child);
	assert_refused(&got, 5, "not made by Go");
	assert_true(go_target_is_free(child));
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	close(p[0]);
	close(p[1]);
}

static void removed_and_replaced_executables_are_read(void **state)
{
	char *other = go_target_newest("busy"), path[256];
	struct go_target target;
	struct answer got;

	(void)state;
	assert_non_null(other);
	snprintf(path, sizeof(path), "%s/service", test_folder());
	copy_file(holders_path, path, 1 << 30);
	assert_true(go_target_start(&target, path));
	assert_int_equal(unlink(path), 0);
	ask(&got, "maps %d --json", (int)target.pid);
	assert_int_equal(got.code, 0);
	assert_non_null(strstr(got.out, "main.emptied"));
	copy_file(other, path, 1 << 30);
	ask(&got, "%d", (int)target.pid);
	assert_int_equal(got.code, 0);
	assert_non_null(strstr(got.out, "mapscope service["));
	assert_non_null(strstr(got.out, "main.emptied"));
	assert_int_equal(go_target_stop(&target), 0);
	free(other);
}

static void a_target_that_executes_is_let_go(void **state)
{
	static const char *const modes[] = {"copy", "stop", "nonstop", "fork"};
	char *path = go_target_newest("again");
	struct go_target target;
	struct answer got;
	unsigned i;

	(void)state;
	assert_non_null(path);
	assert_true(go_target_start(&target, path));
	for (i = 0; i < EXECS * ARRAY_LEN(modes); i++) {
		ask(&got, "maps %d --json --freeze=%s", (int)target.pid,
		    modes[i % ARRAY_LEN(modes)]);
		if (got.code && got.code != 3 && got.code != 7)
			print_message("%s", got.err);
		assert_true(!got.code || got.code == 3 || got.code == 7);
		assert_true(go_target_is_free(target.pid));
	}
	assert_int_equal(go_target_stop(&target), 0);
	free(path);
}

static void *sleep_on(void *arg)
{
	for (;;)
		pause();
	return arg;
}

/* Waits until the first thread is traced, and executes another program. */
static void *execute_when_traced(void *arg)
{
	char path[64], line[256];
	long tracer = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)getpid());
	while (!tracer) {
		FILE *f = fopen(path, "re");

		while (f && fgets(line, sizeof(line), f))
			sscanf(line, "TracerPid: %ld", &tracer);
		if (f)
			fclose(f);
	}
	execl("/bin/sleep", "sleep", "60", (char *)NULL);
	return arg;
}

static void run_threads(void)
{
	pthread_t thread;
	int i;

	for (i = 0; i < SLEEPERS; i++)
		pthread_create(&thread, NULL, sleep_on, NULL);
	/* the last, which is attached to last */
	pthread_create(&thread, NULL, execute_when_traced, NULL);
	sleep_on(NULL);
}

/* No child of ours: what is one can be waited for without being traced. */
static pid_t start_executing(void)
{
	pid_t parent, child = 0;
	int result[2];

	assert_int_equal(pipe(result), 0);
	parent = fork();
	if (!parent) {
		child = fork();
		if (!child)
			run_threads();
		_exit(write(result[1], &child, sizeof(child)) < 0);
	}
	assert_int_equal(read(result[0], &child, sizeof(child)), sizeof(child));
	assert_int_equal(waitpid(parent, NULL, 0), parent);
	close(result[0]);
	close(result[1]);
	return child;
}

/*
 * Attaching waits for the end of the execution, that for the end of all threads
 * but one, and theirs for a tracer who reaps them: it must not be us who waits.
 */
static void attaching_to_who_executes_comes_to_an_end(void **state)
{
	unsigned i;

	(void)state;
	alarm(100);
	for (i = 0; i < EXECS; i++) {
		pid_t child = start_executing();
		struct tracer *tracer = NULL;
		struct error *err;

		usleep(100000);
		err = tracer_stop(child, 10000000000, &tracer);
		tracer_release(tracer);
		if (err && err->code != ERROR_NO_TARGET)
			fail_msg("%s", err->message);
		error_free(err);
		assert_true(go_target_is_free(child));
		kill(child, SIGKILL);
	}
	alarm(0);
}

static void too_short_a_stop_is_a_partial_result(void **state)
{
	static const char *const stops[] = {"1us", "50us", "200us", "1ms"};
	struct answer got;
	unsigned i, partial = 0;

	(void)state;
	for (i = 0; i < SHORT_STOPS; i++) {
		json_t *answer;

		ask(&got, "maps %d --json --max-stop %s", (int)holders.pid,
		    stops[i % ARRAY_LEN(stops)]);
		answer = json_loads(got.out, 0, NULL);
		assert_non_null(answer);
		json_decref(answer);
		if (got.code && got.code != 7)
			print_message("%s", got.err);
		assert_true(!got.code || got.code == 7);
		partial += got.code == 7;
		assert_true(go_target_is_free(holders.pid));
	}
	assert_true(partial > 0);
}

static off_t size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void truncated_cores_say_so(void **state)
{
	char core[256], cut[256];
	struct answer got;
	off_t size;
	int i;

	(void)state;
	snprintf(core, sizeof(core), "%s/core", test_folder());
	snprintf(cut, sizeof(cut), "%s/cut", test_folder());
	ask(&got, "snapshot %d --elf -o %s", (int)holders.pid, core);
	assert_int_equal(got.code, 0);
	ask(&got, "core %s %s --json", holders_path, core);
	assert_int_equal(got.code, 0);
	ask(&got, "core /bin/sh %s", core);
	assert_refused(&got, 2, "the executable is not the one of the core");
	size = size_of(core);
	for (i = 0; i < 10; i++) {
		copy_file(core, cut, i ? size * i / 10 : 100);
		ask(&got, "maps %s --exe %s", cut, holders_path);
		assert_true(got.code == 6 || got.code == 7);
		if (!strstr(got.err, "truncated"))
			print_message("%d of 10: %s", i, got.err);
		assert_non_null(strstr(got.err, "truncated"));
	}
}

static void output_that_cannot_be_written_is_an_error(void **state)
{
	struct answer got;

	(void)state;
	ask(&got, "maps %d >/dev/full", (int)holders.pid);
	assert_int_equal(got.code, 1);
	ask(&got, "maps %d >&-", (int)holders.pid);
	assert_int_equal(got.code, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_target_is_named),
		cmocka_unit_test(programs_of_other_languages_are_refused),
		cmocka_unit_test(zombies_have_exited),
		cmocka_unit_test(
			another_tracer_is_named_and_does_not_matter_to_nonstop),
		cmocka_unit_test(processes_of_others_need_privilege),
		cmocka_unit_test(closed_processes_need_privilege),
		cmocka_unit_test(
			a_process_that_is_not_dumpable_needs_privilege),
		cmocka_unit_test(removed_and_replaced_executables_are_read),
		cmocka_unit_test(a_target_that_executes_is_let_go),
		cmocka_unit_test(attaching_to_who_executes_comes_to_an_end),
		cmocka_unit_test(too_short_a_stop_is_a_partial_result),
		cmocka_unit_test(truncated_cores_say_so),
		cmocka_unit_test(output_that_cannot_be_written_is_an_error),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
