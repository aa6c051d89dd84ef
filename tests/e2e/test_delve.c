/*
 * The same expressions, evaluated by Delve on the same process. Skipped where
 * there is no dlv. The target is values-1.26, $MAPSCOPE_TARGETS tells where.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/base/attr.h"
#include "core/base/buf.h"
#include "core/session/expr.h"
#include "tests/support/program.h"
#include "tests/support/target.h"

enum { LINE_MAX_BYTES = 1 << 16, SCALARS = 120, EQUAL = 180 };

/* What the two print differently, and meant to. */
static const char *const differing[] = {
	"main.item.Up",	   "main.item.D",      "main.delay",
	"main.item.C128",  "main.unit",	       "-main.low",
	"main.moment",	   "main.any3",	       "main.any4",
	"main.nilItem",	   "main.nilShape",    "main.nilErr",
	"uintptr(&main.s", "main.nan == main",
};

static bool is_differing(const char *text)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(differing); i++)
		if (!strncmp(text, differing[i], strlen(differing[i])))
			return true;
	return false;
}

/* Without white space and Delve's "len: 2, cap: 2,". */
static void normalize(const char *text, struct buf *out)
{
	for (; *text; text++) {
		if (!strncmp(text, "len: ", 5) && strstr(text, "cap: ")) {
			text = strstr(text, "cap: ") + 5;
			text += strspn(text, "0123456789");
			text += *text == ',';
		}
		if (*text && !strchr(" \t\n", *text))
			buf_addc(out, *text);
	}
}

static bool is_scalar(const char *text)
{
	return strchr("\"-+0123456789", *text) || !strcmp(text, "true") ||
	       !strcmp(text, "false") || !strcmp(text, "NaN");
}

static void write_script(const char *path, const json_t *truth)
{
	FILE *f = fopen(path, "w");
	json_t *line;
	size_t i;

	assert_non_null(f);
	json_array_foreach(truth, i, line)
	{
		fprintf(f, "print \"@@%zu\"\nprint %s\n", i,
			json_string_value(json_object_get(line, "expr")));
	}
	fputs("print \"@@end\"\nexit -d\n", f);
	assert_int_equal(fclose(f), 0);
}

struct tally {
	struct expr_context *context;
	unsigned equal, scalars, wrong, refused;
};

static void compare(struct tally *tally, const char *text, const char *theirs)
{
	const struct print_limits limits = print_limits_default();
	CLEANUP(buf_deinit) struct buf ours = {0}, a = {0}, b = {0};
	struct expr_value value;
	struct error *err = expr_eval(tally->context, text, &value);

	assert_null(err);
	expr_text(tally->context, &value, &limits, &ours);
	if (strstr(theirs, ".dlv:")) {
		tally->refused++;
		return;
	}
	normalize(buf_str(&ours), &a);
	normalize(theirs, &b);
	if (!strcmp(buf_str(&a), buf_str(&b))) {
		tally->equal++;
		tally->scalars += is_scalar(buf_str(&ours));
	} else if (is_scalar(buf_str(&ours)) && !is_differing(text)) {
		print_message("%s: dlv says %s, mapscope %s\n", text, theirs,
			      buf_str(&ours));
		tally->wrong++;
	}
}

/* Compare what lies between the markers. */
static void compare_all(struct tally *tally, const json_t *truth, FILE *f)
{
	CLEANUP(buf_deinit) struct buf answer = {0};
	static char line[LINE_MAX_BYTES];
	const char *text = NULL;

	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "\"@@", 3) != 0) {
			buf_adds(&answer, line);
			continue;
		}
		if (text)
			compare(tally, text, buf_str(&answer));
		buf_clear(&answer);
		text = json_string_value(json_object_get(
			json_array_get(truth, strtoul(line + 3, NULL, 10)),
			"expr"));
		if (!strncmp(line, "\"@@end", 6))
			return;
	}
	fail_msg("dlv ended early: %s", buf_str(&answer));
}

/* The script is run with dlv attached; the target goes on afterwards. */
static void run_dlv(struct tally *tally, pid_t pid, const json_t *truth)
{
	char script[] = "/tmp/mapscope-XXXXXX.dlv";
	int fd = mkstemps(script, 4), code;
	FILE *f;

	assert_true(fd >= 0);
	close(fd);
	write_script(script, truth);
	f = program_lines(&code,
			  "timeout 120 dlv attach %d "
			  "--allow-non-terminal-interactive --init %s 2>&1",
			  (int)pid, script);
	assert_non_null(f);
	compare_all(tally, truth, f);
	fclose(f);
	assert_int_equal(code, 0);
	remove(script);
	assert_true(go_target_is_free(pid));
}

static void delve_evaluates_expressions_alike(void **state)
{
	const char *dir = getenv("MAPSCOPE_TARGETS");
	struct session_options options = session_options_default();
	struct tally tally = {0};
	struct go_target target;
	struct session *session;
	char path[4096];
	json_t *truth;

	(void)state;
	assert_non_null(dir);
	snprintf(path, sizeof(path), "%s/values-1.26", dir);
	if (!program_installed("dlv") || access(path, X_OK) != 0)
		skip();
	assert_true(go_target_start(&target, path));
	assert_null(session_open_live(target.pid, &options, NULL, &session));
	tally.context = expr_context_new(session, UINT32_MAX, 0);
	truth = json_loads(target.truth, 0, NULL);
	run_dlv(&tally, target.pid, truth);
	print_message("%u alike, %u of them scalars; dlv refused %u\n",
		      tally.equal, tally.scalars, tally.refused);
	assert_int_equal(tally.wrong, 0);
	assert_true(tally.scalars >= SCALARS);
	assert_true(tally.equal >= EQUAL);
	json_decref(truth);
	expr_context_free(tally.context);
	session_free(session);
	assert_int_equal(go_target_stop(&target), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delve_evaluates_expressions_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
