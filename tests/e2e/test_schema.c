/*
 * Every answer in JSON against the schema that the program prints for it, on
 * both families of maps: types, required fields, formats, and no field that the
 * schema does not name.
 */
#include <regex.h>
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

#include "core/base/buf.h"
#include "core/base/xalloc.h"
#include "tests/support/folder.h"
#include "tests/support/program.h"
#include "tests/support/target.h"

struct answer {
	const char *schema;
	const char *arguments; /* PID stands for the process */
};

static const struct answer answers[] = {
	{"maps", "maps PID --group none"},
	{"maps", "maps PID --group none --all"},
	{"maps", "maps PID"},
	{"maps", "maps PID --group type"},
	{"maps", "maps PID --group package"},
	{"maps", "maps PID --redact basic"},
	{"map", "map PID main.big"},
	{"map", "map PID main.emptied"},
	{"map", "map PID main.emptied --hist"},
	{"entries", "entries PID main.big -n 20"},
	{"entries", "entries PID main.wides -n 20"},
	{"entries", "entries PID main.anyKey"},
	{"entries", "entries PID main.anyKey --redact basic"},
	{"findings", "findings PID"},
	{"refs", "refs PID main.big"},
	{"refs", "refs PID main.big --in"},
	{"refs", "refs PID main.big --out"},
	{"retained", "retained PID"},
	{"retained", "retained PID main.big"},
	{"types", "retained PID --by type"},
	{"objects", "objects PID -n 50"},
	{"objects", "objects PID --unreachable -n 50"},
	{"types", "types PID"},
	{"types", "types PID --group package"},
	{"refprofile", "refprofile PID"},
	{"containers", "containers PID"},
	{"addr", "addr PID main.big"},
	{"addr", "addr PID 0x10"},
	{"find", "find PID holders"},
	{"overview", "attach PID"},
	{"stats", "stats PID"},
	{"parts", "stats PID --parts"},
	{"classes", "stats PID --classes"},
	{"spans", "stats PID --spans"},
	{"goroutines", "goroutines PID"},
	{"goroutines", "goroutines PID -t -maps"},
	{"stack", "stack PID -g 1"},
	{"stack", "stack PID -g 1 -full"},
	{"stack", "stack PID -g 1 -defer"},
	{"locals", "locals PID -g 1 -f 2"},
	{"args", "args PID -g 1 -f 2"},
	{"print", "print PID main.big"},
	{"print", "print PID 1+1"},
	{"whatis", "whatis PID main.big"},
	{"examinemem", "examinemem PID -fmt hex -count 8 -size 8 main.big"},
	{"vars", "vars PID main"},
	{"ps", "ps"},
	{"doctor", "doctor PID"},
	{"doctor", "doctor"},
	{"version", "version"},
	{"error", "maps 999999999"},
	{"error", "map PID main.nothing"},
};

/* holders keeps no heap profile. */
static const struct answer of_heapprof[] = {
	{"heapprofile", "heapprofile PID"},
	{"types", "types PID"},
};

static const struct {
	const char *schema, *array, *arguments;
} streams[] = {
	{"maps", "maps", "maps PID --group none --ndjson"},
	{"maps", "maps", "maps PID --ndjson"},
	{"entries", "entries", "entries PID main.big --ndjson -n 20"},
	{"findings", "findings", "findings PID --ndjson"},
	{"objects", "objects", "objects PID --ndjson -n 20"},
	{"ps", "processes", "ps --ndjson"},
	{"watch_sample", NULL, "watch PID --count 1 --ndjson"},
};

struct check {
	struct buf path;
	unsigned failures;
	const char *arguments;
};

static void complain(struct check *c, const char *what)
{
	if (c->failures++ < 10)
		print_message("%s: %s: %s\n", c->arguments, buf_str(&c->path),
			      what);
}

static bool has_type(const json_t *v, const char *type)
{
	return !strcmp(type, "null")	  ? json_is_null(v)
	       : !strcmp(type, "string")  ? json_is_string(v)
	       : !strcmp(type, "boolean") ? json_is_boolean(v)
	       : !strcmp(type, "integer") ? json_is_integer(v)
	       : !strcmp(type, "number")  ? json_is_number(v)
	       : !strcmp(type, "array")	  ? json_is_array(v)
	       : !strcmp(type, "object")  ? json_is_object(v)
					  : false;
}

static void check_type(struct check *c, json_t *schema, const json_t *v)
{
	json_t *type = json_object_get(schema, "type");
	size_t i;

	if (!type)
		return;
	if (json_is_string(type)) {
		if (!has_type(v, json_string_value(type)))
			complain(c, json_string_value(type));
		return;
	}
	for (i = 0; i < json_array_size(type); i++)
		if (has_type(v, json_string_value(json_array_get(type, i))))
			return;
	complain(c, "none of its types");
}

static void check_string(struct check *c, json_t *schema, json_t *v)
{
	json_t *pattern = json_object_get(schema, "pattern");
	json_t *values = json_object_get(schema, "enum");
	regex_t regex;
	size_t i;

	if (!json_is_string(v))
		return;
	if (pattern) {
		assert_int_equal(regcomp(&regex, json_string_value(pattern),
					 REG_EXTENDED | REG_NOSUB),
				 0);
		if (regexec(&regex, json_string_value(v), 0, NULL, 0))
			complain(c, json_string_value(v));
		regfree(&regex);
	}
	for (i = 0; i < json_array_size(values); i++)
		if (json_equal(json_array_get(values, i), v))
			return;
	if (values)
		complain(c, json_string_value(v));
}

static void check_value(struct check *c, json_t *schema, json_t *v);

static void check_object(struct check *c, json_t *schema, json_t *v)
{
	json_t *required = json_object_get(schema, "required");
	json_t *properties = json_object_get(schema, "properties"), *part;
	const char *key;
	size_t i, len = c->path.len;

	for (i = 0; i < json_array_size(required); i++) {
		key = json_string_value(json_array_get(required, i));
		if (!json_object_get(v, key)) {
			buf_printf(&c->path, ".%s", key);
			complain(c, "is missing");
			buf_truncate(&c->path, len);
		}
	}
	if (!properties)
		return;
	json_object_foreach(v, key, part)
	{
		json_t *inner = json_object_get(properties, key);

		buf_printf(&c->path, ".%s", key);
		if (inner)
			check_value(c, inner, part);
		else if (!json_is_true(json_object_get(schema,
						       "additionalProperties")))
			complain(c, "is not in the schema");
		buf_truncate(&c->path, len);
	}
}

/* The alternative whose required fields are all there. */
static json_t *choose(json_t *any_of, const json_t *v)
{
	size_t i, k;

	for (i = 0; i < json_array_size(any_of); i++) {
		json_t *one = json_array_get(any_of, i);
		json_t *required = json_object_get(one, "required");

		for (k = 0; k < json_array_size(required); k++)
			if (!json_object_get(
				    v, json_string_value(
					       json_array_get(required, k))))
				break;
		if (k == json_array_size(required))
			return one;
	}
	return NULL;
}

static void check_value(struct check *c, json_t *schema, json_t *v)
{
	json_t *any_of = json_object_get(schema, "anyOf");
	json_t *items = json_object_get(schema, "items");
	json_t *minimum = json_object_get(schema, "minimum");
	size_t i, len = c->path.len;

	if (any_of) {
		schema = choose(any_of, v);
		if (!schema) {
			complain(c, "none of its forms");
			return;
		}
	}
	check_type(c, schema, v);
	check_string(c, schema, v);
	if (minimum && json_is_integer(v) &&
	    json_integer_value(v) < json_integer_value(minimum))
		complain(c, "is below its minimum");
	if (json_is_object(v))
		check_object(c, schema, v);
	for (i = 0; items && i < json_array_size(v); i++) {
		buf_printf(&c->path, "[%zu]", i);
		check_value(c, items, json_array_get(v, i));
		buf_truncate(&c->path, len);
	}
}

static FILE *run(const char *arguments, pid_t pid, const char *more)
{
	const char *at = strstr(arguments, "PID");
	int code;
	FILE *f;

	if (at)
		f = program_lines(&code,
				  "%s --no-config %.*s%d%s %s 2>/dev/null",
				  getenv("MAPSCOPE"), (int)(at - arguments),
				  arguments, (int)pid, at + 3, more);
	else
		f = program_lines(&code, "%s --no-config %s %s 2>/dev/null",
				  getenv("MAPSCOPE"), arguments, more);
	assert_non_null(f);
	return f;
}

static json_t *load(const char *arguments, pid_t pid, const char *more)
{
	FILE *f = run(arguments, pid, more);
	json_t *ret =
		json_loadf(f, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, NULL);

	fclose(f);
	return ret;
}

static json_t *schema_of(const char *name)
{
	CLEANUP(free_cleanup) char *arguments = xasprintf("schema %s", name);
	json_t *ret = load(arguments, 0, "");

	if (!ret)
		print_message("no schema %s\n", name);
	return ret;
}

static unsigned check_loaded(const struct answer *answer, json_t *v)
{
	struct check c = {.arguments = answer->arguments};
	json_t *schema = schema_of(answer->schema);
	json_t *name = v ? json_object_get(v, "schema") : NULL;
	CLEANUP(free_cleanup)
	char *want = xasprintf("mapscope/%s/1", answer->schema);

	if (!schema || !v)
		complain(&c, "no answer");
	else if (!name || strcmp(json_string_value(name), want) != 0)
		complain(&c, name ? json_string_value(name) : "no schema");
	else
		check_value(&c, schema, v);
	json_decref(schema);
	json_decref(v);
	buf_deinit(&c.path);
	return c.failures;
}

static unsigned check_answer(const struct answer *answer, pid_t pid)
{
	return check_loaded(answer, load(answer->arguments, pid, "--json"));
}

static unsigned check_stream(size_t i, pid_t pid)
{
	struct check c = {.arguments = streams[i].arguments};
	json_t *schema = schema_of(streams[i].schema), *items, *v;
	FILE *f = run(streams[i].arguments, pid, "");
	CLEANUP(free_cleanup) char *line = NULL;
	unsigned lines = 0;
	size_t room = 0;

	items = streams[i].array
			? json_object_get(
				  json_object_get(
					  json_object_get(schema, "properties"),
					  streams[i].array),
				  "items")
			: schema;
	assert_non_null(items);
	for (; getline(&line, &room, f) > 0; lines++) {
		v = json_loads(line, 0, NULL);
		if (v)
			check_value(&c, items, v);
		else
			complain(&c, "a line is no object");
		json_decref(v);
	}
	fclose(f);
	if (!lines)
		complain(&c, "no lines");
	json_decref(schema);
	buf_deinit(&c.path);
	return c.failures;
}

static void check_family(char *path)
{
	struct go_target target;
	unsigned failures = 0;
	size_t i;

	assert_non_null(path);
	assert_true(go_target_start(&target, path));
	for (i = 0; i < ARRAY_LEN(answers); i++)
		failures += check_answer(&answers[i], target.pid);
	for (i = 0; i < ARRAY_LEN(streams); i++)
		failures += check_stream(i, target.pid);
	assert_int_equal(go_target_stop(&target), 0);
	free(path);
	assert_int_equal(failures, 0);
}

static void the_heap_profile_follows_its_schema(void **state)
{
	CLEANUP(free_cleanup) char *path = go_target_newest("heapprof");
	struct go_target target;
	unsigned failures = 0;
	size_t i;

	(void)state;
	assert_non_null(path);
	assert_true(go_target_start(&target, path));
	for (i = 0; i < ARRAY_LEN(of_heapprof); i++)
		failures += check_answer(&of_heapprof[i], target.pid);
	go_target_stop(&target);
	assert_int_equal(failures, 0);
}

static void answers_on_swiss_maps_follow_their_schemas(void **state)
{
	(void)state;
	check_family(go_target_newest("holders"));
}

static void answers_on_classic_maps_follow_their_schemas(void **state)
{
	(void)state;
	check_family(go_target_newest_classic("holders"));
}

static unsigned check_on(const char *schema, const char *before,
			 const char *folder, const char *after, pid_t pid)
{
	CLEANUP(free_cleanup)
	char *arguments = xasprintf("%s%s%s", before, folder, after);

	return check_answer(&(struct answer){schema, arguments}, pid);
}

/* Answers about files that are written first. */
static void answers_on_files_follow_their_schemas(void **state)
{
	CLEANUP(free_cleanup) char *path = go_target_newest("holders");
	CLEANUP(free_cleanup) char *file = test_path("r/report.json");
	const char *folder = test_folder();
	struct go_target target;
	unsigned failures = 0;
	char pid[16];

	(void)state;
	assert_non_null(path);
	assert_true(go_target_start(&target, path));
	snprintf(pid, sizeof(pid), "%d", (int)target.pid);
	assert_true(program_ends("snapshot {} -o a.msnap", pid, 0));
	failures +=
		check_on("diff", "diff ", folder, "/a.msnap PID", target.pid);
	failures += check_on("maps", "maps ", folder, "/a.msnap", 0);
	failures += check_on("stats", "stats ", folder, "/a.msnap", 0);
	failures +=
		check_on("watch", "watch PID --count 1", "", "", target.pid);
	failures += check_on("reportfiles", "report PID --yes -o ", folder,
			     "/r", target.pid);
	failures += check_loaded(&(struct answer){"report", "report.json"},
				 json_load_file(file, 0, NULL));
	go_target_stop(&target);
	assert_int_equal(failures, 0);
}

/* A schema that nothing checks would be a promise only. */
static void every_schema_is_checked(void **state)
{
	/* In tests of their own above. */
	static const char *const elsewhere[] = {"diff",	       "watch_sample",
						"heapprofile", "watch",
						"report",      "reportfiles"};
	FILE *f = run("schema", 0, "");
	CLEANUP(free_cleanup) char *line = NULL;
	size_t room = 0, i, k;

	(void)state;
	while (getline(&line, &room, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		for (i = 0; i < ARRAY_LEN(answers); i++)
			if (!strcmp(answers[i].schema, line))
				break;
		for (k = 0; k < ARRAY_LEN(elsewhere); k++)
			if (!strcmp(elsewhere[k], line))
				break;
		if (i == ARRAY_LEN(answers) && k == ARRAY_LEN(elsewhere)) {
			print_message("not checked: %s\n", line);
			fail();
		}
	}
	fclose(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_on_swiss_maps_follow_their_schemas),
		cmocka_unit_test(answers_on_classic_maps_follow_their_schemas),
		cmocka_unit_test(the_heap_profile_follows_its_schema),
		cmocka_unit_test(answers_on_files_follow_their_schemas),
		cmocka_unit_test(every_schema_is_checked),
	};

	return cmocka_run_group_tests(tests, program_set_up, program_tear_down);
}
