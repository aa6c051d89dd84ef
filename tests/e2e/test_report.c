/*
 * Reports of real Go processes: what is in them, what must not be, and that
 * they come complete or not at all.
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

static struct go_target newest, classic;

static const char *const targets[] = {"newest", "classic"};

static const char *const file_names[] = {
	"README.txt",	"report.md",  "report.html", "report.json",
	"sample.msnap", "heap.pb.gz", "refs.pb.gz",
};

static void report_has_none(const char *report, const char *const *words)
{
	size_t i, size;

	for (i = 0; i < ARRAY_LEN(file_names); i++) {
		CLEANUP(free_cleanup)
		char *name = xasprintf("%s/%s", report, file_names[i]);
		CLEANUP(free_cleanup) char *bytes = NULL;

		bytes = artefact_get(name, &size);
		assert_true(size > 0);
		artefact_has_none(name, bytes, size, words);
	}
}

static void make(const char *arguments, pid_t pid)
{
	char target[32];

	snprintf(target, sizeof(target), "%d", (int)pid);
	assert_true(program_ends(arguments, target, 0));
}

/* Data of every kind, and the names below: in none at its level. */
static const char *const secrets[] = {"S3CRET", NULL};
static const char *const names[] = {"S3CRET",  "okapi",	 "zebra", "ebraSession",
				    "uagga",   "Quagga", "ibex",  "bexWorker",
				    "secrets", NULL};

static void no_level_lets_data_out(void **state)
{
	static const char *const levels[] = {"basic", "names", "full"};
	size_t i, k;

	(void)state;
	for (k = 0; k < ARRAY_LEN(targets); k++) {
		for (i = 0; i < ARRAY_LEN(levels); i++) {
			CLEANUP(free_cleanup)
			char *report =
				xasprintf("r-%s-%s", targets[k], levels[i]);
			CLEANUP(free_cleanup)
			char *arguments =
				xasprintf("report {} --yes -o %s --redact %s",
					  report, levels[i]);

			make(arguments, k ? classic.pid : newest.pid);
			report_has_none(report, i ? names : secrets);
		}
	}
}

/* Nothing that could not be found without redaction is searched for. */
static void without_redaction_they_are_there(void **state)
{
	CLEANUP(free_cleanup) char *md = NULL;
	CLEANUP(free_cleanup) char *json = NULL;
	CLEANUP(free_cleanup) char *msnap = NULL;
	size_t size;

	(void)state;
	make("report {} --yes -o r-none --redact none", newest.pid);
	md = artefact_get("r-none/report.md", &size);
	assert_true(artefact_holds(md, size, "S3CRET-argument"));
	assert_true(artefact_holds(md, size, "okapiSessions"));
	assert_false(artefact_holds(md, size, "S3CRET-environment"));
	json = artefact_get("r-none/report.json", &size);
	assert_true(artefact_holds(json, size, "S3CRET-key"));
	assert_false(artefact_holds(json, size, "S3CRET-environment"));
	/* level maps has no data at any redaction */
	msnap = artefact_get("r-none/sample.msnap", &size);
	assert_false(artefact_holds(msnap, size, "S3CRET"));
	assert_true(artefact_holds(msnap, size, "okapiSessions"));
}

static void snapshots_lose_names_too(void **state)
{
	static const char *const levels[] = {"stats", "maps"};
	size_t i, size;

	(void)state;
	for (i = 0; i < ARRAY_LEN(levels); i++) {
		CLEANUP(free_cleanup)
		char *first = xasprintf("snapshot {} -o s.msnap --force "
					"--redact names --level %s",
					levels[i]);
		CLEANUP(free_cleanup)
		char *later = xasprintf("snapshot plain.msnap -o s.msnap "
					"--force --redact full --level %s",
					levels[i]);
		CLEANUP(free_cleanup) char *a = NULL;
		CLEANUP(free_cleanup) char *b = NULL;

		make(first, newest.pid);
		a = artefact_get("s.msnap", &size);
		/* what the names were stays beside it */
		assert_true(artefact_exists("s.msnap.names.txt"));
		artefact_has_none("a snapshot", a, size, names);
		make("snapshot {} -o plain.msnap --force", newest.pid);
		make(later, 0);
		b = artefact_get("s.msnap", &size);
		artefact_has_none("a snapshot of a snapshot", b, size, names);
		make("findings s.msnap --json", 0);
	}
}

static void the_same_snapshot_gives_the_same_bytes(void **state)
{
	static const char *const levels[] = {"stats", "maps", "full"};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(levels); i++) {
		CLEANUP(free_cleanup)
		char *take =
			xasprintf("snapshot {} -o same-%s.msnap --level %s",
				  levels[i], levels[i]);
		CLEANUP(free_cleanup)
		char *once = xasprintf("report same-%s.msnap -o once-%s --yes",
				       levels[i], levels[i]);
		CLEANUP(free_cleanup)
		char *again = xasprintf(
			"report same-%s.msnap -o again-%s --yes --threads 1",
			levels[i], levels[i]);
		CLEANUP(free_cleanup) char *a = xasprintf("once-%s", levels[i]);
		CLEANUP(free_cleanup)
		char *b = xasprintf("again-%s", levels[i]);

		make(take, newest.pid);
		make(once, 0);
		make(again, 0);
		assert_true(artefacts_same(a, b));
	}
}

static json_t *load(const char *text, size_t size)
{
	json_t *json = json_loadb(text, size, JSON_DISABLE_EOF_CHECK, NULL);

	assert_non_null(json);
	return json;
}

static json_t *ask(const char *arguments)
{
	CLEANUP(free_cleanup) char *out = NULL;

	assert_int_equal(program_run(arguments, "", &out), 0);
	return load(out, strlen(out));
}

static json_t *row_of(const json_t *rows, const char *key, const json_t *value)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		if (json_equal(json_object_get(row, key), value))
			return row;
	}
	return NULL;
}

static void same_rows(const json_t *report, const char *part, const char *key,
		      const char *question)
{
	json_t *answer = ask(question), *row;
	const json_t *rows = json_object_get(report, part);
	size_t i;

	assert_true(json_array_size(rows) > 3);
	json_array_foreach(rows, i, row)
	{
		const json_t *other = row_of(json_object_get(answer, "maps"),
					     key, json_object_get(row, key));

		assert_true(json_equal(row, other));
	}
	json_decref(answer);
}

static void its_figures_are_those_of_the_commands(void **state)
{
	CLEANUP(free_cleanup) char *text = NULL;
	json_t *report, *stats;
	size_t size;

	(void)state;
	make("snapshot {} -o figures.msnap", newest.pid);
	make("report figures.msnap -o figures --yes", 0);
	text = artefact_get("figures/report.json", &size);
	report = load(text, size);
	same_rows(report, "maps", "addr",
		  "maps figures.msnap --group none --json");
	same_rows(report, "owners", "owner", "maps figures.msnap --json");
	stats = ask("stats figures.msnap --json");
	json_object_del(json_object_get(stats, "stats"), "timing");
	json_object_del(json_object_get(report, "stats"), "timing");
	assert_true(json_equal(json_object_get(stats, "stats"),
			       json_object_get(report, "stats")));
	json_decref(stats);
	json_decref(report);
}

static json_t *suspects_of(const char *report, json_t **root_ret)
{
	CLEANUP(free_cleanup) char *name = xasprintf("%s/report.json", report);
	CLEANUP(free_cleanup) char *text = NULL;
	size_t size;

	text = artefact_get(name, &size);
	*root_ret = load(text, size);
	return json_object_get(*root_ret, "suspects");
}

static void owner_is(const json_t *suspect, const char *owner)
{
	const json_t *map = json_object_get(suspect, "map");

	assert_string_equal(json_string_value(json_object_get(map, "owner")),
			    owner);
}

/* By owner, expression, address; keys inside brackets hold commas. */
static void suspects_are_chosen_by_hand(void **state)
{
	CLEANUP(free_cleanup) char *arguments = NULL;
	json_t *root, *list, *answer;

	(void)state;
	answer = ask("map figures.msnap main.okapiNumbers --json");
	arguments = xasprintf("report {} --yes -o chosen --suspect "
			      "main.okapiNested,main.okapiLedger.quaggaRows,%s",
			      json_string_value(json_object_get(
				      json_object_get(answer, "map"), "addr")));
	json_decref(answer);
	make(arguments, newest.pid);
	list = suspects_of("chosen", &root);
	assert_int_equal(json_array_size(list), 3);
	owner_is(json_array_get(list, 0), "main.okapiNested");
	owner_is(json_array_get(list, 1), "main.okapiLedger.quaggaRows");
	owner_is(json_array_get(list, 2), "main.okapiNumbers");
	json_decref(root);
	assert_true(
		program_ends("report {} --yes -o none --suspect main.nobody",
			     "figures.msnap", 8));
	assert_false(artefact_exists("none"));
}

/* A session is in two maps, and its own map is allocated in one place. */
static void suspects_have_all_paths_and_their_places(void **state)
{
	json_t *root, *list, *suspect, *site;
	size_t k;

	(void)state;
	for (k = 0; k < ARRAY_LEN(targets); k++) {
		make("report {} --yes -o ways --force --suspect "
		     "'(*main.zebraSession).QuaggaAttrs'",
		     k ? classic.pid : newest.pid);
		list = suspects_of("ways", &root);
		assert_int_equal(json_array_size(list), 1);
		suspect = json_array_get(list, 0);
		assert_int_equal(
			json_array_size(json_object_get(suspect, "paths")), 2);
		assert_true(json_integer_value(json_object_get(
				    suspect, "sampled_objects")) > 0);
		site = json_array_get(json_object_get(suspect, "allocated_in"),
				      0);
		assert_string_equal(
			json_string_value(json_object_get(site, "function")),
			"main.main");
		assert_true(json_integer_value(json_object_get(site, "line")) >
			    0);
		json_decref(root);
	}
}

static void the_place_of_the_process_is_told(void **state)
{
	char host[256] = "";
	CLEANUP(free_cleanup) char *open = NULL;
	CLEANUP(free_cleanup) char *usual = NULL;
	CLEANUP(free_cleanup) char *line = NULL;
	CLEANUP(free_cleanup) char *lost = NULL;
	CLEANUP(free_cleanup) char *kept = NULL;
	size_t size;

	(void)state;
	assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
	line = xasprintf("Hostname: `%s`", host);
	make("report {} --yes -o place-none --redact none", newest.pid);
	open = artefact_get("place-none/report.md", &size);
	assert_true(artefact_holds(open, size, "* Uptime: `"));
	assert_true(artefact_holds(open, size,
				   "* Memory limit of its "
				   "control group: `"));
	assert_true(artefact_holds(open, size, "* PID namespace: `"));
	assert_true(artefact_holds(open, size, line));
	make("report {} --yes -o place", newest.pid);
	usual = artefact_get("place/report.md", &size);
	assert_true(artefact_holds(usual, size, "* Uptime: `"));
	assert_false(artefact_holds(usual, size, "Hostname"));
	make("snapshot {} --force -o place.msnap --redact none", newest.pid);
	/* What was kept is lost on the way to a higher level. */
	make("report place.msnap --yes -o place-names --redact names", 0);
	lost = artefact_get("place-names/report.md", &size);
	assert_false(artefact_holds(lost, size, host));
	kept = artefact_get("place-names/sample.msnap", &size);
	assert_false(artefact_holds(kept, size, host));
}

static void a_base_gives_growth(void **state)
{
	CLEANUP(free_cleanup) char *md = NULL;
	CLEANUP(free_cleanup) char *html = NULL;
	size_t size;

	(void)state;
	make("snapshot {} -o base.msnap", newest.pid);
	make("report {} --base base.msnap -o grown --yes", newest.pid);
	md = artefact_get("grown/report.md", &size);
	assert_true(artefact_holds(md, size, "\n## Growth\n"));
	html = artefact_get("grown/report.html", &size);
	assert_true(artefact_holds(html, size, "id=\"growth\""));
	assert_true(program_ends("report {} --base /dev/null -o x --yes",
				 "base.msnap", 6));
	assert_false(artefact_exists("x"));
}

/* What was watched is in the snapshot, and so in the report of it. */
static void a_series_is_shown(void **state)
{
	static const char *const levels[] = {"basic", "full"};
	size_t i, size;

	(void)state;
	make("watch {} rss --metric main.okapiSessions.entries "
	     "--every 10ms --max-duty 50% --max-stop 10s --count 4 -o w.msnap",
	     newest.pid);
	for (i = 0; i < ARRAY_LEN(levels); i++) {
		CLEANUP(free_cleanup)
		char *arguments =
			xasprintf("report w.msnap -o w-%s --yes --redact %s",
				  levels[i], levels[i]);
		CLEANUP(free_cleanup)
		char *name = xasprintf("w-%s/report.md", levels[i]);
		CLEANUP(free_cleanup)
		char *page = xasprintf("w-%s/report.html", levels[i]);
		CLEANUP(free_cleanup) char *md = NULL;
		CLEANUP(free_cleanup) char *html = NULL;

		make(arguments, 0);
		md = artefact_get(name, &size);
		assert_true(artefact_holds(md, size, "4 samples."));
		assert_true(artefact_holds(md, size,
					   i ? "main.n" : "okapiSessions"));
		if (i)
			artefact_has_none(name, md, size, names);
		html = artefact_get(page, &size);
		assert_true(artefact_holds(html, size, "<polyline"));
	}
}

/* Tags match, nothing runs, nothing is fetched. */
static void is_harmless_html(const char *html)
{
	static const char *const void_tags[] = {"meta", "br", "rect",
						"polyline", "!DOCTYPE"};
	static const char *const banned[] = {
		"<script", "<iframe", "<object",     "<embed", "<link",
		"<img",	   "<form",   "<base",	     "http:",  "https:",
		"url(",	   "@import", "javascript:", "onload", "onerror",
		"onclick", "srcset",  NULL};
	char stack[64][32];
	const char *p = html;
	size_t depth = 0, i;

	artefact_has_none("the page", html, strlen(html), banned);
	assert_non_null(strstr(html, "content=\"default-src 'none'; "));
	while ((p = strchr(p, '<'))) {
		const char *name = p + 1 + (p[1] == '/');
		size_t n = strcspn(name, " />\n");
		const char *end = strchr(p, '>');
		bool empty = false;

		assert_non_null(end);
		assert_true(n && n < sizeof(*stack));
		for (i = 0; i < ARRAY_LEN(void_tags); i++)
			empty |= strlen(void_tags[i]) == n &&
				 !strncmp(void_tags[i], name, n);
		if (p[1] == '/') {
			assert_true(depth > 0);
			depth--;
			assert_int_equal(strlen(stack[depth]), n);
			assert_memory_equal(stack[depth], name, n);
		} else if (!empty) {
			assert_true(depth < 64 && end[-1] != '/');
			memcpy(stack[depth], name, n);
			stack[depth++][n] = '\0';
		} else if (*name != '!') {
			assert_int_equal(end[-1], '/');
		}
		p = end;
	}
	assert_int_equal(depth, 0);
}

static void the_page_runs_and_fetches_nothing(void **state)
{
	static const char *const reports[] = {"figures", "r-newest-full",
					      "grown"};
	size_t i, size;

	(void)state;
	for (i = 0; i < ARRAY_LEN(reports); i++) {
		CLEANUP(free_cleanup)
		char *name = xasprintf("%s/report.html", reports[i]);
		CLEANUP(free_cleanup) char *html = artefact_get(name, &size);

		is_harmless_html(html);
		assert_true(size < 1000000);
	}
}

/* Where there is a browser: it draws the page and has nothing to say. */
static void a_browser_shows_it_without_complaint(void **state)
{
	CLEANUP(free_cleanup) char *shot = test_path("shot.png");
	CLEANUP(free_cleanup) char *said = NULL;
	struct stat st;

	(void)state;
	if (!program_installed("chromium"))
		skip();
	assert_int_equal(
		program_shell(&said,
			      "HOME='%s' timeout 60 chromium --headless "
			      "--no-sandbox --disable-gpu "
			      "--window-size=1200,2000 --enable-logging=stderr "
			      "--screenshot='%s' "
			      "'file://%s/grown/report.html' 2>&1",
			      test_folder(), shot, test_folder()),
		0);
	assert_return_code(stat(shot, &st), 0);
	assert_true(st.st_size > 20000);
	assert_null(strstr(said, "CONSOLE"));
	assert_null(strstr(said, "Content Security Policy"));
}

static bool start(struct go_target *target, char *program)
{
	CLEANUP(free_cleanup) char *script = test_path("script");
	CLEANUP(free_cleanup)
	char *text = xasprintf("#!/bin/sh\nexec %s --token=S3CRET-argument\n",
			       program);
	bool started;

	assert_true(artefact_write("script", text));
	if (!program || chmod(script, 0700))
		return false;
	setenv("APP_PASSWORD", "S3CRET-environment", 1);
	started = go_target_start(target, script);
	unsetenv("APP_PASSWORD");
	return started;
}

static int set_up(void **state)
{
	CLEANUP(free_cleanup) char *swiss = go_target_newest("secrets");
	CLEANUP(free_cleanup) char *old = go_target_newest_classic("secrets");

	if (program_set_up(state) || !start(&newest, swiss) ||
	    !start(&classic, old))
		return -1;
	return 0;
}

static int tear_down(void **state)
{
	return go_target_stop(&newest) | go_target_stop(&classic) |
	       program_tear_down(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_level_lets_data_out),
		cmocka_unit_test(without_redaction_they_are_there),
		cmocka_unit_test(snapshots_lose_names_too),
		cmocka_unit_test(the_same_snapshot_gives_the_same_bytes),
		cmocka_unit_test(its_figures_are_those_of_the_commands),
		cmocka_unit_test(suspects_are_chosen_by_hand),
		cmocka_unit_test(suspects_have_all_paths_and_their_places),
		cmocka_unit_test(the_place_of_the_process_is_told),
		cmocka_unit_test(a_base_gives_growth),
		cmocka_unit_test(a_series_is_shown),
		cmocka_unit_test(the_page_runs_and_fetches_nothing),
		cmocka_unit_test(a_browser_shows_it_without_complaint),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
