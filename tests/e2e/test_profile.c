/*
 * The heap profile is compared, record by record, with what runtime.MemProfile
 * says in the target; profiles written are opened by `go tool pprof`. Targets
 * are $MAPSCOPE_TARGETS/heapprof-VERSION.
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
#include <ctype.h>
#include <jansson.h>

#include "core/base/buf.h"
#include "core/base/xalloc.h"
#include "tests/support/answer.h"
#include "tests/support/folder.h"
#include "tests/support/program.h"
#include "tests/support/target.h"

static const char *const values[] = {"alloc_objects", "alloc_space",
				     "inuse_objects", "inuse_space"};

/* "main.keep:40 main.main:80" */
static char *stack_text(json_t *stack)
{
	struct buf text = {0};
	json_t *frame;
	size_t i;

	json_array_foreach(stack, i, frame) buf_printf(
		&text, "%s%s:%d", i ? " " : "",
		json_string_value(json_object_get(frame, "function")),
		(int)json_integer_value(json_object_get(frame, "line")));
	return buf_steal(&text);
}

/* Records of one stack and size, once each: "values stack" -> count. */
static void count(json_t *bag, json_t *numbers, const char *stack, int step)
{
	CLEANUP(buf_deinit) struct buf key = {0};
	json_int_t have;
	size_t i;

	for (i = 0; i < 4; i++)
		buf_printf(&key, "%lld ",
			   (long long)json_integer_value(
				   json_object_get(numbers, values[i])));
	buf_adds(&key, stack);
	have = json_integer_value(json_object_get(bag, buf_str(&key))) + step;
	if (have)
		json_object_set_new(bag, buf_str(&key), json_pack("I", have));
	else
		json_object_del(bag, buf_str(&key));
}

static unsigned check_target(const char *path, void *arg)
{
	struct go_target target = {0};
	json_t *truth, *answer, *record, *bag = json_object(), *value;
	const char *key;
	unsigned wrong;
	size_t i;

	(void)arg;
	assert_true(go_target_start(&target, path));
	truth = json_loads(target.truth, 0, NULL);
	assert_true(json_array_size(truth) > 8);
	answer = answer_to("heapprofile %d --json", (int)target.pid);
	/* records of nothing are not published yet */
	json_array_foreach(
		truth, i,
		record) if (json_integer_value(json_object_get(record,
							       values[0])))
		count(bag, record,
		      json_string_value(json_object_get(record, "stack")), 1);
	json_array_foreach(json_object_get(answer, "samples"), i, record)
	{
		char *stack = stack_text(json_object_get(record, "stack"));
		json_t *raw = json_object_get(record, "sampled");

		if (json_integer_value(json_object_get(raw, values[0])))
			count(bag, raw, stack, -1);
		free(stack);
	}
	wrong = (unsigned)json_object_size(bag);
	json_object_foreach(bag, key, value) fprintf(
		stderr, "%s: %s %s\n", path,
		json_integer_value(value) > 0 ? "missing" : "invented", key);
	json_decref(bag);
	json_decref(answer);
	json_decref(truth);
	assert_int_equal(go_target_stop(&target), 0);
	return wrong;
}

static void the_heap_profile_is_that_of_the_runtime(void **state)
{
	(void)state;
	assert_int_equal(go_targets_check("heapprof", check_target, NULL), 0);
}

/* A profile that is not kept is explained, and is not an empty one. */
static void a_missing_profile_says_why(void **state)
{
	char *path = go_target_newest("graph"), text[256] = "";
	struct go_target target = {0};
	int code;
	FILE *f;

	(void)state;
	assert_non_null(path);
	assert_true(go_target_start(&target, path));
	f = program_lines(&code, "%s heapprofile %d 2>&1", getenv("MAPSCOPE"),
			  (int)target.pid);
	assert_int_equal(code, 5);
	assert_non_null(fgets(text, sizeof(text), f));
	assert_non_null(strstr(text, "keeps no heap profile"));
	assert_non_null(fgets(text, sizeof(text), f));
	assert_non_null(strstr(text, "linker"));
	fclose(f);
	assert_int_equal(go_target_stop(&target), 0);
	free(path);
}

static uint64_t sum_of(json_t *samples, const char *field)
{
	uint64_t sum = 0;
	json_t *sample;
	size_t i;

	json_array_foreach(samples, i, sample) sum +=
		(uint64_t)json_integer_value(json_object_get(sample, field));
	return sum;
}

/* What holds the heap adds up to the heap. */
static void references_add_up_to_the_live_heap(void **state)
{
	char *path = go_target_newest("graph");
	struct go_target target = {0};
	json_t *profile, *types;

	(void)state;
	assert_non_null(path);
	assert_true(go_target_start(&target, path));
	profile = answer_to("refprofile %d --json", (int)target.pid);
	types = answer_to("types %d --json", (int)target.pid);
	assert_int_equal(
		sum_of(json_object_get(profile, "samples"), "inuse_objects"),
		json_integer_value(json_object_get(types, "objects")));
	assert_int_equal(
		sum_of(json_object_get(profile, "samples"), "inuse_space"),
		json_integer_value(json_object_get(types, "bytes")));
	json_decref(profile);
	json_decref(types);
	assert_int_equal(go_target_stop(&target), 0);
	free(path);
}

#define GO                                                                     \
	"$(ls ${MAPSCOPE_GO_CACHE:-$HOME/.cache/mapscope/go}/1.*/bin/go | "    \
	"tail -1)"

static void pprof_opens(pid_t pid, const char *command, const char *want)
{
	CLEANUP(free_cleanup) char *out = NULL;
	const char *folder = test_folder();

	assert_int_equal(
		program_shell(&out,
			      "%s %s %d -o %s/p --force >/dev/null && " GO
			      " tool pprof -top %s/p 2>&1",
			      getenv("MAPSCOPE"), command, (int)pid, folder,
			      folder),
		0);
	assert_non_null(strstr(out, want));
}

static void pprof_opens_what_is_written(void **state)
{
	char *path = go_target_newest("heapprof");
	struct go_target target = {0};

	(void)state;
	assert_non_null(path);
	assert_true(go_target_start(&target, path));
	pprof_opens(target.pid, "heapprofile", "main.keep");
	pprof_opens(target.pid, "refprofile", "main.kept ([]uint8)");
	assert_int_equal(go_target_stop(&target), 0);
	free(path);
}

/* "main.keep": flat and cum of a line, of ours or of pprof. */
static bool parse_top(char *line, json_t *ret)
{
	CLEANUP(buf_deinit) struct buf digits = {0};
	char flat[32], cum[32], name[512];
	int n;

	for (; *line; line++) /* "1,234" is one number */
		if (*line != ',' || !isdigit((unsigned char)line[1]))
			buf_addc(&digits, *line);
	n = sscanf(buf_str(&digits), "%31s %*s %*s %31s %*s %511[^\n]", flat,
		   cum, name);
	if (n != 3 || !isdigit((unsigned char)*flat) ||
	    !isdigit((unsigned char)*cum))
		return false;
	/* pprof leaves out what has nothing, and shortens type arguments. */
	if (!atoll(cum) || strchr(name, '['))
		return false;
	/* It marks what was inlined. */
	if (strstr(name, " (inline)"))
		*strstr(name, " (inline)") = 0;
	if (strstr(name, " (partial-inline)"))
		*strstr(name, " (partial-inline)") = 0;
	json_object_set_new(ret, name,
			    json_pack("[I,I]", (json_int_t)atoll(flat),
				      (json_int_t)atoll(cum)));
	return true;
}

static json_t *read_top(const char *command)
{
	json_t *ret = json_object();
	char line[4096];
	int code;
	FILE *f = program_lines(&code, "%s", command);

	assert_int_equal(code, 0);
	while (fgets(line, sizeof(line), f))
		parse_top(line, ret);
	fclose(f);
	return ret;
}

/* Takes both. */
static void assert_agree(json_t *ours, json_t *theirs)
{
	assert_true(json_object_size(theirs) > 3);
	if (!json_equal(ours, theirs)) {
		json_dumpf(ours, stderr, JSON_SORT_KEYS);
		json_dumpf(theirs, stderr, JSON_SORT_KEYS);
	}
	assert_true(json_equal(ours, theirs));
	json_decref(ours);
	json_decref(theirs);
}

/* To the file "p" of the folder. */
static void write_profile(pid_t pid)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", (int)pid);
	assert_true(program_ends("heapprofile {} -o p --force", number, 0));
}

/* What go tool pprof makes of the file is what mapscope shows. */
static void the_top_is_that_of_pprof(void **state)
{
	char *path = go_target_newest("heapprof");
	CLEANUP(free_cleanup) char *file = test_path("p");
	struct go_target target = {0};
	char line[4096];
	size_t i;

	(void)state;
	assert_non_null(path);
	assert_true(go_target_start(&target, path));
	write_profile(target.pid);
	for (i = 0; i < 4; i++) {
		json_t *ours, *theirs;

		snprintf(line, sizeof(line),
			 "%s heapprofile %d --sample-index %s --units bytes "
			 "-n 100000",
			 getenv("MAPSCOPE"), (int)target.pid, values[i]);
		ours = read_top(line);
		snprintf(line, sizeof(line),
			 GO " tool pprof -top -unit=B -nodefraction=0 "
			    "-nodecount=100000 -sample_index=%s %s 2>/dev/null",
			 values[i], file);
		theirs = read_top(line);
		assert_agree(ours, theirs);
	}
	assert_int_equal(go_target_stop(&target), 0);
	free(path);
}

/* "   name": the first number of its lines added up, of ours or of pprof. */
static json_t *read_peek(const char *command)
{
	json_t *ret = json_object();
	char line[4096], number[32];
	int code;
	FILE *f = program_lines(&code, "%s", command);

	assert_int_equal(code, 0);
	while (fgets(line, sizeof(line), f)) {
		char *name = strchr(line, '|'), *inlined;
		char *from = line, *to = line;
		json_int_t sum;

		if (!name)
			continue;
		*name++ = 0;
		name[strcspn(name, "\n")] = 0;
		for (; *from; from++) /* "1,234" is one number */
			if (*from != ',')
				*to++ = *from;
		*to = 0;
		inlined = strstr(name, " (inline)");
		if (!inlined)
			inlined = strstr(name, " (partial-inline)");
		if (inlined)
			*inlined = 0;
		if (sscanf(line, "%31s", number) != 1 || strchr(name, '['))
			continue;
		sum = json_integer_value(json_object_get(ret, name));
		json_object_set_new(ret, name,
				    json_integer(sum + atoll(number)));
	}
	fclose(f);
	return ret;
}

static void peek_is_that_of_pprof(void **state)
{
	char *path = go_target_newest("heapprof");
	CLEANUP(free_cleanup) char *file = test_path("p");
	struct go_target target = {0};
	json_t *ours, *theirs;
	char line[4096];

	(void)state;
	assert_non_null(path);
	assert_true(go_target_start(&target, path));
	write_profile(target.pid);
	snprintf(line, sizeof(line),
		 "%s heapprofile %d --units bytes --peek '^main\\.'",
		 getenv("MAPSCOPE"), (int)target.pid);
	ours = read_peek(line);
	snprintf(line, sizeof(line),
		 GO " tool pprof -peek '^main\\.' -unit=B %s 2>/dev/null",
		 file);
	theirs = read_peek(line);
	assert_agree(ours, theirs);
	assert_int_equal(go_target_stop(&target), 0);
	free(path);
}

/* Every line of the tree has a parent that has at least as much. */
static void the_tree_adds_up(void **state)
{
	char *path = go_target_newest("heapprof"), line[4096];
	long long above[256] = {0}, flat, cum;
	struct go_target target = {0};
	unsigned rows = 0;
	int code;
	FILE *f;

	(void)state;
	assert_non_null(path);
	assert_true(go_target_start(&target, path));
	f = program_lines(&code, "%s heapprofile %d --tree --units bytes",
			  getenv("MAPSCOPE"), (int)target.pid);
	assert_int_equal(code, 0);
	assert_non_null(fgets(line, sizeof(line), f));
	while (fgets(line, sizeof(line), f)) {
		size_t depth;
		int start = 0;

		assert_int_equal(
			sscanf(line, "%lld %lld %n", &flat, &cum, &start), 2);
		depth = (size_t)(start - 22) / 2;
		assert_true(depth < 256 && flat <= cum);
		assert_true(!depth || cum <= above[depth - 1]);
		above[depth] = cum;
		rows++;
	}
	fclose(f);
	assert_true(rows > 5);
	assert_int_equal(go_target_stop(&target), 0);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_heap_profile_is_that_of_the_runtime),
		cmocka_unit_test(a_missing_profile_says_why),
		cmocka_unit_test(references_add_up_to_the_live_heap),
		cmocka_unit_test(pprof_opens_what_is_written),
		cmocka_unit_test(the_top_is_that_of_pprof),
		cmocka_unit_test(peek_is_that_of_pprof),
		cmocka_unit_test(the_tree_adds_up),
	};

	return cmocka_run_group_tests(tests, program_set_up, program_tear_down);
}
