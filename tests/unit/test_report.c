/*
 * Reports of snapshots made by hand. What tests/golden holds is compared byte
 * for byte; MAPSCOPE_GOLDEN=write makes it anew, to be looked at.
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
#include <math.h>
#include <jansson.h>
#include <sqlite3.h>

#include "core/base/buf.h"
#include "core/base/xalloc.h"
#include "core/session/report.h"
#include "core/session/snapshot_priv.h"
#include "tests/support/folder.h"
#include "tui/output.h"

enum { FILE_BYTES = 16 << 20 };

static void ok(struct error *err)
{
	if (err)
		fail_msg("%s", err->message);
}

static char *read_all(const char *path)
{
	FILE *f = fopen(path, "rbe");
	char *bytes = xmalloc(FILE_BYTES);
	size_t n;

	if (!f)
		fail_msg("no %s", path);
	n = fread(bytes, 1, FILE_BYTES - 1, f);
	fclose(f);
	bytes[n] = '\0';
	return bytes;
}

/* Beside the sources of the tests; __FILE__ may be relative to the project. */
static char *golden_path(const char *name)
{
	static const char here[] = __FILE__;
	const char *end = strstr(here, "unit/");

	assert_non_null(end);
	return xasprintf("%.*sgolden/%s", (int)(end - here), here, name);
}

static void execute(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The snapshot of hostile.sql, and @p more statements on it. */
static struct session *open_hostile(const char *more)
{
	CLEANUP(free_cleanup) char *path = test_path("x.msnap");
	CLEANUP(free_cleanup) char *source = golden_path("hostile.sql");
	CLEANUP(free_cleanup) char *sql = read_all(source);
	struct session_options options = session_options_default();
	struct session *session = NULL;

	execute(path, "PRAGMA application_id = 0x6d736e70;"
		      "PRAGMA user_version = 1;"
		      "CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT "
		      "ROWID; CREATE TABLE warning(id INTEGER PRIMARY KEY, "
		      "text TEXT NOT NULL)");
	execute(path, snapshot_schema_stats);
	execute(path, snapshot_schema_maps);
	execute(path, snapshot_schema_suspects);
	execute(path, sql);
	execute(path, more);
	ok(session_open_snapshot(path, &options, NULL, &session));
	assert_return_code(unlink(path), 0);
	return session;
}

/* One file of the report with @p parts; nothing stays. */
static char *report_file(const struct session *session,
			 enum redact_level redact, unsigned parts,
			 const char *name)
{
	CLEANUP(free_cleanup) char *path = test_path("r");
	const struct report_options options = {
		.redact = redact,
		.parts = parts,
		.path = path,
	};
	const struct report_file *files;
	struct report *report = NULL;
	char *content = NULL;
	size_t i, count;

	ok(report_prepare(session, &options, NULL, &report));
	ok(report_publish(report));
	files = report_files(report, &count);
	for (i = 0; i < count; i++) {
		CLEANUP(free_cleanup)
		char *file = xasprintf("%s/%s", path, files[i].name);

		if (!strcmp(files[i].name, name))
			content = read_all(file);
		assert_return_code(unlink(file), 0);
	}
	if (report_mapping_path(report))
		unlink(report_mapping_path(report));
	assert_return_code(rmdir(path), 0);
	report_free(report);
	assert_non_null(content);
	return content;
}

/* Whatever is in @p want is in @p got: fields are added, never changed. */
static bool is_part(const json_t *want, const json_t *got)
{
	const char *key;
	json_t *value;
	size_t i;

	if (json_is_object(want) && json_is_object(got)) {
		json_object_foreach((json_t *)(uintptr_t)want, key, value)
		{
			if (!is_part(value, json_object_get(got, key))) {
				print_message("in %s\n", key);
				return false;
			}
		}
		return true;
	}
	if (json_is_real(want) && json_is_real(got)) /* digits may change */
		return fabs(json_real_value(want) - json_real_value(got)) <
		       1e-5 * (1 + fabs(json_real_value(want)));
	if (!json_is_array(want) || !json_is_array(got))
		return json_equal(want, got);
	if (json_array_size(want) != json_array_size(got))
		return false;
	json_array_foreach(want, i, value)
	{
		if (!is_part(value, json_array_get(got, i)))
			return false;
	}
	return true;
}

static void has_all(const char *content, const char *golden)
{
	json_t *got = json_loads(content, 0, NULL);
	json_t *want = json_loads(golden, 0, NULL);

	assert_true(got && want && is_part(want, got));
	json_decref(got);
	json_decref(want);
}

static void is_golden(const char *content, const char *name)
{
	CLEANUP(free_cleanup) char *path = golden_path(name);
	CLEANUP(free_cleanup) char *want = NULL;
	const char *how = getenv("MAPSCOPE_GOLDEN");
	FILE *f;

	if (how && !strcmp(how, "write")) {
		f = fopen(path, "we");
		assert_non_null(f);
		fputs(content, f);
		fclose(f);
	}
	want = read_all(path);
	if (strstr(name, ".json"))
		has_all(content, want);
	else
		assert_string_equal(content, want);
}

static void reports_are_as_they_were(void **state)
{
	static const struct {
		unsigned part;
		const char *name;
	} parts[] = {{REPORT_MD, "report.md"},
		     {REPORT_HTML, "report.html"},
		     {REPORT_JSON, "report.json"}};
	struct session *session = open_hostile("");
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(parts); i++) {
		CLEANUP(free_cleanup)
		char *content = report_file(session, REDACT_BASIC,
					    parts[i].part, parts[i].name);

		is_golden(content, parts[i].name);
	}
	session_free(session);
}

static void nothing_of_the_target_is_markup(void **state)
{
	static const char *const bad_html[] = {"<script", "<img", "\x1b",
					       "<b>bin", NULL};
	static const char *const bad_md[] = {"\n# own", "\n| own |", "\x1b",
					     "\r", NULL};
	struct session *session = open_hostile("");
	CLEANUP(free_cleanup)
	char *html =
		report_file(session, REDACT_BASIC, REPORT_HTML, "report.html");
	CLEANUP(free_cleanup)
	char *md = report_file(session, REDACT_BASIC, REPORT_MD, "report.md");
	size_t i;

	(void)state;
	for (i = 0; bad_html[i]; i++)
		assert_null(strstr(html, bad_html[i]));
	for (i = 0; bad_md[i]; i++)
		assert_null(strstr(md, bad_md[i]));
	/* they are there, as text */
	assert_non_null(strstr(html, "&lt;script&gt;"));
	assert_non_null(strstr(md, "<script>"));
	session_free(session);
}

/* Every cell of a table is closed in its line: bars in names are escaped. */
static void rows_have_as_many_cells_as_their_head(void **state)
{
	struct session *session = open_hostile("");
	CLEANUP(free_cleanup)
	char *md = report_file(session, REDACT_BASIC, REPORT_MD, "report.md");
	char *line, *rest = md;
	unsigned head = 0, tables = 0;

	(void)state;
	while ((line = strsep(&rest, "\n"))) {
		unsigned bars = 0;
		const char *p;

		for (p = line; *line == '|' && *p; p++)
			bars += *p == '|' && (p == line || p[-1] != '\\');
		tables += bars && !head;
		if (bars && head)
			assert_int_equal(bars, head);
		head = bars;
	}
	assert_true(tables >= 3);
	session_free(session);
}

/* What spreadsheets would run, in `maps --csv` and in exported views. */
static void exported_tables_are_harmless(void **state)
{
	struct session *session = open_hostile("");
	CLEANUP(map_groups_deinit) struct map_groups groups = {0};
	CLEANUP(list_deinit) struct list list = {0};
	enum output_form form;

	(void)state;
	ok(map_groups_load(session, GROUP_OWNER, NULL, &groups));
	list_init(&list, &map_group_list_kind, &groups);
	for (form = OUTPUT_CSV; form <= OUTPUT_MARKDOWN; form++) {
		CLEANUP(buf_deinit) struct buf out = {0};
		char *line, *rest;
		unsigned lines = 0;

		output_rows(&out, &list, form);
		assert_null(strpbrk(buf_str(&out), "\x1b\r\x07"));
		rest = out.data;
		while ((line = strsep(&rest, "\n"))) {
			const char *p;

			lines += *line != '\0';
			for (p = line; *p && form != OUTPUT_MARKDOWN; p++)
				if (p == line || strchr(",\t\"", p[-1]))
					assert_false(*p == '=' || *p == '@');
		}
		/* nothing made a line of its own */
		assert_int_equal(lines,
				 groups.count + 1 + (form == OUTPUT_MARKDOWN));
	}
	session_free(session);
}

static void many_maps_with_long_names_still_fit(void **state)
{
	static const char more[] =
		"WITH RECURSIVE n(i) AS (SELECT 8 UNION ALL SELECT i + 1 FROM "
		"n WHERE i < 30000) INSERT INTO owner SELECT i, 'main.owner' "
		"|| i || '|`' || hex(zeroblob(400)), 'main', 0, NULL, 1, 1, 8, "
		"300, 200, 1000 + i, 1, 0, 0, 1, 0, '' FROM n;"
		"INSERT INTO map SELECT id, 825000000000 + id * 64, NULL, id, "
		"1, 1, NULL, 1000 + id, 1, 1, 0, 0, 1, 1 FROM owner WHERE id "
		">= 8;"
		"INSERT INTO finding SELECT id, 'sparse', 3, 5000, name, name, "
		"name, name, name, 'w', 825000000000 + id * 64, id FROM owner "
		"WHERE id BETWEEN 8 AND 3000;";
	struct session *session = open_hostile(more);
	CLEANUP(free_cleanup)
	char *md = report_file(session, REDACT_BASIC, REPORT_MD, "report.md");
	CLEANUP(free_cleanup)
	char *html =
		report_file(session, REDACT_BASIC, REPORT_HTML, "report.html");
	CLEANUP(free_cleanup)
	char *text =
		report_file(session, REDACT_BASIC, REPORT_JSON, "report.json");
	json_t *json = json_loads(text, 0, NULL);

	(void)state;
	assert_true(strlen(md) <= 60000);
	assert_true(strlen(md) > 10000);
	assert_non_null(strstr(md, "\n## Appendix\n"));
	assert_non_null(strstr(md, "more in report.json"));
	assert_true(strlen(html) < 1000000);
	assert_true(strlen(text) < 6000000);
	assert_true(json_is_true(json_object_get(json, "owners_truncated")));
	json_decref(json);
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_are_as_they_were),
		cmocka_unit_test(nothing_of_the_target_is_markup),
		cmocka_unit_test(rows_have_as_many_cells_as_their_head),
		cmocka_unit_test(exported_tables_are_harmless),
		cmocka_unit_test(many_maps_with_long_names_still_fit),
	};

	return cmocka_run_group_tests(tests, test_folder_make,
				      test_folder_remove_empty);
}
