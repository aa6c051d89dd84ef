/* Series of samples of a target that leaks when told; figures for scrapers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <ctype.h>
#include <glob.h>
#include <jansson.h>
#include <sqlite3.h>

#include "core/base/xalloc.h"
#include "tests/support/answer.h"
#include "tests/support/patience.h"
#include "tests/support/folder.h"
#include "tests/support/program.h"
#include "tests/support/target.h"

static struct go_stage stage;

static json_t *ask(const char *text)
{
	return answer_of(text, stage.pid);
}

static json_t *series_named(const json_t *answer, const char *metric)
{
	return answer_row(answer, "series", "metric", metric);
}

static double real(const json_t *row, const char *key)
{
	assert_true(json_is_number(json_object_get(row, key)));
	return json_number_value(json_object_get(row, key));
}

/* Each family: what the target does between two samples is in the series. */
static void watch_one(const char *path)
{
	json_t *answer, *row;
	struct go_target own = stage.target;
	pid_t child;
	int i;

	assert_true(go_target_start(&stage.target, path));
	snprintf(stage.pid, sizeof(stage.pid), "%d", (int)stage.target.pid);
	child = fork();
	assert_return_code(child, 0);
	if (!child) {
		for (i = 0; i < 200; i++) {
			usleep(400000 * PATIENCE);
			if (write(stage.target.in, "\n", 1) != 1)
				break;
		}
		_exit(0);
	}
	answer = ask("watch {} main.sessions.entries main.cache.load rss "
		     "'(*main.session).Attrs.retained' --every 300ms --count 8 "
		     "--max-duty 100% --json");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(json_array_size(json_object_get(answer, "points")), 8);
	row = series_named(answer, "main.sessions.entries");
	assert_string_equal(json_string_value(json_object_get(row, "unit")),
			    "count");
	assert_int_equal(real(row, "known"), 8);
	assert_true(real(row, "first") >= 10000);
	assert_true(real(row, "now") >= real(row, "first") + 5000);
	assert_int_equal((json_int_t)real(row, "now") % 5000, 0);
	assert_true(real(row, "slope_per_s") > 0);
	assert_true(real(row, "r2") > 0.5);
	row = series_named(answer, "(*main.session).Attrs.retained");
	assert_true(real(row, "now") > real(row, "first"));
	row = series_named(answer, "main.cache.load");
	assert_true(real(row, "now") < 10);
	json_decref(answer);
	assert_int_equal(go_target_stop(&stage.target), 0);
	stage.target = own;
	snprintf(stage.pid, sizeof(stage.pid), "%d", (int)stage.target.pid);
}

static void a_series_shows_what_the_target_did(void **state)
{
	CLEANUP(free_cleanup)
	char *pattern = xasprintf("%s/leak-*", getenv("MAPSCOPE_TARGETS"));
	glob_t found;

	(void)state;
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	watch_one(found.gl_pathv[0]);
	if (found.gl_pathc > 1)
		watch_one(found.gl_pathv[found.gl_pathc - 1]);
	globfree(&found);
}

static void thresholds_are_exit_codes(void **state)
{
	CLEANUP(free_cleanup) char *out = NULL;

	(void)state;
	assert_true(program_ends("watch {} --every 10ms --count 2 --fail-on "
				 "'main.sessions.entries>1G'",
				 stage.pid, 0));
	/* The first sample that meets it is the last. */
	assert_int_equal(
		program_run("watch {} --every 60s --count 9 --ndjson "
			    "--fail-on 'rss<1 | main.sessions.entries>=10000'",
			    stage.pid, &out),
		10);
	assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
	assert_true(program_ends("watch {} --fail-on rss", stage.pid, 2));
	assert_true(program_ends("watch {} nothing", stage.pid, 2));
	assert_true(program_ends("watch {} --max-duty 0", stage.pid, 2));
	assert_true(program_ends("watch {} --every soon", stage.pid, 2));
	assert_true(program_ends("watch {} main.nobody.entries", stage.pid, 8));
	assert_true(program_ends("watch 1999999999", stage.pid, 3));
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Whatever interval is asked for, the share of time stopped is bounded. */
static void the_duty_cycle_bounds_the_stops(void **state)
{
	json_t *answer, *points, *point;
	uint64_t start = now_ms(), took;
	double stopped = 0;
	size_t i;

	(void)state;
	answer = ask("watch {} rss --every 1ms --count 3 --max-duty 1% --json");
	took = now_ms() - start;
	points = json_object_get(answer, "points");
	assert_int_equal(json_array_size(points), 3);
	json_array_foreach(points, i, point)
	{
		/* The last one is not waited for. */
		if (i + 1 < json_array_size(points))
			stopped += real(point, "stop_ns") / 1e6;
	}
	assert_true(stopped > 0);
	assert_true((double)took >= stopped / 0.01);
	json_decref(answer);
}

static void query(const char *name, const char *sql, const char *expected)
{
	CLEANUP(free_cleanup)
	char *path = test_path(name);
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt),
			 expected ? SQLITE_ROW : SQLITE_DONE);
	if (expected)
		assert_string_equal((const char *)sqlite3_column_text(stmt, 0),
				    expected);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
}

static void a_snapshot_keeps_the_series(void **state)
{
	(void)state;
	assert_true(go_target_step(&stage.target));
	assert_true(program_ends("watch {} rss main.cache.entries --every 50ms "
				 "--count 4 -o series.msnap",
				 stage.pid, 0));
	query("series.msnap", "PRAGMA integrity_check", "ok");
	query("series.msnap", "PRAGMA foreign_key_check", NULL);
	query("series.msnap", "SELECT count(*) FROM point", "4");
	query("series.msnap",
	      "SELECT group_concat(value) FROM value JOIN series ON "
	      "series.id=series WHERE metric='main.cache.entries'",
	      "2000.0,2000.0,2000.0,2000.0");
	assert_true(program_ends("maps {}", "series.msnap", 0));
	/* A copy of the snapshot has them too. */
	assert_true(
		program_ends("snapshot {} -o copy.msnap", "series.msnap", 0));
	query("copy.msnap", "SELECT count(*) FROM value", "8");
	/* What names owners has other names in a file without names. */
	assert_true(program_ends("snapshot {} -o named.msnap --redact names",
				 "series.msnap", 0));
	query("named.msnap",
	      "SELECT count(*) FROM series WHERE metric LIKE '%cache%'", "0");
	query("named.msnap", "SELECT count(*) FROM value", "8");
	assert_true(
		program_ends("watch {} rss --count 1 -o n.msnap --redact names",
			     stage.pid, 2));
	assert_true(program_ends("watch {} rss --count 1 -o series.msnap",
				 stage.pid, 2));
}

static void damaged_series_are_refused(void **state)
{
	static const char *const changes[] = {
		"UPDATE series SET metric='nothing' WHERE id=0",
		"UPDATE series SET id=7 WHERE id=1",
		"UPDATE value SET value=1e999 WHERE point=0",
		"UPDATE value SET point=99 WHERE point=0",
		"UPDATE point SET id=9 WHERE id=3",
		"DROP TABLE value",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(changes); i++) {
		CLEANUP(free_cleanup)
		char *path = test_path("hurt.msnap");
		sqlite3 *db = NULL;

		unlink(path);
		assert_true(program_ends("snapshot {} -o hurt.msnap",
					 "series.msnap", 0));
		assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
		assert_int_equal(sqlite3_exec(db, changes[i], NULL, NULL, NULL),
				 SQLITE_OK);
		sqlite3_close(db);
		print_message("%s\n", changes[i]);
		assert_true(program_ends("maps {}", "hurt.msnap", 6));
	}
}

/* ^C ends a series that has no end; what was seen is printed. */
static void an_interrupt_ends_and_prints(void **state)
{
	char line[512];
	bool summary = false;
	int status, fds[2];
	pid_t child;
	FILE *out;

	(void)state;
	assert_return_code(pipe(fds), 0);
	child = fork();
	assert_return_code(child, 0);
	if (!child) {
		dup2(fds[1], 1);
		execl(getenv("MAPSCOPE"), "mapscope", "watch", stage.pid, "rss",
		      "--every", "100ms", (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	out = fdopen(fds[0], "r");
	assert_non_null(fgets(line, sizeof(line), out));
	assert_non_null(fgets(line, sizeof(line), out));
	kill(child, SIGINT);
	while (fgets(line, sizeof(line), out))
		summary |= !strncmp(line, "METRIC", 6);
	fclose(out);
	waitpid(child, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(summary);
	assert_true(go_target_is_free(stage.target.pid));
}

static void the_prompt_monitors(void **state)
{
	CLEANUP(free_cleanup) char *out = NULL;

	(void)state;
	assert_int_equal(program_run("eval {} -e 'monitor main.cache.entries "
				     "--count 2 --every 10ms'",
				     stage.pid, &out),
			 0);
	assert_non_null(strstr(out, "main.cache.entries"));
	assert_non_null(strstr(out, "METRIC"));
}

static bool is_name(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!isalpha((unsigned char)s[i]) && s[i] != '_' &&
		    s[i] != ':' && (!i || !isdigit((unsigned char)s[i])))
			return false;
	return n > 0;
}

/* {name="value",...}: the end of it, NULL if it is malformed. */
static const char *skip_labels(const char *p)
{
	if (*p++ != '{')
		return NULL;
	while (*p != '}') {
		size_t n = strcspn(p, "=");

		if (!is_name(p, n) || p[n + 1] != '"')
			return NULL;
		for (p += n + 2; *p && *p != '"' && *p != '\n'; p++)
			if (*p == '\\' && !strchr("\\\"n", *++p))
				return NULL;
		if (*p++ != '"')
			return NULL;
		if (*p == ',')
			p++;
		else if (*p != '}')
			return NULL;
	}
	return p + 1;
}

struct scrape {
	char family[128], type[16];
	char *seen[256]; /* families */
	size_t seen_count, samples;
};

/* HELP, TYPE, then the samples of that family and no other. */
static bool check_line(struct scrape *s, const char *line)
{
	char name[128], type[16], end;
	const char *p;
	size_t i, n;

	if (sscanf(line, "# HELP %127s %c", name, &end) == 2) {
		for (i = 0; i < s->seen_count; i++)
			if (!strcmp(s->seen[i], name))
				return false;
		s->seen[s->seen_count++] = xstrdup(name);
		snprintf(s->family, sizeof(s->family), "%s", name);
		s->type[0] = 0;
		return is_name(name, strlen(name)) && s->seen_count < 256;
	}
	if (sscanf(line, "# TYPE %127s %15s", name, type) == 2) {
		snprintf(s->type, sizeof(s->type), "%s", type);
		return !strcmp(name, s->family) &&
		       (!strcmp(type, "gauge") ||
			(!strcmp(type, "counter") && strlen(name) > 6 &&
			 !strcmp(name + strlen(name) - 6, "_total")));
	}
	n = strcspn(line, "{ ");
	if (strlen(s->family) != n || strncmp(line, s->family, n) != 0 ||
	    !s->type[0])
		return false;
	p = skip_labels(line + n);
	if (!p || *p != ' ')
		return false;
	s->samples++;
	n = strspn(p + 1, "0123456789.");
	return n && !strcmp(p + 1 + n, "\n");
}

static void check_prom(const char *out)
{
	struct scrape s = {0};
	const char *p = out;
	size_t i;

	while (*p) {
		size_t n = strcspn(p, "\n");
		CLEANUP(free_cleanup) char *line = xstrndup(p, n + 1);

		bool good = check_line(&s, line);

		if (!good)
			print_message("malformed: %s", line);
		assert_true(good);
		p += n + (p[n] == '\n');
	}
	assert_true(p > out && p[-1] == '\n');
	assert_true(s.samples > 30);
	for (i = 0; i < s.seen_count; i++)
		free(s.seen[i]);
}

static void stats_are_what_prometheus_reads(void **state)
{
	static const char *const samples[] = {
		"mapscope_owner_entries{", "owner=\"main.cache\"} 2000\n",
		"mapscope_goroutines{",	   "mapscope_gc_cycles_total{",
		"mapscope_target_info{",
	};
	CLEANUP(free_cleanup) char *out = NULL, *check = NULL;
	size_t i;

	(void)state;
	assert_int_equal(program_run("stats {} --prom", stage.pid, &out), 0);
	check_prom(out);
	for (i = 0; i < ARRAY_LEN(samples); i++)
		assert_non_null(strstr(out, samples[i]));
	assert_int_equal(program_run("stats {} --prom", "series.msnap", &check),
			 0);
	check_prom(check);
	if (!program_installed("promtool")) {
		print_message("promtool is not here: checked by our rules\n");
		return;
	}
	assert_int_equal(
		program_shell(NULL,
			      "%s stats %s --prom | promtool check metrics",
			      getenv("MAPSCOPE"), stage.pid),
		0);
}

static int start(void **state)
{
	(void)state;
	return go_stage_open(&stage, "leak");
}

static int stop(void **state)
{
	(void)state;
	return go_stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_series_shows_what_the_target_did),
		cmocka_unit_test(thresholds_are_exit_codes),
		cmocka_unit_test(the_duty_cycle_bounds_the_stops),
		cmocka_unit_test(a_snapshot_keeps_the_series),
		cmocka_unit_test(damaged_series_are_refused),
		cmocka_unit_test(an_interrupt_ends_and_prints),
		cmocka_unit_test(the_prompt_monitors),
		cmocka_unit_test(stats_are_what_prometheus_reads),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
