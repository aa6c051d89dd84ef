/*
 * Cores written by mapscope, read by other debuggers: gdb and delve print the
 * same values of the same variables. Where one is not installed its test is
 * skipped, and said to be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glob.h>

#include "core/base/buf.h"
#include "core/base/xalloc.h"
#include "tests/support/folder.h"
#include "tests/support/program.h"
#include "tests/support/target.h"

enum { TARGETS = 2 };

/* The oldest and the newest: one of each family of maps. */
static struct {
	char *exe, *core;
	struct go_target process;
} targets[TARGETS];
static unsigned target_count;

static const struct {
	const char *expr; /* mapscope's and delve's */
	const char *gdb;  /* NULL: gdb alone does not know Go's strings */
} variables[] = {
	{"main.seven", "'main.seven'"},
	{"main.negative", "'main.negative'"},
	{"*main.pSeven", "*'main.pSeven'"},
	{"main.low", "'main.low'"},
	{"main.huge", "'main.huge'"},
	{"main.truth", "'main.truth'"},
	{"main.matrix[1][2]", "'main.matrix'[1][2]"},
	{"main.slice[3]", "'main.slice'.array[3]"},
	{"main.structs[2].Y", "'main.structs'.array[2].Y"},
	{"main.item.Base.ID", "(*'main.item').Base.ID"},
	{"main.pi", NULL},
	{"main.third", NULL},
	{"main.text", NULL},
	{"main.strs[2]", NULL},
	{"main.item.Base.Name", NULL},
	{"main.item.Attrs[\"k\"]", NULL},
	{"main.nested[\"a\"][1][0]", NULL},
	{"main.item.U16", "(*'main.item').U16"},
	{"len(main.cache)", NULL},
	{"len(main.numbers)", NULL},
};

/* What we print; the same expression as a line of its own. */
static char *ours(unsigned target, const char *expr)
{
	CLEANUP(free_cleanup)
	char *text = xasprintf("eval '%s' '%s' -e 'print %s'",
			       targets[target].exe, targets[target].core, expr);
	char *out = NULL;

	assert_true(program_ends(text, "", 0));
	assert_int_equal(program_run(text, "", &out), 0);
	out[strcspn(out, "\n")] = 0;
	return out;
}

static void same(const char *reader, const char *expr, const char *theirs,
		 const char *mine)
{
	if (strcmp(theirs, mine) != 0)
		print_message("%s: %s says '%s', mapscope '%s'\n", expr, reader,
			      theirs, mine);
	assert_string_equal(theirs, mine);
}

/* "$3 = 42" is on the line that begins with "$3 = ". */
static void gdb_reads(unsigned target)
{
	struct buf command = {0};
	CLEANUP(free_cleanup) char *out = NULL;
	unsigned number = 0;
	size_t i;

	buf_adds(&command, "timeout 120 gdb -nx -batch");
	for (i = 0; i < ARRAY_LEN(variables); i++)
		if (variables[i].gdb)
			buf_printf(&command, " -ex \"p %s\"", variables[i].gdb);
	buf_printf(&command, " '%s' '%s' 2>&1", targets[target].exe,
		   targets[target].core);
	program_shell(&out, "%s", buf_str(&command));
	buf_deinit(&command);
	assert_non_null(out);
	for (i = 0; i < ARRAY_LEN(variables); i++) {
		CLEANUP(free_cleanup) char *mine = NULL, *start = NULL;
		char *line;

		if (!variables[i].gdb)
			continue;
		start = xasprintf("\n$%u = ", ++number);
		line = strstr(out, start);
		if (!line)
			print_message("gdb: %s\n%s\n", variables[i].gdb, out);
		assert_non_null(line);
		line = xstrndup(line + strlen(start),
				strcspn(line + strlen(start), "\n"));
		mine = ours(target, variables[i].expr);
		same("gdb", variables[i].expr, line, mine);
		free(line);
	}
}

/* One line an answer, in the order of the questions. */
static void delve_reads(unsigned target)
{
	CLEANUP(free_cleanup) char *script = test_path("dlv.init");
	CLEANUP(free_cleanup) char *out = NULL;
	FILE *f = fopen(script, "we");
	char *line, *rest = NULL;
	size_t i;

	assert_non_null(f);
	for (i = 0; i < ARRAY_LEN(variables); i++)
		fprintf(f, "print %s\n", variables[i].expr);
	fputs("exit\n", f);
	fclose(f);
	program_shell(&out,
		      "timeout 120 dlv core --check-go-version=false '%s' '%s' "
		      "--init '%s' --allow-non-terminal-interactive=true "
		      "2>'%s/dlv.err'",
		      targets[target].exe, targets[target].core, script,
		      test_folder());
	assert_non_null(out);
	line = strtok_r(out, "\n", &rest);
	while (line && (strstr(line, "WARNING") || strstr(line, "Type 'help'")))
		line = strtok_r(NULL, "\n", &rest);
	for (i = 0; i < ARRAY_LEN(variables); i++) {
		CLEANUP(free_cleanup)
		char *mine = ours(target, variables[i].expr);

		assert_non_null(line);
		same("dlv", variables[i].expr, line, mine);
		line = strtok_r(NULL, "\n", &rest);
	}
}

static bool have(const char *program)
{
	if (program_installed(program))
		return true;
	print_message("%s is not installed: it reads no core here\n", program);
	return false;
}

static void gdb_prints_the_same_values(void **state)
{
	unsigned i;

	(void)state;
	if (!have("gdb"))
		skip();
	for (i = 0; i < target_count; i++)
		gdb_reads(i);
}

static void delve_prints_the_same_values(void **state)
{
	unsigned i;

	(void)state;
	if (!have("dlv"))
		skip();
	for (i = 0; i < target_count; i++)
		delve_reads(i);
}

/* What the kernel would have noted of each thread. */
static void every_thread_is_in_the_core(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < target_count; i++) {
		CLEANUP(free_cleanup) char *notes = NULL, *out = NULL;
		CLEANUP(free_cleanup)
		char *text = xasprintf("eval '%s' '%s' -e threads",
				       targets[i].exe, targets[i].core);
		long threads = 0;
		const char *p;

		assert_int_equal(
			program_shell(&notes,
				      "readelf -n '%s' | grep -c NT_PRSTATUS",
				      targets[i].core),
			0);
		assert_int_equal(program_run(text, "", &out), 0);
		for (p = out; (p = strstr(p, "Thread ")); p++)
			threads++;
		assert_true(threads > 1);
		assert_int_equal(strtol(notes, NULL, 10), threads);
	}
}

/* The prompt's dump is the same as `snapshot --elf`. */
static void the_prompt_dumps(void **state)
{
	char pid[16];

	(void)state;
	snprintf(pid, sizeof(pid), "%d", (int)targets[0].process.pid);
	assert_true(program_ends("eval {} -e 'dump by.core'", pid, 0));
	assert_true(program_ends("eval by.core -e 'print main.seven'", "", 0));
	assert_true(program_ends("eval {} -e 'dump by.core'", pid, 2));
}

static bool add_target(const char *exe)
{
	unsigned n = target_count++;
	char pid[16];
	CLEANUP(free_cleanup) char *text = NULL;

	targets[n].exe = realpath(exe, NULL);
	targets[n].core = xasprintf("%s/%u.core", test_folder(), n);
	if (!targets[n].exe || !go_target_start(&targets[n].process, exe))
		return false;
	snprintf(pid, sizeof(pid), "%d", (int)targets[n].process.pid);
	text = xasprintf("snapshot {} --elf -o %u.core", n);
	return program_ends(text, pid, 0);
}

static int start(void **state)
{
	CLEANUP(free_cleanup)
	char *pattern = xasprintf("%s/values-*", getenv("MAPSCOPE_TARGETS"));
	glob_t found;
	bool good;

	if (program_set_up(state) || glob(pattern, 0, NULL, &found))
		return -1;
	good = add_target(found.gl_pathv[0]);
	if (good && found.gl_pathc > 1)
		good = add_target(found.gl_pathv[found.gl_pathc - 1]);
	globfree(&found);
	return good ? 0 : -1;
}

static int stop(void **state)
{
	unsigned i;

	for (i = 0; i < target_count; i++) {
		go_target_stop(&targets[i].process);
		free(targets[i].exe);
		free(targets[i].core);
	}
	return program_tear_down(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gdb_prints_the_same_values),
		cmocka_unit_test(delve_prints_the_same_values),
		cmocka_unit_test(every_thread_is_in_the_core),
		cmocka_unit_test(the_prompt_dumps),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
